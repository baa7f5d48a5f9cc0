from odoo import api, fields, models
from odoo.fields import Domain


class StockLot(models.Model):
    _inherit = "stock.lot"

    quality_vendor_ids = fields.Many2many(
        "res.partner",
        string="Delivered by",
        compute="_compute_quality_vendor_ids",
        compute_sudo=True,
        help="Who delivered the lot, by its receipts; where there is none on record, the vendors of the product.",
    )

    @api.depends("product_id")
    def _compute_quality_vendor_ids(self):
        domain = Domain("lot_id", "in", self.ids) & Domain("state", "=", "done") & self._quality_delivery_domain()
        came = self.env["stock.move.line"].search(domain)
        by_lot = came.grouped("lot_id")
        for lot in self:
            partners = by_lot.get(lot._origin, came.browse())._quality_deliverer()
            lot.quality_vendor_ids = (partners or lot.product_id.seller_ids.partner_id).commercial_partner_id

    @api.model
    def _quality_delivery_domain(self):
        """Lines by which somebody delivered goods to us, or for us to a customer."""
        return Domain("location_id.usage", "=", "supplier") & Domain("location_dest_id.usage", "!=", "supplier")
