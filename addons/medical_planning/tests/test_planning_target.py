from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestPlanningTarget(PlanningCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        stock, customers = cls.warehouse.lot_stock_id, cls.env.ref("stock.stock_location_customers")
        cls.env["stock.quant"]._update_available_quantity(cls.gloves, stock, 100)
        supplier = cls.env.ref("stock.stock_location_suppliers")
        # 300 came in 400 days ago, 10 left every tenth day since, 200 more of the stent came and left at once.
        moves = [(cls.gloves, 300, supplier, stock, 400)]
        moves += [(cls.gloves, 10, stock, customers, 5 + 20 * number) for number in range(18)]
        moves += [(cls.stent, 20, supplier, stock, 50), (cls.stent, 20, stock, customers, 50)]
        for product, quantity, source, target, days in moves:
            move = cls.env["stock.move"].create(
                {
                    "product_id": product.id,
                    "product_uom_qty": quantity,
                    "quantity": quantity,
                    "picked": True,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "company_id": cls.company.id,
                }
            )
            move._action_done()
            move.date = fields.Datetime.now() - timedelta(days=days)

    def _target(self, **values):
        return (
            self.env["medical.planning.target"]
            .with_user(self.planner)
            .create(
                {"name": "Pilot", "company_id": self.company.id, "category_id": self.category.id, "days": 90, **values}
            )
        )

    def _line(self, target, kpi):
        return target.line_ids.filtered(lambda line: line.kpi == kpi)

    def test_the_usual_set_comes_by_itself(self):
        target = self._target()
        self.assertEqual(
            [(line.kpi, line.goal_type, line.goal_value) for line in target.line_ids],
            [
                ("turnover_days", "lower_by", 12.0),
                ("service", "at_least", 95.0),
                ("stockouts", "below", 2.0),
                ("storage_cost", "lower_by", 15.0),
            ],
        )

    def test_the_baseline_is_frozen_and_what_was_achieved_stands_beside_it(self):
        target = self._target(
            baseline_from=self.today - timedelta(days=100), baseline_to=self.today - timedelta(days=1)
        )
        target.action_freeze()
        turnover, stockouts = self._line(target, "turnover_days"), self._line(target, "stockouts")
        # On hand at night: 220 now, 10 more before each of the five deliveries of the last 100 days.
        nights = [220 + 10 * sum(1 for back in (5, 25, 45, 65, 85) if back < day) for day in range(1, 101)]
        self.assertAlmostEqual(self._line(target, "storage_cost").baseline, 0.2 * 5.0 * sum(nights) / 100, delta=1.0)
        self.assertAlmostEqual(turnover.baseline, sum(nights) / 100 / ((50 + 20) / 100), delta=0.5)
        self.assertAlmostEqual(turnover.goal, turnover.baseline * 0.88)
        self.assertGreater(stockouts.baseline, 40.0, "the stent was there for a day only")
        self.assertFalse(stockouts.is_achieved)
        self.assertAlmostEqual(stockouts.gap, stockouts.actual - 2.0)
        self.assertTrue(turnover.is_measured)
        self.assertEqual(target.measured_to, self.today - timedelta(days=1))
        before = turnover.baseline
        self.env["stock.quant"]._update_available_quantity(self.gloves, self.warehouse.lot_stock_id, -200)
        target.action_refresh()
        self.assertEqual(turnover.baseline, before)
        self.assertLess(turnover.actual, before)
        self.assertTrue(turnover.is_achieved)
        self.assertEqual(turnover.gap, 0.0)

    def test_runs_measure(self):
        self._import()
        target = self._target()
        target.action_freeze()
        line = self._line(target, "storage_cost")
        seen = line.actual
        self.env["stock.quant"]._update_available_quantity(self.gloves, self.warehouse.lot_stock_id, 1000)
        self._run()
        self.assertGreater(line.actual, seen)

    def test_a_frozen_baseline_stays(self):
        target = self._target()
        target.action_freeze()
        with self.assertRaisesRegex(UserError, "does not change"):
            target.category_id = False
        with self.assertRaisesRegex(UserError, "do not change"):
            target.line_ids[0].goal_value = 1.0
        with self.assertRaises(AccessError):
            target.line_ids[0].baseline = 1.0
        with self.assertRaisesRegex(UserError, "frozen, this step does not follow"):
            target.action_freeze()
        with self.assertRaisesRegex(UserError, "kept as a record"):
            target.unlink()
        target.action_close()
        self.assertEqual(target.state, "closed")

    def test_roles_and_empty_scopes(self):
        clerk = self._user("clerk")
        target = self._target(category_id=self.env["product.category"].create({"name": "Empty"}).id)
        with self.assertRaises(AccessError):
            target.with_user(clerk).action_freeze()
        with self.assertRaises(AccessError):
            target.with_user(clerk).write({"name": "Mine"})
        with self.assertRaisesRegex(UserError, "no stock and no demand"):
            target.action_freeze()
