from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestQualityRule(MedicalQualityCase):
    def _rule(self, **values):
        return (
            self.env["medical.quality.rule"]
            .with_user(self.approver)
            .create(
                {"name": "Look at it", "company_id": self.company.id, "trigger": "rejected", "hold": True, **values}
            )
        )

    def test_hold_by_rule_is_lifted_by_its_approver_only(self):
        regulatory = self.env.ref("medical_base.group_medical_regulatory")
        self._rule(name="Rejected lots are held", approver_group_id=regulatory.id)
        lot = self._lot("N1", 5)
        self._sign(lot, self.approver, "action_quality_reject", "Bent")
        hold = lot.quality_hold_line_ids.hold_id
        self.assertEqual(
            (hold.reason, hold.state, hold.approver_group_id), ("Rejected lots are held", "active", regulatory)
        )
        with self.assertRaisesRegex(AccessError, "lifted by the group"):
            self._lift(hold.with_user(self.approver), "ok")
        self.approver.group_ids |= regulatory
        self._lift(hold.with_user(self.approver), "ok")

    def test_activity_and_notice(self):
        self._rule(
            hold=False,
            activity_type_id=self.env.ref("mail.mail_activity_data_todo").id,
            user_id=self.quality.id,
            notice_partner_ids=[(6, 0, self.hospital.ids)],
        )
        lot = self._lot("N1", 5)
        self._sign(lot, self.approver, "action_quality_reject", "Bent")
        self.assertEqual((lot.activity_ids.summary, lot.activity_ids.user_id), ("Look at it", self.quality))
        self.assertTrue(
            self.env["mail.message"].search_count(
                [("model", "=", "stock.lot"), ("res_id", "=", lot.id), ("partner_ids", "in", self.hospital.ids)]
            )
        )

    def test_conditions(self):
        self._rule(categ_id=self.other.id)
        self._rule(lot_domain="[('name', '=like', 'X%')]")
        plain, special = self._lot("N1", 1), self._lot("X1", 1)
        self._sign(plain + special, self.approver, "action_quality_reject", "Bent")
        self.assertFalse(plain.quality_hold_line_ids)
        self.assertEqual(len(special.quality_hold_line_ids), 1)

    def test_what_comes_in_from_a_vendor(self):
        self._rule(trigger="received", partner_id=self.vendor.id)
        picking = self._move(self.suppliers, self.stock, None, 4, product=self.stent)
        self._line(picking, None, 4, lot_name="BOUGHT")
        self._validate(picking)
        self.assertTrue(picking.move_ids.lot_ids.quality_hold_line_ids)
        self.assertFalse(self._lot("MADE", 1).quality_hold_line_ids)

    def test_a_rule_that_does_nothing_or_cannot_be_read_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "does nothing"):
            self._rule(hold=False)
        with self.assertRaisesRegex(ValidationError, "whom"):
            self._rule(activity_type_id=self.env.ref("mail.mail_activity_data_todo").id)
        with self.assertRaisesRegex(ValidationError, "cannot be read"):
            self._rule(lot_domain="[('nosuchfield', '=', 1)]")

    def test_only_approvers_make_rules_and_steps(self):
        for user in (self.clerk, self.manager, self.quality, self.auditor):
            with self.assertRaises(AccessError):
                self.env["medical.quality.rule"].with_user(user).create({"name": "x", "hold": True})
            with self.assertRaises(AccessError):
                self.env["medical.release.step"].with_user(user).create(
                    {"name": "x", "group_id": self.env.ref("base.group_user").id}
                )


