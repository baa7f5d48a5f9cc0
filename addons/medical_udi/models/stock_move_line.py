from odoo import fields, models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    udi_di_id = fields.Many2one(
        "medical.udi.di",
        "Scanned DI",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="Device identifier of the packaging level that was scanned.",
    )
