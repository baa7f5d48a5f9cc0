from odoo import fields, models


class StockLot(models.Model):
    _inherit = "stock.lot"

    udi_di_id = fields.Many2one("medical.udi.di", "DI", index="btree_not_null", ondelete="restrict", copy=False)
    udi_lot = fields.Char("Manufacturer's Lot", copy=False, index="btree_not_null")
    production_date = fields.Date(copy=False)
