from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..engine import check_digits
from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestScanPackage(MedicalUdiCase):
    """Package by package: what is scanned is compared with what is expected before anything is done."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._switch_on()
        body = "34012345000000001"
        cls.sscc = body + check_digits.gtin(body)
        cls.pallet = cls.env["stock.package"].create({"name": cls.sscc})
        cls.carton = cls.env["stock.package"].create({"name": "CARTON-1"})
        cls.lot = cls._stock(cls.gloves, "L1", 0, cls.gloves_di)
        cls.other = cls._stock(cls.gloves, "L2", 0, cls.gloves_di)
        cls._fill(cls.pallet, cls.lot, 30)
        cls._fill(cls.carton, cls.other, 20)

    @classmethod
    def _fill(cls, package, lot, quantity):
        cls.env["stock.quant"]._update_available_quantity(
            lot.product_id, cls.warehouse.lot_stock_id, quantity, lot_id=lot, package_id=package
        )

    def _scan(self, picking, raw, **options):
        return picking.with_user(self.clerk).medical_scan(raw, options)

    def _differences(self, picking):
        return [
            (row["package"], row["lot"], row["expected"], row["scanned"], row["difference"])
            for row in picking.with_user(self.clerk).medical_scan_differences()
        ]

    def test_package_by_package(self):
        picking = self._picking("out", [(self.gloves, 50)])
        picking.picking_type_id.udi_scan_required = True
        picking.move_ids.picked = True
        self.assertEqual(self._differences(picking), [(self.sscc, "L1", 30, 0, -30), ("CARTON-1", "L2", 20, 0, -20)])
        answer = self._scan(picking, f"]C100{self.sscc}")
        self.assertEqual((answer["status"], answer["package"]), ("ok", self.sscc), answer["message"])
        self.assertEqual(self._differences(picking), [("CARTON-1", "L2", 20, 0, -20)])
        with self.assertRaisesRegex(UserError, "CARTON-1 / L2: 0 of 20 Units were scanned"), self.cr.savepoint():
            picking._action_done()
        self.assertEqual(self._scan(picking, f"00{self.sscc}")["code"], "scanned_twice")
        self.assertEqual(self._scan(picking, "CARTON-1")["status"], "ok")
        self.assertFalse(self._differences(picking))
        picking._action_done()
        self.assertEqual((picking.state, self.lot.product_qty, self.other.product_qty), ("done", 0, 0))
        log = self.env["medical.udi.scan"].search([("picking_id", "=", picking.id)], order="id")
        self.assertEqual(log.mapped("result"), ["ok", "refused", "ok"])

    def test_boxes_of_a_package_count_one_by_one_too(self):
        picking = self._picking("out", [(self.gloves, 50)])
        for _box in range(3):
            answer = self._scan(picking, self._label(self.gloves_box_di, lot="L1"))
            self.assertEqual(answer["status"], "ok", answer["message"])
        self.assertEqual(self._differences(picking), [("CARTON-1", "L2", 20, 0, -20)])
        self.assertEqual(picking.move_line_ids.filtered("udi_scanned_quantity").package_id, self.pallet)

    def test_other_packages_are_refused(self):
        picking = self._picking("out", [(self.gloves, 50)])
        self.env["stock.package"].create({"name": "EMPTY"})
        body = "34012345000000777"
        for raw, code in (
            ("EMPTY", "wrong_package"),
            (f"00{body}{check_digits.gtin(body)}", "package_unknown"),
            ("NOWHERE", "not_a_udi"),
        ):
            self.assertEqual(self._scan(picking, raw)["code"], code)
        part = self._picking("out", [(self.gloves, 5)])
        self.assertFalse(part.move_line_ids, "everything is reserved")
        picking.action_cancel()
        part.action_assign()
        self.assertEqual(
            self._scan(
                part,
                part.move_line_ids.package_id.name
                if part.move_line_ids.package_id == self.carton
                else f"00{self.sscc}",
            )["code"],
            "part_of_package",
        )
        self.assertFalse(sum(part.move_line_ids.mapped("udi_scanned_quantity")))

    def test_a_package_with_an_expired_lot_is_refused(self):
        picking = self._picking("out", [(self.gloves, 50)])
        self.lot.with_context(medical_reason="test")._udi_correct(
            {"expiration_date": fields.Datetime.now() - timedelta(days=2)}, "test"
        )
        answer = self._scan(picking, f"00{self.sscc}")
        self.assertEqual(answer["code"], "not_allowed")
        self.assertIn("L1 has expired", answer["message"])

    def test_what_is_missing_and_what_is_too_much(self):
        picking = self._picking("in", [(self.gloves, 60), (self.stent, 1)])
        self._scan(picking, self._label(self.gloves_case_di, lot="N1"))
        self.assertEqual(sorted(self._differences(picking)), [("", "", 1, 0, -1), ("", "", 10, 0, -10)])
        self._scan(picking, self._label(self.gloves_case_di, lot="N1"), over=True)
        self._scan(picking, self._label(self.stent_di, serial="S1"))
        self.assertEqual(self._differences(picking), [("", "", 60, 100, 40)])
