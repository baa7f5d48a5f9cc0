from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.medical_base.engine import holiday_source
from odoo.addons.medical_base.engine.clock import (
    Period,
    WorkCalendar,
    add_months,
    end_of_hours,
    last_day,
    years_between,
)

PLAIN = WorkCalendar()
# China around the Spring Festival of 2026 and the turn of the year, as the State Council announced it.
CHINA = WorkCalendar(
    days_off=frozenset({date(2026, 1, 1), date(2026, 1, 2)} | {date(2026, 2, day) for day in (16, 17, 18, 19, 20, 23)}),
    working_days=frozenset({date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28)}),
)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.parametrize(
    ("number", "event", "excluded", "expected"),
    [
        (1, date(2026, 3, 6), True, date(2026, 3, 9)),  # Friday: the weekend does not count
        (5, date(2026, 3, 6), True, date(2026, 3, 13)),
        (5, date(2026, 3, 6), False, date(2026, 3, 12)),
        (1, date(2026, 3, 7), True, date(2026, 3, 9)),  # Saturday
        (1, date(2026, 3, 7), False, date(2026, 3, 9)),
        (1, date(2026, 2, 13), True, date(2026, 2, 14)),  # a Saturday that is worked
        (2, date(2026, 2, 13), True, date(2026, 2, 24)),  # then a long holiday
        (10, date(2026, 2, 13), True, date(2026, 3, 5)),
        (2, date(2025, 12, 30), True, date(2026, 1, 4)),  # a Sunday that is worked, over the year's end
    ],
)
def test_working_days(number, event, excluded, expected):
    assert last_day(Period(number, "day", "working", excluded), event, CHINA) == expected


@pytest.mark.parametrize(
    ("number", "unit", "event", "excluded", "expected"),
    [
        (15, "day", date(2026, 3, 6), True, date(2026, 3, 21)),
        (15, "day", date(2026, 3, 6), False, date(2026, 3, 20)),
        (2, "day", date(2025, 12, 30), True, date(2026, 1, 1)),  # holidays count
        (30, "day", date(2028, 2, 10), True, date(2028, 3, 11)),  # leap year
        (1, "month", date(2026, 1, 31), True, date(2026, 2, 28)),
        (1, "month", date(2028, 1, 31), True, date(2028, 2, 29)),
        (12, "month", date(2028, 2, 29), True, date(2029, 2, 28)),
        (3, "month", date(2025, 11, 15), False, date(2026, 2, 14)),
    ],
)
def test_calendar_days_and_months(number, unit, event, excluded, expected):
    assert last_day(Period(number, unit, "calendar", excluded), event, CHINA) == expected


def test_hours():
    assert end_of_hours(Period(12, "hour"), datetime(2025, 12, 31, 18)) == datetime(2026, 1, 1, 6)
    with pytest.raises(ValueError):
        last_day(Period(12, "hour"), date(2026, 1, 1), PLAIN)
    with pytest.raises(ValueError):
        end_of_hours(Period(12, "day"), datetime(2026, 1, 1))


@pytest.mark.parametrize("wrong", [(0,), (-1,), (5, "week"), (5, "hour", "working"), (5, "month", "working")])
def test_impossible_periods(wrong):
    with pytest.raises(ValueError):
        Period(*wrong)


def test_calendar_without_working_days():
    with pytest.raises(ValueError, match="no working day"):
        last_day(Period(1, "day", "working"), date(2026, 1, 1), WorkCalendar(weekend=frozenset(range(7))))


def test_other_weekends():
    friday_saturday = WorkCalendar(weekend=frozenset({4, 5}))
    assert last_day(Period(1, "day", "working"), date(2026, 3, 5), friday_saturday) == date(2026, 3, 8)


@given(days, st.integers(1, 60), st.sets(days, max_size=20), st.booleans())
def test_counting_is_what_the_law_says(event, number, off, excluded):
    calendar = WorkCalendar(days_off=frozenset(off))
    end = last_day(Period(number, "day", "working", excluded), event, calendar)
    first = event + timedelta(days=1 if excluded else 0)
    counted = [first + timedelta(days=n) for n in range((end - first).days + 1)]
    assert calendar.is_working(end)
    assert sum(map(calendar.is_working, counted)) == number


@given(days, st.integers(1, 60), st.sets(days, max_size=20))
def test_a_holiday_never_shortens_a_period(event, number, off):
    period = Period(number, "day", "working")
    assert last_day(period, event, WorkCalendar(days_off=frozenset(off))) >= last_day(period, event, PLAIN)


@given(days, st.integers(1, 400))
def test_months(event, months):
    end = add_months(event, months)
    assert (end.year - event.year) * 12 + end.month - event.month == months
    assert end.day == event.day or (end.day < event.day and (end + timedelta(days=1)).day == 1)


def test_years_between():
    assert years_between(date(2025, 12, 30), date(2026, 1, 7)) == [2025, 2026]


def test_library_knows_the_make_up_days_of_china():
    rows = {row.day: row.kind for row in holiday_source.days("CN", [2026])}
    for day in CHINA.days_off:
        if day.year == 2026:
            assert rows[day] == "off"
    for day in CHINA.working_days:
        assert rows[day] == "work"


def test_library_of_other_markets():
    us = {row.day for row in holiday_source.days("US", [2026])}
    assert {date(2026, 11, 26), date(2026, 7, 3), date(2026, 6, 19)} <= us
    assert date(2026, 4, 3) in {row.day for row in holiday_source.days("ECB", [2026])}
    assert holiday_source.supported("CN") and holiday_source.supported("ECB")
    assert not holiday_source.supported("Atlantis")
