from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _medical_open_forecast(self, warehouse=None):
        """Action showing the forecasts in use of these products."""
        domain = [("is_current", "=", True), ("product_id", "in", self.ids)]
        if warehouse:
            domain.append(("warehouse_id", "=", warehouse.id))
        action = self._medical_records("medical_forecast.action_medical_forecast_series", domain)
        series = self.env["medical.forecast.series"].search(domain, limit=2)
        if len(series) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=series.id)
        return action

    def action_medical_forecast(self):
        return self._medical_open_forecast()

    def _medical_forecast_demand(self, days):
        """Forecast demand of the next ``days`` days by product id, in the context's warehouse or all.

        Periods count by the share of their days that lies ahead.
        """
        from odoo.addons.medical_demand.engine import calendar

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
            begins = (start - today).days
            share = max(0, min(days, begins + length) - max(0, begins)) / length
            demand[product.id] = demand.get(product.id, 0.0) + mean * share
        return demand
