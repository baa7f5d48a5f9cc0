import { registry } from "@web/core/registry";

const SEARCH = ".o_medical_trace_search input";

function scan(text) {
    const input = document.querySelector(SEARCH);
    input.focus();
    for (const key of [...text, "Enter"]) {
        input.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, key }));
    }
}

registry.category("web_tour.tours").add("medical_trace_tour", {
    steps: () => [
        { content: "From the lot", trigger: "button[name=action_medical_trace]", run: "click" },
        { content: "The graph is drawn: three levels", trigger: ".o_medical_trace_graph .root:contains('RES1')" },
        { trigger: ".o_medical_trace_graph .lots:contains('7 lots')" },
        { trigger: ".o_medical_trace_graph .partner:contains('UDI Test Hospital')" },
        { content: "The tree opens", trigger: ".o_medical_trace_tab_tree", run: "click" },
        {
            content: "One of its lots",
            trigger: ".o_medical_trace_branch .o_medical_trace_branch:contains('TUB0') .o_medical_trace_toggle",
            run: "click",
        },
        { trigger: ".o_medical_trace_branch .o_medical_trace_branch:contains('TUB0') .o_medical_trace_row:contains('UDI Test Hospital')" },
        { content: "Movements, of one kind", trigger: ".o_medical_trace_tab_rows", run: "click" },
        { trigger: ".o_medical_trace_row:contains('Consumed')" },
        { trigger: "button:contains('Delivery (7)')", run: "click" },
        { trigger: ".o_medical_trace_pager:contains('1-7 / 7')" },
        { content: "Net quantities", trigger: ".o_medical_trace_tab_partners", run: "click" },
        { trigger: ".o_medical_trace_partner:contains('UDI Test Hospital'):contains('7')" },
        { content: "A scan of another lot", trigger: SEARCH, run: () => scan("TUB3") },
        { trigger: ".o_medical_trace h3:contains('TUB3')" },
        { content: "The other way", trigger: ".o_medical_trace_backward", run: "click" },
        { trigger: ".o_medical_trace_graph .partner:contains('UDI Test Vendor')" },
        { content: "A click opens the lot", trigger: ".o_medical_trace_graph .lot:not(.root):contains('RES1')", run: "click" },
        { content: "Lot 360", trigger: ".o_form_view .o_field_widget[name=medical_status]:contains('In stock')" },
        { trigger: ".o_field_widget[name=medical_quant_ids] .o_data_row:contains('Stock')" },
        { content: "And back to the trace as it was", trigger: ".o_back_button, .breadcrumb-item:contains('Trace')", run: "click" },
        { trigger: ".o_medical_trace h3:contains('TUB3')" },
    ],
});
