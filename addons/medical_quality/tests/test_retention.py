from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestQualityRetention(MedicalQualityCase):
    people = (*MedicalQualityCase.people, "regulatory")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls.env.ref("base.user_root")
        cls.device = cls.env.ref("medical_base.retention_device")
        cls.implant = cls.env.ref("medical_base.retention_implant")
        cls._sign(cls.device | cls.implant, cls.regulatory, "action_sign")
        cls.lot = cls._lot("L1", 10, state="released")
        cls.year = fields.Date.today().year

    def _refused(self, record, pattern):
        for user in (self.approver, self.root):
            for context in ({}, {"_force_unlink": True, "medical_guard": True}):
                with self.assertRaisesRegex(UserError, pattern), self.cr.savepoint():
                    record.with_user(user).with_context(**context).unlink()
        self.assertTrue(record.exists())

    def _kept_for(self, record, years, user=None):
        """Refused until the period is over, then deleted by who may delete."""
        self.assertEqual(record.retain_until.year, self.year + years)
        with freeze_time(record.retain_until):
            self._refused(record, f"is kept until {record.retain_until}")
        with freeze_time(fields.Date.add(record.retain_until, days=1)):
            with self.assertRaises(AccessError), self.cr.savepoint():
                record.with_user(self.auditor).unlink()
            record.with_user(user or self.approver).unlink()

    def _inspected(self, **plan):
        self._plan(four_eyes=False, **plan)
        return self._receive("NEW", 1)

    def test_holds(self):
        draft = (
            self.env["medical.hold"]
            .with_user(self.quality)
            .create({"reason": "Typing error", "company_id": self.company.id})
        )
        draft.unlink()
        hold = self._hold(self.lot)
        self._refused(hold, "retention period has not begun")
        self._sign(hold, self.approver, "action_lift", "Fine")
        self._kept_for(hold, 10, self.quality)

    def test_inspections_with_results_and_files(self):
        inspection = self._inspected()
        self._refused(inspection, "has not begun")
        result = inspection.result_ids
        result.with_user(self.quality).write({"checked": 1})
        result.with_user(self.quality).attachment_ids = [(0, 0, {"name": "photo.png", "raw": b"x"})]
        file = result.attachment_ids
        self._decide(inspection.with_user(self.quality), 1, 0, 0)
        for record in (inspection, file):
            self._refused(record, "is kept until")
        self._refused(result, "is closed")
        self._kept_for(inspection, 10)
        self.assertFalse(result.exists() or file.exists(), "results and files go with their inspection")

    def test_skipped_inspections(self):
        self._inspected()
        inspection = self.env["medical.inspection"]._guarded_create(
            [
                {
                    "company_id": self.company.id,
                    "operation": "receipt",
                    "lot_id": self.lot.id,
                    "state": "skipped",
                    "decided_on": fields.Datetime.now(),
                }
            ]
        )
        self._kept_for(inspection, 10)

    def test_signed_steps(self):
        self.env["medical.release.step"].create(
            {
                "name": "Batch record",
                "company_id": self.company.id,
                "valid_from": "2020-01-01",
                "group_id": self.env.ref("medical_base.group_medical_quality_approver").id,
            }
        )
        lot = self._lot("STEP", 1)
        self._sign(lot, self.approver, "action_quality_sign_step")
        self._kept_for(lot.quality_step_ids, 10)

    def test_product_data_changes(self):
        values = {
            "product_tmpl_id": self.stent.product_tmpl_id.id,
            "company_id": self.company.id,
            "new_value": "500",
            "reason": "x",
        }
        Change = self.env["medical.master.change"].with_user(self.quality)
        Change.create(values).unlink()
        change = Change.create(values)
        self._sign(change, self.approver, "action_approve")
        self._kept_for(change, 10, self.quality)
        cancelled = Change.create(values)
        cancelled.action_cancel(reason="Asked for twice")
        self._kept_for(cancelled, 10, self.quality)

    def test_trainings_from_their_end(self):
        training = (
            self.env["medical.training.record"]
            .with_user(self.approver)
            .create(
                {
                    "user_id": self.quality.id,
                    "done_on": "2020-01-01",
                    "requirement_id": self.env["medical.training.requirement"]
                    .create({"name": "Seals", "company_id": self.company.id})
                    .id,
                }
            )
        )
        self._refused(training, "has not begun")
        training.valid_until = "2020-02-01"
        self.assertEqual(training.retention_class_id, self.implant)
        self._kept_for(training, 15)

    def test_records_of_implants_are_kept_longer(self):
        hold = self._hold(self.lot)
        inspection = self._inspected()
        records = (hold, inspection)
        self.assertEqual({record.retention_class_id for record in records}, {self.device})
        di = self.env["medical.udi.di"].create({"product_id": self.stent.id, "code": "04012345123456"})
        self.assertEqual({record.retention_class_id for record in records}, {self.device})
        di.implantable = True
        self.assertEqual({record.retention_class_id for record in records}, {self.implant})
        later = self._hold(self._lot("L2", 1, state="released"))
        self.assertEqual(later.retention_class_id, self.implant)
        self._sign(hold, self.approver, "action_lift", "Fine")
        self._kept_for(hold, 15)
        for retention in (self.device, self.implant):
            self.assertIn("Hold", retention.model_names)

    def test_lots_that_quality_decided_on(self):
        free = self.env["stock.lot"].create(
            {"name": "TYPO", "product_id": self.stent.id, "company_id": self.company.id}
        )
        free.with_user(self.clerk).unlink()
        lot = self.env["stock.lot"].create(
            {"name": "DECIDED", "product_id": self.stent.id, "company_id": self.company.id}
        )
        lot.with_user(self.approver)._quality_decide("rejected", "Wrong label")
        for user in (self.clerk, self.manager, self.root):
            for context in ({}, {"_force_unlink": True}):
                with self.assertRaisesRegex(UserError, "quality has decided on it"), self.cr.savepoint():
                    lot.with_user(user).with_context(**context).unlink()

    def test_class_and_date_are_not_written_by_hand(self):
        hold = self._hold(self.lot)
        for user in (self.quality, self.approver, self.root):
            for values in (
                {"retain_until": "2000-01-01"},
                {"retention_class_id": self.implant.id},
                {"lifted_date": "2000-01-01"},
            ):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    hold.with_user(user).write(values)
