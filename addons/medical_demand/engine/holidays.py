"""Public holidays as events: what a holiday that moves through the calendar does to the periods it falls in.

A holiday that falls into the same period every year is part of the season already. Only the deviation from that is an
event: the days of Chinese New Year in this February less those of an average February.
"""

import numpy as np

from .effects import Event

# What the library calls a day off that was moved to make a holiday longer.
_IN_LIEU = "Day off"
# A holiday is an event of its own when its days differ between years by more than this share of a period.
_MOVES = 0.02


class UnknownCountry(ValueError):
    """The library has no holidays of the country."""


def check(country: str) -> str:
    """The country's code as the library knows it. Raises UnknownCountry with a sentence for any other."""
    import holidays

    code = str(country).strip().upper()
    if code not in holidays.list_supported_countries():
        raise UnknownCountry(f"No holiday calendar is known for the country {country!r}: use a code like CN, DE or US.")
    return code


def events(
    country: str, starts: np.ndarray, ends: np.ndarray, season: int, observed: int, rows: np.ndarray
) -> list[Event]:
    """Events of the country's moving holidays.

    starts, ends: (P,) datetime64[D] first and last day of each period, oldest first, past and future; the first
    `observed` of them are past. rows: (n,) the series they touch. Weekends do not count: nobody ordered on them anyway.
    """
    counts = working_days_lost(country, starts, ends)
    length = np.maximum(np.busday_count(starts, ends + 1, weekmask="1111100"), 1)
    place = np.arange(len(starts)) % season
    found = []
    for name, days in counts.items():
        share = days / length
        usual = np.zeros(len(starts))
        for column in range(season):
            same = place == column
            past = same[:observed]
            if past.any():
                usual[same] = share[:observed][past].mean()
        away = np.where(np.abs(share - usual) > _MOVES, share - usual, 0.0)
        if (np.abs(away[:observed]) > 0).sum() < 2:
            continue
        touched = np.flatnonzero(away)
        found.append(Event(f"holiday:{name}", f"holiday:{name}", rows, touched - (observed - 1), away[touched]))
    return found


def working_days_lost(country: str, starts: np.ndarray, ends: np.ndarray) -> dict[str, np.ndarray]:
    """Name → (P,) weekdays of each period on which the holiday falls; days given in lieu count with their holiday."""
    import holidays

    first, last = starts[0].astype(object), ends[-1].astype(object)
    calendar = holidays.country_holidays(check(country), years=range(first.year, last.year + 1), language="en_US")
    found, days = {}, sorted(calendar.items())
    named = [(day, _name(names)) for day, names in days if not names.startswith(_IN_LIEU)]
    for day, names in days:
        column = int(np.searchsorted(starts, np.datetime64(day), side="right")) - 1
        if column < 0 or np.datetime64(day) > ends[-1] or day.weekday() > 4:
            continue
        name = _name(names)
        if names.startswith(_IN_LIEU) and named:
            name = named[int(np.argmin([abs((other - day).days) for other, _name_of in named]))][1]
        found.setdefault(name, np.zeros(len(starts)))[column] += 1
    return found


def _name(names):
    """The first name of a day, without what it says about observance."""
    return names.split(";")[0].split(" (")[0].strip()
