"""What the two passes over a chunk of series compute: candidates' scores, then the weighted forecast's errors."""

from dataclasses import dataclass

import numpy as np

from . import backtest, smoothing

RECENT = 12
# Weight, in backtest windows, of the rate of demand in the probability that a cover has none.
_ZERO_PRIOR = 6.0


@dataclass
class Tables:
    """What the second pass fills for all series, rows as in the accepted panel."""

    mean: np.ndarray
    level: np.ndarray
    strength: np.ndarray
    step_error: np.ndarray
    recent: np.ndarray
    one_step: np.ndarray
    one_step_count: np.ndarray
    accuracy: np.ndarray
    covers: tuple


@dataclass
class Cover:
    """One whole number of periods per series: its forecast sum and the backtest of it."""

    periods: np.ndarray
    tested: np.ndarray
    mean: np.ndarray
    error: np.ndarray
    zero: np.ndarray


def _sweep(values, season):
    """Shared start of both passes: time-major demand, candidate levels, demand without NaN, counts."""
    columns = np.ascontiguousarray(values.T)
    levels = smoothing.flat_levels(columns)
    full = smoothing.filled(columns, levels, season)
    count = np.zeros((columns.shape[0] + 1, columns.shape[1]), dtype=np.int32)
    np.cumsum(~np.isnan(columns), axis=0, out=count[1:])
    return columns, levels, full, count


def first_pass(values, sparse, offsets, season, horizon):
    """Scores of the candidates on one chunk; arguments as in `backtest.score`."""
    columns, levels, full, count = _sweep(values, season)
    scores = backtest.score(columns, levels, full, count, offsets, horizon, season, sparse)
    return scores.relative, scores.origins


def empty_tables(n, horizon, origins, windows):
    """Tables for n series: `origins` backtest origins, `windows` windows of cumulated demand."""
    return Tables(
        mean=np.zeros((n, horizon)),
        level=np.zeros(n),
        strength=np.zeros(n),
        step_error=np.full((n, origins, horizon), np.nan, dtype=np.float32),
        recent=np.full((n, RECENT), np.nan),
        one_step=np.zeros(n),
        one_step_count=np.zeros(n),
        accuracy=np.full((n, 4), np.nan),
        covers=tuple(
            Cover(
                np.zeros(n, dtype=np.int64), np.ones(n, dtype=np.int64), np.zeros(n),
                np.full((n, windows), np.nan), np.zeros(n),
            )
            for _side in range(2)
        ),
    )


class Blend:
    """The weighted forecast of one chunk at any origin; seasonal weight counts only with two seasons behind."""

    def __init__(self, sweep, weights, season):
        self.columns, levels, self.full, self.count = sweep
        self.season = season
        self.sums = smoothing.prefix(self.full)
        flat = weights[:, :-1]
        flat = flat / flat.sum(axis=1, keepdims=True)
        # Summed one candidate at a time: the same bits whatever the chunk.
        self.flat = np.zeros(levels.shape[1:])
        for candidate in range(flat.shape[1]):
            self.flat += levels[candidate] * flat[:, candidate]
        self.seasonal = weights[:, -1]
        self.rows = np.arange(len(weights))

    def share(self, origin):
        """(n,) weight of the seasonal candidate at an origin (scalar or (n,))."""
        return np.where(self.count[origin, self.rows] >= 2 * self.season, self.seasonal, 0.0)

    def total(self, origin, length):
        """(n,) forecast of the demand in `length` periods from `origin`, both (n,) integers."""
        share = self.share(origin)
        season = smoothing.seasonal_sum(self.sums, origin, length, self.season)
        return (1 - share) * self.flat[origin, self.rows] * length + share * season

    def path(self, origin, steps):
        """(steps, n) forecast per period from one origin (an int)."""
        flat = np.broadcast_to(self.flat[origin], (steps, len(self.rows)))
        if origin < self.season:
            return flat
        share = self.share(origin)
        return (1 - share) * flat + share * self.full[origin - self.season + np.arange(steps) % self.season]

    def naive(self, origin, steps):
        """(steps, n) last season where one is behind the origin, else the last value."""
        last = np.broadcast_to(self.full[origin - 1], (steps, len(self.rows)))
        if self.season == 1 or origin < self.season:
            return last
        past = self.full[origin - self.season + np.arange(steps) % self.season]
        return np.where(self.count[origin] >= self.season, past, last)


def second_pass(tables, part, values, weights, offsets, season, covers, steps):
    """Fill rows `part` of the tables.

    covers: (low, high), each (n,) whole periods to cover; steps: (n,) periods ahead that accuracy counts.
    """
    blend = Blend(_sweep(values, season), weights, season)
    width, horizon = blend.columns.shape[0], tables.mean.shape[1]
    tables.mean[part] = blend.path(width, horizon).T
    tables.level[part] = blend.flat[width]
    tables.strength[part] = _season_strength(blend.columns, season)
    _one_step(tables, part, blend)
    _period_errors(tables, part, blend, offsets, horizon, steps)
    for table, periods in zip(tables.covers, covers, strict=True):
        _cover_errors(table, part, blend, periods)


