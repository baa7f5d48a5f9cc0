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

const CTRL_BRACKET = { key: "]", ctrlKey: true };
const F8 = { key: "F8" };
const ALT_029 = [
    { key: "Alt" },
    { key: "0", altKey: true },
    { key: "2", altKey: true },
    { key: "9", altKey: true },
    { key: "Alt", up: true },
];

function scan(separator, serial) {
    return {
        trigger: INPUT,
        run: () => keys([...`01${DI}10B7`, ...separator, ...`21${serial}`, "Enter"]),
    };
}

registry.category("web_tour.tours").add("medical_udi_scan_tour", {
    steps: () => [
        { content: "A wrong code is refused", trigger: INPUT, run: () => keys([..."garbage", "Enter"]) },
        { trigger: ".o_medical_udi_scan_refused:contains('no UDI')" },
        scan([CTRL_BRACKET], "S1"),
        { trigger: ".o_medical_udi_scan_ok:contains('S1: 1 of 3')" },
        scan([F8], "S2"),
        { trigger: ".o_medical_udi_scan_ok:contains('S2: 2 of 3')" },
        scan(ALT_029, "S3"),
        { trigger: ".o_medical_udi_scan_ok:contains('S3: 3 of 3')" },
        { content: "An input method is named", trigger: INPUT, run: () => keys([{ key: "Process", keyCode: 229 }]) },
        { trigger: ".o_medical_udi_scan .alert-warning:contains('input method')" },
        { content: "Pasting", trigger: INPUT, run: () => keys([..."0104", "Enter"]) },
        { trigger: ".o_medical_udi_scan_refused" },
    ],
});
