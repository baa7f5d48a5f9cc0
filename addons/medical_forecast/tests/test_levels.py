import random

from odoo.exceptions import AccessError
from odoo.fields import Date
from odoo.tests import new_test_user, tagged

from .common import AS_OF, PlanningCase


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

    def test_every_level_comes_to_the_same_sum(self):
        run = self._run()
        levels = self.env["medical.forecast.level"].search([("run_id", "=", run.id)])
        lines = run.series_ids.line_ids
        base = {date: self._sum(at) for date, at in lines.grouped("date").items()}
        found = {key: self._sum(rows) for key, rows in levels.grouped(lambda row: (row.level, row.date)).items()}
        for level in ("company", "warehouse", "category", "category_warehouse"):
            for date, total in base.items():
                self.assertAlmostEqual(found[level, date], total, places=4)
        category = levels.filtered(lambda row: row.level == "category" and row.categ_id == self.other)
        self.assertAlmostEqual(self._sum(category), self._sum(self._series(run, self.screw).line_ids), places=4)
        self.assertEqual(len(category), run.horizon)

    def test_the_band_of_a_sum_is_narrower_than_the_sum_of_bands(self):
        run = self._run()
        company = self.env["medical.forecast.level"].search([("run_id", "=", run.id), ("level", "=", "company")])
        for row in company:
            self.assertLessEqual(row.q10, row.mean)
            self.assertGreaterEqual(row.q90, row.mean)
        members = self._sum(run.series_ids.line_ids, "q90") - self._sum(run.series_ids.line_ids, "q10")
        self.assertLess(self._sum(company, "q90") - self._sum(company, "q10"), members)

    def test_only_the_newest_run_is_in_use(self):
        first, second = self._run(), self._run()
        rows = self.env["medical.forecast.level"].search([("company_id", "=", self.company.id)])
        self.assertEqual(rows.filtered("is_current").run_id, second)
        self.assertIn(first, rows.run_id)
        scenario = self._run(scenario="high")
        rows = self.env["medical.forecast.level"].search([("company_id", "=", self.company.id)])
        self.assertEqual(rows.filtered("is_current").run_id, second)
        self.assertIn(scenario, rows.run_id)

    def test_a_resumed_run_does_not_double_its_levels(self):
        run = self._run()
        before = self.env["medical.forecast.level"].search_count([("run_id", "=", run.id)])
        self.env["medical.forecast.level"]._make(run)
        self.assertEqual(self.env["medical.forecast.level"].search_count([("run_id", "=", run.id)]), before)

    def test_parts_by_region_add_up_to_the_product(self):
        self.policy.split_by = "region"
        north = self.env["res.partner"].create({"name": "North Hospital", "medical_region": "North"})
        south = self.env["res.partner"].create({"name": "South Hospital", "medical_region": "South"})
        location = self.warehouse.lot_stock_id
        customers = self.env.ref("stock.stock_location_customers")
        drug = self._product("Drug", "T-DRUG")
        moves = self.env["stock.move"].create(
            [
                {
                    "product_id": drug.id,
                    "product_uom_qty": quantity,
                    "location_id": location.id,
                    "location_dest_id": customers.id,
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                }
                for _month in self._months()
                for partner, quantity in ((north, 30.0), (south, 10.0))
            ]
        )
        moves._action_confirm()
        for move in moves:
            move.quantity = move.product_uom_qty
            move.picked = True
        moves._action_done()
        days = [month for month in self._months() for _partner in range(2)]
        for move, day in zip(moves, days, strict=True):
            move.date = Date.to_string(day.replace(day=15)) + " 12:00:00"
        run = self._run(as_of=AS_OF)
        parts = self.env["medical.forecast.level"].search([("run_id", "=", run.id), ("level", "=", "region")])
        self.assertEqual(set(parts.mapped("customer_group")), {"North", "South"})
        by_date = parts.grouped("date")
        north_only = parts.filtered(lambda row: row.customer_group == "North").grouped("date")
        for line in self._series(run, drug).line_ids:
            self.assertAlmostEqual(self._sum(by_date[line.date]), line.mean, places=4)
            self.assertAlmostEqual(north_only[line.date].mean, line.mean * 0.75, places=1)

    def test_levels_are_read_only_and_of_ones_own_company(self):
        run = self._run()
        row = self.env["medical.forecast.level"].search([("run_id", "=", run.id)], limit=1)
        self.assertTrue(row.with_user(self.planner).mean >= 0)
        for call in (lambda: row.with_user(self.planner).write({"mean": 1}), row.with_user(self.planner).unlink):
            with self.assertRaises(AccessError):
                call()
        stranger = new_test_user(self.env, "level_stranger", "medical_base.group_medical_planner", company_id=1)
        self.assertFalse(
            self.env["medical.forecast.level"].with_user(stranger).with_context(allowed_company_ids=[1]).search(
                [("run_id", "=", run.id)]
            )
        )

    def test_queries_do_not_grow_with_products(self):
        few = self._run()
        self.env["medical.forecast.level"]._make(few)
        products = [self._product(f"More {number}", f"T-MORE{number}") for number in range(15)]
        self._import({product: lambda position: 30 + position % 5 for product in products})
        many = self._run()
        self.env.invalidate_all()
        with self.assertQueryCount(13):
            self.env["medical.forecast.level"]._make(many)
