from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestPolicyVersions(PlanningCase):
    people = (*PlanningCase.people, "clerk")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._user("planning_manager", "planner", "manager")
        cls._import()
        cls._switch_on()

    def _draft(self, user=None, **values):
        policy = self.policy.with_user(user or self.planner)
        action = policy.action_new_version()
        version = self.env["medical.policy.version"].with_user(user or self.planner).browse(action["res_id"])
        if values:
            version.write(values)
        return version

    def _replayed(self, version, **values):
        replay = (
            self.env["medical.policy.replay"]
            .with_user(version.env.user)
            .create({"version_id": version.id, "company_id": self.company.id, "replications": 3, **values})
        )
        replay.action_start()
        self._finish(replay)
        return replay

    def test_settings_in_force_do_not_change(self):
        with self.assertRaisesRegex(UserError, "New Version"):
            self.policy.with_user(self.planner).write({"service_target": 80.0})
        with self.assertRaises(AccessError):
            self.policy.sudo().write({"service_target": 80.0, "version": 2})
        version = self.policy.version_ids
        self.assertEqual((version.number, version.state), (1, "in_force"))
        with self.assertRaisesRegex(UserError, "does not change"):
            version.write({"review_days": 3.0})
        with self.assertRaisesRegex(UserError, "kept as a record"):
            version.unlink()
        draft = self._draft(review_days=3.0)
        self.assertEqual(self.policy.review_days, 7.0)
        self.assertEqual(
            self.policy.with_user(self.planner).action_new_version()["res_id"], draft.id, "one draft at a time"
        )

    def test_a_policy_that_was_never_released_decides_about_nothing(self):
        draft = self.env["medical.policy"].create(
            {"name": "Gloves", "company_id": self.company.id, "category_id": self.category.id, "service_target": 99.0}
        )
        run = self._run()
        self.assertEqual(run.proposal_ids.policy_id, self.policy)
        draft._put_in_force()
        self.assertEqual(self._run().series_ids.policy_id, draft)

    def test_release_needs_a_replay_of_these_settings(self):
        self._run()
        draft = self._draft(service_target=98.0)
        with self.assertRaisesRegex(UserError, "no finished replay"):
            draft.action_release()
        replay = self._replayed(draft)
        self.assertEqual(replay.state, "done")
        draft.review_days = 14.0
        with self.assertRaisesRegex(UserError, "changed since the replay"):
            draft.action_view_release()
        draft.review_days = 7.0
        with self.assertRaises(AccessError):
            draft.with_user(self.clerk).action_release()
        draft.action_release()
        self.assertEqual((draft.state, self.policy.version, self.policy.service_target), ("in_force", 2, 98.0))
        self.assertEqual(draft.before_id.state, "former")
        self.assertEqual(draft.released_by_id, self.planner)

    def test_a_replay_without_stress_is_not_enough(self):
        self._run()
        draft = self._draft(service_target=98.0)
        replay = (
            self.env["medical.policy.replay"]
            .with_user(self.planner)
            .create({"version_id": draft.id, "company_id": self.company.id, "replications": 2})
        )
        stress = replay.scenario_ids.filtered(lambda scenario: scenario.kind == "demand")
        with self.assertRaisesRegex(UserError, "same for everybody"):
            stress.demand_percent = 100.0
        with self.assertRaises(AccessError):
            self.env["medical.policy.replay.scenario"].with_user(self.planner).create(
                {"replay_id": replay.id, "name": "Soft", "kind": "demand"}
            )
        stress.unlink()
        replay.action_start()
        self._finish(replay)
        with self.assertRaisesRegex(UserError, "no finished replay"):
            draft.action_release()
        with self.assertRaises(AccessError):
            replay.write({"worse": False})
        with self.assertRaisesRegex(UserError, "does not change"):
            replay.replications = 1

    def test_a_worse_version_needs_an_approver_with_a_reason(self):
        self._run()
        draft = self._draft(service_target=51.0, review_days=0.0)
        replay = self._replayed(draft)
        self.assertTrue(replay.worse)
        self.assertTrue(draft.is_worse)
        self.assertIn("instead of", replay._worse_sentences()[0])
        self.assertIn("does worse", draft.comparison)
        with self.assertRaisesRegex(UserError, r"does worse.*Fill Rate.*instead of.*say why"):
            draft.action_release()
        with self.assertRaisesRegex(AccessError, "Inventory administrator"):
            draft.action_release(reason="I want to")
        with self.assertRaisesRegex(UserError, "say why"):
            draft.with_user(self.manager).action_release(reason=" ")
        wizard = (
            self.env["medical.policy.release"]
            .with_user(self.manager)
            .create({"version_id": draft.id, "reason": "The product line ends"})
        )
        self.assertTrue(wizard.is_worse)
        wizard.action_release()
        self.assertEqual((draft.state, draft.release_reason), ("in_force", "The product line ends"))
        entry = self.env["medical.audit.entry"].search(
            [("model", "=", "medical.policy.version"), ("res_id", "=", draft.id), ("field_name", "=", "release_reason")]
        )
        self.assertEqual(entry.new_value, "The product line ends")

    def test_nobody_approves_a_worse_version_of_his_own(self):
        self._run()
        draft = self._draft(user=self.manager, service_target=51.0)
        self._replayed(draft)
        with self.assertRaisesRegex(AccessError, "Somebody else than"):
            draft.action_release(reason="Because")
        with self.assertRaises(AccessError):
            draft.author_id = self.planner

    def test_who_set_a_part_approves_no_worse_version(self):
        """Also when somebody else was the last to change something."""
        self._run()
        draft = self._draft(user=self.manager, service_target=51.0, review_days=0.0)
        draft.with_user(self.planner).tolerance_percent = draft.tolerance_percent + 1
        self.assertEqual(draft.author_id, self.planner)
        self.assertTrue(self._replayed(draft).worse)
        with self.assertRaisesRegex(AccessError, "Somebody else than"):
            draft.with_user(self.manager).action_release(reason="Because")

    def test_roll_back_restores_version_and_rules(self):
        """Every rule gets exactly what it held when the version was released, those made since go."""
        mine = self._rule(self.gloves, product_min_qty=3.25, product_max_qty=7.5)
        self.policy._put_in_force(take_over=True, tolerance_percent=1e6)
        first = self._run()
        before = {rule.id: (rule.product_min_qty, rule.product_max_qty) for rule in first.proposal_ids.orderpoint_id}
        self.assertEqual(len(before), 2)
        self.policy._put_in_force(service_target=99.5, review_days=30.0)
        third = self._product("Drill", "T-DRILL")
        self._import({third: lambda position: 50})
        self._run()
        last = self._run(as_of=None)
        made = self.env["stock.warehouse.orderpoint"].search([("product_id", "=", third.id)])
        self.assertTrue(made)
        self.assertNotEqual((mine.product_min_qty, mine.product_max_qty), before[mine.id])
        with self.assertRaises(AccessError):
            self.policy.with_user(self.clerk).action_roll_back()
        self.policy.with_user(self.planner).action_roll_back()
        for rule in self.env["stock.warehouse.orderpoint"].browse(before):
            self.assertEqual((rule.product_min_qty, rule.product_max_qty), before[rule.id])
            self.assertTrue(rule.medical_managed)
        self.assertFalse(made.exists())
        self.assertEqual((self.policy.version, self.policy.service_target), (2, 95.0))
        self.assertEqual(set(self.policy.version_ids.mapped("state")), {"in_force", "former", "rolled_back"})
        self.assertFalse(last.proposal_ids.filtered(lambda p: p.state in ("applied", "review")))
        self.policy.with_user(self.planner).action_roll_back()
        self.assertEqual((mine.product_min_qty, mine.product_max_qty, mine.medical_managed), (3.25, 7.5, False))
        with self.assertRaisesRegex(UserError, "no version was in force"):
            self.policy.with_user(self.planner).action_roll_back()

    def _queries_of_roll_back(self, count):
        """Queries of applying proposals to ``count`` rules of people, and of rolling back."""
        products = [self._product(f"Many {count}-{number}", f"T-{count}-{number}") for number in range(count)]
        rules = self.env["stock.warehouse.orderpoint"].concat(
            *(self._rule(product, product_min_qty=3.25, product_max_qty=7.5) for product in products)
        )
        self.policy._put_in_force()
        run = self.env["medical.forecast.run"].create({"company_id": self.company.id, "as_of": AS_OF})
        run._insert_series([(product.id, self.warehouse.id) for product in products])
        proposals = self.env["medical.reorder.proposal"]._guarded_create(
            [
                {
                    "run_id": run.id,
                    "series_id": series.id,
                    "company_id": self.company.id,
                    "product_id": series.product_id.id,
                    "warehouse_id": self.warehouse.id,
                    "orderpoint_id": rules.filtered(lambda r, s=series: r.product_id == s.product_id).id,
                    "policy_id": self.policy.id,
                    "policy_version": self.policy.version,
                    "had_rule": True,
                    "old_min": 3.25,
                    "old_max": 7.5,
                    "new_min": 11,
                    "new_max": 22,
                    "review_reason": "none",
                    "state": "ready",
                }
                for series in self.env["medical.forecast.series"].search([("run_id", "=", run.id)])
            ]
        )
        counts = []
        for step in (lambda: proposals._apply(automatic=True), self.policy.action_roll_back):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            step()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            expected = (11, 22, True, 22) if len(counts) == 1 else (3.25, 7.5, False, 7.5)
            for rule in rules:
                held = (rule.product_min_qty, rule.product_max_qty, rule.medical_managed, rule.qty_to_order_computed)
                self.assertEqual(held, expected)
        return counts

    def test_queries_do_not_grow_with_the_rules(self):
        """Ten times the rules need about as many queries as one time."""
        self._queries_of_roll_back(5)
        few, many = self._queries_of_roll_back(20), self._queries_of_roll_back(200)
        for step, less, more in zip(("apply", "roll back"), few, many, strict=True):
            self.assertLess(more - less, 60, step)

    def test_roll_back_leaves_what_people_changed(self):
        self.policy._put_in_force(tolerance_percent=1e6)
        run = self._run()
        rule = self._proposal(run, self.gloves).orderpoint_id
        rule.product_max_qty += 5
        held = rule.product_max_qty
        self.policy.with_user(self.planner).action_roll_back()
        self.assertEqual(rule.product_max_qty, held)
        self.assertEqual(self._proposal(run, self.gloves).state, "conflict")


