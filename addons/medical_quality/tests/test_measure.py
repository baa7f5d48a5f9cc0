from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestQualityMeasures(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hours = cls.env.ref("medical_quality.measure_release_hours")
        cls.acceptance = cls.env.ref("medical_quality.measure_lot_acceptance")
        cls.today = fields.Date.today()
        cls.env["medical.inspection.plan"].create(
            {
                "name": "Incoming",
                "company_id": cls.company.id,
                "categ_id": cls.devices.id,
                "sampling": "fixed",
                "sample_size": 3,
                "label_check": False,
                "four_eyes": False,
                "characteristic_ids": [(0, 0, {"name": "Surface", "kind": "attribute"})],
            }
        )

    def _released(self, name, hours, **values):
        lot = self._lot(name, **values)
        lot._guarded_write({"quality_received": fields.Datetime.now() - timedelta(hours=hours)})
        lot.with_user(self.approver)._quality_decide("released", "ok")
        return lot

    def _received(self, name):
        picking = self._move(self.suppliers, self.stock, None, 10)
        self._line(picking, None, 10, lot_name=name)
        self._validate(picking)
        return self.env["medical.inspection"].search([("picking_id", "=", picking.id)])

    def _decided(self, name, accepted, rejected=0, concession=0):
        inspection = self._received(name)
        inspection.with_user(self.quality).result_ids.write({"checked": 3, "nonconforming": 0 if accepted == 10 else 1})
        self._decide(inspection.with_user(self.approver), accepted, rejected, concession, "because")
        return inspection

    def _figure(self, measure, domain=Domain.TRUE, company=None):
        first = self.today - timedelta(days=30)
        return measure._figures(company or self.company, domain, first, self.today)

    def test_hours_to_release_are_those_of_the_lots(self):
        lots = [self._released(f"L{hours}", hours) for hours in (2, 4, 30)]
        self._lot("WAITING")
        self._lot("REJECTED", state="rejected")
        figure = self._figure(self.hours)[()]
        self.assertEqual((figure.value, figure.high), (lots[1].quality_release_hours, lots[2].quality_release_hours))
        self.assertFalse(self._figure(self.hours, Domain("category_id", "child_of", self.other.id)))

    def test_lots_of_a_shared_product_belong_to_whose_stock_they_went_through(self):
        other = self.env["res.company"].create({"name": "Quality Other Company"})
        shared = self._released("SHARED", 5, company_id=False)
        self.assertFalse(self._figure(self.hours))
        inspection = self._received("SHARED")
        inspection.with_user(self.quality).result_ids.write({"checked": 3})
        self._decide(inspection.with_user(self.approver), 10, 0, 0)
        shared.with_user(self.approver)._quality_decide("released", "ok")
        self.assertEqual(shared.company_id, self.env["res.company"])
        self.assertEqual(self._figure(self.hours)[()].value, shared.quality_release_hours)
        self.assertFalse(self._figure(self.hours, company=other))

    def test_lot_acceptance(self):
        first = self._decided("GOOD", 10)
        self._decided("BAD", 0, rejected=10)
        self._decided("USED", 0, concession=10)
        self._decided("PARTLY", 0, rejected=5, concession=5)
        self._received("OPEN")
        self.assertEqual(self._figure(self.acceptance)[()].value, 100 * 1.5 / 4)
        self.assertEqual(self._figure(self.acceptance, Domain("partner_id", "=", first.partner_id.id))[()].value, 37.5)
        rows = self.acceptance._rows(self.company, Domain.TRUE, self.today, self.today, ("day", "partner_id"))
        self.assertEqual({row[:2] for row in rows}, {(self.today, self.vendor.id)})

    def test_the_first_inspection_of_a_lot_counts(self):
        bad = self._decided("BAD", 0, rejected=10)
        again = self.env["medical.inspection"]._open_again(bad.lot_id)
        again.with_user(self.quality).result_ids.write({"checked": 3})
        self._decide(again.with_user(self.approver), 10, 0, 0)
        self.assertEqual((again.state, bad.repeated_by_id), ("passed", again))
        self.assertEqual(self._figure(self.acceptance)[()].value, 0.0)

    def test_drill_under_own_rights(self):
        inspection = self._decided("GOOD", 10)
        action = self.acceptance.with_user(self.quality)._action_facts(
            self.company, Domain.TRUE, self.today, self.today
        )
        found = self.env[action["res_model"]].with_user(self.quality).search(action["domain"])
        self.assertEqual(found, inspection)
        admin = self._user("measure_admin", "base.group_system")
        self.assertTrue(self.acceptance.with_user(admin).name)
        with self.assertRaises(AccessError):
            self.acceptance.with_user(admin)._action_facts(self.company, Domain.TRUE, self.today, self.today)

    def test_frozen_at_night(self):
        self._decided("GOOD", 10)
        self._released("L1", 8)
        with freeze_time(self.today + timedelta(days=1)):
            self.hours._freeze()
            self.acceptance._freeze()
        values = self.env["medical.measure.value"].search([("company_id", "=", self.company.id)])
        self.assertEqual(values.mapped("product_id"), self.stent)
        self.assertEqual(values.mapped("category_id"), self.devices)
        accepted = values.filtered(lambda value: value.measure_id == self.acceptance)
        self.assertEqual((accepted.numerator, accepted.denominator, accepted.value), (1, 1, 100))
        (_measure, hours) = values._read_group([("id", "in", (values - accepted).ids)], ["measure_id"], ["value:avg"])[
            0
        ]
        self.assertAlmostEqual(hours, 8, delta=8 * 0.13)
