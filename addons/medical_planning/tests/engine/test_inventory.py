import inventory
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats


def test_published_optima():
    assert inventory.eoq(8, 0.225, 1300) == pytest.approx((304.046780, 68.410526), abs=1e-6)
    assert inventory.newsvendor(0.18, 0.70, 50, 8) == pytest.approx((56.603956, 1.997605), abs=1e-6)
    assert inventory.newsvendor(0.18, 0.70, 50, 8, lead_time=4) == pytest.approx((264.766894, 4.466781), abs=1e-6)
    level, cost = inventory.base_stock(1, 9, 3, 5)
    assert (level, round(cost, 4)) == (24, 7.8174)
    point, quantity, cost = inventory.reorder_quantity(100, 20, 150, 1.5, 2)
    assert (point, quantity) == (3, 5)
    assert cost == pytest.approx(107.923581, abs=1e-6)


# What stockpyl 1.0.2 answered to the same questions, run beside ours in an environment of its own.
ORACLE = {
    "newsvendor": (inventory.newsvendor(0.18, 0.70, 50, 8), (56.60395592743389, 1.9976051931766445)),
    "newsvendor, lead time": (inventory.newsvendor(0.18, 0.70, 50, 8, 4), (264.76689437415484, 4.466781004149577)),
    "base stock": (inventory.base_stock(1, 9, 3, 5), (24, 7.8173655185360165)),
    "min max": (inventory.min_max(5, 1, 4, 6), (4, 10, 8.034111561471642)),
    "min max, dear orders": (inventory.min_max(64, 1, 9, 10), (6, 40, 35.021555272320384)),
    "min max, dear shortage": (inventory.min_max(10, 2, 20, 3), (3, 8, 13.571104940860977)),
    "min max, given": (
        [inventory.min_max_cost(5, 1, 4, 6, *rule) for rule in ((2, 12), (5, 9))],
        (8.561054774714636, 8.219417920752843),
    ),
    "reorder point": (inventory.reorder_quantity(100, 20, 150, 1.5, 2), (3, 5, 107.92358063314975)),
    "reorder point, cheap": (inventory.reorder_quantity(5, 1, 9, 10, 1), (10, 12, 12.403741596858586)),
    "reorder point, slow": (inventory.reorder_quantity(40, 2, 30, 0.8, 3), (2, 7, 14.46883295332473)),
    "order quantity": (inventory.eoq(8, 0.225, 1300), (304.0467800264368, 68.41052550594829)),
    "breaks": (inventory.eoq_with_breaks(8, 0.3, 1300, [0, 400, 800], [0.75, 0.72, 0.68]), (800, 978.6)),
    "breaks, between": (
        inventory.eoq_with_breaks(100, 0.2, 5000, [0, 500, 1000], [1.0, 0.8, 0.7]),
        (2672.612419124244, 3874.165738677394),
    ),
    "breaks, incremental": (
        inventory.eoq_with_breaks(8, 0.3, 1300, [0, 400, 800], [0.75, 0.72, 0.68], True),
        (304.0467800264368, 1043.4105255059483),
    ),
    "breaks, incremental, last": (
        inventory.eoq_with_breaks(100, 0.2, 5000, [0, 500, 1000], [1.0, 0.8, 0.7], True),
        (4629.100498862757, 4168.074069840786),
    ),
    "lot sizes": (inventory.lot_sizes(120, 1.5, [20, 50, 10, 50, 50, 10, 20, 40])[0], (80, 0, 0, 110, 0, 0, 60, 0)),
    "lot sizes, cost": (inventory.lot_sizes(120, 1.5, [20, 50, 10, 50, 50, 10, 20, 40])[1], 630),
}


@pytest.mark.parametrize("case", ORACLE)
def test_agrees_with_the_oracle(case):
    found, expected = ORACLE[case]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_price_breaks():
    terms = (8, 0.3, 1300, [0, 400, 800], [0.75, 0.72, 0.68])
    quantity, cost = inventory.eoq_with_breaks(*terms)
    assert quantity == 800
    assert cost == pytest.approx(978.60, abs=0.005)
    quantity, cost = inventory.eoq_with_breaks(*terms, incremental=True)
    assert quantity == pytest.approx(304.046780, abs=1e-6)
    assert cost == pytest.approx(1043.410526, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(
    order_cost=st.floats(1, 500),
    carrying=st.floats(0.05, 0.5),
    rate=st.floats(10, 5000),
    step=st.floats(20, 2000),
    cut=st.floats(0.5, 0.99),
    incremental=st.booleans(),
)
def test_price_breaks_are_the_best_of_all_quantities(order_cost, carrying, rate, step, cut, incremental):
    breaks, prices = [0, step, 2 * step], [1.0, cut, cut**2]
    quantity, cost = inventory.eoq_with_breaks(order_cost, carrying, rate, breaks, prices, incremental)
    tried = np.concatenate([np.geomspace(1, 1e6, 6000), breaks[1:]])
    place = np.searchsorted(breaks, tried, side="right") - 1
    goods = np.array(prices)[place] * tried
    if incremental:
        below = np.array([0.0, step, step + cut * step])[place]
        goods = below + np.array(prices)[place] * (tried - np.array(breaks)[place])
    costs = order_cost * rate / tried + goods * rate / tried + carrying * goods / 2
    assert cost <= costs.min() * (1 + 1e-9)
    assert cost >= costs.min() * (1 - 1e-3)
    assert quantity > 0


def test_lot_sizes():
    orders, cost = inventory.lot_sizes(500, 2, [90, 120, 80, 70])
    assert orders.tolist() == [210, 0, 150, 0]
    assert cost == 1380
    orders, cost = inventory.lot_sizes(5, 1, [0, 10, 0, 0])
    assert (orders.tolist(), cost) == ([0, 10, 0, 0], 5)
    assert inventory.lot_sizes(5, 1, [])[1] == 0


def test_base_stock_reaches_the_service_published():
    # 18 units are asked for in six periods on average; of a period's three, those above the level wait.
    number = np.arange(200)
    six, five = (stats.poisson.pmf(number, mean) for mean in (18, 15))
    assert six[:25].sum() == pytest.approx(0.93174, abs=5e-6)
    waiting = np.maximum(number - 24, 0) @ six - np.maximum(number - 24, 0) @ five
    assert 1 - waiting / 3 == pytest.approx(0.94743, abs=5e-6)
    assert inventory.base_stock(1, 9, 3, 5) == pytest.approx(
        (24, np.maximum(24 - number, 0) @ six + 9 * np.maximum(number - 24, 0) @ six)
    )


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
