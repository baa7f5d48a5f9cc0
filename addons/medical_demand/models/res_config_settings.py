from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    medical_period = fields.Selection(related="company_id.medical_period", readonly=False)
    medical_history_periods = fields.Integer(related="company_id.medical_history_periods", readonly=False)
    medical_holiday_country_id = fields.Many2one(related="company_id.medical_holiday_country_id", readonly=False)
