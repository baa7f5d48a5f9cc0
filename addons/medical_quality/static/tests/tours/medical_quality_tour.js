import { registry } from "@web/core/registry";

const sign = () => [
    {
        content: "Sign",
        trigger: ".modal .o_field_widget[name=password] input",
        run: "edit quality-tour-secret",
    },
    {
        content: "Confirm",
        trigger: ".modal footer button[name=action_sign]",
        run: "click",
    },
];

registry.category("web_tour.tours").add("medical_quality_release_tour", {
    steps: () => [
        {
            content: "The lot waits for its release, and it is said what stands against it",
            trigger: ".o_list_view .o_data_row:contains(TOUR-LOT) .o_data_cell[name=name]",
            run: "click",
        },
        {
            content: "An inspection is open",
            trigger: ".o_form_view .alert:contains(is not decided)",
        },
        {
            content: "Go there",
            trigger: "button[name=action_view_quality_inspections]",
            run: "click",
        },
        {
            content: "Open it",
            trigger: ".o_list_view .o_data_row:contains(TOUR-LOT) .o_data_cell[name=name]",
            run: "click",
        },
        {
            content: "All results are in: the inspector is done",
            trigger: ".o_form_view button[name=action_inspected]:visible",
            run: "click",
        },
        ...sign(),
        {
            content: "It says who inspected",
            trigger: "body:not(:has(.modal)) .o_form_view .o_field_widget[name=inspector_id]:visible",
        },
        {
            content: "Decide",
            trigger: ".o_form_view button[name=action_view_decide_quantities]:visible",
            run: "click",
        },
        {
            content: "The lot passes",
            trigger: ".modal .alert-success:contains(the lot passes)",
        },
        {
            content: "Accept it",
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        ...sign(),
        {
            content: "The inspection has passed",
            trigger: "body:not(:has(.modal)) .o_statusbar_status button.o_arrow_button_current:contains(Passed)",
        },
        {
            content: "Back to the lot",
            trigger: ".o_form_view .o_field_widget[name=lot_id] a",
            run: "click",
        },
        {
            content: "Nothing stands against it any more: release",
            trigger: ".o_form_view:not(:has(.alert:contains(is not decided))) button[name=action_quality_release]:visible",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Inspected and complete",
        },
        ...sign(),
        {
            content: "The lot is released and shows who signed",
            trigger: "body:not(:has(.modal)) .o_field_widget[name=signature_ids] .o_data_row:contains(Inspected and complete)",
        },
    ],
});
