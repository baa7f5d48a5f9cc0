import { registry } from "@web/core/registry";

const DRAWN = ".o_medical_forecast_chart canvas[data-drawn]";

registry.category("web_tour.tours").add("medical_planning_planner_tour", {
    steps: () => [
        {
            content: "Only what waits for a planner is shown",
            trigger: ".o_searchview_facet:contains('To Review')",
        },
        {
            content: "Ask why",
            trigger: ".o_data_row:contains('Gloves') .o_field_medical_reason button",
            run: "click",
        },
        {
            trigger: ".o_medical_reason:contains('Lead time')",
        },
        {
            content: "Open the proposal",
            trigger: ".o_data_row:contains('Gloves') .o_data_cell[name=product_id]",
            run: "click",
        },
        {
            content: "Its chart is drawn",
            trigger: `.o_form_view ${DRAWN}`,
        },
        {
            content: "Open the forecast behind it",
            trigger: ".oe_stat_button[name=action_view_forecast]",
            run: "click",
        },
        {
            trigger: ".o_medical_why:contains('cycle service level')",
        },
        {
            trigger: `.o_form_view ${DRAWN}`,
        },
        {
            content: "Back to the proposal",
            trigger: ".o_back_button a",
            run: "click",
        },
        {
            content: "Apply it",
            trigger: ".o_statusbar_buttons button[name=action_apply]",
            run: "click",
        },
        {
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('Applied')",
        },
        {
            content: "Go to Replenishment",
            trigger: ".o_menu_sections button[data-menu-xmlid='stock.menu_stock_warehouse_mgmt']",
            run: "click",
        },
        {
            trigger: ".dropdown-item[data-menu-xmlid='stock.menu_reordering_rules_replenish']",
            run: "click",
        },
        {
            content: "The rule carries the reason",
            trigger: ".o_data_row:contains('Gloves') .o_field_medical_reason button",
            run: "click",
        },
        {
            trigger: ".o_medical_reason:contains('Lead time'):contains('Data up to')",
        },
        {
            content: "The forecast opens from here too",
            trigger: ".o_data_row:contains('Gloves') button[name=action_medical_forecast]",
            run: "click",
        },
        {
            trigger: `.o_form_view ${DRAWN}`,
        },
    ],
});

registry.category("web_tour.tours").add("medical_planning_buyer_tour", {
    steps: () => [
        {
            content: "Open the catalog of the request for quotation",
            trigger: "button[name=action_add_from_catalog]",
            run: "click",
        },
        {
            content: "Suggest is on or gets switched on",
            trigger: "div[name=search-suggest-toggle] input",
            run: ({ anchor }) => anchor.checked || anchor.click(),
        },
        {
            content: "Choose the forecast as its basis",
            trigger: ".o_TimePeriodSelectionField input, .o_TimePeriodSelectionField select",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains(/^Forecast$/)",
            run: "click",
        },
        {
            content: "The forecast product is suggested",
            trigger: ".o_kanban_record:contains('Gloves'):contains('Suggest')",
        },
        {
            trigger: "button[name=suggest_add_all]",
            run: "click",
        },
        {
            content: "It is in the order",
            trigger: ".o_kanban_record:contains('Gloves'):contains('Remove')",
        },
        {
            content: "Back to the order",
            trigger: ".o-kanban-button-back",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=order_line] .o_data_row:contains('Gloves')",
        },
    ],
});
