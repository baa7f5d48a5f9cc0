from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestHold(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls._lot("L1", 10, state="released")

    def _deliver(self, lot, quantity=1.0):
        picking = self._move(self.stock, self.customers, lot, quantity)
        self._line(picking, lot, quantity)
        self._validate(picking)

    def test_reservations_go_at_once(self):
        pickings = [self._move(self.stock, self.customers, None, 4, product=self.stent) for _number in range(3)]
        for picking in pickings:
            picking.action_assign()
        reserved = self.env["stock.move.line"].search([("lot_id", "=", self.lot.id), ("state", "!=", "done")])
        self.assertTrue(reserved)
        self._hold(self.lot)
        self.assertFalse(reserved.exists())
        quants = self.env["stock.quant"].search([("lot_id", "=", self.lot.id)])
        self.assertEqual(sum(quants.mapped("reserved_quantity")), 0)

    def test_other_lots_of_the_document_stay_reserved(self):
        picking = self._move(self.stock, self.customers, None, 15, product=self.stent)
        picking.action_assign()
        self.assertEqual(picking.move_line_ids.lot_id, self.lot | self.existing)
        self._hold(self.lot)
        self.assertEqual(picking.move_line_ids.lot_id, self.existing)
        self.assertEqual(picking.move_ids.state, "partially_available")

    def test_lifted_it_comes_back(self):
        hold = self._hold(self.lot)
        picking = self._move(self.stock, self.customers, None, 15, product=self.stent)
        picking.action_assign()
        self.assertEqual(picking.move_ids.quantity, 10)
        with self.assertRaises(AccessError):
            self._lift(hold.with_user(self.quality), "fine")
        self._lift(hold.with_user(self.approver), "Test of the seal passed")
        self.assertFalse(self.lot.quality_blocked)
        self.assertEqual(picking.move_ids.quantity, 15)

    def test_two_holds_both_have_to_be_lifted(self):
        first, second = self._hold(self.lot), self._hold(self.lot, "Label")
        self._lift(first.with_user(self.approver), "ok")
        self.assertTrue(self.lot.quality_blocked)
        self._lift(second.with_user(self.approver), "ok")
        self.assertFalse(self.lot.quality_blocked)

    def test_a_part_goes_to_quarantine(self):
        self._hold([], line_ids=[(0, 0, {"lot_id": self.lot.id, "quantity": 4, "source_location_id": self.stock.id})])
        quarantine = self.warehouse.quality_quarantine_loc_id
        self.assertEqual((self._quantity(self.lot), self._quantity(self.lot, quarantine)), (6, 4))
        self.assertFalse(self.lot.quality_blocked)
        self._deliver(self.lot, 6)
        picking = self._move(quarantine, self.customers, self.lot, 4)
        self._line(picking, self.lot, 4)
        with self.assertRaisesRegex(UserError, "is on hold"), self.cr.savepoint():
            picking._action_done()
        self._lift(
            self.env["medical.hold"].search([("line_ids.lot_id", "=", self.lot.id)]).with_user(self.approver), "ok"
        )
        picking.action_cancel()
        back = self._move(quarantine, self.stock, self.lot, 4)
        self._line(back, self.lot, 4)
        back._action_done()
        self._deliver(self.lot, 4)
        self.assertEqual((self._quantity(self.lot, quarantine), self._quantity(self.lot)), (0, 0))

    def test_a_part_is_taken_from_reservations_where_it_must(self):
        picking = self._move(self.stock, self.customers, None, 20, product=self.stent)
        picking.action_assign()
        self._hold([], line_ids=[(0, 0, {"lot_id": self.lot.id, "quantity": 4, "source_location_id": self.stock.id})])
        line = picking.move_line_ids.filtered(lambda line: line.lot_id == self.lot)
        self.assertEqual(sum(line.mapped("quantity")), 6)

    def test_more_than_there_is_cannot_be_put_aside(self):
        with self.assertRaisesRegex(UserError, "only 10"), self.cr.savepoint():
            self._hold(
                [], line_ids=[(0, 0, {"lot_id": self.lot.id, "quantity": 11, "source_location_id": self.stock.id})]
            )

    def test_what_comes_later_is_caught(self):
        hold = self._hold([], catch_product_id=self.stent.id, catch_prefix="BAD-")
        self.assertTrue(self._lot("BAD-1", 1).quality_hold_line_ids.caught)
        self.assertFalse(self._lot("FINE-1", 1).quality_hold_line_ids)
        self.assertEqual(hold.line_ids.lot_id.mapped("name"), ["BAD-1"])

    def test_what_a_vendor_delivers_later_is_caught(self):
        hold = self._hold([], catch_product_id=self.stent.id, catch_partner_id=self.vendor.id)
        self._lot("MADE-HERE", 1)
        picking = self._move(self.suppliers, self.stock, None, 4, product=self.stent)
        self._line(picking, None, 4, lot_name="BOUGHT")
        self._validate(picking)
        self.assertEqual(hold.line_ids.lot_id.mapped("name"), ["BOUGHT"])
        hold.line_ids.lot_id.with_user(self.approver)._quality_decide("released", "inspected")
        self.assertTrue(hold.line_ids.lot_id.quality_blocked)

    def test_a_hold_outside_control_would_do_nothing_and_is_refused(self):
        pens = self._lot("PENS", 1, product=self.pen)
        with self.assertRaisesRegex(UserError, "not under quality control"), self.cr.savepoint():
            self._hold(pens)

    def test_a_set_hold_stays_as_it_is(self):
        hold = self._hold(self.lot)
        with self.assertRaises(UserError), self.cr.savepoint():
            hold.write({"line_ids": [(5, 0, 0)]})
        with self.assertRaises(UserError), self.cr.savepoint():
            hold.line_ids.write({"quantity": 1, "source_location_id": self.stock.id})
        with self.assertRaises(UserError), self.cr.savepoint():
            hold.unlink()
        for values in ({"state": "lifted"}, {"set_user_id": self.approver.id}):
            with self.assertRaises(AccessError), self.cr.savepoint():
                hold.with_user(self.approver).write(values)
        with self.assertRaises(AccessError), self.cr.savepoint():
            hold.line_ids.write({"blocks_lot": False})

    def test_history_is_kept(self):
        hold = self._hold(self.lot)
        self._sign(hold, self.approver, "action_lift", "Seal test passed")
        self.assertEqual((hold.state, hold.lift_reason, hold.signature_state), ("lifted", "Seal test passed", "signed"))
        states = self.env["medical.audit.entry"].search(
            [("model", "=", "medical.hold"), ("res_id", "=", hold.id), ("field_name", "=", "state")], order="id"
        )
        self.assertEqual(
            [(entry.old_value, entry.new_value) for entry in states], [("draft", "active"), ("active", "lifted")]
        )
        self.assertEqual(states[-1].reason, "Seal test passed")
