from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    medical_period = fields.Selection(
        [("week", "Weeks"), ("month", "Months")],
        "Planning Period",
        default="month",
        required=True,
        help="Demand is counted and forecast per week or per month.",
    )
    medical_history_periods = fields.Integer(
        "History Used", help="The last periods of demand that a forecast looks at. 0: 60 months or 156 weeks."
    )
    medical_holiday_country_id = fields.Many2one(
        "res.country",
        "Holiday Calendar",
        help="Holidays of this country that move through the calendar, such as Chinese New Year, are forecast where the "
        "backtest shows that they matter. Empty: none.",
    )

    _medical_history = models.Constraint(
        "CHECK (coalesce(medical_history_periods, 0) = 0 OR medical_history_periods BETWEEN 3 AND 520)",
        "The history is 3 to 520 periods (0 for the usual).",
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

    def _medical_history_length(self):
        """Periods of demand that a forecast looks at."""
        self.ensure_one()
        return self.medical_history_periods or {"month": 60, "week": 156}[self.medical_period]

    def _medical_season(self):
        """Periods of a year."""
        return {"month": 12, "week": 52}[self.medical_period]

    def _medical_period_days(self):
        """Days of a period, on average."""
        return {"month": 365.25 / 12, "week": 7.0}[self.medical_period]

    def _medical_periods_after(self, start, count):
        """Starts of the ``count`` periods after the one that begins on ``start``."""
        from ..engine import calendar

        return [calendar.add_periods(start, ahead, self.medical_period) for ahead in range(1, count + 1)]
