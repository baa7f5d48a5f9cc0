"""Dates as labels have them. All functions give None for what is no date of the calendar."""

from datetime import date, timedelta
from functools import lru_cache


def century(yy: int, this_year: int) -> int:
    """The year of two digits: within 49 years back and 50 ahead of now (GS1 General Specifications 7.12)."""
    base = this_year - this_year % 100
    away = yy - this_year % 100
    if away >= 51:
        return base - 100 + yy
    if away <= -50:
        return base + 100 + yy
    return base + yy


@lru_cache(maxsize=4096)
def day(year: int, month: int, of_month: int) -> date | None:
    """A day of the calendar; day 0 is the last one of its month."""
    try:
        if of_month:
            return date(year, month, of_month)
        return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1) if 1 <= month <= 12 else None
    except (ValueError, OverflowError):
        return None


def yymmdd(text: str, this_year: int, zero_day: bool = True) -> date | None:
    if len(text) != 6 or not digits(text):
        return None
    of_month = int(text[4:])
    if not of_month and not zero_day:
        return None
    return day(century(int(text[:2]), this_year), int(text[2:4]), of_month)


def mmyy(text: str, this_year: int) -> date | None:
    """The last day of the month."""
    if len(text) != 4 or not digits(text):
        return None
    return day(century(int(text[2:]), this_year), int(text[:2]), 0)


def yyyymmdd(text: str) -> date | None:
    if len(text) != 8 or not digits(text) or text[6:] == "00":
        return None
    return day(int(text[:4]), int(text[4:6]), int(text[6:]))


def ordinal(year: int, number: int) -> date | None:
    """Day `number` of the year, from 1."""
    if not 1 <= number <= 366:
        return None
    found = date(year, 1, 1) + timedelta(days=number - 1) if 1 <= year <= 9998 else None
    return found if found and found.year == year else None


def yyjjj(text: str, this_year: int) -> date | None:
    if len(text) != 5 or not digits(text):
        return None
    return ordinal(century(int(text[:2]), this_year), int(text[2:]))


def cyyjjj(text: str) -> date | None:
    """ISBT 128: century digit (0: 2000, 9: 1900), year, day of the year."""
    if len(text) != 6 or not digits(text):
        return None
    return ordinal(
        1000 + 100 * int(text[0]) + int(text[1:3]) if text[0] == "9" else 2000 + 100 * int(text[0]) + int(text[1:3]),
        int(text[3:]),
    )


def digits(text: str) -> bool:
    """Only 0 … 9: str.isdigit takes full-width and other digits too."""
    return text.isascii() and text.isdigit()
