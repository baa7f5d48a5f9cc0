import { Component, useRef, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

// Shown in the field for the group separator; the server reads it as such.
const GS = "\u241d";

/**
 * Scan field of a document that people scan boxes on (`medical.udi.scan.mixin`). It takes the keys itself, because the barcode service drops what scanners send for the
 * group separator: the control character, Ctrl+], F8 or Alt+029. Nothing is trimmed: a check character may be a space.
 */
export class UdiScan extends Component {
    static template = "medical_udi.UdiScan";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.input = useRef("input");
        this.state = useState({ answer: null, busy: false, composing: false, raw: "" });
        this.alt = "";
        this.waiting = Promise.resolve();
    }

    insert(text) {
        const input = this.input.el;
        input.setRangeText(text, input.selectionStart, input.selectionEnd, "end");
    }

    onKeydown(ev) {
        ev.stopPropagation();
        if (ev.isComposing || ev.keyCode === 229) {
            this.state.composing = true;
            return;
        }
        this.state.composing = false;
        if (ev.key === "Enter" || (ev.key === "Tab" && this.input.el.value)) {
            ev.preventDefault();
            this.submit();
        } else if (ev.altKey && /^[0-9]$/.test(ev.key)) {
            ev.preventDefault();
            this.alt += ev.key;
        } else if ((ev.ctrlKey && ev.key === "]") || ev.key === "F8" || ev.key === "\x1d" || ev.key === "\u241d") {
            ev.preventDefault();
            this.insert(GS);
        } else if ([...ev.key].length === 1 && !ev.ctrlKey && !ev.metaKey && !ev.altKey) {
            ev.preventDefault();
            this.insert(ev.key);
        }
    }

    onKeyup(ev) {
        if (ev.key === "Alt" && this.alt) {
            if (parseInt(this.alt, 10) === 29) {
                this.insert(GS);
            }
            this.alt = "";
        }
    }

    onPaste(ev) {
        ev.preventDefault();
        this.insert(ev.clipboardData.getData("text").replace(/[\r\n]+$/, "").replaceAll("\x1d", GS));
    }

    submit() {
        const raw = this.input.el.value;
        if (!raw) {
            return;
        }
        this.input.el.value = "";
        // Boxes may be scanned faster than they are booked: each waits for the one before.
        this.waiting = this.waiting.then(() => {
            const previous = this.state.answer && this.state.answer.previous;
            return this.send(raw, previous ? { previous } : {});
        });
        return this.waiting;
    }

    async send(raw, options) {
        const record = this.props.record;
        this.state.busy = true;
        try {
            if (!(await record.save())) {
                return;
            }
            const answer = await this.orm.call(record.resModel, "medical_scan", [[record.resId], raw, options]);
            this.state.raw = raw;
            this.state.answer = answer;
            if (answer.status === "ok") {
                await record.load();
            }
        } catch (error) {
            // The dialog tells it; the boxes after it are booked all the same.
            Promise.reject(error);
        } finally {
            this.state.busy = false;
            this.input.el?.focus();
        }
    }

    confirm() {
        const { code } = this.state.answer;
        return this.send(this.state.raw, code === "too_many" ? { over: true, confirmed: true } : { confirmed: true });
    }

    get canConfirm() {
        const answer = this.state.answer;
        return answer && answer.status === "ask" && answer.code !== "missing_di";
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
}

registry.category("view_widgets").add("medical_udi_scan", { component: UdiScan });
