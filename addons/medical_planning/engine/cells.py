"""Classes by value (A, B, C) and by variability (X, Y, Z), with a band around each limit within which nothing moves."""

import numpy as np


def by_value(
    value: np.ndarray, before: np.ndarray, limits: tuple[float, float] = (80.0, 95.0), band: float = 5.0
) -> tuple[np.ndarray, np.ndarray]:
    """((n,) class A, B or C, (n,) cumulated share in percent before the product itself, the largest value first).

    value: (n,) of a year's demand; before: (n,) class until now, "" for none. A product belongs to A while the products
    ahead of it make up less than the first limit. It leaves its class only when it is more than `band` points beyond
    the limit. Products without value are C.
    """
    value = np.maximum(np.nan_to_num(np.asarray(value, dtype=np.float64)), 0.0)
    order = np.argsort(-value, kind="stable")
    total = value.sum()
    ahead = np.zeros(len(value))
    if total > 0:
        sums = np.cumsum(value[order])
        ahead[order] = 100.0 * (sums - value[order]) / total
    fresh = _cut(ahead, limits, "ABC")
    found = _held(ahead, fresh, before, limits, band, "ABC")
    return np.where(value > 0, found, "C"), ahead


def by_variation(
    variation: np.ndarray, before: np.ndarray, limits: tuple[float, float] = (0.5, 1.0), band: float = 0.1
) -> np.ndarray:
    """(n,) class X, Y or Z of the coefficient of variation per period; NaN is Z. band: in units of it."""
    variation = np.where(np.isnan(variation), np.inf, np.asarray(variation, dtype=np.float64))
    return _held(variation, _cut(variation, limits, "XYZ"), before, limits, band, "XYZ")


def variation(values: np.ndarray) -> np.ndarray:
    """(n,) deviation over mean of the observed values of (n, T); NaN where fewer than two or nothing was asked for."""
    seen = ~np.isnan(values)
    number = seen.sum(axis=1)
    mean = np.where(seen, values, 0.0).sum(axis=1) / np.maximum(number, 1)
    spread = np.where(seen, values - mean[:, None], 0.0)
    deviation = np.sqrt((spread**2).sum(axis=1) / np.maximum(number - 1, 1))
    return np.where((number > 1) & (mean > 0), deviation / np.where(mean > 0, mean, 1.0), np.nan)


def _cut(figure, limits, names):
    return np.array(list(names))[(figure >= limits[0]).astype(int) + (figure >= limits[1])]


def _held(figure, fresh, before, limits, band, names):
    """The class until now where the figure has not left it by more than the band."""
    edges = (-np.inf, *limits, np.inf)
    before = np.asarray(before, dtype=object)
    kept = fresh.astype(object)
    for place, name in enumerate(names):
        inside = (figure >= edges[place] - band) & (figure < edges[place + 1] + band)
        kept = np.where((before == name) & inside, name, kept)
    return kept.astype(str)
