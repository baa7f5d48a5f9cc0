from odoo import fields, models


class BarcodeRule(models.Model):
    """Kinds of what a device label holds; core's barcode screens take them for no product, lot or quantity."""

    _inherit = "barcode.rule"

    type = fields.Selection(
        selection_add=[("production_date", "Production Date"), ("device_data", "Other Device Data")],
        ondelete={"production_date": "cascade", "device_data": "cascade"},
    )
