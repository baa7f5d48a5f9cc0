from odoo import api, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    @api.model
    def _create_picking_from_pos_order_lines(self, location_dest_id, lines, picking_type, partner=False):
        """Orders whose goods left with the payment are not moved again when the till closes."""
        gone = lines.order_id.filtered(lambda order: order.picking_ids and order._medical_controlled())
        lines = lines.filtered(lambda line: line.order_id not in gone)
        return super()._create_picking_from_pos_order_lines(location_dest_id, lines, picking_type, partner)
