from odoo import models

from .stock_quant import ANY_STOCK, ANY_STOCK_KEY


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        names = {"partner_id", "picking_id"} & set(vals)
        if names and (done := self.filtered(lambda move: move.state == "done")):
            done.filtered(
                lambda move: any(move[name].id != vals[name] for name in names)
            ).move_line_ids._quality_keep_receiver()
        return super().write(vals)

    def _quality_any_stock(self):
        """``self`` set up to reserve blocked stock too, where it goes a way that is open to blocked lots."""
        if self.env["stock.move.line"]._quality_way_out(self.location_id, self.location_dest_id, self):
            return self.with_context(**{ANY_STOCK_KEY: ANY_STOCK})
        return self

    def _update_reserved_quantity(self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True):
        return super(StockMove, self._quality_any_stock())._update_reserved_quantity(
            need, location_id, lot_id, package_id, owner_id, strict
        )

    def _update_reserved_quantity_vals(
        self, need, location_id, lot_id=None, package_id=None, owner_id=None, strict=True
    ):
        return super(StockMove, self._quality_any_stock())._update_reserved_quantity_vals(
            need, location_id, lot_id, package_id, owner_id, strict
        )

    def _get_available_quantity(
        self, location_id, lot_id=None, package_id=None, owner_id=None, strict=False, allow_negative=False
    ):
        return super(StockMove, self._quality_any_stock())._get_available_quantity(
            location_id, lot_id, package_id, owner_id, strict, allow_negative
        )

    def _get_available_move_lines(self, assigned_moves_ids, partially_available_moves_ids):
        """What earlier moves of a chain brought is not taken on while its lot is blocked."""
        found = super()._get_available_move_lines(assigned_moves_ids, partially_available_moves_ids)
        line = self.env["stock.move.line"]
        return {
            (location, lot, package, owner): quantity
            for (location, lot, package, owner), quantity in found.items()
            if not lot.quality_blocked or line._quality_allowed(location, self.location_dest_id, self)
        }
