from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestLifecycle(PlanningCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.like = cls._product("Old Glove", "T-OLD")
        cls._switch_on()

    def _life(self, product, confirm=True, **values):
        life = (
            self.env["medical.product.lifecycle"]
            .with_user(self.planner)
            .create({"product_id": product.id, "company_id": self.company.id, **values})
        )
        if confirm:
            life.action_confirm()
        return life

    def _mean(self, run, product):
        return self._series(run, product).line_ids.sorted("date").mapped("mean")

    def test_a_launch_begins_with_like_products_and_a_wide_band(self):
        """No history yet: the like product's forecast, ramped up; the plan counts where it was entered."""
        self._import({self.like: lambda position: 100 + position % 3})
        self._run()
        self._life(
            self.gloves,
            launch_date=AS_OF + timedelta(days=1),
            like_ids=[(6, 0, self.like.ids)],
            like_percent=50.0,
            ramp_periods=2,
            plan_ids=[(0, 0, {"date": "2026-09-15", "quantity": 77.0})],
        )
        run = self._run()
        mean, like = self._mean(run, self.gloves), self._mean(run, self.like)
        self.assertAlmostEqual(mean[0], 0.25 * like[0], delta=0.01)
        self.assertAlmostEqual(mean[1], 0.5 * like[1], delta=0.01)
        self.assertAlmostEqual(mean[2], 77.0, delta=0.01)
        series = self._series(run, self.gloves)
        self.assertEqual((series.state, series.demand_class), ("done", "new"))
        self.assertEqual(series.effects[0]["name"], "Lifecycle")
        first = series.line_ids.sorted("date")[1]
        self.assertGreater(first.q95 - first.mean, 0.7 * first.mean)
        proposal = self._proposal(run, self.gloves)
        self.assertGreater(proposal.new_min, 0)
        self.assertEqual(proposal.state, "applied")

    def test_own_history_takes_over(self):
        """Six weeks or months of own demand count for half with a blend of six."""
        self._import({self.like: lambda position: 100})
        self._run()
        self.env["medical.demand.import"].search([("company_id", "=", self.company.id)]).action_cancel()
        months = self._months()
        text = ["product_code,warehouse_code,date,quantity"]
        text += [f"T-OLD,{self.warehouse.code},{month},100" for month in months]
        text += [f"T-GLOVES,{self.warehouse.code},{month},20" for month in months[-6:]]
        self.env["medical.demand.import"]._import_text("\n".join(text), "new.csv", self.company)
        alone = self._run()
        self._life(self.gloves, launch_date=months[-6], like_ids=[(6, 0, self.like.ids)], blend_periods=6)
        blended = self._run()
        for place in range(3):
            own, both = self._mean(alone, self.gloves)[place], self._mean(blended, self.gloves)[place]
            self.assertAlmostEqual(both, (own + self._mean(alone, self.like)[place]) / 2, delta=0.5)
        wide = self._series(blended, self.gloves).line_ids.sorted("date")[0]
        narrow = self._series(alone, self.gloves).line_ids.sorted("date")[0]
        self.assertGreater(wide.q95 - wide.mean, narrow.q95 - narrow.mean)

    def test_after_the_end_of_sale_only_service_is_left(self):
        self._import({self.gloves: lambda position: 100, self.stent: lambda position: 50})
        self._life(
            self.gloves,
            end_of_sale=AS_OF + timedelta(days=32),
            service_percent=10.0,
            end_of_service=AS_OF + relativedelta(months=6) + timedelta(days=2),
        )
        run = self._run()
        mean = self._mean(run, self.gloves)
        self.assertAlmostEqual(mean[0], 100, delta=1)
        self.assertAlmostEqual(mean[2], 10, delta=0.2)
        self.assertAlmostEqual(mean[5], 10, delta=0.2)
        self.assertEqual(mean[6], 0.0)
        self.assertIn("Lifecycle", str(self._series(run, self.gloves).why))

    def test_after_the_last_buy_nothing_is_kept_for_safety(self):
        self._import({self.gloves: lambda position: 100})
        rule = self._proposal(self._run(), self.gloves).orderpoint_id
        self.assertGreater(rule.product_min_qty, 0)
        self._life(
            self.gloves,
            last_buy_date=AS_OF,
            end_of_sale=AS_OF + timedelta(days=90),
            end_of_service=AS_OF + timedelta(days=400),
        )
        run = self._run()
        self.assertEqual((rule.product_min_qty, rule.product_max_qty), (0.0, 0.0))
        self.assertIn("last buy is over", self._proposal(run, self.gloves).reason)

    def test_the_last_buy_covers_the_demand_to_the_end(self):
        self._import({self.gloves: lambda position: 100 + position % 4})
        self.env["stock.quant"]._update_available_quantity(self.gloves, self.warehouse.lot_stock_id, 150)
        life = self._life(
            self.gloves,
            last_buy_date=AS_OF + timedelta(days=30),
            end_of_sale=AS_OF + relativedelta(months=3, days=1),
            service_percent=0.0,
            end_of_service=AS_OF + relativedelta(months=3, days=1),
            shortage_percent=100.0,
        )
        run = self._run()
        self.assertEqual(life.last_buy_run_id, run)
        self.assertAlmostEqual(life.last_buy_demand, sum(self._mean(run, self.gloves)), delta=0.5)
        self.assertAlmostEqual(life.last_buy_demand, 304, delta=8)
        self.assertEqual(life.last_buy_there, 150)
        self.assertAlmostEqual(life.last_buy_quantity, life.last_buy_demand - 150, delta=1)
        even = life.last_buy_quantity
        life.shortage_percent = 900.0
        self._run()
        self.assertGreater(life.last_buy_quantity, even)
        with self.assertRaises(AccessError):
            life.action_last_buy()
        buyer = self._user("life_buyer", "buyer", "clerk")
        action = life.with_user(buyer).action_last_buy()
        order = self.env["purchase.order"].browse(action["res_id"])
        self.assertEqual((order.partner_id, order.order_line.product_qty), (self.vendor, life.last_buy_quantity))
        with self.assertRaisesRegex(UserError, "already"):
            life.with_user(buyer).action_last_buy()
        with self.assertRaises(AccessError):
            life.with_user(buyer).write({"shortage_percent": 1.0})

    def test_checks(self):
        with self.assertRaisesRegex(ValidationError, "in this order"):
            self._life(self.gloves, launch_date="2026-05-01", end_of_sale="2026-04-01")
        with self.assertRaisesRegex(ValidationError, "last until"):
            self._life(self.gloves, last_buy_date="2026-05-01")
        with self.assertRaisesRegex(UserError, "like products"):
            self._life(self.gloves, launch_date="2026-05-01")
        life = self._life(self.gloves, end_of_sale="2026-05-01")
        with self.assertRaisesRegex(UserError, "kept as a record"):
            life.unlink()
        with self.assertRaises(AccessError):
            life.write({"state": "draft"})

    def test_a_substitute_gets_the_demand_of_what_is_blocked(self):
        self._import({self.gloves: lambda position: 100, self.like: lambda position: 40})
        before = self._run()
        link = self.env["medical.product.link"].create(
            {
                "product_id": self.gloves.id,
                "other_id": self.like.id,
                "kind": "substitute",
                "rate_percent": 60.0,
                "blocked_from": "2026-08-01",
                "blocked_to": "2026-08-31",
            }
        )
        run = self._run()
        plain, moved = self._mean(before, self.like), self._mean(run, self.like)
        self.assertAlmostEqual(moved[0], plain[0], delta=0.01)
        self.assertAlmostEqual(moved[1], plain[1] + 60, delta=1)
        self.assertAlmostEqual(moved[2], plain[2], delta=0.01)
        self.assertIn("In place of", self._series(run, self.like).effects[0]["name"])
        # A recall says the same without dates on the link.
        link.write({"blocked_from": False, "blocked_to": False})
        self.assertAlmostEqual(self._mean(self._run(), self.like)[1], plain[1], delta=0.01)
        self.env["medical.demand.event"].create(
            {
                "name": "Recall",
                "kind": "recall",
                "company_id": self.company.id,
                "date_from": "2026-09-01",
                "date_to": "2026-09-30",
                "product_ids": [(6, 0, self.gloves.ids)],
            }
        ).action_confirm()
        self.assertAlmostEqual(self._mean(self._run(), self.like)[2], plain[2] + 60, delta=1)
