"""The arithmetic of the ledger: nothing is free that was not released, and nothing gets lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.medical_quality.engine.ledger import (
    Balance,
    charge_named,
    charge_out,
    charge_use,
    held_of_released,
    spread,
    state,
)

amounts = st.integers(0, 1000).map(lambda units: units / 10)


@st.composite
def balances(draw):
    arrived = draw(amounts)
    released = min(draw(amounts), arrived)
    gone = min(draw(amounts), arrived - released)
    used = min(draw(amounts), released)
    waiting = min(draw(amounts), arrived - released - gone)
    return Balance(arrived, released, used, gone, waiting, draw(amounts))


def applied(balance, charge):
    """The balance after a departure."""
    return Balance(
        balance.arrived,
        balance.released,
        balance.used + charge.charged,
        balance.gone + charge.gone,
        min(balance.waiting, balance.left - charge.gone),
        max(balance.held - charge.unheld, 0.0),
    )


@given(balances(), amounts)
def test_use_is_of_the_free_or_missing(balance, quantity):
    charge = charge_use(balance, quantity)
    assert charge.missing == pytest.approx(max(quantity - balance.free, 0), abs=1e-6)
    if not charge.missing:
        assert applied(balance, charge).free == pytest.approx(balance.free - quantity, abs=1e-6)


@given(balances(), amounts)
def test_what_leaves_unnamed_takes_of_the_free_first_and_sets_nothing_free(balance, quantity):
    charge = charge_out(balance, quantity)
    assert charge.charged + charge.gone + charge.missing == pytest.approx(quantity, abs=1e-6)
    after = applied(balance, charge)
    assert after.free == pytest.approx(max(balance.free - quantity, 0.0), abs=1e-6)
    assert after.on_hand == pytest.approx(max(balance.on_hand - quantity, 0.0), abs=1e-6)
    assert after.unused >= 0 and after.left >= 0


@given(balances(), amounts, amounts)
def test_what_is_named_sets_nothing_free(balance, quantity, apart):
    balance.held = max(balance.held, quantity)
    charge = charge_named(balance, min(quantity, balance.held), apart)
    after = applied(balance, charge)
    assert charge.charged + charge.gone + charge.missing == pytest.approx(quantity, abs=1e-6)
    assert after.unused >= 0 and after.left >= 0


@given(st.lists(amounts), amounts)
def test_spread_takes_no_more_than_there_is(there, quantity):
    taken = spread(there, quantity)
    assert all(0 <= part <= whole for part, whole in zip(taken, there, strict=True))
    assert sum(taken) == pytest.approx(min(quantity, sum(there)), abs=1e-6)


def test_held():
    assert held_of_released([(4, 0), (3, 3), (2, 1)]) == 5
    assert held_of_released([]) == 0


@pytest.mark.parametrize(
    ("balances_", "expected"),
    [
        ([Balance()], None),
        ([Balance(arrived=5, waiting=5)], "quarantine"),
        ([Balance(arrived=5, released=5)], "released"),
        ([Balance(arrived=5, released=5, used=5)], "released"),
        # A return of what was delivered.
        ([Balance(arrived=6, released=5, used=5, waiting=1)], "quarantine"),
        ([Balance(arrived=6, released=5, used=4, waiting=1)], "part"),
        ([Balance(arrived=5)], "rejected"),
        ([Balance(arrived=5, released=3)], "part"),
        ([Balance(arrived=5, gone=5)], None),
        # One company has released it, the other has not.
        ([Balance(arrived=5, released=5), Balance(arrived=5, waiting=5)], "part"),
    ],
)
def test_state(balances_, expected):
    assert state(balances_) == expected
