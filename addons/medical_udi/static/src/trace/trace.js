import { Component, onWillStart, useState } from "@odoo/owl";
import { deserializeDateTime, formatDate, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { UdiScanField } from "../scan/udi_scan_field";
import { TraceGraph } from "./trace_graph";

const PAGE = 80;

export const number = (value) => formatFloat(value || 0, { digits: [0, 3], trailingZeros: false });
export const moment = (text) => (text ? formatDateTime(deserializeDateTime(text), { showSeconds: false }) : "");
export const day = (text) => (text ? formatDate(deserializeDateTime(text)) : "");

/** Search field that takes a scan as it comes; typing a lot or serial number works as well. */
class TraceSearch extends UdiScanField {
    static template = "medical_udi.TraceSearch";
    static props = { onSearch: Function };

    submit() {
        const raw = this.input.el.value;
        return raw && this.props.onSearch(raw);
    }
}

/** Movements as rows; a click opens the document, the lot or the partner. */
class TraceRows extends Component {
    static template = "medical_udi.TraceRows";
    static props = { rows: Array, open: Function, short: { type: Boolean, optional: true } };

    setup() {
        Object.assign(this, { number, moment });
    }

    get carriers() {
        return this.props.rows.some((row) => row.carrier || row.tracking_reference);
    }
}

/** One lot of the tree. What it leads to is fetched when it is opened. */
class TraceBranch extends Component {
    static template = "medical_udi.TraceBranch";
    static components = { TraceRows };
    static props = { node: Object, direction: String, path: Array, open: Function, openFirst: { type: Boolean, optional: true } };

    setup() {
        this.orm = useService("orm");
        Object.assign(this, { number, moment, day });
        this.state = useState({ open: false, rows: [], rowCount: 0, nodes: [], more: 0, loaded: false, showRows: false });
        if (this.props.openFirst) {
            onWillStart(() => this.toggle());
        }
    }

    get loop() {
        return this.props.path.includes(this.props.node.id);
    }

    get path() {
        return [...this.props.path, this.props.node.id];
    }

    async toggle() {
        if (!this.state.loaded) {
            await this.load(0);
        }
        this.state.open = !this.state.open;
    }

    async load(offset) {
        const answer = await this.orm.call("medical.trace.screen", "read_branch", [], {
            lot_id: this.props.node.id,
            direction: this.props.direction,
            root: !this.props.path.length,
            offset,
        });
        if (!offset) {
            Object.assign(this.state, { rows: answer.rows, rowCount: answer.row_count, loaded: true });
            this.state.showRows = !answer.nodes.length;
        }
        this.state.nodes.push(...answer.nodes);
        this.state.more = answer.more;
    }

    toggleRows() {
        this.state.showRows = !this.state.showRows;
    }

    loadMore() {
        return this.load(this.state.nodes.length);
    }
}
TraceBranch.components.TraceBranch = TraceBranch;

export class Trace extends Component {
    static template = "medical_udi.Trace";
    static components = { Layout, TraceBranch, TraceGraph, TraceRows, TraceSearch };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        Object.assign(this, { number, moment, day, PAGE });
        this.display = { controlPanel: {} };
        this.open = this.open.bind(this);
        this.search = this.search.bind(this);
        const params = this.props.action.params || {};
        const kept = this.props.state || {};
        this.state = useState({
            model: kept.model || params.model || "",
            ids: kept.ids || params.ids || [],
            direction: kept.direction || params.direction || "forward",
            tab: kept.tab || "graph",
            kind: kept.kind || "",
            offset: kept.offset || 0,
            partnerOffset: 0,
            busy: false,
            rows: [],
            data: null,
        });
        useSetupAction({
            getLocalState: () => {
                const { model, ids, direction, tab, kind, offset } = this.state;
                return { model, ids: [...ids], direction, tab, kind, offset };
            },
        });
        onWillStart(() => this.load());
    }

    get source() {
        return { model: this.state.model, ids: [...this.state.ids], direction: this.state.direction };
    }

    get forward() {
        return this.state.direction === "forward";
    }

    /** Runs one request at a time; what was shown stays until the answer is there. */
    async busy(work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            await work();
        } finally {
            this.state.busy = false;
        }
    }

    load() {
        if (!this.state.ids.length) {
            return;
        }
        return this.busy(async () => {
            this.state.data = await this.orm.call("medical.trace.screen", "open_trace", [], this.source);
            this.state.partnerOffset = 0;
            if (this.state.tab === "rows") {
                await this.loadRows();
            }
        });
    }

    async loadRows() {
        const { kind, offset } = this.state;
        this.state.rows = await this.orm.call("medical.trace.screen", "read_page", [], {
            ...this.source,
            kind: kind || false,
            limit: PAGE,
            offset,
        });
    }

    search(raw) {
        return this.busy(async () => {
            const ids = await this.orm.call("medical.trace.screen", "find_lots", [raw]);
            if (!ids.length) {
                this.notification.add(_t("No lot or serial number fits: %s", raw), { type: "warning" });
                return;
            }
            Object.assign(this.state, { model: "stock.lot", ids, kind: "", offset: 0, tab: "graph", partnerOffset: 0 });
            this.state.data = await this.orm.call("medical.trace.screen", "open_trace", [], this.source);
        });
    }

    turn(direction) {
        if (direction !== this.state.direction && !this.state.busy) {
            Object.assign(this.state, { direction, kind: "", offset: 0 });
            return this.load();
        }
    }

    show(tab) {
        this.state.tab = tab;
        if (tab === "rows" && !this.state.rows.length) {
            return this.page(0);
        }
    }

    page(offset, kind = this.state.kind) {
        return this.busy(() => {
            Object.assign(this.state, { offset, kind });
            return this.loadRows();
        });
    }

    get rowCount() {
        const kind = this.state.data.kinds.find((one) => one.kind === this.state.kind);
        return kind ? kind.count : this.state.data.total;
    }

    get partners() {
        return this.state.data.partners.slice(this.state.partnerOffset, this.state.partnerOffset + PAGE);
    }

    turnPartners(offset) {
        this.state.partnerOffset = offset;
    }

    range(offset, count) {
        return count ? `${offset + 1}-${Math.min(offset + PAGE, count)} / ${count}` : "0";
    }

    open(model, id) {
        if (model === "stock.lot") {
            return this.action.doAction("medical_udi.action_stock_lot_360", { props: { resId: id } });
        }
        return this.action.doAction({ type: "ir.actions.act_window", res_model: model, res_id: id, views: [[false, "form"]] });
    }

    openBox(box) {
        if (box.res_model) {
            return this.open(box.res_model, box.res_id);
        }
        if (box.lot_ids.length) {
            return this.action.doAction({
                type: "ir.actions.act_window",
                name: `${box.label} · ${box.sub}`,
                res_model: "stock.lot",
                domain: [["id", "in", [...box.lot_ids]]],
                views: [
                    [false, "list"],
                    [false, "form"],
                ],
            });
        }
        if (box.kind === "partners") {
            this.state.tab = "partners";
        }
    }

    exportXlsx() {
        if (this.state.data.large) {
            return this.busy(async () =>
                this.action.doAction(await this.orm.call("medical.trace.workbook", "export_later", [], this.source))
            );
        }
        return this.busy(() => download({ url: "/medical_udi/trace/xlsx", data: { data: JSON.stringify(this.source) } }));
    }
}

registry.category("actions").add("medical_udi.trace", Trace);
