from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    medical_period = fields.Selection(
        [("week", "Weeks"), ("month", "Months")],
        string="Planning Period",
        default="month",
        required=True,
        help="Demand is counted and forecast per week or per month.",
    )
    medical_horizon = fields.Integer(
        string="Forecast Horizon",
        default=12,
        required=True,
        help="How many periods ahead the forecast reaches.",
    )
    medical_history_periods = fields.Integer(
        string="History Used",
        help="The last periods of demand that a forecast looks at. 0: 60 months or 156 weeks.",
    )
    medical_high_percent = fields.Float(
        string="High Scenario",
        default=20.0,
        help="Demand in the scenario 'High' is this many percent above the forecast.",
    )
    medical_low_percent = fields.Float(
        string="Low Scenario",
        default=20.0,
        help="Demand in the scenario 'Low' is this many percent below the forecast.",
    )
    medical_holiday_country_id = fields.Many2one(
        "res.country",
        string="Holiday Calendar",
        help="Holidays of this country that move through the calendar, such as Chinese New Year, are forecast where the "
        "backtest shows that they matter. Empty: none.",
    )
    medical_planner_id = fields.Many2one(
        "res.users",
        string="Planner",
        domain="[('share', '=', False), ('company_ids', 'in', id)]",
        help="Owner of the reorder rules that the nightly run creates, and of its activities.",
    )
    medical_keep_runs = fields.Integer(
        string="Runs Kept",
        default=30,
        required=True,
        help="Older forecast runs are removed; what they changed stays in the audit trail.",
    )

    medical_abc_a = fields.Float(
        string="Class A up to (%)",
        default=80.0,
        help="The products that make up so much of the value of a warehouse's demand.",
    )
    medical_abc_b = fields.Float(
        string="Class B up to (%)", default=95.0, help="The next ones up to this share; the rest is C."
    )
    medical_abc_band = fields.Float(
        string="ABC Band (points)",
        default=5.0,
        help="A product leaves its class only when it is so far beyond the limit.",
    )
    medical_xyz_x = fields.Float(
        string="Class X below",
        default=0.5,
        help="Coefficient of variation of the demand per period, over the last year.",
    )
    medical_xyz_y = fields.Float(string="Class Y below", default=1.0, help="What varies more is Z.")
    medical_xyz_band = fields.Float(
        string="XYZ Band", default=0.1, help="A product leaves its class only when it is so far beyond the limit."
    )

    medical_override_percent = fields.Float(
        string="Override Limit (%)",
        default=100.0,
        help="A planner may override a reorder rule by up to this many percent; beyond it an Inventory administrator may.",
    )
    medical_override_days = fields.Integer(
        string="Override Ends After (days)", default=90, required=True, help="No override lasts longer than this."
    )

    medical_holding_percent = fields.Float(
        string="Storage Cost (% a year)",
        default=20.0,
        help="What it costs to keep stock for a year, in percent of its value.",
    )

    _medical_holding = models.Constraint("CHECK (medical_holding_percent >= 0)", "The storage cost is not negative.")
    _medical_overrides = models.Constraint(
        "CHECK (medical_override_percent >= 0 AND medical_override_days BETWEEN 1 AND 366)",
        "The limit of overrides is not negative; they last 1 to 366 days.",
    )
    _medical_classes = models.Constraint(
        "CHECK (medical_abc_a > 0 AND medical_abc_a < medical_abc_b AND medical_abc_b < 100 AND medical_xyz_x > 0 "
        "AND medical_xyz_x < medical_xyz_y AND medical_abc_band >= 0 AND medical_xyz_band >= 0)",
        "The limits of the classes rise: A below B below 100 percent, X below Y; a band is not negative.",
    )
    _medical_positive_periods = models.Constraint(
        "CHECK (medical_horizon BETWEEN 1 AND 104 AND (coalesce(medical_history_periods, 0) = 0 OR medical_history_periods BETWEEN 3 AND 520) AND medical_keep_runs > 0)",
        "The forecast horizon is 1 to 104 periods, the history 3 to 520 (0 for the usual), and at least one run is kept.",
    )
    _medical_scenarios = models.Constraint(
        "CHECK (medical_high_percent >= 0 AND medical_low_percent BETWEEN 0 AND 100)",
        "The high scenario is 0 percent or more, the low scenario 0 to 100 percent.",
    )

    @api.constrains("medical_holiday_country_id")
    def _check_medical_holiday_country(self):
        from ..engine import holidays

        for company in self.filtered("medical_holiday_country_id"):
            try:
                holidays.check(company.medical_holiday_country_id.code)
            except holidays.UnknownCountry as error:
                raise ValidationError(
                    self.env._(
                        "No holiday calendar is known for %(country)s: leave it empty and enter its holidays as demand events.",
                        country=company.medical_holiday_country_id.name,
                    )
                ) from error

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._medical_ensure_policy()
        return companies

    def _medical_ensure_policy(self):
        """Every company plans by at least one policy."""
        policies = self.env["medical.policy"].sudo()  # sudo: creating a company is not a planner's right
        having = policies.with_context(active_test=False)._read_group([("company_id", "in", self.ids)], ["company_id"])
        missing = self - self.browse([company.id for (company,) in having])
        created = policies.create(
            [{"name": self.env._("Standard"), "company_id": company.id, "sequence": 100} for company in missing]
        )
        # Nothing to replay yet, and nothing is written to a rule before planning is switched on.
        created._put_in_force(note=self.env._("Comes with the suite."))

    def _medical_history_length(self):
        """Periods of demand that a forecast looks at."""
        self.ensure_one()
        return self.medical_history_periods or {"month": 60, "week": 156}[self.medical_period]

    def _medical_owner(self):
        """Who owns what the scheduled run creates: never the superuser.

        Core deletes manual rules that the superuser made (stock.warehouse.orderpoint,
        _unlink_processed_orderpoints).
        """
        self.ensure_one()
        return self.medical_planner_id or self.env.ref("base.user_admin")
