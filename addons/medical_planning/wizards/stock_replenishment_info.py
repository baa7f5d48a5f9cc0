from odoo import fields, models


class StockReplenishmentInfo(models.TransientModel):
    _inherit = "stock.replenishment.info"

    medical_reason = fields.Char(related="orderpoint_id.medical_reason")

    def _get_lead_days_and_description(self):
        # As in the rule itself: a managed one does not look over the company's horizon.
        if self.orderpoint_id.medical_managed:
            self = self.with_context(global_horizon_days=0)
        return super()._get_lead_days_and_description()
