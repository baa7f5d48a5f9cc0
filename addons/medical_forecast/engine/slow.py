"""The slow pass: median of AutoETS, AutoCES and DOT of statsforecast for a few series that are worth the time.

statsforecast is imported here and nowhere else, and only when a pass is run: some 4 s and 220 MB.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from ...medical_demand.engine.panel import Panel
from .forecast import Forecast
from .pooled import moved

NAME = "slow_median"
_LEAST = 24
# What the pass has to win over our own forecast in the backtest, relative.
_WORTH = 0.02


class Missing(RuntimeError):
    """statsforecast cannot be imported."""


def admit(
    panel: Panel,
    result: Forecast,
    forecast: Callable[[Panel], Forecast],
    windows: int = 2,
    only: Iterable | None = None,
) -> tuple[Forecast, np.ndarray]:
    """(result, admitted): `result` with the slow forecast where it won, and (n,) bool where that is.

    panel: what the result was made from; forecast: function (panel) → Forecast, the quick one, for the backtest;
    only: keys of the series that are worth it, None for all.
    Tested at `windows` origins a horizon apart on the same periods; the sum of absolute errors decides, so what
    wins is better by a fiftieth. Quantiles and covers move in proportion to the mean. Raises Missing.
    """
    horizon = result.mean.shape[1]
    position = {key: row for row, key in enumerate(panel.keys)}
    rows = np.array([position[key] for key in result.keys], dtype=np.int64)
    values = panel.values[rows]
    enough = (~np.isnan(values)).sum(axis=1) >= max(_LEAST, (windows + 1) * horizon)
    regular = np.isin(result.demand_class, ("smooth", "erratic"))
    worth = np.ones(len(rows), dtype=bool) if only is None else np.isin(rows, [position[key] for key in only])
    chosen = np.flatnonzero(enough & regular & worth)
    admitted = np.zeros(len(rows), dtype=bool)
    if not len(chosen):
        return result, admitted
    ours, theirs = np.zeros(len(chosen)), np.zeros(len(chosen))
    for window in range(1, windows + 1):
        cut = values.shape[1] - window * horizon
        actual = values[chosen, cut : cut + horizon]
        past = replace(panel, keys=tuple(range(len(chosen))), values=values[chosen, :cut])
        quick = forecast(past)
        ahead = np.full(actual.shape, np.nan)
        ahead[list(quick.keys)] = quick.mean
        slow = _median(past.values, panel.season, horizon)
        known = ~(np.isnan(actual) | np.isnan(ahead) | np.isnan(slow))
        ours += np.where(known, np.abs(ahead - actual), 0.0).sum(axis=1)
        theirs += np.where(known, np.abs(slow - actual), 0.0).sum(axis=1)
    won = chosen[theirs < ours * (1 - _WORTH)]
    if not len(won):
        return result, admitted
    mean, made_by = result.mean.copy(), result.made_by.copy()
    found = _median(values[won], panel.season, horizon)
    usable = np.isfinite(found).all(axis=1)
    won = won[usable]
    admitted[won] = True
    mean[won] = found[usable]
    made_by[won] = NAME
    within = np.arange(horizon) < np.clip(np.ceil(result.cover), 1, horizon)[:, None]
    return moved(result, mean, made_by, (NAME,), within), admitted


def _median(values, season, horizon):
    """(n, horizon) median of the three models, never negative; NaN where none could be fitted."""
    try:
        from statsforecast.models import AutoCES, AutoETS, DynamicOptimizedTheta
    except ImportError as error:
        raise Missing("statsforecast") from error

    out = np.full((len(values), horizon), np.nan)
    for row, series in enumerate(values):
        known = series[np.argmax(~np.isnan(series)) :]
        # A censored period is taken for the one before.
        places = np.maximum.accumulate(np.where(np.isnan(known), 0, np.arange(len(known))))
        found = []
        for model in (AutoETS, AutoCES, DynamicOptimizedTheta):
            try:
                found.append(model(season_length=season).forecast(known[places], h=horizon)["mean"])
            except Exception:  # a model that cannot be fitted to a series has no vote on it
                continue
        if found:
            out[row] = np.maximum(np.median(found, axis=0), 0.0)
    return out
