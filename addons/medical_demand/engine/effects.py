"""Effects of known events on top of the base forecast: promotions, tenders, go-lives, recalls, stock-outs, holidays.

Past: a recall or stock-out is masked, for nobody can know what would have been asked for; what any other event added is
taken out again, so that the base forecast sees ordinary demand. Future: the event is put on top of mean and quantiles, by
its probability. How much an event of a kind adds is learned from the past ones by weighted regression, over all series
and for each series as far as its own evidence goes; without evidence the planner's figure counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from . import profiles
from .panel import filled
from .scores import GRID, at_scores, mixture, tidy

MASKS = ("recall", "stockout")
# Events of a kind from which its size is learned, and the weight of the pooled size in records.
_LEAST_RECORDS = 3
_SERIES_PRIOR = 4.0
# Periods each side that say what would have been without the event.
_NEAR = 6
# What a kind that nobody planned has to win on the last season, relative.
_WORTH = 0.02
_SMALLEST, _LARGEST = -0.95, 9.0
# Nodes and chances of a normal distribution in three points (Gauss and Hermite).
_NODES, _CHANCES = np.array([-np.sqrt(3.0), 0.0, np.sqrt(3.0)]), np.array([1 / 6, 2 / 3, 1 / 6])


@dataclass(frozen=True)
class Event:
    """key: of the event; kind: name under which sizes are learned, `MASKS` are never forecast.

    rows: (k,) series it touches. periods: (p,) columns relative to the last one of the panel: 0 is the last observed
    period, 1 the first forecast. shares: (p,) of each period covered, 0 … 1; a negative share is a deviation from what
    the season already holds (holidays). percent: the planner's size as a share of ordinary demand (0.3: 30 % more), NaN
    for none. units: demand added to the event as a whole and to each series, spread over its periods by share.
    probability: that it happens, for future periods; past ones did.
    """

    key: object
    kind: str
    rows: np.ndarray
    periods: np.ndarray
    shares: np.ndarray
    percent: float = np.nan
    units: float = 0.0
    probability: float = 1.0


@dataclass(frozen=True)
class Size:
    """Size of a kind: effect (n,) per series as a share of ordinary demand, error (n,) its standard error, records:
    number of event periods it was learned from, 0 where it was not."""

    effect: np.ndarray
    error: np.ndarray
    records: int


@dataclass(frozen=True)
class Applied:
    """amounts: event key → (rows (k,), mean (k, h)) added to the base forecast; sizes: kind → Size; base: (n, h) mean
    without events."""

    amounts: dict
    sizes: dict
    base: np.ndarray


def clean(values: np.ndarray, events: Sequence[Event], season: int) -> tuple[np.ndarray, dict[str, Size]]:
    """(values without events (n, T), sizes: kind → Size).

    Masked periods are NaN. Elsewhere the learned or given share of ordinary demand is divided out and given units are
    subtracted, never below zero; an event of unknown size is masked. Values without events come back as they are.
    """
    out = values.copy()
    width = values.shape[1]
    events = [(event, *_past(event, width)) for event in events]
    events = [(event, columns, shares) for event, columns, shares in events if len(columns) and len(event.rows)]
    for event, columns, _shares in events:
        if event.kind in MASKS:
            out[np.ix_(event.rows, columns)] = np.nan
    told = [(event, columns, shares) for event, columns, shares in events if event.kind not in MASKS]
    if not told:
        return out, {}
    for event, columns, shares in told:
        if event.units:
            out[np.ix_(event.rows, columns)] -= event.units * np.abs(shares) / max(np.abs(event.shares).sum(), 1e-12)
    out = np.where(np.isnan(out), np.nan, np.maximum(out, 0.0))
    ordinary = _ordinary(out, told, season)
    sizes = {}
    for kind in dict.fromkeys(event.kind for event, _columns, _shares in told):
        sizes[kind] = _learn([part for part in told if part[0].kind == kind], out, ordinary)
    for event, columns, shares in told:
        cells = np.ix_(event.rows, columns)
        effect = size_of(event, sizes.get(event.kind), event.rows)[0]
        factor = 1 + effect[:, None] * shares
        plain = out[cells] / np.maximum(factor, 1 + _SMALLEST)
        unknown = np.isnan(effect)[:, None]
        plain = np.where(np.isnan(factor), out[cells], plain)
        out[cells] = np.where(unknown & (np.abs(shares) > 0), np.nan, plain)
    return out, sizes


def ordinary(demand: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """(n, T) demand as it would have been without events: what they explain is no surprise.

    before, after: (n, T) cleaned values with and without events.
    """
    explained = (before != after) & ~(np.isnan(before) & np.isnan(after))
    return np.where(explained, after, demand)


def admitted(values: np.ndarray, events: Sequence[Event], season: int) -> list[Event]:
    """Events of the kinds that help: learned before the last season, they bring its forecasts nearer to what came.

    For what nobody planned by hand, such as holidays. A kind stays out without evidence on both sides.
    """
    width = values.shape[1]
    told = [(event, *_past(event, width)) for event in events]
    ordinary = _ordinary(values, told, season) if told else None
    good = []
    for kind in dict.fromkeys(event.kind for event in events):
        parts = [part for part in told if part[0].kind == kind]
        older = [_between(part, 0, width - season) for part in parts]
        size = _learn(older, values, ordinary)
        plain = better = 0.0
        for event, columns, shares in (_between(part, width - season, width) for part in parts):
            cells = np.ix_(event.rows, columns)
            off = values[cells] - ordinary[cells]
            known = ~np.isnan(off)
            moved = off - ordinary[cells] * size.effect[event.rows][:, None] * shares
            plain += np.abs(np.where(known, off, 0.0)).sum()
            better += np.abs(np.where(known, moved, 0.0)).sum()
        if size.records and better < plain * (1 - _WORTH):
            good.append(kind)
    return [event for event in events if event.kind in good]


def _between(part, first, last):
    event, columns, shares = part
    inside = (columns >= first) & (columns < last)
    return event, columns[inside], shares[inside]


def size_of(event: Event, size: Size | None, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(effect (k,), error (k,)) of an event on series `rows`: learned, else given, else NaN; 0 of one given in units."""
    if event.units:
        return np.zeros(len(rows)), np.zeros(len(rows))
    if size is not None and size.records:
        return size.effect[rows], size.error[rows]
    return np.full(len(rows), event.percent), np.zeros(len(rows))


