"""Events, holidays and external series as the engine is told about them."""

from dataclasses import dataclass

from odoo import models


@dataclass(frozen=True)
class Told:
    """What the engine is told about a batch. events: engine Events that touch the history or the future; masks: (n, T)
    bool, periods that tell nothing; records: event key → medical.demand.event."""

    events: list
    masks: object
    records: dict


class MedicalDemandEffects(models.AbstractModel):
    _name = "medical.demand.effects"
    _description = "Effects on Demand"

    def _told(self, company, series, starts, ahead):
        """:class:`Told` for records with product and warehouse, whose history has the period ``starts``; ``ahead``: starts to forecast."""
        import numpy as np

        from ..engine import calendar, effects

        all_starts = [*starts, *ahead]
        ends = [calendar.period_end(start, company.medical_period) for start in all_starts]
        observed = len(starts)
        events, records = [], {}
        masks = np.zeros((len(series), observed), dtype=bool)
        for record in self.env["medical.demand.event"]._for_run(company, all_starts[0], ends[-1]):
            rows = np.array(record._touched(series), dtype=np.int64)
            if not len(rows):
                continue
            periods, shares = calendar.covered(record.date_from, record.date_to, all_starts, ends)
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

    def _holidays(self, company, values, starts, ahead):
        """Holiday events that help, by the backtest, for demand ``values`` (n, T)."""
        import numpy as np

        from ..engine import calendar, effects, holidays

        country = company.medical_holiday_country_id
        if not country:
            return []
        first = np.array([*starts, *ahead], dtype="datetime64[D]")
        last = calendar.period_end(first, company.medical_period)
        season = company._medical_season()
        found = holidays.events(country.code, first, last, season, len(starts), np.arange(len(values)))
        return effects.admitted(values, found, season)

    def _outside(self, company, series, starts, horizon):
        """[(external series, what the engine is told about it)] for product forecasts whose history has the ``starts``."""
        import numpy as np

        from ..engine import external

        ahead, told = company._medical_periods_after(starts[-1], horizon), []
        for owner, values in self.env["medical.external.series"]._for_run(company, [*starts, *ahead]):
            rows = np.array(owner._about(series), dtype=np.int64)
            told.append((owner, external.Series(owner.id, np.array(values, dtype=float), len(starts), rows)))
        return told
