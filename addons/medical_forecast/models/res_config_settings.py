from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    medical_horizon = fields.Integer(related="company_id.medical_horizon", readonly=False)
    medical_high_percent = fields.Float(related="company_id.medical_high_percent", readonly=False)
    medical_low_percent = fields.Float(related="company_id.medical_low_percent", readonly=False)
    medical_planner_id = fields.Many2one(related="company_id.medical_planner_id", readonly=False)
    medical_keep_runs = fields.Integer(related="company_id.medical_keep_runs", readonly=False)
