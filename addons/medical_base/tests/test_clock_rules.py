from datetime import date, datetime

import pytz
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MedicalBaseCase

# Events at ten in the morning where the rule applies: before a weekend, before public holidays, before the
# end of a year.
EVENTS = {
    "eu": ("2026-03-06", "2026-04-02", "2025-12-30"),
    "us": ("2026-03-06", "2026-11-25", "2025-12-30"),
    "cn": ("2026-03-06", "2026-02-13", "2025-12-30"),
    "own": ("2026-03-06", "2026-04-30", "2025-12-30"),
}
# Counted by hand from the text of each rule: the day with whose end it is late.
GOLDEN = {
    "eu_serious_incident": ("2026-03-21", "2026-04-17", "2026-01-14"),
    "eu_public_health": ("2026-03-08", "2026-04-04", "2026-01-01"),
    "eu_death": ("2026-03-16", "2026-04-12", "2026-01-09"),
    "eu_safety_report_yearly": ("2027-03-06", "2027-04-02", "2026-12-30"),
    "eu_safety_report_two_yearly": ("2028-03-06", "2028-04-02", "2027-12-30"),
    "us_reportable_event": ("2026-04-05", "2026-12-25", "2026-01-29"),
    "us_remedial_action": ("2026-03-13", "2026-12-03", "2026-01-07"),
    "us_report_supplement": ("2026-04-05", "2026-12-25", "2026-01-29"),
    "us_user_facility_event": ("2026-03-20", "2026-12-10", "2026-01-14"),
    "us_recall_initiated": ("2026-03-20", "2026-12-10", "2026-01-14"),
    "us_recall_extended": ("2026-03-20", "2026-12-10", "2026-01-14"),
    "us_recall_status": ("2026-04-06", "2026-12-25", "2026-01-30"),
    "us_tracking_location": ("2026-03-11", "2026-12-01", "2026-01-05"),
    "us_tracking_patient": ("2026-03-20", "2026-12-10", "2026-01-14"),
    "us_tracking_audit": ("2026-09-06", "2027-05-25", "2026-06-30"),
    "us_tracking_audit_later": ("2027-03-06", "2027-11-25", "2026-12-30"),
    "cn_recall_class_1": ("2026-03-07", "2026-02-14", "2025-12-31"),
    "cn_recall_class_2": ("2026-03-09", "2026-02-16", "2026-01-02"),
    "cn_recall_class_3": ("2026-03-13", "2026-02-20", "2026-01-06"),
    # 14 and 28 February and 4 January 2026 are worked in China, the Spring Festival is not.
    "cn_recall_plan": ("2026-03-13", "2026-02-27", "2026-01-07"),
    "cn_recall_summary": ("2026-03-20", "2026-03-05", "2026-01-14"),
    "cn_death": ("2026-03-13", "2026-02-20", "2026-01-06"),
    "cn_serious_injury": ("2026-03-26", "2026-03-05", "2026-01-19"),
    "cn_overseas_event": ("2026-04-05", "2026-03-15", "2026-01-29"),
    "cn_group_event": ("2026-03-06 22:00:00", "2026-02-13 22:00:00", "2025-12-30 22:00:00"),
    "cn_group_event_case": ("2026-03-07 10:00:00", "2026-02-14 10:00:00", "2025-12-31 10:00:00"),
    "cn_group_event_report": ("2026-03-13", "2026-02-20", "2026-01-06"),
}


