from odoo import api, fields, models
from odoo.tools import format_date

from .medical_forecast_line import QUANTILES

DEMAND_CLASSES = [
    ("smooth", "Smooth"),
    ("erratic", "Erratic"),
    ("intermittent", "Intermittent"),
    ("lumpy", "Lumpy"),
    ("new", "New"),
    ("none", "No demand"),
]


class MedicalForecastSeries(models.Model):
    """What one run found out about one product in one warehouse."""

    _name = "medical.forecast.series"
    _description = "Product Forecast"
    _inherit = ["medical.bulk.mixin"]
    _order = "run_id desc, product_id, warehouse_id"
    # Old runs are removed as a whole, with their series and what hangs on those.
    _kept_with = "run_id"
    _check_company_auto = True

    run_id = fields.Many2one("medical.forecast.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    product_id = fields.Many2one("product.product", required=True, ondelete="cascade", index=True)
    warehouse_id = fields.Many2one("stock.warehouse", required=True, ondelete="cascade", index=True)
    categ_id = fields.Many2one("product.category", "Product Category", index=True)
    uom_id = fields.Many2one(related="product_id.uom_id")
    as_of = fields.Date(related="run_id.as_of", store=True)
    scenario = fields.Selection(related="run_id.scenario")
    version_id = fields.Many2one(related="run_id.version_id")
    is_current = fields.Boolean("In Use", help="Comes from the newest finished run.")
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("done", "Planned"),
            ("blocked", "Not Plannable"),
            ("refused", "Not Forecast"),
            ("failed", "Failed"),
        ],
        required=True,
        index=True,
    )
    reason_code = fields.Char()
    reason = fields.Char(help="Why it is not planned, and what to do.")

    # What the forecast is made from and how good it was
    demand_class = fields.Selection(
        DEMAND_CLASSES,
        help="Smooth: regular and even. Erratic: regular, uneven. Intermittent: with gaps, even. Lumpy: with gaps, uneven.",
    )
    adi = fields.Float("Average Demand Interval", aggregator="avg")
    cv2 = fields.Float("Squared Coefficient of Variation", aggregator="avg")
    history = fields.Json(help="Start dates and demand of the periods the forecast was made from.")
    weights = fields.Json("Weights of the Methods")
    weights_text = fields.Char("Methods", compute="_compute_weights_text")
    level = fields.Float(digits="Product Unit", aggregator=None)
    trend = fields.Float(digits="Product Unit", aggregator=None, help="Rise of the level per period, without season.")
    season_strength = fields.Float(aggregator="avg", help="0: no season, 1: the season explains everything.")
    wape = fields.Float("Error (WAPE)", aggregator="avg", help="Backtest: sum of absolute errors / sum of demand.")
    wape_naive = fields.Float("Error of Naive", aggregator="avg", help="The same for last year's (or last) value.")
    fva = fields.Float("Value Added", aggregator="avg", help="Error of the naive forecast minus ours.")
    bias = fields.Float(aggregator="avg", help="Backtest: sum of (forecast - demand) / sum of demand.")
    mase = fields.Float("MASE", aggregator="avg")
    effects = fields.Json("Events", help="Events and external series on top of the base forecast, each on its own.")
    recent_errors = fields.Json(help="One-period-ahead backtest errors of the last 12 periods, forecast minus demand.")

    # What has to be covered
    cover_days = fields.Float("Days to Cover", aggregator="avg", help="Days whose demand is summed up.")
    cover_mean = fields.Float("Demand to Cover", digits="Product Unit")
    rate = fields.Float("Demand per Period", digits="Product Unit")

    line_ids = fields.One2many("medical.forecast.line", "series_id")
    repair_count = fields.Integer(compute="_compute_repair_count")
    chart = fields.Json(compute="_compute_chart")
    why = fields.Html(compute="_compute_why", sanitize=False)

    _run_pair = models.UniqueIndex("(run_id, product_id, warehouse_id)")
    _current = models.Index("(company_id, product_id, warehouse_id) WHERE is_current")
    _waiting = models.Index("(run_id, id) WHERE state = 'pending'")

    @api.depends("product_id", "warehouse_id", "as_of")
    def _compute_display_name(self):
        for series in self:
            series.display_name = f"{series.product_id.display_name} / {series.warehouse_id.code}"

    @api.depends("weights")
    def _compute_weights_text(self):
        for series in self:
            series.weights_text = ", ".join(f"{name} {weight:.0%}" for name, weight in series._methods())

    @api.model
    def _model_label(self, name):
        """The family of methods that a model of the engine belongs to, in words."""
        families = {
            "ses": self.env._("Smoothing"),
            "ses_seasonal": self.env._("Smoothing with season"),
            "trend": self.env._("Trend"),
            "trend_seasonal": self.env._("Trend with season"),
            "mean": self.env._("Mean of recent periods"),
            "tsb": self.env._("Smoothing for demand with gaps"),
            "seasonal": self.env._("Same period of last year"),
            "slow": self.env._("Median of AutoETS, AutoCES and DOT (slow pass)"),
            "regression": self.env._("Regression over all products"),
            "trees": self.env._("Boosted trees over all products"),
        }
        family, _separator, treatment = name.partition("_")
        seasonal = family in ("ses", "trend") and treatment in ("own", "shrunk", "shared")
        return families.get(f"{family}_seasonal" if seasonal else family, name)

    def _methods(self):
        """(name, weight) of each family of methods that counts, the heaviest first."""
        totals = {}
        for name, weight in (self.weights or {}).items():
            label = self._model_label(name)
            totals[label] = totals.get(label, 0.0) + weight
        return sorted(((name, weight) for name, weight in totals.items() if weight >= 0.005), key=lambda item: -item[1])

    @api.depends("product_id", "warehouse_id")
    def _compute_repair_count(self):
        counts = self._count_beside("medical.demand.repair")
        for series in self:
            series.repair_count = counts.get((series.product_id, series.warehouse_id), 0)

    def _count_beside(self, model):
        """(product, warehouse) → number of records of ``model`` about them, none for who may not read it."""
        if not self.env[model].has_access("read"):
            return {}
        domain = [("product_id", "in", self.product_id.ids), ("warehouse_id", "in", self.warehouse_id.ids)]
        groups = self.env[model]._read_group(domain, ["product_id", "warehouse_id"], ["__count"])
        return {(product, warehouse): count for product, warehouse, count in groups}

    @api.depends("history", "line_ids")
    def _compute_chart(self):
        """Everything the chart draws: history, forecast and its band."""
        for series in self:
            history = series.history or {}
            lines = series.line_ids.sorted("date")
            series.chart = {
                "history": [
                    {"date": start, "value": value, "original": original}
                    for start, value, original in zip(
                        history.get("dates", []),
                        history.get("values", []),
                        history.get("originals", history.get("values", [])),
                        strict=True,
                    )
                ],
                "forecast": [
                    {"date": fields.Date.to_string(line.date), "mean": line.mean, "low": line.q10, "high": line.q90}
                    for line in lines
                ],
                "unit": series.uom_id.name,
                "as_of": fields.Date.to_string(series.as_of),
            }

    @api.depends("state", "demand_class", "weights", "cover_mean")
    def _compute_why(self):
        for series in self:
            series.why = self.env["ir.qweb"]._render(
                "medical_forecast.series_why", {"series": series, "as_of": format_date(self.env, series.as_of)}
            )

    def action_view_repairs(self):
        return self._open_beside("medical_demand.action_medical_demand_repair")

    def _open_beside(self, xmlid):
        """Another screen, limited to this product and warehouse."""
        self.ensure_one()
        domain = [("product_id", "=", self.product_id.id), ("warehouse_id", "=", self.warehouse_id.id)]
        return self._medical_records(xmlid, domain)

    def _insert_lines(self, dates, forecast, effect):
        """Insert the engine's Forecast of these n series.

        :param dates: list of h dates; ``effect``: array (n, h), part of the mean
        """
        columns = {
            "series_id": [id_ for id_ in self.ids for _ in dates],
            "date": list(dates) * len(self),
            "mean": forecast.mean.ravel().tolist(),
            "effect": effect.ravel().tolist(),
            "method": [name or "series" for name in forecast.made_by.ravel().tolist()],
        }
        for level in QUANTILES:
            figures = forecast.quantiles[:, :, forecast.levels.index(level)]
            columns[f"q{round(level * 100)}"] = figures.ravel().tolist()
        self.env["medical.forecast.line"]._insert_rows({"company_id": self.company_id.id}, columns)
