from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.medical_base.models.medical_signed_mixin import signed

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
    "description",
    "detail",
    "origin",
    "source",
    "line_ids.lot_id",
    "line_ids.quantity",
    "line_ids.source_location_id",
)
_EVALUATION = (
    "severity",
    "occurrence",
    "investigation",
    "investigation_reason",
    "third_party",
    "third_party_note",
    "shipped",
    "assessment",
    "reportable",
)
_DISPOSITION = tuple(
    f"disposition_ids.{name}" for name in ("line_id", "kind", "quantity", "justification", "procedure", "new_grade")
)
_EXECUTION = ("disposition_ids.witness_id", "disposition_ids.certificate", "disposition_ids.attachment_ids")
_CLOSING = ("capa_decision", "capa_reference", "capa_reason")
_STAGES = {"draft": 1, "contained": 2, "evaluated": 3, "approved": 4, "executed": 5, "closed": 5, "cancelled": 5}
_OPEN = ("draft", "contained", "evaluated", "approved", "executed")


class MedicalNonconformity(models.Model):
    """Goods that do not conform: contained, evaluated, disposed of by two pairs of eyes, and closed with a decision on CAPA."""

    _name = "medical.nonconformity"
    _description = "Nonconformity"
    _inherit = [
        "medical.guarded.mixin",
        "medical.audited.mixin",
        "medical.signed.mixin",
        "medical.quality.retained.mixin",
        "medical.clocked.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    _guarded_fields = (
        "name",
        "state",
        "contained_by_id",
        "contained_on",
        "evaluated_by_id",
        "evaluated_on",
        "requirement_by_id",
        "requirement_on",
        "approved_by_id",
        "approved_on",
        "executed_by_id",
        "executed_on",
        "closed_by_id",
        "closed_on",
        "hold_id",
        "regrade_hold_id",
        "cancel_reason",
        "risk_class",
    )
    _audited_fields = (
        "state",
        "description",
        "detail",
        "origin",
        "source",
        "user_id",
        "partner_id",
        *_EVALUATION,
        *_CLOSING,
        "requirement_by_id",
        "hold_id",
        "cancel_reason",
    )
    _signed_fields = (*_FACTS, *_EVALUATION, *_DISPOSITION, *_EXECUTION, *_CLOSING)
    _signature_groups = {
        "approval": "medical_base.group_medical_quality_approver",
        "responsibility": "medical_base.group_medical_regulatory",
        "release": "medical_base.group_medical_quality_approver",
    }
    _signature_duties = {
        "approval": ("create_uid", "contained_by_id", "evaluated_by_id", "requirement_by_id"),
        "responsibility": ("create_uid", "contained_by_id", "evaluated_by_id"),
        "release": ("executed_by_id",),
    }
    _retention_from = ("closed_on",)
    _retention_products = ("line_ids.product_id",)

    name = fields.Char("Number", readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="restrict", default=lambda self: self._default_company_id()
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
        "res.users",
        "Responsible",
        default=lambda self: self._default_user_id(),
        tracking=True,
        index=True,
        check_company=True,
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
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
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
    def _default_company_id(self):
        return self.env.company

    @api.model
    def _default_user_id(self):
        return self.env.user

    @api.model
    def _selection_source(self):
        """Kinds of records that lead to a nonconformity; other addons add theirs."""
        models_ = ("medical.inspection", "stock.picking", "purchase.order", "stock.lot")
        return [(name, self.env["ir.model"]._get(name).name) for name in models_]

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

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        for company, of_company in records.grouped("company_id").items():
            names = self.env["ir.sequence"]._medical_numbers("medical.nonconformity", company, len(of_company))
            for record, name in zip(of_company, names, strict=True):
                record._guarded_write({"name": name})
        records._start_limit("nc_containment")
        return records

    def write(self, vals):
        self.check_access("write")
        facts = {path.partition(".")[0] for path in _FACTS} | {"company_id"}
        self._refuse_settled(facts.intersection(vals), ("draft",))
        self._refuse_settled(set(_EVALUATION).intersection(vals), ("draft", "contained"))
        self._refuse_settled({"partner_id"}.intersection(vals), ("draft", "contained", "evaluated", "approved"))
        self._refuse_settled(set(_CLOSING).intersection(vals), _OPEN)
        return super().write(vals)

    def _refuse_settled(self, names, states):
        for record in self if names else ():
            if record.state not in states:
                labels = ", ".join(sorted(self._fields[name]._description_string(self.env) for name in names))
                raise UserError(
                    self.env._(
                        "%(record)s is %(state)s: %(fields)s stay as they are.",
                        record=record.name,
                        state=record._state_label().lower(),
                        fields=labels,
                    )
                )

    def _is_retention_draft(self):
        return self.state == "draft"

    def unlink(self):
        # Retention refuses what is no draft, whoever asks.
        self.filtered(lambda record: record.state == "draft")._cancel_limits(self.env._("The draft was deleted."))
        return super().unlink()

    # What people do

    @signed("author", check="_check_can_contain")
    def action_contain(self):
        """Put what does not conform on hold, and look up who has it already."""
        self._contain()

    @signed("review", check="_check_can_evaluate")
    def action_evaluate(self):
        """The risk is known, and so is what has to be done beside the goods."""
        self._look_up_distributed()
        self._settle("evaluated")

    @signed("responsibility", check="_check_can_confirm")
    def action_confirm_requirement(self):
        """Regulatory affairs: what is used as it is meets the regulatory requirements."""
        # sudo: regulatory affairs confirms without being allowed to edit nonconformities.
        self.sudo()._guarded_write({"requirement_by_id": self.env.uid, "requirement_on": fields.Datetime.now()})

    @signed("approval", check="_check_can_approve")
    def action_approve(self):
        """The dispositions may be carried out."""
        self._settle("approved")

    @signed("approval", check="_check_can_revise", reason=True)
    def action_revise(self):
        """What was approved cannot be carried out: the dispositions are decided anew."""
        reason = self._reason()
        self.with_context(medical_reason=reason)._guarded_write(
            {
                "state": "evaluated",
                "approved_by_id": False,
                "approved_on": False,
                "requirement_by_id": False,
                "requirement_on": False,
            }
        )

    @signed("author", check="_check_can_execute")
    def action_execute(self):
        """Everything was done that was approved."""
        self._execute()

    @signed("release", check="_check_can_close")
    def action_close(self):
        """All is done, and whether a CAPA follows is decided."""
        self._settle("closed")

    @signed("approval", check="_check_can_cancel", reason=True)
    def action_cancel(self):
        """It was none: what nothing else blocks is available again."""
        reason = self._reason()
        self.with_context(medical_reason=reason)._guarded_write(
            {
                "state": "cancelled",
                "cancel_reason": reason,
                "closed_by_id": self.env.uid,
                "closed_on": fields.Datetime.now(),
            }
        )
        for record in self:
            record._end_hold(self.env._("%(record)s was cancelled: %(reason)s", record=record.name, reason=reason))
            record._cancel_limits(reason)

    # Guards

    def _check_step(self, states, group="medical_base.group_medical_quality_user", mode="write"):
        if not self.env.user.has_group(group):
            # sudo: groups are not everybody's to read
            raise AccessError(
                self.env._(
                    "This step of a nonconformity is for the group %(group)s.",
                    group=self.env.ref(group).sudo().full_name,
                )
            )
        self.check_access(mode)
        for record in self:
            if record.state not in states:
                raise UserError(
                    self.env._(
                        "%(record)s is %(state)s, this step does not follow. Reload the page.",
                        record=record.name,
                        state=record._state_label().lower(),
                    )
                )

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _refuse(self, errors):
        if errors:
            raise UserError("\n".join(errors))

    def _check_can_contain(self):
        self._check_step(("draft",))
        errors = []
        for record in self:
            if not record.line_ids:
                errors.append(self.env._("%(record)s: add the lots that do not conform.", record=record.name))
            if not record.origin:
                errors.append(self.env._("%(record)s: say where it was found.", record=record.name))
        self._refuse(errors + self.line_ids._containment_errors())

    def _check_can_evaluate(self):
        self._check_step(("contained",))
        distributed = self.line_ids._distributed()
        errors = []
        for record in self:
            missing = [
                name
                for name in ("severity", "occurrence", "investigation", "third_party", "shipped")
                if not record[name]
            ]
            if record.investigation and not (record.investigation_reason or "").strip():
                missing.append("investigation_reason")
            if record.third_party == "yes" and not (record.third_party_note or "").strip():
                missing.append("third_party_note")
            if record.shipped == "yes":
                missing += [name for name in ("assessment", "reportable") if not (record[name] or "").strip()]
            if missing:
                errors.append(
                    self.env._(
                        "%(record)s: answer first: %(fields)s.",
                        record=record.name,
                        fields=", ".join(self._fields[name]._description_string(self.env) for name in missing),
                    )
                )
            out = sum(max(distributed.get(lot, 0.0), 0.0) for lot in record.line_ids.lot_id)
            if record.shipped == "no" and out > 0:
                errors.append(
                    self.env._(
                        "%(record)s: customers have %(quantity)g units of these lots, so some were shipped. Answer yes, and "
                        "assess what follows.",
                        record=record.name,
                        quantity=out,
                    )
                )
        self._refuse(errors)

    def _check_can_confirm(self):
        self._check_step(("evaluated",), "medical_base.group_medical_regulatory", "read")
        for record in self:
            if not record.has_concession:
                raise UserError(self.env._("%(record)s: nothing is used as it is.", record=record.name))
        self._refuse(
            self.sudo().disposition_ids._approval_errors()
        )  # sudo: what is missing does not depend on who asks

    def _check_can_approve(self):
        self._check_step(("evaluated",), "medical_base.group_medical_quality_approver")
        errors = self.line_ids._disposition_errors() + self.disposition_ids._approval_errors()
        confirmed = self._valid_signatures("responsibility")
        for record in self.filtered("has_concession"):
            by_regulatory = confirmed.filtered(
                lambda signature, record=record: (
                    signature.res_id == record.id and signature.user_id == record.sudo().requirement_by_id
                )  # sudo: users of other companies are not everybody's to read
            )
            if not by_regulatory:
                errors.append(
                    self.env._(
                        "%(record)s: what is used as it is needs the signature of regulatory affairs that the regulatory "
                        "requirements are met, on the dispositions as they are now.",
                        record=record.name,
                    )
                )
        self._refuse(errors)

    def _check_can_revise(self):
        self._check_step(("approved",), "medical_base.group_medical_quality_approver")

    def _check_can_execute(self):
        self._check_step(("approved",))
        self._refuse(self.disposition_ids._execution_errors() + self.line_ids._left_errors())

    def _check_can_close(self):
        self._check_step(("executed",), "medical_base.group_medical_quality_approver")
        errors = []
        for record in self:
            if not record.capa_decision:
                errors.append(
                    self.env._("%(record)s: decide whether a corrective action (CAPA) follows.", record=record.name)
                )
            elif record.capa_decision == "opened" and not (record.capa_reference or "").strip():
                errors.append(self.env._("%(record)s: give the number of the CAPA.", record=record.name))
            elif record.capa_decision == "not_needed" and not (record.capa_reason or "").strip():
                errors.append(self.env._("%(record)s: say why no CAPA follows.", record=record.name))
        self._refuse(errors)

    def _check_can_cancel(self):
        self._check_step(("draft", "contained", "evaluated"), "medical_base.group_medical_quality_approver")
        for record in self:
            if record.disposition_ids._has_documents():
                raise UserError(
                    self.env._(
                        "%(record)s: goods were scrapped or returned for it already. Finish it instead.",
                        record=record.name,
                    )
                )

    # What follows

    def _settle(self, state):
        self._guarded_write({"state": state, f"{state}_by_id": self.env.uid, f"{state}_on": fields.Datetime.now()})

    def _contain(self):
        self._look_up_distributed()
        for record in self:
            hold = self.env["medical.hold"].create(
                {
                    "company_id": record.company_id.id,
                    "reason": record.description,
                    "source": f"medical.nonconformity,{record.id}",
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "lot_id": line.lot_id.id,
                                "quantity": line.quantity if line.source_location_id else 0,
                                "source_location_id": line.source_location_id.id,
                            },
                        )
                        for line in record.line_ids
                    ],
                }
            )
            hold._set()
            record._guarded_write({"hold_id": hold.id})
            record._take_over_hold()
        self._settle("contained")
        self._stop_clocks("nc_containment", reason=self._reason())
        self._start_limit("nc_disposition")

    def _take_over_hold(self):
        """What a failed inspection put apart is held by one hold, ours."""
        inspection = self.source if self.source and self.source._name == "medical.inspection" else None
        # sudo: the hold was the system's.
        hold = inspection.sudo().hold_id if inspection and inspection.state == "failed" else None
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
        hold._end(self.env._("Held by %(record)s from now on", record=self.name))

    def _look_up_distributed(self):
        """What customers have now, net of returns: kept on the lines."""
        distributed = self.line_ids._distributed()
        for quantity, lines in self.line_ids.grouped(lambda line: max(distributed.get(line.lot_id, 0.0), 0.0)).items():
            lines._guarded_write({"distributed_quantity": quantity})

    def _execute(self):
        self.disposition_ids._record_inspections()
        for record in self:
            record._keep_regraded()
            record._end_hold(self.env._("%(record)s was executed", record=record.name))
        self._settle("executed")
        self._stop_clocks("nc_disposition", reason=self._reason())

    def _keep_regraded(self):
        """What is regraded is not sold as what it was: it stays in quarantine, on a hold of its own."""
        wanted = {}
        for disposition in self.disposition_ids.filtered(lambda one: one.kind == "regrade"):
            for location, quantity in disposition._places():
                key = (disposition.lot_id, location)
                wanted[key] = wanted.get(key, 0.0) + quantity
        if not wanted:
            return
        hold = self.env["medical.hold"].create(
            {
                "company_id": self.company_id.id,
                "source": f"medical.nonconformity,{self.id}",
                "reason": self.env._("%(record)s: regraded, not to be used as what it was", record=self.name),
                "line_ids": [
                    (0, 0, {"lot_id": lot.id, "quantity": quantity, "source_location_id": location.id})
                    for (lot, location), quantity in wanted.items()
                ],
            }
        )
        hold._set()
        self._guarded_write({"regrade_hold_id": hold.id})

    def _end_hold(self, reason):
        if self.hold_id.state == "active":
            self.hold_id._end(reason)

    # Limits of the own procedure

    def _start_limit(self, trigger):
        """Start the clock of the own procedure, where it has a limit."""
        now = fields.Datetime.now()
        for company, records in self.grouped("company_id").items():
            if self.env["medical.clock.rule"]._rule_for("own", trigger, now, company):
                for user, of_user in records.grouped("user_id").items():
                    of_user._start_clock("own", trigger, user=user or self.env.user)

    def _cancel_limits(self, reason):
        # sudo: nothing is asked for any more, whoever keeps the clocks.
        running = self.sudo().clock_ids.filtered(lambda clock: clock.state == "running")
        if running:
            running.with_context(medical_reason=reason)._guarded_write(
                {"state": "cancelled", "stopped_on": fields.Datetime.now()}
            )
            running._after_end(reason)

    # Screens

    def action_view_lots(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_production_lot_form")
        action.update(domain=[("id", "in", self.line_ids.lot_id.ids)], context={})
        return action

    def action_view_holds(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_quality.action_medical_hold")
        action.update(domain=[("id", "in", (self.hold_id | self.regrade_hold_id).ids)], context={})
        return action

    def action_view_repeats(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_quality.action_medical_nonconformity")
        action.update(
            domain=[("id", "in", [other.id for others in self._repeats().values() for other in others])], context={}
        )
        return action
