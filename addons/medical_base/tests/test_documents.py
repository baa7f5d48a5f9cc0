from freezegun import freeze_time

from odoo.tests import tagged

from .common import MedicalBaseCase
from .document_case import DocumentCase


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase, MedicalBaseCase):
    people = (*MedicalBaseCase.people, "regulatory", "approver")
    addon = "medical_base"
    builders = {
        "medical.scope": "_build_scope",
        "medical.clock": "_build_clock",
        "medical.clock.rule": "_build_rule",
        "medical.clock.extension": "_build_extension",
    }
    arguments = {("medical.clock", "action_correct_start"): {"start": "2026-01-05 12:00:00"}}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["medical.holiday.calendar"].create({"name": "None", "tz": "UTC"})

    def _signing(self, record, user):
        return record.with_user(user).with_context(signature_password=user.login)

    def _build_scope(self, state):
        scope = self._scope(category_id=self.env["product.category"].create({"name": "For steps"}).id)
        if state != "draft":
            scope.with_user(self.admin).action_activate()
        if state == "ended":
            scope.with_user(self.admin).action_end()
        return scope

    def _build_rule(self, state, **vals):
        rule = self.env["medical.clock.rule"].create(
            {
                "name": "Own limit",
                "market": "own",
                "trigger": "recall_plan",
                "basis": "practice",
                "number": 5,
                "calendar_id": self.calendar.id,
                "source": "SOP 1",
                "valid_from": f"2020-01-{len(self.env['medical.clock.rule'].search([])) % 27 + 1:02}",
                "company_id": self.company.id,
                **vals,
            }
        )
        if state != "open":
            self._signing(rule, self.regulatory).action_sign()
        if state == "retired":
            self._signing(rule, self.regulatory).action_retire(reason="No longer")
        return rule

    def _build_clock(self, state):
        with freeze_time("2026-01-05 13:00:00"):
            clock = self.env["medical.clock"].create(
                {
                    "name": "Limit",
                    "rule_id": self._build_rule("open").id,
                    "company_id": self.company.id,
                    "start": "2026-01-05 12:00:00",
                }
            )
        regulatory = clock.with_user(self.regulatory)
        if state == "met":
            with freeze_time("2026-01-06"):
                regulatory.action_stop()
        elif state == "met_late":
            with freeze_time("2026-02-06"):
                regulatory.action_stop(reason="Late")
        elif state == "cancelled":
            regulatory.action_cancel(reason="None of ours")
        return clock

    def _build_extension(self, state):
        extension = (
            self.env["medical.clock.extension"]
            .with_user(self.regulatory)
            .create({"clock_id": self._build_clock("running").id, "days": 3, "reason": "Supplier is closed"})
        )
        if state == "approved":
            self._signing(extension, self.approver).action_approve()
        elif state == "refused":
            extension.with_user(self.approver).action_refuse()
        return extension.with_env(self.env)
