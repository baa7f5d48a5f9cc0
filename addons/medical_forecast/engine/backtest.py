"""Rolling-origin backtest of the candidates and the weights that follow from it.

Evidence is pooled: a candidate's error on one series is shrunk towards its error on all series of the same
demand class, and candidates are weighted, not picked. Picking the winner per series by its own backtest is
measurably worse than one model for all.
"""

from dataclasses import dataclass

import numpy as np

from . import smoothing

# Own evidence of 8 origins counts 1 against 6 of the class.
POOL_ORIGINS = 48.0
TEMPERATURE = 0.04
UNIFORM = 0.02


def origin_offsets(periods, season, horizon, origins, step):
    """Origins as numbers of periods before the end, ascending.

    They spread over a whole season (a window inside one season lets the model win that fits this season).
    A series or panel too short for that gets what its length allows; none below four periods.
    """
    first = min(horizon, max(6, season // 2), max(1, (periods - 2) // 3))
    if step is None:
        last = first + max(season, origins) - 1
        offsets = np.round(np.linspace(first, last, origins))
    else:
        offsets = first + step * np.arange(origins)
    offsets = np.unique(offsets.astype(int))
    room = periods - 2
    if offsets[-1] > room:
        offsets = np.unique(np.round(np.linspace(first, max(first, room), origins)).astype(int))
    return offsets[offsets <= room]


@dataclass(frozen=True)
class Scores:
    """relative: (n, m) error of each candidate over the mean error of the flat ones, NaN where it could
    not be tested; origins: (n,) origins that counted."""

    relative: np.ndarray
    origins: np.ndarray


def score(columns, levels, full, count, offsets, horizon, season, sparse):
    """Scores of one chunk.

    columns, full: (T, n) demand with and without NaN; levels: from `flat_levels`; count: (T + 1, n)
    observations before each column; sparse: (n,) bool, squared error instead of absolute, because the
    absolute error prefers "nothing" wherever most periods are zero.
    """
    periods, n = columns.shape
    flat = len(smoothing.FLAT)
    total = np.zeros((flat, n))
    cells = np.zeros(n)
    own = np.zeros(n)
    beside = np.zeros((flat, n))
    tested_from = np.zeros(n, dtype=int)
    tested_to = np.full(n, periods)
    used = np.zeros(n)
    for offset in offsets:
        origin = periods - offset
        steps = min(horizon, offset)
        actual = columns[origin : origin + steps]
        seen = ~np.isnan(actual) & (count[origin] >= 2)
        error = np.where(seen, levels[:flat, origin][:, None] - actual, 0.0)
        error = np.where(sparse, error**2, np.abs(error)).sum(axis=1)
        total += error
        cells += seen.sum(axis=0)
        used += seen.any(axis=0)
        ready = count[origin] >= 2 * season
        if season > 1 and ready.any():
            past = full[origin - season + np.arange(steps) % season]
            off = np.where(seen & ready, past - actual, 0.0)
            own += np.where(sparse, off**2, np.abs(off)).sum(axis=0)
            beside += np.where(ready, error, 0.0)
            # Offsets ascend: the first one that is ready has the latest target, the last the earliest.
            tested_from = np.where(ready, offset, tested_from)
            tested_to = np.where(ready, np.minimum(tested_to, offset - steps), tested_to)
    reference = total.mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(reference > 0, total / reference, 1.0).T
        seasonal = own / beside.mean(axis=0)
    # Admitted only where it was itself back-tested, over at least half a season of targets.
    admitted = (season > 1) & (tested_from - tested_to >= max(1, season // 2)) & np.isfinite(seasonal)
    relative = np.column_stack([relative, np.where(admitted, seasonal, np.nan)])
    power = np.where(sparse, 0.5, 1.0)[:, None]
    relative = np.where(cells[:, None] > 0, relative**power, np.where(np.isnan(relative), np.nan, 1.0))
    return Scores(relative, used)


def weigh(relative, origins, groups):
    """(n, m) weights, rows sum to 1; groups: (n,) labels whose series share their evidence."""
    allowed = ~np.isnan(relative)
    filled = np.where(allowed, relative, 0.0)
    pooled = np.ones_like(relative)
    tested = allowed & (origins > 0)[:, None]
    everywhere = _mean(filled, tested, np.ones(relative.shape[1]))
    for group in np.unique(groups):
        rows = groups == group
        pooled[rows] = _mean(filled[rows], tested[rows], everywhere)
    # Errors above 5x the average say "useless" loudly enough; more would only tilt the pooled figure.
    own = origins[:, None]
    shrunk = (own * filled + POOL_ORIGINS * pooled) / (own + POOL_ORIGINS)
    shrunk = np.where(allowed, shrunk, np.inf)
    raw = np.exp(-(shrunk - shrunk.min(axis=1, keepdims=True)) / TEMPERATURE)
    raw /= raw.sum(axis=1, keepdims=True)
    even = allowed / allowed.sum(axis=1, keepdims=True)
    return (1 - UNIFORM) * raw + UNIFORM * even


def _mean(values, tested, fallback):
    count = tested.sum(axis=0)
    total = np.where(tested, np.minimum(values, 5.0), 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), fallback)
