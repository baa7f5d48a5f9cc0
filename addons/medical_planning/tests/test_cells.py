from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestCells(PlanningCase):
    def _cell(self, product):
        return self.env["medical.planning.cell"].search([("product_id", "=", product.id)])

    def test_value_and_variability_make_the_cell(self):
        self._import()
        self._run()
        gloves, stent = self._cell(self.gloves), self._cell(self.stent)
        self.assertEqual((gloves.cell, stent.cell), ("AX", "CZ"))
        self.assertAlmostEqual(gloves.value, 12 * 5.0 * self._series(self._run(), self.gloves).rate, places=2)
        self.assertFalse(gloves.before)

    def test_policy_of_a_cell_counts_from_the_next_run_on(self):
        self._import()
        special = self.env["medical.policy"].create(
            {"name": "A products", "company_id": self.company.id, "abc": "A", "service_target": 99.0}
        )
        special._put_in_force()
        first = self._run()
        self.assertEqual(first.series_ids.policy_id, self.policy)
        second = self._run()
        self.assertEqual(self._series(second, self.gloves).policy_id, special)
        self.assertEqual(self._series(second, self.stent).policy_id, self.policy)
        self.assertEqual(self._cell(self.gloves).policy_id, special)
        exact = self.env["medical.policy"].create(
            {"name": "AX", "company_id": self.company.id, "abc": "A", "xyz": "X", "sequence": 99}
        )
        exact._put_in_force()
        self.assertEqual(self._series(self._run(), self.gloves).policy_id, exact)
        # A place counts before a class.
        here = self.env["medical.policy"].create(
            {"name": "Here", "company_id": self.company.id, "category_id": self.category.id}
        )
        here._put_in_force()
        self.assertEqual(self._series(self._run(), self.gloves).policy_id, here)

    def test_a_shared_target_is_met_together(self):
        dear = self._product("Pacemaker", "T-PACE", standard_price=5000.0)
        self._import({product: lambda position: 20 + position * 37 % 61 for product in (self.gloves, self.stent, dear)})
        alone = self._run()
        self.policy._put_in_force(is_shared=True, least_service=70.0)
        shared = self._run()
        self.assertLess(self._proposal(shared, dear).new_min, self._proposal(alone, dear).new_min)
        self.assertGreaterEqual(self._proposal(shared, dear).new_service, 69.0)
        self.assertGreaterEqual(self._proposal(shared, self.gloves).new_min, self._proposal(alone, self.gloves).new_min)
        self.assertIn("shared", self._proposal(shared, dear).reason)

    def test_a_cell_moves_only_beyond_the_band(self):
        self._import()
        self._run()
        cell = self._cell(self.gloves)
        self.company.medical_xyz_x = cell.variation - 0.05
        self._run()
        self.assertEqual(cell.xyz, "X")
        self.company.medical_xyz_band = 0.01
        self._run()
        cell.invalidate_recordset()
        self.assertEqual((cell.xyz, cell.before), ("Y", "AX"))

    def test_readers_change_nothing(self):
        self._import()
        self._run()
        with self.assertRaises(AccessError):
            self._cell(self.gloves).with_user(self.planner).write({"abc": "C"})
        clerk = self._user("clerk")
        with self.assertRaises(AccessError):
            self.env["medical.product.link"].with_user(clerk).create(
                {"product_id": self.gloves.id, "other_id": self.stent.id}
            )
        with self.assertRaises(ValidationError):
            self.env["medical.product.link"].create({"product_id": self.gloves.id, "other_id": self.gloves.id})


