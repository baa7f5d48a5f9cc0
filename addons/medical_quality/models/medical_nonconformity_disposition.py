from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("rework", "Rework"),
    ("use_as_is", "Use as Is (Concession)"),
    ("return", "Return to Supplier"),
    ("scrap", "Scrap"),
    ("regrade", "Regrade"),
]


class MedicalNonconformityDisposition(models.Model):
    """What becomes of a quantity that does not conform, and the Odoo document that does it."""

    _name = "medical.nonconformity.disposition"
    _description = "Disposition"
    _inherit = ["medical.document.line.mixin", "medical.audited.mixin", "medical.kept.files.mixin"]
    _check_company_auto = True

    _document_field = "nonconformity_id"
    _guarded_fields = ("inspection_id", "company_id", "lot_id")
    _audited_fields = (
        *("nonconformity_id", "line_id", "kind", "quantity", "justification", "procedure", "new_grade"),
        *("witness_id", "certificate", "attachment_ids", "inspection_id"),
    )
    _kept_files_fields = ("attachment_ids",)

    nonconformity_id = fields.Many2one("medical.nonconformity", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="nonconformity_id.company_id", store=True, index=True)
    state = fields.Selection(related="nonconformity_id.state")
    partner_id = fields.Many2one(related="nonconformity_id.partner_id")
    line_id = fields.Many2one(
        "medical.nonconformity.line",
        "Lot",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('nonconformity_id', '=', nonconformity_id)]",
    )
    lot_id = fields.Many2one(related="line_id.lot_id", store=True, index=True)
    product_uom_id = fields.Many2one(related="line_id.product_uom_id")
    kind = fields.Selection(KINDS, "Disposition", required=True)
    quantity = fields.Float(
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
        precompute=True,
        help="What is left of the lot is proposed.",
    )
    justification = fields.Text(help="Needed to use it as it is: why it is safe and performs all the same.")
    procedure = fields.Char("Rework Procedure", help="Number of the approved procedure by which it is reworked.")
    new_grade = fields.Char(help="What it is used as from now on, for example: training, not for patients.")
    witness_id = fields.Many2one(
        "res.users", check_company=True, help="Who saw it scrapped; somebody else than who executes."
    )
    certificate = fields.Char(help="Number of the certificate of destruction; or attach it.")
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    scrap_ids = fields.One2many("stock.scrap", "quality_disposition_id", "Scraps")
    picking_ids = fields.One2many("stock.picking", "quality_disposition_id", "Returns")
    inspection_id = fields.Many2one(
        "medical.inspection", "Inspected Again", readonly=True, copy=False, index="btree_not_null"
    )
    # Superuser: how many there are does not depend on who looks.
    document_count = fields.Integer("Documents", compute="_compute_document_count", compute_sudo=True)

    _quantity_positive = models.Constraint("CHECK (quantity > 0)", "The quantity of a disposition is above zero.")

    @api.depends("line_id")
    def _compute_quantity(self):
        for one in self:
            others = (
                one.nonconformity_id.disposition_ids.filtered(lambda other, one=one: other.line_id == one.line_id) - one
            )
            one.quantity = one.quantity or max(one.line_id.quantity - sum(others.mapped("quantity")), 0.0)

    @api.depends("scrap_ids", "picking_ids", "inspection_id")
    def _compute_document_count(self):
        for one in self:
            one.document_count = len(one.scrap_ids) + len(one.picking_ids) + len(one.inspection_id)

    @api.constrains("line_id", "nonconformity_id")
    def _check_line(self):
        for one in self:
            if one.line_id.nonconformity_id != one.nonconformity_id:
                raise UserError(
                    self.env._(
                        "%(lot)s does not belong to %(record)s.", lot=one.lot_id.name, record=one.nonconformity_id.name
                    )
                )

    # What may be changed when

    def _refuse_settled(self, names=None):
        """What was done is entered until all is executed; what is to be done, until it is approved."""
        super()._refuse_settled(names)
        if names and names <= {"witness_id", "certificate", "attachment_ids"}:
            return
        for one in self:
            record = one.nonconformity_id
            if record.state == "approved":
                raise UserError(
                    self.env._(
                        "%(record)s is %(state)s: its dispositions stay as they are. %(advice)s",
                        record=record.name,
                        state=record._state_label().lower(),
                        advice=record._settled_advice(),
                    )
                )
            if one._has_documents():
                raise UserError(
                    self.env._(
                        "%(record)s, %(lot)s: goods were scrapped or returned for this disposition already.",
                        record=record.name,
                        lot=one.lot_id.name,
                    )
                )

    def _has_documents(self):
        """Whether goods are being moved, or were."""
        # sudo: the documents count, whoever may read them.
        documents = self.sudo()
        return any(scrap.state == "done" for scrap in documents.scrap_ids) or any(
            picking.state != "cancel" for picking in documents.picking_ids
        )

    def _kept_files_refusals(self):
        """Files of dispositions are kept as long as the nonconformity."""
        of_records = self.nonconformity_id._kept_files_refusals()
        return super()._kept_files_refusals() | {
            one.id: of_records[one.nonconformity_id.id] for one in self if one.nonconformity_id.id in of_records
        }

    # What approval and execution ask

    def _approval_errors(self):
        """nonconformity → sentences on what is missing before the dispositions can be approved."""
        errors = self._concession_errors()
        for one in self:
            name, unmet = f"{one.nonconformity_id.display_name}, {one.lot_id.name}", errors[one.nonconformity_id]
            if one.kind == "use_as_is" and not (one.justification or "").strip():
                unmet.append(self.env._("%(name)s: justify that it is used as it is.", name=name))
            if one.kind == "rework" and not (one.procedure or "").strip():
                unmet.append(self.env._("%(name)s: name the approved procedure by which it is reworked.", name=name))
            if one.kind == "regrade" and not (one.new_grade or "").strip():
                unmet.append(self.env._("%(name)s: say what it is used as from now on.", name=name))
        return errors

    def _concession_errors(self):
        """nonconformity → sentences on lots that cannot be used as they are, whatever the justification."""
        errors, now = defaultdict(list), fields.Datetime.now()
        concessions = self.filtered(lambda one: one.kind == "use_as_is")
        # sudo: what a lot is held for binds whoever may read it.
        lines = self.env["medical.hold.line"].sudo()
        held = lines.search(
            [("lot_id", "in", concessions.lot_id.ids), ("state", "=", "active"), ("hold_id.source", "!=", False)]
        )
        for one in concessions:
            lot, unmet = one.lot_id, errors[one.nonconformity_id]
            if lot.expiration_date and lot.expiration_date <= now:
                date = fields.Date.to_string(lot.expiration_date)
                unmet.append(
                    self.env._("%(lot)s expired on %(date)s: it cannot be used as it is.", lot=lot.name, date=date)
                )
            unmet += [
                self.env._("%(lot)s %(why)s: it cannot be used as it is.", lot=lot.name, why=why)
                for hold in held.filtered(lambda line, lot=lot: line.lot_id == lot).hold_id
                if (why := hold.source._hold_forbids_use())
            ]
        return errors

    def _execution_errors(self):
        """nonconformity → sentences on what has not been done yet of what was approved."""
        errors = self._concession_errors()
        passed = self._passed_inspections()
        for one in self:
            unit, unmet, moved = one.product_uom_id, errors[one.nonconformity_id], one._moved()
            name = f"{one.nonconformity_id.display_name}, {one.lot_id.name}"
            if one.kind in ("scrap", "return") and unit.compare(moved, one.quantity):
                facts = {"name": name, "quantity": one.quantity, "unit": unit.name, "moved": moved}
                unmet.append(
                    self.env._("%(name)s: %(quantity)g %(unit)s are to be scrapped, %(moved)g are.", **facts)
                    if one.kind == "scrap"
                    else self.env._(
                        "%(name)s: %(quantity)g %(unit)s are to be returned to the supplier, %(moved)g are.", **facts
                    )
                )
            if one.kind == "scrap":
                if not one.witness_id or one.witness_id == self.env.user:
                    unmet.append(
                        self.env._("%(name)s: name a witness of the scrapping, somebody else than you.", name=name)
                    )
                if not (one.certificate or "").strip() and not one.attachment_ids:
                    unmet.append(
                        self.env._(
                            "%(name)s: give the number of the certificate of destruction, or attach it.", name=name
                        )
                    )
            if one.kind == "rework" and one not in passed:
                unmet.append(
                    self.env._(
                        "%(name)s: it was not inspected again with success since the rework was approved.", name=name
                    )
                )
        return errors

    def _moved(self):
        """How much the linked documents have scrapped or sent back."""
        self.ensure_one()
        # sudo: what was moved does not depend on who may read it.
        one = self.sudo()
        pickings = found = one.picking_ids
        while found := found.backorder_ids - pickings:
            pickings |= found
        scrap = one.kind == "scrap"
        done = (one.scrap_ids.move_ids if scrap else pickings.move_ids).filtered(lambda move: move.state == "done")
        lines = done.move_line_ids.filtered(
            lambda line: line.lot_id == one.lot_id and (scrap or line.location_dest_id.usage == "supplier")
        )
        return sum(lines.mapped("quantity_product_uom"))

    def _passed_inspections(self):
        """disposition → the inspection that its lot passed after the rework was approved, in one query."""
        reworked = self.filtered(lambda one: one.kind == "rework" and one.nonconformity_id.approved_on)
        if not reworked:
            return {}
        inspections = self.env["medical.inspection"].search(
            [
                ("lot_id", "in", reworked.lot_id.ids),
                ("company_id", "in", reworked.company_id.ids),
                ("state", "=", "passed"),
                ("operation", "!=", "return"),
            ],
            order="decided_on, id",
        )
        passed = {}
        for one in reworked:
            for inspection in inspections:
                if (
                    inspection.lot_id == one.lot_id
                    and inspection.decided_on >= one.nonconformity_id.approved_on
                    and one.product_uom_id.compare(inspection.accepted_quantity, one.quantity) >= 0
                ):
                    passed[one] = inspection
        return passed

    def _record_inspections(self):
        for one, inspection in self._passed_inspections().items():
            one._guarded_write({"inspection_id": inspection.id})

    # Documents that do it

    def _places(self):
        """Where the quantity lies that is still to be moved: (location, quantity) one after the other, oldest stock first."""
        self.ensure_one()
        held = self.line_id._held_line()
        # sudo: what lies where does not depend on who may read it.
        stock = self.env["stock.quant"].sudo()
        place = (
            ("location_id", "=", held.location_id.id) if held.location_id else ("location_id.usage", "=", "internal")
        )
        quants = stock.search(
            [("lot_id", "=", self.lot_id.id), ("company_id", "=", self.company_id.id), ("quantity", ">", 0), place],
            order="in_date, id",
        )
        left, places = self.quantity - self._moved(), {}
        for quant in quants:
            taken = min(left, quant.quantity - quant.reserved_quantity)
            if self.product_uom_id.compare(taken, 0) > 0:
                places[quant.location_id] = places.get(quant.location_id, 0.0) + taken
                left -= taken
        if self.product_uom_id.compare(left, 0) > 0:
            raise UserError(
                self.env._(
                    "%(lot)s: %(left)g %(unit)s of it are not where they should be. Look for them, or count the stock.",
                    lot=self.lot_id.name,
                    left=left,
                    unit=self.product_uom_id.name,
                )
            )
        return list(places.items())

    def _check_may_move(self, kind):
        self.ensure_one()
        self.env.user._medical_check_group(
            "stock.group_stock_user", doing=self.env._("Scrap, return or inspect again what does not conform")
        )
        self.check_access("read")
        if self.state != "approved" or self.kind != kind:
            raise UserError(
                self.env._(
                    "%(record)s: this is done once the disposition is approved.", record=self.nonconformity_id.name
                )
            )

    def action_scrap(self):
        """Draft scraps of what is to be scrapped, one for each place where it lies."""
        self._check_may_move("scrap")
        # sudo: drafts are made anew, whoever made them.
        self.sudo().scrap_ids.filtered(lambda scrap: scrap.state == "draft").unlink()
        if self.product_uom_id.compare(self._moved(), self.quantity) < 0:
            self.env["stock.scrap"]._guarded_create(
                [
                    {
                        "company_id": self.company_id.id,
                        "product_id": self.lot_id.product_id.id,
                        "lot_id": self.lot_id.id,
                        "product_uom_id": self.product_uom_id.id,
                        "scrap_qty": quantity,
                        "location_id": location.id,
                        "origin": self.nonconformity_id.name,
                        "quality_disposition_id": self.id,
                    }
                    for location, quantity in self._places()
                ]
            )
        self.invalidate_recordset(["scrap_ids", "document_count"])
        return self.action_view_documents()

    def action_return(self):
        """A transfer back to the supplier, with the lot and the places filled in."""
        self._check_may_move("return")
        if not self.partner_id:
            raise UserError(
                self.env._(
                    "%(record)s: quality says first to which supplier it is returned.",
                    record=self.nonconformity_id.name,
                )
            )
        # sudo: whether a transfer is under way does not depend on who may read it.
        under_way = self.sudo().picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
        if not under_way and self.product_uom_id.compare(self._moved(), self.quantity) < 0:
            self._create_return(self._places())
        self.invalidate_recordset(["picking_ids", "document_count"])
        return self.action_view_documents()

    def _create_return(self, places):
        warehouse = places[0][0].warehouse_id
        target = self.partner_id.with_company(self.company_id).property_stock_supplier
        kind = warehouse.in_type_id.return_picking_type_id or warehouse.out_type_id
        product = self.lot_id.product_id
        moves = [
            {
                "product_id": product.id,
                "product_uom": self.product_uom_id.id,
                "product_uom_qty": quantity,
                "location_id": location.id,
                "location_dest_id": target.id,
                "company_id": self.company_id.id,
            }
            for location, quantity in places
        ]
        values = {
            "picking_type_id": kind.id,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "location_id": places[0][0].id,
            "location_dest_id": target.id,
            "origin": self.nonconformity_id.name,
            "quality_disposition_id": self.id,
            "move_ids": [(0, 0, move) for move in moves],
        }
        picking = self.env["stock.picking"]._guarded_create([values])
        picking.action_confirm()
        # The lot that does not conform, and no other.
        picking.move_line_ids.unlink()
        self.env["stock.move.line"].create(
            [
                {
                    "picking_id": picking.id,
                    "move_id": move.id,
                    "product_id": product.id,
                    "product_uom_id": move.product_uom.id,
                    "quantity": move.product_uom_qty,
                    "lot_id": self.lot_id.id,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                }
                for move in picking.move_ids
            ]
        )

    def action_inspect(self):
        """An inspection of what was reworked."""
        self._check_may_move("rework")
        inspection = self.inspection_id
        if not inspection or inspection.state != "open":
            source = self.nonconformity_id.source
            inspection = self.env["medical.inspection"]._open_rework(
                self.lot_id, self.quantity, self._places()[0][0], self.company_id, source and source._rework_plan()
            )
            # sudo: who moves the goods need not be allowed to edit nonconformities.
            self.sudo()._guarded_write({"inspection_id": inspection.id})
        return inspection._medical_form(inspection.name, "current")

    def action_view_documents(self):
        """The scraps, transfers or the inspection of this disposition."""
        self.ensure_one()
        documents = self.scrap_ids or self.picking_ids or self.inspection_id
        action = {
            "type": "ir.actions.act_window",
            "name": self.nonconformity_id.name,
            "res_model": documents._name,
            "view_mode": "list,form",
            "domain": [("id", "in", documents.ids)],
        }
        return {**action, "view_mode": "form", "res_id": documents.id} if len(documents) == 1 else action
