import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor, hexToRGBA } from "@web/core/colors/colors";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { formatFloat } from "@web/views/fields/formatters";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { Component, onWillStart, useEffect, useRef } from "@odoo/owl";

/** Labels of periods that are longer than this many days show the month only. */
const LONGEST_WEEK = 20;

/**
 * History, forecast and its 10–90 % range of one product in one warehouse.
 *
 * Reads a Json field `{history: [{date, value, original}], forecast: [{date, mean, low, high}], unit, as_of}`;
 * `value` is null where a period was left out, `original` is the demand before repairs.
 */
export class ForecastChartField extends Component {
    static template = "medical_forecast.ForecastChartField";
    static props = { ...standardFieldProps };

    setup() {
        this.canvasRef = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            (data, canvas) => {
                if (!canvas) {
                    return;
                }
                const chart = new Chart(canvas, this.getConfig());
                canvas.dataset.drawn = "1";
                return () => {
                    delete canvas.dataset.drawn;
                    chart.destroy();
                };
            },
            () => [JSON.stringify(this.data), this.canvasRef.el]
        );
    }

    get data() {
        return this.props.record.data[this.props.name] || { history: [], forecast: [] };
    }

    get isEmpty() {
        return !this.data.history.length && !this.data.forecast.length;
    }

    get ariaLabel() {
        return _t("Demand history and forecast");
    }

    formatPeriods(dates) {
        const days = dates.map((date) => deserializeDate(date));
        const isWeekly = days.length > 1 && days[1].diff(days[0], "days").days <= LONGEST_WEEK;
        // The locale puts year, month and day in its own order: Oct 26, 26年10月.
        const parts = { year: "2-digit", month: "short", ...(isWeekly ? { day: "numeric" } : {}) };
        return days.map((day) => day.toLocaleString(parts));
    }

    getConfig() {
        const { history, forecast, unit } = this.data;
        const scheme = cookie.get("color_scheme");
        const textColor = getCustomColor(scheme, "#111827", "#E4E4E4");
        const gridColor = getCustomColor(scheme, "rgba(0,0,0,.08)", "rgba(255,255,255,.12)");
        const historyColor = getCustomColor(scheme, "#545B70", "#A4A8B6");
        const forecastColor = getColor(1, scheme, "md");
        const repairColor = getColor(7, scheme, "md");
        const past = history.map(() => null);
        const ahead = forecast.map(() => null);
        const differs = ({ value, original }) =>
            original !== null && original !== undefined && (value === null || Math.abs(value - original) > 1e-6);
        const datasets = [
            {
                key: "history",
                label: _t("Demand"),
                data: [...history.map((point) => point.value), ...ahead],
                borderColor: historyColor,
                backgroundColor: historyColor,
                borderWidth: 2,
                pointRadius: history.length > 80 ? 0 : 2,
            },
            {
                key: "original",
                label: _t("Demand before repair"),
                data: [...history.map((point) => (differs(point) ? point.original : null)), ...ahead],
                borderColor: repairColor,
                backgroundColor: "transparent",
                showLine: false,
                pointStyle: "crossRot",
                pointRadius: 5,
                pointBorderWidth: 2,
            },
            {
                key: "mean",
                label: _t("Forecast"),
                data: [...past, ...forecast.map((point) => point.mean)],
                borderColor: forecastColor,
                backgroundColor: forecastColor,
                borderDash: [6, 4],
                borderWidth: 2,
                pointRadius: 2,
            },
            {
                key: "low",
                label: _t("10 % quantile"),
                data: [...past, ...forecast.map((point) => point.low)],
                borderColor: "transparent",
                backgroundColor: "transparent",
                pointRadius: 0,
                pointHitRadius: 0,
            },
            {
                key: "high",
                label: _t("10–90 % range"),
                data: [...past, ...forecast.map((point) => point.high)],
                borderColor: "transparent",
                backgroundColor: hexToRGBA(forecastColor, scheme === "dark" ? 0.3 : 0.2),
                fill: "-1",
                pointRadius: 0,
                pointHitRadius: 0,
            },
        ];
        const hidden = new Set(["low"]);
        if (!history.some(differs)) {
            hidden.add("original");
        }
        const isShown = (index) => !hidden.has(datasets[index].key);
        return {
            type: "line",
            data: {
                labels: this.formatPeriods([...history, ...forecast].map((point) => point.date)),
                datasets,
            },
            options: {
                maintainAspectRatio: false,
                animation: false,
                interaction: { mode: "index", intersect: false },
                elements: { line: { tension: 0 } },
                layout: { padding: { top: 14 } },
                plugins: {
                    legend: {
                        position: "bottom",
                        labels: {
                            color: textColor,
                            usePointStyle: true,
                            filter: (item) => isShown(item.datasetIndex),
                            generateLabels: (chart) => this.getLegend(chart, datasets),
                        },
                        onClick: null,
                    },
                    tooltip: {
                        filter: (item) => !["low"].includes(datasets[item.datasetIndex].key),
                        callbacks: {
                            label: (item) => this.getTooltip(item, datasets, unit),
                        },
                    },
                },
                scales: {
                    x: {
                        grid: { display: false },
                        ticks: { color: textColor, maxRotation: 0, autoSkipPadding: 16 },
                    },
                    y: {
                        beginAtZero: true,
                        grid: { color: gridColor },
                        ticks: { color: textColor },
                        title: { display: Boolean(unit), text: unit, color: textColor },
                    },
                },
            },
            plugins: [this.getAsOfLine(history.length, forecast.length, textColor)],
        };
    }

    getLegend(chart, datasets) {
        return datasets.map((dataset, index) => ({
            text: dataset.label,
            datasetIndex: index,
            fontColor: chart.options.plugins.legend.labels.color,
            fillStyle: dataset.key === "high" ? dataset.backgroundColor : "transparent",
            strokeStyle: dataset.key === "high" ? "transparent" : dataset.borderColor,
            lineWidth: 2,
            lineDash: dataset.borderDash || [],
            pointStyle: { high: "rect", original: "crossRot" }[dataset.key] || "line",
        }));
    }

    getTooltip(item, datasets, unit) {
        const number = (value) => formatFloat(value, { digits: [16, Math.abs(value) < 100 ? 1 : 0] });
        const dataset = datasets[item.datasetIndex];
        if (dataset.key === "high") {
            const low = datasets.find((other) => other.key === "low").data[item.dataIndex];
            return `${dataset.label}: ${number(low)} – ${number(item.raw)} ${unit || ""}`;
        }
        return `${dataset.label}: ${number(item.raw)} ${unit || ""}`;
    }

    /** Chart.js plugin: a vertical line between what is known and what is forecast. */
    getAsOfLine(historyLength, forecastLength, color) {
        const asOf = this.data.as_of && deserializeDate(this.data.as_of).toLocaleString();
        const text = asOf ? _t("Data up to %s", asOf) : "";
        return {
            id: "medicalAsOf",
            afterDatasetsDraw: (chart) => {
                if (!historyLength || !forecastLength) {
                    return;
                }
                const { ctx, chartArea, scales } = chart;
                const x =
                    (scales.x.getPixelForValue(historyLength - 1) + scales.x.getPixelForValue(historyLength)) / 2;
                ctx.save();
                ctx.strokeStyle = color;
                ctx.globalAlpha = 0.6;
                ctx.lineWidth = 1;
                ctx.setLineDash([3, 3]);
                ctx.beginPath();
                ctx.moveTo(x, chartArea.top);
                ctx.lineTo(x, chartArea.bottom);
                ctx.stroke();
                ctx.globalAlpha = 0.85;
                ctx.fillStyle = color;
                ctx.font = "11px sans-serif";
                ctx.textAlign = "right";
                ctx.textBaseline = "bottom";
                ctx.fillText(text, x - 4, chartArea.top - 2);
                ctx.restore();
            },
        };
    }
}

export const forecastChartField = {
    component: ForecastChartField,
    displayName: _t("Forecast Chart"),
    supportedTypes: ["json"],
};

registry.category("fields").add("medical_forecast_chart", forecastChartField);
