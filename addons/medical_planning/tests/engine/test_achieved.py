"""Figures of stock and service from daily flows, by hand."""

import numpy as np
import pytest

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


def test_pooled_by_hand():
    rows = {"stock": np.array([10.0, 4.0]), "empty": np.array([0, 5]), "demand": np.array([30.0, 10.0])}
    found = achieved.pooled(rows, np.array([1.0, 3.0]), 10, 0.2)
    assert found["turnover_days"] == pytest.approx(22 / 6)
    assert found["service"] == pytest.approx(75.0)
    assert found["stockouts"] == pytest.approx(25.0)
    assert found["storage_cost"] == pytest.approx(4.4)
    still = achieved.pooled({name: values * 0 for name, values in rows.items()}, np.array([1.0, 3.0]), 10, 0.2)
    assert still == {"turnover_days": None, "service": None, "stockouts": None, "storage_cost": 0.0}
