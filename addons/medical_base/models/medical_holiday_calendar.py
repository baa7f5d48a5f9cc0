import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import holiday_source
from ..engine.clock import WorkCalendar

WEEKENDS = {"sat_sun": {5, 6}, "fri_sat": {4, 5}, "sun": {6}, "none": set()}
# Years that the scheduled action keeps filled, counted from the present one.
YEARS_AHEAD = 1


class MedicalHolidayCalendar(models.Model):
    """Working days of a market, in its time zone, for the counting of legal periods."""

    _name = "medical.holiday.calendar"
    _description = "Holiday Calendar"
    _inherit = ["medical.audited.mixin", "mail.thread"]
    _order = "name, id"
    _audited_fields = ("name", "tz", "weekend", "source_code")

    name = fields.Char(required=True, translate=True)
    tz = fields.Selection(
        lambda self: self._tz_get(),
        "Time Zone",
        required=True,
        default="UTC",
        help="A day of the period ends at midnight there.",
    )
    weekend = fields.Selection(
        [
            ("sat_sun", "Saturday and Sunday"),
            ("fri_sat", "Friday and Saturday"),
            ("sun", "Sunday"),
            ("none", "No Weekend"),
        ],
        required=True,
        default="sat_sun",
        tracking=True,
    )
    source_code = fields.Char(
        "Country Code",
        help="Code of the country (US, CN) or of the financial centre (ECB) whose holidays fill the calendar.",
    )
    day_ids = fields.One2many("medical.holiday.day", "calendar_id", "Days")
    filled_to = fields.Integer("Filled to Year", compute="_compute_filled_to", aggregator=None)
    active = fields.Boolean(default=True)

    @api.model
    def _tz_get(self):
        return [(name, name) for name in sorted(pytz.all_timezones_set, key=lambda n: (n.startswith("Etc/"), n))]

    def _compute_filled_to(self):
        last = dict(
            self.env["medical.holiday.day"]._read_group(
                [("calendar_id", "in", self.ids)], ["calendar_id"], ["date:max"]
            )
        )
        for calendar in self:
            calendar.filled_to = last[calendar].year if calendar in last else 0

    def write(self, vals):
        result = super().write(vals)
        if not {"tz", "weekend"}.isdisjoint(vals):
            self.env["medical.clock"]._refresh_due_of(self)
        return result

    def action_fill(self):
        """Add the holidays of the present and the next years; corrected days stay as they are."""
        for calendar in self:
            if not calendar.source_code or not holiday_source.supported(calendar.source_code):
                raise UserError(
                    self.env._(
                        "The calendar %(calendar)s cannot be filled: the country code %(code)s is not known to the "
                        "library of holidays. Correct it, or enter the days by hand.",
                        calendar=calendar.name,
                        code=calendar.source_code or self.env._("(empty)"),
                    )
                )
            first = fields.Date.today().year - 1
            calendar._fill(range(first, first + 2 + YEARS_AHEAD))
        return True

    def _fill(self, years) -> int:
        """Bring the days of these years up to date with the library; return how many changed."""
        self.ensure_one()
        found = {row.day: row for row in holiday_source.days(self.source_code, years)}
        known = {day.date: day for day in self.day_ids.filtered(lambda day: day.date.year in set(years))}
        Day = self.env["medical.holiday.day"]
        gone = [day.id for date, day in known.items() if day.origin == "library" and date not in found]
        Day.browse(gone).unlink()
        renewed = 0
        for date, row in found.items():
            day = known.get(date)
            if day and day.origin == "library" and (day.kind, day.name or "") != (row.kind, row.name):
                day.write({"kind": row.kind, "name": row.name, "origin": "library"})
                renewed += 1
        new = [
            {"calendar_id": self.id, "date": date, "name": row.name, "kind": row.kind, "origin": "library"}
            for date, row in found.items()
            if date not in known
        ]
        Day.create(new)
        return len(gone) + renewed + len(new)

    @api.model
    def _cron_fill(self):
        """Keep the next years filled. A calendar that cannot be filled does not stop the others."""
        for calendar in self.search([("source_code", "!=", False)]):
            if holiday_source.supported(calendar.source_code):
                first = fields.Date.today().year
                calendar._fill(range(first, first + 1 + YEARS_AHEAD))

    def _work_calendar(self) -> WorkCalendar:
        """The calendar for the engine."""
        self.ensure_one()
        # Superuser: a period is the same for everybody.
        days = self.sudo().day_ids
        return WorkCalendar(
            weekend=frozenset(WEEKENDS[self.weekend]),
            days_off=frozenset(days.filtered(lambda day: day.kind == "off").mapped("date")),
            working_days=frozenset(days.filtered(lambda day: day.kind == "work").mapped("date")),
        )

    def _missing_years(self, years) -> list[int]:
        """Those of the years for which the calendar holds no day."""
        self.ensure_one()
        filled = {day.date.year for day in self.sudo().day_ids}  # superuser: see _work_calendar
        return [year for year in years if year not in filled]
