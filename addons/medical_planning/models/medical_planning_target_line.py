from odoo import api, fields, models


class MedicalPlanningTargetLine(models.Model):
    """One figure: what it was, what it is to be, and what it is."""

    _name = "medical.planning.target.line"
    _description = "Planning Target"
    _inherit = ["medical.document.line.mixin", "medical.audited.mixin"]
    _document_field = "target_id"
    _order = "target_id desc, id"
    _guarded_fields = ("baseline", "actual", "is_measured")
    _audited_fields = ("goal_type", "goal_value", "baseline")

    target_id = fields.Many2one("medical.planning.target", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="target_id.company_id", store=True, index=True)
    kpi = fields.Selection(
        [
            ("turnover_days", "Turnover (days)"),
            ("service", "Service (%)"),
            ("stockouts", "Stock-outs (%)"),
            ("storage_cost", "Storage cost per year"),
        ],
        "Figure",
        required=True,
        help="Turnover: mean stock over demand per day, at cost. Service: days with stock, weighted by the value of demand. "
        "Stock-outs: days without stock of products with demand. Storage cost: mean stock at the rate of the settings.",
    )
    goal_type = fields.Selection(
        [("lower_by", "Lower by %"), ("at_least", "At least"), ("below", "Below")], required=True, default="lower_by"
    )
    goal_value = fields.Float(required=True)
    baseline = fields.Float(readonly=True, copy=False, aggregator=None)
    goal = fields.Float(compute="_compute_goal", help="In the unit of the figure.")
    actual = fields.Float("Achieved", readonly=True, copy=False, aggregator=None)
    is_measured = fields.Boolean(readonly=True, copy=False)
    change_percent = fields.Float("Change (%)", compute="_compute_goal", help="Against the baseline.")
    gap = fields.Float(compute="_compute_goal", help="How far the figure is from its goal; 0 when that is reached.")
    is_achieved = fields.Boolean("Reached", compute="_compute_goal")

    _one_each = models.UniqueIndex("(target_id, kpi)", "Each figure has one target.")

    @api.depends("kpi", "target_id.name")
    def _compute_display_name(self):
        labels = dict(self._fields["kpi"]._description_selection(self.env))
        for line in self:
            line.display_name = f"{line.target_id.name}: {labels.get(line.kpi, '')}"

    @api.depends("goal_type", "goal_value", "baseline", "actual", "is_measured")
    def _compute_goal(self):
        for line in self:
            by = line.goal_type
            line.goal = line.baseline * (1 - line.goal_value / 100.0) if by == "lower_by" else line.goal_value
            line.change_percent = (
                100.0 * (line.actual / line.baseline - 1) if line.is_measured and line.baseline else 0.0
            )
            beyond = line.goal - line.actual if by == "at_least" else line.actual - line.goal
            reached = line.actual < line.goal if by == "below" else beyond <= 1e-9
            # What was nothing cannot become less.
            reached = reached and (by != "lower_by" or line.baseline > 0)
            line.is_achieved = line.is_measured and reached
            line.gap = 0.0 if not line.is_measured or reached else max(beyond, 0.0)
