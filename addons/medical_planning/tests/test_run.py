from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestRun(PlanningCase):
    def test_from_history_to_rules(self):
        """The main path: history, run, proposals, rules written by themselves inside the scope."""
        self._import()
        self._switch_on()
        run = self._run()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.as_of, AS_OF)
        self.assertEqual((run.total, run.planned_count, run.refused_count), (2, 2, 0))
        gloves = self._series(run, self.gloves)
        self.assertTrue(gloves.is_current)
        self.assertEqual(gloves.demand_class, "smooth")
        self.assertEqual(len(gloves.line_ids), self.company.medical_horizon)
        self.assertEqual(str(gloves.line_ids.sorted("date")[0].date), "2026-07-01")
        self.assertGreater(gloves.fva, -0.5)
        proposal = self._proposal(run, self.gloves)
        self.assertEqual(proposal.state, "applied")
        self.assertTrue(proposal.automatic)
        rule = proposal.orderpoint_id
        self.assertTrue(rule.medical_managed)
        self.assertEqual((rule.product_min_qty, rule.product_max_qty), (proposal.new_min, proposal.new_max))
        self.assertGreater(rule.product_min_qty, gloves.cover_mean)
        self.assertIn("14", proposal.reason)
        self.assertIn("95 %", proposal.reason)
        lumpy = self._series(run, self.stent)
        self.assertIn(lumpy.demand_class, ("intermittent", "lumpy"))

    def test_nothing_is_written_without_scope(self):
        self._import()
        rule = self._rule(self.gloves)
        run = self._run()
        self.assertEqual(set(run.proposal_ids.mapped("state")), {"review"})
        self.assertEqual(set(run.proposal_ids.mapped("review_reason")), {"scope"})
        self.assertEqual((rule.product_min_qty, rule.product_max_qty), (10.0, 20.0))
        self.assertFalse(rule.medical_managed)
        with self.assertRaisesRegex(UserError, "not switched on"):
            run.proposal_ids.action_apply()
        self.assertFalse(self.env["stock.warehouse.orderpoint"].search([("product_id", "=", self.stent.id)]))

    def test_scope_of_a_category(self):
        """The switch is inherited down the category tree and ends with it."""
        child = self.env["product.category"].create({"name": "Sterile", "parent_id": self.category.id})
        self.gloves.categ_id = child
        self.stent.categ_id = self.env["product.category"].create({"name": "Other"})
        self._import()
        self._switch_on(category_id=self.category.id)
        run = self._run()
        self.assertEqual(self._proposal(run, self.gloves).state, "applied")
        self.assertEqual(self._proposal(run, self.stent).review_reason, "scope")

    def test_existing_rule_waits_for_a_planner(self):
        rule = self._rule(self.gloves)
        self._import()
        self._switch_on()
        run = self._run()
        proposal = self._proposal(run, self.gloves)
        self.assertEqual((proposal.state, proposal.review_reason), ("review", "take_over"))
        self.assertEqual((proposal.old_min, proposal.old_max), (10.0, 20.0))
        self.assertLess(proposal.old_service, proposal.new_service)
        proposal.with_user(self.planner).action_apply()
        self.assertEqual(proposal.state, "applied")
        self.assertEqual(proposal.decided_by_id, self.planner)
        self.assertEqual(rule.product_min_qty, proposal.new_min)
        with self.assertRaisesRegex(UserError, "applied, this step does not follow"):
            proposal.with_user(self.planner).action_apply()

    def test_tolerance_cap_and_hand(self):
        self._import()
        self._switch_on()
        first = self._run()
        rule = self._proposal(first, self.gloves).orderpoint_id
        unchanged = self._run()
        self.assertEqual(self._series(unchanged, self.gloves).outcome, "unchanged")
        self.assertFalse(self._proposal(unchanged, self.gloves))
        # Somebody changes the managed rule by hand: the next run asks.
        rule.write({"product_min_qty": 1.0, "product_max_qty": 2.0})
        asked = self._proposal(self._run(), self.gloves)
        self.assertEqual((asked.state, asked.review_reason), ("review", "by_hand"))
        asked.with_user(self.planner).action_apply()
        # A larger service target changes more than the tolerance allows.
        self.policy._put_in_force(service_target=99.5, tolerance_percent=0.5)
        self.assertEqual(self.policy.version, 2)
        large = self._proposal(self._run(), self.gloves)
        self.assertEqual((large.state, large.review_reason, large.policy_version), ("review", "tolerance", 2))
        self.policy._put_in_force(max_change_percent=1.0)
        capped = self._proposal(self._run(), self.gloves)
        self.assertEqual((capped.state, capped.review_reason), ("review", "cap"))
        self.assertLessEqual(capped.new_min, rule.product_min_qty * 1.01 + 1)
        # The newer proposal answers the older one.
        self.assertEqual(large.state, "superseded")
        rule.medical_by_hand = True
        alone = self._run()
        self.assertFalse(self._proposal(alone, self.gloves))
        self.assertEqual(self._series(alone, self.gloves).outcome, "by_hand")

    def test_roll_back(self):
        """One step restores every rule that still holds what the run wrote, and lists the others."""
        mine = self._rule(self.gloves, product_min_qty=3.0, product_max_qty=7.0)
        third = self._product("Drill", "T-DRILL")
        self._import({product: (lambda position: 50) for product in (self.gloves, self.stent, third)})
        self._switch_on()
        self.policy._put_in_force(take_over=True, tolerance_percent=10000.0)
        run = self._run()
        self.assertEqual(set(run.proposal_ids.mapped("state")), {"applied"})
        changed = self._proposal(run, third).orderpoint_id
        changed.product_max_qty += 5
        created = self._proposal(run, self.stent).orderpoint_id
        run.with_user(self.planner).action_roll_back()
        self.assertEqual((mine.product_min_qty, mine.product_max_qty, mine.medical_managed), (3.0, 7.0, False))
        self.assertFalse(created.exists())
        self.assertTrue(changed.exists())
        self.assertEqual(self._proposal(run, third).state, "conflict")
        self.assertEqual(run.state, "rolled_back")
        with self.assertRaisesRegex(UserError, "rolled back, this step does not follow"):
            run.with_user(self.planner).action_roll_back()

    def test_resume_after_a_kill(self):
        """What is left of a run is in the database: going on doubles and loses nothing."""
        products = [self._product(f"Item {number}", f"T-{number}") for number in range(7)]
        self._import({product: (lambda position: 20 + position % 3) for product in products})
        self._switch_on()
        self.patch(self.registry["medical.forecast.run"], "_batch_size", 3)
        run = self.env["medical.forecast.run"].create({"company_id": self.company.id})
        run._take("action_start")
        for _phase in ("watch", "forecast"):
            run._work_batch()
        self.assertEqual((run.done_count, run.total), (3, 7))
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "still running"):
            self.env["medical.forecast.run"].create({"company_id": self.company.id})._take("action_start")
        again = self.env["medical.forecast.run"].browse(run.id)
        self._finish(again)
        self.assertEqual(len(again.series_ids), 7)
        self.assertEqual(len(again.proposal_ids), 7)
        self.assertEqual(set(again.proposal_ids.mapped("state")), {"applied"})
        rules = self.env["stock.warehouse.orderpoint"].search([("company_id", "=", self.company.id)])
        self.assertEqual(len(rules), 7)

    def test_wrong_input_is_listed_and_the_rest_planned(self):
        short = self._product("Short", "T-SHORT")
        none = self._product("None", "T-NONE")
        archived = self._product("Archived", "T-ARCH")
        vendorless = self._product("No vendor", "T-NOVEN", sellers=[])
        timeless = self._product("No lead time", "T-NOLEAD", delay=0)
        gram = self.env.ref("uom.product_uom_gram")
        odd = self._product(
            "Odd unit", "T-UNIT", sellers=[{"partner_id": self.vendor.id, "delay": 3, "product_uom_id": gram.id}]
        )
        expiring = self._product("Expiring", "T-EXP", tracking="lot", use_expiration_date=True, expiration_time=0)
        steady = {
            product: (lambda position: 30) for product in (expiring, archived, vendorless, timeless, odd, self.gloves)
        }
        self._import({**steady, none: lambda position: 0})
        text = f"product_code,warehouse_code,date,quantity\nT-SHORT,{self.warehouse.code},2026-06-01,5"
        self.env["medical.demand.import"]._import_text(text, "short.csv", self.company)
        archived.active = False
        self._switch_on()
        run = self._run()
        found = {series.product_id: (series.state, series.reason_code) for series in run.series_ids}
        self.assertEqual(found[short], ("refused", "too_short"))
        self.assertEqual(found[none], ("blocked", "no_demand"))
        self.assertEqual(found[archived], ("blocked", "archived"))
        self.assertEqual(found[vendorless], ("blocked", "no_vendor"))
        self.assertEqual(found[timeless], ("blocked", "no_lead_time"))
        self.assertEqual(found[odd], ("blocked", "unit_mismatch"))
        self.assertEqual(found[expiring], ("blocked", "no_shelf_life"))
        self.assertEqual(found[self.gloves][0], "done")
        self.assertTrue(all(run.series_ids.filtered(lambda s: s.state != "done").mapped("reason")))
        self.assertEqual(self._proposal(run, self.gloves).state, "applied")
        self.assertEqual(len(run.proposal_ids), 1)

    def test_rule_deleted_during_the_run(self):
        rule = self._rule(self.gloves)
        self._import()
        self._switch_on()
        run = self._run()
        proposal = self._proposal(run, self.gloves)
        rule.unlink()
        proposal.with_user(self.planner).action_apply()
        self.assertEqual(proposal.state, "failed")
        self.assertIn("deleted", proposal.decision_note)

    def test_rules_archived_or_made_meanwhile_are_left_alone(self):
        archived = self._rule(self.gloves, active=False)
        self._import()
        run = self._run()
        self.assertEqual(self._series(run, self.gloves).outcome, "archived")
        self.assertFalse(self._proposal(run, self.gloves))
        proposal = self._proposal(run, self.stent)
        mine = self._rule(self.stent)
        self._switch_on()
        proposal.with_user(self.planner).action_apply()
        self.assertEqual(proposal.state, "failed")
        self.assertIn("made a reorder rule", proposal.decision_note)
        self.assertEqual((mine.product_min_qty, archived.product_min_qty), (10.0, 10.0))

    def test_one_failing_series_does_not_stop_the_rest(self):
        masters = self.registry["medical.planning.master"]
        original = masters._masters
        stent = self.stent

        def fails_for_stent(self, company, series, as_of, policies):
            if stent in series.product_id:
                raise ValueError("broken master")
            return original(self, company, series, as_of, policies)

        self.patch(masters, "_masters", fails_for_stent)
        self._import()
        with self.assertLogs("odoo.addons.medical_forecast.models.medical_forecast_run", "ERROR"):
            run = self._run()
        self.assertEqual(self._series(run, self.stent).state, "failed")
        self.assertIn("broken master", self._series(run, self.stent).reason)
        self.assertEqual(self._series(run, self.gloves).state, "done")

    def test_scenarios_move_proposals_and_are_never_automatic(self):
        self._import()
        self._switch_on()
        self.company.write({"medical_high_percent": 50.0, "medical_low_percent": 50.0})
        figures = {}
        for scenario in ("low", "base", "high"):
            proposal = self._proposal(self._run(scenario=scenario), self.stent)
            figures[scenario] = (proposal.new_min, proposal.new_value, proposal.new_service)
            self.assertEqual(proposal.state, "applied" if scenario == "base" else "review")
            if scenario == "base":
                self._proposal(proposal.run_id, self.stent).orderpoint_id.medical_managed = False
        self.assertLess(figures["low"][0], figures["base"][0])
        self.assertLess(figures["base"][0], figures["high"][0])
        self.assertLess(figures["low"][1], figures["high"][1])
        self.assertLess(figures["low"][2], figures["high"][2])

    def test_longer_and_less_certain_lead_times_raise_the_minimum(self):
        slow = self._product("Slow", "T-SLOW", delay=60)
        self._import({product: (lambda position: 40 + position % 5) for product in (self.gloves, slow)})
        run = self._run()
        self.assertGreater(self._proposal(run, slow).new_min, self._proposal(run, self.gloves).new_min)

    def test_falling_demand_lowers_the_rule(self):
        self._import({self.gloves: lambda position: 300 if position < 18 else 60})
        before = self._run(as_of="2025-01-31")
        after = self._run()
        self.assertLess(self._proposal(after, self.gloves).new_min, self._proposal(before, self.gloves).new_min)

    def test_cancel_leaves_nothing_to_apply(self):
        self._import()
        run = self.env["medical.forecast.run"].create({"company_id": self.company.id})
        run._take("action_start")
        run._work_batch()
        run.with_user(self.planner).action_cancel()
        self.assertEqual(run.state, "cancelled")
        self.assertFalse(run.proposal_ids.filtered(lambda p: p.state in ("review", "ready")))
        with self.assertRaisesRegex(UserError, "cancelled, this step does not follow"):
            run.with_user(self.planner).action_cancel()

    def test_cron_works_off_what_a_person_started(self):
        self._import()
        self._switch_on()
        run = self.env["medical.forecast.run"].with_user(self.planner).create({"company_id": self.company.id})
        run.action_start()
        self.assertEqual(run.state, "running")
        with self.enter_registry_test_mode():
            self.env.ref("medical_forecast.ir_cron_work").method_direct_trigger()
        run.invalidate_recordset()
        self.assertEqual(run.state, "done")
        self.assertEqual(run.progress, 100.0)

    def test_an_error_stops_a_run_and_it_can_go_on(self):
        self._import()
        run = self.env["medical.forecast.run"].with_user(self.planner).create({"company_id": self.company.id})
        run.action_start()
        run_class = self.registry["medical.forecast.run"]

        def breaks(_self):
            raise ValueError("disk full")

        with self.enter_registry_test_mode():
            with self.assertLogs("odoo.addons.medical_base.models.medical_job_mixin", "ERROR"):
                original = run_class._step_finish
                run_class._step_finish = breaks
                try:
                    self.env.ref("medical_forecast.ir_cron_work").method_direct_trigger()
                finally:
                    run_class._step_finish = original
            run.invalidate_recordset()
            self.assertEqual(run.state, "failed")
            self.assertIn("disk full", run.message)
            run.action_go_on()
            self.env.ref("medical_forecast.ir_cron_work").method_direct_trigger()
        run.invalidate_recordset()
        self.assertEqual(run.state, "done")
        self.assertEqual(len(run.proposal_ids), 2)

    def test_only_planners_decide(self):
        self._import()
        run = self._run()
        clerk = self._user("stock_buyer", "clerk", "buyer")
        for call in (
            run.proposal_ids[:1].with_user(clerk).action_apply,
            run.proposal_ids[:1].with_user(clerk).action_reject,
            run.with_user(clerk).action_start,
            run.with_user(clerk).action_roll_back,
        ):
            with self.assertRaises(AccessError):
                call()

    def test_an_old_run_stays_as_long_as_a_rule_refers_to_it(self):
        self._import()
        self._switch_on()
        self.company.medical_keep_runs = 1
        first = self._run()
        rule = self._proposal(first, self.gloves).orderpoint_id
        self._run()
        self.env["medical.forecast.run"]._gc_old_runs()
        self.assertEqual(rule.medical_proposal_id.run_id, first)
        self.assertEqual(first.series_ids.product_id, self.gloves + self.stent)
        self._proposal(first, self.stent).orderpoint_id.unlink()
        self.env["medical.forecast.run"]._gc_old_runs()
        self.assertEqual(first.series_ids.product_id, self.gloves, "nothing refers to the other forecast any more")
        rule.unlink()
        self.env["medical.forecast.run"]._gc_old_runs()
        self.assertFalse(first.exists())
