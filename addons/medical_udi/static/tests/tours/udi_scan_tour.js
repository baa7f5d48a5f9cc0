import { registry } from "@web/core/registry";

const INPUT = ".o_medical_udi_scan_input";
const DI = "04012345000016";

/** Key events as a scanner that acts as a keyboard sends them. */
function keys(sequence) {
    const input = document.querySelector(INPUT);
    input.focus();
    for (const key of sequence) {
        const event = typeof key === "string" ? { key } : key;
        input.dispatchEvent(new KeyboardEvent(event.up ? "keyup" : "keydown", { bubbles: true, cancelable: true, ...event }));
    }
}

function typed(...sequence) {
    return { trigger: INPUT, run: () => keys(sequence) };
}

function scan(separator, serial) {
    return typed(...`01${DI}10B7`, ...separator, ...`21${serial}`, "Enter");
}

function wait(trigger) {
    return { trigger };
}

const CTRL_BRACKET = [{ key: "Control" }, { key: "]", ctrlKey: true }, { key: "Control", up: true }];
// The same key of a keyboard that is German here: its place counts, not its name.
const CTRL_PLUS = [{ key: "Control" }, { key: "+", code: "BracketRight", ctrlKey: true }, { key: "Control", up: true }];
const F8 = [{ key: "F8" }];
const CONTROL_CHARACTER = [{ key: "\x1d" }];
const ALT_029 = [
    { key: "Alt" },
    { key: "0", altKey: true },
    { key: "2", altKey: true },
    { key: "9", altKey: true },
    { key: "Alt", up: true },
];
const ALT_029_WITHOUT_NUM_LOCK = [
    { key: "Alt" },
    { key: "Insert", code: "Numpad0", altKey: true },
    { key: "ArrowDown", code: "Numpad2", altKey: true },
    { key: "PageUp", code: "Numpad9", altKey: true },
    { key: "Alt", up: true },
];

registry.category("web_tour.tours").add("medical_udi_scan_tour", {
    steps: () => [
        typed(..."garbage", "Enter"),
        wait(".o_medical_udi_scan_refused:contains('no UDI')"),
        scan(CTRL_BRACKET, "S1"),
        wait(".o_medical_udi_scan_ok:contains('S1: 1 of 7')"),
        scan(CTRL_PLUS, "S2"),
        wait(".o_medical_udi_scan_ok:contains('S2: 2 of 7')"),
        scan(F8, "S3"),
        wait(".o_medical_udi_scan_ok:contains('S3: 3 of 7')"),
        scan(ALT_029, "S4"),
        wait(".o_medical_udi_scan_ok:contains('S4: 4 of 7')"),
        scan(ALT_029_WITHOUT_NUM_LOCK, "S5"),
        wait(".o_medical_udi_scan_ok:contains('S5: 5 of 7')"),
        scan(CONTROL_CHARACTER, "S6"),
        wait(".o_medical_udi_scan_ok:contains('S6: 6 of 7')"),
        { content: "What is missing", trigger: ".o_medical_udi_scan_compare", run: "click" },
        wait(".o_medical_udi_scan_differences tbody tr:count(1):contains('-1')"),
        { content: "The text that this company's scanners send", ...scan(["~"], "S7") },
        wait(".o_medical_udi_scan_ok:contains('S7: 7 of 7')"),
        wait(".o_medical_udi_scan_equal"),
        { content: "A ] that AltGr makes is a ]", ...typed({ key: "]", ctrlKey: true, altKey: true }, ..."d2", ...`01${DI}21S8`, "Enter") },
        wait(".o_medical_udi_scan_ask:contains('S8'), .o_medical_udi_scan_ask:contains('7 of 7')"),
        wait(".o_medical_udi_scan_confirm"),
        { content: "An input method is named", ...typed({ key: "Process", keyCode: 229 }) },
        wait(".o_medical_udi_scan_ime:contains('input method')"),
        typed(..."0104", "Enter"),
        wait(".o_medical_udi_scan_refused"),
        { content: "It is gone", trigger: ".o_medical_udi_scan:not(:has(.o_medical_udi_scan_ime))" },
        typed(..."０１０４", "Enter"),
        { content: "Full-width text is not sent", trigger: ".o_medical_udi_scan_ime" },
        { trigger: "button[name=button_validate]", run: "click" },
        wait(".o_statusbar_status .o_arrow_button_current:contains('Done')"),
    ],
});

registry.category("web_tour.tours").add("medical_udi_deliver_tour", {
    steps: () => [
        { content: "Expired", ...typed(..."01040123450000231720010110OLD", "Enter") },
        wait(".o_medical_udi_scan_refused:contains('OLD has expired')"),
        { content: "Not of this delivery", ...typed(...`01${DI}21S1`, "Enter") },
        wait(".o_medical_udi_scan_refused:contains('is not part of')"),
        { content: "A box of ten", ...typed(..."01140123450000201728123110GOOD", "Enter") },
        wait(".o_medical_udi_scan_ok:contains('GOOD: 10 of 11')"),
        { content: "A package more than asked for", ...typed(..."01140123450000201728123110GOOD", "Enter") },
        wait(".o_medical_udi_scan_ask:contains('more than expected')"),
        { content: "One piece", ...typed(..."01040123450000231728123110GOOD", "Enter") },
        wait(".o_medical_udi_scan_ok:contains('GOOD: 11 of 11')"),
        { trigger: "button[name=button_validate]", run: "click" },
        wait(".o_statusbar_status .o_arrow_button_current:contains('Done')"),
    ],
});

registry.category("web_tour.tours").add("medical_udi_count_tour", {
    steps: () => [
        wait(".o_medical_udi_count_location input:value(/Stock/)"),
        typed(..."01140123450000201728123110GOOD", "Enter"),
        wait(".o_medical_udi_scan_ok:contains('10 counted, 30 on hand')"),
        wait(".o_data_row:contains('GOOD') .o_field_widget[name=inventory_quantity]:contains('10')"),
        { content: "The label of a shelf", ...typed(..."SHELF-1", "Enter") },
        wait(".o_medical_udi_scan_ok:contains('Shelf')"),
        wait(".o_medical_udi_count_location input:value(/Shelf/)"),
        typed(..."01140123450000201728123110GOOD", "Enter"),
        wait(".o_medical_udi_scan_ok:contains('10 counted, 0 on hand')"),
        wait(".o_data_row:contains('Shelf'):contains('GOOD')"),
        { content: "Never seen before", ...typed(..."01140123450000201728123110NEW", "Enter") },
        { trigger: ".o_medical_udi_scan_confirm", run: "click" },
        wait(".o_medical_udi_scan_ok:contains('NEW: 10 counted')"),
    ],
});
