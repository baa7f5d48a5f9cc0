from odoo import fields, models


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    udi_scan_required = fields.Boolean(
        "Scan Every Package", help="Products under UDI control cannot be moved before every package was scanned."
    )
