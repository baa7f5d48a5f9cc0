from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.medical_base.tests.document_case import DocumentCase

from .common import AS_OF, DemandCase


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase, DemandCase):
    addon = "medical_demand"
    builders = {"medical.demand.event": "_build_event", "medical.demand.import": "_build_import"}

    def _build_event(self, state):
        event = (
            self.env["medical.demand.event"]
            .with_user(self.planner)
            .create(
                {
                    "name": "Tender",
                    "company_id": self.company.id,
                    "date_from": AS_OF,
                    "date_to": AS_OF,
                    "product_ids": [(6, 0, self.gloves.ids)],
                }
            )
        )
        if state != "draft":
            event.action_confirm()
        if state == "cancelled":
            event.action_cancel()
        return event.with_env(self.env)

    def _build_import(self, state):
        imports = self.env["medical.demand.import"]
        imports.search([("state", "in", ("running", "done"))])._take("action_cancel")
        self.patch(self.registry[imports._name], "_at_once", 100 if state == "done" else 0)
        batch = self._import()
        if state == "draft":
            return batch.copy({"file": batch.file})
        if state == "failed":
            batch._fail(message="Disk full")
        elif state == "cancelled":
            batch.with_user(self.planner).action_cancel()
        return batch

    def test_what_was_confirmed_once_is_kept(self):
        """Neither back to draft nor cancelled can it be deleted; a draft that was cancelled can."""
        event = self._build_event("confirmed")
        event.action_draft()
        with self.assertRaisesRegex(UserError, "kept as a record"):
            event.unlink()
        event.action_cancel()
        with self.assertRaisesRegex(UserError, "kept as a record"):
            event.unlink()
        draft = self._build_event("draft")
        draft.action_cancel()
        draft.unlink()
        self.assertFalse(draft.exists())
