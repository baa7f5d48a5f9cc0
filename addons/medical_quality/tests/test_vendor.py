from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestVendor(MedicalQualityCase):
    """Blocked goods go back to whoever delivered them; nobody else gets them as a vendor."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_vendor = cls.env["res.partner"].create({"name": "Another Vendor"})
        cls.branch = cls.env["res.partner"].create({"name": "Vendor, Works 2", "parent_id": cls.vendor.id})

    def _received(self, name, partner=None, product=None):
        picking = self._move(self.suppliers, self.stock, None, 5, product=product or self.stent)
        picking.partner_id = partner or self.vendor
        self._line(picking, None, 5, lot_name=name)
        self._validate(picking)
        return self.env["stock.lot"].search([("name", "=", name)])

    def _back(self, lot, partner, target=None):
        picking = self._move(self.stock, target or self.suppliers, lot)
        # The partner would say where to, otherwise.
        picking.write({"partner_id": partner.id, "location_dest_id": (target or self.suppliers).id})
        self._line(picking, lot)
        picking.move_ids.with_user(self.clerk)._action_done()
        return picking

    def test_a_blocked_lot_goes_back_to_its_own_vendor_only(self):
        lot = self._received("OWN")
        self.assertEqual(lot.quality_vendor_ids, self.vendor)
        place = self.env["stock.location"].create({"name": "Vendors East", "usage": "supplier"})
        self.other_vendor.property_stock_supplier = place
        for state in (None, "rejected", "released"):
            if state:
                lot.with_user(self.approver)._quality_decide(state, "test")
            for partner in (self.other_vendor, self.hospital, self.env["res.partner"]):
                for target in (self.suppliers, place):
                    with (
                        self.subTest(state=state, partner=partner.name, target=target.name),
                        self.assertRaisesRegex(
                            UserError, "OWN of Stent goes back to its own vendor only, to Quality Test Vendor"
                        ),
                        self.cr.savepoint(),
                    ):
                        self._back(lot, partner, target)
        for partner in (self.vendor, self.branch):
            self._back(lot, partner)
        self.assertEqual(self._quantity(lot), 3)

    def test_the_order_says_who_delivered(self):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.branch.id,
                "company_id": self.company.id,
                "order_line": [(0, 0, {"product_id": self.stent.id, "product_qty": 5, "price_unit": 1})],
            }
        )
        order.button_confirm()
        picking = order.picking_ids
        self._line(picking, None, 5, lot_name="ORDERED")
        picking.write({"partner_id": False})
        picking.move_ids.partner_id = False
        self._validate(picking)
        lot = self.env["stock.lot"].search([("name", "=", "ORDERED")])
        self.assertEqual(lot.quality_vendor_ids, self.vendor)
        self._back(lot, self.branch)

    def test_goods_that_were_always_there_go_to_a_vendor_of_the_product(self):
        old = self._lot("OLD", 5)
        with self.assertRaisesRegex(UserError, "its own vendor only"), self.cr.savepoint():
            self._back(old, self.other_vendor)
        self._back(old, self.vendor)
        self.stent.seller_ids.unlink()
        with self.assertRaisesRegex(UserError, "Nobody is on record as the vendor of OLD"), self.cr.savepoint():
            self._back(old, self.vendor)

    def test_every_door_asks_for_the_vendor(self):
        lot = self._received("OWN")
        done = self._back(lot, self.vendor)
        for name, door in {
            "validate": lambda picking: self._validate(picking),
            "picking": lambda picking: picking._action_done(),
            "move": lambda picking: picking.move_ids._action_done(),
            "line": lambda picking: picking.move_line_ids._action_done(),
        }.items():
            picking = self._move(self.stock, self.suppliers, lot)
            picking.write({"partner_id": self.other_vendor.id, "location_dest_id": self.suppliers.id})
            self._line(picking, lot)
            with self.subTest(name), self.assertRaisesRegex(UserError, "its own vendor only"), self.cr.savepoint():
                door(picking)
        other = self._received("OTHERS", self.other_vendor)
        with self.assertRaisesRegex(UserError, "OTHERS of Stent goes back"), self.cr.savepoint():
            done.move_line_ids.lot_id = other
        with self.assertRaisesRegex(UserError, "OTHERS of Stent goes back"), self.cr.savepoint():
            done.move_line_ids.copy({"lot_id": other.id, "quantity": 1})

    def test_who_got_it_stays_on_record(self):
        lot = self._received("OWN")
        done = self._back(lot, self.vendor)
        for act in (
            lambda: done.write({"partner_id": self.hospital.id}),
            lambda: done.move_ids.write({"partner_id": self.hospital.id}),
            lambda: done.move_ids.write({"picking_id": False}),
        ):
            with self.assertRaisesRegex(UserError, "who got it stays on record"), self.cr.savepoint():
                act()
        [row] = [row for row in lot.medical_trace("forward")["rows"] if row["kind"] == "supplier_return"]
        self.assertEqual(row["partner"], self.vendor.display_name)
