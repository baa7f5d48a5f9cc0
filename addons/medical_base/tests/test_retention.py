from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalRetainedCase


@tagged("post_install", "-at_install")
class TestRetention(MedicalRetainedCase):
    """Legal clocks are the retained records of medical_base itself."""

    def _stop(self):
        with freeze_time("2026-03-10 12:00:00"):
            self.clock.action_stop()

    def _refused(self, pattern, **context):
        with self.assertRaisesRegex(UserError, pattern):
            self.clock.with_user(self.regulatory).with_context(**context).unlink()
        self.assertTrue(self.clock.exists())

    def test_period_begins_with_the_end_of_the_document(self):
        self.assertEqual(self.clock.retention_class_id, self.retention)
        self.assertFalse(self.clock.retain_until)
        self._sign_retention()
        self._refused("has not begun")
        self._stop()
        self.assertEqual(self.clock.retain_until, date(2041, 3, 10))
        self.retention.months = 24
        self.assertEqual(self.clock.retain_until, date(2028, 3, 10))

    def test_deletion_before_the_date_is_refused(self):
        self._sign_retention()
        self._stop()
        for user in (self.regulatory, self.env.ref("base.user_root")):
            for context in ({}, {"_force_unlink": True, "medical_guard": True}):
                with freeze_time("2041-03-10"), self.assertRaisesRegex(UserError, "kept until 2041-03-10"):
                    self.clock.with_user(user).with_context(**context).unlink()
        with freeze_time("2041-03-11"):
            self.clock.with_user(self.regulatory).with_context(medical_reason="Period over").unlink()
        entry = self._entries(self.env["medical.clock"].browse(self.clock.id))[-1]
        self.assertEqual((entry.field_name, entry.reason), ("(deleted)", "Period over"))

    def test_nothing_is_deleted_by_an_unsigned_class(self):
        self._stop()
        with freeze_time("2050-01-01"):
            self._refused("nobody has signed its retention class")
        self._sign_retention()
        self.assertEqual(self.retention.signature_state, "signed")
        # Shortened after signing: the signature does not cover it.
        self.retention.with_user(self.regulatory).months = 1
        self.assertEqual(self.retention.signature_state, "broken")
        with freeze_time("2050-01-01"):
            self._refused("nobody has signed its retention class")

    def test_only_those_with_the_right_delete(self):
        self._sign_retention()
        self._stop()
        for number, group in enumerate(
            ("medical_base.group_medical_quality_approver", "medical_base.group_medical_auditor", "base.group_system")
        ):
            user = self._user(f"keep_other_{number}", group)
            with self.subTest(group=group), freeze_time("2050-01-01"), self.assertRaises(AccessError):
                self.clock.with_user(user).unlink()
            with self.subTest(group=group), self.assertRaises(AccessError):
                self.retention.with_user(user).write({"months": 1})
            with self.subTest(group=group), self.assertRaises(AccessError):
                self.retention.with_user(user).action_sign()
        self.assertEqual(self.retention.months, 180)

    def test_class_of_a_record_is_not_exchanged(self):
        short = self.retention.copy({"code": "short", "months": 1})
        with self.assertRaises(AccessError):
            self.clock.with_user(self.regulatory).write({"retention_class_id": short.id})
        with self.assertRaises(AccessError):
            self.env["medical.clock"].with_user(self.regulatory).create(
                {"name": "X", "rule_id": self.clock.rule_id.id, "retention_class_id": short.id}
            )

    def test_class_in_use_is_kept(self):
        self.assertIn("Legal Clock", self.retention.model_names)
        with self.assertRaisesRegex(UserError, "is kept"):
            self.retention.with_user(self.regulatory).unlink()
        self.retention.with_user(self.regulatory).copy({"code": "other"}).unlink()
