"""From demand to forecast for a batch of series: load, clean, forecast, write down."""

from dataclasses import dataclass, field, replace

from odoo import models


@dataclass
class Batch:
    """Some series of a run, and what each step of the data flow finds out about them; positions are those in ``series``.

    panel: DemandPanel, demand as counted; ahead: starts of the periods to forecast; told: what people know about the
    history and the future; events: those of it with the holidays that matter; sizes: kind of event → Size; repaired: Cleaned,
    demand repaired by rules; cleaned: the same without what events added; cover: (n,) periods that ``cover_*`` of the
    forecast sum up; forecast: the engine's Forecast, whose keys are positions; entries: position → what is on top of the base
    forecast, for the explanation; masters: what planning knows about each series.
    """

    run: models.Model
    series: models.Model
    panel: object
    ahead: list
    told: object = None
    events: list = field(default_factory=list)
    sizes: dict = field(default_factory=dict)
    repaired: object = None
    cleaned: object = None
    cover: object = None
    forecast: object = None
    entries: dict = field(default_factory=dict)
    masters: list = field(default_factory=list)

    @property
    def company(self):
        return self.run.company_id

    @property
    def history(self):
        """The engine's Panel of the cleaned demand."""
        from odoo.addons.medical_demand.engine.panel import Panel

        return Panel(tuple(range(len(self.series))), self.cleaned.values, self.company._medical_season())

    def forecast_of(self, panel, cover=None):
        """The engine's Forecast of ``panel`` with the run's settings."""
        from ..engine import forecast

        return forecast.forecast(panel, self.run.version_id._engine_settings(self.run.horizon), cover)

    def newest(self):
        """Demand of the newest periods beside its forecast, see ``anomaly.newest``; what events explain is no surprise."""
        from odoo.addons.medical_demand.engine import effects

        from ..engine import anomaly

        rows = list(self.forecast.keys)
        ordinary = effects.ordinary(self.panel.quantity, self.repaired.values, self.cleaned.values)
        return anomaly.newest(ordinary[rows], self.cleaned.values[rows], self.forecast.recent_error)


