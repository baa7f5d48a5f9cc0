from datetime import date, datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestLot(MedicalUdiCase):
    def _moved(self):
        """A lot that was received and delivered."""
        lot = self._stock(self.gloves, "L1", 10, self.gloves_di, expiration_date="2028-12-31 12:00:00")
        picking = self._picking("out", [(self.gloves, 10)])
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual(picking.state, "done")
        return lot

    def _correct(self, lot, user, **values):
        wizard = (
            self.env["medical.lot.correction"]
            .with_user(user)
            .create({"lot_id": lot.id, "reason": "misprint", **values})
        )
        wizard.action_apply()

    def test_all_dates_follow_the_expiry(self):
        lot = self._stock(self.gloves, "L1", 1, expiration_date="2028-12-31 12:00:00")
        for expiration in (datetime(2028, 12, 31, 12), datetime(2027, 6, 30, 12)):
            lot.expiration_date = expiration
            self.assertEqual(lot.use_date, expiration - timedelta(days=30))
            self.assertEqual(lot.removal_date, expiration - timedelta(days=60))
            self.assertEqual(lot.alert_date, expiration - timedelta(days=90))

    def test_the_last_good_day_is_a_day_of_the_company(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        moment = self.env["stock.lot"]._udi_expiration_moment(date(2028, 6, 30), self.company)
        self.assertEqual(moment, datetime(2028, 6, 30, 15, 59, 59))
        lot = self._stock(self.gloves, "L2", 1, expiration_date=moment)
        self.assertEqual(lot._udi_expiry(), date(2028, 6, 30))

    def test_udi_text(self):
        lot = self._stock(
            self.gloves, "L1", 1, self.gloves_di, production_date="2026-01-31", expiration_date="2028-06-30 12:00:00"
        )
        self.assertEqual(lot.udi_text, f"(01){self.gloves_di.code}(11)260131(17)280630(10)L1")
        serial = self._stock(self.stent, "S1", 1, self.stent_di, udi_lot="B7")
        self.assertEqual(serial.udi_text, f"(01){self.stent_di.code}(10)B7(21)S1")
        serial.name = "not printable ü"
        self.assertEqual(serial.udi_text, self.stent_di.code)

    def test_the_di_has_to_be_of_the_product(self):
        with self.assertRaisesRegex(UserError, "is the DI of"):
            self._stock(self.gloves, "L1", 1, self.stent_di)

    def test_identity_is_free_before_the_first_move(self):
        lot = self._stock(self.gloves, "L1", 1, self.gloves_di)
        lot.name = "L2"
        entry = self.env["medical.audit.entry"].search([("model", "=", "stock.lot"), ("res_id", "=", lot.id)])
        self.assertEqual((entry.field_name, entry.old_value, entry.new_value), ("name", "L1", "L2"))

    def test_identity_is_settled_after_the_first_move(self):
        lot = self._moved()
        for values in ({"name": "L2"}, {"expiration_date": "2029-12-31 12:00:00"}, {"udi_di_id": False}):
            for context in ({}, {"medical_lot_correction": True}, {"medical_lot_correction": "x"}):
                with self.assertRaisesRegex(UserError, "is settled"):
                    lot.with_context(**context).write(values)
        lot.write({"name": "L1", "note": "seen", "production_date": "2026-01-01"})
        self.assertEqual(lot.production_date, date(2026, 1, 1), "what was not known is filled in")
        with self.assertRaisesRegex(UserError, "is settled"):
            lot.production_date = "2026-01-02"

    def test_a_quality_approver_corrects_it_with_a_reason(self):
        lot = self._moved()
        for user in (self.clerk, self.quality):
            with self.assertRaises(AccessError):
                self._correct(lot, user, name="L2")
        with self.assertRaisesRegex(UserError, "Nothing was changed"):
            self._correct(lot, self.approver)
        with self.assertRaisesRegex(UserError, "Give the reason"):
            self._correct(lot, self.approver, name="L2", reason=" ")
        self._correct(lot, self.approver, name="L2", expiration_date="2027-12-31 12:00:00")
        self.assertEqual((lot.name, lot.removal_date), ("L2", datetime(2027, 11, 1, 12)))
        entries = self.env["medical.audit.entry"].search([("model", "=", "stock.lot"), ("res_id", "=", lot.id)])
        self.assertEqual({entry.reason for entry in entries}, {"misprint"})
        self.assertEqual({entry.field_name for entry in entries}, {"name", "expiration_date"})
        self.assertEqual(entries.user_id, self.approver)
