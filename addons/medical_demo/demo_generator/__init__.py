"""Thirty months of the demo company, from a seed: moves, lots, quants and purchase orders.

``simulate`` is pure and always gives the same history for the same masters, day and seed;
``generate`` writes it into a database once.
"""

import json
import time
from dataclasses import dataclass, field
from datetime import date

from odoo.exceptions import UserError
from odoo.tools import SQL

from .demand import Horizon, Pair, customer_orders, pairs
from .ledger import Ledger
from .masters import Masters, collect, demo_records
from .rules import create_rules
from .simulation import Simulation
from .writer import Writer

MARKER = "medical_demo.demo_company"


@dataclass(frozen=True)
class Story:
    """What was simulated: masters, time, the pairs with their demand, and the documents."""

    masters: Masters
    horizon: Horizon
    pairs: list[Pair]
    ledger: Ledger

    @property
    def served(self) -> float:
        """Share of the demanded pieces that could be delivered at once."""
        wanted = sum(int(pair.demand.sum()) for pair in self.pairs)
        return 1 - sum(self.ledger.lost) / wanted if wanted else 1.0


@dataclass(frozen=True)
class Generated:
    """The result of ``generate``; ``written`` is False where the history was there already."""

    written: bool
    story: Story
    seconds: float = 0.0
    rows: dict[str, int] = field(default_factory=dict)


def simulate(masters: Masters, today: date, months: int, seed: int) -> Story:
    """The history of ``months`` months before ``today`` (which itself has not happened yet)."""
    horizon = Horizon.of(today, months)
    planned = pairs(masters, horizon, seed)
    orders = customer_orders(masters, planned, horizon, seed)
    return Story(masters, horizon, planned, Simulation(masters, planned, orders, horizon, seed).run())


def generate(env, today: date, months: int = 30, seed: int = 7, records=None, patterns=None) -> Generated:
    """Write the history into the database unless that was done before.

    :param records: (products, warehouses, hospitals) to use instead of the demo company's
    :param patterns: demand pattern per product, see ``masters.collect``
    """
    began = time.monotonic()
    parameters = env["ir.config_parameter"].sudo()
    before = parameters.get_param(MARKER)
    products, warehouses, hospitals = records or demo_records(env)
    if not products or not warehouses or not hospitals:
        raise UserError(
            env._(
                "Database %(database)s has no demo company: install medical_demo with --with-demo first.",
                database=env.cr.dbname,
            )
        )
    masters = collect(env, products, warehouses, hospitals, patterns)
    if before:
        settings = json.loads(before)
        return Generated(
            False, simulate(masters, date.fromisoformat(settings["today"]), settings["months"], settings["seed"])
        )
    # Written first: a second run at the same time waits here and then fails instead of doubling.
    parameters.set_param(MARKER, json.dumps({"today": today.isoformat(), "months": months, "seed": seed}))
    env.flush_all()
    story = simulate(masters, today, months, seed)
    buyer = env.ref("medical_demo.user_buyer", raise_if_not_found=False) or env.user
    company = warehouses.company_id[:1]
    rows = Writer(env, masters, story.ledger, story.horizon, company, buyer).run()
    rows["stock_warehouse_orderpoint"] = create_rules(env, story, seed)
    env.flush_all()
    for table in rows:
        env.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
    return Generated(True, story, time.monotonic() - began, rows)
