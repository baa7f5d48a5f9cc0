from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestOverride(PlanningCase):
    people = (*PlanningCase.people, "clerk")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._import()
        cls._switch_on()
        cls.rule = cls._run().proposal_ids.filtered(lambda p: p.product_id == cls.gloves).orderpoint_id
        cls.today = fields.Date.today()
        cls.manager = cls._user("planning_manager", "planner", "manager")

    def _override(self, factor=1.5, user=None, **values):
        return (
            self.env["medical.planner.override"]
            .with_user(user or self.planner)
            .create(
                {
                    "orderpoint_id": self.rule.id,
                    "new_min": self.rule.product_min_qty * factor,
                    "new_max": self.rule.product_max_qty * factor,
                    "date_to": self.today + timedelta(days=20),
                    "reason": "Two more theatres",
                    **values,
                }
            )
        )

    def test_it_sets_the_rule_now_and_planning_leaves_it_alone(self):
        held = (self.rule.product_min_qty, self.rule.product_max_qty)
        override = self._override()
        override.action_start()
        self.assertEqual((override.state, override.old_min, override.old_max), ("active", *held))
        self.assertEqual(self.rule.product_min_qty, 1.5 * held[0])
        self.policy._put_in_force(service_target=99.9, tolerance_percent=1e6)
        run = self._run()
        self.assertEqual(self._series(run, self.gloves).outcome, "override")
        self.assertFalse(self._proposal(run, self.gloves))
        self.assertEqual(self.rule.product_min_qty, 1.5 * held[0])
        entry = self.env["medical.audit.entry"].search(
            [("model", "=", "medical.planner.override"), ("res_id", "=", override.id), ("field_name", "=", "state")]
        )
        self.assertEqual((entry.old_value, entry.new_value), ("draft", "active"))

    def test_limit_reason_and_end(self):
        beyond = self._override(factor=2.5)
        with self.assertRaisesRegex(AccessError, "Inventory administrator"):
            beyond.action_start()
        beyond.with_user(self.manager).action_start()
        self.assertEqual(beyond.approved_by_id, self.manager)
        beyond.with_user(self.manager).action_end()
        with self.assertRaises(ValidationError):
            self._override(reason="  ")
        with self.assertRaisesRegex(UserError, "90 days"):
            self._override(date_to=self.today + timedelta(days=91)).action_start()
        with self.assertRaises(AccessError):
            self._override(user=self.clerk)
        override = self._override()
        with self.assertRaises(AccessError):
            override.with_user(self.clerk).action_start()
        with self.assertRaises(AccessError):
            override.write({"state": "active"})
        override.action_start()
        with self.assertRaisesRegex(UserError, "does not change"):
            override.date_to = self.today + timedelta(days=80)
        with self.assertRaisesRegex(UserError, "kept as a record"):
            override.unlink()

    def _deliver(self, quantity):
        stock, customers = self.warehouse.lot_stock_id, self.env.ref("stock.stock_location_customers")
        move = self.env["stock.move"].create(
            {
                "product_id": self.gloves.id,
                "product_uom_qty": quantity,
                "quantity": quantity,
                "picked": True,
                "location_id": stock.id,
                "location_dest_id": customers.id,
                "company_id": self.company.id,
            }
        )
        move._action_done()

    def _expired(self, override):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE medical_planner_override SET date_from = date_from - 5, date_to = %s WHERE id = %s",
            [self.today - timedelta(days=1), override.id],
        )
        self.env.cr.execute(
            "UPDATE stock_move SET date = date - interval '2 days' WHERE product_id = %s", [self.gloves.id]
        )
        self.env.invalidate_all()

    def test_it_expires_by_itself_and_is_measured(self):
        held = (self.rule.product_min_qty, self.rule.product_max_qty)
        self.env["stock.quant"]._update_available_quantity(self.gloves, self.warehouse.lot_stock_id, 200)
        override = self._override()
        override.action_start()
        self._deliver(190)
        self._expired(override)
        run = self._run()
        self.assertEqual(override.state, "expired")
        self.assertEqual((override.demand, override.lowest_stock), (190, 10))
        self.assertEqual(override.verdict, "needed")
        self.assertAlmostEqual(override.extra_value, 0.5 * held[0] * 5.0)
        self.assertNotEqual(self._series(run, self.gloves).outcome, "override")
        self.assertEqual((self.rule.product_min_qty, self.rule.product_max_qty), held)

    def test_what_people_changed_meanwhile_stays(self):
        override = self._override()
        override.action_start()
        self.rule.product_max_qty += 7
        held = self.rule.product_max_qty
        override.action_end()
        self.assertEqual((override.state, self.rule.product_max_qty), ("ended", held))
        self.assertEqual(override.verdict, "short", "there was no stock at all")
