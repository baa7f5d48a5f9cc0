from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestAvailable(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls._lot("L1", 20, state="released")

    def _figures(self, product=None):
        self.env.invalidate_all()
        product = (product or self.stent).with_context(warehouse_id=self.warehouse.id)
        return product.qty_available, product.free_qty, product.virtual_available

    def test_on_hand_but_not_available(self):
        self.assertEqual(self._figures(), (30, 30, 30))
        hold = self._hold(self.lot)
        self.assertEqual(self._figures(), (30, 10, 10))
        quant = self.env["stock.quant"].search([("lot_id", "=", self.lot.id), ("location_id", "=", self.stock.id)])
        self.assertEqual((quant.quantity, quant.available_quantity), (20, 0))
        self._lift(hold.with_user(self.approver), "ok")
        self.assertEqual(self._figures(), (30, 30, 30))
        self.assertEqual(quant.available_quantity, 20)

    def test_unreleased_and_quarantined_are_not_available(self):
        self._lot("NEW", 7)
        self.assertEqual(self._figures(), (37, 30, 30))
        released = self._lot("AWAY", 5, location=self.warehouse._quality_quarantine(), state="released")
        self.assertEqual(self._figures()[1:], (30, 30))
        self.assertFalse(released.quality_blocked)

    def test_expired_is_not_subtracted_twice(self):
        lot = self._lot("OLD", 5, expiration_date="2020-01-01 12:00:00", removal_date="2019-12-01 12:00:00")
        self.assertTrue(lot.quality_blocked)
        self.assertEqual(self._figures(), (35, 30, 30))

    def test_reorder_rule_reacts_at_once(self):
        vendor = self.env["product.supplierinfo"].create(
            {"partner_id": self.vendor.id, "product_tmpl_id": self.stent.product_tmpl_id.id}
        )
        self.stent.route_ids |= self.env.ref("purchase_stock.route_warehouse0_buy")
        rule = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.stent.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.stock.id,
                "product_min_qty": 15,
                "product_max_qty": 25,
                "company_id": self.company.id,
                "supplier_id": vendor.id,
            }
        )
        self.assertEqual(rule.qty_to_order, 0)
        hold = self._hold(self.lot)
        self.assertEqual(rule.qty_to_order, 15)
        self._lift(hold.with_user(self.approver), "ok")
        self.assertEqual(rule.qty_to_order, 0)

    def test_first_expiring_good_lot_is_reserved(self):
        self.devices.removal_strategy_id = self.env.ref("product_expiry.removal_fefo")
        self.lot.removal_date = "2038-01-01 12:00:00"
        sooner = self._lot("SOONER", 20, state="released", removal_date="2035-01-01 12:00:00")
        picking = self._move(self.stock, self.customers, None, 5, product=self.stent)
        picking.action_assign()
        self.assertEqual(picking.move_line_ids.lot_id, sooner)
        self._hold(sooner)
        picking.action_assign()
        self.assertEqual(picking.move_line_ids.lot_id, self.lot)

    def test_first_expired_first_out_with_the_life_that_the_customer_asks_for(self):
        def days(count):
            return fields.Datetime.now() + timedelta(days=count)

        self.hospital.medical_min_remaining_days = 90
        self._lot("LATER", 20, state="released", expiration_date=days(400), removal_date=days(390))
        good = self._lot("GOOD", 20, state="released", expiration_date=days(200), removal_date=days(190))
        short = self._lot("SHORT", 20, state="released", expiration_date=days(60), removal_date=days(50))
        picking = self._move(self.stock, self.customers, None, 5, product=self.stent)
        picking.action_assign()
        self.assertEqual(picking.move_line_ids.lot_id, good)
        self._line(picking, short, 5)
        with self.assertRaisesRegex(UserError, "SHORT.* asks for 90 days of remaining life"):
            self._validate(picking)
        self._line(picking, good, 5)
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_no_query_per_line_outside_control(self):
        def lines(count):
            lot = self._lot(f"PENS-{count}", 100, product=self.pen)
            picking = self._move(self.stock, self.customers, lot, count)
            picking.move_ids.move_line_ids.unlink()
            return self.env["stock.move.line"].create(
                [
                    {
                        "picking_id": picking.id,
                        "move_id": picking.move_ids.id,
                        "product_id": self.pen.id,
                        "product_uom_id": self.pen.uom_id.id,
                        "quantity": 1,
                        "lot_id": lot.id,
                        "location_id": self.stock.id,
                        "location_dest_id": self.customers.id,
                        "picked": True,
                    }
                    for _number in range(count)
                ]
            )

        def queries(count):
            found = lines(count)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            found._quality_gate(done=True)
            return self.cr.sql_log_count - before

        queries(2)
        self.assertEqual(queries(40), queries(4))
