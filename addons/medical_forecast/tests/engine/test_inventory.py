import pytest

from odoo.addons.medical_forecast.engine import inventory


def test_published_optima():
    assert inventory.eoq(8, 0.225, 1300) == pytest.approx((304.046780, 68.410526), abs=1e-6)
    assert inventory.newsvendor(0.18, 0.70, 50, 8) == pytest.approx((56.603956, 1.997605), abs=1e-6)
    assert inventory.newsvendor(0.18, 0.70, 50, 8, lead_time=4) == pytest.approx((264.766894, 4.466781), abs=1e-6)
    level, cost = inventory.base_stock(1, 9, 3, 5)
    assert (level, round(cost, 4)) == (24, 7.8174)
    point, quantity, cost = inventory.reorder_quantity(100, 20, 150, 1.5, 2)
    assert (point, quantity) == (3, 5)
    assert cost == pytest.approx(107.923581, abs=1e-6)


def test_min_max_is_exact_and_best():
    low, high, cost = inventory.min_max(5, 1, 4, 6)
    assert (low, high, round(cost, 4)) == (4, 10, 8.0341)
    assert round(inventory.min_max_cost(5, 1, 4, 6, 2, 12), 4) == 8.5611
    assert round(inventory.min_max_cost(5, 1, 4, 6, 5, 9), 4) == 8.2194


def test_free_orders_make_a_base_stock():
    low, high, cost = inventory.min_max(0, 1, 9, 3)
    level, least = inventory.base_stock(1, 9, 3, 0)
    assert (low, high) == (level - 1, level)
    assert cost == pytest.approx(least)


def test_no_cost_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        inventory.eoq(0, 1, 1)
