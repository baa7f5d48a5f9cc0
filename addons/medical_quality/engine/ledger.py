"""The arithmetic of what is free of a lot in one company.

A ledger keeps what came in, how much of that was released, and what left. What left for use is charged to what was released, and
never more than is free. What left by a way that is open to blocked goods (scrap, its vendor, a count) is charged to what was free
as far as that reaches, because nobody knows which of the goods it was, unless a document names them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

# Quantities are rounded to what a database keeps of them; less than half of that is nothing.
DIGITS = 6
EPSILON = 10**-DIGITS / 2


def clean(value: float) -> float:
    return round(value, DIGITS) + 0.0


@dataclass
class Balance:
    """Quantities of one lot in one company.

    arrived: all that came in. released: of that, what may be used, used up or not. used: what left, charged to the released.
    gone: what left of the rest. waiting: not decided yet, of what is left of the rest. held: on hold, counted against the released.
    """

    arrived: float = 0.0
    released: float = 0.0
    used: float = 0.0
    gone: float = 0.0
    waiting: float = 0.0
    held: float = 0.0

    @property
    def unused(self) -> float:
        """Released and still there, on hold or not."""
        return clean(self.released - self.used)

    @property
    def left(self) -> float:
        """Still there and not released: it waits, or it was rejected."""
        return clean(self.arrived - self.released - self.gone)

    @property
    def on_hand(self) -> float:
        return clean(self.unused + self.left)

    @property
    def free(self) -> float:
        return max(clean(self.unused - self.held), 0.0)

    def tidy(self) -> None:
        for field in fields(Balance):
            setattr(self, field.name, clean(getattr(self, field.name)))


@dataclass(frozen=True)
class Charge:
    """How a departure is charged: to the released, to the rest, and what of it was on hold; ``missing`` is not there to be taken."""

    charged: float
    gone: float
    unheld: float
    missing: float


def charge_use(balance: Balance, quantity: float) -> Charge:
    """What leaves for use."""
    return Charge(quantity, 0.0, 0.0, max(clean(quantity - balance.free), 0.0))


def charge_named(balance: Balance, quantity: float, apart: float = 0.0) -> Charge:
    """What leaves of what is on hold, because a document names it.

    :param apart: so much of it was never released, because its own arrival waits or was rejected
    """
    gone = min(quantity, apart, balance.left)
    charged = min(quantity - gone, balance.unused)
    gone += min(quantity - gone - charged, balance.left - gone)
    return Charge(clean(charged), clean(gone), quantity, max(clean(quantity - charged - gone), 0.0))


def charge_out(balance: Balance, quantity: float) -> Charge:
    """What leaves by a way that is open to blocked goods, and nobody says which of them: the free, the rest, what is on hold."""
    free = min(quantity, balance.free)
    gone = min(quantity - free, balance.left)
    held = min(quantity - free - gone, balance.unused - free)
    return Charge(clean(free + held), clean(gone), clean(held), max(clean(quantity - free - gone - held), 0.0))


def spread(amounts: Sequence[float], quantity: float) -> list[float]:
    """How much of ``quantity`` is taken of each of ``amounts``, one after the other."""
    taken = []
    for amount in amounts:
        part = clean(max(min(amount, quantity), 0.0))
        quantity -= part
        taken.append(part)
    return taken


def held_of_released(lines: Iterable[tuple[float, float]]) -> float:
    """What part holds count against the released.

    :param lines: for each hold what it still keeps, and how much of that is known never to have been released
    """
    return clean(sum(max(kept - apart, 0.0) for kept, apart in lines))


def state(balances: Iterable[Balance]) -> str | None:
    """What a lot is by its balances in all companies: quarantine, part, released, rejected; None where they do not say."""
    balances = list(balances)
    unused = sum(balance.unused for balance in balances)
    waiting = sum(balance.waiting for balance in balances)
    left = sum(balance.left for balance in balances)
    if waiting > EPSILON:
        return "part" if unused > EPSILON else "quarantine"
    if left > EPSILON:
        return "part" if unused > EPSILON else "rejected"
    return "released" if sum(balance.released for balance in balances) > EPSILON else None