class MedicalForecaster(models.AbstractModel):
    """The data flow of a run, one batch at a time.

    Every fact is loaded for the whole batch, the engines are called once, and the results
    are written with one flush. Extensions override the small steps.
    """

    _name = "medical.forecaster"
    _description = "Forecaster"

    def _plan(self, run, series):
        """Forecast ``series`` (pending, of one run), and do what follows from the forecast."""
        batch = self._load(run, series)
        self._clean(batch)
        self._forecast(batch)
        self._put_on_top(batch)
        self._write_down(batch)
        self._after_forecast(batch)

    def _load(self, run, series):
        company = run.company_id
        pairs = [(row.product_id.id, row.warehouse_id.id) for row in series]
        panel = self.env["medical.demand.panel"]._load(company, pairs, run.as_of)
        return Batch(run, series, panel, company._medical_periods_after(panel.starts[-1], run.horizon))

    # Cleaning

    def _clean(self, batch):
        """Demand without errors, and without what events added to it."""
        from odoo.addons.medical_demand.engine import effects as engine

        effects, company, starts = self.env["medical.demand.effects"], batch.company, batch.panel.starts
        batch.told = effects._told(company, batch.series, starts, batch.ahead)
        batch.repaired = self.env["medical.demand.repair"]._repair(
            company, batch.panel, batch.told.masks, run_id=batch.run.id
        )
        holidays = effects._holidays(company, batch.repaired.values, starts, batch.ahead)
        batch.events = [*batch.told.events, *holidays]
        values, batch.sizes = engine.clean(batch.repaired.values, batch.events, company._medical_season())
        batch.cleaned = replace(batch.repaired, values=values)

    # Forecast

    def _cover(self, batch):
        """(n,) periods whose demand is summed up; other addons know what has to be covered."""
        import numpy as np

        return np.ones(len(batch.series))

    def _forecast(self, batch):
        """The base forecast, by the models of each series."""
        batch.cover = self._cover(batch)
        batch.forecast = batch.forecast_of(batch.history, batch.cover)

    def _put_on_top(self, batch):
        """Models learned over all products where they won, external series that help, and events."""
        import numpy as np

        from odoo.addons.medical_demand.engine import effects, external

        from ..engine import pooled

        panel = batch.history
        known = self.env["medical.demand.effects"]._outside(
            batch.company, batch.series, batch.panel.starts, batch.run.horizon
        )
        told = [one for _owner, one in known]
        kinds = batch.run.version_id._pooled_kinds()
        if kinds:
            batch.forecast = pooled.admit(panel, batch.forecast, batch.forecast_of, kinds, told)[0]
        rows = np.array(batch.forecast.keys, dtype=np.int64)
        # What is forecast by a model over all products has the series in it already.
        taken = rows[np.isin(batch.forecast.made_by, ("regression", "trees")).any(axis=1)]
        told = [replace(one, rows=np.setdiff1d(one.rows, taken)) for one in told]
        drivers, others = external.drivers(panel, told, batch.forecast_of, batch.run.horizon)
        batch.forecast, driven = external.apply(batch.forecast, drivers, rows)
        self._record_verdicts(batch, known, drivers, others, driven)
        batch.forecast, applied = effects.apply(batch.forecast, batch.events, batch.sizes, rows)
        self._explain(batch, applied, drivers, driven)

    def _record_verdicts(self, batch, known, drivers, others, driven):
        """Tell each external series what the batch found; ``driven``: its key → (positions, amounts)."""
        by_key = {driver.key: driver for driver in drivers}
        for owner, _told in known:
            driver = by_key.get(owner.id)
            # A driver whose products another one drives better has no rows of its own.
            gain = driver.gain if driver else others.get(owner.id)
            count = len(driven[owner.id][0]) if owner.id in driven else 0
            owner._record_verdict(batch.run, driver if count else None, gain, count)

    # What is kept for the explanation

    def _explain(self, batch, applied, drivers, driven):
        """Fill ``entries``, see ``figures.entry``."""
        from ..engine.figures import entry

        kinds = dict(self.env["medical.demand.event"]._fields["kind"]._description_selection(self.env))
        for key, (rows, amounts) in applied.amounts.items():
            record = batch.told.records.get(key)
            size = batch.sizes.get(record.kind if record else key)
            learned = size is not None and size.records and (not record or record.size_by == "learn")
            for row, amount in zip(rows.tolist(), amounts, strict=True):
                if not amount.any():
                    continue
                more = {"records": size.records, "size": round(float(size.effect[row]), 4)} if learned else {}
                if record:
                    more |= {"event_id": record.id, "probability": record.probability}
                name = record.name if record else key.removeprefix("holiday:")
                found = entry(name, kinds[record.kind] if record else "holiday", amount, **more)
                batch.entries.setdefault(row, []).append(found)
        for driver in drivers:
            name = self.env["medical.external.series"].browse(driver.key).name
            more = {"series_id": driver.key, "lag": driver.lag, "carried": driver.carried}
            more |= {"slope": round(driver.slope, 4), "gain": round(driver.gain, 4)}
            for row, amount in zip(*driven.get(driver.key, ((), ())), strict=True):
                batch.entries.setdefault(int(row), []).append(entry(name, "external", amount, **more))

    # Writing down

    def _write_down(self, batch):
        import numpy as np

        for record, values in zip(batch.series, self._series_values(batch), strict=True):
            record.write(values)
        forecast = batch.forecast
        if not len(forecast.keys):
            return
        effect = np.zeros_like(forecast.mean)
        for index, key in enumerate(forecast.keys):
            for entry in batch.entries.get(key, ()):
                effect[index] += entry["amounts"]
        series = batch.series.browse([batch.series[key].id for key in forecast.keys])
        series._insert_lines(batch.ahead, forecast, effect)

    def _series_values(self, batch):
        """What is written on each series, in their order."""
        from ..engine import figures

        forecast = batch.forecast
        reasons = {refusal.key: refusal for refusal in forecast.refused}
        position = {key: index for index, key in enumerate(forecast.keys)}
        starts = [start.isoformat() for start in batch.panel.starts]
        values = []
        for key in range(len(batch.series)):
            row = {"history": figures.history(starts, batch.panel.quantity[key], batch.cleaned.values[key])}
            index = position.get(key)
            if index is None:
                refusal = reasons[key]
                row.update(state="refused", reason_code=refusal.code, reason=self._refusal_text(refusal))
            else:
                row.update(figures.figures(forecast, index), effects=batch.entries.get(key), state="done")
                row["cover_days"] = float(batch.cover[key]) * batch.company._medical_period_days()
                if forecast.demand_class[index] == "none":
                    reason = self.env._("No demand in the history looked at.")
                    row.update(state="blocked", reason_code="no_demand", reason=reason)
            values.append(row)
        return values

    def _refusal_text(self, refusal):
        """The engine's sentence in the user's language."""
        texts = {
            "all_nan": self.env._("There is no demand in the history looked at."),
            "too_short": self.env._("Too little history: wait for more periods or import older demand."),
            "not_finite": self.env._("The demand holds a value that is no number: correct the import."),
            "negative": self.env._("More was returned than delivered: check the returns."),
            "too_large": self.env._("The demand of a period is implausibly large: check the unit of the records."),
            "cover": self.env._("The lead time is implausibly long: check the vendor's lead time."),
        }
        return texts.get(refusal.code, refusal.reason)

    def _after_forecast(self, batch):
        """What follows from the forecast of a batch."""
        for follower in batch.run._followers():
            follower._after_batch(batch)
