from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .medical_measure import WINDOW


class MedicalMeasureTarget(models.Model):
    """What a measure is to be, in a company or a part of it."""

    _name = "medical.measure.target"
    _description = "Target of a Measure"
    _inherit = ["medical.audited.mixin"]
    _order = "measure_id, company_id, id"
    _rec_name = "measure_id"
    _check_company_auto = True
    _audited_fields = ("measure_id", "company_id", "warehouse_id", "category_id", "goal", "days", "note")

    measure_id = fields.Many2one("medical.measure", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True, help="Empty for all warehouses.")
    category_id = fields.Many2one("product.category", help="With its subcategories; empty for all products.")
    direction = fields.Selection(related="measure_id.direction")
    unit = fields.Char(related="measure_id.unit")
    goal = fields.Float("Target", required=True, aggregator=None, help="At least, or at most, as the measure says.")
    days = fields.Integer(default=WINDOW, required=True, help="The figure of so many days is held against the target.")
    note = fields.Char("Why", help="Where the target comes from, for whoever asks.")
    value = fields.Float(compute="_compute_value", help="As frozen at night.")
    is_measured = fields.Boolean(compute="_compute_value")
    is_reached = fields.Boolean("Reached", compute="_compute_value")

    _sane_days = models.Constraint("CHECK (days BETWEEN 1 AND 3660)", "A target looks at 1 to 3660 days.")

    @api.depends("measure_id", "company_id", "warehouse_id", "category_id", "goal", "days")
    def _compute_value(self):
        found = self.env["medical.measure.value"]._over(
            [
                (target.measure_id, target.company_id, target.warehouse_id, target.category_id, target.days)
                for target in self
            ]
        )
        for target, figure in zip(self, found, strict=True):
            target.value = figure.value or 0.0
            target.is_measured = figure.value is not None
            value = abs(target.value) if target.direction == "zero" else target.value
            reached = value >= target.goal if target.direction == "higher" else value <= target.goal
            target.is_reached = target.is_measured and reached

    @api.constrains("measure_id", "warehouse_id", "category_id")
    def _check_grain(self):
        for target in self:
            for name in ("warehouse_id", "category_id"):
                if target[name] and name not in target.measure_id._grain():
                    raise ValidationError(
                        self.env._(
                            "%(measure)s cannot be cut by %(field)s: leave it empty.",
                            measure=target.measure_id.name,
                            field=self._fields[name]._description_string(self.env),
                        )
                    )
