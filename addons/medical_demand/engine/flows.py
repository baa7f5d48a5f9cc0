"""Stock moves as arrays: what entered and left the warehouses of products day by day, and which days had no stock.

A day is counted from the first one; what comes after the last day carries that one's number plus one, so that stock can be
counted back from today's.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

FLOW = np.dtype([("row", "i8"), ("day", "i8"), ("demand", "f8"), ("stock", "f8")])


def daily(
    moved: np.ndarray,
    pairs: Sequence[tuple[int, int]],
    days: int,
    warehouse: np.ndarray,
    consumes: np.ndarray,
    customer: np.ndarray,
) -> np.ndarray:
    """(k,) FLOW: demand is consumption net of returns, stock the change of the quantity on hand.

    moved: (m, 6) product, source, target, day, is a return, quantity; pairs: (product, warehouse) of each row; days: number
    of days; warehouse, consumes, customer: by location, its warehouse (0 for none), whether it is customer or production,
    whether it is customer.
    """
    if not len(moved):
        return np.empty(0, dtype=FLOW)
    product, source, target, day, is_return = moved[:, :5].T.astype(np.int64)
    amount = moved[:, 5]
    index = np.minimum(day, days)
    left, entered = warehouse[source], warehouse[target]
    back = customer[source] | ((is_return == 1) & consumes[source])
    rows = _finder(pairs)
    parts = []
    for place, counts, sign in ((left, consumes[target], -1.0), (entered, back, 1.0)):
        row = rows(product, place)
        here = (left != entered) & (row >= 0)
        part = np.empty(np.count_nonzero(here), dtype=FLOW)
        part["row"], part["day"] = row[here], index[here]
        part["stock"] = sign * amount[here]
        part["demand"] = np.where(((index < days) & counts)[here], -part["stock"], 0.0)
        parts.append(part)
    return np.concatenate(parts)


def _finder(pairs):
    """Function from arrays of product and warehouse ids to the pair's row, -1 where there is none."""
    known = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    step = int(known[:, 1].max()) + 1
    keys = known[:, 0] * step + known[:, 1]
    order = np.argsort(keys)
    keys = keys[order]

    def rows(product, warehouse):
        wanted = np.where(warehouse < step, product * step + warehouse, -1)
        place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[place] == wanted, order[place], -1)

    return rows


def columns(starts: Sequence[date], days: int) -> np.ndarray:
    """(days,) period of each day; ``starts``: first days of the periods."""
    offsets = np.array([(start - starts[0]).days for start in starts])
    return np.searchsorted(offsets, np.arange(days), side="right") - 1


def per_period(flows: np.ndarray, column: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """(demand (n, T), whether there was any (n, T)); ``column``: period of each day."""
    demand = flows[flows["demand"] != 0]
    cells = demand["row"] * shape[1] + column[demand["day"]]
    quantity = np.bincount(cells, demand["demand"], minlength=shape[0] * shape[1]).astype(float)
    seen = np.zeros(shape, dtype=bool)
    seen.ravel()[cells] = True
    return quantity.reshape(shape), seen


def per_day(flows: np.ndarray, n: int, days: int) -> tuple[np.ndarray, np.ndarray]:
    """(change of stock (n, days + 1), demand (n, days + 1)); the last column is what came after the last day."""
    change, demand = np.zeros((n, days + 1)), np.zeros((n, days + 1))
    np.add.at(change, (flows["row"], flows["day"]), flows["stock"])
    np.add.at(demand, (flows["row"], flows["day"]), flows["demand"])
    return change, demand


def nights(on_hand: np.ndarray, change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(stock at the end of each day (n, D), whether the day began and ended without any (n, D)).

    on_hand: (n,) stock at the end of the last day. Where the count turns negative the moves do not tell the whole story (stock
    kept elsewhere, moves recorded in part): then no day of that row counts as one without stock.
    """
    night = on_hand[:, None] - (change[:, ::-1].cumsum(axis=1)[:, ::-1] - change)
    morning = night - change
    sound = np.minimum(night.min(axis=1), morning.min(axis=1)) >= -1e-6 * np.maximum(1.0, np.abs(night).max(axis=1))
    return night, (night <= 1e-9) & (morning <= 1e-9) & sound[:, None]


def days_without_stock(flows: np.ndarray, on_hand: np.ndarray, column: np.ndarray, periods: int) -> np.ndarray:
    """(n, T) days without stock per period; ``on_hand``: (n,) of today; ``column``: period of each day."""
    days = len(column)
    result = np.zeros((len(on_hand), periods))
    flows = flows[np.argsort(flows["row"], kind="stable")]
    # Row by row: all days of all rows at once would take too much memory.
    for row in np.unique(flows["row"]):
        first, last = np.searchsorted(flows["row"], [row, row + 1])
        change = np.bincount(flows["day"][first:last], flows["stock"][first:last], minlength=days + 1)
        empty = nights(on_hand[[row]], change[None])[1][0, :days]
        if empty.any():
            result[row] = np.bincount(column[empty], minlength=periods)
    return result
