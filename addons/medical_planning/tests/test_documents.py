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
    }
    roles = (*DocumentCase.roles, "purchase.group_purchase_user")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._import()
        cls._switch_on()
        cls._run()
        cls.today = fields.Date.today()

    def _build_policy(self, state):
        policy = self.env["medical.policy"].create({"name": "Gloves", "company_id": self.company.id})
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
        self._work_off(version.browse(version.id).with_user(self.planner).action_replay())
        version.action_release()
        if state == "former":
            return first.with_env(self.env)
        policy.action_roll_back()
        return version.with_env(self.env)

    def _work_off(self, action):
        replay = self.env[action["res_model"]].browse(action["res_id"])
        self._finish(replay)
        self.assertEqual(replay.state, "done")

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
