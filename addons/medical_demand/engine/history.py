"""Reading a demand history: product_code, warehouse_code, date, quantity, optional product_name, stockout_days.

No I/O: the caller passes decoded lines. Whatever cannot be used is listed with its line and reason; whatever was
repaired (two spellings of a code, dates shifted by a time zone) is listed as well and can be taken back.
"""

import csv
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np

from . import calendar

REQUIRED = ("product_code", "warehouse_code", "date", "quantity")
OPTIONAL = ("product_name", "stockout_days")
_LARGEST = 1e15
LABELS = ("product_code", "warehouse_code")


class HistoryError(ValueError):
    """The file as a whole cannot be read; the message is one sentence for the user. columns: names refused."""

    def __init__(self, message, columns=()):
        super().__init__(message)
        self.columns = tuple(columns)


@dataclass(frozen=True)
class RefusedRow:
    """line: 1 is the header; column and value: where the trouble is; code: bad_date, bad_number, negative, missing,
    duplicate, stockout_days, columns (the line as a whole); reason: one sentence."""

    line: int
    column: str
    value: str
    code: str
    reason: str


@dataclass(frozen=True)
class Repair:
    """column, old, new: what was read as what; rows: how many rows; line: the first one. rule: "label", spellings of a code
    that differ only in case, blanks or width are read as the most frequent one; "timestamp", all times of day in the
    file are the same late hour, as when midnight was stored in another time zone: the date is the next day."""

    rule: str
    column: str
    old: str
    new: str
    rows: int
    line: int


@dataclass(frozen=True)
class ParsedHistory:
    """The accepted rows as columns of equal length, in file order.

    product, warehouse: (k,) row numbers into product_codes and warehouse_codes; dates: (k,) datetime64[D];
    quantity, stockout_days: (k,) float (0 days where not given); line: (k,) line numbers. product_names:
    {code: first name given}. frequency: "week" or "month". as_of: last day of the last period with a row, None without.
    """

    product_codes: tuple[str, ...]
    warehouse_codes: tuple[str, ...]
    product_names: dict
    product: np.ndarray
    warehouse: np.ndarray
    dates: np.ndarray
    quantity: np.ndarray
    stockout_days: np.ndarray
    line: np.ndarray
    refused: tuple[RefusedRow, ...]
    repairs: tuple[Repair, ...]
    frequency: str
    as_of: date | None

    def keys(self) -> list[tuple[str, str]]:
        """(product_code, warehouse_code) per accepted row."""
        return [
            (self.product_codes[product], self.warehouse_codes[warehouse])
            for product, warehouse in zip(self.product.tolist(), self.warehouse.tolist(), strict=True)
        ]


def parse(lines: Iterable[str], reverted: Iterable[tuple[str, str, str]] = ()) -> ParsedHistory:
    """Parse the lines of a history file (an iterable of str) into a ParsedHistory.

    reverted: (rule, column, old) of repairs not to make. Raises HistoryError for an empty file and for a missing,
    unknown or repeated column.
    """
    reverted = set(reverted)
    reader, header, delimiter, before = _open(lines)
    check, columns = _collect(reader, header, before)
    for name in LABELS:
        blank = columns[name].blank()[columns[name].codes]
        check.refuse(blank, columns[name], "missing", lambda row, n=name: f"The {n} is missing.")
    when = columns["date"]
    day_of, shifts = _dates(when, check.keep, reverted)
    days = day_of[when.codes]
    check.refuse(np.isnat(days), when, "bad_date", lambda row: f"{when.text(row)!r} is no date: write 2024-01-31.")
    quantity = _numbers(columns["quantity"], delimiter, check)
    reason = "Negative demand {:g}: give deliveries net of returns per period."
    check.refuse(quantity < 0, columns["quantity"], "negative", lambda row: reason.format(quantity[row]))
    away = _numbers(columns["stockout_days"], delimiter, check, blank=0.0)
    freq = _infer(check, columns, days)
    length = calendar.days_in_period(np.where(np.isnat(days), np.datetime64("2000-01-01"), days), freq)
    check.refuse(
        (away < 0) | (away > length),
        columns["stockout_days"],
        "stockout_days",
        lambda row: f"{away[row]:g} days without stock do not fit in a {freq} of {length[row]} days.",
    )
    _refuse_repeated(check, columns, days)

    keep = check.keep
    repairs = _logged("timestamp", when, shifts, check)
    coded = []
    for name in LABELS:
        read_as = _unify(columns[name], keep, reverted)
        repairs += _logged("label", columns[name], read_as, check)
        coded.append(_renumber(columns[name], read_as, keep))
    (product_codes, product), (warehouse_codes, warehouse) = coded
    days = days[keep]
    return ParsedHistory(
        product_codes=product_codes,
        warehouse_codes=warehouse_codes,
        product_names=_first_names(columns["product_name"], product_codes, product, keep),
        product=product,
        warehouse=warehouse,
        dates=days,
        quantity=quantity[keep],
        stockout_days=away[keep],
        line=check.line[keep],
        refused=tuple(sorted(check.refused, key=lambda item: item.line)),
        repairs=tuple(repairs),
        frequency=freq,
        as_of=calendar.period_end(days.max().item(), freq) if len(days) else None,
    )