def _one_step(tables, part, blend):
    """Error scale of one-step forecasts over the later two thirds, and the last twelve errors."""
    columns, count = blend.columns, blend.count
    width = columns.shape[0]
    square, number = np.zeros(columns.shape[1]), np.zeros(columns.shape[1])
    late = np.maximum(2, count[width] // 3)
    # Two seasons and more are looked at, not the far past.
    for t in range(max(0, width - max(2 * blend.season, 36)), width):
        error = blend.path(t, 1)[0] - columns[t]
        known = ~np.isnan(error) & (count[t] >= 1)
        usable = known & (count[t] >= late)
        square += np.where(usable, error, 0.0) ** 2
        number += usable
        if t >= width - RECENT:
            tables.recent[part, t - width] = np.where(known, error, np.nan)
    tables.one_step[part] = np.sqrt(square / np.maximum(number, 1))
    tables.one_step_count[part] = number


def _period_errors(tables, part, blend, offsets, horizon, steps):
    """Errors per period ahead at the backtest origins, and the accuracy figures."""
    columns, count = blend.columns, blend.count
    width, n = columns.shape
    ahead = np.arange(horizon)[:, None]
    sums = np.zeros((5, n))
    for place, offset in enumerate(offsets):
        origin, reach = width - offset, min(horizon, offset)
        actual = columns[origin : origin + reach]
        usable = ~np.isnan(actual) & (count[origin] >= 2)
        error = np.where(usable, actual - blend.path(origin, reach), np.nan)
        tables.step_error[part, place, :reach] = error.T
        counted = usable & (ahead[:reach] < steps)
        actual, error = np.where(counted, actual, 0.0), np.where(counted, error, 0.0)
        sums[0] += np.abs(error).sum(axis=0)
        sums[1] += np.where(counted, np.abs(actual - blend.naive(origin, reach)), 0.0).sum(axis=0)
        sums[2] -= error.sum(axis=0)
        sums[3] += actual.sum(axis=0)
        sums[4] += counted.sum(axis=0)
    lag = np.where(count[width] > blend.season, blend.season, 1)
    scale = np.where(lag == 1, _naive_scale(columns, 1), _naive_scale(columns, blend.season))
    with np.errstate(divide="ignore", invalid="ignore"):
        wape, naive, bias = (np.where(sums[3] > 0, sums[i] / sums[3], np.nan) for i in range(3))
        mase = np.where((scale > 0) & (sums[4] > 0), sums[0] / sums[4] / scale, np.nan)
    tables.accuracy[part] = np.column_stack([wape, naive, bias, mase])


def _naive_scale(columns, lag):
    """(n,) mean absolute change over `lag` periods, NaN where there is none."""
    if columns.shape[0] <= lag:
        return np.full(columns.shape[1], np.nan)
    change = np.abs(columns[lag:] - columns[:-lag])
    known = ~np.isnan(change)
    number = known.sum(axis=0)
    total = np.where(known, change, 0.0).sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _cover_errors(table, part, blend, periods):
    """Backtest of the demand summed over `periods` (n,) whole periods.

    Windows longer than a third of the history are tested at that third; the caller widens the result.
    """
    columns, count = blend.columns, blend.count
    width, n = columns.shape
    tested = np.minimum(periods, np.maximum(1, count[width] // 3)).astype(np.int64)
    here = np.full(n, width)
    table.periods[part], table.tested[part] = periods, tested
    table.mean[part] = blend.total(here, periods)
    wanted = table.error.shape[1]
    offsets = np.unique(np.round(np.linspace(0, max(blend.season, wanted) - 1, wanted)).astype(int))
    empty, windows = np.zeros(n), np.zeros(n)
    for place, offset in enumerate(offsets):
        origin = here - offset - tested
        start = np.maximum(origin, 0)
        known = count[start + tested, blend.rows] - count[start, blend.rows]
        # A window with more than a quarter censored says too little.
        usable = (origin > 0) & (count[start, blend.rows] >= 2) & (known >= 0.75 * tested) & (periods > 0)
        actual = smoothing.span_sum(blend.sums, start, tested)
        table.error[part, place] = np.where(usable, actual - blend.total(start, tested), np.nan)
        empty += usable & (actual <= 0)
        windows += usable
    hit = ((columns > 0).sum(axis=0) / np.maximum(count[width], 1.0)).clip(0.0, 1.0)
    expected = (1 - hit) ** periods
    table.zero[part] = (empty * (tested == periods) + _ZERO_PRIOR * expected) / (
        windows * (tested == periods) + _ZERO_PRIOR
    )


def _season_strength(columns, season):
    """(n,) 1 − Var(rest)/Var(season + rest) over the last two to five whole seasons; 0 with fewer than two."""
    n = columns.shape[1]
    laps = min(5, columns.shape[0] // season)
    if season == 1 or laps < 2:
        return np.zeros(n)
    blocks = columns[-laps * season :].reshape(laps, season, n)
    known = ~np.isnan(blocks)
    whole = known.mean(axis=1) > 0.5
    known &= whole[:, None]
    average = np.where(known, blocks, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    around = np.where(known, blocks - average[:, None], 0.0)
    profile = around.sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    rest = np.where(known, around - profile, 0.0)
    laps_used = whole.sum(axis=0)
    # Degrees of freedom: with two laps a profile explains half of pure noise.
    noise = (rest**2).sum(axis=(0, 1)) * laps_used / np.maximum(laps_used - 1, 1)
    total = (around**2).sum(axis=(0, 1))
    strength = np.where((laps_used >= 2) & (total > 0), 1 - noise / np.where(total > 0, total, 1.0), 0.0)
    return np.clip(strength, 0.0, 1.0)
