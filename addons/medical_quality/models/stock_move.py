from odoo import models
from odoo.exceptions import UserError

from .stock_quant import ANY_STOCK, ANY_STOCK_KEY


class StockMove(models.Model):
    _inherit = "stock.move"

    def write(self, vals):
        if vals.get("state", "done") != "done":
            self._quality_keep_done()
        names = {"partner_id", "picking_id"} & set(vals)
        if names and (done := self.filtered(lambda move: move.state == "done")):
            done.filtered(
                lambda move: any(move[name].id != vals[name] for name in names)
            ).move_line_ids._quality_keep_receiver()
        return super().write(vals)

    def _quality_keep_done(self):
        """Refuse that what moved controlled lots is not done any more: it could be deleted then, and recalls rest on it."""
        # sudo: what has moved does not depend on who may read it.
        done = self.filtered(lambda move: move.state == "done").sudo()
        for company, moves in done.grouped("company_id").items():
            controlled = moves.product_id._quality_controlled(company=company)
            kept = moves.move_line_ids.filtered(
                lambda line, controlled=controlled: line.lot_id and line.product_id in controlled
            )
            if kept:
                raise UserError(
                    self.env._(
                        "%(lot)s of %(product)s has moved by %(document)s: what is done stays done. Correct its quantity "
                        "instead, or move the goods back.",
                        document=kept[0].reference or kept[0].display_name,
                        **kept[0].lot_id._quality_names(),
                    )
                )

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
