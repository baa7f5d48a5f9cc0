"""A table unique_id, ds, y as a panel: what the command line works on."""

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from .panel import Panel, Refusal, dense

COLUMNS = ("unique_id", "ds", "y")
# More of the past is neither needed nor affordable as a dense table.
LONGEST = 1500
SEASONS = {"month": 12, "week": 52, "day": 7}
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


@dataclass(frozen=True)
class Frequency:
    """unit: "month", "week" or "day"; weekday: last day of a week, 0 = Monday (weeks only)."""

    unit: str
    weekday: int = 6

    @property
    def season(self) -> int:
        return SEASONS[self.unit]


def frequency(alias: str) -> Frequency:
    """Frequency of a pandas alias for a month, week or day. Raises ValueError with a sentence for any other."""
    name = str(alias).strip().upper()
    if re.fullmatch(r"1?(M|MS|ME|BM|BMS|BME|CBMS|CBME|MONTH|MONTHLY)", name):
        return Frequency("month")
    week = re.fullmatch(r"1?(?:W|WEEK|WEEKLY)(?:-(MON|TUE|WED|THU|FRI|SAT|SUN))?", name)
    if week:
        return Frequency("week", _WEEKDAYS.index(week[1] or "SUN"))
    if name == "7D":
        return Frequency("week")
    if re.fullmatch(r"1?(D|DAY|DAILY)", name):
        return Frequency("day")
    raise ValueError(f"The frequency {alias!r} is none of month (MS, ME, M), week (W, W-MON … W-SUN) or day (D).")


@dataclass(frozen=True)
class Table:
    """A read table: the panel of usable series, the last date of each, and the refused series."""

    panel: Panel
    last: np.ndarray
    month_end: np.ndarray
    frequency: Frequency
    refused: tuple[Refusal, ...]


def read_csv(file: str | Path, freq: Frequency, season: int | None = None, gaps: str = "zero") -> Table:
    """As `read`, from a CSV file, optionally gzipped. Raises ValueError with a sentence for one that is no table."""
    try:
        with warnings.catch_warnings():
            # A line longer than the header would lose its end, or give its first value to the line's name.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                file, dtype=str, keep_default_na=False, skipinitialspace=True, encoding="utf-8-sig", index_col=False
            )
    except pd.errors.ParserWarning as error:
        raise ValueError(
            f"{file} has lines with more values than its first line names columns: is a number written with a comma?"
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not UTF-8 text.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ValueError(f"{file} is no CSV table: {error}") from error
    return read(frame, freq, season, gaps)


def read(frame: pd.DataFrame, freq: Frequency, season: int | None = None, gaps: str = "zero") -> Table:
    """Table of a data frame with the columns unique_id, ds, y (as text or parsed).

    Rows may come in any order; several dates of a series in one period are summed. A missing period between
    rows is 0, or with gaps="nan" not observed; a row with an empty y always counts as not observed. Each
    series ends at its own last row. A series is refused for an unreadable date or number or a date given
    twice. Raises ValueError when a column is missing.
    """
    absent = [name for name in COLUMNS if name not in frame.columns]
    if absent:
        found = ", ".join(map(str, frame.columns)) or "none"
        raise ValueError(f"Missing column {', '.join(absent)}: needed are unique_id, ds and y, found {found}.")
    codes, names = pd.factorize(frame["unique_id"].fillna("").astype(str), use_na_sentinel=True)
    names = np.asarray(names, dtype=object)
    days = _days(frame["ds"])
    amounts, bad_number = _amounts(frame["y"])
    bad_date = np.isnat(days)
    repeated = pd.DataFrame({"code": codes, "day": days}).duplicated().to_numpy() & ~bad_date
    reasons = [
        ("no_id", (names == "")[codes], "A row without unique_id.", "unique_id"),
        ("bad_date", bad_date, "A date that cannot be read, for example {!r}.", "ds"),
        ("bad_number", bad_number, "A y that is no number, for example {!r}.", "y"),
        ("duplicate_date", repeated, "More than one row for the same date.", "ds"),
    ]
    refused, out = [], np.zeros(len(names), dtype=bool)
    for code, bad, text, column in reasons:
        hit = np.flatnonzero(bad)
        for row, first in zip(*np.unique(codes[hit], return_index=True), strict=True):
            if not out[row]:
                out[row] = True
                refused.append(Refusal(names[row], code, text.format(frame[column].iloc[hit[first]])))
    return _build(codes, names, days, amounts, ~out, freq, season or freq.season, gaps, tuple(refused))


def _build(codes, names, days, amounts, good, freq, season, gaps, refused):
    number = np.cumsum(good) - 1
    keep = good[codes]
    rows, days, amounts = number[codes[keep]], days[keep], amounts[keep]
    count = int(good.sum())
    last = np.full(count, np.datetime64("0001-01-01", "D"))
    np.maximum.at(last, rows, days)
    periods = _periods(days, freq)
    end = _periods(last, freq)
    shape = {"count": count, "last": end, "longest": LONGEST}
    known = ~np.isnan(amounts)
    with np.errstate(over="ignore", invalid="ignore"):
        values = dense(rows, periods, np.where(known, amounts, 0.0), **shape)
    observed = dense(rows, periods, known.astype(float), **shape)
    given = dense(rows, periods, np.ones(len(rows)), **shape)
    # A period with rows but no number is unknown; one without rows is a gap.
    values[(observed == 0) & ((given > 0) | (gaps == "nan"))] = np.nan
    month_end = np.ones(count, dtype=bool)
    np.logical_and.at(month_end, rows, _is_month_end(days))
    return Table(Panel(tuple(names[good]), values, season), last, month_end, freq, refused)


def _days(column):
    text = column if pd.api.types.is_datetime64_any_dtype(column) else column.astype(str).str.strip()
    values, uniques = pd.factorize(text)
    parsed = pd.to_datetime(pd.Series(uniques), errors="coerce", format="ISO8601" if len(uniques) else None, utc=True)
    parsed = parsed.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    out = parsed[values]
    out[values < 0] = np.datetime64("NaT")
    return out


def _amounts(column):
    amounts = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    text = column.astype(object)
    blank = text.isna() | text.astype(str).str.strip().str.lower().isin(["", "nan", "na", "null", "none"])
    return amounts, np.isnan(amounts) & ~blank.to_numpy()


def _periods(days, freq):
    if freq.unit == "month":
        return days.astype("datetime64[M]").astype(np.int64)
    number = days.astype("datetime64[D]").astype(np.int64)
    # Day 0, 1970-01-01, was a Thursday (3); a week is numbered by the day it ends on.
    return number if freq.unit == "day" else -((freq.weekday - 3 - number) // 7)


def _is_month_end(days):
    months = days.astype("datetime64[M]")
    return days == (months + 1).astype("datetime64[D]") - 1


def following(table: Table, horizon: int) -> np.ndarray:
    """(n, horizon) dates that continue each series' own: the same weekday, or the same day of the month."""
    ahead = np.arange(1, horizon + 1)
    if table.frequency.unit != "month":
        step = 7 if table.frequency.unit == "week" else 1
        return table.last[:, None] + step * ahead
    months = table.last.astype("datetime64[M]")
    day = (table.last - months.astype("datetime64[D]")).astype(np.int64)
    target = months[:, None] + ahead
    begin = target.astype("datetime64[D]")
    length = ((target + 1).astype("datetime64[D]") - begin).astype(np.int64)
    return begin + np.where(table.month_end[:, None], length - 1, np.minimum(day[:, None], length - 1))
