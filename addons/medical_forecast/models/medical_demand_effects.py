"""Events, holidays and external series on top of the base forecast of a batch."""

from dataclasses import dataclass, replace

from odoo import api, models


@dataclass(frozen=True)
class Told:
    """What the engine is told about a batch. events: engine Events that touch the history or the future; masks: (n, T)
    bool; records: event key → medical.demand.event; sizes: kind → size, filled when the history was cleaned."""

    events: list
    masks: object
    records: dict


class MedicalDemandEffects(models.AbstractModel):
    _name = "medical.demand.effects"
    _description = "Effects on Demand"

    @api.model
    def _told(self, run, series, starts):
        """:class:`Told` for a batch whose history has the period ``starts``."""
        import numpy as np

        from ..engine import effects

        company, period = run.company_id, run.company_id.medical_period
        all_starts = [*starts, *self.env["medical.planner"]._future(run, starts[-1])]
        ends = self._ends(all_starts, period)
        observed = len(starts)
        events, records = [], {}
        masks = np.zeros((len(series), observed), dtype=bool)
        for record in self.env["medical.demand.event"]._for_run(company, all_starts[0], ends[-1]):
            rows = np.array(record._touched(series), dtype=np.int64)
            if not len(rows):
                continue
            periods, shares = self._spread(record.date_from, record.date_to, all_starts, ends)
            if record.kind in effects.MASKS:
                past = periods[periods < observed]
                masks[np.ix_(rows, past)] = True
                continue
            learned = record.size_by == "learn"
            records[record.id] = record
            events.append(
                effects.Event(
                    key=record.id,
                    kind=record.kind,
                    rows=rows,
                    periods=periods - (observed - 1),
                    shares=shares,
                    percent=record.percent / 100.0 if learned and record.percent else np.nan,
                    units=0.0 if learned else record.units,
                    probability=record.probability / 100.0,
                )
            )
        return Told(events, masks, records)

    @api.model
    def _holidays(self, run, values, starts):
        """Holiday events that help, by the backtest, for demand ``values`` (n, T)."""
        import numpy as np

        from ..engine import effects, holidays

        country = run.company_id.medical_holiday_country_id
        if not country:
            return []
        all_starts = [*starts, *self.env["medical.planner"]._future(run, starts[-1])]
        first = np.array(all_starts, dtype="datetime64[D]")
        last = np.array(self._ends(all_starts, run.company_id.medical_period), dtype="datetime64[D]")
        season = self.env["medical.planner"]._season_of(run.company_id)
        found = holidays.events(country.code, first, last, season, len(starts), np.arange(len(values)))
        return effects.admitted(values, found, season)

    @api.model
    def _external(self, run, series, panel, forecast, result, starts):
        """(result with the external series that help on it, amounts by (series record, driver))."""
        import numpy as np

        from ..engine import external

        known = self._outside(run.company_id, series, starts, run.horizon)
        if not known:
            return result, []
        # What is forecast by a model over all products has the series in it already.
        keys = np.array(result.keys, dtype=np.int64)
        taken = keys[np.isin(result.made_by, ("regression", "trees")).any(axis=1)]
        told = [replace(one, rows=np.setdiff1d(one.rows, taken)) for _owner, one in known]
        drivers, others = external.drivers(panel, told, forecast, run.horizon)
        moved, amounts = external.apply(result, drivers, keys)
        by_key = {driver.key: driver for driver in drivers}
        for owner, _told in known:
            driver = by_key.get(owner.id)
            # A driver whose products another one drives better has no rows of its own.
            gain = driver.gain if driver else others.get(owner.id)
            count = len(amounts[owner.id][0]) if owner.id in amounts else 0
            owner._record_verdict(run, driver if count else None, gain, count)
        return moved, [(self.env["medical.external.series"].browse(key), by_key[key], *amounts[key]) for key in amounts]

    @api.model
    def _outside(self, company, series, starts, horizon):
        """[(external series, what the engine is told about it)] for product forecasts whose history has the ``starts``."""
        import numpy as np

        from ..engine import calendar, external

        ahead = [calendar.add_periods(starts[-1], step, company.medical_period) for step in range(1, horizon + 1)]
        return [
            (
                owner,
                external.Series(
                    owner.id,
                    np.array([np.nan if value is None else value for value in values], dtype=float),
                    len(starts),
                    np.array(owner._about(series), dtype=np.int64),
                ),
            )
            for owner, values in self.env["medical.external.series"]._for_run(company, [*starts, *ahead])
        ]

    @api.model
    def _ends(self, starts, period):
        from datetime import timedelta

        from ..engine import calendar

        return [calendar.add_periods(start, 1, period) - timedelta(days=1) for start in starts]

    @api.model
    def _spread(self, first, last, starts, ends):
        """(positions of the periods, share of each that lies between two dates)."""
        import numpy as np

        periods, shares = [], []
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            days = (min(last, end) - max(first, start)).days + 1
            if days > 0:
                periods.append(place)
                shares.append(days / ((end - start).days + 1))
        return np.array(periods, dtype=np.int64), np.array(shares)

    # What is kept for the explanation

    @api.model
    def _entries(self, told, applied, drivers, sizes):
        """Position in the batch → list of JSON entries: name, kind, records, size, probability, amounts per period."""
        found = {}
        names = dict(self.env["medical.demand.event"]._fields["kind"]._description_selection(self.env))
        for key, (rows, amounts) in applied.amounts.items():
            record = told.records.get(key)
            kind = record.kind if record else key
            size = sizes.get(kind)
            for row, amount in zip(rows.tolist(), amounts, strict=True):
                if not amount.any():
                    continue
                learned = size is not None and size.records and (not record or record.size_by == "learn")
                found.setdefault(row, []).append(
                    {
                        "name": record.name if record else key.removeprefix("holiday:"),
                        "kind": names[record.kind] if record else "holiday",
                        "event_id": record.id if record else False,
                        "records": size.records if learned else 0,
                        "size": round(float(size.effect[row]), 4) if learned else None,
                        "probability": record.probability if record else 100.0,
                        "amounts": amount.round(4).tolist(),
                    }
                )
        for series, driver, rows, amounts in drivers:
            for row, amount in zip(rows.tolist(), amounts, strict=True):
                found.setdefault(row, []).append(
                    {
                        "name": series.name,
                        "kind": "external",
                        "series_id": series.id,
                        "lag": driver.lag,
                        "slope": round(driver.slope, 4),
                        "gain": round(driver.gain, 4),
                        "carried": driver.carried,
                        "amounts": amount.round(4).tolist(),
                    }
                )
        return found
