"""Series from outside (procedures, an index, hospital beds) as drivers of demand, with a lag.

Used only if they help: the lag and the strength are learned on the forecasts of older backtest origins and have to make
those of newer ones better. What acts is the change of the series against its own recent values, because their level is
in the demand already.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .panel import Panel

# What a series has to win on the newer origins, relative; origins each side; lags tried, in periods.
WORTH = 0.02
_ORIGINS = 3
LAGS = tuple(range(13))
_STEEPEST = 5.0
_FACTORS = (0.3, 3.0)


@dataclass(frozen=True)
class Series:
    """values: (P,) one per period, NaN where not known; the first `observed` belong to the last `observed` columns of
    the panel, the others lie ahead. rows: (k,) series of the panel it may drive."""

    key: object
    values: np.ndarray
    observed: int
    rows: np.ndarray


@dataclass(frozen=True)
class Driver:
    """A series that helps: lag in periods, slope (a change of the series by 1 % changes demand by slope %), gain: share
    of the absolute error it took away on the newer origins; factors: (h,) on the base forecast of its rows; carried:
    whether values ahead were missing and the last known one was carried on."""

    key: object
    rows: np.ndarray
    lag: int
    slope: float
    gain: float
    factors: np.ndarray
    carried: bool


def drivers(
    panel: Panel, series: Sequence[Series], forecast: Callable[[Panel], Any], horizon: int
) -> tuple[list[Driver], dict[object, float | None]]:
    """(list of Driver, key → gain of the others).

    forecast: function (Panel) → Forecast, called for a few shortened panels. A series of the panel has at most one
    driver, the one with the largest gain.
    """
    tested = tested_origins(panel, forecast, horizon) if series else []
    if len(tested) < 2:
        return [], {one.key: None for one in series}
    newer, older = tested[: len(tested) // 2], tested[len(tested) // 2 :]
    found, others = [], {}
    for one in series:
        best = None
        for lag in LAGS:
            slope, error = _fit(one, lag, older, panel)
            if slope is not None and (best is None or error < best[2]):
                best = lag, slope, error
        gain = _gain(one, best[0], best[1], newer, panel) if best else None
        if gain is None or gain < WORTH:
            others[one.key] = gain
            continue
        change, carried = change_of(one, best[0], 0, horizon, panel.season)
        factors = np.clip(1 + best[1] * change, *_FACTORS)
        found.append(Driver(one.key, one.rows, best[0], best[1], gain, factors, carried))
    taken, kept = set(), []
    for driver in sorted(found, key=lambda driver: -driver.gain):
        rows = np.array([row for row in driver.rows if row not in taken], dtype=np.int64)
        taken.update(rows.tolist())
        if len(rows):
            kept.append(replace(driver, rows=rows))
    return kept, others


def apply(
    result: Any, found: Sequence[Driver], rows: np.ndarray
) -> tuple[Any, dict[object, tuple[np.ndarray, np.ndarray]]]:
    """(Forecast with the drivers' factors on it, amounts: key → (rows (k,), added mean (k, h))).

    rows: (n,) number of each forecast series in the panel.
    """
    mean, quantiles = result.mean.copy(), result.quantiles.copy()
    cover_mean, cover_quantiles = result.cover_mean.copy(), result.cover_quantiles.copy()
    amounts = {}
    for driver in found:
        at = np.flatnonzero(np.isin(rows, driver.rows))
        if not len(at):
            continue
        base = mean[at]
        mean[at] = base * driver.factors
        quantiles[at] *= driver.factors[None, :, None]
        within = np.clip(result.cover[at, None] - np.arange(mean.shape[1]), 0.0, 1.0)
        total = (base * within).sum(axis=1)
        ratio = np.where(total > 0, (mean[at] * within).sum(axis=1) / np.where(total > 0, total, 1.0), 1.0)
        cover_mean[at] *= ratio
        cover_quantiles[at] *= ratio[:, None]
        amounts[driver.key] = (rows[at], mean[at] - base)
    if not amounts:
        return result, {}
    moved = replace(result, mean=mean, quantiles=quantiles, cover_mean=cover_mean, cover_quantiles=cover_quantiles)
    return moved, amounts


def tested_origins(
    panel: Panel, forecast: Callable[[Panel], Any], horizon: int
) -> list[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    """[(offset, row numbers, forecast (k, s), actual (k, s))] of a few origins that leave two seasons, the newest first.

    forecast: function (Panel) → Forecast, called once for each.
    """
    width = panel.values.shape[1]
    step = max(1, min(horizon, panel.season) // 2)
    offsets = [step * number for number in range(1, 2 * _ORIGINS + 1) if width - step * number >= 2 * panel.season]
    return [_backtest(panel, offset, forecast, horizon) for offset in offsets]


def _backtest(panel, offset, forecast, horizon):
    width = panel.values.shape[1]
    result = forecast(Panel(tuple(range(len(panel.keys))), panel.values[:, : width - offset], panel.season))
    rows, steps = np.array(result.keys, dtype=np.int64), min(horizon, offset)
    return offset, rows, result.mean[:, :steps], panel.values[rows, width - offset : width - offset + steps]


def change_of(one: Series, lag: int, offset: int, steps: int, season: int) -> tuple[np.ndarray, bool]:
    """((steps,) value at each target less lag over its mean in the last quarter of a season before, less 1; carried).

    NaN where the origin lies before the series. Values that were not known at the origin are carried on, in the
    backtest as in earnest: as far ahead of the origin as the series now reaches ahead of the last period.
    """
    ahead = len(one.values) - one.observed
    origin = one.observed - offset
    last = min(origin + ahead, len(one.values))
    targets = origin + np.arange(steps) - lag
    span = max(2, season // 4)
    past = one.values[max(origin - lag - span, 0) : max(origin - lag, 0)]
    past = past[~np.isnan(past)]
    known = np.flatnonzero(~np.isnan(one.values[: max(last, 0)]))
    if len(past) < 2 or not past.mean() or not len(known):
        return np.full(steps, np.nan), False
    carried = np.clip(targets, 0, None)
    # The newest known value at or before each target.
    place = np.searchsorted(known, np.minimum(carried, last - 1), side="right") - 1
    values = np.where(place >= 0, one.values[known[np.maximum(place, 0)]], np.nan)
    return values / past.mean() - 1.0, bool((targets >= last).any())


def _parts(one, lag, backtests, panel):
    for offset, rows, mean, actual in backtests:
        change, _carried = change_of(one, lag, offset, mean.shape[1], panel.season)
        mine = np.isin(rows, one.rows)
        good = mine[:, None] & ~np.isnan(actual) & ~np.isnan(change) & (mean > 0)
        yield np.where(good, mean, 0.0), np.where(good, actual, 0.0), np.nan_to_num(change)


def _fit(one, lag, backtests, panel):
    """(slope, absolute error) on these origins; (None, None) without data. Least squares, weighted by 1 / forecast."""
    top = bottom = 0.0
    kept = list(_parts(one, lag, backtests, panel))
    for mean, actual, change in kept:
        top += ((actual - mean) * change).sum()
        bottom += (mean * change**2).sum()
    if bottom <= 1e-12:
        return None, None
    slope = float(np.clip(top / bottom, -_STEEPEST, _STEEPEST))
    return slope, sum(float(np.abs(actual - mean * (1 + slope * change)).sum()) for mean, actual, change in kept)


def _gain(one, lag, slope, backtests, panel):
    plain = better = 0.0
    for mean, actual, change in _parts(one, lag, backtests, panel):
        plain += float(np.abs(actual - mean).sum())
        better += float(np.abs(actual - mean * np.clip(1 + slope * change, *_FACTORS)).sum())
    return 1 - better / plain if plain > 0 else None
