import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { UdiScanField } from "./udi_scan_field";

/** Scan field of a document that people scan boxes on (`medical.udi.scan.mixin`). */
export class UdiScan extends Component {
    static template = "medical_udi.UdiScan";
    static components = { UdiScanField };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ differences: null });
        this.book = this.book.bind(this);
        this.booked = this.booked.bind(this);
    }

    async book(raw, options) {
        const record = this.props.record;
        return (await record.save()) && this.orm.call(record.resModel, "medical_scan", [[record.resId], raw, options]);
    }

    async booked() {
        await this.props.record.load();
        if (this.state.differences) {
            await this.compare();
        }
    }

    async compare() {
        const record = this.props.record;
        if (await record.save()) {
            this.state.differences = await this.orm.call(record.resModel, "medical_scan_differences", [[record.resId]]);
        }
    }

    toggle() {
        if (this.state.differences) {
            this.state.differences = null;
        } else {
            return this.compare();
        }
    }
}

registry.category("view_widgets").add("medical_udi_scan", { component: UdiScan });
