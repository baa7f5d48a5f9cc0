from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    medical_horizon = fields.Integer(
        "Forecast Horizon", default=12, required=True, help="How many periods ahead the forecast reaches."
    )
    medical_high_percent = fields.Float(
        "High Scenario", default=20.0, help="Demand in the scenario 'High' is this many percent above the forecast."
    )
    medical_low_percent = fields.Float(
        "Low Scenario", default=20.0, help="Demand in the scenario 'Low' is this many percent below the forecast."
    )
    medical_planner_id = fields.Many2one(
        "res.users",
        "Planner",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Owner of the reorder rules that the nightly run creates, and of its activities.",
    )
    medical_keep_runs = fields.Integer(
        "Runs Kept",
        default=30,
        required=True,
        help="Older forecast runs are removed; what they changed stays in the audit trail.",
    )

    _medical_positive_periods = models.Constraint(
        "CHECK (medical_horizon BETWEEN 1 AND 104 AND medical_keep_runs > 0)",
        "The forecast horizon is 1 to 104 periods, and at least one run is kept.",
    )
    _medical_scenarios = models.Constraint(
        "CHECK (medical_high_percent >= 0 AND medical_low_percent BETWEEN 0 AND 100)",
        "The high scenario is 0 percent or more, the low scenario 0 to 100 percent.",
    )

    def _medical_owner(self):
        """Who owns what the scheduled run creates: never the superuser, whose manual reorder rules core deletes.

        See ``_unlink_processed_orderpoints`` of stock.warehouse.orderpoint.
        """
        self.ensure_one()
        return self.medical_planner_id or self.env.ref("base.user_admin")