@tagged("post_install", "-at_install")
class TestTurns(PlanningCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.drill = cls._product("Drill", "T-DRILL")
        cls._switch_on()

    def _demand(self, last, low=1):
        """Level demand of gloves but for the last periods; drill level."""

        def gloves(position):
            return last if position >= 36 - low else 100 + position % 4

        earlier = self.env["medical.demand.import"].search(
            [("company_id", "=", self.company.id), ("state", "=", "done")]
        )
        earlier._take("action_cancel")
        self._import({self.gloves: gloves, self.drill: lambda position: 100 + position % 4})

    def test_a_spike_raises_the_product_and_its_partners_in_the_same_run(self):
        self._demand(100)
        calm = self._run()
        before = {product: self._proposal(calm, product).orderpoint_id for product in (self.gloves, self.drill)}
        held = {product: rule.product_min_qty for product, rule in before.items()}
        self.env["medical.product.link"].with_user(self.planner).create(
            {"product_id": self.drill.id, "other_id": self.gloves.id}
        )
        self._demand(400)
        self.patch(self.registry["medical.forecast.run"], "_batch_size", 1)
        run = self._run()
        gloves, drill = self._series(run, self.gloves), self._series(run, self.drill)
        self.assertEqual((gloves.turn_kind, drill.turn_kind), ("surge", "together"))
        self.assertEqual(drill.turn_source_id, self.gloves)
        self.assertEqual(len(drill.line_ids), self.company.medical_horizon)
        for product, rule in before.items():
            proposal = self._proposal(run, product)
            self.assertEqual(len(proposal), 1)
            self.assertEqual(proposal.state, "applied")
            self.assertGreater(rule.product_min_qty, 1.2 * held[product])
            self.assertLessEqual(rule.product_min_qty, 1.75 * held[product])
        self.assertIn("demand jumped", self._proposal(run, self.gloves).reason)
        self.assertIn("Gloves", self._proposal(run, self.drill).reason)

    def test_partners_are_found_in_transfers(self):
        stock, customers = self.warehouse.lot_stock_id, self.env.ref("stock.stock_location_customers")
        for number in range(6):
            picking = self.env["stock.picking"].create(
                {
                    "picking_type_id": self.warehouse.out_type_id.id,
                    "location_id": stock.id,
                    "location_dest_id": customers.id,
                }
            )
            products = (self.gloves, self.drill) if number else (self.gloves, self.stent)
            for product in products:
                self.env["stock.move"].create(
                    {
                        "product_id": product.id,
                        "product_uom_qty": 1,
                        "picking_id": picking.id,
                        "quantity": 1,
                        "picked": True,
                        "location_id": stock.id,
                        "location_dest_id": customers.id,
                        "company_id": self.company.id,
                    }
                )
            picking.move_ids._action_done()
        found = self.env["medical.product.link"]._together(self.company, [self.gloves.id], self.env.cr.now().date())
        self.assertEqual(found, {self.gloves.id: {self.drill.id}})

    def test_a_policy_may_leave_spikes_alone(self):
        self.policy._put_in_force(surge_percent=0.0)
        self._demand(400)
        self.assertFalse(self._series(self._run(), self.gloves).turn_kind)

    def test_three_low_periods_lower_targets_and_draft_orders(self):
        self._demand(100)
        rule = self._proposal(self._run(), self.gloves).orderpoint_id
        before = rule.product_min_qty
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "company_id": self.company.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "order_line": [(0, 0, {"product_id": self.gloves.id, "product_qty": 80, "price_unit": 5})],
            }
        )
        self.env["stock.quant"]._update_available_quantity(self.gloves, self.warehouse.lot_stock_id, 500)
        self._demand(40, low=2)
        self.assertFalse(self._series(self._run(), self.gloves).turn_kind, "two are not three")
        self._demand(40, low=3)
        run = self._run()
        self.assertEqual(self._series(run, self.gloves).turn_kind, "decline")
        proposal = self._proposal(run, self.gloves)
        self.assertLess(proposal.new_min, 0.8 * before)
        self.assertIn("Lowered by", proposal.reason)
        alert = self.env["medical.forecast.alert"].search(
            [("kind", "=", "excess_order"), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(alert.purchase_line_id, order.order_line)
        with self.assertRaises(AccessError):
            alert.with_user(self.planner).action_cancel_order_line()
        buyer = self._user("turn_buyer", "planner", "buyer")
        alert.with_user(buyer).action_cancel_order_line()
        self.assertEqual((alert.state, order.state), ("closed", "cancel"))
        self.assertFalse(order.order_line)
        with self.assertRaisesRegex(UserError, "closed, this step does not follow"):
            alert.with_user(buyer).action_cancel_order_line()