def apply(result: Any, events: Sequence[Event], sizes: Mapping[str, Size], rows: np.ndarray) -> tuple[Any, Applied]:
    """(Forecast with the future events on top, Applied).

    rows: (n,) number of each forecast series in the panel the events speak of. Amounts are shares of the base forecast
    plus units; a probability below 1 makes the quantiles those of two futures, an uncertain size those of three.
    """
    n, horizon = result.mean.shape
    place = np.full(max(int(rows.max(initial=-1)) + 1, 1), -1)
    place[rows] = np.arange(n)
    mean, quantiles = result.mean.copy(), result.quantiles.copy()
    cover_mean, cover_quantiles = result.cover_mean.copy(), result.cover_quantiles.copy()
    amounts = {}
    for event in events:
        ahead = (event.periods >= 1) & (event.periods <= horizon)
        if event.kind in MASKS or not ahead.any():
            continue
        known = event.rows[event.rows < len(place)]
        known = known[place[known] >= 0]
        at = place[known]
        if not len(at):
            continue
        shares = np.zeros(horizon)
        np.add.at(shares, event.periods[ahead] - 1, event.shares[ahead])
        effect, error = size_of(event, sizes.get(event.kind), known)
        effect, error = np.nan_to_num(effect), np.nan_to_num(error)
        units = event.units * np.abs(shares) / max(np.abs(event.shares).sum(), 1e-12)
        added = effect[:, None] * shares * result.mean[at] + units
        added = np.maximum(added, -result.mean[at])
        amounts[event.key] = (known, event.probability * added)
        mean[at] += event.probability * added
        loose = error[:, None] * np.abs(shares)
        quantiles[at] = _moved(quantiles[at], result.levels, result.mean[at], added, loose, event)
        within = np.clip(result.cover[at, None] - np.arange(horizon), 0.0, 1.0)
        whole = (added * within).sum(axis=1)
        base = np.maximum((result.mean[at] * within).sum(axis=1), 1e-12)
        loose = error * (np.abs(shares) * result.mean[at] * within).sum(axis=1) / base
        cover_mean[at] += event.probability * whole
        wide = cover_quantiles[at][:, None, :], result.cover_levels, base[:, None], whole[:, None], loose[:, None]
        cover_quantiles[at] = _moved(*wide, event)[:, 0]
    if not amounts:
        return result, Applied({}, sizes, result.mean)
    mean, whole = np.maximum(mean, 0.0), np.maximum(cover_mean, 0.0)
    moved = replace(result, mean=mean, quantiles=quantiles, cover_mean=whole, cover_quantiles=cover_quantiles)
    return moved, Applied(amounts, sizes, result.mean)


