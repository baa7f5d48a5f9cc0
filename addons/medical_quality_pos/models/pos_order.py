from odoo import models
from odoo.exceptions import UserError


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _medical_controlled(self):
        """The products sold that are under control."""
        self.ensure_one()
        return self.lines.product_id._medical_pos_controlled(self.config_id)

    def _should_create_picking_real_time(self):
        """What is under control leaves stock when it is sold, not when the till closes: until then anyone could sell it."""
        return super()._should_create_picking_real_time() or bool(self._medical_controlled())

    def _create_order_picking(self):
        result = super()._create_order_picking()
        self._medical_check_moved()
        return result

    def _medical_check_moved(self):
        """Refuse the order where goods under control did not go: core sells all the same, and leaves the transfer open."""
        controlled = self._medical_controlled()
        if self.shipping_date:
            # The warehouse delivers later; what cannot be delivered today is not sold today.
            lines = self.lines.filtered(lambda line: line.product_id in controlled and line.qty > 0)
            sold = [(line.product_id.id, number) for line in lines for number in line.pack_lot_ids.mapped("lot_name")]
            said = self.env["pos.order.line"]._medical_refusals(self.config_id, sold)
            if errors := [sentence for sentences in said.values() for sentence in sentences]:
                raise UserError("\n".join(errors))
            return
        moves = self.picking_ids.move_ids
        # Also what a kit is made of.
        controlled |= moves.product_id._medical_pos_controlled(self.config_id)
        stuck = moves.filtered(lambda move: move.product_id in controlled and move.state != "done")
        for picking in stuck.picking_id:
            # What kept it from going is said now.
            picking._action_done()
        if stuck := stuck.exists().filtered(lambda move: move.state != "done"):
            raise UserError(
                self.env._(
                    "%(product)s is under control and could not leave stock, so it is not sold: enter its lot or serial number, "
                    "or choose another one.",
                    product=stuck[0].product_id.display_name,
                )
            )
