"""What is not free of a lot that is released in part is neither reserved nor shown as available."""

from odoo.tests import tagged

from .test_ledger import LedgerCase


@tagged("post_install", "-at_install")
class TestReserve(LedgerCase):
    def setUp(self):
        super().setUp()
        # 10 of the lot that are released, 5 that came in since; 10 of another lot.
        self._receive(self.lot, 5)

    def _reserved(self, quantity):
        picking = self._move(self.stock, self.customers, None, quantity, product=self.stent)
        picking.action_assign()
        found = {}
        for line in picking.move_line_ids:
            found[line.lot_id] = found.get(line.lot_id, 0) + line.quantity
        return picking, found

    def test_no_more_than_is_free(self):
        _picking, found = self._reserved(100)
        self.assertEqual(found, {self.existing: 10, self.lot: 10})

    def test_what_is_reserved_already_counts(self):
        first, found = self._reserved(15)
        self.assertEqual(sum(found.values()), 15)
        second, more = self._reserved(15)
        self.assertEqual(sum(more.values()), 5)
        # What comes free is offered to those that wait.
        self._release(self.lot)
        self.assertEqual(sum(second.move_line_ids.mapped("quantity")), 10)
        self.assertEqual(sum(first.move_line_ids.mapped("quantity")), 15)

    def test_what_is_reserved_can_be_delivered(self):
        picking, _found = self._reserved(20)
        picking.move_line_ids.picked = True
        self._validate(picking)
        self.assertEqual((picking.state, self._free(self.lot)), ("done", 0))

    def test_ways_out_take_what_waits(self):
        quarantine = self.warehouse._quality_quarantine()
        picking = self._move(self.stock, quarantine, None, 25, product=self.stent)
        picking.action_assign()
        self.assertEqual(sum(picking.move_line_ids.mapped("quantity")), 25)

    def test_figures(self):
        product = self.stent.with_context(warehouse_id=self.warehouse.id)
        self.env.invalidate_all()
        self.assertEqual((product.qty_available, product.free_qty, product.virtual_available), (25, 20, 20))
        self.assertEqual((self.lot.quality_free, self.lot.quality_waiting), (10, 5))
        self._release(self.lot)
        product.invalidate_recordset()
        self.assertEqual((product.free_qty, self.lot.quality_free, self.lot.quality_waiting), (25, 15, 0))

    def test_stock_by_state(self):
        def states():
            self.env.flush_all()
            self.env.invalidate_all()
            return dict(
                self.env["medical.stock.state"]
                .with_user(self.clerk)
                ._read_group([("lot_id", "=", self.lot.id)], ["state"], ["quantity:sum"])
            )

        self.assertEqual(states(), {"finished": 10, "quarantine": 5})
        self.lot.with_user(self.approver)._quality_decide("rejected", "bent")
        self.assertEqual(states(), {"finished": 10, "rejected": 5})
        self._deliver(self.lot, 10)
        self.assertEqual(states(), {"rejected": 5})

    def test_lots_to_release(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_quality.action_medical_lots_to_release")
        self.assertIn("search_default_quality_waits", action["context"])
        view = (
            self.env["stock.lot"]
            .with_user(self.approver)
            .get_view(self.env.ref("stock.search_product_lot_filter").id, "search")
        )
        self.assertIn("quality_waits", view["arch"])
        ready = self.env["stock.lot"].search([("quality_ready", "=", True), ("product_id", "=", self.stent.id)])
        self.assertEqual(ready, self.lot)
        self._release(self.lot)
        self.assertFalse(self.lot.quality_ready)
