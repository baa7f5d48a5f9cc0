"""Weeks and months as numbers, without a clock. Weeks start on Monday.

Every function takes `datetime.date` and returns it, or takes a numpy datetime64 array and returns arrays.
`freq` is "week" or "month"; anything else raises ValueError.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

FREQUENCIES = ("week", "month")

# 1970-01-01 was a Thursday: three days after a Monday.
_MONDAY = 3


def _checked(freq):
    if freq not in FREQUENCIES:
        raise ValueError(f'A period is a "week" or a "month", not {freq!r}.')
    return freq


def period_index(day: date | np.datetime64 | np.ndarray, freq: str) -> int | np.ndarray:
    """Number of the period a day falls in; consecutive periods have consecutive numbers."""
    if isinstance(day, date):
        return int(period_index(np.datetime64(day, "D"), freq))
    days = np.asarray(day).astype("datetime64[D]")
    if _checked(freq) == "month":
        return days.astype("datetime64[M]").astype(np.int64)
    return (days.astype(np.int64) + _MONDAY) // 7


def index_start(index: int | np.ndarray, freq: str) -> date | np.ndarray:
    """First day of period number `index` (an int gives a date, an array gives datetime64[D])."""
    numbers = np.asarray(index, dtype=np.int64)
    if _checked(freq) == "month":
        days = numbers.astype("datetime64[M]").astype("datetime64[D]")
    else:
        days = (numbers * 7 - _MONDAY).astype("datetime64[D]")
    return days.item() if days.ndim == 0 else days


def period_start(day: date | np.ndarray, freq: str) -> date | np.ndarray:
    """First day of the period that holds the day."""
    return index_start(period_index(day, freq), freq)


def period_end(day: date | np.ndarray, freq: str) -> date | np.ndarray:
    """Last day of the period that holds the day."""
    following = index_start(np.asarray(period_index(day, freq)) + 1, freq)
    return following - (timedelta(days=1) if isinstance(following, date) else np.timedelta64(1, "D"))


def add_periods(day: date | np.ndarray, count: int | np.ndarray, freq: str) -> date | np.ndarray:
    """First day of the period `count` periods after the one that holds the day."""
    return index_start(np.asarray(period_index(day, freq)) + count, freq)


def period_range(first: date, last: date, freq: str) -> list[date]:
    """First days of all periods from the one that holds `first` to the one that holds `last`, as dates."""
    numbers = np.arange(period_index(first, freq), period_index(last, freq) + 1)
    return index_start(numbers, freq).tolist()


def days_in_period(day: date | np.ndarray, freq: str) -> int | np.ndarray:
    """Calendar days in the period that holds the day."""
    if _checked(freq) == "week":
        return 7 if isinstance(day, date) else np.full(np.shape(day), 7, dtype=np.int64)
    months = np.asarray(day).astype("datetime64[M]")
    length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(np.int64)
    return int(length) if length.ndim == 0 else length


def covered(first: date, last: date, starts: Iterable[date], ends: Iterable[date]) -> tuple[np.ndarray, np.ndarray]:
    """(numbers of the periods, share of each) that lie between two days; ``starts``, ``ends``: of the periods."""
    places, shares = [], []
    for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
        days = (min(last, end) - max(first, start)).days + 1
        if days > 0:
            places.append(place)
            shares.append(days / ((end - start).days + 1))
    return np.array(places, dtype=np.int64), np.array(shares)
