import random

from odoo.fields import Date
from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestLevels(PlanningCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["product.category"].create({"name": "Other Devices"})
        cls.screw = cls._product("Screw", "T-SCREW", categ_id=cls.other.id)
        rng = random.Random(3)
        cls._import(
            {
                cls.gloves: lambda position: 100 + rng.randint(0, 40),
                cls.stent: lambda position: 50 + rng.randint(0, 20),
                cls.screw: lambda position: 20 + position + rng.randint(0, 9),
            }
        )

    def _sum(self, rows, name="mean"):
        return sum(rows.mapped(name))

    def _deliver(self, product, wanted):
        """Deliveries month by month; ``wanted``: list of (partner, customer location, function position → quantity)."""
        months = self._months()
        plan = [
            (month, partner, location, amount(position))
            for position, month in enumerate(months)
            for partner, location, amount in wanted
            if amount(position)
        ]
        moves = self.env["stock.move"].create(
            [
                {
                    "product_id": product.id,
                    "product_uom_qty": quantity,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "location_dest_id": location.id,
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                }
                for _month, partner, location, quantity in plan
            ]
        )
        moves._action_confirm()
        for move in moves:
            move.quantity = move.product_uom_qty
            move.picked = True
        moves._action_done()
        for move, (month, *_rest) in zip(moves, plan, strict=True):
            move.date = Date.to_string(month.replace(day=15)) + " 12:00:00"

    def _rows(self, run, level):
        return self.env["medical.forecast.level"].search([("run_id", "=", run.id), ("level", "=", level)])

    def test_parts_by_region_add_up_to_the_product(self):
        self.policy.split_region = True
        north = self.env["res.partner"].create({"name": "North Hospital", "medical_region": "North"})
        south = self.env["res.partner"].create({"name": "South Hospital", "medical_region": "South"})
        customers = self.env.ref("stock.stock_location_customers")
        drug = self._product("Drug", "T-DRUG")
        self._deliver(drug, [(north, customers, lambda _month: 30.0), (south, customers, lambda _month: 10.0)])
        run = self._run(as_of=AS_OF)
        parts = self._rows(run, "region")
        self.assertEqual(set(parts.mapped("customer_group")), {"North", "South"})
        by_date = parts.grouped("date")
        north_only = parts.filtered(lambda row: row.customer_group == "North").grouped("date")
        for line in self._series(run, drug).line_ids:
            self.assertAlmostEqual(self._sum(by_date[line.date]), line.mean, places=4)
            self.assertAlmostEqual(north_only[line.date].mean, line.mean * 0.75, places=1)

    def test_totals_of_the_parts_come_to_the_company(self):
        self.policy.write({"split_region": True, "split_grade": True, "split_channel": True})
        hospital = self.env["res.partner"].create(
            {
                "name": "Hospital",
                "is_company": True,
                "medical_region": "West",
                "medical_hospital_grade": "tertiary_a",
                "medical_channel": "tender",
            }
        )
        ward = self.env["res.partner"].create({"name": "Stores", "parent_id": hospital.id, "type": "delivery"})
        customers = self.env.ref("stock.stock_location_customers")
        drug, gown = self._product("Drug", "T-DRUG"), self._product("Gown", "T-GOWN")
        self._deliver(drug, [(ward, customers, lambda month: 30.0 + month % 3)])
        self._deliver(gown, [(hospital, customers, lambda month: 20.0 + month % 5)])
        run = self._run(as_of=AS_OF)
        company = self._rows(run, "company").grouped("date")
        for split, name in (("region", "West"), ("grade", "Tertiary A"), ("channel", "Public Tender")):
            totals = self._rows(run, f"{split}_total")
            self.assertEqual(set(totals.mapped("customer_group")), {name, "Not shared out"})
            for date, rows in totals.grouped("date").items():
                self.assertAlmostEqual(self._sum(rows), company[date].mean, places=4)
            mine = totals.filtered(lambda row, name=name: row.customer_group == name)
            products = self._rows(run, split).filtered(lambda row, name=name: row.customer_group == name)
            self.assertAlmostEqual(self._sum(mine), self._sum(products), places=4)
            self.assertTrue(all(row.q10 <= row.mean <= row.q90 for row in mine))

    def test_departments_with_opposite_seasons_get_different_curves(self):
        self.policy.split_department = True
        hospital = self.env["res.partner"].create({"name": "Hospital", "is_company": True})
        summer, winter = self.env["res.partner"].create(
            [
                {"name": name, "parent_id": hospital.id, "type": "delivery", "medical_department": name}
                for name in ("Traumatology", "Pneumology")
            ]
        )
        customers = self.env.ref("stock.stock_location_customers")
        drug = self._product("Drug", "T-DRUG")
        warm = {4, 5, 6, 7, 8, 9}
        months = self._months()

        def wave(high, low, season):
            return lambda position: (high if (months[position].month in warm) == season else low) + position % 3

        self._deliver(drug, [(summer, customers, wave(80, 20, True)), (winter, customers, wave(80, 20, False))])
        parts = self._rows(self._run(as_of=AS_OF), "department").grouped("customer_group")
        july, january = AS_OF.replace(month=7, day=1), AS_OF.replace(year=AS_OF.year + 1, month=1, day=1)
        for name, high, low in (("Traumatology", july, january), ("Pneumology", january, july)):
            curve = {row.date: row.mean for row in parts[name]}
            self.assertGreater(curve[high], 2 * curve[low], name)

    def test_wards_are_departments(self):
        self.policy.split_department = True
        ward = self.env["stock.location"].create({"name": "Ward 7", "usage": "customer", "company_id": self.company.id})
        drug = self._product("Drug", "T-DRUG")
        nobody = self.env["res.partner"]
        customers = self.env.ref("stock.stock_location_customers")
        self._deliver(drug, [(nobody, ward, lambda _month: 12.0), (nobody, customers, lambda _month: 6.0)])
        parts = self._rows(self._run(as_of=AS_OF), "department")
        self.assertEqual(set(parts.mapped("customer_group")), {"Ward 7", "Not known"})
