from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import QUALITY_APPROVER, QUALITY_USER, REGULATORY, step

_lt = LazyTranslate(__name__)

ORIGINS = [
    ("receipt", "Receipt"),
    ("production", "Production"),
    ("storage", "Storage"),
    ("return", "Return from Customer"),
    ("complaint", "Complaint"),
    ("audit", "Audit"),
    ("other", "Other"),
]
YES_NO = [("yes", "Yes"), ("no", "No")]
SCALE = [str(number) for number in range(1, 6)]
# Severity × occurrence from which a risk counts as high or medium.
_HIGH, _MEDIUM = 15, 6

# What is said at each stage, and the signature then covers.
_FACTS = (
    *("description", "detail", "origin", "source"),
    *("line_ids.lot_id", "line_ids.quantity", "line_ids.source_location_id"),
)
_EVALUATION = (
    *("severity", "occurrence", "investigation", "investigation_reason", "third_party", "third_party_note"),
    *("shipped", "assessment", "reportable"),
)
_DISPOSITION = tuple(
    f"disposition_ids.{name}" for name in ("line_id", "kind", "quantity", "justification", "procedure", "new_grade")
)
_EXECUTION = ("disposition_ids.witness_id", "disposition_ids.certificate", "disposition_ids.attachment_ids")
_CLOSING = ("capa_decision", "capa_reference", "capa_reason")
_STAGES = {"draft": 1, "contained": 2, "evaluated": 3, "approved": 4, "executed": 5, "closed": 5, "cancelled": 5}


