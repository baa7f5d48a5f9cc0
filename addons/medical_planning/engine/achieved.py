"""What stock and service were, from daily flows: the figures that targets are held against."""

import numpy as np

from ...medical_demand.engine.flows import nights


def by_product(on_hand, change, demand):
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


def pooled(rows, unit_cost, days, holding):
    """Turnover days, service and stock-outs in percent, storage cost per year, of many products; None where nothing was
    asked for.

    rows: see `by_product`; holding: cost of keeping one unit of money for a year. Service: days with stock, each product
    weighted by the value of its demand; stock-outs: days without stock of the products with demand, each alike.
    """
    value = float((rows["stock"] * unit_cost).sum())
    sold = rows["demand"] * unit_cost
    per_day = float(sold.sum()) / days
    asked = rows["demand"] > 0
    empty = rows["empty"] / days
    return {
        "turnover_days": value / per_day if per_day else None,
        "service": 100.0 * float(((1 - empty) * sold).sum() / sold.sum()) if per_day else None,
        "stockouts": 100.0 * float(empty[asked].mean()) if asked.any() else None,
        "storage_cost": holding * value,
    }
