from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.medical_demand.tests.common import AS_OF

from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestAccuracyTarget(ForecastCase):
    def _target(self, **values):
        return self.env["medical.accuracy.target"].create(
            {"name": "All", "company_id": self.company.id, "target_percent": 20, **values}
        )

    def _month(self, back):
        day = AS_OF
        for _step in range(back):
            day = day.replace(day=1) - timedelta(days=1)
        return day

    def _history(self, last=1.0):
        """Level demand; in the last two months ``last`` times as much."""
        self._import(
            {
                self.gloves: lambda position: round(100 * (last if position >= 34 else 1)) + position % 2,
                self.stent: lambda position: 40 + position % 3,
            }
        )

    def _runs(self, *backs):
        for back in backs:
            run = self._run(as_of=self._month(back))
        return run

    def _alert(self):
        return self.env["medical.forecast.alert"].search(
            [("company_id", "=", self.company.id), ("kind", "=", "target")]
        )

    def test_met(self):
        target = self._target()
        self._history()
        self.assertEqual(target.status, "none")
        self._runs(2, 1, 0)
        self.assertEqual((target.status, len(target.result_ids)), ("met", 2))
        newest = target.result_ids.sorted("date")[-1]
        self.assertEqual((newest.date, newest.number, newest.missed), (AS_OF.replace(day=1), 2, False))
        self.assertLess(target.last_value, 5)
        self.assertFalse(self._alert())

    def test_missed_twice_running_is_red_and_raises_one_alert(self):
        target = self._target(user_id=self.planner.id)
        self._history(last=2.0)
        self._runs(2, 1)
        self.assertEqual(target.status, "missed")
        # 100 of 200 gloves and nearly none of 40 stents.
        self.assertAlmostEqual(target.last_value, 100 * 100 / 240, delta=4)
        self.assertFalse(self._alert())
        self._import({self.gloves: lambda position: 100 if position < 34 else 200 * 3 ** (position - 34)})
        self._runs(0)
        self.assertEqual(target.status, "red")
        alert = self._alert()
        self.assertEqual((alert.user_id, alert.severity, alert.target_id), (self.planner, "1_high", target))
        self.assertIn("missed 2 periods running", alert.sentence)
        self.assertEqual(alert.action_view_source()["res_id"], target.id)
        self._runs(0)
        self.assertEqual(self._alert(), alert)
        target.target_percent = 900
        target.result_ids.sudo().write({"missed": False})
        self._runs(0)
        self.assertEqual((target.status, alert.state), ("met", "closed"))

    def test_segments(self):
        other = self.env["product.category"].create({"name": "Other", "parent_id": self.category.id})
        elsewhere = self.env["stock.warehouse"].create({"name": "Else", "code": "ELSE", "company_id": self.company.id})
        self.stent.categ_id = other
        targets = {
            "parent": self._target(category_id=self.category.id),
            "child": self._target(category_id=other.id, metric="mape"),
            "class": self._target(demand_class="lumpy"),
            "warehouse": self._target(warehouse_id=elsewhere.id),
        }
        self._history()
        self._runs(1, 0)
        self.assertEqual(targets["parent"].result_ids.number, 2)
        self.assertEqual(targets["child"].result_ids.number, 1)
        self.assertFalse(targets["class"].result_ids)
        self.assertFalse(targets["warehouse"].result_ids)
        domain = targets["child"].action_view_forecasts()["domain"]
        self.assertEqual(self.env["medical.forecast.series"].search(domain).product_id, self.stent)

    def test_queries_do_not_grow_with_targets(self):
        self._history()
        self._runs(1)
        run = self._run()
        start = AS_OF.replace(day=1)

        def queries(count):
            categories = self.env["product.category"].create(
                [{"name": f"Part {number}", "parent_id": self.category.id} for number in range(count)]
            )
            targets = self._target(category_id=self.category.id)
            for category in categories:
                targets |= self._target(category_id=category.id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            targets._measure(self.env["medical.measure"]._together(), run, start, AS_OF)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.assertLessEqual(queries(12), queries(1) + 1)

    def test_a_new_target_is_measured_on_a_period_that_was(self):
        self._history()
        self._runs(1, 0)
        target = self._target()
        self._runs(0)
        self.assertEqual(target.result_ids.date, AS_OF.replace(day=1))

    def test_wrong_numbers_are_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._target(target_percent=0)

    def test_access(self):
        target = self._target()
        self._history()
        self._runs(1, 0)
        clerk = self._user("clerk")
        self.assertEqual(target.with_user(clerk).status, "met")
        with self.assertRaises(AccessError):
            target.with_user(clerk).target_percent = 99
        target.with_user(self.planner).target_percent = 10
        with self.assertRaises(AccessError):
            target.result_ids.with_user(self.planner).write({"missed": True})
        stranger = self._user("stranger", "planner", company=self.env.ref("base.main_company"))
        found = self.env["medical.accuracy.target"].with_user(stranger).with_context(allowed_company_ids=[1])
        self.assertFalse(found.search([("id", "=", target.id)]))
