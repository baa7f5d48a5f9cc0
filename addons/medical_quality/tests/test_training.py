from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestTraining(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.required = (
            cls.env["medical.training.requirement"]
            .with_user(cls.approver)
            .create(
                {
                    "name": "Release of stents",
                    "task": "release",
                    "categ_id": cls.devices.id,
                    "company_id": cls.company.id,
                }
            )
        )
        cls.boss = cls._user("quality_boss", "approver")

    def _train(self, **values):
        return (
            self.env["medical.training.record"]
            .with_user(self.boss)
            .create(
                {"requirement_id": self.required.id, "user_id": self.approver.id, "done_on": "2026-01-01", **values}
            )
        )

    def test_without_a_current_training_nothing_is_released(self):
        lot = self._lot("N1", 1)
        with self.assertRaisesRegex(AccessError, "Release of stents"):
            self._sign(lot, self.approver, "action_quality_release", "ok")
        yesterday = fields.Date.today() - timedelta(days=1)
        training = self._train(valid_until=max(yesterday, fields.Date.to_date("2026-01-01")))
        self.assertEqual(training.state, "expired")
        with self.assertRaisesRegex(AccessError, "Release of stents"):
            self._sign(lot, self.approver, "action_quality_release", "ok")
        self._train(valid_until="2040-01-01")
        self._sign(lot, self.approver, "action_quality_release", "ok")
        self.assertEqual(lot.quality_state, "released")

    def test_other_categories_and_tasks_need_none(self):
        self.required.categ_id = self.other
        self._sign(self._lot("N1", 1), self.approver, "action_quality_release", "ok")

    def test_nobody_records_their_own(self):
        with self.assertRaisesRegex(ValidationError, "somebody else"):
            self.env["medical.training.record"].with_user(self.approver).create(
                {"requirement_id": self.required.id, "user_id": self.approver.id, "done_on": "2026-01-01"}
            )
        with self.assertRaises(AccessError):
            self.env["medical.training.record"].with_user(self.quality).create(
                {"requirement_id": self.required.id, "user_id": self.approver.id, "done_on": "2026-01-01"}
            )
