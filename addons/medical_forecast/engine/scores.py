"""Distributions given by a few quantiles: linear in the standard normal quantile (score) of the level."""

import numpy as np


def normal_quantiles(levels):
    """Standard normal quantiles of levels in (0, 1), of any shape."""
    from scipy.special import ndtri

    return ndtri(np.asarray(levels, dtype=np.float64))


def normal_weights(scores):
    """(J,) probability of evenly spaced scores, sum 1."""
    weight = np.exp(-(np.asarray(scores) ** 2) / 2)
    return weight / weight.sum()


def at_scores(levels, quantiles, scores):
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
