from odoo import models
from odoo.tools import SQL


class MedicalStockState(models.Model):
    _inherit = "medical.stock.state"
    _depends = {
        "stock.warehouse": ["pbm_loc_id"],
        "stock.move": ["raw_material_production_id"],
        "stock.move.line": [
            *("product_id", "location_id", "lot_id", "company_id"),
            *("quantity_product_uom", "picked", "state", "move_id"),
        ],
        "mrp.bom": ["product_id", "product_tmpl_id", "active"],
        "mrp.bom.line": ["product_id", "bom_id"],
    }

    def _location_states(self) -> SQL:
        """What was brought to the line is in production, unless the location says otherwise."""
        return SQL(
            """
            %s UNION ALL
            SELECT location.parent_path, 'production', FALSE
              FROM stock_warehouse warehouse JOIN stock_location location ON location.id = warehouse.pbm_loc_id
            """,
            super()._location_states(),
        )

    def _default_class(self) -> SQL:
        """A component that is not made here is raw material, also where nobody unticked that it can be sold."""
        return SQL(
            """
            CASE WHEN EXISTS (SELECT FROM mrp_bom_line line JOIN mrp_bom bom ON bom.id = line.bom_id AND bom.active
                               WHERE line.product_id = variant.id)
                  AND NOT EXISTS (SELECT FROM mrp_bom bom
                                   WHERE bom.active AND bom.product_tmpl_id = template.id
                                     AND (bom.product_id IS NULL OR bom.product_id = variant.id))
                 THEN 'raw' ELSE %s END
            """,
            super()._default_class(),
        )

    def _ledger(self) -> SQL:
        """Components that were issued to an order are in production until it is done: the same quantity less where they are
        booked, so that the sum stays the ledger's."""
        issued = SQL(
            """
            SELECT line.id, line.product_id, line.location_id, line.lot_id, line.company_id, line.quantity_product_uom AS quantity
              FROM stock_move_line line
              JOIN stock_move move ON move.id = line.move_id AND move.raw_material_production_id IS NOT NULL
             WHERE line.picked AND line.state NOT IN ('done', 'cancel', 'draft') AND line.quantity_product_uom > 0
            """
        )
        return SQL(
            """
            %(ledger)s
            UNION ALL
            SELECT -2 * issued.id, product_id, location_id, lot_id, company_id, quantity, 'production' FROM (%(issued)s) issued
            UNION ALL
            SELECT -2 * issued.id - 1, product_id, location_id, lot_id, company_id, -quantity, NULL FROM (%(issued)s) issued
            """,
            ledger=super()._ledger(),
            issued=issued,
        )
