import numpy as np
import pandas as pd
import pytest

from odoo.addons.medical_demand.engine import table


def rows(*items):
    return pd.DataFrame(items, columns=["unique_id", "ds", "y"], dtype=object)


def monthly(name, begin, values, freq="MS"):
    days = pd.date_range(begin, periods=len(values), freq=freq).strftime("%Y-%m-%d")
    return [(name, day, str(value)) for day, value in zip(days, values, strict=True)]


@pytest.mark.parametrize(
    ("alias", "unit", "season"),
    [
        ("MS", "month", 12),
        ("ME", "month", 12),
        ("M", "month", 12),
        ("W-SUN", "week", 52),
        ("W-MON", "week", 52),
        ("W", "week", 52),
        ("7D", "week", 52),
        ("D", "day", 7),
    ],
)
def test_frequencies(alias, unit, season):
    found = table.frequency(alias)
    assert (found.unit, found.season) == (unit, season)


@pytest.mark.parametrize("alias", ["Q", "2W", "h", "", "W-XYZ"])
def test_other_frequencies_are_refused(alias):
    with pytest.raises(ValueError, match="none of month"):
        table.frequency(alias)


def test_missing_periods_are_zero_or_unknown():
    frame = rows(("007", "2024-01-01", "1"), ("007", "2024-04-01", "4"), ("007", "2024-03-01", ""))
    month = table.frequency("MS")
    zero, unknown = table.read(frame, month), table.read(frame, month, gaps="nan")
    assert zero.panel.keys == ("007",)
    np.testing.assert_array_equal(zero.panel.values, [[1, 0, np.nan, 4]])
    np.testing.assert_array_equal(unknown.panel.values, [[1, np.nan, np.nan, 4]])


def test_each_series_ends_at_its_own_last_row():
    frame = rows(*monthly("a", "2024-01-01", [1, 2]), *monthly("b", "2020-01-01", [3, 4, 5]))
    found = table.read(frame, table.frequency("MS"))
    np.testing.assert_array_equal(found.panel.values, [[np.nan, 1, 2], [3, 4, 5]])


def test_unreadable_series_are_refused_by_name():
    frame = rows(
        *monthly("good", "2024-01-01", [1, 2, 3]),
        ("date", "yesterday", "1"),
        ("number", "2024-01-01", "many"),
        ("twice", "2024-01-01", "1"),
        ("twice", "2024-01-01", "2"),
        ("", "2024-01-01", "1"),
    )
    found = table.read(frame, table.frequency("MS"))
    assert found.panel.keys == ("good",)
    assert {item.key: item.code for item in found.refused} == {
        "date": "bad_date",
        "number": "bad_number",
        "twice": "duplicate_date",
        "": "no_id",
    }
    assert "'yesterday'" in {item.key: item.reason for item in found.refused}["date"]


@pytest.mark.parametrize(
    ("freq", "begin", "pandas_freq", "expected"),
    [
        ("MS", "2023-12-01", "MS", ["2024-02-01", "2024-03-01"]),
        ("ME", "2023-12-31", "ME", ["2024-02-29", "2024-03-31"]),
        ("W-SUN", "2024-01-07", "W-SUN", ["2024-01-21", "2024-01-28"]),
        ("W-MON", "2024-01-01", "W-MON", ["2024-01-15", "2024-01-22"]),
        ("D", "2024-02-27", "D", ["2024-02-29", "2024-03-01"]),
    ],
)
def test_dates_continue_the_series(freq, begin, pandas_freq, expected):
    found = table.read(rows(*monthly("a", begin, [1, 2], pandas_freq)), table.frequency(freq))
    assert table.following(found, 2).astype(str).tolist() == [expected]


def test_weeks_with_another_weekday_than_the_alias_keep_theirs():
    frame = rows(("a", "2024-01-03", "1"), ("a", "2024-01-10", "2"), ("a", "2024-01-24", "4"))
    found = table.read(frame, table.frequency("W-SUN"))
    np.testing.assert_array_equal(found.panel.values, [[1, 2, 0, 4]])
    assert table.following(found, 1).astype(str).tolist() == [["2024-01-31"]]
