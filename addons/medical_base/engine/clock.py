"""When a legal period ends: hours, days or months after an event, counted as the law counts them.

Pure functions over dates: the caller passes the event and the calendar. Times of day and zones are the
caller's too; an event is given as the day on which it happened where the law applies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

HOUR, DAY, MONTH = "hour", "day", "month"
CALENDAR, WORKING = "calendar", "working"
SATURDAY_SUNDAY = frozenset({5, 6})
# A calendar that has no working day for so long is wrong.
LONGEST_REST = 60


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are working days: single days stand above the weekday."""

    weekend: frozenset[int] = SATURDAY_SUNDAY
    days_off: frozenset[date] = field(default_factory=frozenset)
    working_days: frozenset[date] = field(default_factory=frozenset)

    def is_working(self, day: date) -> bool:
        if day in self.working_days:
            return True
        return day not in self.days_off and day.weekday() not in self.weekend

    def working_days_from(self, day: date) -> Iterator[date]:
        """The working days from ``day`` on, itself included. Raises ValueError when there is none for very long."""
        rest = 0
        while rest < LONGEST_REST:
            if self.is_working(day):
                rest = 0
                yield day
            else:
                rest += 1
            day += timedelta(days=1)
        raise ValueError(f"no working day in the {LONGEST_REST} days before {day}")


@dataclass(frozen=True)
class Period:
    """A period as a rule states it: 10 working days, the day of the event not counted."""

    number: int
    unit: str = DAY
    count: str = CALENDAR
    event_day_excluded: bool = True

    def __post_init__(self):
        if self.number <= 0:
            raise ValueError("a period is longer than nothing")
        if self.unit not in (HOUR, DAY, MONTH) or self.count not in (CALENDAR, WORKING):
            raise ValueError(f"unknown period {self.unit} {self.count}")
        if self.count == WORKING and self.unit != DAY:
            raise ValueError("only days are counted as working days")


def add_months(day: date, months: int) -> date:
    """The same day ``months`` later; the last one of a month that has no such day."""
    return day + relativedelta(months=months)


def last_day(period: Period, event_day: date, calendar: WorkCalendar) -> date:
    """The day with whose end the period ends. Raises ValueError for hours, see ``end_of_hours``."""
    if period.unit == HOUR:
        raise ValueError("a period in hours ends at an hour, not with a day")
    one_day = timedelta(days=1)
    if period.unit == MONTH:
        # A period that begins on the day after the event ends on the day of the same number.
        end = add_months(event_day, period.number)
        return end if period.event_day_excluded else end - one_day
    first = event_day + one_day if period.event_day_excluded else event_day
    if period.count == CALENDAR:
        return first + timedelta(days=period.number - 1)
    days = calendar.working_days_from(first)
    for _day in range(period.number - 1):
        next(days)
    return next(days)


def end_of_hours(period: Period, event: datetime) -> datetime:
    """The moment at which a period in hours ends. Raises ValueError for other units."""
    if period.unit != HOUR:
        raise ValueError("not a period in hours")
    return event + timedelta(hours=period.number)


def years_between(first: date, last: date) -> list[int]:
    """The years whose holidays matter between two days."""
    return list(range(first.year, last.year + 1))
