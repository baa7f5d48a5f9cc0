"""Figures of stock and service from daily flows, by hand."""

from datetime import date

import numpy as np
import pytest

from odoo.addons.medical_base.engine import measure
from odoo.addons.medical_planning.engine import achieved


def test_stock_is_counted_back_from_today():
    change = np.array([[10.0, -4.0, -6.0, 0.0], [0.0, 0.0, 0.0, 5.0]])
    demand = np.array([[0.0, 4.0, 6.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    found = achieved.by_product(np.array([0.0, 5.0]), change, demand)
    assert found["stock"].tolist() == [(10 + 6 + 0 + 0) / 4, 5 / 4]
    assert found["empty"].tolist() == [1, 3]
    assert found["demand"].tolist() == [10.0, 0.0]


def test_a_ledger_that_does_not_add_up_says_nothing_about_empty_days():
    found = achieved.by_product(np.array([0.0]), np.array([[-5.0, 0.0]]), np.array([[0.0, 0.0]]))
    assert found["empty"].tolist() == [1]
    found = achieved.by_product(np.array([0.0]), np.array([[5.0, 20.0]]), np.array([[0.0, 0.0]]))
    assert found["empty"].tolist() == [0]


def _pooled(rows, unit_cost, days, holding):
    """The figures of the measures over all products."""
    kinds = {
        "turnover_days": ("ratio", 1),
        "service": ("ratio", 100),
        "stockouts": ("ratio", 100),
        "storage_cost": ("level", 1),
    }
    return {
        code: measure.figure(
            kinds[code][0], measure.Total(above.sum(), below.sum()), days=days, factor=kinds[code][1]
        ).value
        for code, (above, below) in achieved.sums(rows, unit_cost, days, holding).items()
    }


def test_pooled_by_hand():
    rows = {"stock": np.array([10.0, 4.0]), "empty": np.array([0, 5]), "demand": np.array([30.0, 10.0])}
    found = _pooled(rows, np.array([1.0, 3.0]), 10, 0.2)
    assert found["turnover_days"] == pytest.approx(22 / 6)
    assert found["service"] == pytest.approx(75.0)
    assert found["stockouts"] == pytest.approx(25.0)
    assert found["storage_cost"] == pytest.approx(4.4)
    still = _pooled({name: values * 0 for name, values in rows.items()}, np.array([1.0, 3.0]), 10, 0.2)
    assert still == {"turnover_days": None, "service": None, "stockouts": None, "storage_cost": 0.0}


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2026, 5, 20), True),  # Wednesday, the day it was due
        (date(2026, 5, 21), False),
        (date(2026, 5, 13), True),  # five working days before
        (date(2026, 5, 12), False),
    ],
)
def test_in_time(day, counts):
    assert achieved.in_time(date(2026, 5, 20), [(day, 4.0)], 10.0) == (4.0 if counts else 0.0)


def test_in_time_in_parts_and_too_much():
    due = date(2026, 5, 18)  # Monday
    came = [(date(2026, 5, 11), 3.0), (due, 4.0), (date(2026, 5, 19), 3.0)]
    assert achieved.in_time(due, came, 10.0) == 7.0
    assert achieved.in_time(due, [(due, 30.0)], 10.0) == 10.0
    assert achieved.in_time(due, [], 10.0) == 0.0