class _Column:
    """A column of text as numbers into its distinct values."""

    def __init__(self, name):
        self.name, self.index, self.parts = name, {}, []

    def add(self, texts):
        index = self.index
        self.parts.append(np.array([index.setdefault(text, len(index)) for text in texts], dtype=np.int64))

    def close(self):
        self.values = list(self.index)
        self.codes = np.concatenate(self.parts) if self.parts else np.zeros(0, dtype=np.int64)
        del self.parts

    def text(self, row):
        return self.values[self.codes[row]]

    def blank(self):
        """(v,) whether each distinct value is empty."""
        return np.array([not value.strip() for value in self.values], dtype=bool)

    def count(self, keep):
        """(v,) kept rows of each distinct value."""
        return np.bincount(self.codes[keep], minlength=len(self.values))


class _Check:
    """Which rows are still good, and why the others are not."""

    def __init__(self, line, refused):
        self.line = line
        self.keep = np.ones(len(line), dtype=bool)
        self.refused = refused

    def refuse(self, bad, column, code, reason):
        for row in np.flatnonzero(bad & self.keep).tolist():
            self.refused.append(RefusedRow(int(self.line[row]), column.name, column.text(row), code, reason(row)))
        self.keep &= ~bad


def _open(lines):
    """The csv reader behind the header, the column names, the delimiter, and the number of empty lines before."""
    lines = iter(lines)
    for number, first in enumerate(lines, start=1):
        first = first.removeprefix("\ufeff") if number == 1 else first
        if first.strip().strip(",;\t"):
            break
    else:
        raise HistoryError("The file is empty: the first line must name the columns.")
    delimiter = max(";,\t", key=lambda mark: (first.count(mark), mark == ","))
    reader = csv.reader(_uniform(first, lines), delimiter=delimiter)
    try:
        header = [name.strip().lower() for name in next(reader)]
    except csv.Error as error:
        raise HistoryError(f"The first line cannot be read as column names: {error}.") from error
    while header and not header[-1]:
        header.pop()
    unknown = [name for name in header if name not in REQUIRED + OPTIONAL]
    if unknown:
        listed = ", ".join(name or "(without a name)" for name in unknown)
        allowed = ", ".join(REQUIRED + OPTIONAL)
        raise HistoryError(f"Unknown column {listed}: the columns are {allowed}.", unknown)
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise HistoryError(f"Missing column {', '.join(missing)}.", missing)
    twice = [name for name, count in Counter(header).items() if count > 1]
    if twice:
        raise HistoryError(f"Column {', '.join(twice)} is given more than once.", twice)
    return reader, header, delimiter, number - 1


def _uniform(first, lines):
    """Lines with a plain line end; a text read in binary-like mode may still hold a lone CR or a NUL."""
    for line in chain([first], lines):
        yield line.rstrip("\r\n").replace("\0", "\ufffd") + "\n"