@tagged("post_install", "-at_install")
class TestClockRules(MedicalBaseCase):
    people = (*MedicalBaseCase.people, "regulatory")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendars = {market: cls.env.ref(f"medical_base.holiday_calendar_{market}") for market in EVENTS}
        for market in ("eu", "us", "cn"):
            cls.calendars[market]._fill(range(2025, 2029))
        cls.calendars["own"].day_ids.unlink()
        cls.env["medical.holiday.day"].create(
            [
                {"calendar_id": cls.calendars["own"].id, "date": date}
                for date in ("2025-12-25", "2026-01-01", "2026-05-01")
            ]
        )
        cls.colleague = cls._user("rule_colleague", "regulatory")
        cls.Rule = cls.env["medical.clock.rule"]

    def _rule(self, **vals):
        return self.Rule.with_user(self.regulatory).create(
            {
                "name": "Rule",
                "market": "us",
                "trigger": "reportable_event",
                "number": 10,
                "unit": "day",
                "calendar_id": self.calendars["us"].id,
                "source": "Test 1.2",
                "valid_from": "2026-01-01",
                **vals,
            }
        )

    def _due_there(self, rule, event: str) -> str:
        """The end of the period as people at the place of the rule read it."""
        tz = pytz.timezone(rule.calendar_id.tz)
        start = tz.localize(datetime.fromisoformat(f"{event} 10:00:00")).astimezone(pytz.utc)
        due, missing = rule._due(start.replace(tzinfo=None))
        self.assertFalse(missing)
        return pytz.utc.localize(due).astimezone(tz).strftime("%Y-%m-%d %H:%M:%S")

    # ------------------------------------------------------------------
    # Shipped rules
    # ------------------------------------------------------------------

    def test_every_shipped_rule_has_a_golden_value(self):
        shipped = self.env["ir.model.data"].search(
            [("module", "=", "medical_base"), ("model", "=", "medical.clock.rule")]
        )
        self.assertEqual({name.removeprefix("clock_rule_") for name in shipped.mapped("name")}, set(GOLDEN))

    def test_golden_values(self):
        for name, expected in GOLDEN.items():
            rule = self.env.ref(f"medical_base.clock_rule_{name}")
            for event, end in zip(EVENTS[rule.market], expected, strict=True):
                with self.subTest(rule=name, event=event):
                    end = end if " " in end else f"{end} 23:59:59"
                    self.assertEqual(self._due_there(rule, event), end)

    def test_what_was_not_read_in_the_source_is_unconfirmed(self):
        for name in GOLDEN:
            rule = self.env.ref(f"medical_base.clock_rule_{name}")
            with self.subTest(rule=name):
                self.assertEqual(rule.state, "open")
                expected = "read" if rule.market in ("eu", "us") else "unconfirmed"
                self.assertEqual(rule.confirmation, expected)
                self.assertTrue(rule.source)

    def test_day_of_the_event_is_the_one_of_the_market(self):
        rule = self.env.ref("medical_base.clock_rule_us_reportable_event")
        # Still the evening of 6 March in New York.
        due, _missing = rule._due(datetime(2026, 3, 7, 3, 0))
        self.assertEqual(due, datetime(2026, 4, 6, 3, 59, 59))
        # Daylight saving begins in between: the end is midnight there all the same.
        due, _missing = rule._due(datetime(2026, 1, 1, 12, 0))
        self.assertEqual(due, datetime(2026, 2, 1, 4, 59, 59))

    # ------------------------------------------------------------------
    # Which rule applies
    # ------------------------------------------------------------------

    def _applies(self, start, company=None):
        return self.Rule._rule_for("us", "reportable_event", start, company or self.company)

    def test_signed_before_not_signed_and_newest_in_force(self):
        shipped = self.env.ref("medical_base.clock_rule_us_reportable_event")
        day = datetime(2026, 6, 1, 12, 0)
        self.assertEqual(self._applies(day), shipped)
        newer = self._rule()
        self.assertEqual(self._applies(day), newer)
        self.assertEqual(self._applies(datetime(2025, 6, 1, 12, 0)), shipped)
        shipped._guarded_write({"state": "signed"})
        self.assertEqual(self._applies(day), shipped, "a proposal does not stand in for a signed rule")
        newer._guarded_write({"state": "signed"})
        self.assertEqual(self._applies(day), newer)
        newer._guarded_write({"state": "retired"})
        self.assertEqual(self._applies(day), shipped)

    def test_rule_of_the_company_first(self):
        own = self._rule(company_id=self.company.id, valid_from="2020-01-01")
        day = datetime(2026, 6, 1, 12, 0)
        self.assertEqual(self._applies(day), own)
        self.assertEqual(
            self._applies(day, self.other_company),
            self.env.ref("medical_base.clock_rule_us_reportable_event"),
        )

    def test_only_days_are_worked(self):
        for unit in ("hour", "month"):
            with self.assertRaisesRegex(ValidationError, "only days"):
                self._rule(unit=unit, count="working")

    def test_calendar_without_a_working_day(self):
        calendar = self.env["medical.holiday.calendar"].create({"name": "Never", "weekend": "none"})
        self.env["medical.holiday.day"].create(
            [
                {"calendar_id": calendar.id, "date": date.fromordinal(date(2026, 1, 1).toordinal() + number)}
                for number in range(90)
            ]
        )
        rule = self._rule(count="working", calendar_id=calendar.id)
        with self.assertRaisesRegex(UserError, "Never has no working day"):
            rule._due(datetime(2025, 12, 31, 12, 0))

    def test_a_used_rule_is_kept(self):
        rule = self._rule()
        self.env["medical.clock"].create(
            {"name": "Used", "rule_id": rule.id, "company_id": self.company.id, "start": "2026-06-01 12:00:00"}
        )
        with self.assertRaisesRegex(UserError, "Retire it"):
            rule.unlink()
        self._rule(name="Unused").unlink()

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------

    def test_only_regulatory_affairs_keeps_rules(self):
        rule = self._rule()
        for number, group in enumerate(
            (
                "medical_base.group_medical_quality_approver",
                "medical_base.group_medical_auditor",
                "base.group_system",
                "stock.group_stock_manager",
            )
        ):
            user = self._user(f"rule_other_{number}", group)
            for attempt in (
                lambda user=user: rule.with_user(user).write({"number": 99}),
                lambda user=user: rule.with_user(user).unlink(),
                lambda user=user: rule.with_user(user).copy(),
                lambda user=user: rule.with_user(user).action_new_version(),
                lambda user=user: self.calendars["us"].with_user(user).write({"weekend": "none"}),
                lambda user=user: self.calendars["us"].day_ids[0].with_user(user).write({"kind": "work"}),
            ):
                with self.subTest(group=group), self.assertRaises(AccessError):
                    attempt()
            with self.subTest(group=group), self.assertRaises(AccessError):
                rule.with_user(user).action_sign()
        self.assertEqual((rule.number, rule.state), (10, "open"))

    def test_rules_of_another_company_are_hidden(self):
        rule = self._rule(company_id=self.company.id)
        stranger = self._user("rule_stranger", "regulatory", company=self.other_company)
        self.assertFalse(self.Rule.with_user(stranger).search([("id", "=", rule.id)]))

    def test_changes_are_in_the_audit_trail(self):
        rule = self._rule()
        rule.with_context(medical_reason="Typing error").write({"number": 15})
        entry = self._entries(rule)[-1]
        self.assertEqual(
            (entry.field_name, entry.old_value, entry.new_value, entry.reason, entry.user_id),
            ("number", "10", "15", "Typing error", self.regulatory),
        )

    # ------------------------------------------------------------------
    # Calendars
    # ------------------------------------------------------------------

    def test_corrected_days_survive_filling(self):
        calendar = self.calendars["us"]
        day = calendar.day_ids.filtered(lambda d: d.date == date(2026, 11, 26))
        self.assertEqual((day.kind, day.origin), ("off", "library"))
        day.with_user(self.regulatory).write({"kind": "work"})
        extra = self.env["medical.holiday.day"].create({"calendar_id": calendar.id, "date": "2026-12-24"})
        gone = calendar.day_ids.filtered(lambda d: d.date == date(2026, 6, 19))
        gone.unlink()
        self.assertEqual(calendar._fill([2026]), 1, "only the day that was deleted comes back")
        self.assertEqual((day.kind, day.origin), ("work", "manual"))
        self.assertEqual((extra.kind, extra.origin), ("off", "manual"))
        self.assertEqual(calendar._fill([2026]), 0)

    def test_filling_says_what_it_does_not_know(self):
        calendar = self.env["medical.holiday.calendar"].create({"name": "Atlantis", "source_code": "Atlantis"})
        with self.assertRaisesRegex(UserError, "Atlantis"):
            calendar.action_fill()
        self.env["medical.holiday.calendar"]._cron_fill()
        self.assertFalse(calendar.day_ids)

    def test_days_are_unique(self):
        calendar = self.calendars["own"]
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env["medical.holiday.day"].create({"calendar_id": calendar.id, "date": "2026-05-01"})
