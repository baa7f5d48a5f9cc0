from datetime import timedelta
from functools import partialmethod

from odoo import models
from odoo.fields import Domain

from odoo.addons.medical_base.engine import measure as periods

_SERIES = {
    "product_id": "product_id",
    "category_id": "categ_id",
    "warehouse_id": "warehouse_id",
    "demand_class": "demand_class",
}


class MedicalMeasure(models.Model):
    """How good forecasts were: of each period of planning that ended in the days that are measured."""

    _inherit = "medical.measure"

    def _forecast_rows(self, code, domain, first, last, grain):
        """One row per forecast: product, warehouse and period."""
        import numpy as np

        from odoo.addons.medical_demand.engine import calendar

        from ..engine import drift

        issued, actual = self._forecast_facts(first, last)
        above, below, counts = drift.sums(actual, [one.mean for one in issued])[code]
        if not domain.is_true():
            wanted = set(self._forecast_series(issued, domain).ids)
            counts &= np.array([one.series in wanted for one in issued], dtype=bool)
        freq, rows = self.env.company.medical_period, []
        for place in counts.nonzero()[0].tolist():
            one = issued[place]
            known = one.grains()
            key = [
                known[name] if name in known else periods.period_start(calendar.period_end(one.date, freq), name)
                for name in grain
            ]
            rows.append((*key, float(above[place]), float(below[place])))
        return rows

    _measure_forecast_error = partialmethod(_forecast_rows, "forecast_error")
    _measure_forecast_bias = partialmethod(_forecast_rows, "forecast_bias")
    _measure_forecast_mape = partialmethod(_forecast_rows, "forecast_mape")

    def _forecast_lines(self, domain, first, last):
        issued = self._forecast_issued(first, last)
        if not domain.is_true():
            wanted = set(self._forecast_series(issued, domain).ids)
            issued = [one for one in issued if one.series in wanted]
        return "medical.forecast.line", Domain("id", "in", [one.line for one in issued])

    _facts_forecast_error = _facts_forecast_bias = _facts_forecast_mape = _forecast_lines

    def _forecast_series(self, issued, domain):
        there = self._mapped(domain, _SERIES)
        return self.env["medical.forecast.series"].search(there & Domain("id", "in", [one.series for one in issued]))

    def _forecast_facts(self, first, last):
        """What was forecast and the demand that came, see ``medical.forecast.accuracy``."""

        def read():
            issued = self._forecast_issued(first, last)
            return issued, self.env["medical.forecast.accuracy"]._actual(self.env.company, issued)

        return self._once(("forecast", first, last), read)

    def _forecast_issued(self, first, last):
        from odoo.addons.medical_demand.engine import calendar

        freq = self.env.company.medical_period
        # Periods whose last day lies in these days.
        begin = calendar.period_start(first, freq)
        end = calendar.add_periods(last + timedelta(days=1), -1, freq)
        return self.env["medical.forecast.accuracy"]._issued(self.env.company, begin, end)