def _collect(rows, header, before):
    """Rows of the right width as columns; the others are refused. before: lines of the file that `rows` does not count."""
    columns = {name: _Column(name) for name in REQUIRED + OPTIONAL}
    width = len(header)
    line, refused, batch = [], [], []

    def flush():
        texts = dict(zip(header, zip(*batch, strict=True), strict=True)) if batch else {}
        for name, column in columns.items():
            column.add(texts.get(name) or [""] * len(batch))
        batch.clear()

    while True:
        begin = rows.line_num + before + 1
        try:
            row, end = next(rows), rows.line_num + before
        except StopIteration:
            break
        except csv.Error as error:
            here = rows.line_num + before
            refused.append(RefusedRow(here, "", "", "columns", f"The line cannot be read: {error}."))
            continue
        if len(row) > width:
            row = row[:width] if not any(part.strip() for part in row[width:]) else row
        if not any(part.strip() for part in row):
            continue
        if len(row) != width:
            reason = f"{len(row)} values for {width} columns."
            if end > begin:
                reason += f" A quotation mark joins the lines {begin} to {end}: none of them is read."
            refused.append(RefusedRow(begin, "", ",".join(row)[:80], "columns", reason))
            continue
        line.append(end)
        batch.append(row)
        if len(batch) >= 20_000:
            flush()
    flush()
    for column in columns.values():
        column.close()
    return _Check(np.array(line, dtype=np.int64), refused), columns


_DATE = re.compile(
    r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})[-/.](\d{1,2})")


def _moment(text):
    """(date, minutes after midnight or None) of a date as text; None when it is none."""
    text = text.strip()
    try:
        if match := _DATE.fullmatch(text):
            year, _mark, month, day, hour, minute = match.group(1, 2, 3, 4, 5, 6)
            found = date(int(year), int(month), int(day))
            if hour is None:
                return found, None
            if int(hour) > 23 or int(minute) > 59:
                return None
            return found, int(hour) * 60 + int(minute)
        if match := _COMPACT.fullmatch(text):
            return date(*map(int, match.groups())), None
        if match := _MONTH.fullmatch(text):
            return date(int(match[1]), int(match[2]), 1), None
    except ValueError:
        return None
    return None


def _dates(column, keep, reverted):
    """(v,) datetime64[D] of the distinct texts, and {number of a text: the date it was moved to}."""
    moments = [_moment(text) for text in column.values]
    days = np.array([moment[0] if moment else None for moment in moments] or [None], dtype="datetime64[D]")
    used = column.count(keep) > 0
    times = {moment[1] for moment, there in zip(moments, used, strict=True) if moment and moment[1] and there}
    zeros = any(moment[1] == 0 for moment, there in zip(moments, used, strict=True) if moment and there)
    # Midnight east of Greenwich stored as UTC is late the day before; summer time makes it two hours.
    shifted = times and not zeros and min(times) >= 12 * 60 and max(times) - min(times) in (0, 60)
    moved = {}
    if shifted:
        for number, moment in enumerate(moments):
            if moment and moment[1] and ("timestamp", "date", column.values[number]) not in reverted:
                days[number] += 1
                moved[number] = str(days[number])
    return days, moved


def _numbers(column, delimiter, check, blank=None):
    """(k,) numbers of a column; what is none is refused, also an empty one where `blank` does not say what it means."""
    found, wrong = np.zeros(len(column.values)), {}
    for number, text in enumerate(column.values):
        try:
            found[number] = _number(text.strip(), delimiter, blank)
        except ValueError as error:
            wrong[number] = str(error)
    bad = np.zeros(len(found), dtype=bool)
    bad[list(wrong)] = True
    check.refuse(bad[column.codes], column, "bad_number", lambda row: wrong[column.codes[row]])
    return found[column.codes]


