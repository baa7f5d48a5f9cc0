"""The sampling tables against plans that are printed in the standard, and against the numbers they promise."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.medical_quality.engine import (
    AQLS,
    LEVELS,
    Inspected,
    code_letter,
    points,
    severity,
    single_plan,
    tighter_aql,
)


@pytest.mark.parametrize(
    ("size", "level", "letter"),
    [
        (2, "II", "A"),
        (8, "II", "A"),
        (9, "II", "B"),
        (150, "II", "F"),
        (500, "II", "H"),
        (501, "II", "J"),
        (1200, "I", "G"),
        (3200, "III", "L"),
        (35_000, "S4", "H"),
        (150_001, "I", "M"),
        (500_001, "II", "Q"),
        (10**7, "III", "R"),
    ],
)
def test_code_letters(size, level, letter):
    assert code_letter(size, level) == letter


# MIL-STD-105E tables II-A, II-B and II-C, general inspection level II.
@pytest.mark.parametrize(
    ("lot", "aql", "how", "letter", "size", "accept"),
    [
        (1000, 1.0, "normal", "J", 80, 2),
        (1000, 0.65, "normal", "J", 80, 1),
        (1000, 0.40, "normal", "K", 125, 1),
        (1000, 0.25, "normal", "H", 50, 0),
        (1000, 2.5, "normal", "J", 80, 5),
        (1000, 4.0, "normal", "J", 80, 7),
        (1000, 6.5, "normal", "J", 80, 10),
        (1000, 10.0, "normal", "J", 80, 14),
        (100, 1.0, "normal", "E", 13, 0),
        (100, 0.65, "normal", "F", 20, 0),
        (5000, 0.10, "normal", "K", 125, 0),
        (5000, 0.010, "normal", "Q", 1250, 0),
        (20_000, 6.5, "normal", "L", 200, 21),
        (600_000, 4.0, "normal", "M", 315, 21),
        (1000, 1.0, "tightened", "J", 80, 1),
        (1000, 1.5, "tightened", "J", 80, 2),
        (1000, 0.25, "tightened", "J", 80, 0),
        (1000, 1.0, "reduced", "J", 32, 1),
        (2000, 1.0, "reduced", "K", 50, 1),
        (5000, 1.0, "reduced", "L", 80, 2),
        (20_000, 1.0, "reduced", "M", 125, 3),
        (100_000, 1.0, "reduced", "N", 200, 5),
        (400_000, 1.0, "reduced", "P", 315, 7),
        (600_000, 1.0, "reduced", "Q", 500, 10),
        (100, 1.0, "reduced", "E", 5, 0),
        (100, 1.5, "reduced", "G", 13, 0),
        (100, 2.5, "reduced", "F", 8, 0),
        (1000, 0.65, "reduced", "J", 32, 0),
        (2000, 2.5, "reduced", "K", 50, 3),
        (10_000, 6.5, "reduced", "L", 80, 10),
        (20_000, 6.5, "reduced", "L", 80, 10),
        (8, 10.0, "normal", "C", 5, 1),
        (200, 0.65, "tightened", "G", 32, 0),
        (1000, 0.40, "tightened", "L", 200, 1),
        (1000, 6.5, "tightened", "J", 80, 8),
    ],
)
def test_printed_plans(lot, aql, how, letter, size, accept):
    plan = single_plan(lot, aql, how=how)
    assert (plan.letter, plan.size, plan.accept) == (letter, size, accept)


@given(
    st.integers(1, 2_000_000),
    st.sampled_from(AQLS),
    st.sampled_from(LEVELS),
    st.sampled_from(["normal", "tightened", "reduced"]),
)
def test_every_lot_has_a_plan(lot, aql, level, how):
    plan = single_plan(lot, aql, level, how)
    assert 1 <= plan.size <= lot
    assert 0 <= plan.accept <= 21


@given(st.integers(300, 2_000_000), st.sampled_from(AQLS), st.sampled_from(LEVELS))
def test_tightened_is_stricter(lot, aql, level):
    normal, tight = single_plan(lot, aql, level), single_plan(lot, aql, level, "tightened")
    share = 0.05

    def accepted(plan):
        return sum(
            math.comb(plan.size, n) * share**n * (1 - share) ** (plan.size - n)
            for n in range(min(plan.accept, plan.size) + 1)
        )

    assert accepted(tight) <= accepted(normal) + 1e-9


@given(st.integers(2, 2_000_000), st.sampled_from(AQLS), st.sampled_from(LEVELS))
def test_reduced_looks_at_no_more_and_allows_no_more(lot, aql, level):
    normal, reduced = single_plan(lot, aql, level), single_plan(lot, aql, level, "reduced")
    assert reduced.size <= normal.size
    assert reduced.accept <= normal.accept or reduced.size == lot


def test_switching():
    good, bad = Inspected(True), Inspected(False)
    assert severity([]) == "normal"
    assert severity([bad, good, good, good]) == "normal"
    assert severity([bad, good, good, good, bad]) == "tightened"
    assert severity([bad, good, good, good, good, bad]) == "normal"
    assert severity([bad, bad, *[good] * 4]) == "tightened"
    assert severity([bad, bad, *[good] * 5]) == "normal"
    assert severity([bad, bad, *[good, bad] * 5]) == "stopped"
    assert severity([bad, bad, *[bad] * 5, *[good] * 20]) == "stopped"


def test_points_towards_reduced_inspection():
    assert points(False, 3, 4, 2) == 0
    assert points(True, 0, 0, 0) == points(True, 1, 1, 0) == 2
    assert points(True, 3, 2, 2) == 3
    assert points(True, 3, 3, 2) == 0, "it would not have been accepted one step tighter"
    assert points(True, 2, 0, None) == 0
    assert (tighter_aql(1.0), tighter_aql(0.010)) == (0.65, None)


def test_reduced_inspection_comes_and_goes():
    two, three, begins_anew, bad = Inspected(True, 2), Inspected(True, 3), Inspected(True, 0), Inspected(False)
    assert severity([three] * 9, reduced=True) == "normal"
    assert severity([three] * 10, reduced=True) == "reduced"
    assert severity([two] * 15, reduced=True) == "reduced"
    assert severity([three] * 10) == "normal", "only where it is wanted"
    assert severity([three] * 9 + [begins_anew] + [three] * 9, reduced=True) == "normal"
    assert severity([three] * 10 + [bad], reduced=True) == "normal"
    assert severity([three] * 10 + [bad] + [three] * 9, reduced=True) == "normal"
    assert severity([three] * 10 + [bad, bad, bad], reduced=True) == "tightened"
    assert severity([three] * 4, "tightened", reduced=True) == "tightened"
    assert severity([three] * 5, "tightened", reduced=True) == "normal"


def test_wrong_arguments_are_named():
    for call in (
        lambda: single_plan(10, 1.1),
        lambda: single_plan(10, 1.0, "IV"),
        lambda: single_plan(10, 1.0, "II", "loose"),
        lambda: code_letter(1),
    ):
        with pytest.raises(ValueError):
            call()
