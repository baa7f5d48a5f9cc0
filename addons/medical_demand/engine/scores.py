"""Distributions given by a few quantiles: linear in the standard normal quantile (score) of the level."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

# Scores at which distributions are mixed.
GRID = np.linspace(-4.0, 4.0, 121)
LARGEST = 1e300


def normal_quantiles(levels: ArrayLike) -> np.ndarray:
    """Standard normal quantiles of levels in (0, 1), of any shape."""
    from scipy.special import ndtri

    return ndtri(np.asarray(levels, dtype=np.float64))


def normal_weights(scores: ArrayLike) -> np.ndarray:
    """(J,) probability of evenly spaced scores, sum 1."""
    weight = np.exp(-(np.asarray(scores) ** 2) / 2)
    return weight / weight.sum()


def at_scores(levels: ArrayLike, quantiles: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """(n, J) demand at normal scores (J,) or (n, 1); linear between levels, beyond them with the end slope.

    levels: (L,) ascending in (0, 1); quantiles: (n, L) of non-negative demand.
    """
    knots = normal_quantiles(levels)
    if len(knots) == 1:
        return np.broadcast_to(quantiles, (len(quantiles), np.shape(scores)[-1])).copy()
    scores = np.broadcast_to(scores, (len(quantiles), np.shape(scores)[-1]))
    left = np.clip(np.searchsorted(knots, scores, side="right") - 1, 0, len(knots) - 2)
    begin = np.take_along_axis(quantiles, left, axis=1)
    end = np.take_along_axis(quantiles, left + 1, axis=1)
    place = (scores - knots[left]) / (knots[left + 1] - knots[left])
    return np.maximum(begin + place * (end - begin), 0.0)


def mixture(demand: np.ndarray, chances: np.ndarray, levels: Iterable[float]) -> np.ndarray:
    """(n, L) quantiles of a mixture of K distributions.

    demand: (n, K, len(GRID)) of each at the scores of GRID; chances: (K,) or (n, K), sum 1; levels: (L,).
    """
    n, kinds, _points = demand.shape
    weight = normal_weights(GRID)
    share = (np.broadcast_to(chances, (n, kinds))[:, :, None] * weight).reshape(n, -1)
    demand = demand.reshape(n, -1)
    order = np.argsort(demand, axis=1, kind="stable")
    share = np.take_along_axis(share, order, axis=1)
    reached = np.cumsum(share, axis=1) - share / 2
    demand = np.take_along_axis(demand, order, axis=1)
    return np.stack([_crossing(demand, reached, level) for level in levels], axis=1)


def _crossing(demand, reached, level):
    """(n,) demand at which the (n, J) ascending `reached` passes `level`."""
    last = demand.shape[1] - 1
    right = np.clip((reached < level).sum(axis=1), 1, last)
    rows = np.arange(len(demand))
    low, high = reached[rows, right - 1], reached[rows, right]
    place = np.clip((level - low) / np.maximum(high - low, 1e-300), 0.0, 1.0)
    begin = demand[rows, right - 1]
    return begin + place * (demand[rows, right] - begin)


def tidy(quantiles: np.ndarray) -> np.ndarray:
    """Quantiles that are finite, not negative and do not fall with the level (last axis)."""
    quantiles = np.maximum(np.nan_to_num(quantiles, nan=0.0, posinf=LARGEST, neginf=0.0), 0.0)
    return np.maximum.accumulate(quantiles, axis=-1)
