from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MedicalBaseCase


@tagged("post_install", "-at_install")
class TestScope(MedicalBaseCase):
    def _enabled(self, **kwargs):
        return self.env["medical.scope"]._enabled_categories("test", self.company.id, **kwargs)

    def _activate(self, **vals):
        scope = self._scope(**vals)
        scope.action_activate()
        return scope

    # ------------------------------------------------------------------
    # Resolver
    # ------------------------------------------------------------------

    def test_nothing_is_switched_on_by_default(self):
        self._scope(category_id=self.devices.id)
        self.assertEqual(self._enabled(), {self.warehouse.id: frozenset(), self.warehouse_2.id: frozenset()})
        self.assertFalse(self.products._medical_enabled("test", company=self.company))
        self.assertFalse(self.products._medical_enabled("no such feature", company=self.company))

    def test_category_with_those_below_in_all_warehouses(self):
        self._activate(category_id=self.devices.id)
        below = frozenset((self.devices + self.implants).ids)
        self.assertEqual(self._enabled(), {self.warehouse.id: below, self.warehouse_2.id: below})
        self.assertEqual(self.products._medical_enabled("test", self.warehouse), self.syringe + self.screw)

    def test_one_warehouse(self):
        self._activate(category_id=self.implants.id, warehouse_id=self.warehouse_2.id)
        self.assertFalse(self.products._medical_enabled("test", self.warehouse))
        self.assertEqual(self.products._medical_enabled("test", self.warehouse_2), self.screw)
        self.assertEqual(self.products._medical_enabled("test", self.warehouse + self.warehouse_2), self.screw)
        self.assertEqual(self.products._medical_enabled("test", company=self.company), self.screw)

    def test_all_products_include_those_without_category(self):
        self._activate(warehouse_id=self.warehouse.id)
        self.assertEqual(self.products._medical_enabled("test", self.warehouse), self.products)
        self.assertFalse(self.products._medical_enabled("test", self.warehouse_2))

    def test_scopes_add_up(self):
        self._activate(category_id=self.implants.id)
        self._activate(category_id=self.office.id, warehouse_id=self.warehouse.id)
        self.assertEqual(self.products._medical_enabled("test", self.warehouse), self.screw + self.pen)
        self.assertEqual(self.products._medical_enabled("test", self.warehouse_2), self.screw)

    def test_other_company_is_not_concerned(self):
        self._activate(category_id=self.devices.id)
        self.assertFalse(self.products._medical_enabled("test", company=self.other_company))

    def test_valid_from(self):
        tomorrow = fields.Date.today() + timedelta(days=1)
        self._activate(category_id=self.devices.id, valid_from=tomorrow)
        self.assertFalse(any(self._enabled().values()))
        self.assertTrue(all(self._enabled(date=tomorrow).values()))
        self.assertEqual(self._enabled(date=str(tomorrow)), self._enabled(date=tomorrow))

    def test_cache_follows_every_change(self):
        scope = self._activate(category_id=self.devices.id)
        self.assertIn(self.implants.id, self._enabled()[self.warehouse.id])
        new_category = self.env["product.category"].create({"name": "New", "parent_id": self.implants.id})
        self.assertIn(new_category.id, self._enabled()[self.warehouse.id])
        self.implants.parent_id = self.office
        self.assertEqual(self._enabled()[self.warehouse.id], frozenset(self.devices.ids))
        warehouse = self.env["stock.warehouse"].create({"name": "3", "code": "W3", "company_id": self.company.id})
        self.assertTrue(self._enabled()[warehouse.id])
        warehouse.active = False
        self.assertNotIn(warehouse.id, self._enabled())
        scope.action_end()
        self.assertFalse(any(self._enabled().values()))

    def test_no_query_per_record(self):
        self._activate(category_id=self.devices.id)
        products = self.env["product.product"].create(
            [{"name": f"P{number}", "categ_id": self.implants.id} for number in range(50)]
        )
        self.env.invalidate_all()
        self._enabled()
        # The products, their templates and the access rule of the templates: not one per product.
        with self.assertQueryCount(3):
            self.assertEqual(len(products._medical_enabled("test", self.warehouse)), 50)
        with self.assertQueryCount(0):
            products._medical_enabled("test", self.warehouse)
            self._enabled()

    def test_same_answer_for_everybody(self):
        self._activate(category_id=self.devices.id)
        plain = self._user("scope_plain", company=self.other_company)
        answer = self.env["medical.scope"].with_user(plain)._enabled_categories("test", self.company.id)
        self.env.registry.clear_cache()
        self.assertEqual(
            self.env["medical.scope"].with_user(plain)._enabled_categories("test", self.company.id), answer
        )
        self.assertTrue(all(answer.values()))

    # ------------------------------------------------------------------
    # Life of a scope
    # ------------------------------------------------------------------

    def test_activate_and_end_are_logged_with_reason(self):
        scope = self._scope(user=self.admin, category_id=self.devices.id, reason="Pilot")
        self._flush_tracking()
        scope.action_activate()
        scope.reason = "Pilot over"
        scope.action_end()
        entries = self._entries(scope).filtered(lambda entry: entry.field_name == "state")
        self.assertRecordValues(
            entries,
            [
                {
                    "old_value": "draft",
                    "new_value": "active",
                    "reason": "Pilot",
                    "user_id": self.admin.id,
                    "company_id": self.company.id,
                },
                {
                    "old_value": "active",
                    "new_value": "ended",
                    "reason": "Pilot over",
                    "user_id": self.admin.id,
                    "company_id": self.company.id,
                },
            ],
        )
        self._flush_tracking()
        self.assertIn("state", scope.message_ids.tracking_value_ids.field_id.mapped("name"))

    def _flush_tracking(self):
        self.env.flush_all()
        self.env.cr.precommit.run()

    def test_duplicate_is_refused(self):
        self._activate(category_id=self.devices.id, warehouse_id=self.warehouse.id)
        with self.assertRaisesRegex(UserError, "already switched on"):
            self._activate(category_id=self.devices.id, warehouse_id=self.warehouse.id)
        self._activate(category_id=self.devices.id)
        self._activate(category_id=self.implants.id, warehouse_id=self.warehouse.id)
        whole = self._activate()
        with self.assertRaisesRegex(UserError, "already switched on"):
            self._activate()
        whole.action_end()
        self._activate()

    def test_duplicates_activated_together_are_refused(self):
        scopes = self._scope() + self._scope()
        with self.assertRaisesRegex(UserError, "already switched on"):
            scopes.action_activate()

    def test_database_refuses_duplicates_of_concurrent_administrators(self):
        self._activate()
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            self._scope()._guarded_write({"state": "active"})
            self.env.flush_all()
        self.assertIn("active_unique", str(caught.exception))

    def test_wrong_state_is_refused(self):
        scope = self._scope()
        with self.assertRaises(UserError):
            scope.action_end()
        scope.action_activate()
        with self.assertRaises(UserError):
            scope.action_activate()

    def test_active_scope_is_locked(self):
        scope = self._activate(category_id=self.devices.id)
        for vals in (
            {"category_id": False},
            {"warehouse_id": self.warehouse.id},
            {"active": False},
            {"valid_from": "2020-01-01"},
        ):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "cannot be changed"):
                scope.write(vals)
        scope.action_end()
        with self.assertRaises(UserError):
            scope.write({"category_id": False})
        scope.action_archive()
        self.assertFalse(scope.active)

    def test_only_drafts_are_deleted(self):
        self._scope().unlink()
        scope = self._activate()
        for context in ({}, {"_force_unlink": True}):
            with self.subTest(context=context), self.assertRaisesRegex(UserError, "kept as a record"):
                scope.with_context(**context).unlink()

    def test_warehouse_of_another_company_is_refused(self):
        warehouse = self.env["stock.warehouse"].create(
            {"name": "Foreign", "code": "FOR", "company_id": self.other_company.id}
        )
        with self.assertRaises(UserError):
            self._scope(warehouse_id=warehouse.id)

    # ------------------------------------------------------------------
    # Preview
    # ------------------------------------------------------------------

    def _stock(self):
        lots = self.env["stock.lot"].create(
            [
                {"name": f"LOT{number}", "product_id": product.id, "company_id": self.company.id}
                for number, product in enumerate((self.syringe, self.syringe, self.pen))
            ]
        )
        for lot, warehouse in zip(lots, (self.warehouse, self.warehouse_2, self.warehouse), strict=True):
            self.env["stock.quant"]._update_available_quantity(lot.product_id, warehouse.lot_stock_id, 5, lot_id=lot)
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.syringe.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "company_id": self.company.id,
            }
        )

    def test_preview_counts_and_lists(self):
        self.products.tracking = "lot"
        self._stock()
        scope = self._scope(user=self.admin, category_id=self.devices.id)
        expected = {
            "product_count": 2,
            "warehouse_count": 2,
            "orderpoint_count": 1,
            "lot_count": 2,
            "quant_count": 2,
        }
        self.assertRecordValues(scope, [expected])
        scope.warehouse_id = self.warehouse_2
        self.assertRecordValues(
            scope,
            [{**expected, "warehouse_count": 1, "orderpoint_count": 0, "lot_count": 1, "quant_count": 1}],
        )
        for action, count in (
            (scope.action_view_products(), 2),
            (scope.action_view_warehouses(), 1),
            (scope.action_view_orderpoints(), 0),
            (scope.action_view_lots(), 1),
            (scope.action_view_quants(), 1),
        ):
            self.assertEqual(self.env[action["res_model"]].search_count(action["domain"]), count)

    def test_preview_before_saving(self):
        form = Form(self.env["medical.scope"].with_user(self.admin))
        form.feature_id = self.feature
        form.category_id = self.devices
        self.assertEqual(form.product_count, 2)
        form.category_id = self.implants
        self.assertEqual(form.product_count, 1)

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------

    def test_only_administrators_set_scopes(self):
        scope = self._scope()
        for login, group in (
            ("scope_manager", "stock.group_stock_manager"),
            ("scope_planner", "medical_base.group_medical_planner"),
            ("scope_approver", "medical_base.group_medical_quality_approver"),
            ("scope_regulatory", "medical_base.group_medical_regulatory"),
            ("scope_auditor", "medical_base.group_medical_auditor"),
        ):
            user = self._user(login, group)
            with self.subTest(group=group):
                self.assertEqual(scope.with_user(user).state, "draft")
                for attempt in (
                    lambda user=user: scope.with_user(user).action_activate(),
                    lambda user=user: scope.with_user(user).write({"reason": "x"}),
                    lambda user=user: self._scope(user=user),
                    lambda user=user: scope.with_user(user).unlink(),
                ):
                    with self.assertRaises(AccessError):
                        attempt()
        self.assertEqual(scope.state, "draft")
        with self.assertRaises(AccessError):
            scope.with_user(self._user("scope_plain_employee")).read(["state"])

    def test_administrator_of_another_company(self):
        scope = self._scope()
        stranger = self._user("scope_stranger", "admin", company=self.other_company)
        self.assertFalse(self.env["medical.scope"].with_user(stranger).search([("id", "=", scope.id)]))
        with self.assertRaises(AccessError):
            scope.with_user(stranger).action_activate()
