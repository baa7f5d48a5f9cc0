from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.medical_demand.engine import calendar
from odoo.addons.medical_demand.engine.panel import Panel, dense

DAY = date(2024, 2, 15)


def from_records(keys, dates, quantities, freq, last, season):
    """Panel of (key, date, quantity) records up to the period that holds `last`, keys in order of first appearance."""
    order = {}
    rows = np.fromiter((order.setdefault(key, len(order)) for key in keys), dtype=np.int64)
    periods = calendar.period_index(np.asarray(dates, dtype="datetime64[D]"), freq)
    end = int(calendar.period_index(np.asarray([last], dtype="datetime64[D]"), freq)[0])
    return Panel(tuple(order), dense(rows, periods, quantities, len(order), end), season)


def test_months():
    assert calendar.period_start(DAY, "month") == date(2024, 2, 1)
    assert calendar.period_end(DAY, "month") == date(2024, 2, 29)
    assert calendar.add_periods(DAY, -2, "month") == date(2023, 12, 1)
    assert calendar.days_in_period(DAY, "month") == 29


def test_weeks_start_on_monday():
    assert calendar.period_start(DAY, "week") == date(2024, 2, 12)
    assert calendar.period_end(DAY, "week") == date(2024, 2, 18)
    assert calendar.add_periods(DAY, 1, "week") == date(2024, 2, 19)
    assert calendar.period_range(date(2024, 1, 1), date(2024, 1, 15), "week") == [
        date(2024, 1, 1),
        date(2024, 1, 8),
        date(2024, 1, 15),
    ]


def test_arrays():
    days = np.array(["2024-02-15", "2023-02-01"], dtype="datetime64[D]")
    assert calendar.period_start(days, "month").tolist() == [date(2024, 2, 1), date(2023, 2, 1)]
    assert calendar.days_in_period(days, "month").tolist() == [29, 28]
    assert calendar.days_in_period(days, "week").tolist() == [7, 7]


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(calendar.FREQUENCIES))
def test_a_day_lies_in_its_period(day, freq):
    begin, end = calendar.period_start(day, freq), calendar.period_end(day, freq)
    assert begin <= day <= end
    assert (end - begin).days + 1 == calendar.days_in_period(day, freq)
    assert calendar.period_index(begin, freq) == calendar.period_index(end, freq)
    assert calendar.period_index(calendar.add_periods(day, 1, freq), freq) == calendar.period_index(day, freq) + 1


def test_other_periods_are_refused():
    with pytest.raises(ValueError):
        calendar.period_index(DAY, "quarter")


def test_records_become_a_panel_with_zeros_after_the_first():
    days = np.array(["2024-01-05", "2024-03-20", "2024-03-02", "2024-04-01"], dtype="datetime64[D]")
    found = from_records(["a", "a", "a", "b"], days, [1, 2, 3, 4], "month", date(2024, 5, 31), 12)
    assert found.keys == ("a", "b")
    np.testing.assert_array_equal(found.values, [[1, 0, 5, 0, 0], [np.nan, np.nan, np.nan, 4, 0]])


def test_records_after_the_end_and_too_long_ago_are_left_out():
    found = dense([0, 0, 0], [1, 8, 12], [1.0, 2.0, 3.0], 1, 10, longest=5)
    np.testing.assert_array_equal(found, [[2, 0, 0]])
