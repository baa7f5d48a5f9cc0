"""Named, logged and reversible repairs of demand history.

Each rule looks at what the rules before it left, in the order of RULES, and logs every value it changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np

from .classes import ADI_CUT

RULES = {
    "negative": "More was returned than delivered in the period: counted as no demand.",
    "mask": "The period is masked (recall, one-off): not counted as an observation.",
    "stockout": "The product was out of stock: scaled up to the full period, or not counted when out for more "
    "than half of it.",
    "outlier": "The value is far above its neighbours and does not recur with the season: lowered to the cap.",
    "gap": "A missing period between observations was filled from the same season or its neighbours.",
}
_NEIGHBOURS = 6


@dataclass(frozen=True)
class CleaningRules:
    """Which rules run. outlier_mads: robust standard deviations above the neighbours' median; outlier_factor:
    for rare demand, times the 95th percentile of the other demands; outlier_minimum: observations needed."""

    negative: bool = True
    mask: bool = True
    stockout: bool = True
    outlier: bool = True
    gap: bool = False
    outlier_mads: float = 6.0
    outlier_factor: float = 3.0
    outlier_minimum: int = 12

    def __post_init__(self):
        if self.outlier_mads <= 0 or self.outlier_factor < 1:
            raise ValueError("outlier_mads must be positive and outlier_factor at least 1.")


class Repair(NamedTuple):
    """One changed value."""

    series: int
    period: int
    rule: str
    old: float
    new: float


@dataclass(frozen=True)
class Repairs:
    """(k,) each, in the order applied: row and column of the value, rule, old and new value (NaN: not counted)."""

    series: np.ndarray
    period: np.ndarray
    rule: np.ndarray
    old: np.ndarray
    new: np.ndarray

    def __len__(self):
        return len(self.series)

    def __iter__(self):
        """A Repair of plain Python values for each change."""
        columns = (getattr(self, part.name).tolist() for part in fields(self))
        return map(Repair._make, zip(*columns, strict=True))


@dataclass(frozen=True)
class Cleaned:
    """values: (n, T) repaired demand; repairs: what was changed."""

    values: np.ndarray
    repairs: Repairs


def clean(
    values: np.ndarray,
    stockout_days: np.ndarray | None = None,
    days: np.ndarray | None = None,
    masks: np.ndarray | None = None,
    rules: CleaningRules | None = None,
    season: int = 12,
    reverted: Iterable[tuple[int | None, int | None, str]] = (),
) -> Cleaned:
    """Repair an (n, T) array of demand, NaN where not observed.

    stockout_days: (n, T) days without stock in each period, NaN or 0 for none; needs days: (T,) days in each
    period. masks: (n, T) bool. season: periods per season. reverted: (series, period, rule) triples that are
    left as they are; None for a row or column means that it is not part of the array. The input arrays are not changed.
    """
    rules = rules or CleaningRules()
    out = np.array(values, dtype=np.float64)
    log = []
    kept = {}
    for row, column, rule in reverted:
        if row is not None and column is not None:
            kept.setdefault(rule, []).append((row, column))

    def apply(rule, rows, columns, new):
        old = out[rows, columns]
        if rule in kept:
            held = np.zeros(out.shape, dtype=bool)
            held[tuple(np.array(kept[rule]).T)] = True
            go = ~held[rows, columns]
            rows, columns, new, old = rows[go], columns[go], new[go], old[go]
        out[rows, columns] = new
        log.append((rows, columns, np.full(len(rows), rule, dtype="U10"), old, new))

    if rules.negative:
        rows, columns = np.nonzero(out < 0)
        apply("negative", rows, columns, np.zeros(len(rows)))
    if rules.mask and masks is not None:
        rows, columns = np.nonzero(np.asarray(masks, dtype=bool) & ~np.isnan(out))
        apply("mask", rows, columns, np.full(len(rows), np.nan))
    if rules.stockout and stockout_days is not None:
        apply("stockout", *_stockout(out, np.asarray(stockout_days, dtype=np.float64), days))
    if rules.outlier:
        apply("outlier", *_outliers(out, rules, season))
    if rules.gap:
        apply("gap", *_gaps(out, season))
    if not log:
        log = [(np.zeros(0, int), np.zeros(0, int), np.zeros(0, "U10"), np.zeros(0), np.zeros(0))]
    return Cleaned(out, Repairs(*(np.concatenate(part) for part in zip(*log, strict=True))))


def _stockout(values, out_days, days):
    if days is None:
        raise ValueError("Stock-out days need the days in each period.")
    days = np.broadcast_to(np.asarray(days, dtype=np.float64), values.shape)
    gone = np.clip(np.nan_to_num(out_days, nan=0.0), 0.0, days)
    rows, columns = np.nonzero((gone > 0) & ~np.isnan(values))
    old, away, length = values[rows, columns], gone[rows, columns], days[rows, columns]
    # What the series reached in periods with stock is as far as scaling may go.
    undisturbed = np.where(gone > 0, np.nan, values)
    cap = _percentile(undisturbed, 0.9)[rows]
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = old * length / (length - away)
        scaled = np.where(np.isnan(cap), scaled, np.maximum(np.minimum(scaled, cap), old))
    new = np.where(away <= length / 2, scaled, np.nan)
    changed = np.isnan(new) | (new != old)
    return rows[changed], columns[changed], new[changed]


def _percentile(values, share):
    """(n,) percentile of each row's known values, NaN without any."""
    ordered = np.sort(values, axis=1)
    count = (~np.isnan(ordered)).sum(axis=1)
    place = np.maximum(count - 1, 0) * share
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, np.maximum(count - 1, 0))
    rows = np.arange(len(values))
    return ordered[rows, low] + (place - low) * (ordered[rows, high] - ordered[rows, low])


