from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestRoles(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls._lot("L1", 10, state="released")
        cls.hold = cls._hold(cls.lot)

    def test_everybody_concerned_reads_holds(self):
        for user in (self.clerk, self.quality, self.approver, self.auditor):
            self.assertEqual(self.hold.with_user(user).reason, "Seal may leak")
            self.assertEqual(self.hold.with_user(user).line_ids.lot_id.ids, self.lot.ids)

    def test_others_do_not(self):
        nobody = new_test_user(self.env, "quality_nobody", "base.group_user", company_id=self.company.id,
                               company_ids=[(6, 0, self.company.ids)])
        with self.assertRaises(AccessError):
            self.hold.with_user(nobody).read(["reason"])

    def test_only_quality_makes_holds(self):
        for user in (self.clerk, self.manager, self.auditor):
            with self.assertRaises(AccessError):
                self.env["medical.hold"].with_user(user).create({"reason": "x", "company_id": self.company.id})
            with self.assertRaises(AccessError):
                self.hold.with_user(user).write({"reason": "x"})
            with self.assertRaises(AccessError):
                self.hold.line_ids.with_user(user).unlink()

    def test_only_approvers_lift_and_reject(self):
        for user in (self.clerk, self.manager, self.quality, self.auditor):
            with self.assertRaises(AccessError):
                self.hold.with_user(user).action_lift()
            with self.assertRaises(AccessError):
                self.lot.with_user(user).action_quality_reject()

    def test_holds_of_other_companies_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Quality Other Company"})
        stranger = new_test_user(self.env, "quality_stranger", "medical_base.group_medical_quality_approver",
                                 company_id=other.id, company_ids=[(6, 0, other.ids)])
        hold = self.hold.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(hold.search([("id", "=", hold.id)]))
        with self.assertRaises(AccessError):
            hold._lift("not mine")
