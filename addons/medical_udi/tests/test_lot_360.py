from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestLot360(MedicalUdiCase):
    def _expires(self, lot, days):
        day = fields.Date.context_today(lot) + timedelta(days=days)
        lot.expiration_date = lot._udi_expiration_moment(day, self.company)
        lot.invalidate_recordset(["medical_status", "medical_days_left"])

    def test_status_and_days_left(self):
        lot = self._stock(self.gloves, "360", 10, self.gloves_di)
        for days, status in ((400, "stock"), (60, "soon"), (-1, "expired")):
            self._expires(lot, days)
            self.assertEqual((lot.medical_status, lot.medical_days_left), (status, days))
        bare = self._lot_without_stock()
        self.assertEqual((bare.medical_status, bare.medical_days_left), ("gone", 0))

    def _lot_without_stock(self):
        return self._stock(self.stent, "360-S", 0, self.stent_di)

    def test_everything_on_one_screen(self):
        lot = self._stock(self.gloves, "360", 10, self.gloves_di)
        registration = self.env["medical.udi.registration"].create(
            {
                "di_id": self.gloves_di.id,
                "market_id": self.env.ref("medical_udi.market_eu").id,
                "number": "EU-1",
                "valid_to": fields.Date.context_today(lot) + timedelta(days=30),
            }
        )
        registration.action_register()
        files = self.env["ir.attachment"].create(
            [
                {"name": record._name, "raw": b"x", "res_model": record._name, "res_id": record.id}
                for record in (lot, self.gloves, self.gloves_di, registration)
            ]
        )
        self.env["ir.attachment"].create({"name": "other", "raw": b"x", "res_model": "stock.lot", "res_id": lot.id + 1})
        picking = self._picking("out", [(self.gloves, 4)])
        picking.move_ids.picked = True
        picking._action_done()
        seen = lot.with_user(self.clerk)
        self.assertEqual(seen.medical_quant_ids.mapped("quantity"), [6])
        self.assertEqual(seen.medical_registration_ids.days_left, 30)
        self.assertEqual(set(seen.medical_attachment_ids.mapped("name")), set(files.mapped("name")))
        self.assertEqual((seen.medical_move_line_ids, seen.medical_picking_ids), (picking.move_line_ids, picking))
        self.assertEqual(seen.medical_move_line_count, 1)
        form = Form(seen, view="medical_udi.view_stock_lot_360_form")
        self.assertEqual(form.medical_status, "stock")
        self.assertEqual(seen.action_medical_360()["res_id"], lot.id)

    def test_a_lot_of_a_thousand_deliveries_shows_the_last(self):
        lot = self._stock(self.gloves, "360", 100, self.gloves_di)
        picking = self._picking("out", [(self.gloves, 45)])
        line = picking.move_line_ids
        line.quantity = 1
        line.create([{**line.copy_data()[0], "quantity": 1, "lot_id": lot.id, "move_id": line.move_id.id}] * 44)
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual((len(lot.medical_move_line_ids), lot.medical_move_line_count), (40, 45))
        self.assertEqual(lot.medical_picking_ids, picking)

    def test_who_may_not_see_lots(self):
        lot = self._stock(self.gloves, "360", 10, self.gloves_di)
        with self.assertRaises(AccessError):
            lot.with_user(self.regulatory).medical_status  # noqa: B018
