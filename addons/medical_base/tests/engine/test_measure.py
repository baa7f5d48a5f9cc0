"""Totals add up in any order, percentiles from bins stay within a bin of those from the rows."""

from datetime import date
from functools import reduce
from itertools import pairwise
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.medical_base.engine import measure
from odoo.addons.medical_base.engine.measure import EDGES, ERROR, Figure, Total

whole = st.integers(0, 10**6)
totals = st.builds(Total, whole, whole, st.dictionaries(st.integers(0, len(EDGES)), whole, max_size=5))
durations = st.floats(EDGES[0], EDGES[-1] * 0.999)
shares = st.sampled_from([0.05, 0.5, 0.9, 0.95, 1.0])


@given(totals, totals, totals)
def test_totals_add_up_in_any_order(one, two, three):
    assert one + (two + three) == (one + two) + three
    assert one + two == two + one
    assert one + Total() == one


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), whole, whole), max_size=30), st.data())
def test_parts_come_to_the_whole(rows, data):
    """However rows are cut, by key or in batches, their totals come to the same."""
    at = data.draw(st.integers(0, len(rows)))
    for kind in measure.KINDS:
        everything = reduce(add, measure.add_up(kind, [row[2:] for row in rows]).values(), Total())
        assert reduce(add, measure.add_up(kind, rows).values(), Total()) == everything
        halves = [measure.add_up(kind, [row[1:] for row in part]) for part in (rows[:at], rows[at:])]
        assert reduce(add, [part for half in halves for part in half.values()], Total()) == everything


@given(st.lists(st.tuples(durations, st.integers(1, 5)), min_size=1, max_size=40), shares)
def test_percentile_within_bin_error(rows, share):
    bins = measure.add_up(measure.DURATION, rows)[()].bins
    exact, found = measure.exact_percentile(rows, share), measure.percentile(bins, share)
    assert exact / (1 + ERROR) * (1 - 1e-9) <= found <= exact * (1 + ERROR) * (1 + 1e-9)


@given(st.lists(st.tuples(durations, st.integers(1, 5)), min_size=1, max_size=40), shares, st.floats(0.01, 100))
def test_percentiles_do_not_depend_on_the_scale_of_weights(rows, share, scale):
    one = measure.add_up(measure.DURATION, rows)[()]
    scaled = measure.add_bins([(scale, one.bins)])
    assert measure.percentile(scaled, share) == pytest.approx(measure.percentile(one.bins, share))


@given(st.lists(durations, min_size=1, max_size=40))
def test_percentiles_ascend(values):
    bins = measure.add_up(measure.DURATION, [(value, 1) for value in values])[()].bins
    found = [measure.percentile(bins, share) for share in (0.1, 0.25, 0.5, 0.75, 0.9, 1.0)]
    assert all(low <= high * (1 + 1e-12) for low, high in pairwise(found))


def test_exact_percentiles_by_hand():
    rows = [(value, 1) for value in (4.0, 1.0, 3.0, 2.0)]
    assert measure.exact_percentile(rows, 0.5) == 2.5
    assert measure.exact_percentile([*rows, (9.0, 1)], 0.5) == 3.0
    assert measure.exact_percentile(rows, 0.9) == 4.0
    assert measure.exact_percentile([(1.0, 0.5), (9.0, 0.4)], 0.5) == 1.0
    assert measure.exact_percentile([], 0.5) is None


def test_figures_by_hand():
    assert measure.figure("ratio", Total(3, 4), factor=100) == Figure(75.0)
    assert measure.figure("ratio", Total(3, 0)) == Figure(None)
    assert measure.figure("count", Total(3, 0)) == Figure(3.0)
    assert measure.figure("level", Total(90, 1), days=30) == Figure(3.0)
    assert measure.figure("duration", Total()) == Figure(None, None)
    many = measure.add_up("duration", [(5.0, 9), (200.0, 1), (100.0, 1)])[()]
    found = measure.figure("duration", many, share=0.95)
    assert found.value == pytest.approx(5.0, rel=ERROR)
    assert found.high == pytest.approx(200.0, rel=ERROR)


def test_values_beyond_the_bins():
    assert (measure.bin_of(0.0), measure.bin_of(-1.0), measure.bin_of(1e9)) == (0, 0, len(EDGES))
    assert measure.percentile({0: 4}, 0.5) == pytest.approx(EDGES[0] / 2)
    assert measure.percentile({len(EDGES): 4}, 0.5) == EDGES[-1]


def test_histograms_from_json_with_weights():
    assert measure.add_bins([(1, {"100": 2, "7": 1}), (0.5, {100: 4})]) == {100: 4.0, 7: 1}


def test_half_life():
    assert [measure.weight(age, 180) for age in (0, 180, 360)] == [1.0, 0.5, 0.25]
    assert measure.weight(360, 0) == 1.0


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.sampled_from(measure.PERIODS))
def test_periods_follow_each_other(day, period):
    start, after = measure.period_start(day, period), measure.next_start(day, period)
    assert start <= day < after
    assert measure.period_start(after, period) == after
    assert {measure.period_start(start, period), measure.next_start(start, period)} == {start, after}


@pytest.mark.parametrize(
    ("period", "start", "after"),
    [
        ("day", date(2026, 12, 31), date(2027, 1, 1)),
        ("week", date(2026, 12, 28), date(2027, 1, 4)),
        ("month", date(2026, 12, 1), date(2027, 1, 1)),
    ],
)
def test_periods_over_the_end_of_a_year(period, start, after):
    day = date(2026, 12, 31)
    assert (measure.period_start(day, period), measure.next_start(day, period)) == (start, after)
