from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import PLANNER, step

_lt = LazyTranslate(__name__)

# Code of the measure, how the goal is meant, and by default: what the case that the suite was made for has promised.
STANDARD = (
    ("turnover_days", "lower_by", 12.0),
    ("service", "at_least", 95.0),
    ("stockouts", "below", 2.0),
    ("storage_cost", "lower_by", 15.0),
)


class MedicalPlanningTarget(models.Model):
    """What planning is to achieve in a scope, against a baseline that is frozen once.

    Draft → frozen → closed. The baseline is measured when it is frozen and does not change afterwards.
    """

    _name = "medical.planning.target"
    _description = "Planning Targets"
    _inherit = ["medical.document.mixin", "medical.run.follower", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True
    _guarded_fields = ("measured_to",)
    _settles = {"draft": ("company_id", "warehouse_id", "category_id", "baseline_from", "baseline_to", "line_ids")}
    _kept_from = "frozen"
    _audited_fields = ("name", "state", "warehouse_id", "category_id", "baseline_from", "baseline_to", "frozen_by_id")

    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True, help="Empty for all warehouses.")
    category_id = fields.Many2one("product.category", help="With its subcategories; empty for all products.")
    baseline_from = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self) - relativedelta(years=1)
    )
    baseline_to = fields.Date(required=True, default=lambda self: fields.Date.context_today(self) - timedelta(days=1))
    days = fields.Integer(
        "Days Looked at",
        default=90,
        required=True,
        help="What is achieved is measured over the last days, as many as here.",
    )
    line_ids = fields.One2many("medical.planning.target.line", "target_id", "Targets", copy=True)
    state = fields.Selection([("draft", "Draft"), ("frozen", "Baseline Frozen"), ("closed", "Closed")])
    frozen_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    frozen_date = fields.Datetime(readonly=True, copy=False)
    measured_to = fields.Date(readonly=True, copy=False)
    achieved_count = fields.Integer(compute="_compute_achieved_count")

    _sane_dates = models.Constraint(
        "CHECK (baseline_to > baseline_from AND days BETWEEN 7 AND 366)",
        "The baseline ends after it begins; 7 to 366 days are looked at.",
    )

    @api.depends("line_ids.is_achieved")
    def _compute_achieved_count(self):
        for target in self:
            target.achieved_count = len(target.line_ids.filtered("is_achieved"))

    @api.model_create_multi
    def create(self, vals_list):
        targets = super().create(vals_list)
        bare = targets.filtered(lambda target: not target.line_ids)
        self.env["medical.planning.target.line"].create(
            [
                {"target_id": target.id, "kpi": kpi, "goal_type": kind, "goal_value": value}
                for target in bare
                for kpi, kind, value in STANDARD
            ]
        )
        return targets

    def _settled_advice(self):
        return self.env._(
            "A frozen baseline does not change, its targets do not change either: close them and set new ones."
        )

    # What people do

    @step("draft", to="frozen", label=_lt("Freeze Baseline"), group=PLANNER, by="frozen_by_id", on="frozen_date")
    def action_freeze(self):
        """Measure the baseline and keep it."""
        for target in self:
            found = target._measure(target.baseline_from, target.baseline_to)
            if not found:
                raise UserError(
                    self.env._(
                        "%(target)s: there was no stock and no demand in this time and scope.", target=target.name
                    )
                )
            for line in target.line_ids:
                line._guarded_write({"baseline": found[line.kpi] or 0.0})

    def _after_freeze(self):
        self._refresh()

    @step("frozen", label=_lt("Measure Now"), group=PLANNER)
    def action_refresh(self):
        """Measure what was achieved until yesterday."""
        self._refresh()

    @step("frozen", to="closed", label=_lt("Close"), group=PLANNER)
    def action_close(self):
        """Measure for the last time."""
        self._refresh()

    def action_view_board(self):
        return self._medical_records(
            "medical_planning.action_medical_planning_target_line", [("target_id", "in", self.ids)]
        )

    # Measuring

    @api.model
    def _after_run(self, run):
        """Measure all frozen targets of the company."""
        if run._is_news():
            self.search([("company_id", "=", run.company_id.id), ("state", "=", "frozen")])._refresh()

    def _refresh(self):
        for target in self:
            # Each target has a scope of its own to measure.
            last = self.env.cr.now().date() - timedelta(days=1)
            found = target._measure(last - timedelta(days=target.days - 1), last)
            if not found:
                continue
            for line in target.line_ids:
                figure = found[line.kpi]
                line._guarded_write({"actual": figure or 0.0, "is_measured": figure is not None})
            target._guarded_write({"measured_to": last})

    def _measure(self, first, last):
        """Code of a measure → figure over the days ``first`` to ``last``; None where there is nothing to measure."""
        self.ensure_one()
        scope = Domain.TRUE
        if self.warehouse_id:
            scope &= Domain("warehouse_id", "=", self.warehouse_id.id)
        if self.category_id:
            scope &= Domain("category_id", "child_of", self.category_id.ids)
        found = {}
        for measure in self.env["medical.measure"]._together()._get(*(code for code, _kind, _value in STANDARD)):
            figures = measure._figures(self.company_id, scope, first, last)
            if not figures:
                return None
            found[measure.code] = figures[()].value
        return found
