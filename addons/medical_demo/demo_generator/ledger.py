"""Documents of the story as plain rows, in the order in which they happened.

Rows refer to each other by their position in the ledger's lists; days are counted from
the start of the horizon, ``clock`` is the second of the day (UTC).
"""

from dataclasses import dataclass, field
from typing import NamedTuple


class Order(NamedTuple):
    """A purchase order, approved on ``day``."""

    vendor: int
    warehouse: int
    day: int
    planned: int


class OrderLine(NamedTuple):
    order: int
    product: int
    quantity: int
    price: float


class Picking(NamedTuple):
    """A transfer; ``kind`` is receipt, delivery, return or internal; ``source`` the picking
    that it returns or completes; ``scheduled`` the day it was promised for."""

    kind: str
    day: int
    clock: int
    warehouse: int
    scheduled: int
    destination: int | None = None
    partner: int | None = None
    order: int | None = None
    source: int | None = None


class Move(NamedTuple):
    """A stock move; the kinds of ``Picking`` and, without one, opening and write_off."""

    kind: str
    day: int
    clock: int
    picking: int | None
    product: int
    warehouse: int
    quantity: int
    price: float
    destination: int | None = None
    order_line: int | None = None
    origin: int | None = None


class Line(NamedTuple):
    move: int
    lot: int | None
    quantity: int


class Lot(NamedTuple):
    product: int
    name: str
    day: int
    expiration: int | None


@dataclass
class Ledger:
    """Everything that happened; moves on or after ``today`` (a day number) are still open."""

    today: int
    orders: list[Order] = field(default_factory=list)
    order_lines: list[OrderLine] = field(default_factory=list)
    pickings: list[Picking] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    # Per pair of the plan and day: True where nothing usable was on the shelf in the evening.
    empty: list[bytearray] = field(default_factory=list)
    # Demand that nobody could serve, per pair.
    lost: list[int] = field(default_factory=list)

    def add(self, rows: list, row: NamedTuple) -> int:
        rows.append(row)
        return len(rows) - 1
