from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.medical_base.engine import measure

from .medical_forecast_series import DEMAND_CLASSES

# Metric of a target → code of the measure that it reads.
_MEASURES = {"wape": "forecast_error", "mape": "forecast_mape"}


class MedicalAccuracyTarget(models.Model):
    """How accurate the forecasts of a part of the assortment have to be. Measured on every period that is over."""

    _name = "medical.accuracy.target"
    _description = "Forecast Accuracy Target"
    _inherit = ["medical.audited.mixin", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True
    _audited_fields = (
        *("name", "active", "metric", "target_percent", "periods", "user_id"),
        *("category_id", "warehouse_id", "demand_class"),
    )

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    category_id = fields.Many2one("product.category", help="With its subcategories; empty for all products.")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        help="Empty for all warehouses.",
    )
    demand_class = fields.Selection(DEMAND_CLASSES, help="Empty for all.")
    metric = fields.Selection(
        [("wape", "MAE as share of demand (WAPE)"), ("mape", "MAPE")],
        default="wape",
        required=True,
        help="WAPE: absolute errors of all products over their demand. MAPE: the mean of each product's error over its "
        "demand, of products that had any.",
    )
    target_percent = fields.Float("At Most", required=True, default=30.0, help="In percent.")
    periods = fields.Integer(
        "Red after", default=2, required=True, help="How many periods running the target has to be missed."
    )
    source = fields.Char("Benchmark", help="Where the target comes from, for whoever asks.")
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        domain="[('share', '=', False)]",
        help="Gets the alert; empty: the planner of the settings.",
    )
    result_ids = fields.One2many("medical.accuracy.result", "target_id", "Results", readonly=True)
    status = fields.Selection(
        [("none", "Not measured yet"), ("met", "Met"), ("missed", "Missed"), ("red", "Missed again")],
        compute="_compute_status",
        store=True,
    )
    last_value = fields.Float("Last", compute="_compute_status", store=True, aggregator=None)
    last_date = fields.Date("Period", compute="_compute_status", store=True)

    _sane_numbers = models.Constraint(
        "CHECK (target_percent > 0 AND periods BETWEEN 1 AND 24)",
        "The target is above 0 percent, missed in 1 to 24 periods running.",
    )

    @api.depends("result_ids.missed", "periods")
    def _compute_status(self):
        for target in self:
            newest = target.result_ids.sorted("date", reverse=True)
            missed = newest[: target.periods].mapped("missed")
            if not newest:
                target.status = "none"
            elif len(missed) == target.periods and all(missed):
                target.status = "red"
            else:
                target.status = "missed" if missed[0] else "met"
            target.last_value, target.last_date = newest[:1].value, newest[:1].date

    # What runs ask for

    @api.model
    def _not_measured(self, company, start):
        """Targets of ``company`` without a result for the period that begins on ``start``."""
        targets = self.search([("company_id", "=", company.id)])
        done = self.env["medical.accuracy.result"].search([("target_id", "in", targets.ids), ("date", "=", start)])
        return targets - done.target_id

    def _measure(self, measures, run, start, end):
        """Write what the forecasts of the period from ``start`` to ``end`` were worth, for each target.

        :param measures: ``medical.measure``, asked together
        """
        if not self:
            return
        measured = {
            one.code: one for one in measures._get(*(_MEASURES[metric] for metric in {"wape", *self.mapped("metric")}))
        }
        rows = {
            code: one._rows(run.company_id, Domain.TRUE, end, end, ("warehouse_id", "category_id", "demand_class"))
            for code, one in measured.items()
        }
        categories = self.env["product.category"].browse({row[1] for row in rows["forecast_error"] if row[1]})
        paths = {category.id: category.parent_path for category in categories | self.category_id}
        values = []
        for target in self:
            code = _MEASURES[target.metric]
            about = {name: target._about(found, paths) for name, found in rows.items()}
            total = measure.add_up(measure.RATIO, about[code]).get((), measure.Total())
            figure = measure.figure(measure.RATIO, total, factor=measured[code].factor)
            if figure.value is None:
                continue
            errors = [error for error, _demand in about["forecast_error"]]
            values.append(
                {
                    "target_id": target.id,
                    "run_id": run.id,
                    "date": start,
                    "number": len(errors),
                    "mae": sum(errors) / len(errors),
                    "value": figure.value,
                    "target_percent": target.target_percent,
                    "missed": figure.value > target.target_percent,
                }
            )
        self.env["medical.accuracy.result"].create(values)

    def _about(self, rows, paths):
        """Numerator and denominator of the rows that the target is about; ``paths``: category id → its path from the root."""
        self.ensure_one()
        top = paths.get(self.category_id.id, "")
        return [
            both
            for warehouse, category, demand_class, *both in rows
            if paths.get(category, "").startswith(top)
            and (not self.warehouse_id or warehouse == self.warehouse_id.id)
            and (not self.demand_class or demand_class == self.demand_class)
        ]

    def action_view_forecasts(self):
        """The forecasts in use that the target is about."""
        self.ensure_one()
        domain = Domain("is_current", "=", True) & Domain("company_id", "=", self.company_id.id)
        if self.category_id:
            domain &= Domain("categ_id", "child_of", self.category_id.ids)
        if self.warehouse_id:
            domain &= Domain("warehouse_id", "=", self.warehouse_id.id)
        if self.demand_class:
            domain &= Domain("demand_class", "=", self.demand_class)
        return self._medical_records("medical_forecast.action_medical_forecast_series_all", list(domain))


class MedicalAccuracyResult(models.Model):
    """One target in one period. Written by runs."""

    _name = "medical.accuracy.result"
    _description = "Forecast Accuracy against Target"
    _order = "date desc, target_id"
    _rec_name = "target_id"

    target_id = fields.Many2one("medical.accuracy.target", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="target_id.company_id", store=True, index=True)
    run_id = fields.Many2one("medical.forecast.run", "Found by", ondelete="set null", index="btree_not_null")
    date = fields.Date("Period", required=True)
    number = fields.Integer("Series")
    mae = fields.Float("MAE", aggregator="avg", help="Mean absolute error per product and warehouse, in its unit.")
    value = fields.Float("Achieved (%)", aggregator="avg")
    target_percent = fields.Float("Target (%)", aggregator="avg")
    missed = fields.Boolean()

    _once = models.UniqueIndex("(target_id, date)")
