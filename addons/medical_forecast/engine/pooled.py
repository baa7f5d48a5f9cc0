"""Models learned over all series at once: a regression and boosted trees, that correct the forecasts of the series.

Both see what a series did lately, a season and two seasons ago, how the forecast lies to that, how far ahead it is, and the
change of series from outside. They are champions of a demand class, near or far ahead, only where they win: learned on
older origins, they have to take a twentieth off the error of newer ones. Weaker evidence misleads (see the project's
benchmark notes): a gain of one or two percent there cost five percent afterwards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...medical_demand.engine import external
from ...medical_demand.engine.panel import Panel
from . import trees
from .anomaly import REGULAR
from .forecast import Forecast

KINDS = ("regression", "trees")
WORTH = 0.05
# Series of a class from which a verdict is drawn, lags at which outside series are looked at, in periods.
_LEAST_SERIES = 20
_LAGS = (0, 1, 3, 6, 12)
_HELD = 300.0
_ROWS = 40_000
_CLIP = 1.0


@dataclass(frozen=True)
class Verdict:
    """A model in one demand class and part of the horizon, "near" (a quarter of a season) or "far". gain: share of the
    error that it took away on newer origins; won: whether it makes the forecast there."""

    kind: str
    demand_class: str
    part: str
    gain: float
    won: bool


@dataclass(frozen=True)
class _Origin:
    """Forecasts of one origin. offset: periods before the end; rows: (k,) series; path: (k, s); base: (k,) what errors
    are relative to, NaN where there is no demand; features: (k, s, F); miss: (k, s) relative, NaN where not known."""

    offset: int
    rows: np.ndarray
    path: np.ndarray
    base: np.ndarray
    features: np.ndarray
    miss: np.ndarray


def admit(
    panel: Panel,
    result: Forecast,
    forecast: Callable[[Panel], Forecast],
    kinds: Sequence[str] = KINDS,
    outside: Sequence[external.Series] = (),
) -> tuple[Forecast, list[Verdict]]:
    """(result, verdicts): `result` with the models where they won.

    panel: what the result was made from; forecast: function (Panel) → Forecast, called for shortened panels; kinds:
    which models may; outside: `external.Series`. Rare demand stays with the methods of the series: nothing learned over
    all series was ever better there. So does what another model made already.
    """
    n, horizon = result.mean.shape
    made_by = result.made_by.copy()
    origins = _origins(panel, forecast, horizon, outside) if kinds and n else []
    if len(origins) < 2:
        return result, []
    newer, older = origins[: len(origins) // 2], origins[len(origins) // 2 :]
    # What older origins are judged by lies before the newer ones.
    boundary = newer[-1].offset
    parts = _parts(panel.season, horizon)
    where = dict(zip(result.keys, range(n), strict=True))
    place = np.array([where.get(key, -1) for key in panel.keys])
    final, verdicts, mean = None, [], result.mean.copy()
    for part, steps in parts.items():
        tried = {}
        for kind in kinds:
            model = _fit(kind, older, steps, boundary)
            if model is not None:
                tried[kind] = _gains(model, newer, steps, place, result.demand_class)
        for name in REGULAR:
            gains = {kind: gain[name] for kind, gain in tried.items() if name in gain}
            best = max(gains, key=gains.get, default=None)
            won = best is not None and gains[best] >= WORTH
            verdicts += [Verdict(kind, name, part, gain, won and kind == best) for kind, gain in gains.items()]
            if not won:
                continue
            final = final or _final(panel, result, place, outside)
            correction = _predict(_fit(best, origins, steps), final, steps)
            rows = (result.demand_class == name) & ~np.isnan(final.base) & (result.made_by == "").all(axis=1)
            cells = np.ix_(rows, steps)
            mean[cells] = np.maximum(result.mean[cells] + (correction * final.base[:, None])[rows], 0.0)
            made_by[cells] = best
    within = np.clip(result.cover[:, None] - np.arange(horizon), 0.0, 1.0)
    return (moved(result, mean, made_by, kinds, within) if final else result), verdicts


def _parts(season, horizon):
    near = max(1, season // 4)
    found = {"near": np.arange(min(near, horizon)), "far": np.arange(near, horizon)}
    return {part: steps for part, steps in found.items() if len(steps)}


def _origins(panel, forecast, horizon, outside):
    """_Origin of each backtest, the newest first."""
    found = []
    for offset, rows, path, actual in external.tested_origins(panel, forecast, horizon):
        origin = panel.values.shape[1] - offset
        base, features = _features(panel, rows, path, origin, offset, outside)
        with np.errstate(invalid="ignore"):
            miss = np.clip((actual - path) / base[:, None], -_CLIP, _CLIP)
        found.append(_Origin(offset, rows, path, base, features, miss))
    return found


def _final(panel, result, place, outside):
    rows = np.argsort(place)[(place < 0).sum() :]
    base, features = _features(panel, rows, result.mean, panel.values.shape[1], 0, outside)
    return _Origin(0, rows, result.mean, base, features, np.full(result.mean.shape, np.nan))


def _features(panel, rows, path, origin, offset, outside):
    """(k,) base and (k, s, F) features, all relative to the base and 0 where something is not known."""
    values, season, steps = panel.values[rows], panel.season, path.shape[1]
    lately = max(2, season // 4)

    def mean(first, last):
        part = values[:, max(first, 0) : max(last, 0)]
        known = ~np.isnan(part)
        count = known.sum(axis=1)
        return np.where(count > 0, np.where(known, part, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)

    def lap(back):
        """(k, s) the same periods so many seasons before."""
        columns = origin - back * season + np.arange(steps) % season
        return np.where(columns >= 0, values[:, np.clip(columns, 0, values.shape[1] - 1)], np.nan)

    base = mean(origin - season, origin)
    base = np.where(base > 0, base, np.nan)[:, None]
    recent, before = mean(origin - lately, origin), mean(origin - season - lately, origin - season)
    with np.errstate(invalid="ignore"):
        level = path / base
        wide = [
            np.broadcast_to(part, path.shape)
            for part in (
                mean(origin - 1, origin)[:, None] / base - 1,
                recent[:, None] / base - 1,
                1 - mean(origin - 2 * season, origin - season)[:, None] / base,
                (recent - before)[:, None] / base,
            )
        ]
        found = [level - 1, *wide, lap(1) / base - level, lap(2) / base - level]
    found = [np.clip(np.nan_to_num(part), -_CLIP, _CLIP) for part in found]
    ahead = np.arange(steps) / season
    found += [part * ahead for part in found]
    for one in outside:
        mine = np.isin(rows, one.rows)[:, None]
        for lag in _LAGS:
            change = external.change_of(one, lag, offset, steps, season)[0]
            found.append(np.where(mine, np.clip(np.nan_to_num(change), -_CLIP, _CLIP), 0.0))
    return base[:, 0], np.stack(found, axis=2)


def _fit(kind, origins, steps, boundary=0):
    """What a model of the kind learned on these origins, of targets at least `boundary` periods before the end."""
    features, target = [], []
    for one in origins:
        usable = steps[(steps < one.miss.shape[1]) & (one.offset - steps - 1 >= boundary)]
        known = ~np.isnan(one.miss[:, usable])
        features.append(one.features[:, usable][known])
        target.append(one.miss[:, usable][known])
    features, target = np.concatenate(features), np.concatenate(target)
    if len(target) < 10 * features.shape[1]:
        return None
    return trees.fit(features, target) if kind == "trees" else _regression(features, target)


@dataclass(frozen=True)
class _Line:
    slopes: np.ndarray

    def predict(self, features):
        return features @ self.slopes


def _regression(features, target):
    """Least absolute errors by reweighting, held to zero. No constant: a common bias of the past is no rule."""
    step = -(-len(target) // _ROWS) or 1
    features, target = features[::step], target[::step]
    weight = np.ones(len(target))
    for _round in range(6):
        square = (features * weight[:, None]).T @ features
        square[np.diag_indices(len(square))] += _HELD * np.median(weight)
        slopes = np.linalg.solve(square, features.T @ (weight * target))
        weight = 1 / np.maximum(np.abs(target - features @ slopes), 0.02)
    return _Line(slopes)


def _predict(model, one, steps):
    """(k, len(steps)) relative correction."""
    part = one.features[:, steps]
    return model.predict(part.reshape(-1, part.shape[2])).reshape(part.shape[:2])


def _gains(model, origins, steps, place, demand_class):
    """{demand class: share of the relative error that the model takes away}."""
    plain, better, series = {}, {}, {}
    for one in origins:
        inside = steps[steps < one.miss.shape[1]]
        miss = one.miss[:, inside]
        left = np.abs(miss - _predict(model, one, inside))
        owner = place[one.rows]
        for name in REGULAR:
            rows = (owner >= 0) & (demand_class[owner] == name)
            known = ~np.isnan(miss) & rows[:, None]
            plain[name] = plain.get(name, 0.0) + np.abs(miss[known]).sum()
            better[name] = better.get(name, 0.0) + left[known].sum()
            series[name] = max(series.get(name, 0), int(known.any(axis=1).sum()))
    return {
        name: float(1 - better[name] / plain[name])
        for name in plain
        if plain[name] > 0 and series[name] >= _LEAST_SERIES
    }


def moved(result: Forecast, mean: np.ndarray, made_by: np.ndarray, kinds: tuple, within: np.ndarray) -> Forecast:
    """The result with another mean (n, h) where made_by (n, h) is one of `kinds`; bands, covers and weights go with it.

    within: (n, h) share of each period that belongs to the cover.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(result.mean > 0, mean / np.where(result.mean > 0, result.mean, 1.0), 1.0)
    before, after = (result.mean * within).sum(axis=1), (mean * within).sum(axis=1)
    whole = np.where(before > 0, after / np.where(before > 0, before, 1.0), 1.0)
    shares = np.stack([(made_by == kind).mean(axis=1) for kind in kinds], axis=1)
    return replace(
        result,
        mean=mean,
        quantiles=result.quantiles * ratio[:, :, None],
        cover_mean=result.cover_mean * whole,
        cover_sd=result.cover_sd * whole,
        cover_quantiles=result.cover_quantiles * whole[:, None],
        models=(*result.models, *kinds),
        weights=np.concatenate([result.weights * (1 - shares.sum(axis=1, keepdims=True)), shares], axis=1),
        made_by=made_by,
    )
