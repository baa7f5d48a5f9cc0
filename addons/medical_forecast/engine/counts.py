"""Quantiles for rare demand, where errors around a mean make no sense: non-negative, with room for zero.

Whole units in small numbers follow a negative binomial; everything else is "nothing, or a gamma amount".

Demand over a cover jumps from level to level: between 0.93 and 0.97 there may be nothing. Its quantiles are
therefore continuous (the usual continuity correction: the chance of k is spread evenly over k − ½ … k + ½), so that
0.95 is met on average over many products; `whole_quantile` gives the whole number back.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

# Beyond this the steps of a count no longer matter and the gamma form is as good and cheaper.
_COUNT_MEAN = 60.0
_COUNT_VARIANCE = 1e4


def counted(mean: np.ndarray, variance: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """(n,) bool: rows whose demand is a count of small numbers; arguments as in `quantiles`."""
    return (mean > 0) & whole & (mean <= _COUNT_MEAN) & (variance <= _COUNT_VARIANCE)


def whole_quantile(quantiles: ArrayLike) -> np.ndarray:
    """The whole numbers whose share of a count distribution continuous `quantiles` lie in: k of k − ½ … k + ½."""
    return np.ceil(np.asarray(quantiles) - 0.5 - 1e-9)


def quantiles(
    mean: np.ndarray, variance: np.ndarray, zero: np.ndarray, whole: np.ndarray, levels: Sequence[float] | np.ndarray
) -> np.ndarray:
    """(n, L) quantiles of demand with given mean and variance, continuous also where it is counted.

    zero: (n,) probability of no demand at all (used by the gamma form); whole: (n,) bool, only whole
    units occur; levels: (L,) ascending in (0, 1). Rows with mean 0 give 0.
    """
    out = np.zeros((len(mean), len(levels)))
    count = counted(mean, variance, whole)
    number, share = _negative_binomial(mean[count], variance[count], levels)
    out[count] = np.maximum(number - 0.5 + share, 0.0)
    rest = (mean > 0) & ~count
    out[rest] = _zero_or_gamma(mean[rest], variance[rest], zero[rest], levels)
    return out


def hurdle(
    chance: np.ndarray, size: np.ndarray, size_cv2: np.ndarray, whole: np.ndarray, levels: Sequence[float] | np.ndarray
) -> np.ndarray:
    """(n, L) quantiles of one period's demand: none, or with `chance` an amount.

    chance: (n,) of any demand; size, size_cv2: (n,) mean of the demands there are and their squared coefficient
    of variation; whole, levels: as in `quantiles`. Whole amounts are 1 plus a negative binomial, others a gamma.
    """
    chance = np.clip(chance, 0.0, 1.0)[:, None]
    inner = (np.asarray(levels) - (1 - chance)) / np.where(chance > 0, chance, 1.0)
    some = (chance > 0) & (inner > 0)
    inner = np.clip(inner, 0.0, 1 - 1e-9)
    out = np.zeros(inner.shape)
    variance = size_cv2 * size**2
    count = whole & (size <= _COUNT_MEAN) & (variance <= _COUNT_VARIANCE)
    if count.any():
        number, _share = _negative_binomial(np.maximum(size[count] - 1, 1e-3), variance[count], inner[count])
        out[count] = 1 + number
    rest = ~count
    if rest.any():
        from scipy.special import gammaincinv

        shape = np.clip(1 / np.maximum(size_cv2[rest], 1e-6), 0.05, 1e6)[:, None]
        amount = gammaincinv(shape, inner[rest]) * (size[rest, None] / shape)
        out[rest] = np.where(np.isfinite(amount), amount, 0.0)
    return np.where(some, out, 0.0)


def _negative_binomial(mean, variance, levels):
    """(n, L) smallest k with F(k) ≥ level, and (n, L) share of the chance of k that lies under the level."""
    levels = np.broadcast_to(levels, (len(mean), np.shape(levels)[-1]))
    number, share = np.zeros(levels.shape), np.ones(levels.shape)
    variance = np.maximum(variance, mean * 1.02)
    size = mean**2 / (variance - mean)
    fail = (variance - mean) / variance
    rows = np.arange(len(mean))
    mass = np.exp(size * np.log1p(-fail))
    under, reached = np.zeros(len(mean)), mass.copy()
    for k in range(1, 4000):
        here = (levels > under[:, None]) & (levels <= reached[:, None])
        share[rows] = np.where(here, (levels - under[:, None]) / np.maximum(mass, 1e-300)[:, None], share[rows])
        short = levels > reached[:, None]
        number[rows] += short
        go = short[:, -1]
        if not go.any():
            break
        rows, mass, under, size, fail, levels = (part[go] for part in (rows, mass, reached, size, fail, levels))
        mass = mass * (size + k - 1) / k * fail
        reached = under + mass
    return number, np.clip(share, 0.0, 1.0)


def _zero_or_gamma(mean, variance, zero, levels):
    from scipy.special import gammaincinv

    zero = np.clip(zero, 0.0, 0.995)[:, None]
    amount = mean[:, None] / (1 - zero)
    spread = np.maximum((variance + mean**2)[:, None] / (1 - zero) - amount**2, (0.1 * amount) ** 2)
    shape = np.clip(amount**2 / np.where(spread > 0, spread, 1.0), 0.05, 1e6)
    chance = np.clip((np.asarray(levels) - zero) / (1 - zero), 0.0, 1 - 1e-12)
    with np.errstate(over="ignore", invalid="ignore"):
        result = gammaincinv(shape, chance) * (amount / shape)
    return np.where((chance > 0) & np.isfinite(result), result, 0.0)
