"""What the two passes over blocks of series compute: candidates' scores, then the weighted forecast's errors."""

from collections.abc import Iterator

import numpy as np

from ...medical_demand.engine import profiles
from ...medical_demand.engine.panel import filled
from . import smoothing
from .backtest import Scores

RECENT = 12
# Weight, in backtest windows, of the rate of demand in the probability that a cover has none.
_ZERO_PRIOR = 6.0


class Tables:
    """What the second pass fills for all series, rows as in the accepted panel, units of the series.

    origins: of the backtest; windows: of cumulated demand.
    """

    def __init__(self, n: int, horizon: int, origins: int, windows: int):
        self.mean = np.zeros((n, horizon))
        self.level, self.trend, self.strength = np.zeros(n), np.zeros(n), np.zeros(n)
        self.step_error = np.full((n, origins, horizon), np.nan, dtype=np.float32)
        self.recent = np.full((n, RECENT), np.nan)
        self.one_step, self.one_step_count = np.zeros(n), np.zeros(n)
        self.accuracy = np.full((n, 4), np.nan)
        self.covers = Cover(n, windows), Cover(n, windows)


class Cover:
    """One whole number of periods per series: its forecast sum and the backtest of it."""

    def __init__(self, n: int, windows: int):
        self.periods, self.tested = np.zeros(n, dtype=np.int64), np.ones(n, dtype=np.int64)
        self.mean, self.zero = np.zeros(n), np.zeros(n)
        self.error = np.full((n, windows), np.nan, dtype=np.float32)


class Block:
    """Series worked on at once, each in units of its typical demand.

    values: (n, T) demand with NaN, filled: without; observed, started: (n, T) bool; count: (n, T + 1)
    observations before each column; unit: (n,).
    """

    def __init__(self, values, season, rare):
        seen = ~np.isnan(values)
        counted = (seen & (values > 0)) if rare else seen
        total = np.where(counted, values, 0.0).sum(axis=1)
        unit = total / np.maximum(counted.sum(axis=1), 1)
        self.unit = np.where(unit > 0, unit, 1.0)
        self.values = values / self.unit[:, None]
        self.filled, self.observed, self.started = filled(self.values, season)
        self.count = np.zeros((len(values), values.shape[1] + 1), dtype=np.int32)
        np.cumsum(self.observed, axis=1, out=self.count[:, 1:])
        self.season = season

    def ahead(self, steps: int, origin: int) -> np.ndarray:
        """Places in a season of the `steps` columns from `origin` on."""
        return np.arange(origin, origin + steps) % self.season

    def season_before(self, steps: int, origin: int) -> np.ndarray:
        """(n, steps) demand of the season before `origin`, which goes on."""
        return self.filled[:, origin - self.season + np.arange(steps) % self.season]

    def tests(self, offsets: np.ndarray, horizon: int) -> Iterator[tuple[int, int, np.ndarray, np.ndarray]]:
        """Half, origin, actual (n, s) and whether it counts (n, s) of each backtest; actual is 0 where it does not."""
        for place, offset in enumerate(offsets):
            origin = self.values.shape[1] - int(offset)
            actual = self.values[:, origin : origin + min(horizon, int(offset))]
            seen = ~np.isnan(actual) & (self.count[:, origin] >= 2)[:, None]
            yield int(place < len(offsets) / 2), origin, np.where(seen, actual, 0.0), seen


