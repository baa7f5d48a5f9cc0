from datetime import date
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .medical_forecast_series import DEMAND_CLASSES


class Issued(NamedTuple):
    """What was forecast for one period; ``promised``: mean absolute error of the backtest."""

    product: int
    warehouse: int
    date: date
    series: int
    line: int
    demand_class: str
    category: int
    mean: float
    promised: float | None
    version: int

    def grains(self) -> dict:
        """By the names that measures are cut by."""
        return {
            "product_id": self.product,
            "warehouse_id": self.warehouse,
            "category_id": self.category,
            "demand_class": self.demand_class,
        }


class MedicalForecastAccuracy(models.Model):
    """What issued forecasts were worth once the period was over, per demand class; written once per period."""

    _name = "medical.forecast.accuracy"
    _description = "Live Forecast Accuracy"
    _inherit = ["medical.run.follower"]
    _order = "date desc, demand_class"

    company_id = fields.Many2one("res.company", required=True, index=True)
    version_id = fields.Many2one("medical.model.version", required=True, ondelete="cascade", index=True)
    run_id = fields.Many2one("medical.forecast.run", "Found by", ondelete="set null", index="btree_not_null")
    date = fields.Date("Period", required=True)
    demand_class = fields.Selection(DEMAND_CLASSES, required=True)
    number = fields.Integer("Series")
    ratio = fields.Float(
        "Error against Backtest",
        aggregator="avg",
        help="Error of the forecasts that were issued, over the error that their backtest promised. 1: as promised.",
    )
    signal = fields.Float(
        "Tracking Signal", aggregator="avg", help="Signed error over promised error; positive: too much forecast."
    )
    above_limit = fields.Boolean(help="Above the limit of the model version that made the forecasts.")

    _once = models.UniqueIndex("(company_id, version_id, date, demand_class)")

    @api.model
    def _before_run(self, run):
        """Measure the forecasts in use; where the version in service drifts, its predecessor serves from this run on."""
        if not run._is_news():
            return
        version, drifting = run.version_id, self._measure(run)._drifting_classes()
        if drifting and version.state == "serving":
            run.version_id = version._fall_back(run, drifting) or version

    @api.model
    def _measure(self, run):
        """Measure the last period of ``run`` where that was not done, and the targets people set for it.

        :return: the rows of the run's version that are new
        """
        from odoo.addons.medical_demand.engine import calendar

        company = run.company_id
        start = self.env["medical.demand.panel"]._last_period(company, run.as_of)
        end = calendar.period_end(start, company.medical_period)
        known = self.search_count(
            [("company_id", "=", company.id), ("version_id", "=", run.version_id.id), ("date", "=", start)], limit=1
        )
        targets = self.env["medical.accuracy.target"]._not_measured(company, start)
        if known and not targets:
            return self.browse()
        # Targets and drift are about the same forecasts and the same demand.
        measures = self.env["medical.measure"]._together()
        issued, actual = measures._as_measured(company)._forecast_facts(end, end)
        targets._measure(measures, run, start, end)
        mine = [place for place, one in enumerate(issued) if one.version == run.version_id.id]
        if known or not mine:
            return self.browse()
        return self._record(run, start, [issued[place] for place in mine], actual[mine])

    def _drifting_classes(self):
        """Demand classes of these rows whose last periods, as many as their version says, all lie above its limit."""
        found = []
        for row in self:
            periods = row.version_id.drift_periods
            newest = self.search(
                [
                    ("company_id", "=", row.company_id.id),
                    ("version_id", "=", row.version_id.id),
                    ("demand_class", "=", row.demand_class),
                    ("date", "<=", row.date),
                ],
                order="date desc",
                limit=periods,
            )
            if len(newest) == periods and all(newest.mapped("above_limit")):
                found.append(row.demand_class)
        return found

    @api.model
    def _issued(self, company, first, last) -> list[Issued]:
        """The newest forecast of each product, warehouse and period, of the periods that begin from ``first`` to ``last``."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (series.product_id, series.warehouse_id, line.date)
                       series.product_id, series.warehouse_id, line.date, series.id, line.id, series.demand_class,
                       series.categ_id, line.mean,
                       (SELECT avg(abs(error.value::float8)) FROM jsonb_array_elements_text(series.recent_errors) error),
                       run.version_id
                  FROM medical_forecast_series series
                  JOIN medical_forecast_run run ON run.id = series.run_id
                  JOIN medical_forecast_line line ON line.series_id = series.id AND line.date BETWEEN %(first)s AND %(last)s
                 WHERE series.company_id = %(company)s AND run.scenario = 'base'
                   AND series.state IN ('done', 'blocked') AND series.demand_class <> 'none'
                 ORDER BY series.product_id, series.warehouse_id, line.date, series.as_of DESC, series.id DESC
                """,
                first=first,
                last=last,
                company=company.id,
            )
        )
        return [Issued(*row) for row in rows]

    @api.model
    def _actual(self, company, issued):
        """(n,) demand that came in the periods of ``issued``, NaN before the first."""
        import numpy as np

        from odoo.addons.medical_demand.engine import calendar

        found = np.full(len(issued), np.nan)
        if not issued:
            return found
        end = calendar.period_end(max(one.date for one in issued), company.medical_period)
        places = {}
        for place, one in enumerate(issued):
            places.setdefault((one.product, one.warehouse), []).append(place)
        pairs, size = list(places), self.env["medical.forecast.run"]._batch_size
        for at in range(0, len(pairs), size):
            some = pairs[at : at + size]
            panel = self.env["medical.demand.panel"]._load(company, some, end)
            column = {start: index for index, start in enumerate(panel.starts)}
            for row, pair in enumerate(some):
                for place in places[pair]:
                    if issued[place].date in column:
                        found[place] = panel.quantity[row, column[issued[place].date]]
        return found

    @api.model
    def _record(self, run, start, issued, actual):
        import numpy as np

        from ..engine import drift

        figures = np.array(
            [[one.mean, np.nan if one.promised is None else one.promised] for one in issued], dtype=float
        )
        limit = run.version_id.drift_limit
        return self.create(
            [
                {
                    "company_id": run.company_id.id,
                    "version_id": run.version_id.id,
                    "run_id": run.id,
                    "date": start,
                    "demand_class": one.demand_class,
                    "number": one.number,
                    "ratio": one.ratio,
                    "signal": one.signal,
                    "above_limit": bool(limit and one.ratio > limit),
                }
                for one in drift.live(
                    actual, figures[:, 0], figures[:, 1], np.array([one.demand_class for one in issued])
                )
            ]
        )
