"""Demand that the history cannot tell: of products that begin, that end, and that stand in for others."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np

from ...medical_demand.engine.scores import normal_quantiles, tidy
from ...medical_forecast.engine.forecast import Forecast

# What a backtest says of a series; unknown where there was none.
_MEASURED = ("wape", "wape_naive", "fva", "mase", "bias", "recent_error")


@dataclass(frozen=True)
class Plan:
    """What is known about one series. row: its number in the batch. launch: (h,) demand expected from like products and
    the launch plan, None for none; band: its standard deviation as a share of it; own: observed periods of the series;
    blend: after so many of them they count for half. remains: (h,) share of the demand that is left. added: (h,) units on
    top."""

    row: int
    launch: np.ndarray | None = None
    band: float = 0.5
    own: int = 0
    blend: float = 6.0
    remains: np.ndarray | None = None
    added: np.ndarray | None = None


def apply(forecast: Forecast, plans: Sequence[Plan], covers: np.ndarray) -> tuple[Forecast, dict[int, np.ndarray]]:
    """(forecast with the plans in it, {row: (h,) what they add to the mean}).

    covers: (n,) periods to cover of all series of the batch. Rows that were refused get the launch curve alone.
    """
    forecast = _with_rows(forecast, [plan for plan in plans if plan.launch is not None], covers)
    place = {key: index for index, key in enumerate(forecast.keys)}
    at = [place[plan.row] for plan in plans if plan.row in place]
    plans = [plan for plan in plans if plan.row in place]
    names = ("mean", "quantiles", "cover_mean", "cover_sd", "cover_quantiles", "counted")
    changed = {name: getattr(forecast, name).copy() for name in names}
    mean, quantiles, cover_mean, cover_sd, cover_quantiles, counted = changed.values()
    horizon = mean.shape[1]
    amounts = {}
    for index, plan in zip(at, plans, strict=True):
        before = mean[index].copy()
        within = np.clip(forecast.cover[index] - np.arange(horizon), 0.0, 1.0)
        if plan.launch is not None:
            weight = plan.own / (plan.own + plan.blend) if plan.own + plan.blend > 0 else 0.0
            spread = _deviation(forecast.levels, quantiles[index], mean[index])
            mean[index], spread = _blend(weight, mean[index], spread, plan.launch, plan.band)
            quantiles[index] = _normal(mean[index], spread, forecast.levels)
            whole, wide = _blend(
                weight, cover_mean[index], cover_sd[index], float((plan.launch * within).sum()), plan.band
            )
            cover_mean[index], cover_sd[index] = whole, wide
            cover_quantiles[index] = _normal(whole, wide, forecast.cover_levels)
            counted[index] = False
        if plan.remains is not None:
            base = float((mean[index] * within).sum())
            left = float((mean[index] * plan.remains * within).sum()) / base if base > 0 else float(plan.remains[0])
            mean[index] *= plan.remains
            quantiles[index] *= plan.remains[:, None]
            cover_mean[index] *= left
            cover_sd[index] *= left
            cover_quantiles[index] *= left
            counted[index] &= left == 1.0
        if plan.added is not None and plan.added.any():
            more = float((plan.added * within).sum())
            mean[index] += plan.added
            quantiles[index] += plan.added[:, None]
            cover_mean[index] += more
            cover_quantiles[index] += more
            counted[index] &= more == 0.0
        amounts[plan.row] = mean[index] - before
    return replace(forecast, **changed), amounts


def _with_rows(forecast, plans, covers):
    """The forecast with a row for each plan whose series was refused: no demand, class "new", nothing measured."""
    new = [plan.row for plan in plans if plan.row not in set(forecast.keys)]
    if not new:
        return forecast
    filled = {"cover": np.asarray(covers, dtype=np.float64)[new], "demand_class": np.full(len(new), "new")}
    for field in fields(forecast):
        old = getattr(forecast, field.name)
        if isinstance(old, np.ndarray):
            empty = np.zeros((len(new), *old.shape[1:]), dtype=old.dtype)
            if field.name in _MEASURED:
                empty[:] = np.nan
            filled[field.name] = np.concatenate([old, filled.get(field.name, empty)])
    return replace(
        forecast,
        keys=(*forecast.keys, *new),
        refused=tuple(row for row in forecast.refused if row.key not in new),
        **filled,
    )


def launch(like: np.ndarray, ages: np.ndarray, ramp: int, plan: np.ndarray) -> np.ndarray:
    """(h,) demand expected of a launch: the mean of like products, ramped up, and the plan where there is one.

    like: (k, h) their demand, NaN beyond their forecast, where their mean goes on; ages: (h,) periods since the launch, ramp:
    so many until their level is reached; plan: (h,) NaN for none.
    """
    curve = np.zeros(len(ages))
    if len(like):
        curve = np.where(np.isnan(like), np.nanmean(like, axis=1, keepdims=True), like).mean(axis=0)
    # Shares of the first period before the launch do not count.
    curve *= np.where(ages < 0, 0.0, np.clip((ages + 1) / max(ramp, 1), 0.0, 1.0))
    return np.where(np.isnan(plan), curve, plan)


def before(day: date | None, starts: Sequence[date], lengths: np.ndarray) -> np.ndarray:
    """(h,) share of each period that lies before `day`; all of it where there is no such day."""
    return np.clip([(day - start).days for start in starts] / lengths, 0.0, 1.0) if day else np.ones(len(starts))


def remains(sold: float | np.ndarray, served: float | np.ndarray, service: float) -> float | np.ndarray:
    """(h,) share of the demand that is left: sold, served: share of each period that sale and service go on; service: share
    of the demand that is left when only sale has ended."""
    return np.minimum(sold, served) + np.maximum(served - sold, 0.0) * service


def to_the_end(mean: np.ndarray, upper: np.ndarray, season: int, left: float, share: float) -> tuple[float, float]:
    """(mean, deviation) of the demand to the end of service: of the forecast, and the last season's mean beyond it.

    mean, upper: (h,) forecast and its 90 % quantile; left: periods beyond the horizon; share of the demand that is left then.
    Errors of periods are taken as going the same way: nothing corrects a last buy.
    """
    wide = np.maximum(upper - mean, 0.0) / 1.2815515655
    beyond = left * share
    return mean.sum() + mean[-season:].mean() * beyond, wide.sum() + wide[-season:].mean() * beyond


def last_buy(mean: float, deviation: float, leftover: float, shortage: float) -> float:
    """Units to have for a demand that comes once: the quantile shortage / (shortage + leftover) of a normal demand.

    mean, deviation: of the demand to the end; leftover, shortage: cost of a unit too many and of one too few.
    """
    share = shortage / (shortage + leftover) if shortage + leftover > 0 else 0.5
    return max(0.0, mean + float(normal_quantiles(np.clip(share, 1e-6, 1 - 1e-6))) * deviation)


def _blend(weight, mean, deviation, launch, band):
    """Mean and deviation of two views of the same demand: that of a mixture, so that disagreement widens it."""
    whole = weight * mean + (1 - weight) * launch
    variance = (
        weight * deviation**2 + (1 - weight) * (band * launch) ** 2 + weight * (1 - weight) * (mean - launch) ** 2
    )
    return whole, np.sqrt(variance)


def _deviation(levels, quantiles, mean):
    """(h,) deviation as the upper quantiles (h, L) tell it."""
    scores = normal_quantiles(levels)
    upper = scores > 0.5
    if not upper.any():
        return np.zeros(len(mean))
    return np.maximum((quantiles[:, upper] - mean[:, None]) / scores[upper], 0.0).mean(axis=1)


def _normal(mean, deviation, levels):
    mean, deviation = np.asarray(mean)[..., None], np.asarray(deviation)[..., None]
    return np.maximum(tidy(mean + normal_quantiles(levels) * deviation), 0.0)
