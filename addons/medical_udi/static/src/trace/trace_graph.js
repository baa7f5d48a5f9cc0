import { Component } from "@odoo/owl";
import { formatFloat } from "@web/core/utils/numbers";

const WIDTH = 190;
const HEIGHT = 46;
const GAP_X = 110;
const GAP_Y = 14;
const MARGIN = 16;
const LABELS = 60;

/** Lots in columns from where they came to where they went, drawn with nothing but SVG. */
export class TraceGraph extends Component {
    static template = "medical_udi.TraceGraph";
    static props = { graph: Object, direction: String, openBox: Function };

    get layout() {
        const { boxes, links, columns } = this.props.graph;
        const forward = this.props.direction === "forward";
        const byColumn = Array.from({ length: columns }, () => []);
        for (const box of boxes) {
            byColumn[box.level === "partner" ? columns - 1 : box.level].push(box);
        }
        const tallest = Math.max(1, ...byColumn.map((column) => column.length));
        const height = 2 * MARGIN + tallest * (HEIGHT + GAP_Y) - GAP_Y;
        const place = {};
        byColumn.forEach((column, number) => {
            const top = (height - (column.length * (HEIGHT + GAP_Y) - GAP_Y)) / 2;
            const x = MARGIN + (forward ? number : columns - 1 - number) * (WIDTH + GAP_X);
            column.forEach((box, row) => {
                place[box.id] = { ...box, x, y: top + row * (HEIGHT + GAP_Y) };
            });
        });
        const largest = Math.max(1, ...links.map((link) => Math.abs(link.quantity)));
        const degree = { from: {}, to: {} };
        for (const link of links) {
            degree.from[link.from] = (degree.from[link.from] || 0) + 1;
            degree.to[link.to] = (degree.to[link.to] || 0) + 1;
        }
        const lines = links.map((link, id) => this.line(link, id, place, forward, largest, degree, links.length <= LABELS));
        return {
            width: 2 * MARGIN + columns * (WIDTH + GAP_X) - GAP_X,
            height,
            boxes: Object.values(place),
            lines,
        };
    }

    line(link, id, place, forward, largest, degree, labelled) {
        const [left, right] = forward ? [place[link.from], place[link.to]] : [place[link.to], place[link.from]];
        const [x1, y1, x2, y2] = [left.x + WIDTH, left.y + HEIGHT / 2, right.x, right.y + HEIGHT / 2];
        const bend = Math.max(40, Math.abs(x2 - x1) / 2);
        // The label stands at the end where fewer lines meet.
        const fanOut = (degree.from[link.from] > degree.to[link.to]) === forward;
        const share = fanOut ? 0.78 : 0.22;
        const ease = share * share * (3 - 2 * share);
        return {
            id,
            path: `M ${x1} ${y1} C ${x1 + bend} ${y1}, ${x2 - bend} ${y2}, ${x2} ${y2}`,
            stroke: 1 + 5 * Math.sqrt(Math.abs(link.quantity) / largest),
            label: labelled && link.quantity ? this.number(link.quantity) : "",
            title: `${left.label} → ${right.label}: ${this.number(link.quantity)}`,
            x: x1 + (x2 - x1) * share,
            y: y1 + (y2 - y1) * ease - 4,
        };
    }

    number(value) {
        return formatFloat(value || 0, { digits: [0, 3], trailingZeros: false });
    }

    short(text, most = 25) {
        return text.length > most ? `${text.slice(0, most - 1)}…` : text;
    }
}
