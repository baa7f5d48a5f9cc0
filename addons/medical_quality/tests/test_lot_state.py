from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestLotState(MedicalQualityCase):
    def test_lots_from_before_count_as_released_and_say_so(self):
        self.assertEqual((self.existing.quality_state, self.existing.quality_basis), ("released", "uncontrolled"))
        self.assertFalse(self.existing.quality_blocked)

    def test_new_lot_begins_in_quarantine_only_under_control(self):
        self.assertEqual(self._lot("N1").quality_state, "quarantine")
        self.assertTrue(self._lot("N2").quality_blocked)
        pens = self._lot("N3", product=self.pen)
        self.assertEqual(
            (pens.quality_state, pens.quality_basis, pens.quality_blocked), ("released", "uncontrolled", False)
        )

    def test_release_is_signed_and_logged_with_its_reason(self):
        lot = self._lot("N1")
        self._sign(lot, self.approver, "action_quality_release", "All tests passed")
        self.assertEqual((lot.quality_state, lot.quality_basis, lot.quality_blocked), ("released", "decided", False))
        entries = self.env["medical.audit.entry"].search(
            [("model", "=", "stock.lot"), ("res_id", "=", lot.id)], order="id"
        )
        self.assertEqual(
            [(entry.field_name, entry.new_value, entry.reason) for entry in entries[-2:]],
            [
                ("(signed)", f"Release: {self.approver.name}", "All tests passed"),
                ("quality_state", "released", "All tests passed"),
            ],
        )
        self.assertEqual(
            (lot.signature_ids.meaning, lot.signature_ids.user_id, lot.signature_state),
            ("release", self.approver, "signed"),
        )

    def test_nothing_happens_without_a_valid_signature(self):
        lot = self._lot("N1")
        for context in (
            {"signature_password": "wrong", "medical_reason": "ok"},
            {"signature_password": "", "medical_reason": "ok"},
        ):
            with self.assertRaisesRegex(UserError, "Nothing was signed"), self.cr.savepoint():
                lot.with_user(self.approver).with_context(**context).action_quality_release()
        with self.assertRaisesRegex(UserError, "Say why"), self.cr.savepoint():
            self._sign(lot, self.approver, "action_quality_release")
        action = lot.with_user(self.approver).action_quality_release()
        self.assertEqual(action["res_model"], "medical.sign")
        self.assertEqual((lot.quality_state, len(lot.signature_ids)), ("quarantine", 0))

    def test_a_corrected_identity_shows_at_the_signature(self):
        lot = self._lot("N1")
        self._sign(lot, self.approver, "action_quality_release", "ok")
        lot._udi_correct({"name": "N1-B"}, "misread")
        self.assertEqual(lot.signature_state, "broken")

    def test_time_to_release_is_measured(self):
        lot = self._lot("N1")
        lot._guarded_write({"quality_received": "2026-01-01 00:00:00"})
        lot.with_user(self.approver)._quality_decide("released", "ok")
        hours = (lot.quality_decided - lot.quality_received).total_seconds() / 3600
        self.assertEqual(lot.quality_release_hours, hours)

    def test_only_approvers_decide_and_always_with_a_reason(self):
        lot = self._lot("N1")
        for user in (self.clerk, self.manager, self.quality, self.auditor):
            with self.assertRaises(AccessError):
                lot.with_user(user)._quality_decide("released", "I want it")
        with self.assertRaisesRegex(UserError, "reason"):
            lot.with_user(self.approver)._quality_decide("released", "  ")
        self.assertEqual(lot.quality_state, "quarantine")

    def test_expired_lot_is_not_released(self):
        lot = self._lot("N1", expiration_date="2020-01-01 12:00:00")
        with self.assertRaisesRegex(UserError, "N1 of Stent: expired on"):
            lot.with_user(self.approver)._quality_decide("released", "ok")
        self.assertIn("expired", lot.quality_unmet)
        with self.assertRaisesRegex(UserError, "N1 of Stent: expired on"):
            lot.with_user(self.approver).action_quality_release()

    def test_state_is_not_written_by_anybody(self):
        lot = self._lot("N1")
        for user in (self.clerk, self.manager, self.approver, self.env.ref("base.user_root")):
            for values in ({"quality_state": "released"}, {"quality_blocked": False}, {"quality_basis": "existing"}):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    lot.with_user(user).with_context(medical_guard=True, medical_lot_correction=True).write(values)
        with self.assertRaises(AccessError):
            self.env["stock.lot"].with_user(self.manager).create(
                {"name": "N2", "product_id": self.stent.id, "company_id": self.company.id, "quality_state": "released"}
            )

    def test_many_lots_are_decided_at_once(self):
        lots = self.env["stock.lot"].browse()
        for number in range(3):
            lots |= self._lot(f"N{number}", 1)
        self._sign(lots, self.approver, "action_quality_release", "Batch record read")
        self.assertEqual(set(lots.signature_ids.mapped("batch_size")), {3})
        self.assertEqual(set(lots.mapped("quality_state")), {"released"})
        with self.assertRaisesRegex(UserError, "already"):
            lots.with_user(self.approver)._quality_decide("released", "again")

    def test_a_release_asks_what_stands_against_it_once(self):
        """What one signature costs, of a lot that was inspected and whose step was signed."""
        self._plan(four_eyes=False)
        group = self.env.ref("medical_base.group_medical_quality_user")
        self.env["medical.release.step"].create(
            {"name": "Reviewed", "group_id": group.id, "company_id": self.company.id, "valid_from": "2020-01-01"}
        )

        def received(name):
            picking = self._move(self.suppliers, self.stock, None, 4)
            self._line(picking, None, 4, lot_name=name)
            self._validate(picking)
            lot = picking.move_ids.lot_ids
            lot.quality_inspection_ids.result_ids.with_user(self.quality).write({"checked": 1})
            self._decide(lot.quality_inspection_ids.with_user(self.approver), 4, 0, 0)
            self._sign(lot, self.quality, "action_quality_sign_step")
            return lot

        def queries(act):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            act()
            self.env.flush_all()
            return self.cr.sql_log_count - before

        warm, lot = (received(name).with_user(self.approver) for name in ("WARM", "N1"))
        self._sign(warm, self.approver, "action_quality_release", "ok")
        lot.action_quality_release()  # once for the caches
        self.assertLessEqual(queries(lot.action_quality_release), 22)
        self.assertLessEqual(queries(lambda: self._sign(lot, self.approver, "action_quality_release", "ok")), 40)
        self.assertEqual(lot.quality_state, "released")

    def test_ready_to_release(self):
        """What stands against releases costs the same for one lot and for many."""
        self._plan()
        self.env["medical.release.step"].create(
            {"name": "Reviewed", "group_id": self.env.ref("base.group_user").id, "valid_from": "2020-01-01"}
        )
        picking = self._move(self.suppliers, self.stock, None, 60)
        picking.move_ids.move_line_ids.unlink()
        self.env["stock.move.line"].create(
            [
                {
                    "picking_id": picking.id,
                    "move_id": picking.move_ids.id,
                    "product_id": self.stent.id,
                    "quantity": 1,
                    "product_uom_id": self.stent.uom_id.id,
                    "lot_name": f"M{number:03}",
                    "picked": True,
                    "location_id": self.suppliers.id,
                    "location_dest_id": self.stock.id,
                }
                for number in range(60)
            ]
        )
        self._validate(picking)
        lots = self.env["stock.lot"].with_user(self.quality).browse(picking.move_ids.lot_ids.sorted("name").ids)

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some.browse(some.ids).read(["quality_unmet", "quality_ready", "quality_open_count", "quality_hold_count"])
            return self.cr.sql_log_count - before

        queries(lots[:1])
        few, many = queries(lots[:5]), queries(lots)
        self.assertEqual(few, many)
        self.assertEqual(len(lots), 60)
        self.assertIn("is not finished (Surface)\n'Reviewed' is not signed yet", lots[0].quality_unmet)
        self.assertEqual(lots.mapped("quality_open_count"), [1] * 60)
        self.assertFalse(any(lots.mapped("quality_ready")))

        done = self._lot("DONE", 1)
        self._sign(done, self.quality, "action_quality_sign_step")
        self.assertTrue(done.quality_ready)
        search = self.env["stock.lot"].with_user(self.quality).search
        everything = [("product_id", "=", self.stent.id)]
        self.assertEqual(search([*everything, ("quality_ready", "=", True)]), done)
        self.assertEqual(len(search([*everything, ("quality_ready", "=", False)])), 61)
        done.with_user(self.approver)._quality_decide("released", "complete")
        self.assertFalse(search([*everything, ("quality_ready", "=", True)]))
        self.assertFalse(done.quality_ready)

    def test_why_it_is_blocked(self):
        lot = self._lot("N1", 1)
        self.assertEqual(lot.quality_blocked_text, "N1 is in quarantine, quality has not released it yet.")
        lot.with_user(self.approver)._quality_decide("released", "ok")
        self.assertFalse(lot.quality_blocked_text)
        self._hold(lot)
        self.assertRegex(lot.quality_blocked_text, "N1 is on hold .*Seal may leak")
