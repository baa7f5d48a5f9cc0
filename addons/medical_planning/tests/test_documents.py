from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.medical_base.tests.document_case import DocumentCase
from odoo.addons.medical_demand.tests.common import AS_OF

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase, PlanningCase):
    addon = "medical_planning"
    builders = {
        "medical.policy": "_build_policy",
        "medical.policy.version": "_build_version",
        "medical.product.lifecycle": "_build_lifecycle",
        "medical.planner.override": "_build_override",
        "medical.planning.target": "_build_target",
        "medical.policy.replay": "_build_replay",
        "medical.reorder.proposal": "_build_proposal",
        "medical.forecast.run": "_build_run",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = [cls._product(f"Item {number}", f"T-{number}") for number in range(8)]
        cls._import({product: lambda position: 20 + position % 3 for product in cls.products})
        # Planning is not switched on yet: all of them wait for review.
        cls.waiting = cls._run().proposal_ids
        cls._switch_on()
        cls.today = fields.Date.today()

    def setUp(self):
        super().setUp()
        self.proposals = list(self.waiting)

    def _documents(self):
        # What this addon adds to runs: one can be rolled back.
        return [*super()._documents(), self.env["medical.forecast.run"]]

    def _build_policy(self, state):
        policies = self.env["medical.policy"]
        # Each one comes before those that were made before.
        before = policies.search([], order="sequence", limit=1).sequence - 1
        policy = policies.create({"name": "Gloves", "company_id": self.company.id, "sequence": before})
        if state == "in_force":
            policy._put_in_force()
        return policy

    def _build_version(self, state):
        policy = self._build_policy("in_force").with_user(self.planner)
        first = policy.version_ids
        if state == "in_force":
            return first.with_env(self.env)
        version = first.browse(policy.action_new_version()["res_id"])
        if state == "draft":
            return version.with_env(self.env)
        action = version.action_replay()
        self._finish(self.env[action["res_model"]].browse(action["res_id"]))
        version.action_release()
        if state == "former":
            return first.with_env(self.env)
        policy.action_roll_back()
        return version.with_env(self.env)

    def _build_replay(self, state):
        replays = self.env["medical.policy.replay"].with_user(self.planner)
        replays.search([("state", "=", "running")])._take("action_cancel")
        replay = replays.create({"company_id": self.company.id, "replications": 1})
        self._bring(replay, state)
        return replay.with_env(self.env)

    def _build_run(self, state):
        runs = self.env["medical.forecast.run"].with_user(self.planner)
        runs.search([("state", "=", "running")])._take("action_cancel")
        new = self._product("New", f"T-NEW-{state}-{len(runs.search([]))}")
        self._import({new: lambda position: 20 + position % 3})
        run = runs.create({"company_id": self.company.id})
        self._bring(run, "done" if state == "rolled_back" else state)
        if state == "rolled_back":
            run.action_roll_back()
        return run.with_env(self.env)

    def _bring(self, job, state):
        if state != "draft":
            job.action_start()
        if state == "done":
            self._finish(job)
        elif state == "failed":
            job._fail(message="Disk full")
        elif state == "cancelled":
            job.action_cancel()

    def _build_proposal(self, state):
        if state == "ready":
            run = self._build_run("running")
            while run.phase != "apply":
                run._work_batch()
            return run.proposal_ids.filtered(lambda proposal: proposal.state == "ready")[:1]
        proposal = self.proposals.pop()
        by_planner = proposal.with_user(self.planner)
        if state == "failed":
            self._rule(proposal.product_id)
        if state in ("applied", "rolled_back", "conflict", "failed"):
            by_planner.action_apply()
        if state == "conflict":
            proposal.orderpoint_id.product_max_qty += 5
        if state in ("rolled_back", "conflict"):
            by_planner._roll_back()
        elif state == "rejected":
            by_planner.action_reject(reason="Replaced")
        elif state == "superseded":
            proposal._supersede()
        return proposal

    def _build_lifecycle(self, state):
        product = self._product("Ending", False)
        life = (
            self.env["medical.product.lifecycle"]
            .with_user(self.planner)
            .create({"product_id": product.id, "company_id": self.company.id, "end_of_sale": AS_OF})
        )
        if state != "draft":
            life.action_confirm()
        if state == "cancelled":
            life.action_cancel()
        return life.with_env(self.env)

    def _build_override(self, state):
        rule = self._rule(self._product("Overridden", False))
        override = (
            self.env["medical.planner.override"]
            .with_user(self.planner)
            .create(
                {
                    "orderpoint_id": rule.id,
                    "new_min": 11,
                    "new_max": 21,
                    "date_to": self.today + timedelta(days=2),
                    "reason": "Theatre",
                }
            )
        )
        if state != "draft":
            override.action_start()
        if state == "ended":
            override.action_end()
        elif state == "expired":
            override.sudo()._expire()
        return override.with_env(self.env)

    def _build_target(self, state):
        self.env["stock.quant"]._update_available_quantity(self.gloves, self.warehouse.lot_stock_id, 100)
        target = (
            self.env["medical.planning.target"]
            .with_user(self.planner)
            .create({"name": "Pilot", "company_id": self.company.id, "category_id": self.category.id})
        )
        if state != "draft":
            target.action_freeze()
        if state == "closed":
            target.action_close()
        return target.with_env(self.env)

    def test_what_was_confirmed_once_is_kept(self):
        life = self._build_lifecycle("confirmed")
        life.action_draft()
        with self.assertRaisesRegex(UserError, "kept as a record"):
            life.unlink()
        draft = self._build_lifecycle("draft")
        draft.action_cancel()
        draft.unlink()
        self.assertFalse(draft.exists())

    def test_a_rule_that_was_overridden_stays(self):
        """The record of the override does not go with its rule, whoever removes that."""
        override = self._build_override("ended")
        rule = override.orderpoint_id
        rule._medical_remove()
        self.assertEqual((rule.exists(), rule.active, override.exists()), (rule, False, override))

    def test_a_running_run_is_not_rolled_back(self):
        """Some of its rules are written, others are not: it is cancelled first; the steps tell what happened."""
        self.patch(self.registry["medical.forecast.run"], "_batch_size", 3)
        run = self._build_run("running")
        while not run.applied_count:
            run._work_batch()
            run.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "running, this step does not follow"):
            run.with_user(self.planner).action_roll_back()
        run.with_user(self.planner).action_cancel()
        other = self._build_run("running")
        with self.assertRaisesRegex(UserError, "still running"):
            run.with_user(self.planner).action_roll_back()
        other.action_cancel()
        run.with_user(self.planner).action_roll_back()
        self.assertEqual(set(run.proposal_ids.mapped("state")), {"rolled_back", "superseded"})
        self.assertEqual(
            [(step.step, step.state_from, step.state_to) for step in run.step_ids[:2]],
            [("action_roll_back", "cancelled", "rolled_back"), ("action_cancel", "running", "cancelled")],
        )
        entry = self.env["medical.audit.entry"].search(
            [("model", "=", run._name), ("res_id", "=", run.id), ("field_name", "=", "state")], order="id desc", limit=1
        )
        self.assertEqual((entry.old_value, entry.new_value), ("cancelled", "rolled_back"))

    def test_steps_of_a_night_are_few_statements(self):
        """Applying a set writes one row of steps per proposal, in one statement for all of them."""
        counts = []
        for size in (1, 2, 6):
            some = self.waiting[:size]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with self.env.cr.savepoint() as savepoint:
                some._supersede()
                self.env.flush_all()
                counts.append(self.env.cr.sql_log_count - before)
                steps = self.env["medical.step"].search([("model", "=", some._name), ("res_id", "in", some.ids)])
                self.assertEqual(len(steps), size)
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(counts[1], counts[2])
