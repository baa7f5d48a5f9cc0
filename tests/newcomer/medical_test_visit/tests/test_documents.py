from odoo.tests import tagged

from odoo.addons.medical_base.tests.common import MedicalBaseCase
from odoo.addons.medical_base.tests.document_case import DocumentCase


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase, MedicalBaseCase):
    addon = "medical_test_visit"
    builders = {"medical.test.visit": "_build_visit"}

    def _build_visit(self, state):
        reporter = self._role_user("medical_base.group_medical_quality_user")
        approver = self._role_user("medical_base.group_medical_quality_approver")
        visit = self.env["medical.test.visit"].with_company(self.company).with_user(reporter)
        visit = visit.create({"partner_id": self.company.partner_id.id, "findings": "Clean room is not locked"})
        if state != "planned":
            visit.action_report()
        if state == "approved":
            visit.with_user(approver).with_context(signature_password=approver.login).action_approve()
        return visit.with_env(self.env)