def _number(text, delimiter, blank):
    if not text:
        if blank is not None:
            return blank
        raise ValueError("The number is missing.")
    if delimiter != "," and re.fullmatch(r"[+-]?\d+,\d+", text):
        if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", text):
            raise ValueError(f"{text!r} may be a decimal or a thousand: write it without the comma.")
        text = text.replace(",", ".")
    # Python also reads 1_000; nobody writes that by intention.
    if "_" in text:
        raise ValueError(f"{text!r} is no number.")
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number.") from None
    if not math.isfinite(number):
        raise ValueError(f"{text!r} is not a finite number.")
    if abs(number) > _LARGEST:
        raise ValueError(f"{text} is too large for a quantity.")
    return number


def _refuse_repeated(check, columns, days):
    """A row with product, warehouse and date of an earlier one; two spellings of a code are two sources."""
    rows = np.flatnonzero(check.keep)
    if not len(rows):
        return
    key = days[rows].astype(np.int64)
    key -= key.min()
    for name in LABELS:
        column, index = columns[name], {}
        stripped = np.array([index.setdefault(text.strip(), len(index)) for text in column.values])
        key = key * len(index) + stripped[column.codes[rows]]
    _distinct, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    earlier = np.full(len(check.line), -1, dtype=np.int64)
    earlier[rows] = rows[first[inverse]]
    repeated = check.keep & (earlier != np.arange(len(earlier)))
    reason = "Same product, warehouse and date as line {}."
    check.refuse(repeated, columns["date"], "duplicate", lambda row: reason.format(check.line[earlier[row]]))


def _infer(check, columns, days):
    """ "month" when all dates begin or end a month or no series has two in one, else "week"."""
    rows = np.flatnonzero(check.keep)
    if not len(rows):
        return "month"
    day = days[rows]
    month = day.astype("datetime64[M]")
    in_month = (day - month.astype("datetime64[D]")).astype(int)
    ends = (day + 1).astype("datetime64[M]") != month
    if (in_month == 0).all() or ends.all():
        return "month"
    series = np.zeros(len(rows), dtype=np.int64)
    for name in LABELS:
        series = series * len(columns[name].values) + columns[name].codes[rows]
    numbers = [
        len(np.unique(series * (1 + np.ptp(number)) + number - number.min()))
        for number in (month.astype(np.int64), day.astype(np.int64))
    ]
    return "month" if numbers[0] == numbers[1] else "week"


def _unify(column, keep, reverted):
    """{number of a spelling: the code it is read as} where that differs."""
    count = column.count(keep)
    alike = {}
    for number in np.flatnonzero(count).tolist():
        plain = " ".join(unicodedata.normalize("NFKC", column.values[number]).casefold().split())
        alike.setdefault(plain, []).append(number)
    read_as = {}
    for numbers in alike.values():
        best = max(numbers, key=lambda number: (count[number], -number))
        code = column.values[best].strip()
        for number in numbers:
            spelling = column.values[number]
            if spelling != code and ("label", column.name, spelling) not in reverted:
                read_as[number] = code
    return read_as


def _logged(rule, column, read_as, check):
    """A Repair per changed value."""
    values, first = np.unique(column.codes[check.keep], return_index=True)
    line = dict(zip(values.tolist(), check.line[check.keep][first].tolist(), strict=True)) if read_as else {}
    count = column.count(check.keep)
    return [
        Repair(rule, column.name, column.values[number], new, int(count[number]), line[number])
        for number, new in read_as.items()
        if number in line
    ]


def _renumber(column, read_as, keep):
    """Codes in order of first appearance, and (k,) numbers into them."""
    codes = column.codes[keep]
    values, first = np.unique(codes, return_index=True)
    index, place = {}, np.zeros(len(column.values), dtype=np.int64)
    for number in values[np.argsort(first)].tolist():
        code = read_as.get(number, column.values[number])
        place[number] = index.setdefault(code, len(index))
    return tuple(index), place[codes]


def _first_names(column, codes, product, keep):
    """{product code: first name given that is not blank}."""
    names = column.codes[keep]
    rows = np.flatnonzero(~column.blank()[names]) if len(names) else names
    products, first = np.unique(product[rows], return_index=True)
    return {
        codes[number]: column.values[names[rows[place]]].strip()
        for number, place in zip(products.tolist(), first.tolist(), strict=True)
    }
