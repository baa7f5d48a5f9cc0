"""The truth: what each company may use of each lot, told by what came, what went and what was decided.

Plain Python; nothing of the addons is asked. Every balance is kept twice, because some departures may fairly be charged
to one part of a lot or to another: ``Balance.sure`` charges what is released first (a quantity that is free here is free
whatever one thinks, so it has to work), ``Balance.most`` charges what is blocked first (a quantity that is not even free
here was never anybody's to use).
"""

from collections import defaultdict
from dataclasses import dataclass, field

EPSILON = 1e-6
# Key of the arrival that stands for what was released before it was decided on anew.
_ANEW = 0
# Departures that leave nobody a way back: only what was released may go there.
HARD = frozenset({"customer", "use", "other company", "another vendor"})


@dataclass
class Arrival:
    kind: str
    open: float
    decided: bool = False
    # What an inspection that failed lets through at most; None where none did.
    cap: float | None = None
    rejected: float = 0.0


@dataclass
class Balance:
    """Pools of one lot in one company: together what lies there."""

    # Which pool an unnamed loss is charged to first.
    released_first: bool
    released: float = 0.0
    arrivals: dict[int, Arrival] = field(default_factory=dict)
    # line of a hold → what it still keeps apart
    parts: dict[int, float] = field(default_factory=dict)
    # line of a document → what it was charged to: (arrival or None for released, quantity, line of a hold)
    charges: dict[int, list[tuple[int | None, float, int | None]]] = field(default_factory=dict)

    @property
    def blocked(self) -> float:
        return sum(one.open + one.rejected for one in self.arrivals.values())

    @property
    def on_hand(self) -> float:
        return self.released + self.blocked

    @property
    def free(self) -> float:
        # No more than is there at all, which a correction may have made less.
        kept = min(sum(self.parts.values()), max(self.on_hand, 0.0))
        return self.released - (kept if self.released_first else max(0.0, kept - self.blocked))

    def arrive(self, key: int, kind: str, quantity: float, controlled: bool) -> None:
        one = self.arrivals.setdefault(key, Arrival(kind, 0.0))
        if controlled:
            one.open += quantity
            one.decided = False
        else:
            self.released += quantity

    def depart(self, key: int, quantity: float, *, hard: bool, part: int | None = None, named: bool = False) -> None:
        taken = self.charges.setdefault(key, [])
        if hard:
            self.released -= quantity
            taken.append((None, quantity, None))
            return
        if part in self.parts:
            kept = min(quantity, self.parts[part])
            self.parts[part] -= kept
            self._take(taken, kept, self.released_first, part)
            quantity -= kept
        for other, kept in self.parts.items() if not self.released_first else ():
            reach = min(quantity, kept)
            self.parts[other] -= reach
            self._take(taken, reach, False, other)
            quantity -= reach
        if named or not self.released_first:
            self._take(taken, quantity, self.released_first and named)
            return
        reach = min(quantity, max(self.free, 0.0))
        self.released -= reach
        taken.append((None, reach, None))
        self._take(taken, quantity - reach, False)

    def _take(self, taken, quantity: float, released_first: bool, part: int | None = None) -> None:
        """Charge to the blocked and the released, in the order said; what is beyond both, to the released."""
        if released_first:
            reach = min(quantity, max(self.released, 0.0))
            self.released -= reach
            taken.append((None, reach, part))
            quantity -= reach
        for key, one in self.arrivals.items():
            for pool in ("open", "rejected"):
                reach = min(quantity, getattr(one, pool))
                if reach > 0:
                    setattr(one, pool, getattr(one, pool) - reach)
                    taken.append((key, reach, part))
                    quantity -= reach
        if quantity:
            self.released -= quantity
            taken.append((None, quantity, part))

    def less_left(self, key: int, quantity: float) -> None:
        """So much less left by a line than was said: back where it was charged to."""
        taken = self.charges.get(key, [])
        order = sorted(range(len(taken)), key=lambda number: (taken[number][0] is None) == self.released_first)
        for number in order:
            arrival, charged, part = taken[number]
            back = min(quantity, charged)
            if part in self.parts:
                self.parts[part] += back
            if arrival is None:
                self.released += back
            else:
                self.arrivals[arrival].open += back
            taken[number] = (arrival, charged - back, part)
            quantity -= back
        self.released += quantity

    def less_came(self, key: int, quantity: float) -> None:
        """So much less came by a line than was said."""
        one = self.arrivals.get(key)
        if one is None or self.released_first:
            reach = min(quantity, max(self.free, 0.0))
            self.released -= reach
            quantity -= reach
        # What it brought may have been released, and be decided anew.
        for pools in filter(None, (one, self.arrivals.get(_ANEW))):
            for pool in ("open", "rejected"):
                reach = min(quantity, getattr(pools, pool))
                setattr(pools, pool, getattr(pools, pool) - reach)
                quantity -= reach
        self.released -= quantity

    def release(self) -> None:
        """What waits is released; where nothing waits, all that is there is decided on once more."""
        if not any(one.open > EPSILON for one in self.arrivals.values()):
            for one in self.arrivals.values():
                one.open, one.rejected, one.decided = one.rejected, 0.0, False
        for one in self.arrivals.values():
            if not one.decided:
                passed = one.open if one.cap is None else min(one.open, one.cap)
                self.released += passed
                one.rejected += one.open - passed
                one.open, one.decided = 0.0, True

    def reject(self) -> None:
        """What waits is rejected; where nothing waits, all that is there."""
        waits = any(one.open > EPSILON for one in self.arrivals.values())
        for one in self.arrivals.values():
            one.rejected, one.open, one.decided = one.rejected + one.open, 0.0, True
        if not waits:
            self._reopen("rejected")

    def quarantine(self) -> None:
        for one in self.arrivals.values():
            one.open, one.rejected, one.decided = one.open + one.rejected, 0.0, False
        self._reopen("open")

    def _reopen(self, pool: str) -> None:
        """What is released and still there waits for a decision again, or has had it; what left and comes back as well."""
        one = self.arrivals.setdefault(_ANEW, Arrival("decided anew", 0.0))
        setattr(one, pool, getattr(one, pool) + self.released)
        one.decided = pool == "rejected"
        self.released = 0.0
        for key, taken in self.charges.items():
            self.charges[key] = [(_ANEW if arrival is None else arrival, *rest) for arrival, *rest in taken]

    def uncontrol(self) -> None:
        """Nobody decides any more: all of it is free."""
        for one in self.arrivals.values():
            self.released += one.open + one.rejected
            one.open = one.rejected = 0.0

    def reasons(self) -> str:
        """Why what is there is not free."""
        kinds = {one.kind for one in self.arrivals.values() if one.open > EPSILON}
        kinds |= {f"{one.kind}, rejected" for one in self.arrivals.values() if one.rejected > EPSILON}
        kinds |= {"part on hold"} if sum(self.parts.values()) > EPSILON else set()
        return "; ".join(sorted(kinds)) or "not there"


