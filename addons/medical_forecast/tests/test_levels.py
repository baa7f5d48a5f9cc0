import random

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestLevels(ForecastCase):
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

    def _rows(self, run, level):
        return self.env["medical.forecast.level"].search([("run_id", "=", run.id), ("level", "=", level)])

    def test_variants_add_up_to_their_model(self):
        attribute = self.env["product.attribute"].create({"name": "Size"})
        small, large = self.env["product.attribute.value"].create(
            [{"name": name, "attribute_id": attribute.id} for name in ("S", "L")]
        )
        model = self.env["product.template"].create(
            {
                "name": "Plate",
                "type": "consu",
                "is_storable": True,
                "categ_id": self.other.id,
                "attribute_line_ids": [
                    (0, 0, {"attribute_id": attribute.id, "value_ids": [(6, 0, (small + large).ids)]})
                ],
            }
        )
        variants = model.product_variant_ids
        for variant, code in zip(variants, ("T-PLATE-S", "T-PLATE-L"), strict=True):
            variant.default_code = code
        self._import({variants[0]: lambda position: 20 + position % 4, variants[1]: lambda position: 9 + position % 3})
        run = self._run()
        rows = self._rows(run, "model")
        self.assertEqual(rows.product_tmpl_id, model)
        for date, row in rows.grouped("date").items():
            lines = [
                self._series(run, variant).line_ids.filtered(lambda line, d=date: line.date == d)
                for variant in variants
            ]
            self.assertAlmostEqual(row.mean, sum(line.mean for line in lines), places=4)

    def test_levels_are_read_only_and_of_ones_own_company(self):
        run = self._run()
        row = self.env["medical.forecast.level"].search([("run_id", "=", run.id)], limit=1)
        self.assertTrue(row.with_user(self.planner).mean >= 0)
        for call in (lambda: row.with_user(self.planner).write({"mean": 1}), row.with_user(self.planner).unlink):
            with self.assertRaises(AccessError):
                call()
        stranger = self._user("stranger", "planner", company=self.env.ref("base.main_company"))
        self.assertFalse(
            self.env["medical.forecast.level"]
            .with_user(stranger)
            .with_context(allowed_company_ids=[1])
            .search([("run_id", "=", run.id)])
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
