from datetime import datetime

import pytz

from odoo.tests import TransactionCase, tagged

# Counted by hand: the day with whose end it is late, of events before a weekend, a holiday and the end of a year.
EVENTS = ("2026-03-06", "2026-04-30", "2025-12-30")
GOLDEN = {
    "own_nc_containment": ("2026-03-09", "2026-05-04", "2025-12-31"),
    "own_nc_disposition": ("2026-04-05", "2026-05-30", "2026-01-29"),
}


@tagged("post_install", "-at_install")
class TestQualityClockRules(TransactionCase):
    def test_golden_values(self):
        calendar = self.env.ref("medical_base.holiday_calendar_own")
        calendar.day_ids.unlink()
        self.env["medical.holiday.day"].create(
            [{"calendar_id": calendar.id, "date": day} for day in ("2025-12-25", "2026-01-01", "2026-05-01")]
        )
        tz = pytz.timezone(calendar.tz)
        for name, ends in GOLDEN.items():
            rule = self.env.ref(f"medical_quality.clock_rule_{name}")
            for event, end in zip(EVENTS, ends, strict=True):
                with self.subTest(rule=name, event=event):
                    start = tz.localize(datetime.fromisoformat(f"{event} 10:00:00")).astimezone(pytz.utc)
                    due, _missing = rule._due(start.replace(tzinfo=None))
                    there = pytz.utc.localize(due).astimezone(tz)
                    self.assertEqual(there.strftime("%Y-%m-%d %H:%M:%S"), f"{end} 23:59:59")
