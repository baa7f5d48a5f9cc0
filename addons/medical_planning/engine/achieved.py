"""What stock, service and receipts were: the sums behind the figures that targets are held against."""

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np

from ...medical_demand.engine.flows import nights

MEASURES = ("turnover_days", "service", "stockouts", "storage_cost")
# Working days before it is due that goods may come.
EARLY = 5


def by_product(on_hand: np.ndarray, change: np.ndarray, demand: np.ndarray) -> dict[str, np.ndarray]:
    """Dict of (n,) figures over D days.

    on_hand: (n,) stock at the end of the last day; change, demand: (n, D) of each day, demand net of returns. stock: mean at
    the end of a day; empty: days that began and ended without stock; demand: units.
    """
    night, empty = nights(on_hand, change)
    return {
        "stock": np.maximum(night, 0.0).mean(axis=1),
        "empty": empty.sum(axis=1),
        "demand": np.maximum(demand.sum(axis=1), 0.0),
    }


def sums(
    rows: Mapping[str, np.ndarray], unit_cost: np.ndarray, days: int, holding: float
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Code of a measure → (numerators, denominators), each (n,), that add up over products.

    rows: see `by_product`; holding: cost of keeping one unit of money for a year. turnover_days: stock at cost over what was
    asked for per day. service: days with stock, each product weighted by the value of its demand. stockouts: days without
    stock of the products with demand, each alike. storage_cost: the stock of each day, at cost and the rate of a year.
    """
    value = rows["stock"] * unit_cost * days
    sold = rows["demand"] * unit_cost
    asked = rows["demand"] > 0
    return {
        "turnover_days": (value, sold),
        "service": ((1 - rows["empty"] / days) * sold, sold),
        "stockouts": (np.where(asked, rows["empty"], 0.0), np.where(asked, float(days), 0.0)),
        "storage_cost": (holding * value, np.zeros_like(value)),
    }


def in_time(due: date, came: Iterable[tuple[date, float]], ordered: float) -> float:
    """How much of ``ordered`` came in time: by the day it was due, and not more than five working days before.

    came: (day, quantity) of each receipt. Monday to Friday are worked.
    """
    earliest = np.busday_offset(due, -EARLY, roll="forward").item()
    return min(sum(quantity for day, quantity in came if earliest <= day <= due), ordered)
