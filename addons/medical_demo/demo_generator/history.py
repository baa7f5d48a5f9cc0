"""The same demand as a history file, as a company would export it from its old system."""

import csv
import gzip
from collections import defaultdict
from datetime import date

from odoo.addons.medical_demand.engine.calendar import period_start

COLUMNS = ("product_code", "product_name", "warehouse_code", "date", "quantity", "stockout_days")


def rows(story, period: str) -> list[tuple]:
    """Delivered quantity and days without stock per product, warehouse and complete period.

    :param period: "month" or "week"; ``date`` is its first day
    """
    horizon, masters, ledger = story.horizon, story.masters, story.ledger
    number_of_pair = {(pair.product, pair.warehouse): number for number, pair in enumerate(story.pairs)}
    first_day = [period_start(horizon.date(day), period) for day in range(horizon.days)]
    current = period_start(horizon.today, period)
    quantities: dict[tuple[int, date], int] = defaultdict(int)
    empty: dict[tuple[int, date], int] = defaultdict(int)
    for move in ledger.moves:
        if move.kind == "delivery":
            quantities[number_of_pair[move.product, move.warehouse], first_day[move.day]] += move.quantity
    for number, days in enumerate(ledger.empty):
        for day, is_empty in enumerate(days):
            if is_empty:
                empty[number, first_day[day]] += 1
    result = []
    for number, start in sorted(quantities.keys() | empty.keys()):
        if not horizon.start <= start < current:
            continue
        pair = story.pairs[number]
        product = masters.products[pair.product]
        result.append(
            (
                product.code,
                product.name,
                masters.warehouses[pair.warehouse].code,
                start.isoformat(),
                quantities.get((number, start), 0),
                empty.get((number, start), 0),
            )
        )
    return result


def write(path: str, story, period: str = "month") -> int:
    """Write the file (gzip where the name ends so) and return the number of rows."""
    lines = rows(story, period)
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "wt", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(lines)
    return len(lines)
