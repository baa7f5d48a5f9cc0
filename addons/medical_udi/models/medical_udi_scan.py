from odoo import fields, models


class MedicalUdiScan(models.Model):
    """What was scanned, by whom, on which document, and what became of it."""

    _name = "medical.udi.scan"
    _description = "UDI Scan"
    _inherit = ["medical.append.only.mixin"]
    _order = "id desc"

    raw = fields.Char("Scanned Text", readonly=True)