class Regular:
    """Candidates for regular demand; shared: what is known at each origin of the season of all series."""

    kinds = np.append(np.repeat([0, 1, 1, 2], smoothing.PER_TREATMENT), 1)
    models = smoothing.regular_models()

    def __init__(self, sample, season, origins):
        """sample: (k, T) demand of the series to learn from; origins: column numbers, ascending."""
        block = Block(sample, season, rare=False)
        self._shared = {}
        for origin in origins if season > 1 else ():
            found = profiles.raw(block.filled, block.started, season, origin)
            if found is not None:
                self._shared[origin] = profiles.learn(found, season)

    def _treatments(self, block, origin):
        """(3, n, season) indices and (n,) belief, from what was known at `origin`; None without a season."""
        known = [at for at in self._shared if at <= origin]
        found = profiles.raw(block.filled, block.started, block.season, origin) if known else None
        return None if found is None else profiles.treatments(found, self._shared[max(known)])

    def _states(self, block, origin):
        """(treatment, indices or None, level, age, slope) for each treatment there is."""
        weights = block.observed[:, :origin].astype(np.float64)
        demand = block.filled[:, :origin] * weights
        lines = smoothing.Lines(weights)
        level, slope = lines.at(demand)
        yield (0, None, *smoothing.starts(level, lines.age, slope))
        found = self._treatments(block, origin)
        if found is not None:
            places = np.arange(origin) % block.season
            for treatment, indices in enumerate(found[0], 1):
                level, slope = lines.at(demand / indices[:, places])
                yield (treatment, indices, *smoothing.starts(level, lines.age, slope))

    def score(self, block: Block, offsets: np.ndarray, horizon: int) -> tuple[Scores, np.ndarray]:
        """Scores of the candidates, and labels (n,) of series that behave alike."""
        n, width = block.values.shape
        scores = _empty_scores(n, smoothing.REGULAR, 3)
        spans = _Span(n), _Span(n)
        for half, origin, actual, seen in block.tests(offsets, horizon):
            steps, ready = actual.shape[1], self._ready(block, origin)
            for span, tested in zip(spans, ready, strict=True):
                span.add(width - origin, steps, tested & seen.any(axis=1))
            scores.origins += seen.any(axis=1)
            error, size = scores.error[half], smoothing.PER_TREATMENT
            reference = None
            for treatment, indices, start, followed in self._states(block, origin):
                found = _path_errors(start, followed, indices, block.ahead(steps, origin), actual, seen)
                if reference is None:
                    reference = found.mean(axis=1)
                    scores.reference[half, :, 0] += reference
                    for kind, tested in enumerate(ready, 1):
                        scores.reference[half, :, kind] += np.where(tested, reference, 0.0)
                else:
                    found[~ready[int(treatment == 3)]] = 0.0
                error[:, treatment * size : (treatment + 1) * size] += found
            if origin >= block.season > 1:
                off = np.where(seen, np.abs(block.season_before(steps, origin) - actual), 0.0).sum(axis=1)
                error[:, -1] += np.where(ready[0], off, 0.0)
        for kind, span in enumerate(spans, 1):
            scores.admitted[:, kind] = span.covers(max(1, block.season // 2)) & (block.season > 1)
        found = self._treatments(block, width)
        self._fit(scores.fit, block, None if found is None else found[0])
        return scores, self._alike(block, found)

    def _ready(self, block, origin):
        """(n,) bool whether candidates of kind 1 and of kind 2 can be used at `origin`."""
        count = block.count[:, origin]
        known = any(at <= origin and shared.known for at, shared in self._shared.items())
        return count >= 2 * block.season, (count >= 2) & known

    @staticmethod
    def _fit(out, block, treatments):
        """Fill out (n, REGULAR) with the one-step errors of each level over the past, see Scores.fit."""
        n, width = block.values.shape
        reference = None
        for treatment in range(1 if treatments is None else 4):
            factor = np.ones((n, width))
            if treatment:
                factor = treatments[treatment - 1][:, np.arange(width) % block.season]
            error = smoothing.one_step_errors(block.filled / factor, block.observed, factor, min(block.season, 12))
            reference = error.mean(axis=1) if reference is None else reference
            above = (error - error.min(axis=1, keepdims=True)) / np.where(reference > 0, reference, 1.0)[:, None]
            first = treatment * smoothing.PER_TREATMENT
            out[:, first : first + smoothing.PER_TREATMENT] = np.repeat(above, len(smoothing.TRENDS), axis=1)

    @staticmethod
    def _alike(block, found):
        """(n,) labels by how sure the season is and how much one period resembles the next."""
        values, belief = block.filled, np.zeros(len(block.filled))
        if found is not None:
            belief = found[1]
            values = values / found[0][1][:, np.arange(values.shape[1]) % block.season]
        both = block.observed[:, 1:] & block.observed[:, :-1]
        change = np.where(both, np.diff(values, axis=1), 0.0)
        change = (change**2).sum(axis=1) / np.maximum(both.sum(axis=1), 1) / 2
        number = np.maximum(block.count[:, -1], 1)
        centre = np.where(block.observed, values, 0.0).sum(axis=1) / number
        spread = np.where(block.observed, values - centre[:, None], 0.0)
        spread = (spread**2).sum(axis=1) / np.maximum(number - 1, 1)
        alike = 1.0 - change / np.maximum(spread, 1e-12)
        return 3 * np.digitize(belief, [0.35, 0.7]) + np.digitize(alike, [0.3, 0.7])

    def path(
        self, block: Block, weights: np.ndarray, origin: int, steps: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n, steps) forecast of the periods after `origin`, and (n,) its level and slope without season."""
        for kind, ready in enumerate(self._ready(block, origin), 1):
            weights = np.where((self.kinds == kind) & ~ready[:, None], 0.0, weights)
        bare = weights.sum(axis=1) <= 0
        weights[bare] = np.where(self.kinds == 0, 1.0, 0.0)
        weights /= weights.sum(axis=1, keepdims=True)
        shape = (len(weights), len(smoothing.ALPHAS), len(smoothing.TRENDS))
        far = smoothing.reach(steps).T
        out = np.zeros((len(weights), steps))
        level, slope, used = np.zeros(len(weights)), np.zeros(len(weights)), np.zeros(len(weights))
        size = smoothing.PER_TREATMENT
        for treatment, indices, start, followed in self._states(block, origin):
            share = weights[:, treatment * size : (treatment + 1) * size].reshape(shape)
            base = (share * start).sum(axis=(1, 2))
            rise = share.sum(axis=1) * followed
            line = base[:, None] + rise @ far
            out += line if indices is None else line * indices[:, block.ahead(steps, origin)]
            level += base
            slope += rise @ far[:, 0]
            used += share.sum(axis=(1, 2))
        naive = np.where(used < 1.0 - 1e-9, 1.0 - used, 0.0)
        if naive.any():
            past = block.season_before(steps, origin)
            out += naive[:, None] * past
            level += naive * past.mean(axis=1)
        return np.maximum(out, 0.0), np.maximum(level, 0.0), slope


class Rare:
    """Candidates for rare demand; chance: of demand in a period, of all series at each origin."""

    kinds = np.zeros(smoothing.RARE, dtype=int)
    models = smoothing.rare_models()

    def __init__(self, sample, season, origins):
        block = Block(sample, season, rare=True)
        self._chance = {at: smoothing.shared_chance(block.filled, block.observed, at) for at in origins}
        self.factor, self.power = 1.0, 1.0

    def _levels(self, block, origin):
        known = [at for at in self._chance if at <= origin]
        chance = self._chance[max(known)] if known else 0.0
        return smoothing.rare_levels(block.filled, block.observed, block.season, origin, chance)

    def score(self, block: Block, offsets: np.ndarray, horizon: int) -> tuple[Scores, np.ndarray]:
        """Scores by squared error: the absolute one prefers "nothing" wherever most periods are zero."""
        n = len(block.values)
        scores = _empty_scores(n, smoothing.RARE, 1)
        for half, origin, actual, seen in block.tests(offsets, horizon):
            levels = self._levels(block, origin)
            total, square = actual.sum(axis=1), (actual**2).sum(axis=1)
            error = square[:, None] - 2 * levels * total[:, None] + seen.sum(axis=1)[:, None] * levels**2
            scores.error[half] += np.maximum(error, 0.0)
            scores.reference[half, :, 0] += np.maximum(error, 0.0).mean(axis=1)
            scores.origins += seen.any(axis=1)
        return scores, np.zeros(n, dtype=int)

    def backtest(
        self, block: Block, weights: np.ndarray, offsets: np.ndarray, horizon: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(n, Q) weighted level, mean demand and observed periods of each origin, in units of the series."""
        level, demand, periods = (np.zeros((len(weights), len(offsets))) for _part in range(3))
        for place, (_half, origin, actual, seen) in enumerate(block.tests(offsets, horizon)):
            periods[:, place] = seen.sum(axis=1)
            level[:, place] = (weights * self._levels(block, origin)).sum(axis=1)
            demand[:, place] = actual.sum(axis=1) / np.maximum(periods[:, place], 1)
        return level, demand, periods

    def path(
        self, block: Block, weights: np.ndarray, origin: int, steps: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """As Regular.path: flat, no slope."""
        level = (weights * self._levels(block, origin)).sum(axis=1)
        level = self.factor * level**self.power
        return np.repeat(level[:, None], steps, axis=1), level, np.zeros(len(level))


def _empty_scores(n, candidates, kinds):
    return Scores(
        np.zeros((2, n, candidates), dtype=np.float32),
        np.zeros((2, n, kinds), dtype=np.float32),
        np.zeros(n),
        np.zeros((n, candidates), dtype=np.float32),
        np.ones((n, kinds), dtype=bool),
    )


class _Span:
    """Periods between the earliest and the latest target of the origins that counted, per series."""

    def __init__(self, n):
        self._from, self._to = np.full(n, -1), np.full(n, np.iinfo(np.int64).max)

    def add(self, offset, steps, counted):
        self._from = np.where(counted, np.maximum(self._from, offset), self._from)
        self._to = np.where(counted, np.minimum(self._to, offset - steps), self._to)

    def covers(self, periods):
        return (self._from >= 0) & (self._from - self._to >= periods)


def _path_errors(start, followed, indices, places, actual, seen):
    """(n, ALPHAS · TRENDS) absolute errors summed over the steps."""
    steps = actual.shape[1]
    reach = smoothing.reach(steps).astype(np.float32)
    factor = np.ones_like(actual) if indices is None else indices[:, places]
    target = (actual / factor).astype(np.float32)
    weight = np.where(seen, factor, 0.0).astype(np.float32)
    start, followed = start.astype(np.float32), followed.astype(np.float32)
    total, work = np.zeros_like(start), np.empty_like(start)
    for step in range(steps):
        move = followed * reach[step] - target[:, step, None]
        np.add(start, move[:, None, :], out=work)
        np.abs(work, out=work)
        work *= weight[:, step, None, None]
        total += work
    return total.reshape(len(total), -1)


def windows(width: int, season: int, tested: int) -> np.ndarray:
    """Offsets of the origins whose forecasts of cumulated demand are tested; tested: periods of the longest."""
    step = max(1, season // 12)
    near = np.arange(1, RECENT + 1)
    far = np.arange(1, min(season, 12 * step) + tested + 1, step)
    every = np.union1d(near, far)
    return every[every <= width - 2]


def second_pass(
    tables: Tables,
    rows: np.ndarray,
    block: Block,
    model: Regular | Rare,
    weights: np.ndarray,
    offsets: np.ndarray,
    covers: tuple[np.ndarray, np.ndarray],
    steps: np.ndarray,
) -> None:
    """Fill `rows` of the tables.

    covers: (low, high), each (n,) whole periods to cover; steps: (n,) periods ahead that accuracy counts.
    """
    width, horizon, season = block.values.shape[1], tables.mean.shape[1], block.season
    unit = block.unit
    longest = max(horizon, season)
    path, level, slope = model.path(block, weights, width, longest)
    tables.mean[rows] = path[:, :horizon] * unit[:, None]
    tables.level[rows], tables.trend[rows] = level * unit, slope * unit
    tables.strength[rows] = _season_strength(block.values, season)
    tested = [np.minimum(periods, np.clip(block.count[:, -1] // 3, 1, longest)) for periods in covers]
    for table, periods, test in zip(tables.covers, covers, tested, strict=True):
        table.periods[rows], table.tested[rows] = periods, test
        table.mean[rows] = _summed(path, periods, season) * unit
    square, number = np.zeros(len(unit)), np.zeros(len(unit))
    places = {int(offset): place for place, offset in enumerate(offsets)}
    cover_offsets = windows(width, season, int(max(test.max(initial=1) for test in tested)))
    cover_places = {int(offset): place for place, offset in enumerate(cover_offsets)}
    accuracy = np.zeros((5, len(unit)))
    sums = np.zeros((len(unit), width + 1))
    np.cumsum(block.filled, axis=1, out=sums[:, 1:])
    tallies = [(np.zeros(len(unit)), np.zeros(len(unit))) for _cover in covers]
    for offset in sorted({*places, *cover_places}):
        origin, reach = width - offset, min(offset, longest)
        path = model.path(block, weights, origin, reach)[0]
        enough = block.count[:, origin] >= 2
        actual = np.where(enough[:, None], block.values[:, origin : origin + reach], np.nan)
        error = actual - path
        square += np.nan_to_num(error[:, 0]) ** 2
        number += ~np.isnan(error[:, 0])
        if offset <= RECENT:
            first = block.values[:, origin] - path[:, 0]
            tables.recent[rows, RECENT - offset] = np.where(block.count[:, origin] >= 1, -first * unit, np.nan)
        if offset in places:
            within = min(horizon, reach)
            tables.step_error[rows, places[offset], :within] = error[:, :within] * unit[:, None]
            _count_accuracy(accuracy, block, origin, actual[:, :within], error[:, :within], steps)
        if offset in cover_places:
            for table, test, tally in zip(tables.covers, tested, tallies, strict=True):
                _cover_error(table, rows, cover_places[offset], block, sums, path, offset, test, tally)
    tables.one_step[rows] = np.sqrt(square / np.maximum(number, 1)) * unit
    tables.one_step_count[rows] = number
    tables.accuracy[rows] = _accuracy(accuracy, block)
    for table, test, periods, tally in zip(tables.covers, tested, covers, tallies, strict=True):
        table.zero[rows] = _zero_chance(block, periods, test, tally)


def _summed(path, periods, season):
    """(n,) forecast summed over (n,) periods; past the path its last season goes on."""
    rows, longest = np.arange(len(path)), path.shape[1]
    sums = np.zeros((len(path), longest + 1))
    np.cumsum(path, axis=1, out=sums[:, 1:])
    more = np.maximum(periods - longest, 0) * path[:, -min(season, longest) :].mean(axis=1)
    return sums[rows, np.minimum(periods, longest)] + more


def _cover_error(table, rows, place, block, sums, path, offset, tested, tally):
    """One window of the backtest of cumulated demand; tally: (n,) windows without demand, and windows."""
    width = block.values.shape[1]
    at, origin = np.arange(len(tested)), width - offset
    usable = (tested <= offset) & (block.count[:, origin] >= 2)
    end = np.where(usable, origin + tested, origin)
    known = block.count[at, end] - block.count[:, origin]
    # A window with more than a quarter censored says too little.
    usable &= (known >= 0.75 * tested) & (tested > 0)
    actual = sums[at, end] - sums[:, origin]
    wanted = _summed(path, np.where(usable, tested, 0), block.season)
    table.error[rows, place] = np.where(usable, (actual - wanted) * block.unit, np.nan)
    tally[0][:] += usable & (actual <= 0)
    tally[1][:] += usable


def _zero_chance(block, periods, tested, tally):
    number = np.maximum(block.count[:, -1], 1)
    rate = ((block.values > 0).sum(axis=1) / number).clip(0.0, 1.0)
    whole = tested == periods
    return (tally[0] * whole + _ZERO_PRIOR * (1 - rate) ** periods) / (tally[1] * whole + _ZERO_PRIOR)


def _naive(block, origin, steps):
    """(n, steps) last season where one is behind the origin, else the last value."""
    last = np.broadcast_to(block.filled[:, origin - 1, None], (len(block.filled), steps))
    if block.season == 1 or origin < block.season:
        return last
    return np.where(block.count[:, origin, None] >= block.season, block.season_before(steps, origin), last)


def _count_accuracy(sums, block, origin, actual, error, steps):
    """Add one origin: absolute errors, those of naive, error, demand, periods."""
    counted = ~np.isnan(error) & (np.arange(error.shape[1]) < steps[:, None])
    naive = np.abs(actual - _naive(block, origin, error.shape[1]))
    for place, part in enumerate((np.abs(error), naive, -error, actual, np.ones_like(error))):
        sums[place] += np.where(counted, part, 0.0).sum(axis=1)


def _accuracy(sums, block):
    lag = np.where(block.count[:, -1] > block.season, block.season, 1)
    scale = np.where(lag == 1, _naive_scale(block.values, 1), _naive_scale(block.values, block.season))
    # Relative to a next to nothing an error is no figure.
    some = sums[3] > 1e-12 * np.maximum(sums[0], 1e-12)
    wape, naive, bias = (np.where(some, sums[i] / np.where(some, sums[3], 1.0), np.nan) for i in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        mase = np.where((scale > 0) & (sums[4] > 0), sums[0] / sums[4] / scale, np.nan)
    return np.column_stack([wape, naive, bias, mase])


def _naive_scale(values, lag):
    """(n,) mean absolute change over `lag` periods, NaN where there is none."""
    if values.shape[1] <= lag:
        return np.full(len(values), np.nan)
    change = np.abs(values[:, lag:] - values[:, :-lag])
    known = ~np.isnan(change)
    number = known.sum(axis=1)
    return np.where(number > 0, np.where(known, change, 0.0).sum(axis=1) / np.maximum(number, 1), np.nan)


def _season_strength(values, season):
    """(n,) 1 − Var(rest)/Var(season + rest) over the last two to five whole seasons; 0 with fewer than two."""
    n, laps = len(values), min(5, values.shape[1] // season)
    if season == 1 or laps < 2:
        return np.zeros(n)
    blocks = values[:, -laps * season :].reshape(n, laps, season)
    known = ~np.isnan(blocks)
    whole = known.mean(axis=2) > 0.5
    known &= whole[:, :, None]
    average = np.where(known, blocks, 0.0).sum(axis=2) / np.maximum(known.sum(axis=2), 1)
    around = np.where(known, blocks - average[:, :, None], 0.0)
    profile = around.sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    rest = np.where(known, around - profile[:, None, :], 0.0)
    laps_used = whole.sum(axis=1)
    # Degrees of freedom: with two laps a profile explains half of pure noise.
    noise = (rest**2).sum(axis=(1, 2)) * laps_used / np.maximum(laps_used - 1, 1)
    total = (around**2).sum(axis=(1, 2))
    strength = np.where((laps_used >= 2) & (total > 0), 1 - noise / np.where(total > 0, total, 1.0), 0.0)
    return np.clip(strength, 0.0, 1.0)