class MedicalNonconformity(models.Model):
    """Goods that do not conform: contained, evaluated, disposed of by two pairs of eyes, and closed with a decision on CAPA."""

    _name = "medical.nonconformity"
    _description = "Nonconformity"
    _inherit = [
        "medical.document.mixin",
        "medical.signed.mixin",
        "medical.quality.retained.mixin",
        "medical.clocked.mixin",
        "medical.hold.source.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    _number = "medical.nonconformity"
    _kept_from = "contained"
    _settles = {
        "draft": ("company_id", *dict.fromkeys(path.partition(".")[0] for path in _FACTS)),
        "contained": _EVALUATION,
        "approved": ("partner_id", "disposition_ids"),
        "executed": _CLOSING,
    }
    _guarded_fields = ("hold_id", "regrade_hold_id", "risk_class")
    _audited_fields = (
        *("state", "description", "detail", "origin", "source", "user_id", "partner_id"),
        *(*_EVALUATION, *_CLOSING, "requirement_by_id", "hold_id", "cancel_reason"),
    )
    _signed_fields = (*_FACTS, *_EVALUATION, *_DISPOSITION, *_EXECUTION, *_CLOSING)
    _retention_from = ("closed_on",)
    _retention_products = ("line_ids.product_id",)

    name = fields.Char("Number", readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="restrict", default=lambda self: self.env.company
    )
    description = fields.Char(
        "What Is Wrong", required=True, tracking=True, help="Told to everybody who tries to use the lots."
    )
    detail = fields.Text("Details", help="Requirement, finding, how and by whom it was found.")
    origin = fields.Selection(ORIGINS, "Found at", tracking=True)
    source = fields.Reference(
        selection="_selection_source", string="Because of", copy=False, help="The record that led to the nonconformity."
    )
    user_id = fields.Many2one(
        "res.users", "Responsible", default=lambda self: self.env.user, tracking=True, index=True, check_company=True
    )
    partner_id = fields.Many2one("res.partner", "Supplier", check_company=True, index="btree_not_null")
    line_ids = fields.One2many("medical.nonconformity.line", "nonconformity_id", "Lots")
    product_ids = fields.Many2many(
        "product.product", string="Products", compute="_compute_product_ids", search="_search_product_ids"
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("contained", "Contained"),
            ("evaluated", "Evaluated"),
            ("approved", "Disposition Approved"),
            ("executed", "Executed"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ]
    )
    hold_id = fields.Many2one("medical.hold", readonly=True, copy=False, index="btree_not_null", ondelete="restrict")
    regrade_hold_id = fields.Many2one(
        "medical.hold",
        "Hold of What Is Regraded",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    distributed_quantity = fields.Float(
        "Delivered to Customers",
        compute="_compute_distributed_quantity",
        digits="Product Unit",
        help="Units of these lots that customers have, net of returns, as looked up last.",
    )

    # Evaluation
    severity = fields.Selection(
        [(number, number) for number in SCALE], copy=False, help="1 negligible … 5 death or serious harm."
    )
    occurrence = fields.Selection(
        [(number, number) for number in SCALE], copy=False, help="1 hardly ever … 5 again and again."
    )
    risk_class = fields.Selection(
        [("low", "Low"), ("medium", "Medium"), ("high", "High")],
        "Risk",
        compute="_compute_risk_class",
        store=True,
        help="Severity × occurrence: high from 15, medium from 6 or with the highest severity.",
    )
    investigation = fields.Selection(YES_NO, "Investigation Needed", copy=False)
    investigation_reason = fields.Text("Why (Not)", copy=False)
    third_party = fields.Selection(
        YES_NO, "Third Party to Notify", copy=False, help="A supplier, customer, notified body or authority."
    )
    third_party_note = fields.Char("Whom and How", copy=False)
    shipped = fields.Selection(YES_NO, "Was Any Shipped?", copy=False)
    assessment = fields.Text(
        "Assessment of What Was Shipped", copy=False, help="Who has it, what harm may follow, what is done."
    )
    reportable = fields.Selection(YES_NO, "Reportable to an Authority", copy=False)

    # Disposition
    disposition_ids = fields.One2many("medical.nonconformity.disposition", "nonconformity_id", "Dispositions")
    has_concession = fields.Boolean(compute="_compute_has_concession")

    # Closing
    capa_decision = fields.Selection(
        [("opened", "Opened Elsewhere"), ("not_needed", "Not Needed")],
        "Corrective Action",
        copy=False,
        help="Whether a corrective or preventive action (CAPA) follows.",
    )
    capa_reference = fields.Char("Number of the CAPA", copy=False)
    capa_reason = fields.Text("Why No CAPA", copy=False)
    repeat_count = fields.Integer(
        "Same Product, 12 Months",
        compute="_compute_repeat_count",
        help="Other nonconformities of the same products in the twelve months before this one.",
    )

    # Who did what
    contained_by_id = fields.Many2one("res.users", "Contained by", readonly=True, copy=False)
    contained_on = fields.Datetime(readonly=True, copy=False)
    evaluated_by_id = fields.Many2one("res.users", "Evaluated by", readonly=True, copy=False)
    evaluated_on = fields.Datetime(readonly=True, copy=False)
    requirement_by_id = fields.Many2one("res.users", "Requirement Met, Says", readonly=True, copy=False)
    requirement_on = fields.Datetime("Requirement Confirmed on", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", "Approved by", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)
    executed_by_id = fields.Many2one("res.users", "Executed by", readonly=True, copy=False)
    executed_on = fields.Datetime(readonly=True, copy=False)
    closed_by_id = fields.Many2one("res.users", "Closed by", readonly=True, copy=False)
    closed_on = fields.Datetime(readonly=True, copy=False)
    cancel_reason = fields.Char("Why It Was Cancelled", readonly=True, copy=False)

    @api.model
    def _selection_source(self):
        return [(name, label) for name, label in self._hold_sources() if name != self._name]

    @api.depends("line_ids.product_id")
    def _compute_product_ids(self):
        for record in self:
            record.product_ids = record.line_ids.product_id

    def _search_product_ids(self, operator, value):
        return Domain("line_ids.product_id", operator, value)

    @api.depends("line_ids.distributed_quantity")
    def _compute_distributed_quantity(self):
        for record in self:
            record.distributed_quantity = sum(
                record.line_ids.grouped("lot_id")[lot][:1].distributed_quantity for lot in record.line_ids.lot_id
            )

    @api.depends("severity", "occurrence")
    def _compute_risk_class(self):
        for record in self:
            if not (record.severity and record.occurrence):
                record.risk_class = False
                continue
            product = int(record.severity) * int(record.occurrence)
            if product >= _HIGH:
                record.risk_class = "high"
            elif product >= _MEDIUM or record.severity == SCALE[-1]:
                record.risk_class = "medium"
            else:
                record.risk_class = "low"

    @api.depends("disposition_ids.kind")
    def _compute_has_concession(self):
        for record in self:
            record.has_concession = "use_as_is" in record.disposition_ids.mapped("kind")

    @api.depends("line_ids.product_id", "create_date")
    def _compute_repeat_count(self):
        repeats = self._repeats()
        for record in self:
            record.repeat_count = len(repeats.get(record, ()))

    def _repeats(self):
        """nonconformity → the others of the same products in the twelve months before it, in one query."""
        saved = self.filtered(lambda record: record._origin.id and record.line_ids.product_id)
        if not saved:
            return {}
        first = min(saved.mapped("create_date")) - relativedelta(months=12)
        pairs = self.env["medical.nonconformity.line"]._read_group(
            [
                ("product_id", "in", saved.line_ids.product_id.ids),
                ("company_id", "in", saved.company_id.ids),
                ("nonconformity_id.state", "!=", "cancelled"),
                ("nonconformity_id.create_date", ">=", first),
            ],
            ["nonconformity_id", "product_id"],
        )
        found = {record: self.browse() for record in saved}
        for record in saved:
            for other, product in pairs:
                if (
                    other != record._origin
                    and product in record.line_ids.product_id
                    and other.company_id == record.company_id
                    and record.create_date - relativedelta(months=12) <= other.create_date <= record.create_date
                ):
                    found[record] |= other
        return found

    # What may be changed when

    def _signature_paths(self):
        """A signature covers what is said up to its stage."""
        # No super(): what the mixin signs does not depend on the stage.
        stage = _STAGES[self.state]
        return tuple(
            name for group in (_FACTS, _EVALUATION, _DISPOSITION, _EXECUTION, _CLOSING)[:stage] for name in group
        )

    def _settled_advice(self):
        if self.state in ("approved", "executed"):
            return self.env._("An approver can have its dispositions revised before they are executed.")
        return self.env._("Make another nonconformity for what comes up later.")

    # What people do

    @step(
        "draft",
        to="contained",
        label=_lt("Contain"),
        group=QUALITY_USER,
        sign="author",
        by="contained_by_id",
        on="contained_on",
        limit="nc_containment",
    )
    def action_contain(self):
        """Put what does not conform on hold, and look up who has it already."""
        self._look_up_distributed()
        for record in self:
            lines = [
                {
                    "lot_id": line.lot_id.id,
                    "quantity": line.quantity if line.source_location_id else 0,
                    "source_location_id": line.source_location_id.id,
                }
                for line in record.line_ids
            ]
            record._guarded_write({"hold_id": record._set_hold(record.description, lines).id})
            record._take_over_hold()

    def _unmet_contain(self):
        unmet = self.line_ids._containment_errors()
        for record in self:
            name = record.display_name
            if not record.line_ids:
                unmet[record].append(self.env._("%(record)s: add the lots that do not conform.", record=name))
            if not record.origin:
                unmet[record].append(self.env._("%(record)s: say where it was found.", record=name))
        return unmet

    @step(
        "contained",
        to="evaluated",
        label=_lt("Evaluated"),
        group=QUALITY_USER,
        sign="review",
        by="evaluated_by_id",
        on="evaluated_on",
    )
    def action_evaluate(self):
        """The risk is known, and so is what has to be done beside the goods."""
        self._look_up_distributed()

    def _unmet_evaluate(self):
        distributed = self.line_ids._distributed()
        unmet = {record: [] for record in self}
        for record in self:
            answers = ("severity", "occurrence", "investigation", "third_party", "shipped")
            missing = [name for name in answers if not record[name]]
            if record.investigation and not (record.investigation_reason or "").strip():
                missing.append("investigation_reason")
            if record.third_party == "yes" and not (record.third_party_note or "").strip():
                missing.append("third_party_note")
            if record.shipped == "yes":
                missing += [name for name in ("assessment", "reportable") if not (record[name] or "").strip()]
            if missing:
                labels = ", ".join(self._fields[name]._description_string(self.env) for name in missing)
                unmet[record].append(
                    self.env._("%(record)s: answer first: %(fields)s.", record=record.display_name, fields=labels)
                )
            out = sum(max(distributed.get(lot, 0.0), 0.0) for lot in record.line_ids.lot_id)
            if record.shipped == "no" and out > 0:
                unmet[record].append(
                    self.env._(
                        "%(record)s: customers have %(quantity)g units of these lots, so some were shipped. Answer yes, and "
                        "assess what follows.",
                        record=record.display_name,
                        quantity=out,
                    )
                )
        return unmet

    # Regulatory affairs confirms without being allowed to edit nonconformities.
    @step(
        "evaluated",
        label=_lt("Regulatory Requirement Met"),
        group=REGULATORY,
        access="read",
        sign="responsibility",
        not_by=("create_uid", "contained_by_id", "evaluated_by_id", "disposition_ids"),
        by="requirement_by_id",
        on="requirement_on",
    )
    def action_confirm_requirement(self):
        """Regulatory affairs: what is used as it is meets the regulatory requirements."""

    def _unmet_confirm_requirement(self):
        unmet = self.sudo().disposition_ids._approval_errors()  # sudo: what is missing does not depend on who asks
        for record in self:
            if not record.has_concession:
                unmet[record].append(self.env._("%(record)s: nothing is used as it is.", record=record.display_name))
        return unmet

    @step(
        "evaluated",
        to="approved",
        label=_lt("Approve Disposition"),
        group=QUALITY_APPROVER,
        sign="approval",
        not_by=("create_uid", "contained_by_id", "evaluated_by_id", "requirement_by_id", "disposition_ids"),
        by="approved_by_id",
        on="approved_on",
    )
    def action_approve(self):
        """The dispositions may be carried out."""

    def _unmet_approve(self):
        unmet = self.line_ids._disposition_errors()
        for record, sentences in self.disposition_ids._approval_errors().items():
            unmet[record] += sentences
        confirmed = self._valid_signatures("responsibility")
        for record in self.filtered("has_concession"):
            by_regulatory = confirmed.filtered(
                lambda signature, record=record: (
                    signature.res_id == record.id and signature.user_id == record.sudo().requirement_by_id
                )  # sudo: users of other companies are not everybody's to read
            )
            if not by_regulatory:
                unmet[record].append(
                    self.env._(
                        "%(record)s: what is used as it is needs the signature of regulatory affairs that the regulatory "
                        "requirements are met, on the dispositions as they are now.",
                        record=record.display_name,
                    )
                )
        return unmet

    @step(
        "approved",
        to="evaluated",
        label=_lt("Revise Disposition"),
        group=QUALITY_APPROVER,
        sign="approval",
        reason=True,
    )
    def action_revise(self):
        """What was approved cannot be carried out: the dispositions are decided anew."""
        names = ("approved_by_id", "approved_on", "requirement_by_id", "requirement_on")
        self._guarded_write(dict.fromkeys(names, False))

    @step(
        "approved",
        to="executed",
        label=_lt("Executed"),
        group=QUALITY_USER,
        sign="author",
        by="executed_by_id",
        on="executed_on",
        limit="nc_disposition",
        limit_from="contained",
    )
    def action_execute(self):
        """Everything was done that was approved."""
        self.disposition_ids._record_inspections()
        for record in self:
            record._keep_regraded()
            record._end_hold(self.env._("%(record)s was executed", record=record.name))

    def _unmet_execute(self):
        unmet = self.disposition_ids._execution_errors()
        for record, sentences in self.line_ids._left_errors().items():
            unmet[record] += sentences
        return unmet

    @step(
        "executed",
        to="closed",
        label=_lt("Close"),
        group=QUALITY_APPROVER,
        sign="release",
        not_by=("executed_by_id",),
        by="closed_by_id",
        on="closed_on",
    )
    def action_close(self):
        """All is done, and whether a CAPA follows is decided."""

    def _unmet_close(self):
        unmet = {}
        for record in self:
            name = record.display_name
            if not record.capa_decision:
                unmet[record] = [
                    self.env._("%(record)s: decide whether a corrective action (CAPA) follows.", record=name)
                ]
            elif record.capa_decision == "opened" and not (record.capa_reference or "").strip():
                unmet[record] = [self.env._("%(record)s: give the number of the CAPA.", record=name)]
            elif record.capa_decision == "not_needed" and not (record.capa_reason or "").strip():
                unmet[record] = [self.env._("%(record)s: say why no CAPA follows.", record=name)]
        return unmet

    @step(
        "draft",
        "contained",
        "evaluated",
        to="cancelled",
        label=_lt("Cancel"),
        group=QUALITY_APPROVER,
        sign="approval",
        reason=True,
        # What is contained is set free by it, which nobody does alone.
        not_by=("contained_by_id", "evaluated_by_id"),
        by="closed_by_id",
        on="closed_on",
        why="cancel_reason",
    )
    def action_cancel(self):
        """It was none: what nothing else blocks is available again."""
        why = self._reason()
        for record in self:
            record._end_hold(self.env._("%(record)s was cancelled: %(reason)s", record=record.name, reason=why))

    def _unmet_cancel(self):
        return {
            record: [
                self.env._(
                    "%(record)s: goods were scrapped or returned for it already. Finish it instead.",
                    record=record.display_name,
                )
            ]
            for record in self
            if record.disposition_ids._has_documents()
        }

    def _inspection(self):
        return (self.source and self.source._inspection()) or super()._inspection()

    def _hold_stays(self, hold):
        if hold not in (self.hold_id | self.regrade_hold_id) or self.state in ("closed", "cancelled"):
            return super()._hold_stays(hold)
        return self.env._(
            "%(hold)s stays while %(record)s is open: carry its disposition out and close it, or cancel it.",
            hold=hold.display_name,
            record=self.display_name,
        )

    # What follows

    def _set_hold(self, reason, lines):
        """A hold because of the nonconformity, set on ``lines``."""
        return self.env["medical.hold"]._set_because(self, self.company_id, reason, lines)

    def _take_over_hold(self):
        """What a failed inspection put apart is held by one hold, ours."""
        hold = self.source and self.source._held_apart()
        if not hold or hold.state != "active":
            return
        ours = self.hold_id.line_ids
        for line in hold.line_ids:
            same = ours.filtered(
                lambda our, line=line: (
                    our.lot_id == line.lot_id and (not our.quantity or our.location_id == line.location_id)
                )
            )
            held = all(same.mapped("quantity")) and sum(same.mapped("quantity"))
            if not same or (held and line.product_uom_id.compare(held, line.quantity) < 0):
                return
        hold._end(reason=self.env._("Held by %(record)s from now on", record=self.name))

    def _look_up_distributed(self):
        """What customers have now, net of returns: kept on the lines."""
        distributed = self.line_ids._distributed()
        for quantity, lines in self.line_ids.grouped(lambda line: max(distributed.get(line.lot_id, 0.0), 0.0)).items():
            lines._guarded_write({"distributed_quantity": quantity})

    def _keep_regraded(self):
        """What is regraded is not sold as what it was: it stays in quarantine, on a hold of its own."""
        wanted = {}
        for disposition in self.disposition_ids.filtered(lambda one: one.kind == "regrade"):
            for location, quantity in disposition._places():
                key = (disposition.lot_id, location)
                wanted[key] = wanted.get(key, 0.0) + quantity
        if not wanted:
            return
        reason = self.env._("%(record)s: regraded, not to be used as what it was", record=self.name)
        lines = [
            {"lot_id": lot.id, "quantity": quantity, "source_location_id": location.id}
            for (lot, location), quantity in wanted.items()
        ]
        self._guarded_write({"regrade_hold_id": self._set_hold(reason, lines).id})

    def _end_hold(self, reason):
        if self.hold_id.state == "active":
            self.hold_id._end(reason=reason)

    # Screens

    def action_view_lots(self):
        return self._medical_records("stock.action_production_lot_form", [("id", "in", self.line_ids.lot_id.ids)])

    def action_view_holds(self):
        return self._medical_records(
            "medical_quality.action_medical_hold", [("id", "in", (self.hold_id | self.regrade_hold_id).ids)]
        )

    def action_view_repeats(self):
        return self._medical_records(
            "medical_quality.action_medical_nonconformity",
            [("id", "in", [other.id for others in self._repeats().values() for other in others])],
        )
