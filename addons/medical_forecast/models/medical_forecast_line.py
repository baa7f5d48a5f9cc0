from odoo import api, fields, models

# Levels of the quantiles that are kept: columns q10 … q99.
QUANTILES = (0.10, 0.50, 0.90, 0.95, 0.99)


class MedicalForecastLine(models.Model):
    """Forecast of one period. Written in bulk by runs, read by everybody who plans or buys."""

    _name = "medical.forecast.line"
    _description = "Forecast of a Period"
    _inherit = ["medical.bulk.mixin"]
    _order = "series_id, date"
    _log_access = False

    series_id = fields.Many2one("medical.forecast.series", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True)
    date = fields.Date("Period", required=True)
    mean = fields.Float("Forecast", digits="Product Unit")
    effect = fields.Float(
        "Events", digits="Product Unit", help="Part of the forecast that comes from events and external series."
    )
    method = fields.Selection(
        [
            ("series", "Methods of the series"),
            ("regression", "Regression over all products"),
            ("trees", "Boosted trees over all products"),
            ("slow_median", "Slow pass"),
        ],
        "Made by",
        help="Near and far periods may be forecast by models of different kinds: each by the one that won the backtest there.",
    )
    q10 = fields.Float("10 %", digits="Product Unit")
    q50 = fields.Float("50 %", digits="Product Unit")
    q90 = fields.Float("90 %", digits="Product Unit")
    q95 = fields.Float("95 %", digits="Product Unit")
    q99 = fields.Float("99 %", digits="Product Unit")

    @api.model
    def _in_use(self, company, products, starts):
        """(product id, warehouse id) → (h,) forecast in use of the periods ``starts``, NaN where there is none."""
        import numpy as np

        place = {start: index for index, start in enumerate(starts)}
        found = {}
        for product, warehouse, start, mean in self._read_group(
            [
                ("company_id", "=", company.id),
                ("series_id.is_current", "=", True),
                ("series_id.product_id", "in", products.ids),
                ("date", "in", starts),
            ],
            ["series_id.product_id", "series_id.warehouse_id", "date:day"],
            ["mean:sum"],
        ):
            row = found.setdefault((product.id, warehouse.id), np.full(len(starts), np.nan))
            row[place[start]] = mean
        return found
