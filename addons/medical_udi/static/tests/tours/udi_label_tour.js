import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("medical_udi_label_tour", {
    steps: () => [
        { content: "Open the labels of the lot", trigger: "button[name='action_print_udi_labels']", run: "click" },
        { trigger: ".modal .o_field_widget[name='line_ids'] td[name='lot_id']:contains('L1')" },
        { content: "Labels for packages", trigger: ".modal .o_field_widget[name='level'] label:contains('Each package')", run: "click" },
        { trigger: ".modal td[name='di_id']:contains('Box of 10')" },
        { content: "Three of them", trigger: ".modal td[name='copies']", run: "click" },
        { trigger: ".modal div[name='copies'] input", run: "edit 3" },
        { trigger: ".modal button[name='action_print']", run: "click" },
        { content: "The labels are shown", trigger: ".modal iframe.o_pdfview_iframe" },
        { trigger: ".modal footer .o_medical_udi_label_file" },
        { trigger: ".modal footer button.btn-primary:contains('Close')", run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ],
});
