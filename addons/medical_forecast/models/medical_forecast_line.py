from odoo import api, fields, models
from odoo.tools import SQL

# Levels of the quantiles that are kept: columns q10 … q99.
QUANTILES = (0.10, 0.50, 0.90, 0.95, 0.99)


class MedicalForecastLine(models.Model):
    """Forecast of one period. Written in bulk by runs, read by everybody who plans or buys."""

    _name = "medical.forecast.line"
    _description = "Forecast of a Period"
    _order = "series_id, date"
    _log_access = False

    series_id = fields.Many2one("medical.forecast.series", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True)
    date = fields.Date(string="Period", required=True)
    mean = fields.Float(string="Forecast", digits="Product Unit")
    effect = fields.Float(
        string="Events", digits="Product Unit", help="Part of the forecast that comes from events and external series."
    )
    method = fields.Selection(
        [
            ("series", "Methods of the series"),
            ("regression", "Regression over all products"),
            ("trees", "Boosted trees over all products"),
            ("slow_median", "Slow pass"),
        ],
        string="Made by",
        help="Near and far periods may be forecast by models of different kinds: each by the one that won the backtest there.",
    )
    q10 = fields.Float(string="10 %", digits="Product Unit")
    q50 = fields.Float(string="50 %", digits="Product Unit")
    q90 = fields.Float(string="90 %", digits="Product Unit")
    q95 = fields.Float(string="95 %", digits="Product Unit")
    q99 = fields.Float(string="99 %", digits="Product Unit")

    @api.model
    def _insert(self, series, dates, forecast, effect):
        """Insert the engine's Forecast of n ``series`` with one statement.

        :param dates: list of h dates; ``effect``: array (n, h), part of the mean

        120,000 rows through ``create`` would take longer than the forecast itself.
        """
        horizon = len(dates)
        self.env.execute_query(
            SQL(
                """
                INSERT INTO medical_forecast_line (series_id, company_id, date, mean, effect, method, q10, q50, q90, q95, q99)
                SELECT row.series_id, %(company)s, row.date, row.mean, row.effect, row.method, row.q10, row.q50, row.q90, row.q95, row.q99
                  FROM unnest(%(series)s::int[], %(dates)s::date[], %(mean)s::float8[], %(effect)s::float8[],
                              %(method)s::varchar[], %(q10)s::float8[], %(q50)s::float8[], %(q90)s::float8[], %(q95)s::float8[], %(q99)s::float8[])
                       AS row(series_id, date, mean, effect, method, q10, q50, q90, q95, q99)
             RETURNING 1
                """,
                company=series.company_id.id,
                series=[id_ for id_ in series.ids for _ in range(horizon)],
                dates=list(dates) * len(series),
                mean=forecast.mean.ravel().tolist(),
                effect=effect.ravel().tolist(),
                method=[name or "series" for name in forecast.made_by.ravel().tolist()],
                **{
                    f"q{round(level * 100)}": forecast.quantiles[:, :, forecast.levels.index(level)].ravel().tolist()
                    for level in QUANTILES
                },
            )
        )
        self.invalidate_model()

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
