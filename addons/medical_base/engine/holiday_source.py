"""Public holidays of a country from the ``holidays`` library, as plain rows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

OFF, WORK = "off", "work"


@dataclass(frozen=True)
class Day:
    day: date
    name: str
    kind: str  # OFF or WORK


def supported(code: str) -> bool:
    """Whether the library knows the country or the financial centre."""
    import holidays

    return code in holidays.list_supported_countries() or code in holidays.list_supported_financial()


def days(code: str, years: Iterable[int], language: str | None = None) -> list[Day]:
    """Days off and working days at weekends (make-up days), in order of date.

    :param code: ISO 3166 country code, or the code of a financial centre such as ``ECB``
    """
    import holidays

    years = sorted(set(years))
    if code in holidays.list_supported_countries():
        found = holidays.country_holidays(code, years=years, language=language)
    else:
        found = holidays.financial_holidays(code, years=years, language=language)
    rows = [Day(day, name, OFF) for day, name in found.items()]
    make_up = getattr(found, "weekend_workdays", ())
    rows += [Day(day, "", WORK) for day in make_up if day.year in years and day not in found]
    return sorted(rows, key=lambda row: row.day)
