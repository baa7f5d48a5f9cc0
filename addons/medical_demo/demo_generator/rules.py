"""Reorder rules as buyers made them by hand: once, long ago, in round numbers."""

import numpy as np

from . import story as tale
from .demand import generator

SHARE = 0.5
WEEKS_LOOKED_AT = 26


def create_rules(env, story, seed: int) -> int:
    """Min and max of about half of the pairs from the first half year, never revised since.

    :return: the number of rules
    """
    values = []
    for pair in story.pairs:
        product = story.masters.products[pair.product]
        warehouse = story.masters.warehouses[pair.warehouse]
        rng = generator(seed, product.code, pair.warehouse, "rule")
        mean = pair.demand[:WEEKS_LOOKED_AT].mean()
        if pair.launch or not mean or not product.offers or rng.random() > SHARE:
            continue
        pattern = tale.PATTERNS[product.pattern]
        minimum = _round(mean * (product.offers[0].delay / 7 + pattern.safety) * rng.uniform(1.1, 2.2))
        values.append(
            {
                "product_id": product.id,
                "warehouse_id": warehouse.id,
                "location_id": warehouse.stock,
                "trigger": "auto" if rng.random() < 0.5 else "manual",
                "product_min_qty": minimum,
                "product_max_qty": minimum + _round(mean * pattern.cover * rng.uniform(0.8, 1.6)),
            }
        )
    # Manual rules made by the superuser are deleted by core as soon as nothing is to be ordered.
    owner = env.ref("base.user_admin")
    env["stock.warehouse.orderpoint"].with_user(owner).create(values)
    return len(values)


def _round(quantity: float) -> float:
    """Up to one significant digit and a half: 1, 2, …, 10, 15, 20, …, 100, 150, …"""
    if quantity <= 10:
        return float(max(1, np.ceil(quantity)))
    step = 10 ** np.floor(np.log10(quantity)) / 2
    return float(np.ceil(quantity / step) * step)
