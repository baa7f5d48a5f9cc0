import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("medical_base_sign_tour", {
    steps: () => [
        {
            content: "The button asks for the signature",
            trigger: ".o_form_view button[name=action_sign]",
            run: "click",
        },
        {
            content: "The record is listed with what is signed",
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row:contains(Article 9)",
        },
        {
            content: "Give a reason",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Compared with the law",
        },
        {
            content: "A wrong password first",
            trigger: ".modal .o_field_widget[name=password] input[type=password]",
            run: "edit wrong-secret",
        },
        {
            content: "Sign",
            trigger: ".modal footer button[name=action_sign]",
            run: "click",
        },
        {
            content: "Nothing is signed",
            trigger: ".modal:contains(Nothing was signed) footer button.btn-primary",
            run: "click",
        },
        {
            content: "Then the right one",
            trigger: ".modal .o_field_widget[name=password] input[type=password]",
            run: "edit http-signer-secret",
        },
        {
            content: "Sign",
            trigger: ".modal footer button[name=action_sign]",
            run: "click",
        },
        {
            content: "The rule is signed and shows its signature",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name=signature_ids] .o_data_row:contains(Compared with the law)",
        },
    ],
});

registry.category("web_tour.tours").add("medical_base_clock_tour", {
    steps: () => [
        {
            content: "The late clock is red",
            trigger: ".o_list_view .o_data_row.text-danger .o_data_cell[name=name]:contains(Tour clock)",
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_form_view button[name=action_view_stop]",
            run: "click",
        },
        {
            content: "Late, so say why",
            trigger: ".modal .o_field_widget[name=reason].o_required_modifier input",
            run: "edit The hospital answered late",
        },
        {
            content: "Apply",
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "The clock is closed",
            trigger:
                "body:not(:has(.modal)) .o_statusbar_status button.o_arrow_button_current:contains(Met Late)",
        },
    ],
});
