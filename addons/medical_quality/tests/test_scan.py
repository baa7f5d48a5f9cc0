from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestScan(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        di = cls.env["medical.udi.di"].create({"code": "04012345678901", "product_id": cls.stent.id})
        di.action_activate()
        cls.held, cls.free = (cls._lot(name, 10, state="released", udi_di_id=di.id) for name in ("HELD", "FREE"))
        cls.hold = cls._hold(cls.held)

    def _scan(self, picking, lot):
        return picking.with_user(self.clerk).medical_scan(f"(01)04012345678901(10){lot.name}")

    def test_a_blocked_lot_is_refused_with_the_reason(self):
        picking = self._move(self.stock, self.customers, self.free)
        answer = self._scan(picking, self.held)
        self.assertEqual((answer["status"], answer["code"]), ("refused", "blocked"))
        self.assertRegex(answer["message"], f"HELD of .*Stent is on hold .{self.hold.name}: Seal may leak.*ask quality")
        self.assertNotIn(self.held, picking.move_line_ids.lot_id)
        self.assertEqual(self._scan(picking, self.free)["status"], "ok")

    def test_it_goes_back_to_the_supplier(self):
        picking = self._move(self.stock, self.suppliers, self.held)
        self.assertEqual(self._scan(picking, self.held)["status"], "ok")
        self._validate(picking)
        self.assertEqual(self._quantity(self.held), 9)

    def test_a_receipt_of_more_of_it_is_scanned(self):
        picking = self._move(self.suppliers, self.stock, self.held)
        self.assertEqual(self._scan(picking, self.held)["status"], "ok")
