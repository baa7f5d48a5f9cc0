from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.orm.model_classes import add_to_registry
from odoo.tests import Form, new_test_user, tagged

from .common import MedicalQualityCase

EVALUATION = {
    "severity": "3",
    "occurrence": "2",
    "investigation": "no",
    "investigation_reason": "The cause is known",
    "third_party": "no",
    "shipped": "no",
}


class NonconformityCase(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quality_2 = cls._user("quality_second", "medical_base.group_medical_quality_user")
        cls.approver_2 = cls._user("quality_approver_2", "medical_base.group_medical_quality_approver")
        cls.regulatory = cls._user("quality_regulatory", "medical_base.group_medical_regulatory")
        cls.lot = cls._lot("L1", 10, state="released")

    @classmethod
    def _open(cls, lots=None, user=None, **values):
        lots = cls.lot if lots is None else lots
        return (
            cls.env["medical.nonconformity"]
            .with_user(user or cls.quality)
            .create(
                {
                    "description": "Seal is open",
                    "origin": "storage",
                    "company_id": cls.company.id,
                    "line_ids": [(0, 0, {"lot_id": lot.id}) for lot in lots],
                    **values,
                }
            )
        )

    @classmethod
    def _contained(cls, *lots, **values):
        record = cls._open(*lots, **values)
        cls._sign(record, cls.quality, "action_contain")
        return record

    @classmethod
    def _evaluated(cls, *lots, evaluation=None, **values):
        record = cls._contained(*lots, **values)
        record.write({**EVALUATION, **(evaluation or {})})
        cls._sign(record, cls.quality, "action_evaluate")
        return record

    @classmethod
    def _dispose(cls, record, *dispositions):
        record.with_user(cls.quality).write(
            {"disposition_ids": [(0, 0, {"line_id": record.line_ids[:1].id, **values}) for values in dispositions]}
        )
        return record.disposition_ids

    @classmethod
    def _approved(cls, *dispositions, partner=None):
        record = cls._evaluated(**({"partner_id": partner.id} if partner else {}))
        cls._dispose(record, *dispositions)
        if record.has_concession:
            cls._sign(record, cls.regulatory, "action_confirm_requirement")
        cls._sign(record, cls.approver, "action_approve")
        return record

    def _refused(self, record, user, method, message, reason=None, error=UserError):
        state = record.state
        with self.assertRaisesRegex(error, message), self.cr.savepoint():
            self._sign(record, user, method, reason)
        self.assertEqual(record.state, state)

    def _executed(self, record, user=None):
        self._sign(record, user or self.quality_2, "action_execute")
        self.assertEqual(record.state, "executed")

    def _close(self, record):
        record.with_user(self.quality).write({"capa_decision": "not_needed", "capa_reason": "Single event"})
        self._sign(record, self.approver, "action_close")
        self.assertEqual((record.state, record.closed_by_id), ("closed", self.approver))


@tagged("post_install", "-at_install")
class TestNonconformity(NonconformityCase):
    # Containment

    def test_containing_puts_whole_lots_on_hold(self):
        picking = self._move(self.stock, self.customers, None, 15, product=self.stent)
        picking.action_assign()
        record = self._contained()
        self.assertEqual((record.line_ids.quantity, record.contained_by_id), (10, self.quality))
        self.assertEqual(
            (record.hold_id.state, record.hold_id.reason, record.hold_id.source), ("active", "Seal is open", record)
        )
        self.assertTrue(self.lot.quality_blocked)
        self.assertNotIn(self.lot, picking.move_line_ids.lot_id)
        self.assertEqual(record.signature_ids.mapped("meaning"), ["author"])

    def test_containing_a_part_moves_it_to_quarantine(self):
        record = self._contained(
            line_ids=[(0, 0, {"lot_id": self.lot.id, "quantity": 4, "source_location_id": self.stock.id})]
        )
        quarantine = self.warehouse.quality_quarantine_loc_id
        self.assertEqual((self._quantity(self.lot), self._quantity(self.lot, quarantine)), (6, 4))
        self.assertFalse(self.lot.quality_blocked)
        self.assertEqual(record.hold_id.line_ids.quantity, 4)

    def test_containing_needs_lots_quantities_and_where_it_was_found(self):
        self._refused(self._open([]), self.quality, "action_contain", "add the lots")
        self._refused(self._open(origin=False), self.quality, "action_contain", "where it was found")
        self._refused(self._open(self._lot("NONE")), self.quality, "action_contain", "NONE: say how much")
        line = {"lot_id": self.lot.id, "quantity": 4}
        self._refused(
            self._open(line_ids=[(0, 0, line)]), self.quality, "action_contain", "say where they are taken from"
        )
        part = {**line, "quantity": 40, "source_location_id": self.stock.id}
        self._refused(self._open(line_ids=[(0, 0, part)]), self.quality, "action_contain", "there are only 10")
        both = [(0, 0, {**part, "quantity": 1}), (0, 0, {"lot_id": self.lot.id, "quantity": 10})]
        self._refused(self._open(line_ids=both), self.quality, "action_contain", "not both")
        gone = self._open(line_ids=[(0, 0, {"lot_id": self._lot("GONE").id, "quantity": 3})])
        self._refused(gone, self.quality, "action_contain", "nothing is in stock")
        pens = self._open(self._lot("PENS", 1, product=self.pen))
        self._refused(pens, self.quality, "action_contain", "not under quality control")

    def test_what_was_delivered_is_looked_up_net_of_returns(self):
        for source, target, quantity in ((self.stock, self.customers, 5), (self.customers, self.shelf, 2)):
            picking = self._move(source, target, self.lot, quantity)
            self._line(picking, self.lot, quantity)
            self._validate(picking)
        record = self._contained()
        self.assertEqual((record.distributed_quantity, record.line_ids.quantity), (3, 7))
        record.write(EVALUATION)
        self._refused(record, self.quality, "action_evaluate", "customers have 3 units")
        record.shipped = "yes"
        self._refused(record, self.quality, "action_evaluate", "Assessment of What Was Shipped, Reportable")
        record.write({"assessment": "No harm, the seal is secondary", "reportable": "no"})
        self._sign(record, self.quality, "action_evaluate")
        self.assertEqual(record.state, "evaluated")

    def test_containing_many_lots_costs_what_the_hold_costs(self):
        lots = [self._lot(f"M{number}", 1, state="released") for number in range(104)]
        few, many = self._open(lots[:2]), self._open(lots[2:52])
        holds = [
            self.env["medical.hold"]
            .with_user(self.quality)
            .create(
                {"reason": "x", "company_id": self.company.id, "line_ids": [(0, 0, {"lot_id": lot.id}) for lot in part]}
            )
            for part in (lots[52:54], lots[54:104])
        ]

        def cost(records, step):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records._take(step)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        cost(self._open(self._lot("WARM", 1, state="released")), "action_contain")
        of_hold = cost(holds[1], "action_set") - cost(holds[0], "action_set")
        of_ours = cost(many, "action_contain") - cost(few, "action_contain")
        # 48 lots more: ours may add a statement here and there (batches), none per lot.
        self.assertLess(of_ours - of_hold, 24)
        self.assertEqual(len(many.hold_id.line_ids), 50)

    # Evaluation

    def test_evaluation_needs_its_answers(self):
        record = self._contained()
        self._refused(
            record, self.quality, "action_evaluate", "Severity, Occurrence, Investigation Needed, Third Party"
        )
        record.write({**EVALUATION, "investigation_reason": False, "third_party": "yes"})
        self._refused(record, self.quality, "action_evaluate", r"Why \(Not\), Whom and How")
        for severity, occurrence, risk in (
            ("1", "5", "low"),
            ("5", "1", "medium"),
            ("3", "2", "medium"),
            ("5", "3", "high"),
        ):
            record.write({"severity": severity, "occurrence": occurrence})
            self.assertEqual(record.risk_class, risk)

    # Approval

    def test_nobody_approves_what_they_opened_contained_or_evaluated(self):
        record = self._open(user=self.approver)
        self._sign(record, self.approver_2, "action_contain")
        record.with_user(self.approver_2).write(EVALUATION)
        self._sign(record, self.quality, "action_evaluate")
        self._dispose(record, {"kind": "scrap", "quantity": 10})
        self.quality.group_ids |= self.env.ref("medical_base.group_medical_quality_approver")
        for user in (self.approver, self.approver_2, self.quality):
            self._refused(record, user, "action_approve", "second person", error=AccessError)
        third = self._user("quality_third", "medical_base.group_medical_quality_approver")
        self._sign(record, third, "action_approve")
        self.assertEqual(record.approved_by_id, third)

    def test_approval_needs_all_of_the_quantity(self):
        record = self._evaluated()
        self._refused(record, self.approver, "action_approve", "come to 0 Units, 10 do not conform")
        self._dispose(record, {"kind": "scrap", "quantity": 4}, {"kind": "return", "quantity": 5})
        self._refused(record, self.approver, "action_approve", "come to 9 Units, 10 do not conform")

    def test_each_kind_says_what_it_has_to(self):
        record = self._evaluated()
        self._dispose(
            record,
            {"kind": "rework", "quantity": 4},
            {"kind": "regrade", "quantity": 3},
            {"kind": "use_as_is", "quantity": 3},
        )
        for message in ("approved procedure", "used as from now on", "justify"):
            self._refused(record, self.approver, "action_approve", message)

    def test_a_concession_needs_regulatory_affairs_on_what_is_approved(self):
        record = self._evaluated()
        disposition = self._dispose(record, {"kind": "use_as_is", "quantity": 10, "justification": "Cosmetic"})
        self._refused(record, self.approver, "action_approve", "signature of regulatory affairs")
        for user in (self.quality_2, self.approver):
            self._refused(record, user, "action_confirm_requirement", "Regulatory Affairs", error=AccessError)
        self._sign(record, self.regulatory, "action_confirm_requirement")
        record.with_user(self.quality).write(
            {"disposition_ids": [(1, disposition.id, {"justification": "Something else"})]}
        )
        states = {signature.meaning: signature.state for signature in record.signature_ids}
        self.assertEqual(states, {"author": "valid", "review": "valid", "responsibility": "invalidated"})
        self._refused(record, self.approver, "action_approve", "as they are now")
        self._sign(record, self.regulatory, "action_confirm_requirement")
        self.assertEqual(record.requirement_by_id, self.regulatory)
        self._sign(record, self.approver, "action_approve")
        self.assertEqual(record.state, "approved")

    def test_who_confirmed_the_requirement_does_not_approve(self):
        record = self._evaluated()
        self._dispose(record, {"kind": "use_as_is", "quantity": 10, "justification": "Cosmetic"})
        self.approver.group_ids |= self.env.ref("medical_base.group_medical_regulatory")
        self._sign(record, self.approver, "action_confirm_requirement")
        self._refused(record, self.approver, "action_approve", "second person", error=AccessError)
        self._sign(record, self.approver_2, "action_approve")
        self.assertEqual(record.state, "approved")

    def _recall(self):
        """A record of another addon that says of lots on hold because of it that they are under recall."""

        class Order(models.Model):
            _module = None
            _name = "purchase.order"
            _inherit = ["purchase.order"]

            def _hold_forbids_use(self):
                return "is under recall"

        model_class = self.registry["purchase.order"]
        bases = model_class._base_classes__

        def restore():
            model_class._base_classes__ = bases
            self.registry._setup_models__(self.env.cr, ["purchase.order"])

        self.addCleanup(restore)
        add_to_registry(self.registry, Order)
        self.registry._setup_models__(self.env.cr, ["purchase.order"])
        order = self.env["purchase.order"].create({"partner_id": self.vendor.id, "company_id": self.company.id})
        return f"purchase.order,{order.id}"

    def test_expired_and_recalled_lots_are_not_used_as_they_are(self):
        record = self._evaluated()
        self._dispose(record, {"kind": "use_as_is", "quantity": 10, "justification": "Cosmetic"})
        hold = self._hold(self.lot, "Recall", source=self._recall())
        self._refused(record, self.approver, "action_approve", "under recall")
        self._lift(hold.with_user(self.approver), "Recall is over")
        self.lot._udi_correct({"expiration_date": "2020-01-01"}, "misread")
        self._refused(record, self.regulatory, "action_confirm_requirement", "expired on 2020-01-01")
        self._refused(record, self.approver, "action_approve", "expired on 2020-01-01")

    # Each kind of disposition

    def test_scrap(self):
        record = self._approved({"kind": "scrap", "quantity": 10})
        disposition = record.disposition_ids
        self._refused(record, self.quality_2, "action_execute", "10 Units are to be scrapped, 0 are")
        disposition.with_user(self.clerk).action_scrap()
        scrap = disposition.scrap_ids
        self.assertEqual(
            (scrap.state, scrap.lot_id, scrap.scrap_qty, scrap.location_id), ("draft", self.lot, 10, self.stock)
        )
        scrap.with_user(self.clerk).action_validate()
        self._refused(record, self.quality_2, "action_execute", "witness")
        disposition.with_user(self.quality).witness_id = self.quality_2
        self._refused(record, self.quality_2, "action_execute", "somebody else than you")
        disposition.with_user(self.quality).witness_id = self.clerk
        self._refused(record, self.quality_2, "action_execute", "certificate of destruction")
        disposition.with_user(self.quality).certificate = "D-77"
        self._executed(record)
        self.assertEqual((record.hold_id.state, self._quantity(self.lot)), ("lifted", 0))
        self._close(record)

    def test_scrap_from_several_places(self):
        self._stocked(self.stent, 5, self.lot, self.shelf)
        record = self._approved({"kind": "scrap", "quantity": 15})
        disposition = record.disposition_ids
        disposition.with_user(self.clerk).action_scrap()
        self.assertEqual(sorted(disposition.scrap_ids.mapped("scrap_qty")), [5, 10])
        disposition.scrap_ids[0].with_user(self.clerk).action_validate()
        disposition.with_user(self.clerk).action_scrap()
        self.assertEqual(sum(disposition.scrap_ids.mapped("scrap_qty")), 15)

    def test_return_to_supplier(self):
        record = self._approved({"kind": "return", "quantity": 10}, partner=self.vendor)
        disposition = record.disposition_ids
        disposition.with_user(self.clerk).action_return()
        picking = disposition.picking_ids
        self.assertEqual(
            (picking.partner_id, picking.location_dest_id.usage, picking.move_line_ids.lot_id),
            (self.vendor, "supplier", self.lot),
        )
        self._refused(record, self.quality_2, "action_execute", "returned to the supplier, 0 are")
        picking.move_line_ids.with_user(self.clerk).write({"quantity": 6, "picked": True})
        picking.with_user(self.clerk).with_context(skip_expired=True, skip_backorder=True).button_validate()
        self.assertEqual(picking.state, "done")
        self._refused(record, self.quality_2, "action_execute", "returned to the supplier, 6 are")
        rest = picking.backorder_ids
        rest.move_line_ids.unlink()
        self._line(rest.with_user(self.clerk), self.lot, 4)
        self._validate(rest.with_user(self.clerk))
        self._executed(record)
        self.assertEqual(self._quantity(self.lot), 0)
        self._close(record)

    def test_a_return_needs_a_supplier(self):
        record = self._approved({"kind": "return", "quantity": 10})
        with self.assertRaisesRegex(UserError, "which supplier"):
            record.disposition_ids.with_user(self.clerk).action_return()
        record.partner_id = self.vendor
        record.disposition_ids.with_user(self.clerk).action_return()
        self.assertEqual(record.disposition_ids.picking_ids.partner_id, self.vendor)

    def test_what_came_in_since_is_not_set_free(self):
        record = self._approved({"kind": "use_as_is", "quantity": 10, "justification": "Cosmetic"})
        self._stocked(self.stent, 2, self.lot, self.shelf)
        self._refused(record, self.quality_2, "action_execute", "12 Units are in stock, 10 were decided on to stay")
        hold = self._hold(self.lot, "Came back")
        self._executed(record)
        self.assertTrue(self.lot.quality_blocked)
        self._lift(hold.with_user(self.approver), "ok")
        self.assertFalse(self.lot.quality_blocked)

    def test_rework(self):
        record = self._approved({"kind": "rework", "quantity": 10, "procedure": "WI-12"})
        disposition = record.disposition_ids
        self._refused(record, self.quality_2, "action_execute", "not inspected again with success")
        with self.assertRaisesRegex(UserError, "no inspection plan for the rework"), self.cr.savepoint():
            disposition.with_user(self.clerk).action_inspect()
        self.env["medical.inspection.plan"].create(
            {
                "name": "After rework",
                "operation": "rework",
                "sampling": "fixed",
                "sample_size": 1,
                "label_check": False,
                "company_id": self.company.id,
                "four_eyes": False,
                "characteristic_ids": [(0, 0, {"name": "Seal", "kind": "attribute"})],
            }
        )
        disposition.with_user(self.clerk).action_inspect()
        inspection = disposition.inspection_id
        self.assertEqual((inspection.operation, inspection.lot_id, inspection.quantity), ("rework", self.lot, 10))
        inspection.result_ids.with_user(self.quality).write({"checked": 1})
        self._refused(record, self.quality_2, "action_execute", "not inspected again with success")
        self._sign(inspection, self.quality, "action_inspected")
        self._sign(inspection, self.quality_2, "action_decide_quantities", accepted=10, rejected=0, concession=0)
        self.assertEqual(inspection.state, "passed")
        self._executed(record)
        self.assertEqual((record.hold_id.state, self.lot.quality_blocked), ("lifted", False))
        self._close(record)

    def test_use_as_is(self):
        record = self._approved({"kind": "use_as_is", "quantity": 10, "justification": "Cosmetic"})
        self.assertTrue(self.lot.quality_blocked)
        self._executed(record)
        self.assertFalse(self.lot.quality_blocked)
        self._close(record)

    def test_what_is_regraded_stays_on_hold(self):
        record = self._approved(
            {"kind": "regrade", "quantity": 4, "new_grade": "Training"},
            {"kind": "use_as_is", "quantity": 6, "justification": "Cosmetic"},
        )
        self._executed(record)
        quarantine = self.warehouse.quality_quarantine_loc_id
        self.assertEqual((self._quantity(self.lot), self._quantity(self.lot, quarantine)), (6, 4))
        self.assertFalse(self.lot.quality_blocked)
        hold = record.regrade_hold_id
        self.assertEqual((record.hold_id.state, hold.state, hold.line_ids.quantity), ("lifted", "active", 4))
        with self.assertRaisesRegex(UserError, "stays while"):
            self._lift(hold.with_user(self.approver), "not yet")
        self._close(record)
        self._lift(hold.with_user(self.approver), "Booked to the training set")
        self.assertEqual(hold.state, "lifted")

    def test_a_part_is_scrapped_from_quarantine(self):
        record = self._evaluated(
            line_ids=[(0, 0, {"lot_id": self.lot.id, "quantity": 4, "source_location_id": self.stock.id})]
        )
        self._dispose(record, {"kind": "scrap", "quantity": 4, "witness_id": self.clerk.id, "certificate": "D-1"})
        self._sign(record, self.approver, "action_approve")
        record.disposition_ids.with_user(self.clerk).action_scrap()
        scrap = record.disposition_ids.scrap_ids
        self.assertEqual(scrap.location_id, self.warehouse.quality_quarantine_loc_id)
        scrap.with_user(self.clerk).action_validate()
        self._executed(record)
        self.assertEqual((self._quantity(self.lot), self._quantity(self.lot, scrap.location_id)), (6, 0))

    def test_what_cannot_be_carried_out_is_decided_anew(self):
        record = self._approved({"kind": "rework", "quantity": 10, "procedure": "WI-12"})
        disposition = record.disposition_ids
        with self.assertRaisesRegex(UserError, "dispositions stay as they are"):
            disposition.with_user(self.quality).kind = "scrap"
        self._refused(record, self.approver, "action_revise", "Say why")
        self._sign(record, self.approver, "action_revise", "The rework failed")
        self.assertEqual((record.state, record.approved_by_id), ("evaluated", self.env["res.users"]))
        disposition.with_user(self.quality).kind = "scrap"
        self._sign(record, self.approver, "action_approve")
        disposition.with_user(self.clerk).action_scrap()
        disposition.scrap_ids.with_user(self.clerk).action_validate()
        self._sign(record, self.approver, "action_revise", "Changed our mind")
        with self.assertRaisesRegex(UserError, "scrapped or returned"):
            disposition.with_user(self.quality).kind = "rework"
        self._refused(record, self.approver, "action_cancel", "Finish it instead", "none")

    # Closing, cancelling, deleting

    def test_closing_needs_the_decision_on_capa_and_somebody_else(self):
        record = self._approved({"kind": "use_as_is", "quantity": 10, "justification": "Cosmetic"})
        self._executed(record, self.approver_2)
        self._refused(record, self.approver, "action_close", "decide whether a corrective action")
        record.capa_decision = "opened"
        self._refused(record, self.approver, "action_close", "number of the CAPA")
        record.capa_decision = "not_needed"
        self._refused(record, self.approver, "action_close", "why no CAPA")
        record.write({"capa_decision": "opened", "capa_reference": "CAPA-9"})
        self._refused(record, self.approver_2, "action_close", "second person", error=AccessError)
        self._sign(record, self.approver, "action_close")
        self.assertEqual(record.state, "closed")
        with self.assertRaisesRegex(UserError, "stay as they are"):
            record.with_user(self.quality).capa_reference = "CAPA-10"
        with self.assertRaises(UserError), self.cr.savepoint():
            record.with_user(self.quality).unlink()

    def test_every_signature_still_holds_at_the_end(self):
        record = self._approved({"kind": "use_as_is", "quantity": 10, "justification": "Cosmetic"})
        self._executed(record)
        self._close(record)
        record.signature_ids.invalidate_recordset(["state"])
        self.assertEqual(set(record.signature_ids.mapped("state")), {"valid"})
        self.assertEqual(len(record.signature_ids), 6)
        states = self.env["medical.audit.entry"].search(
            [("model", "=", record._name), ("res_id", "=", record.id), ("field_name", "=", "state")], order="id"
        )
        self.assertEqual(states.mapped("new_value"), ["contained", "evaluated", "approved", "executed", "closed"])

    def test_cancelling_ends_the_hold(self):
        record = self._contained()
        self._refused(record, self.approver, "action_cancel", "Say why")
        self._sign(record, self.approver, "action_cancel", "Wrong lot")
        self.assertEqual(
            (record.state, record.cancel_reason, record.hold_id.state), ("cancelled", "Wrong lot", "lifted")
        )
        self.assertFalse(self.lot.quality_blocked)
        self.assertEqual(sorted(record.clock_ids.mapped("state")), ["cancelled", "met"])

    def test_the_hold_is_not_lifted_by_hand(self):
        record = self._contained()
        self._refused(record.hold_id, self.approver, "action_lift", "stays while NC/", "I say so")
        with self.assertRaises(UserError), self.cr.savepoint():
            record.hold_id.with_user(self.approver).source = False
        self.assertTrue(self.lot.quality_blocked)

    def test_only_drafts_are_deleted(self):
        draft, contained = self._open(), self._contained()
        clock = draft.clock_ids
        self.assertEqual(clock.state, "running")
        draft.with_user(self.quality).unlink()
        self.assertEqual(clock.state, "cancelled")
        with self.assertRaises(UserError), self.cr.savepoint():
            contained.with_user(self.quality).unlink()
        for values in (
            {"description": "x"},
            {"line_ids": [(5, 0, 0)]},
            {"company_id": self.env.ref("base.main_company").id},
        ):
            with self.assertRaisesRegex(UserError, "contained"), self.cr.savepoint():
                contained.with_user(self.quality).write(values)

    def test_steps_follow_each_other(self):
        record = self._open()
        for method, user in (
            ("action_evaluate", self.quality),
            ("action_confirm_requirement", self.regulatory),
            ("action_approve", self.approver),
            ("action_execute", self.quality_2),
            ("action_close", self.approver),
            ("action_revise", self.approver),
        ):
            self._refused(record, user, method, "this step does not follow", "because")

    def test_the_limits_of_the_procedure_run(self):
        record = self._open()
        self.assertEqual(record.clock_ids.mapped("trigger"), ["nc_containment"])
        self._sign(record, self.quality, "action_contain")
        self.assertEqual(
            {clock.trigger: clock.state for clock in record.clock_ids},
            {"nc_containment": "met", "nc_disposition": "running"},
        )

    def test_without_a_limit_it_works_all_the_same(self):
        self.env["medical.clock.rule"].search([("market", "=", "own")]).active = False
        self.env["medical.clock.rule"].search([("trigger", "=like", "nc_%")])._guarded_write({"state": "retired"})
        self.assertFalse(self._contained().clock_ids)

    def test_repeats_are_counted(self):
        self._open()
        self._sign(self._open(), self.approver, "action_cancel", "Twice")
        other = self._open(self._lot("N2", 1))
        self._open(self._lot("X", 1, product=self._product("Catheter", self.devices)))
        self.assertEqual(other.repeat_count, 1)

    # Roles and forging

    def test_roles(self):
        record = self._contained()
        for user in (self.clerk, self.manager, self.auditor, self.regulatory):
            self.assertEqual(record.with_user(user).read(["description"])[0]["description"], "Seal is open")
            self.assertEqual(record.with_user(user).line_ids.lot_id.with_user(self.env.user), self.lot)
            with self.assertRaises(AccessError):
                self._open(user=user)
            with self.assertRaises(AccessError):
                record.with_user(user).write({"severity": "1"})
            self._refused(record, user, "action_evaluate", "the group", error=AccessError)
        for user in (self.clerk, self.quality_2, self.auditor, self.regulatory):
            for method in ("action_approve", "action_close", "action_cancel", "action_revise"):
                self._refused(record, user, method, "the group", "x", error=AccessError)
        with self.assertRaises(AccessError):
            record.disposition_ids.with_user(self.auditor).create({"nonconformity_id": record.id})

    def test_readers_follow_the_links(self):
        record = self._approved({"kind": "scrap", "quantity": 10})
        record.disposition_ids.with_user(self.clerk).action_scrap()
        for user in (self.clerk, self.auditor, self.regulatory, self.approver):
            seen = record.with_user(user)
            seen.invalidate_recordset()
            self.assertEqual(Form(seen).description, "Seal is open")
            self.assertEqual(seen.disposition_ids.mapped("document_count"), [1])
            self.assertEqual(
                self.env["stock.scrap"].with_user(user).search(seen.disposition_ids.action_view_documents()["domain"]),
                record.disposition_ids.scrap_ids,
            )

    def test_other_companies_do_not_see_it(self):
        record = self._contained()
        other = self.env["res.company"].create({"name": "Quality Other Company"})
        stranger = new_test_user(
            self.env,
            "quality_stranger",
            "medical_base.group_medical_quality_approver",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        theirs = record.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(theirs.search([("id", "=", record.id)]))
        self.assertFalse(theirs.env["medical.nonconformity.line"].search([("id", "in", record.line_ids.ids)]))
        for method in ("action_evaluate", "action_cancel"):
            with self.assertRaises(AccessError):
                getattr(theirs, method)()

    def test_states_and_links_are_not_written_by_hand(self):
        record = self._approved({"kind": "scrap", "quantity": 10})
        disposition = record.disposition_ids
        values = {
            "state": "closed",
            "approved_by_id": self.quality.id,
            "requirement_by_id": self.quality.id,
            "hold_id": False,
            "executed_on": fields.Datetime.now(),
            "name": "NC/9",
        }
        for user in (self.quality, self.approver, self.env.ref("base.user_root")):
            for name, value in values.items():
                for context in (
                    {},
                    {"medical_guard": True},
                    {"medical_guard": {"model": record._name}},
                    {"default_state": "closed"},
                ):
                    with self.assertRaises(AccessError), self.cr.savepoint():
                        record.with_user(user).with_context(**context).write({name: value})
            with self.assertRaises(AccessError), self.cr.savepoint():
                record.line_ids.with_user(user).write({"distributed_quantity": 0})
            with self.assertRaises(AccessError), self.cr.savepoint():
                record.with_user(user).create({"description": "x", "state": "closed"})
            with self.assertRaises(AccessError), self.cr.savepoint():
                self.env["stock.scrap"].with_user(user).create(
                    {
                        "product_id": self.stent.id,
                        "lot_id": self.lot.id,
                        "company_id": self.company.id,
                        "quality_disposition_id": disposition.id,
                    }
                )
        self.assertEqual(record.with_context(default_state="closed").create({"description": "x"}).state, "draft")


@tagged("post_install", "-at_install")
class TestNonconformitySources(NonconformityCase):
    def _failed(self, rejected):
        self.env["medical.inspection.plan"].create(
            {
                "name": "Incoming",
                "company_id": self.company.id,
                "sampling": "fixed",
                "sample_size": 1,
                "label_check": False,
                "four_eyes": False,
                "characteristic_ids": [(0, 0, {"name": "Seal", "kind": "attribute"})],
            }
        )
        picking = self._move(self.suppliers, self.stock, None, 8, product=self.stent)
        self._line(picking, None, 8, lot_name="BOUGHT")
        self._validate(picking)
        inspection = self.env["medical.inspection"].search([("picking_id", "=", picking.id)])
        inspection.result_ids.with_user(self.quality).write({"checked": 1, "nonconforming": int(rejected == 8)})
        self._sign(inspection, self.quality, "action_inspected")
        self._sign(
            inspection,
            self.quality_2,
            "action_decide_quantities",
            accepted=8 - rejected,
            rejected=rejected,
            concession=0,
        )
        return inspection

    def _from(self, records, method):
        context = getattr(records.with_user(self.quality), method)()["context"]
        self.assertTrue(context)
        return self.env["medical.nonconformity"].with_user(self.quality).with_context(**context)

    def test_a_failed_inspection_opens_one_and_its_lot_can_be_released_after_the_concession(self):
        inspection = self._failed(8)
        record = self._from(inspection, "action_view_nonconformity").create({})
        self.assertEqual(
            (record.source, record.origin, record.partner_id, record.line_ids.quantity),
            (inspection, "receipt", self.vendor, 8),
        )
        self.assertEqual((inspection.nonconformity_count, record.description), (1, f"{inspection.name}: Seal"))
        lot = inspection.lot_id
        with self.assertRaisesRegex(UserError, "rejected all of it"):
            lot.with_user(self.approver).action_quality_release()
        self._sign(record, self.quality, "action_contain")
        record.write(EVALUATION)
        self._sign(record, self.quality, "action_evaluate")
        self._dispose(record, {"kind": "use_as_is", "quantity": 8, "justification": "Cosmetic"})
        self._sign(record, self.regulatory, "action_confirm_requirement")
        self._sign(record, self.approver, "action_approve")
        with self.assertRaisesRegex(UserError, "rejected all of it"):
            lot.with_user(self.approver).action_quality_release()
        self._executed(record)
        self.assertTrue(lot.quality_blocked)
        self._sign(lot, self.approver, "action_quality_release", "Concession")
        self.assertFalse(lot.quality_blocked)

    def test_what_an_inspection_put_apart_is_taken_over_where_it_lies(self):
        inspection = self._failed(3)
        held = inspection.hold_id
        record = self._from(inspection, "action_view_nonconformity").create({})
        quarantine = self.warehouse.quality_quarantine_loc_id
        self.assertEqual((record.line_ids.quantity, record.line_ids.source_location_id), (3, quarantine))
        self._sign(record, self.quality, "action_contain")
        self.assertEqual((held.state, record.hold_id.state), ("lifted", "active"))
        self.assertEqual((self._quantity(inspection.lot_id), self._quantity(inspection.lot_id, quarantine)), (5, 3))

    def test_from_lots(self):
        lots = self.lot | self.existing
        record = self._from(lots, "action_quality_nonconformity").create({"description": "Bent", "origin": "storage"})
        self._sign(record, self.quality, "action_contain")
        self.assertEqual(record.line_ids.lot_id, lots)
        self.assertEqual(self.lot.quality_nonconformity_count, 1)
        action = self.lot.action_view_quality_nonconformities()
        self.assertEqual(self.env["medical.nonconformity"].search(action["domain"]), record)

    def test_a_rule_opens_one(self):
        rule = (
            self.env["medical.quality.rule"]
            .with_user(self.approver)
            .create(
                {
                    "name": "Incoming failed",
                    "company_id": self.company.id,
                    "trigger": "inspection_failed",
                    "nonconformity": True,
                    "user_id": self.approver.id,
                }
            )
        )
        inspection = self._failed(8)
        record = self.env["medical.nonconformity"].search([("source", "=", f"medical.inspection,{inspection.id}")])
        self.assertEqual(
            (record.state, record.description, record.origin, record.user_id, record.partner_id),
            ("draft", "Incoming failed", "receipt", self.approver, self.vendor),
        )
        self.assertEqual((record.line_ids.lot_id, record.line_ids.quantity), (inspection.lot_id, 8))
        with self.assertRaises(ValidationError):
            rule.nonconformity = False

    def test_a_rule_opens_one_whoever_receives(self):
        self.env["medical.quality.rule"].with_user(self.approver).create(
            {"name": "Look at all of it", "company_id": self.company.id, "trigger": "received", "nonconformity": True}
        )
        picking = self._move(self.suppliers, self.stock, None, 8, product=self.stent, user=self.clerk)
        self._line(picking, None, 8, lot_name="BOUGHT")
        self._validate(picking)
        record = self.env["medical.nonconformity"].search([("source", "=", f"stock.picking,{picking.id}")])
        self.assertEqual(
            (record.line_ids.lot_id.name, record.line_ids.quantity, record.origin, record.user_id),
            ("BOUGHT", 8, "receipt", self.approver),
        )
        self.assertEqual(record.clock_ids.user_id, self.approver)
