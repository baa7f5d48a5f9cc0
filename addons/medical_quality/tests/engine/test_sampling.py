"""The sampling tables against plans that are printed in the standard, and against the numbers they promise."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.medical_quality.engine import AQLS, LEVELS, code_letter, severity, single_plan


@pytest.mark.parametrize(
    ("size", "level", "letter"),
    [(2, "II", "A"), (8, "II", "A"), (9, "II", "B"), (150, "II", "F"), (500, "II", "H"), (501, "II", "J"), (1200, "I", "G"),
     (3200, "III", "L"), (35_000, "S4", "H"), (150_001, "I", "M"), (500_001, "II", "Q"), (10**7, "III", "R")],
)
def test_code_letters(size, level, letter):
    assert code_letter(size, level) == letter


# MIL-STD-105E tables II-A and II-B, general inspection level II.
@pytest.mark.parametrize(
    ("lot", "aql", "how", "letter", "size", "accept"),
    [
        (1000, 1.0, "normal", "J", 80, 2), (1000, 0.65, "normal", "J", 80, 1), (1000, 0.40, "normal", "K", 125, 1),
        (1000, 0.25, "normal", "H", 50, 0), (1000, 2.5, "normal", "J", 80, 5), (1000, 4.0, "normal", "J", 80, 7),
        (1000, 6.5, "normal", "J", 80, 10), (1000, 10.0, "normal", "J", 80, 14), (100, 1.0, "normal", "E", 13, 0),
        (100, 0.65, "normal", "F", 20, 0), (5000, 0.10, "normal", "K", 125, 0), (5000, 0.010, "normal", "Q", 1250, 0),
        (20_000, 6.5, "normal", "L", 200, 21), (600_000, 4.0, "normal", "M", 315, 21),
        (1000, 1.0, "tightened", "J", 80, 1), (1000, 1.5, "tightened", "J", 80, 2), (1000, 0.25, "tightened", "J", 80, 0),
        (200, 0.65, "tightened", "G", 32, 0), (1000, 0.40, "tightened", "L", 200, 1), (1000, 6.5, "tightened", "J", 80, 8),
    ],
)
def test_printed_plans(lot, aql, how, letter, size, accept):
    plan = single_plan(lot, aql, how=how)
    assert (plan.letter, plan.size, plan.accept) == (letter, size, accept)


@given(st.integers(1, 2_000_000), st.sampled_from(AQLS), st.sampled_from(LEVELS), st.sampled_from(["normal", "tightened"]))
def test_every_lot_has_a_plan(lot, aql, level, how):
    plan = single_plan(lot, aql, level, how)
    assert 1 <= plan.size <= lot
    assert 0 <= plan.accept <= 21


@given(st.integers(300, 2_000_000), st.sampled_from(AQLS), st.sampled_from(LEVELS))
def test_tightened_is_stricter(lot, aql, level):
    normal, tight = single_plan(lot, aql, level), single_plan(lot, aql, level, "tightened")
    share = 0.05

    def accepted(plan):
        return sum(math.comb(plan.size, n) * share**n * (1 - share) ** (plan.size - n) for n in range(min(plan.accept, plan.size) + 1))

    assert accepted(tight) <= accepted(normal) + 1e-9


def test_switching():
    good, bad = True, False
    assert severity([]) == "normal"
    assert severity([bad, good, good, good]) == "normal"
    assert severity([bad, good, good, good, bad]) == "tightened"
    assert severity([bad, good, good, good, good, bad]) == "normal"
    assert severity([bad, bad, *[good] * 4]) == "tightened"
    assert severity([bad, bad, *[good] * 5]) == "normal"
    assert severity([bad, bad, *[good, bad] * 5]) == "stopped"
    assert severity([bad, bad, *[bad] * 5, *[good] * 20]) == "stopped"


def test_wrong_arguments_are_named():
    for call in (lambda: single_plan(10, 1.1), lambda: single_plan(10, 1.0, "IV"), lambda: single_plan(10, 1.0, "II", "reduced"),
                 lambda: code_letter(1)):
        with pytest.raises(ValueError):
            call()
