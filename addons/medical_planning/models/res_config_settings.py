from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    medical_abc_a = fields.Float(related="company_id.medical_abc_a", readonly=False)
    medical_abc_b = fields.Float(related="company_id.medical_abc_b", readonly=False)
    medical_abc_band = fields.Float(related="company_id.medical_abc_band", readonly=False)
    medical_xyz_x = fields.Float(related="company_id.medical_xyz_x", readonly=False)
    medical_xyz_y = fields.Float(related="company_id.medical_xyz_y", readonly=False)
    medical_xyz_band = fields.Float(related="company_id.medical_xyz_band", readonly=False)
    medical_override_percent = fields.Float(related="company_id.medical_override_percent", readonly=False)
    medical_override_days = fields.Integer(related="company_id.medical_override_days", readonly=False)
    medical_holding_percent = fields.Float(related="company_id.medical_holding_percent", readonly=False)
