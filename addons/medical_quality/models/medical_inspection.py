from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import QUALITY_APPROVER, QUALITY_USER, step

from ..engine.ledger import EPSILON, spread
from .medical_inspection_plan import OPERATIONS

_lt = LazyTranslate(__name__)


class MedicalInspection(models.Model):
    """The inspection of one lot as it came in: sample, results, decision."""

    _name = "medical.inspection"
    _description = "Inspection"
    _inherit = [
        "medical.document.mixin",
        "medical.signed.mixin",
        "medical.quality.retained.mixin",
        "medical.hold.source.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    _number = "medical.inspection"
    _kept_from = "open"
    _settles = {"open": ("result_ids",)}
    _guarded_fields = (
        *("plan_id", "sample_size", "accept_number", "severity"),
        *("accepted_quantity", "rejected_quantity", "concession_quantity", "hold_id", "company_id", "operation"),
        *("lot_id", "product_id", "quantity", "location_id", "picking_id", "partner_id", "purchase_line_id"),
        "repeated_by_id",
    )
    _retention_from = ("decided_on",)
    _audited_fields = (
        *("state", "accepted_quantity", "rejected_quantity", "concession_quantity"),
        *("inspector_id", "decided_by_id"),
    )

    _signed_fields = (
        *("lot_id", "quantity", "sample_size", "accept_number"),
        *("result_ids.name", "result_ids.lower", "result_ids.upper", "result_ids.values_text", "result_ids.checked"),
        *("result_ids.nonconforming", "result_ids.attachment_ids", "result_ids.remark"),
    )

    name = fields.Char("Number", readonly=True, copy=False, default="/")
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True, copy=False)
    operation = fields.Selection(OPERATIONS, required=True, readonly=True, copy=False)
    lot_id = fields.Many2one(
        "stock.lot", "Lot/Serial Number", required=True, index=True, readonly=True, copy=False, ondelete="restrict"
    )
    product_id = fields.Many2one(related="lot_id.product_id", store=True, index=True)
    product_uom_id = fields.Many2one(related="lot_id.product_uom_id")
    quantity = fields.Float("Lot Size", digits="Product Unit", readonly=True, copy=False)
    location_id = fields.Many2one("stock.location", "Lies in", readonly=True, copy=False)
    picking_id = fields.Many2one("stock.picking", "Transfer", readonly=True, copy=False, index="btree_not_null")
    partner_id = fields.Many2one("res.partner", "Vendor or Customer", readonly=True, copy=False, index="btree_not_null")
    purchase_line_id = fields.Many2one("purchase.order.line", readonly=True, copy=False, index="btree_not_null")
    plan_id = fields.Many2one("medical.inspection.plan", readonly=True, copy=False, index=True, ondelete="restrict")
    four_eyes = fields.Boolean(
        compute="_compute_four_eyes",
        store=True,
        compute_sudo=True,
        help="As its plan said when the inspection was opened: who decides is somebody else than who inspected.",
    )
    state = fields.Selection([("open", "Open"), ("passed", "Passed"), ("failed", "Failed"), ("skipped", "Skipped")])
    severity = fields.Selection(
        [("reduced", "Reduced"), ("normal", "Normal"), ("tightened", "Tightened"), ("stopped", "Stopped")],
        "Inspection Severity",
        readonly=True,
        copy=False,
        help="How strictly, from the lots before. Stopped: five lots were not accepted under tightened inspection.",
    )
    sample_size = fields.Integer(readonly=True, copy=False)
    accept_number = fields.Integer(
        readonly=True, copy=False, help="The lot passes with at most so many nonconforming units."
    )
    result_ids = fields.One2many("medical.inspection.result", "inspection_id", "Results")
    nonconforming = fields.Integer(compute="_compute_nonconforming")
    inspector_id = fields.Many2one("res.users", "Inspected by", readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", "Decided by", readonly=True, copy=False)
    decided_on = fields.Datetime(readonly=True, copy=False)
    accepted_quantity = fields.Float("Accepted", digits="Product Unit", readonly=True, copy=False)
    rejected_quantity = fields.Float("Rejected", digits="Product Unit", readonly=True, copy=False)
    concession_quantity = fields.Float("On Concession", digits="Product Unit", readonly=True, copy=False)
    hold_id = fields.Many2one("medical.hold", readonly=True, copy=False, index="btree_not_null")
    rejected_whole = fields.Boolean(compute="_compute_rejected_whole")
    repeated_by_id = fields.Many2one(
        "medical.inspection",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The later inspection of the same lot that counts instead of this one.",
    )
    repeated_ids = fields.One2many(
        "medical.inspection", "repeated_by_id", help="Those that this one counts instead of."
    )

    @api.depends("plan_id")
    def _compute_four_eyes(self):
        """Not by the plan's own switch: what is changed there counts from the next inspection."""
        for inspection in self:
            inspection.four_eyes = inspection.plan_id.four_eyes

    @api.depends("state", "operation", "accepted_quantity", "concession_quantity")
    def _compute_rejected_whole(self):
        """What a customer sent back says nothing about the rest of the lot."""
        for inspection in self:
            inspection.rejected_whole = (
                inspection.state == "failed"
                and inspection.operation != "return"
                and not (inspection.accepted_quantity or inspection.concession_quantity)
            )

    @api.depends("result_ids.nonconforming")
    def _compute_nonconforming(self):
        for inspection in self:
            inspection.nonconforming = max(inspection.result_ids.mapped("nonconforming"), default=0)

    def _gone(self):
        """Those of whose goods nothing is left: they say nothing about what came later of the same lot."""
        if not self:
            return self
        # sudo: what is there does not depend on who asks.
        entries = self.env["medical.lot.entry"].sudo().search([("inspection_id", "in", self.ids)])
        there = entries.filtered(lambda entry: entry.quantity - entry.released - entry.gone > EPSILON)
        return self & (entries.inspection_id - there.inspection_id).with_env(self.env)

    def _open_text(self):
        """What an open inspection waits for, as the end of a sentence."""
        self.ensure_one()
        missing = self.result_ids.filtered(lambda line: not line.complete)
        if not missing:
            return self.env._("%(inspection)s is not decided", inspection=self.name)
        names = ", ".join([*missing[:3].mapped("name"), *(["…"] if len(missing) > 3 else [])])
        return self.env._("%(inspection)s is not finished (%(names)s)", inspection=self.name, names=names)

    def _settled_advice(self):
        return self.env._("It is closed: have the lot inspected again.")

    # What holds and nonconformities ask

    def _hold_stays(self, hold):
        if self.state != "open":
            return super()._hold_stays(hold)
        return self.env._(
            "%(hold)s ends by itself: decide on %(inspection)s.", hold=hold.display_name, inspection=self.name
        )

    def _held_apart(self):
        # sudo: the hold was the system's.
        return self.sudo().hold_id if self.state == "failed" else super()._held_apart()

    def _nonconformity_origin(self):
        known = ("receipt", "production", "return")
        return self.operation if self.operation in known else super()._nonconformity_origin()

    def _inspection(self):
        return self

    def _rework_plan(self):
        return self.plan_id

    def _hold_part(self, quantity, reason):
        """Put ``quantity`` of the lot, where it lies by now, on a hold because of the inspection."""
        lines = [
            {"lot_id": self.lot_id.id, "quantity": part, "source_location_id": place.id}
            for place, part in self._places_of(quantity)
        ]
        if lines:
            # sudo: what is kept apart does not depend on who receives or decides.
            hold = self.env["medical.hold"].sudo()._set_because(self, self.company_id, reason, lines)
            self._guarded_write({"hold_id": hold.id})

    def _places_of(self, quantity):
        """(place, how much of ``quantity`` lies there): where it came to, what was put into quarantine since, then elsewhere."""
        # sudo: as above.
        found = (
            self.env["stock.quant"]
            .sudo()
            ._read_group(
                [
                    *(("lot_id", "=", self.lot_id.id), ("company_id", "=", self.company_id.id), ("quantity", ">", 0)),
                    *(("location_id.usage", "=", "internal"), ("location_id.warehouse_id", "!=", False)),
                ],
                ["location_id"],
                ["quantity:sum"],
            )
        )
        found.sort(key=lambda pair: (pair[0] != self.location_id, not pair[0].quality_in_quarantine, pair[0].id))
        parts = spread([there for _place, there in found], quantity)
        return [(place, part) for (place, _there), part in zip(found, parts, strict=True) if part]

    def _keep_return_apart(self):
        """What a customer sent back is not available before it was inspected, though its lot is released."""
        if not (
            self.lot_id.quality_blocked or self.location_id.quality_in_quarantine or not self.location_id.warehouse_id
        ):
            self._hold_part(self.quantity, self.env._("Returned goods, %(inspection)s is open", inspection=self.name))

    # What people do

    @step("open", label=_lt("Inspected"), group=QUALITY_USER, sign="author", by="inspector_id")
    def action_inspected(self):
        """The inspector is done with the results, and signs them."""

    def _unmet_inspected(self):
        self._check_trained("inspect")
        done = set(self._valid_signatures("author").mapped("res_id"))
        unmet = {inspection: inspection._incomplete() for inspection in self}
        for inspection in self:
            if inspection.id in done:
                unmet[inspection].append(
                    self.env._("%(inspection)s was inspected already.", inspection=inspection.name)
                )
        return unmet

    def _signed_results(self):
        """inspection → what its inspector has signed, of those that are inspected and not decided."""
        inspected = self.filtered(lambda inspection: inspection.inspector_id and inspection.state == "open")
        return {inspection: inspection._signature_content() for inspection in inspected}

    def _results_changed(self, before):
        """The inspector's signature holds no more where the results are not those of ``before``: inspect again."""
        content = {inspection: inspection._signature_content() for inspection in self}
        changed = self.filtered(lambda one: before.get(one, content[one]) != content[one])
        if not changed:
            return
        changed._live_signatures().filtered(lambda signature: signature.meaning == "author")._invalidate(
            self._reason() or self.env._("The results were changed after signing")
        )
        changed._guarded_write({"inspector_id": False})
        changed.invalidate_recordset(["signature_state"])

    def action_view_decide_quantities(self):
        """Say how much is accepted."""
        self.ensure_one()
        self._check_may_take(self._get_steps()["action_decide_quantities"])
        if missing := self._incomplete() or self._not_signed():
            raise UserError("\n".join(missing))
        return self.env["medical.inspection.decision"]._medical_form(
            self.env._("Decide on %(inspection)s", inspection=self.name),
            default_inspection_id=self.id,
        )

    @step(
        "open",
        label=_lt("Decide"),
        group=QUALITY_USER,
        sign="approval",
        reason="optional",
        not_by=("inspected", "result_ids"),
        single=True,
    )
    def action_decide_quantities(self, accepted, rejected, concession):
        """Close the inspection.

        :param accepted, rejected, concession: units of the lot, together its size; concession: used although it does not
            conform, which an approver has to justify
        The inspection has passed when the sampling plan allows the nonconforming units; a part on concession is no pass.
        """
        self._guarded_write(
            {
                "accepted_quantity": accepted,
                "rejected_quantity": rejected,
                "concession_quantity": concession,
                "inspector_id": self.inspector_id.id or self.env.uid,
            }
        )
        if self._passes() and not rejected and not concession:
            self._pass()
        else:
            self._fail()

    @step("open", to="passed", label=_lt("Passed"), by="decided_by_id", on="decided_on", system=True)
    def _pass(self):
        """The lot conforms."""

    def _after_pass(self):
        # sudo: the hold was the system's, for as long as the inspection was open.
        for inspection in self.sudo().filtered(lambda inspection: inspection.hold_id.state == "active"):
            inspection.hold_id._end(reason=self.env._("%(inspection)s is closed", inspection=inspection.name))

    @step("open", to="failed", label=_lt("Failed"), by="decided_by_id", on="decided_on", system=True)
    def _fail(self):
        """The lot does not conform, or not all of it."""

    def _after_fail(self):
        for inspection in self:
            rejected, there = inspection.rejected_quantity, inspection.location_id.warehouse_id
            if not rejected:
                inspection._after_pass()
            # A whole lot stays where it is: not released, or on the hold of the return.
            elif (
                there
                and not inspection.hold_id
                and inspection.product_uom_id.compare(rejected, inspection.quantity) < 0
            ):
                reason, why = self.env._("Rejected at %(inspection)s", inspection=inspection.name), self._reason()
                inspection._hold_part(rejected, f"{reason}: {why}" if why else reason)

    @step("open", to="skipped", label=_lt("Skipped"), on="decided_on", system=True)
    def _skip(self):
        """After enough good lots in a row, this one is taken as it is."""

    def _kept_out(self, step):
        """The inspector may decide as well where the plan does not ask for four eyes."""
        kept_out = super()._kept_out(step)
        if step.name != "action_decide_quantities":
            return kept_out
        return {
            inspection: self.env._(
                "%(inspection)s was inspected by you: somebody else decides.", inspection=inspection.name
            )
            for inspection in kept_out
            if inspection.four_eyes
        }

    def _unmet_decide_quantities(self, accepted, rejected, concession):
        """What stands against quantities that do not fit the lot, its results or who decides."""
        self.ensure_one()
        self._check_trained("decide")
        unmet, unit = self._incomplete() or self._not_signed(), self.product_uom_id
        if min(accepted, rejected, concession) < 0 or unit.compare(accepted + rejected + concession, self.quantity):
            unmet.append(
                self.env._(
                    "%(inspection)s: accepted, rejected and on concession come to %(sum)g %(unit)s, the lot has %(size)g.",
                    inspection=self.name,
                    sum=accepted + rejected + concession,
                    unit=unit.name,
                    size=self.quantity,
                )
            )
        if accepted and not self._passes():
            unmet.append(
                self.env._(
                    "%(inspection)s: %(found)d nonconforming units, %(allowed)d are allowed. Reject the lot, or use what can be "
                    "used on concession.",
                    inspection=self.name,
                    found=self.nonconforming,
                    allowed=self.accept_number,
                )
            )
        if concession:
            self.env.user._medical_check_group(QUALITY_APPROVER, doing=self.env._("Grant a concession"))
            if self.lot_id.expiration_date and self.lot_id.expiration_date <= fields.Datetime.now():
                unmet.append(self.env._("%(lot)s has expired: no concession is possible.", lot=self.lot_id.name))
            if not self._reason():
                unmet.append(self.env._("Give the reason of the concession."))
        return {self: unmet}

    def _not_signed(self):
        """Four eyes: the results are signed by somebody else. What was signed once is signed as it is now."""
        self.ensure_one()
        # sudo: whether somebody has signed does not depend on who asks.
        signed_before = "author" in self.sudo().signature_ids.mapped("meaning")
        if not (self.four_eyes or signed_before) or self._valid_signatures("author"):
            return []
        return [
            self.env._(
                "%(inspection)s: the results are not signed by an inspector, or they were changed afterwards. The "
                "inspector presses 'Inspected' and signs them as they are now.",
                inspection=self.name,
            )
        ]

    def _for_print(self):
        """The inspection for its report: who may read it also sees the names that stand on it."""
        self.ensure_one()
        self.check_access("read")
        return self.sudo()  # as above: a vendor or a purchase order is not everybody's to read

    def _passes(self):
        """Whether the results allow the lot: no critical characteristic failed, and none more often than allowed."""
        return not any(line.nonconforming > (0 if line.critical else self.accept_number) for line in self.result_ids)

    def _check_trained(self, task):
        for company, inspections in self.grouped("company_id").items():
            self.env["medical.training.requirement"]._check(task, inspections.product_id, company)

    def _incomplete(self):
        """What is missing in the results; an empty inspection is not a pass."""
        self.ensure_one()
        if not self.result_ids:
            return [
                self.env._(
                    "%(inspection)s: nothing was looked at. Add characteristics to the plan %(plan)s, or results here.",
                    inspection=self.name,
                    plan=self.plan_id.name,
                )
            ]
        missing = self.result_ids.filtered(lambda line: not line.complete)
        if not missing:
            return []
        return [
            self.env._(
                "%(inspection)s: not finished yet: %(names)s. %(size)d units are looked at, documents are attached.",
                inspection=self.name,
                names=", ".join(missing.mapped("name")),
                size=self.sample_size,
            )
        ]

    def unlink(self):
        # The database takes the results along, but not their files. Superuser: they are not read, they go with the record.
        attachments = self.env["ir.attachment"].sudo()
        files = attachments.search(
            [("res_model", "=", "medical.inspection.result"), ("res_id", "in", self.sudo().result_ids.ids)]
        )
        result = super().unlink()
        files.unlink()
        return result
