"""Back to the vendor: that is whoever delivered the lot, and nobody else who happens to be one."""

from odoo import models
from odoo.exceptions import UserError


class StockMoveLine(models.Model):
    # Who delivered and who gets goods has a file of its own, apart from the gate that asks for it.
    _inherit = "stock.move.line"  # pylint: disable=consider-merging-classes-inherited

    def _quality_deliverer(self):
        """Who brought the goods, by the move, its transfer or its order."""
        return self.move_id.partner_id | self.picking_id.partner_id | self.move_id.purchase_line_id.order_id.partner_id

    def _quality_brought(self):
        """The line that brought the goods to where they are: another one where core books them twice."""
        return self

    def _quality_receiver(self):
        """Who gets the goods: whom the trace names."""
        self.ensure_one()
        return self.move_id.partner_id or self.picking_id.partner_id

    def _quality_is_return(self, lot):
        """Whether the line takes ``lot`` back to its vendor, or to whom quality has decided to send it."""
        self.ensure_one()
        # sudo: who delivered it does not depend on who may read that.
        receiver = self._quality_receiver().sudo().commercial_partner_id
        decided = self.picking_id.sudo().quality_disposition_id
        vendors = lot.sudo().quality_vendor_ids
        if decided.lot_id == lot:
            vendors |= decided.partner_id.commercial_partner_id
        return bool(receiver & vendors)

    def _quality_errors(self, lot, controlled, done):
        errors = super()._quality_errors(lot, controlled, done)
        away = self.location_dest_id.usage == "supplier" and self.location_id.usage != "supplier"
        if errors or not (done and lot and away) or self._quality_is_return(lot):
            return errors
        names, receiver = lot._quality_names(), self._quality_receiver()
        vendors = lot.sudo().quality_vendor_ids.mapped("display_name")  # sudo: as above
        if not vendors:
            return [
                self.env._(
                    "Nobody is on record as the vendor of %(lot)s of %(product)s: quality says by a nonconformity to whom it is "
                    "returned.",
                    **names,
                )
            ]
        return [
            self.env._(
                "%(lot)s of %(product)s goes back to its own vendor only, to %(vendors)s and not to %(receiver)s. Correct the "
                "contact of the transfer, or ask quality.",
                vendors=", ".join(vendors),
                receiver=receiver.display_name or self.env._("somebody unknown"),
                **names,
            )
        ]

    def _quality_keep_receiver(self):
        """Refuse that somebody else is said to have got what went back to a vendor."""
        # sudo: what has moved does not depend on who may read it.
        gone = self.sudo().filtered(
            lambda line: line.state == "done" and line.lot_id and line.location_dest_id.usage == "supplier"
        )
        for company, lines in gone.grouped("company_id").items():
            if controlled := lines.product_id._quality_controlled(company=company):
                line = lines.filtered(lambda line, controlled=controlled: line.product_id in controlled)[0]
                raise UserError(
                    self.env._(
                        "%(document)s has taken %(lot)s of %(product)s back to %(receiver)s: who got it stays on record.",
                        document=line.reference,
                        receiver=line._quality_receiver().display_name or "",
                        **line.lot_id._quality_names(),
                    )
                )
