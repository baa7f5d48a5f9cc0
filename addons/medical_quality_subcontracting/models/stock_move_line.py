"""Core books a subcontractor's work as an order at his place, after its goods have gone from there to our stock."""

from odoo import api, models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model
    def _quality_allowed(self, source, target, move):
        """What was made at the subcontractor comes in, decided on or not."""
        made = move.move_orig_ids.filtered(lambda one: one.production_id and one.product_id == move.product_id)
        comes_in = move.is_subcontract and made and source.is_subcontract() and target.usage == "internal"
        return bool(comes_in) or super()._quality_allowed(source, target, move)

    def _quality_booked_later(self):
        return self.move_id.is_subcontract and self.location_id.is_subcontract() or super()._quality_booked_later()

    def _quality_operation(self):
        receipts = self.move_id.move_dest_ids.filtered("is_subcontract")
        return "receipt" if self.move_id.production_id and receipts else super()._quality_operation()

    def _quality_brought(self):
        receipts = self.move_id.move_dest_ids.filtered("is_subcontract")
        lines = receipts.move_line_ids.filtered(lambda line: line.lot_id == self.lot_id and line.state == "done")
        return lines[:1] or super()._quality_brought()
