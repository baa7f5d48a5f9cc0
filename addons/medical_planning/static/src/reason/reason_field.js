import { _t } from "@web/core/l10n/translation";
import { usePopover } from "@web/core/popover/popover_hook";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component } from "@odoo/owl";

class ReasonPopover extends Component {
    static template = "medical_planning.ReasonPopover";
    static props = { text: String, close: { type: Function, optional: true } };
}

/** A sentence that would not fit a list column: an icon that tells it on hover and on click. */
export class ReasonField extends Component {
    static template = "medical_planning.ReasonField";
    static props = { ...standardFieldProps };

    setup() {
        this.popover = usePopover(ReasonPopover, { position: "left" });
    }

    get text() {
        return this.props.record.data[this.props.name];
    }

    onClick(ev) {
        this.popover.open(ev.currentTarget, { text: this.text });
    }
}

export const reasonField = {
    component: ReasonField,
    displayName: _t("Reason"),
    supportedTypes: ["char"],
};

registry.category("fields").add("medical_reason", reasonField);
