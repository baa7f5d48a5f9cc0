from odoo import fields, models


class StockReplenishmentInfo(models.TransientModel):
    _inherit = "stock.replenishment.info"

    medical_reason = fields.Char(related="orderpoint_id.medical_reason")

    def _compute_json_lead_days(self):
        # As in the rule itself: a managed one does not look over the company's horizon.
        managed = self.filtered("orderpoint_id.medical_managed")
        if managed:
            super(StockReplenishmentInfo, managed.with_context(global_horizon_days=0))._compute_json_lead_days()
        if self - managed:
            super(StockReplenishmentInfo, self - managed)._compute_json_lead_days()