@tagged("post_install", "-at_install")
class TestReplay(PlanningCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._import()
        cls._run()

    def _replay(self, **values):
        what_ifs = values.pop("what_ifs", [])
        replay = (
            self.env["medical.policy.replay"]
            .with_user(self.planner)
            .create({"company_id": self.company.id, "replications": 3, **values})
        )
        replay.scenario_ids = [(0, 0, values) for values in what_ifs]
        return replay

    def _result(self, replay, scenario, rule="in_force", demand_class="all"):
        return replay.result_ids.filtered(
            lambda row: (row.scenario_id.name, row.rule, row.demand_class) == (scenario, rule, demand_class)
        )

    def test_history_stress_and_references(self):
        replay = self._replay()
        replay.action_start()
        self._finish(replay)
        self.assertEqual((replay.state, replay.total, replay.progress), ("done", 2, 100.0))
        self.assertFalse(replay.sudo().batch_ids)
        rules = set(replay.result_ids.filtered(lambda row: row.scenario_id.kind == "history").mapped("rule"))
        self.assertEqual(rules, {"in_force", "fixed", "textbook", "oca_safety_stock", "ddmrp"})
        history, stress = self._result(replay, "History"), self._result(replay, "Demand × 1.5")
        self.assertGreater(history.cycle_service, 90.0)
        self.assertLess(stress.fill_rate, history.fill_rate)
        self.assertLess(self._result(replay, "Lead Time × 2").cycle_service, history.cycle_service)
        self.assertLess(self._result(replay, "Warehouse Down").fill_rate, history.fill_rate)
        self.assertLessEqual(self._result(replay, "Vendor Stop").fill_rate, history.fill_rate)
        self.assertTrue(self._result(replay, "History", demand_class="smooth"))
        self.assertIn("References on history", replay.comparison)
        self.assertEqual(len(replay.worst_products), 2)

    def test_scenarios_side_by_side(self):
        """A market that is planned for costs stock; one that comes as a surprise costs service."""
        replay = self._replay(
            what_ifs=[
                {"name": "New market, planned", "demand_percent": 200.0, "is_known": True},
                {"name": "New market, unplanned", "demand_percent": 200.0},
                {
                    "name": "Elsewhere",
                    "demand_percent": 200.0,
                    "demand_category_id": self.env["product.category"].create({"name": "Other"}).id,
                },
            ]
        )
        replay.action_start()
        self._finish(replay)
        now = self._result(replay, "History")
        planned, unplanned = self._result(replay, "New market, planned"), self._result(replay, "New market, unplanned")
        self.assertGreater(planned.fill_rate, unplanned.fill_rate)
        self.assertGreater(planned.stock_value, now.stock_value * 1.5)
        self.assertAlmostEqual(self._result(replay, "Elsewhere").cost, now.cost, places=2)
        self.assertIn("New market, planned", replay.comparison)
        again = replay.copy()
        self.assertEqual(len(again.scenario_ids), len(replay.scenario_ids))
        self.assertEqual(again.state, "draft")

    def test_same_input_same_figures(self):
        first, second = self._replay(), self._replay()
        for replay in (first, second):
            replay.action_start()
            self._finish(replay)
        for one, other in zip(first.result_ids, second.result_ids, strict=True):
            self.assertEqual((one.rule, one.fill_rate, one.cost), (other.rule, other.fill_rate, other.cost))

    def test_goes_on_after_a_kill(self):
        self.patch(self.registry["medical.policy.replay"], "_batch_size", 1)
        replay = self._replay()
        replay.action_start()
        replay._work_batch()
        self.assertEqual(replay.progress, 50.0)
        self.env.invalidate_all()
        self._finish(self.env["medical.policy.replay"].browse(replay.id))
        self.assertEqual((replay.state, replay.total), ("done", 2))
        whole = self._replay()
        self.patch(self.registry["medical.policy.replay"], "_batch_size", 500)
        whole.action_start()
        self._finish(whole)
        self.assertEqual(self._result(whole, "History").products, self._result(replay, "History").products)

    def test_the_scheduled_action_works_it_off(self):
        replay = self._replay()
        replay.action_start()
        with self.enter_registry_test_mode():
            self.env.ref("medical_planning.ir_cron_replay").method_direct_trigger()
        replay.invalidate_recordset()
        self.assertEqual(replay.state, "done")
        self.assertGreater(self._result(replay, "History").stock_value, 0, "at the costs of this company")

    def test_roles(self):
        replay = self._replay()
        clerk = self._user("clerk")
        with self.assertRaises(AccessError):
            replay.with_user(clerk).action_start()
        with self.assertRaises(AccessError):
            replay.with_user(clerk).write({"replications": 5})
        with self.assertRaises(AccessError):
            replay.write({"state": "done"})
        foreign = self.env["res.company"].create({"name": "Foreign"})
        stranger = self._user("replay_foreign", "planner", company=foreign)
        with self.assertRaises(AccessError):
            replay.with_user(stranger).with_context(allowed_company_ids=foreign.ids).action_start()
        replay.action_start()
        self._finish(replay)
        with self.assertRaisesRegex(UserError, "kept as a record"):
            replay.unlink()
        with self.assertRaisesRegex(UserError, "does not change"):
            replay.scenario_ids = [(0, 0, {"name": "Late"})]

    def test_without_forecasts_it_says_what_to_do(self):
        self.env["medical.forecast.series"].search([]).write({"is_current": False})
        with self.assertRaisesRegex(UserError, "make a forecast run first"):
            self._replay().action_start()
