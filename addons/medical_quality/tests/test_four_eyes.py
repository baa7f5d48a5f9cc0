"""Nobody gets past the second person: neither by having somebody else open or sign the record, nor by its settings."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import tagged

from .test_nonconformity import EVALUATION, NonconformityCase


@tagged("post_install", "-at_install")
class TestFourEyes(NonconformityCase):
    def _evaluated_by_others(self):
        record = self._contained()
        record.write(EVALUATION)
        self._sign(record, self.quality, "action_evaluate")
        return record

    def test_who_wrote_a_disposition_does_not_approve(self):
        kind = {"kind": "scrap", "quantity": 10}

        def by_record(record):
            line = {"line_id": record.line_ids.id, **kind}
            record.with_user(self.approver).disposition_ids = [Command.create(line)]

        def by_change(record):
            self._dispose(record, {**kind, "kind": "regrade", "new_grade": "Training"})
            record.disposition_ids.with_user(self.approver).kind = "scrap"

        def by_removal(record):
            self._dispose(record, {**kind, "quantity": 10})
            self._dispose(record, {**kind, "quantity": 1})
            record.disposition_ids[1].with_user(self.approver).unlink()

        for write in (by_record, by_change, by_removal):
            with self.subTest(write.__name__):
                record = self._evaluated_by_others()
                write(record)
                self._refused(record, self.approver, "action_approve", "second person", error=AccessError)
                self._sign(record, self.approver_2, "action_approve")
                self.assertEqual(record.state, "approved")
                self._sign(record, self.approver, "action_revise", "Next")
                self._sign(record, self.approver, "action_cancel", "Next")

    def test_nobody_contains_and_cancels(self):
        record = self._open(user=self.approver)
        self._sign(record, self.approver, "action_contain")
        self._refused(record, self.approver, "action_cancel", "second person", "Wrong", error=AccessError)
        self.assertTrue(self.lot.quality_blocked)
        record.write(EVALUATION)
        self._sign(record, self.approver_2, "action_evaluate")
        self._refused(record, self.approver_2, "action_cancel", "second person", "Wrong", error=AccessError)
        third = self._user("quality_approver_3", "medical_base.group_medical_quality_approver")
        self._sign(record, third, "action_cancel", "Wrong")
        draft = self._open(user=self.approver)
        self._sign(draft, self.approver, "action_cancel", "Nothing was contained yet")

    def test_who_wrote_the_value_does_not_approve(self):
        for values in ({"new_value": "5000"}, {"field_name": "use_time"}, {"effective_date": "2040-01-01"}):
            change = self.env["medical.master.change"].with_user(self.quality)
            change = change.create(
                {
                    "product_tmpl_id": self.stent.product_tmpl_id.id,
                    "company_id": self.company.id,
                    "new_value": "500",
                    "reason": "Stability study",
                }
            )
            change.with_user(self.approver).write(values)
            with self.subTest(values), self.assertRaisesRegex(AccessError, "second person"):
                self._sign(change, self.approver, "action_approve")
            self._sign(change, self.approver_2, "action_approve")
            self.assertIn(change.state, ("approved", "applied"))

    def test_source_of_a_hold_is_not_swapped(self):
        hold = self._hold(self.lot)
        other = self._lot("OTHER", 1)
        hold.with_user(self.quality).source = f"stock.lot,{self.lot.id}"
        with self.assertRaisesRegex(UserError, "stays so"), self.cr.savepoint():
            hold.with_user(self.quality).source = f"stock.lot,{other.id}"
        with self.assertRaisesRegex(UserError, "stays so"), self.cr.savepoint():
            hold.with_user(self.quality).source = False
        self.assertEqual(hold.source, self.lot)
        hold.with_user(self.quality).write({"source": f"stock.lot,{self.lot.id}"})

    def test_sources_of_other_companies(self):
        other = self.env["res.company"].create({"name": "Quality Other Company"})
        product = self._product("Theirs", self.devices, company_id=other.id)
        theirs = self.env["stock.lot"].sudo().create({"name": "T", "product_id": product.id, "company_id": other.id})
        for record in (self._hold(self.lot), self._open()):
            for res_id in (theirs.id, theirs.id + 10**6):
                with (
                    self.subTest(record=record, res_id=res_id),
                    self.assertRaisesRegex(UserError, "choose another|cannot be"),
                ):
                    with self.cr.savepoint():
                        record.with_user(self.quality).write({"source": f"stock.lot,{res_id}"})

    def test_own_trainings_are_not_moved(self):
        required = self.env["medical.training.requirement"].with_user(self.approver)
        lift, release = required.create(
            [{"name": "Lifting", "task": "inspect"}, {"name": "Release", "task": "release"}]
        )
        records = self.env["medical.training.record"].with_user(self.approver_2)
        record = records.create({"requirement_id": lift.id, "user_id": self.approver.id}).with_user(self.approver)
        with self.assertRaisesRegex(ValidationError, "somebody else"), self.cr.savepoint():
            record.requirement_id = release
        with self.assertRaisesRegex(ValidationError, "somebody else"), self.cr.savepoint():
            lift.record_ids = [Command.update(record.id, {"requirement_id": release.id})]
        self.assertEqual(record.requirement_id, lift)

    def test_one_decision_is_one_signature(self):
        lot = self._lot("TWICE", 1)
        context = {"signature_password": self.approver.login, "medical_reason": "ok"}
        lots = self.env["stock.lot"].with_user(self.approver)
        call_kw(lots, "action_quality_release", [lot.ids * 50], {"context": context})
        self.assertEqual((lot.quality_state, len(lot.signature_ids)), ("released", 1))
        names = self._entries(lot).mapped("field_name")
        self.assertEqual((names.count("quality_state"), names.count("(signed)")), (1, 1))

    def _entries(self, records):
        domain = [("model", "=", records._name), ("res_id", "in", records.ids)]
        return self.env["medical.audit.entry"].search(domain, order="id")
