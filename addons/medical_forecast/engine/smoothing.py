"""The candidate models, run for all series and parameters at once: one loop over time, none over series."""

import numpy as np

# Level smoothing (SES) and level plus probability smoothing (TSB: Teunter, Syntetos and Babai, EJOR 214
# (2011), 606–615). While fewer than 1/alpha values were seen the gain is 1/count: the plain mean, so that a
# slow candidate does not hang on its first value.
SES = (0.05, 0.1, 0.2, 0.4, 0.7)
TSB = ((0.1, 0.03), (0.1, 0.1), (0.3, 0.1), (0.3, 0.3))
SEASONAL = "seasonal_naive"
FLAT = tuple(f"ses_{alpha:g}" for alpha in SES) + tuple(f"tsb_{size:g}_{chance:g}" for size, chance in TSB)
MODELS = (*FLAT, SEASONAL)
_FILL = SES.index(0.2)


def flat_levels(columns):
    """Level of each flat candidate at each origin.

    columns: (T, n) demand, NaN where not observed. Returns (m, T + 1, n): entry t is the forecast for every
    period from column t on, made from the columns before t; 0 before the first observation.
    """
    periods, n = columns.shape
    alpha = np.array(SES)[:, None]
    size_gain = np.array([pair[0] for pair in TSB])[:, None]
    chance_gain = np.array([pair[1] for pair in TSB])[:, None]
    level = np.zeros((len(SES), n))
    size = np.zeros((len(TSB), n))
    chance = np.zeros((len(TSB), n))
    count = np.zeros(n)
    hits = np.zeros(n)
    out = np.zeros((len(FLAT), periods + 1, n))
    for t in range(periods):
        value = columns[t]
        seen = ~np.isnan(value)
        value = np.where(seen, value, 0.0)
        positive = value > 0
        count += seen
        hits += positive
        warm = 1.0 / np.maximum(count, 1.0)
        level += np.maximum(alpha, warm) * seen * (value - level)
        chance += np.maximum(chance_gain, warm) * seen * (positive - chance)
        size += np.maximum(size_gain, 1.0 / np.maximum(hits, 1.0)) * positive * (value - size)
        out[: len(SES), t + 1] = level
        out[len(SES) :, t + 1] = chance * size
    return np.maximum(out, 0.0, out=out)


def filled(columns, levels, season):
    """(T, n) demand without NaN: a censored period takes the value one season before, else the level then.

    Columns before a series' first observation become 0.
    """
    out = columns.copy()
    missing = np.isnan(columns)
    started = np.logical_or.accumulate(~missing, axis=0)
    for t in np.flatnonzero(missing.any(axis=1)):
        value = levels[_FILL, t]
        if season > 1 and t >= season:
            value = np.where(started[t - season], out[t - season], value)
        out[t] = np.where(missing[t], np.where(started[t], value, 0.0), columns[t])
    return out


def prefix(columns):
    """(T + 1, n) sums of the columns before each one."""
    out = np.zeros((columns.shape[0] + 1, columns.shape[1]))
    np.cumsum(columns, axis=0, out=out[1:])
    return out


def span_sum(sums, start, length):
    """(n,) demand of `length` columns from column `start` on, both (n,) integers, from prefix sums."""
    rows = np.arange(sums.shape[1])
    return np.maximum(sums[start + length, rows] - sums[start, rows], 0.0)


def seasonal_sum(sums, origin, length, season):
    """(n,) seasonal naive demand over `length` periods after `origin`; 0 where a season is not behind it."""
    begin = np.maximum(origin - season, 0)
    full, rest = np.divmod(length, season)
    room = np.where(origin >= season, season, 0)
    total = full * span_sum(sums, begin, room) + span_sum(sums, begin, np.minimum(rest, room))
    return np.where(origin >= season, total, 0.0)
