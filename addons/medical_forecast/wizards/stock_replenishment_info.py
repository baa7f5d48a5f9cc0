from odoo import fields, models


class StockReplenishmentInfo(models.TransientModel):
    _inherit = "stock.replenishment.info"

    medical_reason = fields.Char(related="orderpoint_id.medical_reason")
