from odoo import fields, models
from odoo.tools import SQL


class MedicalStockState(models.Model):
    """What quality keeps from being used is counted as that, wherever it is and whatever it is."""

    _inherit = "medical.stock.state"
    _depends = {
        "stock.lot": ["quality_state"],
        "stock.location": ["quality_in_quarantine"],
        "medical.hold.line": ["lot_id", "state", "quantity", "blocks_lot", "location_id", "hold_id"],
        "medical.inspection": ["hold_id", "rejected_quantity"],
        "medical.lot.ledger": ["lot_id", "company_id", "arrived", "released", "gone", "waiting"],
    }

    state = fields.Selection(
        selection_add=[("quarantine", "Quarantine"), ("hold", "On Hold"), ("rejected", "Rejected")]
    )

    def _ledger(self) -> SQL:
        """The same quantities. Rejected comes before on hold, and on hold before quarantine; a part of a lot that is held or was
        rejected is told from the rest by the place where it is kept, and what is not decided yet of a lot that is released in
        part is what came last."""
        return SQL(
            """
            SELECT CASE WHEN share.state IS NULL THEN stock.id ELSE -stock.id END AS id, stock.product_id, stock.location_id,
                   stock.lot_id, stock.company_id, share.quantity, COALESCE(share.state, stock.state) AS state
              FROM (
                    SELECT stock.*,
                           LEAST(stock.quantity, GREATEST(stock.unreleased - stock.newer, 0)) AS open_quantity
                      FROM (
                            SELECT stock.id, stock.product_id, stock.location_id, stock.lot_id, stock.company_id, stock.quantity,
                                   COALESCE(
                                       stock.state,
                                       CASE WHEN lot.quality_state = 'rejected' OR part.rejected THEN 'rejected'
                                            WHEN whole.lot_id IS NOT NULL OR part.lot_id IS NOT NULL THEN 'hold'
                                            WHEN lot.quality_state = 'quarantine' OR place.quality_in_quarantine
                                            THEN 'quarantine' END
                                   ) AS state,
                                   CASE WHEN balance.waiting > 0 THEN 'quarantine' ELSE 'rejected' END AS unreleased_state,
                                   CASE WHEN lot.quality_state = 'part' AND whole.lot_id IS NULL AND part.lot_id IS NULL
                                             AND NOT COALESCE(place.quality_in_quarantine, FALSE)
                                        THEN balance.arrived - balance.released - balance.gone ELSE 0 END AS unreleased,
                                   sum(stock.quantity) OVER newest - stock.quantity AS newer
                              FROM (%(ledger)s) stock
                              JOIN stock_location place ON place.id = stock.location_id
                              LEFT JOIN stock_lot lot ON lot.id = stock.lot_id
                              LEFT JOIN medical_lot_ledger balance
                                     ON balance.lot_id = stock.lot_id AND balance.company_id = stock.company_id
                                    AND lot.quality_state = 'part'
                              LEFT JOIN (
                                    SELECT DISTINCT lot_id FROM medical_hold_line WHERE blocks_lot
                                   ) whole ON whole.lot_id = stock.lot_id
                              LEFT JOIN (
                                    SELECT line.lot_id, line.location_id, bool_or(inspection.id IS NOT NULL) AS rejected
                                      FROM medical_hold_line line
                                      LEFT JOIN medical_inspection inspection
                                             ON inspection.hold_id = line.hold_id AND inspection.rejected_quantity > 0
                                     WHERE line.state = 'active' AND line.quantity > 0
                                     GROUP BY line.lot_id, line.location_id
                                   ) part ON part.lot_id = stock.lot_id AND part.location_id = stock.location_id
                            WINDOW newest AS (
                                PARTITION BY stock.lot_id, stock.company_id, place.usage, place.quality_in_quarantine,
                                             part.lot_id
                                    ORDER BY stock.id DESC
                            )
                           ) stock
                   ) stock
             CROSS JOIN LATERAL (
                    VALUES (stock.quantity - stock.open_quantity, NULL),
                           (stock.open_quantity, stock.unreleased_state)
                   ) share (quantity, state)
             WHERE share.state IS NULL AND stock.quantity <> stock.open_quantity OR share.state IS NOT NULL AND share.quantity > 0
                   OR share.state IS NULL AND stock.quantity = 0
            """,
            ledger=super()._ledger(),
        )
