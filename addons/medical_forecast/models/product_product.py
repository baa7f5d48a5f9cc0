from odoo import api, models
from odoo.tools import float_round


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _medical_open_forecast(self, warehouse=None):
        """Action showing the forecasts in use of these products."""
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_forecast.action_medical_forecast_series")
        domain = [("is_current", "=", True), ("product_id", "in", self.ids)]
        if warehouse:
            domain.append(("warehouse_id", "=", warehouse.id))
        series = self.env["medical.forecast.series"].search(domain, limit=2)
        if len(series) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=series.id)
        action.update(domain=domain, context={})
        return action

    def action_medical_forecast(self):
        return self._medical_open_forecast()

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

    def _medical_forecast_demand(self, days):
        """Forecast demand of the next ``days`` days by product id, in the context's warehouse or all.

        Periods count by the share of their days that lies ahead.
        """
        from ..engine import calendar

        domain = [
            ("series_id.is_current", "=", True),
            ("company_id", "=", self.env.company.id),
            ("series_id.product_id", "in", self.ids),
        ]
        if self.env.context.get("warehouse_id"):
            domain.append(("series_id.warehouse_id", "=", self.env.context["warehouse_id"]))
        period = self.env.company.medical_period
        groups = self.env["medical.forecast.line"]._read_group(
            domain, ["series_id.product_id", "date:day"], ["mean:sum"]
        )
        today = self.env.cr.now().date()
        demand = {}
        for product, start, mean in groups:
            length = calendar.days_in_period(start, period)
            begins = max(0, (start - today).days)
            ends = max(0, min(days, (start - today).days + length))
            share = max(0.0, ends - begins) / length
            demand[product.id] = demand.get(product.id, 0.0) + mean * share
        return demand