@tagged("post_install", "-at_install")
class TestReleaseStep(MedicalQualityCase):
    def test_a_new_step_takes_effect_on_the_next_lot(self):
        before = self._lot("BEFORE", 1)
        before._guarded_write({"quality_received": "2026-01-01 00:00:00"})
        step = (
            self.env["medical.release.step"]
            .with_user(self.approver)
            .create(
                {
                    "name": "Batch record reviewed",
                    "group_id": self.env.ref("medical_base.group_medical_quality_user").id,
                    "company_id": self.company.id,
                    "categ_id": self.devices.id,
                }
            )
        )
        lot = self._lot("NEXT", 1)
        lot._guarded_write({"quality_received": step.valid_from})
        self.assertFalse(before.quality_next_step_id)
        self.assertEqual(lot.quality_next_step_id, step)
        self._sign(before, self.approver, "action_quality_release", "ok")
        with self.assertRaisesRegex(UserError, "'Batch record reviewed' is not signed yet"):
            lot.with_user(self.approver).action_quality_release()
        with self.assertRaises(AccessError):
            self._sign(lot, self.clerk, "action_quality_sign_step")
        self._sign(lot, self.quality, "action_quality_sign_step")
        self.assertEqual((lot.quality_step_ids.user_id, lot.signature_ids.meaning), (self.quality, "review"))
        self._sign(lot, self.approver, "action_quality_release", "complete")
        self.assertEqual(lot.quality_state, "released")

    def test_a_step_of_the_company_is_needed_for_lots_of_shared_products_too(self):
        step = self.env["medical.release.step"].create(
            {
                "name": "Reviewed",
                "categ_id": self.devices.id,
                "group_id": self.env.ref("base.group_user").id,
                "valid_from": "2020-01-01",
            }
        )
        other = self.env["res.company"].create({"name": "Quality Elsewhere"})
        shared = self._lot("SHARED", 5, company_id=False)
        self.assertEqual(shared.quality_next_step_id, step)
        self.assertFalse(shared.with_company(other).quality_next_step_id)
        with self.assertRaisesRegex(UserError, "'Reviewed' is not signed yet"):
            shared.with_user(self.approver)._quality_decide("released", "hurry")

    def test_steps_are_signed_by_different_people_in_their_order(self):
        quality = self.env.ref("medical_base.group_medical_quality_user")
        for number, name in enumerate(("First", "Second")):
            self.env["medical.release.step"].create(
                {
                    "name": name,
                    "sequence": number,
                    "group_id": quality.id,
                    "company_id": self.company.id,
                    "valid_from": "2020-01-01",
                }
            )
        lot = self._lot("N1", 1)
        self._sign(lot, self.quality, "action_quality_sign_step")
        self.assertEqual(lot.quality_next_step_id.name, "Second")
        mine = [lot.with_user(user).quality_may_sign_step for user in (self.quality, self.approver, self.clerk)]
        self.assertEqual(mine, [False, True, False])
        with self.assertRaisesRegex(AccessError, "somebody else signs 'Second'"):
            self._sign(lot, self.quality, "action_quality_sign_step")
        self._sign(lot, self.approver, "action_quality_sign_step")
        self.assertFalse(lot.quality_next_step_id)

    def test_signed_steps_are_not_written_by_hand(self):
        lot = self._lot("N1", 1)
        step = self.env["medical.release.step"].create({"name": "Step", "group_id": self.env.ref("base.group_user").id})
        for user in (self.approver, self.env.ref("base.user_root")):
            with self.assertRaises(AccessError), self.cr.savepoint():
                self.env["medical.release.step.done"].with_user(user).create(
                    {"lot_id": lot.id, "step_id": step.id, "user_id": user.id, "date": "2026-01-01"}
                )


@tagged("post_install", "-at_install")
class TestRoute(MedicalQualityCase):
    def test_receipt_by_way_of_quarantine_to_the_cold_store(self):
        """Configured, not programmed: three-step receipt, quality control as quarantine, putaway of the category."""
        self.warehouse.reception_steps = "three_steps"
        control = self.warehouse.wh_qc_stock_loc_id
        control.quality_quarantine = True
        cold = self.env["stock.location"].create({"name": "Cold store", "location_id": self.stock.id})
        self.env["stock.putaway.rule"].create(
            {
                "location_in_id": self.stock.id,
                "location_out_id": cold.id,
                "category_id": self.devices.id,
                "company_id": self.company.id,
            }
        )
        entry = self.warehouse.wh_input_stock_loc_id
        picking = self._move(self.suppliers, entry, None, 4, product=self.stent)
        self._line(picking, None, 4, lot_name="COLD-1")
        self._validate(picking)
        lot = picking.move_ids.lot_ids
        inspect = picking.move_ids.move_dest_ids
        self.assertEqual((inspect.location_dest_id, inspect.state), (control, "assigned"))
        inspect.picked = True
        inspect._action_done()
        store = inspect.move_dest_ids
        self.assertEqual((store.location_id, bool(store.move_line_ids)), (control, False))
        self._sign(lot, self.approver, "action_quality_release", "inspected")
        self.assertEqual((store.state, store.move_line_ids.location_dest_id), ("assigned", cold))
        store.picked = True
        store._action_done()
        self.assertEqual(self._quantity(lot, cold), 4)
