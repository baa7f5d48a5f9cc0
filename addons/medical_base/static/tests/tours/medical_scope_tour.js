import { registry } from "@web/core/registry";

registry.category("web_tour.tours").add("medical_base_scope_tour", {
    steps: () => [
        {
            content: "Create a scope",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Choose the feature",
            trigger: ".o_field_widget[name=feature_id] input",
            run: "edit Tour feature",
        },
        {
            trigger: ".ui-menu-item a:contains('Tour feature')",
            run: "click",
        },
        {
            content: "Choose the category",
            trigger: ".o_field_widget[name=category_id] input",
            run: "edit Tour devices",
        },
        {
            trigger: ".ui-menu-item a:contains('Tour devices')",
            run: "click",
        },
        {
            content: "The preview counts the products before anything is saved",
            trigger: ".o_field_widget[name=product_count]:contains('3')",
        },
        {
            trigger: ".o_field_widget[name=reason] input",
            run: "edit Pilot",
        },
        {
            content: "Open the list behind the number",
            trigger: "button[name=action_view_products]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:eq(2):contains('Tour 2')",
        },
        {
            content: "Back to the scope",
            trigger: ".breadcrumb-item.o_back_button a",
            run: "click",
        },
        {
            trigger: ".o_statusbar_buttons button[name=action_activate]",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Active')",
        },
        {
            content: "The change stands in the audit trail",
            trigger: ".oe_stat_button[name=action_view_audit_trail]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Pilot'):contains('active')",
        },
    ],
});
