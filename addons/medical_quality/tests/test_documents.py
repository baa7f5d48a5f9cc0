from odoo.tests import tagged

from odoo.addons.medical_base.tests.document_case import DocumentCase

from .test_nonconformity import EVALUATION, NonconformityCase


@tagged("post_install", "-at_install")
class TestQualityDocuments(DocumentCase, NonconformityCase):
    addon = "medical_quality"
    builders = {
        "medical.hold": "_build_hold",
        "medical.inspection": "_build_inspection",
        "medical.master.change": "_build_change",
        "medical.nonconformity": "_build_nonconformity",
    }
    arguments = {
        ("medical.inspection", "action_decide_quantities"): {"accepted": 4, "rejected": 0, "concession": 0},
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls._plan(characteristic_ids=[(0, 0, {"name": "Seal", "kind": "attribute"})])

    def _build_hold(self, state):
        hold = (
            self.env["medical.hold"]
            .with_user(self.quality)
            .create({"reason": "Seal", "company_id": self.company.id, "line_ids": [(0, 0, {"lot_id": self.lot.id})]})
        )
        if state != "draft":
            hold.action_set()
        if state == "lifted":
            self._lift(hold.with_user(self.approver), "Fine")
        return hold.with_env(self.env)

    def _build_inspection(self, state):
        number = len(self.env["medical.inspection"].search([]))
        inspection = self._receive(f"BOUGHT{number}", 4)
        inspection.result_ids.with_user(self.quality).write({"checked": 1, "nonconforming": int(state == "failed")})
        if state == "skipped":
            inspection._skip()
            return inspection
        self._sign(inspection, self.quality, "action_inspected")
        if state != "open":
            good = 4 * (state == "passed")
            self._decide(inspection.with_user(self.quality_2), good, 4 - good, 0)
        return inspection

    def _build_change(self, state):
        change = (
            self.env["medical.master.change"]
            .with_user(self.quality)
            .create(
                {
                    "product_tmpl_id": self.stent.product_tmpl_id.id,
                    "company_id": self.company.id,
                    "new_value": "500",
                    "reason": "Stability study",
                    **({"effective_date": "2040-01-01"} if state == "approved" else {}),
                }
            )
        )
        if state in ("approved", "applied"):
            self._sign(change, self.approver, "action_approve")
        elif state == "cancelled":
            change.action_cancel(reason="Asked for twice")
        return change.with_env(self.env)

    def _build_nonconformity(self, state):
        record = self._open(self._lot(f"NC{len(self.env['medical.nonconformity'].search([]))}", 10, state="released"))
        if state == "cancelled":
            self._sign(record, self.approver, "action_cancel", "Twice")
            return record.with_env(self.env)
        if state != "draft":
            self._sign(record, self.quality, "action_contain")
        if state not in ("draft", "contained"):
            record.write(EVALUATION)
            self._sign(record, self.quality, "action_evaluate")
            self._dispose(record, {"kind": "use_as_is", "quantity": 10, "justification": "Cosmetic"})
            self._sign(record, self.regulatory, "action_confirm_requirement")
        if state in ("approved", "executed", "closed"):
            self._sign(record, self.approver, "action_approve")
        if state in ("executed", "closed"):
            self._sign(record, self.quality_2, "action_execute")
        if state == "closed":
            self._close(record)
        return record.with_env(self.env)
