import { Component, useRef, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

// Shown in the field for the group separator; the server reads it as such.
export const GS = "\u241d";
// What an input method makes of a scanner's keys in its full-width mode; no label holds any of it.
const FULL_WIDTH = /[\uff01-\uff5e\u3000]/;

/**
 * The digits that are typed while Alt is held: which key it was counts, as with NumLock off its name is another one.
 */
function digit(ev) {
    const found = /^(?:Numpad|Digit)([0-9])$/.exec(ev.code || "") || /^([0-9])$/.exec(ev.key);
    return found && found[1];
}

/**
 * Scan field. It takes the keys itself, because the barcode service drops what scanners send for the group separator:
 * the control character, Ctrl+], F8 or Alt+029. What else a scanner sends for it is a setting that the server knows.
 * Nothing is trimmed: a check character may be a space.
 *
 * Props: `book(raw, options)` books a scan and returns the answer of `medical_scan`; `booked(answer)` is called after a
 * scan that was accepted.
 */
export class UdiScanField extends Component {
    static template = "medical_udi.UdiScanField";
    static props = { book: Function, booked: Function, slots: { type: Object, optional: true } };

    setup() {
        this.action = useService("action");
        this.input = useRef("input");
        this.state = useState({ answer: null, composing: false, waiting: 0 });
        this.asked = null;
        this.alt = "";
        // An Alt code is inserted here and may come from the keyboard driver as well.
        this.justInserted = false;
        this.waiting = Promise.resolve();
    }

    insert(text) {
        const input = this.input.el;
        input.setRangeText(text.replaceAll("\x1d", GS), input.selectionStart, input.selectionEnd, "end");
    }

    onKeydown(ev) {
        ev.stopPropagation();
        this.justInserted = false;
        if (ev.isComposing || ev.keyCode === 229 || ev.key === "Process") {
            this.state.composing = true;
            return;
        }
        const altGraph = ev.getModifierState("AltGraph") || (ev.ctrlKey && ev.altKey);
        const alt = ev.altKey && !altGraph;
        const ctrl = ev.ctrlKey && !altGraph;
        const printable = [...ev.key].length === 1;
        if (ev.key === "Enter" || (ev.key === "Tab" && !ev.shiftKey && this.input.el.value)) {
            ev.preventDefault();
            this.submit();
        } else if (alt && digit(ev)) {
            ev.preventDefault();
            this.alt += digit(ev);
        } else if ((ctrl && (ev.key === "]" || ev.code === "BracketRight")) || ["F8", "\x1d", GS].includes(ev.key)) {
            ev.preventDefault();
            this.insert(GS);
        } else if (printable && !ctrl && !ev.metaKey && !alt) {
            ev.preventDefault();
            this.state.composing = false;
            this.insert(ev.key);
        }
    }

    onKeyup(ev) {
        ev.stopPropagation();
        if (ev.key === "Alt" && this.alt) {
            if (parseInt(this.alt, 10) === 29) {
                this.insert(GS);
                this.justInserted = true;
            }
            this.alt = "";
        }
    }

    /** Text that comes without a key of its own: Alt codes, dead keys, on-screen keyboards. */
    onBeforeinput(ev) {
        if (ev.inputType !== "insertText" || !ev.data) {
            return;
        }
        ev.preventDefault();
        if (!(this.justInserted && ev.data === "\x1d")) {
            this.insert(ev.data);
        }
        this.justInserted = false;
    }

    onComposition() {
        this.state.composing = true;
    }

    onPaste(ev) {
        ev.preventDefault();
        this.insert(ev.clipboardData.getData("text").replace(/[\r\n]+$/, ""));
    }

    submit() {
        const raw = this.input.el.value;
        this.input.el.focus();
        if (!raw) {
            return;
        }
        if (FULL_WIDTH.test(raw)) {
            // It cannot be told what the label said: it has to be scanned again.
            this.state.composing = true;
            this.input.el.value = "";
            return;
        }
        this.input.el.value = "";
        this.state.waiting += 1;
        // Boxes may be scanned faster than they are booked: each waits for the one before.
        this.waiting = this.waiting.then(() => {
            const previous = this.state.answer && this.state.answer.previous;
            return this.send(raw, previous ? { previous } : {});
        });
        return this.waiting;
    }

    async send(raw, options) {
        try {
            const answer = await this.props.book(raw, options);
            if (!answer) {
                return;
            }
            this.asked = { raw, options };
            this.state.answer = answer;
            if (answer.status === "ok") {
                await this.props.booked(answer);
            }
        } catch (error) {
            // The dialog tells it; the boxes after it are booked all the same.
            Promise.reject(error);
        } finally {
            this.state.waiting = Math.max(0, this.state.waiting - 1);
            this.input.el?.focus();
        }
    }

    confirm() {
        const { raw, options } = this.asked;
        const { confirm } = this.state.answer;
        this.state.waiting += 1;
        this.waiting = this.waiting.then(() => this.send(raw, { ...options, ...confirm }));
        return this.waiting;
    }

    createDi() {
        const { di, issuing_agency } = this.state.answer;
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "medical.udi.di",
            views: [[false, "form"]],
            target: "new",
            context: { default_code: di, default_issuing_agency: issuing_agency },
        });
    }

    get level() {
        return { ok: "success", refused: "danger", ask: "warning" }[this.state.answer.status];
    }

    get icon() {
        return { ok: "fa-check-circle", refused: "fa-times-circle", ask: "fa-question-circle" }[this.state.answer.status];
    }

    get percent() {
        const { done, expected } = this.state.answer.progress;
        return expected ? Math.min(100, (100 * done) / expected) : 100;
    }
}
