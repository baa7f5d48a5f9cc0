"""Single sampling by attributes after ISO 2859-1 (the tables are those of MIL-STD-105E, which they continue).

The master tables have a structure that makes them short: going one code letter down is the same as going one AQL to
the right, so a plan depends on the sum of both positions only.

Reduced inspection: in MIL-STD-105E and ISO 2859-1:1989 a lot with more nonconforming units than the acceptance number but
fewer than the rejection number is accepted and normal inspection comes back. Here, as in ISO 2859-1:1999, there is nothing
between the two: such a lot is not accepted.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

LETTERS = "ABCDEFGHJKLMNPQR"
SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000)
REDUCED_SIZES = (2, 2, *SIZES[:-2])
# Percent nonconforming; from 15 on the standard means nonconformities per hundred items.
AQLS = (0.010, 0.015, 0.025, 0.040, 0.065, 0.10, 0.15, 0.25, 0.40, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0)
LEVELS = ("S1", "S2", "S3", "S4", "I", "II", "III")

# Table 1: upper limits of the lot size, and the letters of the seven levels for each.
_LOTS = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000)
_TABLE_1 = (
    "AAAAAAB",
    "AAAAABC",
    "AABBBCD",
    "ABBCCDE",
    "BBCCCEF",
    "BBCDDFG",
    "BCDEEGH",
    "BCDEFHJ",
    "CCEFGJK",
    "CDEGHKL",
    "CDFGJLM",
    "CDFHKMN",
    "DEGJLNP",
    "DEGJMPQ",
    "DEHKNQR",
)
# Sum of the positions of letter and AQL → acceptance number. Between the first two the arrows of the tables stand.
_NORMAL = {14: 0, 17: 1, 18: 2, 19: 3, 20: 5, 21: 7, 22: 10, 23: 14, 24: 21}
_TIGHTENED = {15: 0, 18: 1, 19: 2, 20: 3, 21: 5, 22: 8, 23: 12, 24: 18}
_REDUCED = {14: 0, 17: 0, 18: 1, 19: 1, 20: 2, 21: 3, 22: 5, 23: 7, 24: 10}
_TABLES = {"normal": (SIZES, _NORMAL), "tightened": (SIZES, _TIGHTENED), "reduced": (REDUCED_SIZES, _REDUCED)}
# Arrow up: the plan above, where there is one; everywhere else without a number the arrow points down.
_UP = {"normal": (15,), "tightened": (), "reduced": (15,)}
# So many points lead from normal to reduced inspection, and so many good lots from tightened to normal.
_ENOUGH_POINTS, _ENOUGH_GOOD = 30, 5


@dataclass(frozen=True)
class Plan:
    """``size`` units are looked at; the lot passes with at most ``accept`` nonconforming ones."""

    letter: str
    size: int
    accept: int


def code_letter(lot_size: int, level: str = "II") -> str:
    """Code letter of ISO 2859-1 table 1. Raises ValueError for a lot below 2 units or an unknown level."""
    if lot_size < 2:
        raise ValueError("a lot for sampling has at least 2 units")
    if level not in LEVELS:
        raise ValueError(f"no such inspection level: {level}")
    return _TABLE_1[bisect_left(_LOTS, lot_size)][LEVELS.index(level)]


def single_plan(lot_size: int, aql: float, level: str = "II", how: str = "normal") -> Plan:
    """Single sampling plan of ISO 2859-1 tables 2-A (``how`` normal), 2-B (tightened) and 2-C (reduced).

    :param lot_size: units, whole, at least 1
    :param aql: percent nonconforming, one of :data:`AQLS`
    A sample as large as the lot means that every unit is looked at. Raises ValueError for other arguments.
    """
    if aql not in AQLS:
        raise ValueError(f"no such AQL: {aql}")
    if how not in _UP:
        raise ValueError(f"no such inspection: {how}")
    if lot_size < 2:
        return Plan("A", max(1, lot_size), 0)
    (sizes, numbers), column = _TABLES[how], AQLS.index(aql)
    row = LETTERS.index(code_letter(lot_size, level))
    largest = max(numbers)
    while row + column not in numbers:
        up = row and row + column in _UP[how]
        row += -1 if up or row + column > largest else 1
        if row >= len(LETTERS):
            # Below the last line of the table there is nothing but looking at every unit.
            return Plan(LETTERS[-1], lot_size, 0)
    size = sizes[row]
    if size >= lot_size:
        return Plan(LETTERS[row], lot_size, numbers[row + column])
    return Plan(LETTERS[row], size, numbers[row + column])


@dataclass(frozen=True)
class Inspected:
    """A lot at its first inspection: whether it was accepted, and its points towards reduced inspection."""

    accepted: bool
    points: int = 0


def points(accepted: bool, accept: int, nonconforming: int, tighter: int | None) -> int:
    """Points of a lot under normal inspection towards reduced inspection (ISO 2859-1 clause 9.3.3.2); 0 begins anew.

    :param accept: acceptance number of its plan
    :param nonconforming: units found in the sample
    :param tighter: acceptance number of the plan one AQL step tighter; None where there is none
    """
    if not accepted:
        return 0
    if accept < 2:
        return 2
    return 3 if tighter is not None and nonconforming <= tighter else 0


def tighter_aql(aql: float) -> float | None:
    """The AQL one step tighter; None at the end of the table."""
    place = AQLS.index(aql)
    return AQLS[place - 1] if place else None


def severity(history: Sequence[Inspected], start: str = "normal", *, reduced: bool = False) -> str:
    """How the next lot is inspected after ``history``, oldest first.

    :param start: normal, or tightened where inspection had been stopped before (9.4)
    :param reduced: whether who is responsible wants reduced inspection (9.3.3.1 c)
    The rules of ISO 2859-1 clause 9.3: tightened when two of five or fewer successive lots were not accepted, normal again
    after five successive accepted ones; reduced with 30 points under normal inspection, normal again after a lot that was not
    accepted; 'stopped' when five lots in all were not accepted under tightened inspection (9.4), until somebody lets the
    supplier in again with an empty history.
    """
    state, recent, refused, accepted, score = start, [], 0, 0, 0
    for lot in history:
        if state == "normal":
            recent = [*recent, lot.accepted][-5:]
            score = score + lot.points if lot.points else 0
            if recent.count(False) >= 2:
                state, refused, accepted = "tightened", 0, 0
            elif reduced and score >= _ENOUGH_POINTS:
                state = "reduced"
        elif state == "tightened":
            accepted = accepted + 1 if lot.accepted else 0
            refused += not lot.accepted
            if refused >= 5:
                state = "stopped"
            elif accepted >= _ENOUGH_GOOD:
                state, recent, score = "normal", [], 0
        elif state == "reduced" and not lot.accepted:
            state, recent, score = "normal", [], 0
    return state
