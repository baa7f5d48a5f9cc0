from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    medical_period = fields.Selection(related="company_id.medical_period", readonly=False)
    medical_horizon = fields.Integer(related="company_id.medical_horizon", readonly=False)
    medical_history_periods = fields.Integer(related="company_id.medical_history_periods", readonly=False)
    medical_high_percent = fields.Float(related="company_id.medical_high_percent", readonly=False)
    medical_low_percent = fields.Float(related="company_id.medical_low_percent", readonly=False)
    medical_holiday_country_id = fields.Many2one(related="company_id.medical_holiday_country_id", readonly=False)
    medical_abc_a = fields.Float(related="company_id.medical_abc_a", readonly=False)
    medical_abc_b = fields.Float(related="company_id.medical_abc_b", readonly=False)
    medical_abc_band = fields.Float(related="company_id.medical_abc_band", readonly=False)
    medical_xyz_x = fields.Float(related="company_id.medical_xyz_x", readonly=False)
    medical_xyz_y = fields.Float(related="company_id.medical_xyz_y", readonly=False)
    medical_xyz_band = fields.Float(related="company_id.medical_xyz_band", readonly=False)
    medical_override_percent = fields.Float(related="company_id.medical_override_percent", readonly=False)
    medical_override_days = fields.Integer(related="company_id.medical_override_days", readonly=False)
    medical_holding_percent = fields.Float(related="company_id.medical_holding_percent", readonly=False)
    medical_planner_id = fields.Many2one(related="company_id.medical_planner_id", readonly=False)
    medical_keep_runs = fields.Integer(related="company_id.medical_keep_runs", readonly=False)
