import { onWillStart, useState } from "@odoo/owl";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { listView } from "@web/views/list/list_view";
import { UdiScanField } from "../scan/udi_scan_field";

const inventoryList = registry.category("views").get("inventory_report_list");

/** Physical inventory with a scan field: boxes are counted at the location chosen, or scanned, before. */
export class UdiCountListController extends (inventoryList.Controller || listView.Controller) {
    static template = "medical_udi.UdiCountList";
    static components = { ...listView.Controller.components, UdiScanField, RecordSelector };

    setup() {
        super.setup();
        this.countOrm = useService("orm");
        this.countNotification = useService("notification");
        this.count = useState({ location: false });
        this.countDomain = [["usage", "in", ["internal", "transit"]]];
        this.countPlaceholder = _t("Location");
        this.bookCount = this.bookCount.bind(this);
        this.bookedCount = this.bookedCount.bind(this);
        this.setCountLocation = this.setCountLocation.bind(this);
        onWillStart(async () => {
            if (this.canCount) {
                const place = await this.countOrm.call("stock.location", "medical_count_location", []);
                this.count.location = place.id;
            }
        });
    }

    get canCount() {
        const context = this.props.context;
        return context.inventory_mode && !context.inventory_report_mode;
    }

    setCountLocation(id) {
        this.count.location = id;
    }

    async bookCount(raw, options) {
        if (!this.count.location) {
            this.countNotification.add(_t("Choose the location where you count first."), { type: "warning" });
            return null;
        }
        await this.model.root.leaveEditMode();
        return this.countOrm.call("stock.location", "medical_scan", [[this.count.location], raw, options]);
    }

    async bookedCount(answer) {
        if (answer.location) {
            this.count.location = answer.location.id;
        } else {
            await this.model.load();
        }
    }
}

registry.category("views").add("medical_udi_count_list", { ...inventoryList, Controller: UdiCountListController });
