"""The generated test of documents: role × state × step, by button, ``write`` and RPC."""

from contextlib import suppress

from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import ROLES


class DocumentCase:
    """Mixed into a MedicalCase of an addon: every document of that addon does exactly what it declares.

    ``builders`` names for each document a method ``(state) → record`` that brings a new record into a state by its own
    steps; a document without one fails. ``roles`` are the groups that people have one of, besides those of the steps, as
    far as there are any. ``arguments`` gives the keyword arguments of steps that need some.
    """

    allow_inherited_tests_method = True  # Odoo's loader leaves inherited tests out otherwise

    addon = ""
    builders: dict[str, str] = {}
    roles = tuple(ROLES.values())
    arguments: dict[tuple[str, str], dict] = {}

    def _documents(self):
        """The documents that the addon defines."""
        mixin = self.env.registry["medical.document.mixin"]
        return [
            self.env[name]
            for name, model in sorted(self.env.registry.items())
            if issubclass(model, mixin) and not model._abstract and model._original_module == self.addon
        ]

    def _role_user(self, group: str):
        login = f"role_{group.replace('.', '_')}"
        return self.env["res.users"].search([("login", "=", login)]) or self._user(login, group)

    def test_every_document_has_a_builder(self):
        self.assertTrue(self._documents())
        self.assertEqual(sorted(document._name for document in self._documents()), sorted(self.builders))

    def test_steps_are_as_declared(self):
        for document in self._documents():
            for state in document._states():
                with self.subTest(document=document._name, state=state):
                    self._walk(getattr(self, self.builders[document._name])(state), state)

    def _walk(self, record, state: str):
        self.assertEqual(record.state, state, "its builder brings it there")
        steps = [step for step in record._get_steps().values() if not step.system]
        roles = [group for group in self.roles if self.env.ref(group, raise_if_not_found=False)]
        groups = dict.fromkeys((*roles, *(group for step in steps for group in step.groups)))
        people = {self._role_user(group): group for group in groups}
        # Those whom separation of duties keeps from a step, with all the rights that they have.
        for step in steps:
            people |= {
                user: f"not by {user.login}" for user in record._excluded(step)[record].sudo(False) if not user.share
            }
        for user, group in people.items():
            own = record.with_user(user).with_company(self.company)
            readable = own.has_access("read")
            buttons = self._shown_buttons(own) if readable else set()
            for step in steps:
                with self.subTest(group=group, step=step.name):
                    expected = (
                        readable
                        and own.has_access(step.access)
                        and (not step.groups or any(user.has_group(name) for name in step.groups))
                        and state in step.states
                        and own not in own._kept_out(step)
                    )
                    self._check_call(own, step, expected)
                    self._check_write(own, step)
                    if step.name in buttons:
                        # Access through the model itself is what the form shows to whoever opens it.
                        self.assertTrue(expected or not own.has_access(step.access), "a button for what is refused")

    def _check_call(self, record, step, expected: bool):
        """Over RPC the step is refused, or it goes on: it asks for a signature, says what is unmet or is taken."""
        before = record.sudo().state
        arguments = self.arguments.get((record._name, step.name), {})
        refused = None
        try:
            # Nothing of a try stays.
            with mute_logger("odoo.sql_db", "odoo.http"), self.env.cr.savepoint() as savepoint:
                try:
                    call_kw(
                        record.browse(), step.name, [record.ids], dict(arguments, context={"medical_reason": "Test"})
                    )
                except UserError as error:
                    refused = error
                savepoint.rollback()
        finally:
            self.env.invalidate_all()
        self.assertEqual(record.sudo().state, before)
        if expected:
            self.assertNotIsInstance(refused, AccessError, f"it is declared, and refused: {refused}")
        else:
            self.assertIsNotNone(refused, "it is not declared, and goes on")

    def _check_write(self, record, step):
        target = step.to or next(state for state in record._states() if state != record.sudo().state)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            record.write({"state": target})
        with self.assertRaises(UserError), self.env.cr.savepoint():
            record.with_context(medical_guard=True, _force_unlink=True).write({"state": target})

    def _shown_buttons(self, record) -> set[str]:
        """Names of the steps whose buttons the form shows to the record's user."""
        arch = etree.fromstring(record.get_view(view_type="form")["arch"])
        shown = set()
        for button in arch.xpath("//button[not(ancestor::field)]"):
            name = button.get("name")
            if name in record._get_steps():
                values = {}
                with suppress(AccessError):
                    values = {
                        field: record[field] for field in record._fields if field in (button.get("invisible") or "")
                    }
                values["id"] = record.id
                if not safe_eval(
                    button.get("invisible") or "False", {key: self._plain(v) for key, v in values.items()}
                ):
                    shown.add(name)
        return shown

    def _plain(self, value):
        return (value.ids or False) if hasattr(value, "ids") else value

    def test_kept_documents_are_not_deleted(self):
        """Whatever the context says."""
        for document in self._documents():
            for state in document._states():
                record = getattr(self, self.builders[document._name])(state)
                if not record._kept():
                    continue
                for context in ({}, {"_force_unlink": True}, {"force_delete": True}):
                    with (
                        self.subTest(document=document._name, state=state, context=context),
                        self.assertRaises(UserError),
                        self.env.cr.savepoint(),
                    ):
                        record.sudo().with_context(**context).unlink()

    def test_public_methods_are_declared(self):
        for document in self._documents():
            for name in dir(type(document)):
                method = getattr(type(document), name, None)
                module = getattr(method, "__module__", None) or ""
                if name.startswith(("_", "action_view_")) or not callable(method):
                    continue
                if module.startswith("odoo.addons.medical_") and not hasattr(method, "_medical_step"):
                    with self.subTest(document=document._name, method=name):
                        self.assertTrue(
                            any(
                                name in vars(base)
                                for base in type(document).mro()
                                if not base.__module__.startswith("odoo.addons.medical_")
                            ),
                            "public, no step, not inherited, not action_view_*",
                        )
