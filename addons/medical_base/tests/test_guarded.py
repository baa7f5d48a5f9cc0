import json

from odoo.exceptions import AccessError
from odoo.models import BaseModel
from odoo.service.model import call_kw
from odoo.tests import Form, tagged, users

from odoo.addons.medical_base.models.medical_guarded_mixin import GUARD_KEY

from .common import MedicalBaseCase

FORGERIES = (True, 1, "True", "<object>", {"is": True}, ["*"], json.dumps({"model": "medical.scope"}))


@tagged("post_install", "-at_install")
class TestGuarded(MedicalBaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scope = cls._scope(category_id=cls.devices.id)
        cls.vals = {"feature_id": cls.feature.id, "company_id": cls.company.id}
        cls.stock_manager = cls._user("base_stock_manager", "manager")

    def _attempts(self):
        """Users with every right one can have, up to the superuser."""
        return [self.stock_manager, self.admin, self.env.ref("base.user_root")]

    def test_write_is_refused_with_any_context(self):
        for user in self._attempts():
            for forged in FORGERIES:
                scope = self.scope.with_user(user)
                with self.subTest(user=user.login, forged=forged), self.assertRaises(AccessError):
                    call_kw(
                        scope.browse(),
                        "write",
                        [self.scope.ids, {"state": "active"}],
                        {"context": {GUARD_KEY: forged}},
                    )
                self.assertEqual(self.scope.state, "draft")

    def test_create_is_refused_with_any_context(self):
        for user in self._attempts():
            for forged in FORGERIES:
                model = self.env["medical.scope"].with_user(user)
                with self.subTest(user=user.login, forged=forged), self.assertRaises(AccessError):
                    call_kw(
                        model,
                        "create",
                        [[{**self.vals, "state": "active"}]],
                        {"context": {GUARD_KEY: forged}},
                    )

    def test_other_public_doors_are_refused(self):
        scope = self.scope.sudo()
        doors = {
            "web_save": lambda: scope.web_save({"state": "active"}, {}),
            "assignment": lambda: setattr(scope, "state", "active"),
            "copy": lambda: scope.copy({"state": "active"}),
            "create in the context of a default": (
                lambda: scope.with_context(default_state="active").create({**self.vals, "state": "active"})
            ),
            "the value it has": lambda: scope.write({"state": "draft"}),
        }
        for door, attempt in doors.items():
            with self.subTest(door=door), self.assertRaises(AccessError):
                attempt()
        self.env.invalidate_all()
        self.assertEqual(self.scope.state, "draft")

    def test_private_methods_are_not_remote(self):
        for method, arguments in (
            ("_guarded_write", [self.scope.ids, {"state": "active"}]),
            ("_guarded_create", [[{**self.vals, "state": "active"}]]),
            ("_write", [self.scope.ids, {"state": "active"}]),
            ("_set_state", [self.scope.ids, "active"]),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                call_kw(self.env["medical.scope"].with_user(self.admin), method, arguments, {})

    def test_import_is_refused(self):
        result = (
            self.env["medical.scope"]
            .sudo()
            .load(["feature_id", "company_id", "state"], [[self.feature.name, self.company.name, "Active"]])
        )
        self.assertFalse(result["ids"])
        self.assertIn("cannot be set directly", result["messages"][0]["message"])
        self.assertEqual(self.env["medical.scope"].search_count([("feature_id", "=", self.feature.id)]), 1)

    def test_import_without_the_field_works(self):
        result = self.env["medical.scope"].load(["feature_id", "company_id"], [[self.feature.name, self.company.name]])
        self.assertEqual(self.env["medical.scope"].browse(result["ids"]).state, "draft")

    def test_defaults_from_outside_do_not_reach_the_field(self):
        self.env["ir.default"].set("medical.scope", "state", "active")
        scope = self.env["medical.scope"].with_context(default_state="active").create(self.vals)
        self.assertEqual(scope.state, "draft")
        defaults = self.env["medical.scope"].with_context(default_state="active").default_get(["state", "active"])
        self.assertEqual(defaults, {"state": "draft", "active": True})

    def test_other_context_defaults_still_work(self):
        scope = self.env["medical.scope"].with_context(default_category_id=self.office.id).create(self.vals)
        self.assertEqual(scope.category_id, self.office)

    def test_form_saves_without_the_guarded_field(self):
        form = Form(self.env["medical.scope"].with_user(self.admin).with_context(default_state="active"))
        form.feature_id = self.feature
        scope = form.save()
        self.assertEqual(scope.state, "draft")
        with self.assertRaises(AssertionError):
            form.state = "active"

    def test_copy_starts_as_a_draft(self):
        self.scope.action_activate()
        copy = self.scope.copy()
        self.assertEqual((copy.state, self.scope.state), ("draft", "active"))

    def test_the_model_itself_may(self):
        self.assertTrue(self.scope._guarded_write({"state": "active"}))
        self.assertEqual(self.scope.state, "active")
        created = self.env["medical.scope"]._guarded_create([{**self.vals, "state": "ended"}, dict(self.vals)])
        self.assertEqual(created.mapped("state"), ["ended", "draft"])
        self.assertNotIn(GUARD_KEY, created.env.context)

    def test_the_pass_opens_nothing_else(self):
        """What runs inside a guarded call (an automation, an override) cannot use it for other records."""
        other = self._scope(category_id=self.office.id)
        seen, refused = [], []
        scope_class = self.env.registry["medical.scope"]
        original = scope_class.write

        def write(records, vals):
            if "state" in vals and not seen:
                seen.append(records.env.context[GUARD_KEY])
                for attempt in (
                    lambda: other.with_env(records.env).write({"state": "active"}),
                    lambda: other.with_env(records.env).create({**self.vals, "state": "active"}),
                ):
                    try:
                        attempt()
                    except AccessError:
                        refused.append(True)
            return original(records, vals)

        self.patch(scope_class, "write", write)
        self.scope._guarded_write({"state": "active"})
        self.assertEqual(refused, [True, True])
        self.assertEqual((self.scope.state, other.state), ("active", "draft"))
        with self.assertRaises(AccessError):
            self.scope.with_context(**{GUARD_KEY: seen[0]}).write({"state": "ended"})

    def test_the_pass_is_spent_once_and_does_not_travel_down(self):
        below = []
        original = BaseModel.write

        def write(records, vals):
            below.append(records.env.context.get(GUARD_KEY))
            return original(records, vals)

        self.patch(BaseModel, "write", write)
        self.scope._guarded_write({"state": "active"})
        self.assertTrue(below)
        self.assertEqual(set(below), {None})

    def test_a_copied_guarded_field_does_not_load(self):
        scope = self.env["medical.scope"]
        scope._post_model_setup__()
        for attribute in ("copy", "translate", "company_dependent"):
            with self.subTest(attribute=attribute):
                self.patch(scope._fields["state"], attribute, True)
                with self.assertRaisesRegex(TypeError, "copy=False"):
                    scope._post_model_setup__()
                self.patch(scope._fields["state"], attribute, None if attribute != "copy" else False)
        self.patch(type(scope), "_guarded_fields", ("no_such_field",))
        with self.assertRaisesRegex(TypeError, "no_such_field"):
            scope._post_model_setup__()

    @users("test_admin")
    def test_the_refusal_says_what_to_do(self):
        with self.assertRaisesRegex(AccessError, "State of Medical Scope Test feature.*use the buttons"):
            self.scope.with_env(self.env).write({"state": "active"})
