"""Figures that add up: over places and products, and over days.

What is kept of each part (a day, a warehouse, …) is a `Total`; the figure itself is worked out from the sum of totals, never
from figures. Percentiles come from counts in fixed bins: 20 in a decade, from 0.001 to 1,000,000 of the measure's unit, so
that a percentile from bins is at most 12.2 % off the one from the rows (`ERROR`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

RATIO, COUNT, LEVEL, DURATION = KINDS = ("ratio", "count", "level", "duration")
DAY, WEEK, MONTH = PERIODS = ("day", "week", "month")
PER_DECADE = 20
# Bin i holds values from EDGES[i - 1] up to EDGES[i]; bin 0 begins at 0, the last one has no end and counts as its beginning.
EDGES = tuple(10.0 ** (step / PER_DECADE) for step in range(-3 * PER_DECADE, 6 * PER_DECADE + 1))
ERROR = 10.0 ** (1 / PER_DECADE) - 1


@dataclass(frozen=True)
class Total:
    """What is kept of a part. ratio: both sums. count: the sum in ``numerator``. level: the sum of the level of each day in
    ``numerator``. duration: the sum of the values, how many, and how many in each bin."""

    numerator: float = 0.0
    denominator: float = 0.0
    bins: Mapping[int, float] = field(default_factory=dict)

    def __add__(self, other: Total) -> Total:
        bins = add_bins([(1, self.bins), (1, other.bins)])
        return Total(self.numerator + other.numerator, self.denominator + other.denominator, bins)


@dataclass(frozen=True)
class Figure:
    """``value``: None where there is nothing to measure. ``high``: of durations, under which the measure's share of them lie."""

    value: float | None
    high: float | None = None


def add_up(kind: str, rows: Iterable[tuple]) -> dict[tuple, Total]:
    """Key → its total. A row is its key (any number of values), then numerator and denominator, or of durations a value and
    how often it came."""
    sums: dict[tuple, list] = {}
    for *key, first, second in rows:
        kept = sums.setdefault(tuple(key), [0.0, 0.0, {}])
        kept[0] += first * second if kind == DURATION else first
        kept[1] += second
        if kind == DURATION:
            place = bin_of(first)
            kept[2][place] = kept[2].get(place, 0) + second
    return {key: Total(*kept) for key, kept in sums.items()}


def add_bins(histograms: Iterable[tuple[float, Mapping]]) -> dict[int, float]:
    """One histogram of many, each with its weight. In JSON the numbers of the bins have become text."""
    found: dict[int, float] = {}
    for weight_, bins in histograms:
        for place, count in bins.items():
            found[int(place)] = found.get(int(place), 0) + count * weight_
    return found


def figure(kind: str, of: Total, days: float = 1.0, factor: float = 1.0, share: float = 0.9) -> Figure:
    """The figure of a total.

    :param days: on which a level was measured
    :param factor: from the ratio, count or level to its unit, such as 100 for percent
    :param share: of durations, those that ``high`` lies above
    """
    if kind == DURATION:
        return Figure(percentile(of.bins, 0.5), percentile(of.bins, share))
    below = {RATIO: of.denominator, LEVEL: days}.get(kind, 1.0)
    return Figure(factor * of.numerator / below if below else None)


def bin_of(value: float) -> int:
    return bisect_right(EDGES, value)


def percentile(bins: Mapping[int, float], share: float) -> float | None:
    """The value under which ``share`` of what the bins hold lies; None where they hold nothing.

    Inside a bin values count as spread evenly over its ratio (bin 0: over its width). Between two bins, where exactly
    ``share`` lies below, it is the mean of both edges, as the median of two values is.
    """
    counts = sorted((place, count) for place, count in bins.items() if count > 0)
    goal = share * sum(count for _place, count in counts)
    reached = 0.0
    for index, (place, count) in enumerate(counts):
        if _is_same(reached + count, goal) and index + 1 < len(counts):
            return (_inside(place, 1.0) + _inside(counts[index + 1][0], 0.0)) / 2
        if reached + count >= goal:
            return _inside(place, (goal - reached) / count)
        reached += count
    return _inside(counts[-1][0], 1.0) if counts else None


def exact_percentile(rows: Iterable[tuple[float, float]], share: float) -> float | None:
    """The same from the rows themselves: (value, weight), in any order."""
    ordered = sorted(row for row in rows if row[1] > 0)
    goal = share * sum(weight for _value, weight in ordered)
    reached = 0.0
    for index, (value, weight) in enumerate(ordered):
        reached += weight
        if _is_same(reached, goal) and index + 1 < len(ordered):
            return (value + ordered[index + 1][0]) / 2
        if reached >= goal:
            return value
    return ordered[-1][0] if ordered else None


def weight(age: float, half_life: float) -> float:
    """What a row of ``age`` days counts; 1 without a half-life."""
    return 2.0 ** (-age / half_life) if half_life else 1.0


def period_start(day: date, period: str) -> date:
    """The first day of the period that ``day`` lies in; weeks begin on Monday."""
    if period == MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if period == WEEK else day


def next_start(day: date, period: str) -> date:
    """The first day of the period after that of ``day``."""
    start = period_start(day, period)
    if period == MONTH:
        return (start + timedelta(days=31)).replace(day=1)
    return start + timedelta(days=7 if period == WEEK else 1)


def _inside(place: int, part: float) -> float:
    if place == 0:
        return EDGES[0] * part
    low = EDGES[place - 1]
    return low if place == len(EDGES) else low * (EDGES[place] / low) ** part


def _is_same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
