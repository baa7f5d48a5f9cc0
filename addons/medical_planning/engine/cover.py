"""A lead time that itself varies, on top of the demand over the mean lead time."""

import numpy as np
from numpy.typing import ArrayLike

from ...medical_demand.engine.scores import GRID, at_scores, mixture, normal_quantiles, tidy

_ROWS = 2000


def with_lead_time_spread(
    cover_mean: ArrayLike,
    cover_sd: ArrayLike,
    cover_levels: ArrayLike,
    cover_quantiles: ArrayLike,
    demand_rate: ArrayLike,
    lead_time_sd_periods: ArrayLike,
) -> tuple[np.ndarray, np.ndarray]:
    """Widen quantiles of cover demand for a variable lead time.

    σ² = σ_L² + d²·σ_LT² (domain formula for a lead time independent of demand): σ_L = cover_sd, d =
    demand_rate per period, σ_LT in periods, all (n,) or scalar. The distance of each quantile above the mean
    is stretched by σ/σ_L, so that a skew measured in the backtest stays; below the mean only the levels
    under one half are, downwards and not below zero: more uncertainty never lowers a reorder point. Where
    σ_L is 0 the spread is normal. Returns (n,) σ and (n, L) quantiles.
    """
    mean = np.atleast_1d(np.asarray(cover_mean, dtype=np.float64))
    own = np.broadcast_to(np.asarray(cover_sd, dtype=np.float64), mean.shape)
    extra = np.broadcast_to(
        np.asarray(demand_rate, dtype=np.float64) * np.asarray(lead_time_sd_periods, dtype=np.float64), mean.shape
    )
    levels = np.asarray(cover_levels, dtype=np.float64)
    sd = np.hypot(own, extra)
    with np.errstate(over="ignore"):
        stretch = np.minimum(np.where(own > 0, sd / np.where(own > 0, own, 1.0), 1.0), 1e12)[:, None]
    distance = np.asarray(cover_quantiles, dtype=np.float64) - mean[:, None]
    moved = np.where((distance > 0) | (levels < 0.5), distance * stretch, distance)
    normal = normal_quantiles(levels) * sd[:, None]
    moved = np.where((own > 0)[:, None], moved, distance + normal)
    return sd, tidy(mean[:, None] + moved)


def over_lead_times(
    cover_mean: ArrayLike,
    cover_sd: ArrayLike,
    cover_levels: ArrayLike,
    cover_quantiles: ArrayLike,
    lengths: ArrayLike,
    chances: ArrayLike,
) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of cover demand when the lead time follows a measured distribution instead of mean and deviation.

    lengths: (K,) or (n, K) cover under each lead time, relative to the cover the other arguments are for; chances:
    (K,) of them, sum 1. Demand over a cover `c` times as long has c times the mean, its distance from the mean grows
    with √c, and the quantiles are those of the mixture: a lead time that is now and then a whole period longer has two
    humps that no deviation can tell. Returns (n,) σ and (n, L) quantiles as `with_lead_time_spread`.
    """
    mean = np.atleast_1d(np.asarray(cover_mean, dtype=np.float64))
    own = np.broadcast_to(np.asarray(cover_sd, dtype=np.float64), mean.shape)
    levels = np.asarray(cover_levels, dtype=np.float64)
    chances = np.asarray(chances, dtype=np.float64)
    lengths = np.broadcast_to(np.asarray(lengths, dtype=np.float64), (len(mean), len(chances)))
    average = lengths @ chances
    sd = np.sqrt(own**2 * average + mean**2 * np.maximum(lengths**2 @ chances - average**2, 0.0))
    out = np.empty((len(mean), len(levels)))
    for at in range(0, len(mean), _ROWS):
        rows = slice(at, at + _ROWS)
        apart = at_scores(levels, np.asarray(cover_quantiles, dtype=np.float64)[rows], GRID) - mean[rows, None]
        demand = lengths[rows, :, None] * mean[rows, None, None] + np.sqrt(lengths[rows, :, None]) * apart[:, None, :]
        out[rows] = mixture(np.maximum(demand, 0.0), chances, levels)
    return sd, tidy(out)