class Truth:
    """Balances of all lots, holds of whole lots, and what was said of each."""

    def __init__(self):
        # (company, lot) → (sure, most)
        self.balances: dict[tuple[int, int], tuple[Balance, Balance]] = defaultdict(
            lambda: (Balance(True), Balance(False))
        )
        # lot → lines of holds on all of it, of any company
        self.holds: dict[int, set[int]] = defaultdict(set)

    def both(self, company: int, lot: int) -> tuple[Balance, Balance]:
        return self.balances[company, lot]

    def each(self, method: str, company: int, lot: int, *args, **kwargs) -> None:
        for balance in self.balances[company, lot]:
            getattr(balance, method)(*args, **kwargs)

    def keep(self, company: int, lot: int, line: int, quantity: float) -> None:
        for balance in self.balances[company, lot]:
            balance.parts[line] = quantity

    def lift(self, company: int, lot: int, line: int) -> None:
        self.holds[lot].discard(line)
        for balance in self.balances[company, lot]:
            balance.parts.pop(line, None)

    def surely_free(self, company: int, lot: int) -> float:
        return 0.0 if self.holds[lot] else max(0.0, self.balances[company, lot][0].free)

    def overdrawn(self, company: int, lot: int) -> bool:
        return self.balances[company, lot][1].free < -EPSILON
