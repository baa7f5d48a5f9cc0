from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    medical_udi_separators = fields.Char(related="company_id.medical_udi_separators", readonly=False)
    medical_refuse_units = fields.Boolean(related="company_id.medical_refuse_units", readonly=False)
