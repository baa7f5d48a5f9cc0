from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.medical_base.models import medical_clock

from .common import MedicalBaseCase

NOON = "2026-03-06 12:00:00"


@tagged("post_install", "-at_install")
class TestClock(MedicalBaseCase):
    people = (*MedicalBaseCase.people, "regulatory", "quality", "auditor")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The cron sees this test's clocks only.
        cls.env["medical.clock"].search([])._guarded_write({"state": "cancelled"})
        cls.calendar = cls.env["medical.holiday.calendar"].create({"name": "Test", "tz": "UTC"})
        cls.rule = cls.env["medical.clock.rule"].create(
            {
                "name": "Ten working days",
                "market": "us",
                "trigger": "recall_initiated",
                "number": 10,
                "unit": "day",
                "count": "working",
                "calendar_id": cls.calendar.id,
                "source": "Test 1.2",
                "trust": "copy",
                "valid_from": "2026-01-01",
                "warn_hours": 72,
                "escalate_hours": 24,
                "company_id": cls.company.id,
            }
        )
        cls.Clock = cls.env["medical.clock"]

    def _clock(self, user=None, **vals):
        with freeze_time(vals.pop("now", "2026-03-06 13:00:00")):
            return self.Clock.with_user(user or self.quality).create(
                {"name": "Recall 1", "rule_id": self.rule.id, "start": NOON, **vals}
            )

    def _alerts(self, now):
        with freeze_time(now), self.enter_registry_test_mode():
            self.env.ref("medical_base.ir_cron_clock_alerts").method_direct_trigger()
        self.env.invalidate_all()

    def _urgency(self, clock, now):
        with freeze_time(now):
            clock.invalidate_recordset(["urgency"])
            return clock.urgency

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------

    def test_due_warning_and_escalation(self):
        clock = self._clock()
        self.assertRecordValues(
            clock,
            [
                {
                    "state": "running",
                    "level": "none",
                    "due": datetime(2026, 3, 20, 23, 59, 59),
                    "warn_on": datetime(2026, 3, 17, 23, 59, 59),
                    "escalate_on": datetime(2026, 3, 19, 23, 59, 59),
                    "company_id": self.company.id,
                    "user_id": self.quality.id,
                }
            ],
        )
        for now, urgency in (
            ("2026-03-17 12:00:00", "in_time"),
            ("2026-03-18 12:00:00", "soon"),
            ("2026-03-20 12:00:00", "urgent"),
            ("2026-03-20 23:59:59", "urgent"),
            ("2026-03-21 00:00:00", "late"),
        ):
            self.assertEqual(self._urgency(clock, now), urgency, now)

    def test_alerts_do_not_lie_before_the_event(self):
        self.rule.write({"number": 1, "count": "calendar", "unit": "hour", "warn_hours": 72})
        clock = self._clock()
        self.assertEqual((clock.due, clock.warn_on), (datetime(2026, 3, 6, 13), datetime(2026, 3, 6, 12)))

    def test_corrected_calendar_moves_running_clocks(self):
        running, met = self._clock(), self._clock(name="Recall 2")
        with freeze_time("2026-03-10"):
            met.action_stop()
        self.env["medical.holiday.day"].create({"calendar_id": self.calendar.id, "date": "2026-03-10"})
        self.assertEqual(running.due, datetime(2026, 3, 23, 23, 59, 59))
        self.assertEqual(met.due, datetime(2026, 3, 20, 23, 59, 59))
        entry = self._entries(running)[-1]
        self.assertEqual((entry.field_name, entry.new_value), ("due", "2026-03-23 23:59:59"))
        self.assertEqual(entry.reason, "Counted again: Test was corrected")
        day = self.calendar.day_ids
        day.kind = "work"
        self.assertEqual(running.due, datetime(2026, 3, 20, 23, 59, 59))
        day.write({"kind": "off"})
        day.unlink()
        self.assertEqual(running.due, datetime(2026, 3, 20, 23, 59, 59))
        self.calendar.weekend = "none"
        self.assertEqual(running.due, datetime(2026, 3, 16, 23, 59, 59))

    def test_corrected_rule_moves_running_clocks(self):
        clock = self._clock()
        self.rule.with_user(self.regulatory).write({"number": 5, "warn_hours": 48})
        self.assertEqual(clock.due, datetime(2026, 3, 13, 23, 59, 59))
        self.assertEqual(clock.warn_on, datetime(2026, 3, 11, 23, 59, 59))

    def test_moved_due_date_is_warned_of_again(self):
        clock = self._clock()
        self._alerts("2026-03-21 00:00:00")
        self.assertEqual(clock.level, "late")
        self.rule.number = 20
        self.assertEqual(clock.level, "none")

    def test_years_without_holidays_show(self):
        clock = self._clock()
        self.assertEqual(clock.missing_years, "2026")
        self.env["medical.holiday.day"].create({"calendar_id": self.calendar.id, "date": "2026-12-25"})
        self.assertFalse(clock.missing_years)

    def test_unconfirmed_rule_shows(self):
        self.assertEqual(self._clock().confirmation, "unconfirmed")

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def test_done_in_time(self):
        clock = self._clock()
        with freeze_time("2026-03-12 09:00:00"):
            clock.with_user(self.quality).action_stop(date="2026-03-11 15:00:00")
        self.assertEqual((clock.state, clock.stopped_on), ("met", datetime(2026, 3, 11, 15)))
        self.assertEqual(self._urgency(clock, "2027-01-01"), "closed")
        with self.assertRaisesRegex(UserError, "this step does not follow"):
            clock.action_stop()

    def test_done_late_needs_a_reason(self):
        clock = self._clock()
        with freeze_time("2026-03-25"):
            for reason in (None, "", "  ", 5):
                with self.assertRaisesRegex(UserError, "Give a reason"):
                    clock.action_stop(reason=reason)
            self.assertEqual(clock.state, "running")
            clock.action_stop(reason="The hospital answered late")
        self.assertEqual(clock.state, "met_late")
        entries = self._entries(clock)[-2:]
        self.assertEqual(set(entries.mapped("reason")), {"The hospital answered late"})
        self.assertEqual(set(entries.mapped("field_name")), {"state", "stopped_on"})

    def test_impossible_dates(self):
        clock = self._clock()
        with freeze_time("2026-03-12"):
            for date in ("2026-03-05", "2026-03-13"):
                with self.assertRaisesRegex(UserError, "after the event and not in the future"):
                    clock.action_stop(date=date)
        with self.assertRaisesRegex(UserError, "lies in the future"):
            self._clock(start="2026-03-07")

    def test_event_is_corrected_with_a_reason_only(self):
        clock = self._clock()
        regulatory = clock.with_user(self.regulatory)
        for user in (self.regulatory, self.env.ref("base.user_root")):
            with self.assertRaisesRegex(UserError, "Correct the event with its button"):
                clock.with_user(user).with_context(medical_guard=True).write({"start": "2026-03-05"})
        with self.assertRaisesRegex(UserError, "Give a reason"):
            regulatory.action_correct_start(start="2026-03-05 12:00:00", reason=" ")
        regulatory.action_correct_start(start="2026-03-05 12:00:00", reason="The letter arrived the day before")
        self.assertEqual(clock.due, datetime(2026, 3, 19, 23, 59, 59))
        entries = self._entries(clock).filtered(lambda e: e.field_name == "start")
        self.assertEqual(
            (entries.old_value, entries.new_value, entries.reason),
            ("2026-03-06 12:00:00", "2026-03-05 12:00:00", "The letter arrived the day before"),
        )

    def test_rule_and_company_are_fixed(self):
        clock = self._clock()
        with self.assertRaisesRegex(UserError, "runs by this rule"):
            clock.write({"rule_id": self.rule.copy().id})
        with self.assertRaisesRegex(UserError, "runs by this rule"):
            clock.write({"company_id": self.other_company.id})
        clock.write({"rule_id": self.rule.id, "name": "Other name"})

    def test_cancelled_with_a_reason(self):
        clock = self._clock()
        with self.assertRaisesRegex(UserError, "Give a reason"):
            clock.with_user(self.regulatory).action_cancel(reason=" ")
        clock.with_user(self.regulatory).action_cancel(reason="Not reportable")
        self.assertEqual(clock.state, "cancelled")

    def test_window(self):
        clock = self._clock()
        with freeze_time("2026-03-25"):
            action = clock.with_user(self.quality).action_view_stop()
            form = Form(self.env["medical.clock.step"].with_user(self.quality).with_context(**action["context"]))
            self.assertTrue(form.reason_required)
            form.reason = "Late answer"
            form.save().action_apply()
        self.assertEqual(clock.state, "met_late")

    # ------------------------------------------------------------------
    # Extensions
    # ------------------------------------------------------------------

    def _extension(self, clock, user=None, days=10):
        with freeze_time("2026-03-10"):
            return (
                self.env["medical.clock.extension"]
                .with_user(user or self.quality)
                .create({"clock_id": clock.id, "days": days, "reason": "The laboratory needs longer"})
            )

    def _approve(self, extension, user):
        with freeze_time("2026-03-10"):
            extension.with_user(user).with_context(signature_password=user.login).action_approve()

    def test_extension_is_signed_by_a_second_person(self):
        self.rule.basis = "practice"
        approver = self._user("clock_approver", "approver")
        clock = self._clock()
        extension = self._extension(clock)
        for user in (self.quality, self.regulatory, self.admin):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._approve(extension, user)
        self.assertEqual(clock.due, datetime(2026, 3, 20, 23, 59, 59))
        self._approve(extension, approver)
        self.assertEqual((extension.state, extension.signature_ids.user_id), ("approved", approver))
        self.assertEqual(clock.due, datetime(2026, 3, 30, 23, 59, 59))
        entry = self._entries(clock)[-1]
        self.assertEqual((entry.field_name, entry.reason), ("due", "The laboratory needs longer"))
        with self.assertRaisesRegex(UserError, "this step does not follow"):
            self._approve(extension, approver)
        own = self._extension(clock, approver)
        with self.assertRaisesRegex(AccessError, "Ask a second person"):
            self._approve(own, approver)
        # Counted again after a correction, the time that was given stays.
        self.rule.number = 5
        self.assertEqual(clock.due, datetime(2026, 3, 23, 23, 59, 59))

    def test_extensions_are_limited(self):
        self.rule.basis = "practice"
        approver = self._user("clock_approver", "approver")
        clock = self._clock()
        refused, *asked = [self._extension(clock, days=1) for _number in range(4)]
        with freeze_time("2026-03-10"):
            refused.with_user(approver).action_refuse()
        for extension in asked[:2]:
            self._approve(extension, approver)
        with self.assertRaisesRegex(UserError, "extended 2 times already"):
            self._approve(asked[2], approver)
        with self.assertRaisesRegex(UserError, "extended 2 times already"):
            self._extension(clock)
        self.assertEqual(clock.due, datetime(2026, 3, 22, 23, 59, 59))

    def test_a_law_gives_no_more_time(self):
        clock = self._clock()
        with self.assertRaisesRegex(UserError, "its limit comes from Test 1.2"):
            self._extension(clock)

    def test_extension_is_guarded(self):
        self.rule.basis = "practice"
        extension = self._extension(self._clock())
        for vals in ({"state": "approved"}, {"user_id": self.regulatory.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                extension.sudo().with_context(medical_guard=True).write(vals)
        with self.assertRaisesRegex(UserError, "does not change"):
            extension.write({"days": 99})
        with self.assertRaises(AccessError):
            extension.with_user(self.quality).action_refuse()

    # ------------------------------------------------------------------
    # Alerts
    # ------------------------------------------------------------------

    def test_alerts_reach_the_right_people_once(self):
        clock = self._clock()
        self._alerts("2026-03-10 00:00:00")
        self.assertEqual((clock.level, len(clock.activity_ids)), ("none", 0))
        for now, level, people, summary in (
            ("2026-03-18 00:00:00", "warned", self.quality, "Due soon: Recall 1"),
            ("2026-03-20 00:00:00", "escalated", self.quality | self.regulatory, "Urgent: Recall 1"),
            ("2026-03-21 00:00:00", "late", self.quality | self.regulatory, "Late: Recall 1"),
        ):
            self._alerts(now)
            activities = clock.activity_ids
            with self.subTest(level=level):
                self.assertEqual(clock.level, level)
                self.assertLessEqual(people, activities.user_id)
                self.assertEqual(set(activities.mapped("summary")), {summary})
                self.assertEqual(len(activities), len(activities.user_id))
                self._alerts(now)
                self.assertEqual(clock.activity_ids, activities, "nobody is told twice")
        with freeze_time("2026-03-22"):
            clock.action_stop(reason="Late")
        self.assertFalse(clock.activity_ids)

    def test_responsible_who_cannot_open_clocks_gets_a_message(self):
        clerk = self._user("clock_clerk", "clerk")
        clock = self._clock()
        clock.user_id = clerk
        self._alerts("2026-03-20 00:00:00")
        self.assertEqual(clock.level, "escalated")
        self.assertNotIn(clerk, clock.activity_ids.user_id)
        self.assertIn(self.regulatory, clock.activity_ids.user_id)
        message = self.env["mail.message"].search(
            [("model", "=", "medical.clock"), ("res_id", "=", clock.id), ("subject", "=", "Urgent: Recall 1")]
        )
        self.assertEqual(message.notified_partner_ids, clerk.partner_id)

    def test_escalation_to_named_people(self):
        named = self._user("clock_named", "quality")
        self.rule.escalation_user_ids = named
        clock = self._clock()
        self._alerts("2026-03-20 00:00:00")
        self.assertEqual(clock.activity_ids.user_id, self.quality | named)

    def test_a_faulty_clock_does_not_stop_the_others(self):
        clocks = self._clock() + self._clock(name="Recall 2") + self._clock(name="Recall 3")
        clock_class = self.env.registry["medical.clock"]
        original = clock_class._alert

        def alert(clock):
            if clock.name == "Recall 2":
                raise RuntimeError("Cannot tell anybody")
            return original(clock)

        self.patch(clock_class, "_alert", alert)
        with self.assertLogs("odoo.addons.medical_base.models.medical_clock", "ERROR"):
            self._alerts("2026-03-18 00:00:00")
        self.assertEqual(clocks.mapped("level"), ["warned", "none", "warned"])

    def test_batches(self):
        clocks = self.Clock.concat(*(self._clock(name=f"Recall {number}") for number in range(5)))
        with patch.object(medical_clock, "ALERT_BATCH", 2):
            self._alerts("2026-03-18 00:00:00")
        self.assertEqual(set(clocks.mapped("level")), {"warned"})

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------

    def test_guarded(self):
        clock = self._clock()
        for vals in (
            {"state": "met"}, {"due": "2099-01-01"}, {"level": "late"}, {"stopped_on": NOON},
            {"warn_on": NOON}, {"model": "res.users", "res_id": 1},
        ):  # fmt: skip
            for user in (self.quality, self.regulatory, self.env.ref("base.user_root")):
                with self.subTest(vals=vals, user=user.login), self.assertRaises(AccessError):
                    clock.with_user(user).with_context(medical_guard=True).write(vals)
        with self.assertRaises(AccessError):
            self._clock(due="2099-01-01")

    def test_roles(self):
        clock = self._clock()
        with self.assertRaises(AccessError):
            clock.with_user(self.quality).action_cancel(reason="x")
        with self.assertRaises(AccessError):
            clock.with_user(self.quality).action_correct_start(start=NOON, reason="x")
        self.assertEqual(clock.with_user(self.auditor).name, "Recall 1")
        for attempt in (
            lambda: clock.with_user(self.auditor).action_stop(),
            lambda: clock.with_user(self.auditor).write({"name": "x"}),
            lambda: self._clock(user=self.auditor),
            lambda: clock.with_user(self._user("clock_plain", "manager")).read(["name"]),
        ):
            with self.assertRaises(AccessError):
                attempt()
        stranger = self._user("clock_stranger", "regulatory", company=self.other_company)
        self.assertFalse(self.Clock.with_user(stranger).search([("id", "=", clock.id)]))
        with self.assertRaises(AccessError):
            clock.with_user(stranger).action_cancel(reason="x")
