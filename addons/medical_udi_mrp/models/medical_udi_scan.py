from odoo import fields, models


class MedicalUdiScan(models.Model):
    _inherit = "medical.udi.scan"

    production_id = fields.Many2one("mrp.production", "Manufacturing Order", readonly=True, index="btree_not_null")
