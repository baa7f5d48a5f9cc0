from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalUdiMrpCase


@tagged("post_install", "-at_install")
class TestScan(MedicalUdiMrpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._switch_on()
        cls.order = cls._order(2)

    def _scan(self, raw, order=None, user=None, **options):
        return (order or self.order).with_user(user or self.maker).medical_scan(raw, options)

    def _assert(self, answer, status, code=""):
        self.assertEqual((answer["status"], answer["code"]), (status, code), answer["message"])

    def _component(self, product, order=None):
        return (order or self.order).move_raw_ids.filtered(lambda move: move.product_id == product)

    def test_components_are_issued_by_scan(self):
        later = self._stock(self.gloves, "L2", 20, self.gloves_di)
        answer = self._scan(self._label(self.gloves_di, lot="L2"))
        self._assert(answer, "ok")
        self.assertEqual(answer["progress"], {"done": 1, "expected": 4})
        for _box in range(3):
            self._assert(self._scan(self._label(self.gloves_di, lot="L2")), "ok")
        self._assert(self._scan(self._label(self.gloves_di, lot="L2")), "ask", "too_many")
        move = self._component(self.gloves)
        self.assertEqual((move.lot_ids, move.quantity, move.picked, move.manual_consumption), (later, 4, True, True))
        self._assert(self._scan(self._label(self.stent_di, serial="S1", expiry=None)), "ok")
        self._assert(self._scan(self._label(self.stent_di, serial="S1", expiry=None)), "refused", "scanned_twice")
        scans = self.env["medical.udi.scan"].search([("production_id", "=", self.order.id)])
        self.assertEqual(len(scans), 7)
        self.assertEqual(self.order.action_medical_view_scans()["domain"], [("production_id", "=", self.order.id)])

    def test_packages_and_differences(self):
        self.order.do_unreserve()
        package = self.env["stock.package"].create({"name": "PACK1", "company_id": self.company.id})
        packed = self._stock(self.gloves, "L3", 0, self.gloves_di)
        self.env["stock.quant"]._update_available_quantity(
            self.gloves, self.warehouse.lot_stock_id, 2, lot_id=packed, package_id=package
        )
        self._component(self.gloves).move_line_ids = [
            (
                0,
                0,
                {
                    "product_id": self.gloves.id,
                    "quantity": 2,
                    "lot_id": packed.id,
                    "package_id": package.id,
                    "location_id": self.order.location_src_id.id,
                    "location_dest_id": self.order.production_location_id.id,
                },
            )
        ]
        self._assert(self._scan("PACK1"), "ok")
        gloves = self._component(self.gloves)
        self.assertEqual(
            (gloves.picked, gloves.manual_consumption, gloves.move_line_ids.udi_scanned_quantity), (True, True, 2)
        )
        missing = {
            row["product"]: row["difference"] for row in self.order.with_user(self.maker).medical_scan_differences()
        }
        self.assertEqual(missing, {"Gloves": -2, "Stent": -2, "Pen": -2})

    def test_the_same_refusals_as_on_transfers(self):
        needle = self._product("Needle", tracking="lot")
        needle_di = self._di(needle, 401234500009)
        self._stock(needle, "N1", 5, needle_di)
        self._stock(self.gloves, "OLD", 5, self.gloves_di, expiration_date="2020-01-01 12:00:00")
        other = self._di(self.gloves, 401234500008)
        for code, raw in (
            ("wrong_product", self._label(needle_di, lot="N1")),
            ("expired", self._label(self.gloves_di, lot="OLD", expiry="200101")),
            ("expiry_differs", self._label(self.gloves_di, lot="L1", expiry="290101")),
            ("other_di", self._label(other, lot="L1")),
            ("lot_unknown", self._label(self.gloves_di, lot="NOWHERE")),
            ("not_a_udi", "garbage"),
        ):
            with self.subTest(code):
                self._assert(self._scan(raw), "refused", code)
        self.assertFalse(any(self.order.move_raw_ids.mapped("picked")))

    def test_scanned_is_what_is_consumed(self):
        """The quantity produced does not change what was scanned, nor bring back the lots that were reserved."""
        self._stock(self.gloves, "L2", 20, self.gloves_di)
        self.order.do_unreserve()
        order = self._order(1)
        for raw in (
            self._label(self.gloves_di, lot="L2"),
            self._label(self.gloves_di, lot="L2"),
            self._label(self.stent_di, serial="S1", expiry=None),
        ):
            self._assert(self._scan(raw, order), "ok")
        self._assert(self._scan(self._label(self.set_di, lot="SET9", expiry="281130"), order), "ok")
        order.qty_producing = 1
        order._set_qty_producing()
        order.with_user(self.maker).button_mark_done()
        self.assertEqual(order.state, "done")
        self.assertEqual(self._component(self.gloves, order).lot_ids.name, "L2")
        lot = order.lot_producing_ids
        self.assertEqual((lot.name, lot.udi_di_id, str(lot._udi_expiry())), ("SET9", self.set_di, "2028-11-30"))
        self.assertTrue(lot.production_date)
        self.assertEqual(order.move_finished_ids.move_line_ids.lot_id, lot)

    def test_the_label_of_the_finished_lot(self):
        self._assert(self._scan(self._label(self.set_di, lot="SET9", expiry="281130", made="261101")), "ok")
        self.assertEqual(str(self.order.lot_producing_ids.production_date), "2026-11-01")
        self._assert(self._scan(self._label(self.set_di, lot="SET9", expiry="281130")), "refused", "scanned_twice")
        self._assert(self._scan(self._label(self.set_di, lot="SET8", expiry="281130")), "refused", "other_lot")
        order = self._order(1)
        self._assert(self._scan(self._label(self.set_di, lot="SET7", expiry="200101"), order), "refused", "expired")
        self._assert(self._scan(self._label(self.set_di), order), "refused", "no_lot")
        self.assertFalse(order.lot_producing_ids)

    def test_the_labels_of_finished_serial_numbers(self):
        made = self._product("Pump", tracking="serial")
        di = self._di(made, 401234500006)
        self.bom.copy({"product_tmpl_id": made.product_tmpl_id.id})
        order = self.env["mrp.production"].create(
            {"product_id": made.id, "product_qty": 2, "company_id": self.company.id}
        )
        order.action_confirm()
        for serial in ("P1", "P2"):
            self._assert(self._scan(self._label(di, lot="B1", serial=serial, expiry=None), order), "ok")
        self._assert(self._scan(self._label(di, serial="P2", expiry=None), order), "refused", "scanned_twice")
        self._assert(self._scan(self._label(di, serial="P3", expiry=None), order), "refused", "too_many")
        self.assertEqual(order.lot_producing_ids.mapped("name"), ["P1", "P2"])
        self.assertEqual(order.lot_producing_ids.mapped("udi_lot"), ["B1", "B1"])

    def test_every_package_where_the_operation_asks_for_it(self):
        self.order.picking_type_id.udi_scan_required = True
        self.order.do_unreserve()
        order = self._order(1)
        self._produce(order)
        with self.assertRaisesRegex(UserError, "Scan every package first"), self.cr.savepoint():
            order.button_mark_done()
        for raw in (
            self._label(self.gloves_di, lot="L1"),
            self._label(self.gloves_di, lot="L1"),
            self._label(self.stent_di, serial="S1", expiry=None),
        ):
            self._assert(self._scan(raw, order), "ok")
        order.button_mark_done()
        self.assertEqual(order.state, "done")

    def test_who_and_when(self):
        draft = self._order(1, confirm=False)
        with self.assertRaisesRegex(UserError, "not open for scanning"):
            self._scan("x", draft)
        for user in (self.clerk, self.auditor):
            with self.assertRaises(AccessError):
                self._scan("x", user=user)
