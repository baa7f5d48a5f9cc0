from odoo import api, models
from odoo.tools import SQL


class MedicalLeadTime(models.AbstractModel):
    _inherit = "medical.lead.time"

    @api.model
    def _measure(self, company, product_ids, as_of):
        self.env["stock.move.line"].flush_model(["move_id", "lot_id"])
        self.env["stock.lot"].flush_model(["quality_state", "quality_decided"])
        return super()._measure(company, product_ids, as_of)

    @api.model
    def _usable_on(self) -> SQL:
        """Goods can be used when the last of their lots was released, not when they came in."""
        # No super(): one expression takes the place of the other.
        return SQL("greatest(move.date, quality.released)")

    @api.model
    def _usable_join(self) -> SQL:
        """Lots that nobody decided on, because they are outside quality control, cost no time."""
        return SQL(
            """
            LEFT JOIN LATERAL (
                SELECT max(lot.quality_decided) AS released
                  FROM stock_move_line detail
                  JOIN stock_lot lot ON lot.id = detail.lot_id
                 WHERE detail.move_id = move.id AND lot.quality_state = 'released'
            ) quality ON TRUE
            """
        )
