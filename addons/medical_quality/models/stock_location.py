from odoo import api, fields, models


class StockLocation(models.Model):
    _inherit = "stock.location"

    quality_quarantine = fields.Boolean(
        "Quarantine",
        help="Blocked lots may be moved here. What lies here or below is not available, and leaves only when its lot is "
        "released and not on hold, or as scrap or back to the supplier.",
    )
    quality_in_quarantine = fields.Boolean(
        compute="_compute_quality_in_quarantine", store=True, recursive=True, index="btree_not_null"
    )

    @api.depends("quality_quarantine", "location_id.quality_in_quarantine")
    def _compute_quality_in_quarantine(self):
        for location in self:
            location.quality_in_quarantine = location.quality_quarantine or location.location_id.quality_in_quarantine
