from odoo import fields, models


class MedicalDemandRepair(models.Model):
    _inherit = "medical.demand.repair"

    run_id = fields.Many2one("medical.forecast.run", readonly=True, ondelete="set null", index="btree_not_null")
