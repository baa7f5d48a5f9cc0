"""Reading a demand history: product_code, warehouse_code, date, quantity, optional product_name, stockout_days.

No I/O: the caller passes decoded lines. Whatever cannot be used is listed with its line and reason; whatever was
repaired (two spellings of a code, dates shifted by a time zone) is listed as well and can be taken back.
"""

import csv
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np

from . import calendar

REQUIRED = ("product_code", "warehouse_code", "date", "quantity")
OPTIONAL = ("product_name", "stockout_days")
RULES = {
    "label": "Spellings of one code that differ only in case, blanks or width are read as the most frequent one.",
    "timestamp": "All times of day in the file are the same late hour, as when midnight was stored in another "
    "time zone: the date is the next day.",
}
_LARGEST = 1e15
LABELS = ("product_code", "warehouse_code")


class HistoryError(ValueError):
    """The file as a whole cannot be read; the message is one sentence for the user. columns: names refused."""

    def __init__(self, message, columns=()):
        super().__init__(message)
        self.columns = tuple(columns)


@dataclass(frozen=True)
class RefusedRow:
    """line: 1 is the header; column and value: where the trouble is; code: bad_date, bad_number, negative,
    missing, duplicate, stockout_days, columns
    (the line as a whole); reason: one sentence."""

    line: int
    column: str
    value: str
    code: str
    reason: str


@dataclass(frozen=True)
class Repair:
    """rule: key of RULES; column, old, new: what was read as what; rows: how many rows; line: the first one."""

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
    {code: first name given}. frequency: "week" or "month". as_of: last day of the last
    period with a row, None without rows.
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

    def keys(self):
        """(product_code, warehouse_code) per accepted row."""
        return [
            (self.product_codes[product], self.warehouse_codes[warehouse])
            for product, warehouse in zip(self.product.tolist(), self.warehouse.tolist(), strict=True)
        ]


def parse(lines, reverted=()):
    """Parse the lines of a history file (an iterable of str) into a ParsedHistory.

    reverted: (rule, column, old) of repairs not to make. Raises
    HistoryError for an empty file and for a missing, unknown or repeated column.
    """
    reverted = set(reverted)
    reader, header, delimiter = _open(lines)
    check, columns = _collect(reader, header)
    for name in LABELS:
        column = columns[name]
        blank = np.array([not value.strip() for value in column.values], dtype=bool)
        check.refuse(blank[column.codes], name, "missing", column.text, lambda row, n=name: f"The {n} is missing.")
    when = columns["date"]
    day_of, shifts = _dates(when, check.keep, reverted)
    days = day_of[when.codes]
    check.refuse(
        np.isnat(days), "date", "bad_date", when.text, lambda row: f"{when.text(row)!r} is no date: write 2024-01-31."
    )
    quantity = _numbers(columns["quantity"], delimiter, check, "quantity")
    check.refuse(
        quantity < 0,
        "quantity",
        "negative",
        columns["quantity"].text,
        lambda row: f"Negative demand {quantity[row]:g}: give deliveries net of returns per period.",
    )
    away = _numbers(columns["stockout_days"], delimiter, check, "stockout_days")
    freq = _infer(check, columns, days)
    length = calendar.days_in_period(np.where(np.isnat(days), np.datetime64("2000-01-01"), days), freq)
    check.refuse(
        (away < 0) | (away > length),
        "stockout_days",
        "stockout_days",
        columns["stockout_days"].text,
        lambda row: f"{away[row]:g} days without stock do not fit in a {freq} of {length[row]} days.",
    )

    _refuse_repeated(check, columns, days)

    keep = check.keep
    repairs = _logged("timestamp", "date", when, shifts, check)
    read_as = {}
    for name in LABELS:
        read_as[name] = _unify(columns[name], keep, name, reverted)
        repairs += _logged("label", name, columns[name], read_as[name], check)
    product_codes, product = _renumber(columns["product_code"], read_as["product_code"], keep)
    warehouse_codes, warehouse = _renumber(columns["warehouse_code"], read_as["warehouse_code"], keep)
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

    def __init__(self):
        self.index = {}
        self.parts = []

    def add(self, texts):
        index = self.index
        self.parts.append(np.array([index.setdefault(text, len(index)) for text in texts], dtype=np.int64))

    def close(self):
        self.values = list(self.index)
        self.codes = np.concatenate(self.parts) if self.parts else np.zeros(0, dtype=np.int64)
        del self.parts

    def text(self, row):
        return self.values[self.codes[row]]

    def count(self, keep):
        """(v,) kept rows of each distinct value."""
        return np.bincount(self.codes[keep], minlength=len(self.values))


