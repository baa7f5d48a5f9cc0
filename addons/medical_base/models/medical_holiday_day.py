from odoo import api, fields, models


class MedicalHolidayDay(models.Model):
    """A day that is not what its weekday says: a holiday, or a working day at a weekend."""

    _name = "medical.holiday.day"
    _description = "Holiday or Extra Working Day"
    _inherit = ["medical.audited.mixin"]
    _order = "date, id"
    _audited_fields = ("date", "kind")

    calendar_id = fields.Many2one("medical.holiday.calendar", required=True, index=True, ondelete="cascade")
    date = fields.Date(required=True, index=True)
    name = fields.Char()
    kind = fields.Selection([("off", "Day Off"), ("work", "Working Day")], required=True, default="off")
    origin = fields.Selection(
        [("library", "Library"), ("manual", "Entered by Hand")],
        required=True,
        default="manual",
        readonly=True,
        help="What was entered or corrected by hand is not changed when the calendar is filled again.",
    )

    _day_unique = models.Constraint("UNIQUE(calendar_id, date)", "The calendar already holds this day.")

    @api.depends("date", "name", "calendar_id.name")
    def _compute_display_name(self):
        for day in self:
            day.display_name = " ".join(filter(None, (day.calendar_id.name, fields.Date.to_string(day.date), day.name)))

    @api.model_create_multi
    def create(self, vals_list):
        days = super().create(vals_list)
        self.env["medical.clock"]._refresh_due_of(days.calendar_id)
        return days

    def write(self, vals):
        """Whoever corrects a day takes it over from the library."""
        calendars = self.calendar_id
        result = super().write({"origin": "manual", **vals})
        self.env["medical.clock"]._refresh_due_of(calendars | self.calendar_id)
        return result

    def unlink(self):
        calendars = self.calendar_id
        result = super().unlink()
        self.env["medical.clock"]._refresh_due_of(calendars)
        return result
