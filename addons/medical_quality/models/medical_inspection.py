from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.medical_base.models.medical_signed_mixin import signed

from .medical_inspection_plan import OPERATIONS


class MedicalInspection(models.Model):
    """The inspection of one lot as it came in: sample, results, decision."""

    _name = "medical.inspection"
    _description = "Inspection"
    _inherit = [
        "medical.guarded.mixin",
        "medical.audited.mixin",
        "medical.signed.mixin",
        "medical.quality.retained.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    _guarded_fields = (
        "name",
        "state",
        "plan_id",
        "sample_size",
        "accept_number",
        "severity",
        "inspector_id",
        "decided_by_id",
        "decided_on",
        "accepted_quantity",
        "rejected_quantity",
        "concession_quantity",
        "hold_id",
        "company_id",
        "operation",
        "lot_id",
        "product_id",
        "quantity",
        "location_id",
        "picking_id",
        "partner_id",
        "purchase_line_id",
        "repeated_by_id",
    )
    _retention_from = ("decided_on",)
    _audited_fields = (
        "state",
        "accepted_quantity",
        "rejected_quantity",
        "concession_quantity",
        "inspector_id",
        "decided_by_id",
    )

    _signed_fields = (
        "lot_id",
        "quantity",
        "sample_size",
        "accept_number",
        "result_ids.name",
        "result_ids.lower",
        "result_ids.upper",
        "result_ids.values_text",
        "result_ids.checked",
        "result_ids.nonconforming",
        "result_ids.attachment_ids",
        "result_ids.remark",
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
    four_eyes = fields.Boolean(related="plan_id.four_eyes")
    state = fields.Selection(
        [("open", "Open"), ("passed", "Passed"), ("failed", "Failed"), ("skipped", "Skipped")],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    severity = fields.Selection(
        [("reduced", "Reduced"), ("normal", "Normal"), ("tightened", "Tightened"), ("stopped", "Stopped")],
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
    # Superuser: buyers see inspections too, and nonconformities only where they are in stock.
    nonconformity_count = fields.Integer("Nonconformities", compute="_compute_nonconformity_count", compute_sudo=True)

    @api.depends("state", "operation", "accepted_quantity", "concession_quantity")
    def _compute_rejected_whole(self):
        """What a customer sent back says nothing about the rest of the lot."""
        for inspection in self:
            inspection.rejected_whole = (
                inspection.state == "failed"
                and inspection.operation != "return"
                and not (inspection.accepted_quantity or inspection.concession_quantity)
            )

    def _compute_nonconformity_count(self):
        sources = {f"{self._name},{id_}": id_ for id_ in self.ids}
        counts = {
            sources[source]: count
            for source, count in self.env["medical.nonconformity"]._read_group(
                [("source", "in", list(sources))], ["source"], ["__count"]
            )
        }
        for inspection in self:
            inspection.nonconformity_count = counts.get(inspection.id, 0)

    @api.depends("result_ids.nonconforming")
    def _compute_nonconforming(self):
        for inspection in self:
            inspection.nonconforming = max(inspection.result_ids.mapped("nonconforming"), default=0)

    def _open_text(self):
        """What an open inspection waits for, as the end of a sentence."""
        self.ensure_one()
        missing = self.result_ids.filtered(lambda line: not line.complete)
        if not missing:
            return self.env._("%(inspection)s is not decided", inspection=self.name)
        names = ", ".join([*missing[:3].mapped("name"), *(["…"] if len(missing) > 3 else [])])
        return self.env._("%(inspection)s is not finished (%(names)s)", inspection=self.name, names=names)

    def _keep_return_apart(self):
        """What a customer sent back is not available before it was inspected, though its lot is released."""
        if self.lot_id.quality_blocked or self.location_id.quality_in_quarantine or not self.location_id.warehouse_id:
            return
        hold = self.env["medical.hold"].create(
            {
                "company_id": self.company_id.id,
                "reason": self.env._("Returned goods, %(inspection)s is open", inspection=self.name),
                "source": f"medical.inspection,{self.id}",
                "line_ids": [
                    (
                        0,
                        0,
                        {
                            "lot_id": self.lot_id.id,
                            "quantity": self.quantity,
                            "source_location_id": self.location_id.id,
                        },
                    )
                ],
            }
        )
        hold._set()
        self._guarded_write({"hold_id": hold.id})

    # What people do

    def action_nonconformity(self):
        """A new nonconformity of what did not pass."""
        self.ensure_one()
        part = self.sudo().hold_id.line_ids[:1]  # sudo: where it was put apart does not depend on who asks
        line = {"lot_id": self.lot_id.id}
        if part.quantity and part.state == "active":
            line |= {"source_location_id": part.location_id.id, "quantity": part.quantity}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Nonconformity"),
            "res_model": "medical.nonconformity",
            "view_mode": "form",
            "context": {
                "default_company_id": self.company_id.id,
                "default_description": self.env._(
                    "%(inspection)s: %(found)s",
                    inspection=self.name,
                    found=", ".join(self.result_ids.filtered("nonconforming").mapped("name"))
                    or self.env._("not accepted"),
                ),
                "default_origin": self.operation if self.operation in ("receipt", "production", "return") else "other",
                "default_source": f"{self._name},{self.id}",
                "default_partner_id": self.partner_id.id if self.operation == "receipt" else False,
                "default_line_ids": [(0, 0, line)],
            },
        }

    def action_view_nonconformities(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_quality.action_medical_nonconformity")
        action.update(domain=[("source", "in", [f"{self._name},{id_}" for id_ in self.ids])], context={})
        return action

    def action_decide(self):
        """Say how much is accepted; the wizard calls :meth:`_decide`."""
        self.ensure_one()
        self._check_may()
        self._check_complete()
        self._check_results_signed()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decide on %(inspection)s", inspection=self.name),
            "res_model": "medical.inspection.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_inspection_id": self.id},
        }

    @signed("author", check="_check_inspected")
    def action_inspected(self):
        """The inspector is done with the results, and signs them."""
        self._guarded_write({"inspector_id": self.env.uid})

    def _check_inspected(self):
        self._check_may()
        self._check_complete()
        done = set(self._valid_signatures("author").mapped("res_id"))
        for inspection in self:
            inspection._check_trained("inspect")
            if inspection.id in done:
                raise UserError(self.env._("%(inspection)s was inspected already.", inspection=inspection.name))

    def _signed_results(self):
        """inspection → what its inspector has signed, of those that are inspected and not decided."""
        inspected = self.filtered(lambda inspection: inspection.inspector_id and inspection.state == "open")
        return {inspection: inspection._signature_content() for inspection in inspected}

    def _results_changed(self, before):
        """The inspector's signature holds no more where the results are not those of ``before``: inspect again."""
        changed = self.filtered(
            lambda inspection: (
                before.get(inspection, inspection._signature_content()) != inspection._signature_content()
            )
        )
        if not changed:
            return
        changed._live_signatures().filtered(lambda signature: signature.meaning == "author")._invalidate(
            self._signature_reason() or self.env._("The results were changed after signing")
        )
        changed._guarded_write({"inspector_id": False})
        changed.invalidate_recordset(["signature_state"])

    @signed("approval", check="_check_decision")
    def action_decide_quantities(self, accepted, rejected, concession):
        """Close the inspection; see :meth:`_decide`."""
        self._decide(accepted, rejected, concession, self._signature_reason() or "")

    def _check_decision(self, accepted, rejected, concession):
        """Refuse quantities that do not fit the lot, its results or who decides."""
        self.ensure_one()
        self._check_may()
        self._check_trained("decide")
        self._check_complete()
        unit = self.product_uom_id
        if min(accepted, rejected, concession) < 0 or unit.compare(accepted + rejected + concession, self.quantity):
            raise UserError(
                self.env._(
                    "%(inspection)s: accepted, rejected and on concession come to %(sum)g %(unit)s, the lot has %(size)g.",
                    inspection=self.name,
                    sum=accepted + rejected + concession,
                    unit=unit.name,
                    size=self.quantity,
                )
            )
        self._check_results_signed()
        if accepted and not self._passes():
            raise UserError(
                self.env._(
                    "%(inspection)s: %(found)d nonconforming units, %(allowed)d are allowed. Reject the lot, or use what can be "
                    "used on concession.",
                    inspection=self.name,
                    found=self.nonconforming,
                    allowed=self.accept_number,
                )
            )
        if concession:
            if not self.env.user.has_group("medical_base.group_medical_quality_approver"):
                raise AccessError(self.env._("Only a quality approver grants a concession."))
            if self.lot_id.expiration_date and self.lot_id.expiration_date <= fields.Datetime.now():
                raise UserError(self.env._("%(lot)s has expired: no concession is possible.", lot=self.lot_id.name))

    def _check_results_signed(self):
        """Four eyes: the results are signed by somebody else. What was signed once is signed as it is now."""
        inspectors = self._valid_signatures("author").user_id
        # sudo: whether somebody has signed does not depend on who asks.
        signed_before = "author" in self.sudo().signature_ids.mapped("meaning")
        if not inspectors and (self.four_eyes or signed_before):
            raise UserError(
                self.env._(
                    "%(inspection)s: the results are not signed by an inspector, or they were changed afterwards. The "
                    "inspector presses 'Inspected' and signs them as they are now.",
                    inspection=self.name,
                )
            )
        if self.four_eyes and self.env.user in inspectors:
            raise UserError(
                self.env._("%(inspection)s was inspected by you: somebody else decides.", inspection=self.name)
            )

    def _decide(self, accepted, rejected, concession, reason=""):
        """Close the inspection.

        :param accepted, rejected, concession: units of the lot, together its size; concession: used although it does not
            conform, which an approver has to justify
        The inspection has passed when the sampling plan allows the nonconforming units; a part on concession is no pass.
        """
        self._check_decision(accepted, rejected, concession)
        if concession and not reason.strip():
            raise UserError(self.env._("Give the reason of the concession."))
        whole = self._passes() and not rejected and not concession
        self.with_context(medical_reason=reason)._guarded_write(
            {
                "state": "passed" if whole else "failed",
                "accepted_quantity": accepted,
                "rejected_quantity": rejected,
                "concession_quantity": concession,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
                "inspector_id": self.inspector_id.id or self.env.uid,
            }
        )
        self._put_apart(rejected, reason)
        if not whole:
            self.env["medical.quality.rule"]._fire("inspection_failed", self.lot_id, self, self.partner_id)

    def _put_apart(self, rejected, reason):
        """Keep what was rejected from being used; a return that was accepted whole is free again."""
        if not rejected:
            # sudo: the hold was the system's, for as long as the inspection was open.
            self.sudo().hold_id.filtered(lambda hold: hold.state == "active")._end(
                self.env._("%(inspection)s is closed", inspection=self.name)
            )
            return
        if (
            self.hold_id
            or self.product_uom_id.compare(rejected, self.quantity) >= 0
            or not self.location_id.warehouse_id
        ):
            # The whole lot stays where it is: not released, or on the hold of the return.
            return
        hold = (
            self.env["medical.hold"]
            .sudo()
            .create(  # sudo: what was rejected is held, whoever decided
                {
                    "company_id": self.company_id.id,
                    "reason": self.env._("Rejected at %(inspection)s", inspection=self.name)
                    + (f": {reason}" if reason else ""),
                    "source": f"medical.inspection,{self.id}",
                    "line_ids": [
                        (
                            0,
                            0,
                            {"lot_id": self.lot_id.id, "quantity": rejected, "source_location_id": self.location_id.id},
                        )
                    ],
                }
            )
        )
        hold._set()
        self._guarded_write({"hold_id": hold.id})

    def _for_print(self):
        """The inspection for its report: who may read it also sees the names that stand on it."""
        self.ensure_one()
        self.check_access("read")
        return self.sudo()  # as above: a vendor or a purchase order is not everybody's to read

    def _passes(self):
        """Whether the results allow the lot: no critical characteristic failed, and none more often than allowed."""
        return not any(line.nonconforming > (0 if line.critical else self.accept_number) for line in self.result_ids)

    def _check_may(self):
        if not self.env.user.has_group("medical_base.group_medical_quality_user"):
            raise AccessError(self.env._("Only quality users inspect lots and decide on inspections."))
        self.check_access("write")
        for inspection in self:
            if inspection.state != "open":
                raise UserError(self.env._("%(inspection)s is closed.", inspection=inspection.name))

    def _check_trained(self, task):
        self.env["medical.training.requirement"]._check(task, self.product_id, self.company_id)

    def _check_complete(self):
        """An empty inspection is not a pass."""
        for inspection in self:
            if not inspection.result_ids:
                raise UserError(
                    self.env._(
                        "%(inspection)s: nothing was looked at. Add characteristics to the plan %(plan)s, or results here.",
                        inspection=inspection.name,
                        plan=inspection.plan_id.name,
                    )
                )
            missing = inspection.result_ids.filtered(lambda line: not line.complete)
            if missing:
                raise UserError(
                    self.env._(
                        "%(inspection)s: not finished yet: %(names)s. %(size)d units are looked at, documents are attached.",
                        inspection=inspection.name,
                        names=", ".join(missing.mapped("name")),
                        size=inspection.sample_size,
                    )
                )

    def unlink(self):
        # The database takes the results along, but not their files. Superuser: they are not read, they go with the record.
        files = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", "medical.inspection.result"), ("res_id", "in", self.sudo().result_ids.ids)])
        )
        result = super().unlink()
        files.unlink()
        return result