class _Check:
    """Which rows are still good, and why the others are not."""

    def __init__(self, line, refused):
        self.line = line
        self.keep = np.ones(len(line), dtype=bool)
        self.refused = refused

    def refuse(self, bad, column, code, value, reason):
        for row in np.flatnonzero(bad & self.keep).tolist():
            self.refused.append(RefusedRow(int(self.line[row]), column, value(row), code, reason(row)))
        self.keep &= ~bad


def _open(lines):
    """The csv reader behind the header, the column names, and the delimiter."""
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
    return _Numbered(reader, number), header, delimiter


def _uniform(first, lines):
    """Lines with a plain line end; a text read in binary-like mode may still hold a lone CR or a NUL."""
    for line in chain([first], lines):
        yield line.rstrip("\r\n").replace("\0", "\ufffd") + "\n"


class _Numbered:
    """A csv reader that knows the line number in the file, not after the skipped empty lines."""

    def __init__(self, reader, header_line):
        self.reader = reader
        self.before = header_line - 1

    @property
    def line(self):
        return self.reader.line_num + self.before


def _collect(numbered, header):
    """Rows of the right width as columns; the others are refused."""
    columns = {name: _Column() for name in REQUIRED + OPTIONAL}
    width = len(header)
    line, refused, batch = [], [], []

    def flush():
        texts = dict(zip(header, zip(*batch, strict=True), strict=True)) if batch else {}
        for name, column in columns.items():
            column.add(texts.get(name) or [""] * len(batch))
        batch.clear()

    rows = numbered.reader
    while True:
        begin = numbered.line + 1
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            refused.append(RefusedRow(numbered.line, "", "", "columns", f"The line cannot be read: {error}."))
            continue
        if len(row) > width:
            row = row[:width] if not any(part.strip() for part in row[width:]) else row
        if not any(part.strip() for part in row):
            continue
        if len(row) != width:
            reason = f"{len(row)} values for {width} columns."
            if numbered.line > begin:
                reason += f" A quotation mark joins the lines {begin} to {numbered.line}: none of them is read."
            refused.append(RefusedRow(begin, "", ",".join(row)[:80], "columns", reason))
            continue
        line.append(numbered.line)
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


def _numbers(column, delimiter, check, name):
    """(k,) numbers of a column; what is none is refused. An empty stockout_days is 0."""
    blank = 0.0 if name == "stockout_days" else None
    found, wrong = np.zeros(len(column.values)), {}
    for number, text in enumerate(column.values):
        try:
            found[number] = _number(text.strip(), delimiter, blank)
        except ValueError as error:
            wrong[number] = str(error)
    bad = np.zeros(len(found), dtype=bool)
    bad[list(wrong)] = True
    check.refuse(bad[column.codes], name, "bad_number", column.text, lambda row: wrong[column.codes[row]])
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
    check.refuse(
        repeated,
        "date",
        "duplicate",
        columns["date"].text,
        lambda row: f"Same product, warehouse and date as line {check.line[earlier[row]]}.",
    )


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


def _unify(column, keep, name, reverted):
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
            if spelling != code and ("label", name, spelling) not in reverted:
                read_as[number] = code
    return read_as


def _logged(rule, name, column, read_as, check):
    """A Repair per changed value."""
    if not read_as:
        return []
    rows = np.flatnonzero(check.keep)
    codes = column.codes[rows]
    values, first = np.unique(codes, return_index=True)
    first = dict(zip(values.tolist(), first.tolist(), strict=True))
    count = column.count(check.keep)
    return [
        Repair(rule, name, column.values[number], new, int(count[number]), int(check.line[rows[first[number]]]))
        for number, new in read_as.items()
        if number in first
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
    blank = np.array([not value.strip() for value in column.values], dtype=bool)
    rows = np.flatnonzero(~blank[names]) if len(names) else names
    products, first = np.unique(product[rows], return_index=True)
    return {
        codes[number]: column.values[names[rows[place]]].strip()
        for number, place in zip(products.tolist(), first.tolist(), strict=True)
    }
