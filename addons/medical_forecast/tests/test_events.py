import random
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF, MONTHS, ExternalSeriesMixin

from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestEvents(ForecastCase):
    def _line(self, run, product, position):
        return self._series(run, product).line_ids.filtered(lambda line: line.date == self._month(position)[0])

    def test_promotions_are_learned_and_put_on_top(self):
        self._history(boosted=(10, 20, 28))
        for position in (10, 20, 28):
            self._event(position)
        self._event(MONTHS + 1, name="Next promotion")
        run = self._run()
        series = self._series(run, self.gloves)
        (entry,) = series.effects
        self.assertEqual((entry["name"], entry["records"]), ("Next promotion", 3))
        self.assertAlmostEqual(entry["size"], 0.5, delta=0.1)
        plain, promoted = self._line(run, self.gloves, MONTHS), self._line(run, self.gloves, MONTHS + 1)
        self.assertAlmostEqual(plain.mean, 200, delta=8)
        self.assertAlmostEqual(promoted.mean, 300, delta=20)
        self.assertAlmostEqual(promoted.mean - promoted.effect, 200, delta=8)
        self.assertFalse(plain.effect)
        self.assertFalse(self._series(run, self.stent).effects)
        self.assertIn("learned from 3 past periods", series.why)
        self.assertEqual(max(series.history["originals"]), max(self._demand_of(series)))
        self.assertLess(max(series.history["values"]), 215)

    def _demand_of(self, series):
        return [
            row.quantity
            for row in self.env["medical.demand.history"].search([("product_id", "=", series.product_id.id)])
        ]

    def test_a_promotion_is_no_spike(self):
        self._history(boosted=(10, 20, 28, 35), factor=3)
        for position in (10, 20, 28, 35):
            self._event(position)
        self._run()
        self.assertFalse(self.env["medical.forecast.alert"].search([("product_id", "=", self.gloves.id)]))

    def test_a_recalled_period_is_masked_visibly_and_can_be_taken_back(self):
        self._history(boosted=(34, 35), factor=0)
        for position in (34, 35):
            self._event(position, kind="recall")
        run = self._run()
        repairs = self.env["medical.demand.repair"].search([("product_id", "=", self.gloves.id), ("rule", "=", "mask")])
        self.assertEqual(len(repairs), 2)
        masked = self._line(run, self.gloves, MONTHS).mean
        self.assertAlmostEqual(masked, 200, delta=8)
        repairs.with_user(self.planner).action_revert()
        self.assertLess(self._line(self._run(), self.gloves, MONTHS).mean, 0.9 * masked)

    def test_a_tender_adds_its_chance_to_the_mean_and_itself_to_the_quantiles(self):
        self._history()
        self._event(MONTHS, kind="tender", size_by="units", units=1000, probability=30)
        line = self._line(self._run(), self.gloves, MONTHS)
        self.assertAlmostEqual(line.effect, 300, places=2)
        self.assertAlmostEqual(line.mean, 500, delta=8)
        self.assertLess(line.q50, 250)
        self.assertGreater(line.q90, 1100)

    def test_categories_and_warehouses_limit_it(self):
        self._history()
        other = self.env["stock.warehouse"].create({"name": "Elsewhere", "code": "ELSE", "company_id": self.company.id})
        by_category = {"product_ids": False, "category_ids": [(6, 0, self.category.ids)], "percent": 50}
        self._event(MONTHS, **by_category)
        self._event(MONTHS + 1, **by_category, warehouse_ids=[(6, 0, other.ids)])
        run = self._run()
        self.assertGreater(self._line(run, self.stent, MONTHS).effect, 20)
        self.assertFalse(self._line(run, self.stent, MONTHS + 1).effect)

    def test_drafts_and_cancelled_ones_do_nothing(self):
        self._history()
        self._event(MONTHS, percent=50).action_cancel()
        draft = self._event(MONTHS + 1, percent=50)
        draft.action_draft()
        self.assertFalse(self._series(self._run(), self.gloves).effects)
        draft.copy().unlink()

    def test_holidays_that_matter(self):
        self.company.medical_history_periods = 72
        self.company.medical_holiday_country_id = self.env.ref("base.cn")
        from odoo.addons.medical_demand.engine import holidays

        count = 72
        months = [AS_OF.replace(day=1) - relativedelta(months=count - 1 - at) for at in range(count)]
        ends = [month + relativedelta(months=1) - timedelta(days=1) for month in months]
        import numpy as np

        lost = holidays.working_days_lost(
            "CN", np.array(months, dtype="datetime64[D]"), np.array(ends, dtype="datetime64[D]")
        )["Chinese New Year"]
        self._import({self.gloves: lambda position: round(400 * (1 - 0.08 * lost[position]))}, count)
        series = self._series(self._run(), self.gloves)
        entry = next(entry for entry in series.effects if entry["kind"] == "holiday")
        self.assertEqual(entry["name"], "Chinese New Year")
        self.assertIn("Chinese New Year", series.why)


@tagged("post_install", "-at_install")
class TestExternalSeries(ExternalSeriesMixin, ForecastCase):
    def test_a_driver_is_used_and_explained(self):
        external = self._external(self.index[12:])
        self.assertEqual(external.value_count, 60)
        run = self._run()
        self.assertEqual((external.verdict, external.driven_count, external.last_run_id), ("used", 2, run))
        self.assertGreater(external.gain, 0.02)
        series = self._series(run, self.gloves)
        self.assertEqual(series.effects[0]["name"], "Operations")
        self.assertIn("Demand follows it by", series.why)

    def test_noise_is_not_used(self):
        rng = random.Random(8)
        external = self._external([rng.uniform(50, 150) for _month in range(60)])
        run = self._run()
        self.assertEqual(external.verdict, "useless")
        self.assertFalse(self._series(run, self.gloves).effects)

    def test_it_drives_its_categories_only(self):
        other = self.env["product.category"].create({"name": "Elsewhere"})
        external = self._external(self.index[12:], category_ids=[(6, 0, other.ids)])
        self._run()
        self.assertFalse(external.driven_count)

    def test_access(self):
        external = self._external(self.index[12:])
        clerk = self._user("clerk")
        self.assertTrue(external.with_user(clerk).name)
        with self.assertRaises(AccessError):
            external.with_user(clerk).name = "Mine"
        with self.assertRaises(AccessError):
            external.with_user(self.planner).verdict = "used"
