from odoo import api, fields, models
from odoo.exceptions import UserError


class MedicalHoldLine(models.Model):
    """A lot on hold, or a part of it that is kept in quarantine."""

    _name = "medical.hold.line"
    _description = "Lot on Hold"
    _inherit = ["medical.document.line.mixin", "medical.audited.mixin"]
    _rec_name = "lot_id"
    _check_company_auto = True

    _document_field = "hold_id"
    _guarded_fields = ("location_id", "gone", "caught", "blocks_lot", "state", "company_id")
    _audited_fields = ("hold_id", "lot_id", "quantity")

    hold_id = fields.Many2one("medical.hold", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="hold_id.company_id", store=True, index=True)
    state = fields.Selection(related="hold_id.state", store=True)
    lot_id = fields.Many2one(
        "stock.lot", "Lot/Serial Number", required=True, index=True, ondelete="restrict", check_company=True
    )
    product_id = fields.Many2one(related="lot_id.product_id")
    quantity = fields.Float(
        digits="Product Unit", help="Only this much, moved to quarantine; 0 for the whole lot wherever it is."
    )
    product_uom_id = fields.Many2one(related="lot_id.product_uom_id")
    source_location_id = fields.Many2one(
        "stock.location",
        "From",
        check_company=True,
        domain="[('usage', '=', 'internal'), ('quality_in_quarantine', '=', False)]",
        help="Where the quantity is taken from; needed with a quantity.",
    )
    location_id = fields.Many2one("stock.location", "Kept in", readonly=True, copy=False)
    gone = fields.Float(
        "Left",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="Of the quantity, so much was scrapped or sent back.",
    )
    caught = fields.Boolean("Came Later", readonly=True, copy=False)
    blocks_lot = fields.Boolean(compute="_compute_blocks_lot", store=True, readonly=True, copy=False)

    _quantity_positive = models.Constraint("CHECK (quantity >= 0)", "A quantity on hold is not negative.")
    _lot_unique = models.UniqueIndex(
        "(hold_id, lot_id, COALESCE(source_location_id, 0))", "This lot is on this hold already."
    )

    @api.depends("state", "quantity")
    def _compute_blocks_lot(self):
        for line in self:
            line.blocks_lot = line.state == "active" and not line.quantity

    @api.constrains("quantity", "source_location_id")
    def _check_source(self):
        for line in self:
            if line.quantity and not line.source_location_id:
                raise UserError(
                    self.env._(
                        "%(lot)s: say where the %(quantity)g %(unit)s on hold are taken from.",
                        lot=line.lot_id.name,
                        quantity=line.quantity,
                        unit=line.product_uom_id.name,
                    )
                )

    @api.model
    def _create_caught(self, hold, lots):
        self._guarded_create([{"hold_id": hold.id, "lot_id": lot.id, "caught": True} for lot in lots])
        hold.message_post(
            body=self.env._("Came in later and is on hold as well: %(lots)s", lots=", ".join(lots.mapped("name")))
        )
        hold._lots_changed(lots)

    def _apply(self):
        """Make a hold just set take effect."""
        whole = self.filtered(lambda line: not line.quantity)
        for hold, lines in self.grouped("hold_id").items():
            hold._lots_changed(lines.lot_id, blocking=(lines & whole).lot_id)
        for line in self - whole:
            line._quarantine()

    def _quarantine(self):
        """Move the quantity on hold to the warehouse's quarantine; core takes it from reservations where it must."""
        self.ensure_one()
        source = self.source_location_id
        # What lies in quarantine already stays there.
        stays = source.quality_in_quarantine
        if not stays and not source.warehouse_id:
            raise UserError(
                self.env._(
                    "%(location)s belongs to no warehouse, so there is no quarantine: put the whole lot on hold.",
                    location=source.display_name,
                )
            )
        target = source if stays else source.warehouse_id._quality_quarantine()
        # sudo: setting a hold is a right of its own; what it moves does not depend on who sets it.
        stock = self.env["stock.quant"].sudo()
        quants = stock.search(
            [("lot_id", "=", self.lot_id.id), ("location_id", "child_of", source.id), ("quantity", ">", 0)], order="id"
        ).filtered(lambda quant: stays or not quant.location_id.quality_in_quarantine)
        unit = self.product_uom_id
        if unit.compare(sum(quants.mapped("quantity")), self.quantity) < 0:
            raise UserError(
                self.env._(
                    "%(lot)s: there are only %(there)g %(unit)s in %(location)s, %(quantity)g are to be put on hold.",
                    lot=self.lot_id.name,
                    there=sum(quants.mapped("quantity")),
                    unit=unit.name,
                    location=source.display_name,
                    quantity=self.quantity,
                )
            )
        left, values = self.quantity, []
        for quant in () if stays else quants:
            taken = min(left, quant.quantity)
            if unit.compare(taken, 0) <= 0:
                break
            values.append(
                quant.with_context(inventory_name=self.hold_id.name)._get_inventory_move_values(
                    taken, quant.location_id, target, quant.package_id, self.env["stock.package"]
                )
            )
            left -= taken
        self.env["stock.move"].sudo().create(values)._action_done()
        self._guarded_write({"location_id": target.id})
