"""The panel: what every forecast starts from, one row of demand per series."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Panel:
    """Demand of n series over T periods, right-aligned: the last column is the last period before as-of.

    keys: n hashable keys. values: (n, T) float64 in the unit of each series; NaN is "no observation"
    (before the first one, or censored), zero is "observed, nothing demanded". season: periods in a
    season (12 months, 52 weeks, 7 days; 1 for none). Raises ValueError when the shapes disagree.
    """

    keys: tuple
    values: np.ndarray
    season: int

    def __post_init__(self):
        values = np.ascontiguousarray(self.values, dtype=np.float64)
        if values.ndim != 2 or values.shape[0] != len(self.keys):
            raise ValueError(f"{len(self.keys)} keys need as many rows of values, got shape {values.shape}.")
        if int(self.season) < 1:
            raise ValueError(f"A season has at least one period, got {self.season}.")
        object.__setattr__(self, "keys", tuple(self.keys))
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "season", int(self.season))

    def rows(self, numbers: Sequence[int] | np.ndarray) -> "Panel":
        """The panel of some rows, in the order of their numbers."""
        return Panel(tuple(self.keys[row] for row in numbers), self.values[numbers], self.season)


@dataclass(frozen=True)
class Refusal:
    """A series that cannot be used. code: all_nan, too_short, not_finite, negative, too_large, cover."""

    key: object
    code: str
    reason: str


def filled(values: np.ndarray, season: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, T) demand without NaN, (n, T) observed, (n, T) started.

    A censored period takes the value one season before, else the one before; periods before the first
    observation become 0.
    """
    observed = ~np.isnan(values)
    started = np.logical_or.accumulate(observed, axis=1)
    out = np.where(observed, values, 0.0)
    missing = started & ~observed
    for t in np.flatnonzero(missing.any(axis=0)):
        rows = np.flatnonzero(missing[:, t])
        back = np.where((t >= season) & started[rows, max(t - season, 0)], max(t - season, 0), t - 1)
        out[rows, t] = out[rows, back]
    return out, observed, started


def aligned(rows: Sequence[Sequence[float | None]], width: int | None = None) -> np.ndarray:
    """(n, T) of lists of numbers (None for unknown) that end together; NaN before they begin. width: T, by default the longest."""
    width = max((len(numbers) for numbers in rows), default=0) if width is None else width
    out = np.full((len(rows), width), np.nan)
    for place, numbers in enumerate(rows):
        if last := numbers[-width:] if width else ():
            out[place, -len(last) :] = np.array(last, dtype=float)
    return out


def dense(
    series: np.ndarray,
    periods: np.ndarray,
    amounts: np.ndarray,
    count: int,
    last: int | np.ndarray,
    longest: int | None = None,
) -> np.ndarray:
    """Sum records into a right-aligned (count, T) array.

    series: row number of each record, 0 … count-1; periods: period number of each record; amounts: what to
    sum; last: period number of the last column (a scalar, or one per series). A series is NaN before its
    first record and zero where it has none afterwards. Records after `last` are left out, as are those
    more than `longest` periods before it.
    """
    series, periods = np.asarray(series, dtype=np.int64), np.asarray(periods, dtype=np.int64)
    amounts = np.asarray(amounts, dtype=np.float64)
    last = np.broadcast_to(np.asarray(last, dtype=np.int64), (count,))
    back = last[series] - periods
    keep = back >= 0
    if longest is not None:
        keep &= back < longest
    series, back, amounts = series[keep], back[keep], amounts[keep]
    width = int(back.max()) + 1 if len(back) else 1
    sums = np.bincount(series * width + (width - 1 - back), weights=amounts, minlength=count * width)
    values = sums[: count * width].astype(np.float64).reshape(count, width)
    first = np.full(count, -1, dtype=np.int64)
    np.maximum.at(first, series, back)
    values[np.arange(width)[None, :] < (width - 1 - first)[:, None]] = np.nan
    return values