def _outliers(values, rules, season):
    seen = ~np.isnan(values)
    count = seen.sum(axis=1)
    positive = np.where(values > 0, values, np.nan)
    hits = (values > 0).sum(axis=1)
    rare = count >= ADI_CUT * np.maximum(hits, 1)
    enough = count >= rules.outlier_minimum

    centre = _percentile(values, 0.5)
    spread = 1.4826 * _percentile(np.abs(values - centre[:, None]), 0.5)
    # A series that hardly moves still may: a tenth of its level is not far.
    spread = np.maximum(spread, 0.1 * centre)
    limit = centre + rules.outlier_mads * spread
    others = positive.copy()
    largest = np.argmax(np.nan_to_num(positive, nan=-1.0), axis=1)
    others[np.arange(len(values)), largest] = np.nan
    rare_limit = np.where(hits >= 5, rules.outlier_factor * _percentile(others, 0.95), np.inf)
    limit = np.where(rare, rare_limit, limit)
    rows, columns = np.nonzero((values > limit[:, None]) & enough[:, None])
    if not len(rows):
        return rows, columns, np.zeros(0)

    value = values[rows, columns]
    near = _around(values, rows, columns, [step for step in range(-_NEIGHBOURS, _NEIGHBOURS + 1) if step])
    local = np.where(rare[rows], 0.0, np.nan_to_num(_percentile(near, 0.5), nan=0.0))
    cap = np.where(rare[rows], limit[rows], np.maximum(limit[rows], local + rules.outlier_mads * spread[rows]))
    # A neighbour as high, or a peak a season away, makes it demand, not an error.
    half = local + (value - local) / 2
    company = _around(values, rows, columns, [-1, 1])
    if season > 1:
        away = [lap * season + step for lap in (-2, -1, 1, 2) for step in (-1, 0, 1)]
        company = np.column_stack([company, _around(values, rows, columns, away)])
    with np.errstate(invalid="ignore"):
        alone = ~(company >= half[:, None]).any(axis=1)
    hit = alone & (value > cap)
    return rows[hit], columns[hit], cap[hit]


def _around(values, rows, columns, steps):
    """(k, len(steps)) values that many columns away, NaN outside."""
    at = columns[:, None] + np.asarray(steps)
    inside = (at >= 0) & (at < values.shape[1])
    return np.where(inside, values[rows[:, None], np.clip(at, 0, values.shape[1] - 1)], np.nan)


def _gaps(values, season):
    seen = ~np.isnan(values)
    begun = np.logical_or.accumulate(seen, axis=1)
    goes_on = np.logical_or.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    rows, columns = np.nonzero(~seen & begun & goes_on)
    if not len(rows):
        return rows, columns, np.zeros(0)
    place = np.where(seen, np.arange(values.shape[1]), -1)
    before = np.maximum.accumulate(place, axis=1)[rows, columns]
    place = np.where(seen, np.arange(values.shape[1]), values.shape[1])
    after = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1][rows, columns]
    left, right = values[rows, before], values[rows, after]
    filled = left + (right - left) * (columns - before) / (after - before)
    if season > 1:
        same = _around(values, rows, columns, [-season, season])
        known = ~np.isnan(same)
        mean = np.where(known, same, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
        filled = np.where(known.any(axis=1), mean, filled)
    return rows, columns, filled
