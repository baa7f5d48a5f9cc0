from datetime import datetime

from freezegun import freeze_time

from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.orm.model_classes import add_to_registry
from odoo.tests import tagged

from odoo.addons.medical_base.document import step
from odoo.addons.medical_base.models.medical_signed_mixin import signed

from .common import MedicalBaseCase


@tagged("post_install", "-at_install")
class TestMixins(MedicalBaseCase):
    """A document of another addon: scopes that are signed by two people and have legal clocks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        class Document(models.Model):
            _module = None
            _name = "medical.scope"
            _inherit = ["medical.scope", "medical.signed.mixin", "medical.clocked.mixin"]

            _signed_fields = ("valid_from", "category_id")

            @step("draft", label="Write Up", sign="author")
            def action_write_up(self):
                return {"type": "ir.actions.client", "tag": "reload", "context": {"kept": 1}}

            @step(
                "draft",
                to="active",
                label="Approve",
                group="base.group_system",
                sign="approval",
                reason=True,
                not_by=("write_up", "create_uid"),
            )
            def action_approve(self, step=None):
                self.reason = step

            def _unmet_approve(self, step=None):
                return {} if step else {document: [self.env._("No step")] for document in self}

        model_class = cls.registry["medical.scope"]
        bases = model_class._base_classes__

        def restore():
            model_class._base_classes__ = bases
            cls.registry._setup_models__(cls.env.cr, ["medical.scope"])

        cls.addClassCleanup(restore)
        add_to_registry(cls.registry, Document)
        cls.registry._setup_models__(cls.env.cr, ["medical.scope"])
        cls.document = cls._scope(category_id=cls.devices.id)
        cls.first = cls._user("mixin_first", "admin")
        cls.second = cls._user("mixin_second", "admin")

    def _as(self, user, **context):
        return self.document.with_user(user).with_context(
            signature_password=user.login, medical_reason="Looked at", **context
        )

    # ------------------------------------------------------------------
    # Signatures
    # ------------------------------------------------------------------

    def test_who_wrote_does_not_approve(self):
        self._as(self.first).action_write_up()
        with self.assertRaisesRegex(AccessError, "Ask a second person"):
            self._as(self.first).action_approve(step="one")
        self._as(self.second).action_approve(step="one")
        self.assertEqual(self.document.state, "active")
        self.assertEqual(self.document.signature_ids.mapped("meaning"), ["approval", "author"])
        self.assertEqual(self.document.reason, "one")

    def test_window_hands_the_arguments_on(self):
        with self.assertRaisesRegex(UserError, "No step"):
            self.document.with_user(self.second).action_approve()
        action = self.document.with_user(self.second).action_approve(step="two")
        wizard = self.env["medical.sign"].with_user(self.second).browse(action["res_id"])
        self.assertEqual((wizard.meaning, wizard.reason_required), ("approval", True))
        with self.assertRaisesRegex(UserError, "Say why"):
            wizard.with_context(signature_password=self.second.login).action_sign()
        wizard.reason = "Read"
        wizard.with_context(signature_password=self.second.login).action_sign()
        self.assertEqual((self.document.reason, self._entries(self.document)[-1].reason), ("two", "Read"))
        self.assertEqual(self.document.signature_ids.reason, "Read")

    def test_returned_action_carries_no_password(self):
        action = self.document.with_user(self.first).action_write_up()
        wizard = self.env["medical.sign"].with_user(self.first).browse(action["res_id"])
        result = wizard.with_context(signature_password=self.first.login).action_sign()
        # The client puts the context of the button below this one.
        self.assertEqual(
            result["context"],
            {"kept": 1, "signature_password": False, "signature_token": False, "signature_passkey": False},
        )

    def test_change_makes_the_signature_invalid(self):
        self._as(self.first).action_write_up()
        self.document.valid_from = "2020-01-01"
        self.assertEqual(self.document.signature_state, "broken")
        self.assertEqual(self.document.signature_ids.invalidation_reason, "Changed after signing: Valid From")
        # An invalid signature binds nobody any more.
        self._as(self.first).action_approve(step="one")

    def test_unknown_meaning(self):
        with self.assertRaises(ValueError):
            signed("applause")

    # ------------------------------------------------------------------
    # Clocks
    # ------------------------------------------------------------------

    def _start(self, *arguments, now="2026-03-06 13:00:00", **kwargs):
        with freeze_time(now):
            return self.document._start_clock(*arguments, **kwargs)

    def test_document_starts_clocks(self):
        clock = self._start("us", "recall_initiated", start="2026-03-06 12:00:00", user=self.second)
        self.assertRecordValues(
            clock,
            [
                {
                    "model": "medical.scope",
                    "res_id": self.document.id,
                    "company_id": self.company.id,
                    "user_id": self.second.id,
                    "start": datetime(2026, 3, 6, 12),
                    "due": datetime(2026, 3, 21, 3, 59, 59),
                    "market": "us",
                }
            ],
        )
        self.assertEqual(self.document.clock_ids, clock)
        self.assertEqual(clock.action_view_record()["res_id"], self.document.id)
        self.assertEqual(self._start("us", "recall_initiated"), clock, "it already runs")

    def test_anybody_may_have_a_clock_started(self):
        plain = self._user("mixin_plain", "clerk")
        with freeze_time("2026-03-06 13:00:00"):
            clock = self.document.with_user(plain)._start_clock("eu", "death")
        self.assertEqual((clock.sudo().user_id, clock.sudo().due), (plain, datetime(2026, 3, 16, 22, 59, 59)))

    def test_without_a_rule_nothing_starts(self):
        with self.assertRaisesRegex(UserError, "no legal clock rule for Death .* in United States on 2026-03-06"):
            self._start("us", "death")

    def test_document_is_as_urgent_as_its_nearest_clock(self):
        self._start("eu", "serious_incident")
        self._start("eu", "public_health")
        for now, urgency in (
            ("2026-03-07 01:00:00", "in_time"),
            ("2026-03-08 20:00:00", "urgent"),
            ("2026-03-10", "late"),
        ):
            with freeze_time(now):
                self.env.invalidate_all()
                self.assertEqual(self.document.clock_urgency, urgency)

    def test_no_close_with_a_running_clock(self):
        self._start("eu", "serious_incident")
        self._start("eu", "death")
        with freeze_time("2026-03-08"):
            self.assertEqual(len(self.document._stop_clocks("death")), 1)
            with self.assertRaisesRegex(UserError, "cannot be closed while the legal clock Serious incident"):
                self.document._check_no_running_clock()
            self.document._stop_clocks(market="eu")
            self.document._check_no_running_clock()
        self.assertEqual(set(self.document.clock_ids.mapped("state")), {"met"})
