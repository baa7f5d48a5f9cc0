from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestScanCount(MedicalUdiCase):
    """Boxes are counted at a location, into the counted quantity of lot × location."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.place = cls.warehouse.lot_stock_id
        cls.shelf = cls.env["stock.location"].create(
            {"name": "Shelf", "location_id": cls.place.id, "barcode": "SHELF-1", "company_id": cls.company.id}
        )

    def _scan(self, raw, place=None, user=None, **options):
        return (place or self.place).with_user(user or self.clerk).medical_scan(raw, options)

    def _assert(self, answer, status, code=""):
        self.assertEqual((answer["status"], answer["code"]), (status, code), answer["message"])

    def _quant(self, lot, place=None):
        return lot.quant_ids.filtered(lambda quant: quant.location_id == (place or self.place))

    def test_boxes_add_up_and_are_applied(self):
        lot = self._stock(self.gloves, "L1", 25, self.gloves_di)
        answer = self._scan(self._label(self.gloves_box_di, lot="L1"))
        self._assert(answer, "ok")
        self.assertEqual(answer["progress"], {"done": 10, "expected": 25})
        self._assert(self._scan(self._label(self.gloves_box_di, lot="L1")), "ok")
        self._assert(self._scan(self._label(self.gloves_di, lot="L1")), "ok")
        quant = self._quant(lot)
        self.assertEqual(
            (quant.inventory_quantity, quant.inventory_quantity_set, quant.user_id), (21, True, self.clerk)
        )
        self.assertEqual(quant.quantity, 25, "nothing moves before the count is applied")
        quant.with_context(inventory_mode=True).action_apply_inventory()
        self.assertEqual(lot.product_qty, 21)
        self._assert(self._scan(self._label(self.gloves_di, lot="L1")), "ok")
        self.assertEqual(quant.inventory_quantity, 1, "a new count begins at nothing")

    def test_a_lot_at_another_place_gets_a_line_of_its_own(self):
        lot = self._stock(self.gloves, "L1", 25, self.gloves_di)
        self._assert(self._scan(self._label(self.gloves_box_di, lot="L1"), self.shelf), "ok")
        self.assertEqual(self._quant(lot, self.shelf).inventory_quantity, 10)
        self.assertFalse(self._quant(lot).inventory_quantity_set)

    def test_an_unknown_lot_is_asked_for(self):
        self._switch_on()
        raw = self._label(self.gloves_box_di, lot="FOUND", made="260115")
        answer = self._scan(raw)
        self._assert(answer, "ask", "lot_unknown")
        self.assertFalse(self.env["stock.lot"].search([("name", "=", "FOUND")]))
        self._assert(self._scan(raw, **answer["confirm"]), "ok")
        lot = self.env["stock.lot"].search([("name", "=", "FOUND")])
        self.assertEqual(
            (lot.udi_di_id, str(lot._udi_expiry()), str(lot.production_date)),
            (self.gloves_di, "2028-12-31", "2026-01-15"),
        )
        self._quant(lot).with_context(inventory_mode=True).action_apply_inventory()
        self.assertEqual(lot.product_qty, 10)

    def test_refusals(self):
        self._stock(self.gloves, "L1", 5, self.gloves_di, expiration_date="2027-06-30 12:00:00")
        second = self._di(self.gloves, 401234500055)
        service = self.env["product.product"].create(
            {"name": "No stock", "is_storable": False, "barcode": "4012345123456"}
        )
        cases = [
            ("garbage", "refused", "not_a_udi"),
            (self._label(self.gloves_di), "refused", "no_lot"),
            (self._label(self.gloves_di, lot="L1"), "refused", "expiry_differs"),
            (self._label(second, lot="L1", expiry="270630"), "refused", "other_di"),
            (service.barcode, "refused", "wrong_product"),
            (f"01{self.gloves_di.code}10LOTA17281231", "ask", "possible_missing_separator"),
        ]
        for raw, status, code in cases:
            with self.subTest(raw=raw):
                self._assert(self._scan(raw), status, code)
        self.assertFalse(
            self.env["stock.quant"].search_count(
                [("product_id", "=", self.gloves.id), ("inventory_quantity_set", "=", True)]
            )
        )
        self.assertEqual(
            self.env["medical.udi.scan"].search([("location_id", "=", self.place.id)], order="id").mapped("code"),
            [code for _raw, _status, code in cases],
        )

    def test_a_serial_number_is_counted_once(self):
        lot = self._stock(self.stent, "S1", 1, self.stent_di)
        self._assert(self._scan(self._label(self.stent_di, serial="S1")), "ok")
        self._assert(self._scan(self._label(self.stent_di, serial="S1"), self.shelf), "refused", "scanned_twice")
        self.assertEqual(self._quant(lot).inventory_quantity, 1)

    def test_what_has_expired_is_counted(self):
        self._stock(self.gloves, "OLD", 5, self.gloves_di, expiration_date="2020-06-30 12:00:00")
        self._assert(self._scan(self._label(self.gloves_di, lot="OLD", expiry="200630")), "ok")

    def test_a_location_can_be_scanned(self):
        answer = self._scan("SHELF-1")
        self._assert(answer, "ok", "location")
        self.assertEqual(answer["location"]["id"], self.shelf.id)
        self.assertEqual(self.env["stock.location"].with_user(self.clerk).medical_count_location()["id"], self.place.id)

    def test_who_may_count_and_where(self):
        for user in (self.auditor, self.regulatory):
            with self.assertRaises(AccessError):
                self._scan("x", user=user)
        with self.assertRaisesRegex(UserError, "no place where stock is counted"):
            self._scan("x", self.env.ref("stock.stock_location_customers"))
        other = self.env["res.company"].create({"name": "Elsewhere"})
        warehouse = self.env["stock.warehouse"].sudo().search([("company_id", "=", other.id)], limit=1)
        with self.assertRaises(AccessError):
            self._scan("x", warehouse.lot_stock_id)

    def test_queries_do_not_grow_with_the_stock(self):
        def queries(size):
            product = self._product(f"Counted {size}", tracking="lot")
            di = self._di(product, 600000 + size)
            for number in range(size):
                self._stock(product, f"L{number}", 5, di)
            self._scan(self._label(di, lot="L1", expiry=None))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._assert(self._scan(self._label(di, lot="L2", expiry=None)), "ok")
            self.env.flush_all()
            return self.cr.sql_log_count - before

        self.assertLessEqual(abs(queries(40) - queries(4)), 2)
