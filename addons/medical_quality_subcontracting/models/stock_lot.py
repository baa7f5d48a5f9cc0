from odoo import api, models
from odoo.fields import Domain


class StockLot(models.Model):
    _inherit = "stock.lot"

    @api.model
    def _quality_delivery_domain(self):
        """A subcontractor delivers what he made."""
        return super()._quality_delivery_domain() | Domain("move_id.is_subcontract", "=", True)
