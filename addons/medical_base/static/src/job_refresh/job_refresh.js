import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { Component, onMounted, onWillUnmount, xml } from "@odoo/owl";

const SECONDS = 3;

/** Reads the job again every few seconds while it is on the screen, so that its progress moves. */
export class JobRefresh extends Component {
    static template = xml``;
    static props = { ...standardWidgetProps };

    setup() {
        onMounted(() => this.schedule());
        onWillUnmount(() => browser.clearTimeout(this.timer));
    }

    schedule() {
        this.timer = browser.setTimeout(() => this.refresh(), SECONDS * 1000);
    }

    async refresh() {
        const { record } = this.props;
        // Never under the fingers of somebody who is editing.
        if (!(await record.isDirty())) {
            await record.load();
        }
        if (record.data.state === "running") {
            this.schedule();
        }
    }
}

registry.category("view_widgets").add("medical_job_refresh", { component: JobRefresh });