def _past(event, width):
    """(columns, shares) of the event's observed periods."""
    columns = event.periods + width - 1
    inside = (event.periods <= 0) & (columns >= 0)
    return columns[inside], event.shares[inside]


def _ordinary(values, told, season):
    """(n, T) what would have been asked for without the events: the level of near periods times the season."""
    touched = np.zeros(values.shape, dtype=bool)
    for event, columns, shares in told:
        touched[np.ix_(event.rows, columns[np.abs(shares) > 0])] = True
    plain = np.where(touched, np.nan, values)
    whole, observed, started = filled(plain, season)
    width = values.shape[1]
    indices = np.ones((len(values), season))
    raw = profiles.raw(whole, started, season, width) if season > 1 else None
    if raw is not None:
        indices = profiles.treatments(raw, profiles.learn(raw, season))[0][1]
    factor = indices[:, np.arange(width) % season]
    level = np.where(observed, whole / factor, 0.0)
    ages = np.abs(np.arange(width)[:, None] - np.arange(width)) <= _NEAR
    count = observed @ ages.astype(np.float64)
    near = level @ ages.astype(np.float64) / np.maximum(count, 1)
    return np.where(count >= 2, near * factor, np.nan)


def _learn(parts, values, ordinary):
    """Size of one kind from its past events: pooled over all series, each series leaning on its own."""
    import statsmodels.api as sm

    n = len(values)
    rows, ratios, shares, weights = [], [], [], []
    for event, columns, share in parts:
        if event.units:
            continue
        cells = np.ix_(event.rows, columns)
        actual, plain = values[cells], ordinary[cells]
        good = ~np.isnan(actual) & (plain > 0) & (np.abs(share) > 0.05)
        owners = np.broadcast_to(event.rows[:, None], actual.shape)
        rows.append(owners[good])
        ratios.append(np.clip(actual[good] / plain[good] - 1.0, -1.0, 10.0))
        shares.append(np.broadcast_to(share, actual.shape)[good])
        weights.append(plain[good])
    rows, ratios, shares, weights = (
        np.concatenate(part) if part else np.zeros(0) for part in (rows, ratios, shares, weights)
    )
    rows = rows.astype(np.int64)
    if len(rows) < _LEAST_RECORDS:
        return Size(np.full(n, np.nan), np.full(n, np.nan), 0)
    # The more is sold, the less chance is in a ratio.
    weights = np.sqrt(weights / weights.mean())
    fit = sm.WLS(ratios, shares[:, None], weights=weights).fit()
    pooled, spread = float(fit.params[0]), float(fit.bse[0])
    support, top = np.zeros(n), np.zeros(n)
    np.add.at(support, rows, weights * shares**2)
    np.add.at(top, rows, weights * shares * ratios)
    effect = (top + _SERIES_PRIOR * pooled) / (support + _SERIES_PRIOR)
    noise = float(np.sqrt(fit.scale)) if np.isfinite(fit.scale) else 0.0
    error = np.hypot(0.0 if np.isnan(spread) else spread, noise / np.sqrt(support + _SERIES_PRIOR))
    return Size(np.clip(effect, _SMALLEST, _LARGEST), error, len(rows))


def _moved(quantiles, levels, base, added, loose, event):
    """(k, h, L) quantiles after an event that adds `added` (k, h) to a mean of `base` (k, h).

    loose: (k, h) standard error of the effect as a share of the base.
    """
    k, horizon, _levels = quantiles.shape
    touched = (np.abs(added) > 0).any(axis=0)
    out = quantiles.copy()
    for step in np.flatnonzero(touched):
        grid = at_scores(levels, quantiles[:, step], GRID)
        plain = base[:, step, None]
        futures, chances = [], []
        for node, chance in zip(_NODES, _CHANCES, strict=True):
            more = added[:, step, None] + node * loose[:, step, None] * plain
            # What comes on top spreads in proportion; what adds to nothing comes as it is.
            factor = np.where(plain > 1e-9, 1 + more / np.maximum(plain, 1e-9), 1.0)
            futures.append(np.where((factor > 2) | (plain <= 1e-9), grid + more, grid * factor))
            chances.append(event.probability * chance)
        if event.probability < 1:
            futures.append(grid)
            chances.append(1 - event.probability)
        out[:, step] = mixture(np.maximum(np.stack(futures, axis=1), 0.0), np.array(chances), levels)
    return tidy(out)
