from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MedicalBaseCase

READERS = (
    "medical_base.group_medical_auditor",
    "medical_base.group_medical_regulatory",
    "medical_base.group_medical_quality_approver",
    "base.group_system",
)
OTHERS = (
    "base.group_user",
    "stock.group_stock_manager",
    "medical_base.group_medical_planner",
    "medical_base.group_medical_quality_user",
)


@tagged("post_install", "-at_install")
class TestRoles(MedicalBaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["medical.audit.entry"]._log(
            cls.company + cls.other_company,
            [(cls.company.id, "Ours", "name", "a", "b"), (cls.other_company.id, "Theirs", "name", "a", "b")],
        )

    def test_readers_of_the_audit_trail(self):
        for number, group in enumerate(READERS):
            user = self._user(f"role_reader_{number}", group)
            with self.subTest(group=group):
                entries = self.env["medical.audit.entry"].with_user(user).search([("model", "=", "res.company")])
                self.assertIn("Ours", entries.mapped("res_name"))
                self.assertNotIn("Theirs", entries.mapped("res_name"))
                check = self.env["medical.audit.check"].with_user(user).create({})
                check.action_check()
                check.action_export()

    def test_the_others_do_not_read_it(self):
        for number, group in enumerate(OTHERS):
            user = self._user(f"role_other_{number}", group)
            with self.subTest(group=group):
                for model in ("medical.audit.entry", "medical.audit.head"):
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).search([])
                with self.assertRaises(AccessError):
                    self.env["medical.audit.check"].with_user(user).create({})

    def test_implied_groups(self):
        planner = self._user("role_planner", "planner")
        self.assertTrue(planner.has_group("stock.group_stock_user"))
        self.assertFalse(planner.has_group("medical_base.group_medical_quality_user"))
        approver = self._user("role_approver", "approver")
        self.assertTrue(approver.has_group("medical_base.group_medical_quality_user"))
        auditor = self._user("role_auditor", "auditor")
        self.assertFalse(auditor.has_group("stock.group_stock_user"))

    def test_administrator_has_the_groups(self):
        groups = self.env.ref("base.user_admin").all_group_ids
        for group in ("planner", "quality_approver", "regulatory"):
            self.assertIn(self.env.ref(f"medical_base.group_medical_{group}"), groups)

    def test_menus(self):
        """The Quality app is there for those who work in it, the audit trail for its readers only."""
        root = self.env.ref("medical_base.menu_medical_root")
        trail = self.env.ref("medical_base.menu_medical_audit_entry")
        scopes = self.env.ref("medical_base.menu_stock_medical_scope")
        for number, (group, sees) in enumerate(
            {
                "medical_base.group_medical_auditor": {root, trail},
                "medical_base.group_medical_regulatory": {root, trail},
                "medical_base.group_medical_quality_approver": {root, trail},
                "stock.group_stock_manager": set(),
            }.items()
        ):
            user = self._user(f"role_menu_{number}", group)
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            with self.subTest(group=group):
                self.assertEqual({menu for menu in (root, trail, scopes) if menu.id in visible}, sees)

    def test_features_are_data(self):
        with self.assertRaises(AccessError):
            self.env["medical.scope.feature"].with_user(self.admin).create({"name": "Mine", "code": "mine"})
