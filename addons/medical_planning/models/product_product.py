from odoo import api, models
from odoo.tools import float_round


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.depends("monthly_demand")
    @api.depends_context("suggest_based_on", "suggest_days", "suggest_percent", "warehouse_id")
    def _compute_suggested_quantity(self):
        """Purchase's Suggest on the basis 'Forecast': demand forecast for the days asked, less stock and incoming."""
        if self.env.context.get("suggest_based_on") != "medical_forecast":
            return super()._compute_suggested_quantity()
        demand = self._medical_forecast_demand(self.env.context.get("suggest_days", 0))
        percent = self.env.context.get("suggest_percent", 100)
        for product in self:
            wanted = demand.get(product.id, 0.0) * percent / 100
            wanted -= max(product.qty_available, 0) + max(product.incoming_qty, 0)
            product.suggested_qty = max(float_round(wanted, precision_digits=0, rounding_method="UP"), 0)
        return None

    @api.depends_context("suggest_based_on", "warehouse_id")
    def _compute_monthly_demand(self):
        if self.env.context.get("suggest_based_on") != "medical_forecast":
            return super()._compute_monthly_demand()
        demand = self._medical_forecast_demand(365.25 / 12)
        for product in self:
            product.monthly_demand = demand.get(product.id, 0.0)
        return None

    def _medical_digits(self):
        """Decimals of a rule: those of countable units hold whole pieces, whatever precision the database keeps."""
        self.ensure_one()
        unit = self.env.ref("uom.product_uom_unit")
        return 0 if self.uom_id._has_common_reference(unit) else 2

    def _medical_shelf_life(self):
        """Days from receipt within which a lot has to be sold; infinite without expiry."""
        template = self.product_tmpl_id
        if not self.use_expiration_date or not template.expiration_time:
            return float("inf")
        return float(max(template.expiration_time - template.removal_time, 1))
