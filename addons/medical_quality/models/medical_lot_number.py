from odoo import api, fields, models
from odoo.tools import SQL


class MedicalLotNumber(models.Model):
    """Which lot of a controlled product has a number: the database lets there be one."""

    _name = "medical.lot.number"
    _description = "Number of a Lot"
    _inherit = ["medical.append.only.mixin"]
    _rec_name = "number"
    _log_access = False

    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade")
    # No Many2one: 0 stands for lots of all companies, so that the index knows them.
    company = fields.Integer(required=True, readonly=True, aggregator=None)
    number = fields.Char(required=True, readonly=True)
    lot_id = fields.Many2one("stock.lot", required=True, readonly=True, index=True, ondelete="cascade")

    _number_unique = models.UniqueIndex("(product_id, company, number)")

    @api.model
    def _give(self, lots):
        """Keep the numbers of ``lots``; those that another lot has already are returned.

        Who makes a lot of the same number at this moment fails, is repeated, and finds this one.
        """
        if not lots:
            return lots
        self.env.execute_query(SQL("DELETE FROM medical_lot_number WHERE lot_id = ANY(%s) RETURNING id", lots.ids))
        lots.flush_recordset(["name"])
        given = self.env["medical.lot.ledger"]._met(
            SQL(
                """
                INSERT INTO medical_lot_number (product_id, company, number, lot_id)
                SELECT product_id, COALESCE(company_id, 0), name, id FROM stock_lot WHERE id = ANY(%s)
                    ON CONFLICT (product_id, company, number) DO NOTHING
                RETURNING lot_id
                """,
                lots.ids,
            )
        )
        self.invalidate_model()
        return lots - lots.browse([lot_id for (lot_id,) in given])
