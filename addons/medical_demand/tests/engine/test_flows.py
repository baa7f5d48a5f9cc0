from datetime import date

import numpy as np
import pytest

from odoo.addons.medical_demand.engine import calendar, flows
from odoo.addons.medical_demand.engine.panel import aligned

# Locations: 1 and 2 in warehouses 1 and 2, 3 customer, 4 production, 5 vendor.
WAREHOUSE = np.array([0, 1, 2, 0, 0, 0])
CONSUMES = np.array([False, False, False, True, True, False])
CUSTOMER = np.array([False, False, False, True, False, False])
PAIRS = [(7, 1), (7, 2), (8, 1)]


def daily(*moved, days=10):
    return flows.daily(np.array(moved, dtype=float).reshape(-1, 6), PAIRS, days, WAREHOUSE, CONSUMES, CUSTOMER)


def test_consumption_returns_and_transfers():
    found = daily(
        (7, 5, 1, 0, 0, 100),  # receipt
        (7, 1, 3, 2, 0, 30),  # delivery
        (7, 3, 1, 4, 0, 5),  # what came back
        (7, 1, 2, 5, 0, 20),  # transfer
        (7, 4, 2, 6, 0, 9),  # finished goods are no return
        (7, 2, 4, 7, 0, 4),  # consumed
        (9, 1, 3, 7, 0, 4),  # another product
    )
    change, demand = flows.per_day(found, len(PAIRS), 10)
    np.testing.assert_array_equal(demand.sum(axis=1), [25, 4, 0])
    np.testing.assert_array_equal(change.sum(axis=1), [55, 25, 0])
    assert (demand[0, 2], demand[0, 4], change[1, 5]) == (30, -5, 20)


def test_what_comes_after_the_last_day_is_stock_only():
    change, demand = flows.per_day(daily((7, 1, 3, 25, 0, 30), days=10), len(PAIRS), 10)
    assert (change[0, 10], demand.any()) == (-30, False)


def test_periods():
    starts = [date(2026, 1, 1), date(2026, 2, 1)]
    column = flows.columns(starts, 59)
    assert (column[30], column[31], len(column)) == (0, 1, 59)
    quantity, seen = flows.per_period(daily((7, 1, 3, 30, 0, 3), (7, 1, 3, 31, 0, 4), days=59), column, (3, 2))
    np.testing.assert_array_equal(quantity[0], [3, 4])
    np.testing.assert_array_equal(seen, [[True, True], [False, False], [False, False]])
    quantity, seen = flows.per_period(daily(), column, (3, 2))
    assert (quantity.dtype, quantity.any(), seen.any()) == (float, False, False)


def test_days_without_stock_are_counted_back_from_today():
    # 10 pieces until day 2, nothing until 5 come on day 6, of which 2 are left after the last day.
    moved = daily((7, 1, 3, 2, 0, 10), (7, 5, 1, 6, 0, 5), (7, 1, 3, 12, 0, 3))
    column = np.zeros(10, dtype=int)
    np.testing.assert_array_equal(flows.days_without_stock(moved, np.array([2.0, 0, 0]), column, 1), [[3], [0], [0]])
    # Had there been less, the moves would not tell the whole story.
    np.testing.assert_array_equal(flows.days_without_stock(moved, np.array([-2.0, 0, 0]), column, 1), [[0], [0], [0]])


def test_lists_that_end_together():
    np.testing.assert_array_equal(aligned([[1, None, 3], [], [4]]), [[1, np.nan, 3], [np.nan] * 3, [np.nan, np.nan, 4]])
    np.testing.assert_array_equal(aligned([[1, 2, 3], [4]], 2), [[2, 3], [np.nan, 4]])
    assert aligned([[], []]).shape == (2, 0)


@pytest.mark.parametrize(
    ("first", "last", "places", "shares"),
    [
        (date(2026, 1, 16), date(2026, 2, 14), [0, 1], [16 / 31, 0.5]),
        (date(2025, 1, 1), date(2027, 1, 1), [0, 1], [1, 1]),
        (date(2026, 3, 1), date(2026, 3, 2), [], []),
    ],
)
def test_shares_of_periods(first, last, places, shares):
    starts = [date(2026, 1, 1), date(2026, 2, 1)]
    found = calendar.covered(first, last, starts, [calendar.period_end(start, "month") for start in starts])
    np.testing.assert_array_equal(found[0], places)
    np.testing.assert_allclose(found[1], shares)
