"""Stock of many products over many periods under (min, max) rules, all replications at once.

Within a period: what has expired leaves; position (on hand less backorders, plus on order) below min is filled up to
max; what is due arrives; demand is served. So an order placed in period t with a lead time of L periods serves the
demand of period t + L, and a rule that is looked at every R periods has to cover L + R of them.

Stock leaves first expired, first out. With one shelf life per product that is first in, first out, so the units that
came in during the last `shelf_life` periods are the youngest on hand, and everything beyond their number has expired:
no ages have to be kept, whatever the shelf life.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from .lead_times import draws

# Cells worked on at once: small enough for the processor's cache.
_CELLS = 10_000


@dataclass(frozen=True)
class Terms:
    """How goods are ordered and kept; (n,) or scalar.

    review: periods between two looks at the rule (scalar). moq, multiple: least order and step of orders, 0 for none.
    shelf_life: whole periods from receipt in which a unit can be used, inf for ever. lost: demand that cannot be served
    is lost; otherwise it waits.
    no_orders, closed: (T,) bool, periods in which the vendor takes no orders, and in which nothing leaves the warehouse.
    """

    review: int = 1
    moq: np.ndarray = 0.0
    multiple: np.ndarray = 0.0
    shelf_life: np.ndarray = np.inf
    lost: bool = False
    no_orders: np.ndarray | None = None
    closed: np.ndarray | None = None


@dataclass(frozen=True)
class Outcome:
    """(n, R) each, R replications. served: periods that ended without backorders or lost demand; short: units not
    served at once; demand: units asked for; stock, backlog: mean stock on hand and mean units waiting at the end of a period; orders: number of orders;
    expired: units; asked, missed: periods with demand, and with demand that was not wholly served at once. periods: (n,) counted."""

    served: np.ndarray
    short: np.ndarray
    demand: np.ndarray
    stock: np.ndarray
    backlog: np.ndarray
    orders: np.ndarray
    expired: np.ndarray
    asked: np.ndarray
    missed: np.ndarray
    periods: np.ndarray


def simulate(
    demand: np.ndarray | Callable[[np.ndarray, np.random.Generator], np.ndarray],
    low: np.ndarray,
    high: np.ndarray,
    leads: np.ndarray | Sequence[np.ndarray],
    replications: int,
    terms: Terms | None = None,
    seed: int = 0,
    begins: np.ndarray | None = None,
) -> Outcome:
    """Outcome of n products over T periods.

    demand: (n, T) the same in all replications, or a function (rows, rng) → (T, len(rows), R) drawing it.
    low, high: (n, T) or (n, 1) min and max known at the start of each period. leads: (K,) chances of lead times
    (see `lead_times.distribution`), or a sequence of such, one for each product.
    begins: (n,) first period of each product, 0 by default: it begins with max on hand. Equal `seed`, n and T give equal lead times and demand whatever the rule.
    """
    terms = terms or Terms()
    drawn = callable(demand)
    low, high = np.atleast_2d(low), np.atleast_2d(high)
    n = len(low)
    periods = max(low.shape[1], high.shape[1]) if drawn else demand.shape[1]
    begins = np.zeros(n, dtype=np.int64) if begins is None else np.asarray(begins)
    size = max(1, _CELLS // replications)
    parts = []
    for at in range(0, n, size):
        rows = np.arange(at, min(at + size, n))
        rng = np.random.default_rng((seed, at))
        lead = _leads(leads, rows, rng, replications, periods)
        asked = demand(rows, rng) if drawn else np.asarray(demand[rows], dtype=np.float64).T[:, :, None]
        parts.append(_run(asked, low[rows], high[rows], lead, _rows(terms, rows, n), begins[rows]))
    joined = {
        name: np.concatenate([part[name] for part in parts]) if parts else np.zeros((0, replications))
        for name in (field.name for field in fields(Outcome) if field.name != "periods")
    }
    return Outcome(**joined, periods=periods - begins)


def _leads(leads, rows, rng, replications, periods):
    """(T, rows, R) uint8."""
    if isinstance(leads, np.ndarray):
        return draws(leads, rng, (periods, len(rows), replications))
    return np.stack([draws(leads[row], rng, (periods, replications)) for row in rows], axis=1)


def _rows(terms, rows, n):
    def column(value):
        return np.broadcast_to(np.asarray(value, dtype=np.float64), (n,))[rows, None]

    return replace(terms, **{name: column(getattr(terms, name)) for name in ("moq", "multiple", "shelf_life")})


def _run(demand, low, high, leads, terms, begins):
    periods, rows, replications = leads.shape
    shape = (rows, replications)
    counted = np.maximum(periods - begins, 1)[:, None]
    together = not begins.any()
    if not together:
        # Until it begins a product is not asked for and keeps the levels it begins with: nothing moves.
        columns = np.maximum(np.arange(periods), begins[:, None])
        low, high = (np.take_along_axis(part, columns % part.shape[1], axis=1) for part in (low, high))
        demand = np.where(np.arange(periods)[:, None, None] >= begins[:, None], demand, 0.0)
    latest = int(leads.max(initial=0))
    due = np.zeros((latest + 1, rows * replications))
    net = np.broadcast_to(high[:, :1], shape).astype(np.float64)
    on_order, waiting = np.zeros(shape), np.zeros(shape)
    served, short, stock, late, orders, expired, missed = (np.zeros(shape) for _figure in range(7))
    ages = _Ages(terms.shelf_life, net, periods) if np.isfinite(terms.shelf_life).any() else None
    has_moq, has_multiple = (terms.moq > 0).any(), (terms.multiple > 0).any()
    multiple = np.where(terms.multiple > 0, terms.multiple, 1.0)
    for t in range(periods):
        if ages:
            gone = ages.expired(net, t)
            net -= gone
            expired += gone
        arriving = due[t % (latest + 1)].reshape(shape)
        if t % terms.review == 0 and not (terms.no_orders is not None and terms.no_orders[t]):
            position = net + on_order
            lower, upper = low[:, t % low.shape[1], None], high[:, t % high.shape[1], None]
            wanted = np.where(position < lower, upper - position, 0.0)
            if has_moq:
                wanted = np.where(wanted > 0, np.maximum(wanted, terms.moq), 0.0)
            if has_multiple:
                rounded = np.ceil(wanted / multiple - 1e-9) * multiple
                wanted = np.where(terms.multiple > 0, rounded, wanted)
            orders += wanted > 0
            on_order += wanted
            placed = np.flatnonzero(wanted)
            due[(t + leads[t].ravel()[placed].astype(np.intp)) % (latest + 1), placed] += wanted.ravel()[placed]
        net += arriving
        on_order -= arriving
        if ages:
            ages.received(arriving, t)
        arriving[:] = 0.0
        now = demand[t]
        on = True if together else (t >= begins)[:, None]
        if terms.closed is not None and terms.closed[t]:
            short += now
            missed += now > 0
            served += (now <= 0) & on
            waiting += 0.0 if terms.lost else now
        else:
            at_once = np.minimum(now, np.maximum(net, 0.0))
            short += now - at_once
            missed += now > at_once
            if terms.lost:
                net -= at_once
                served += (now <= at_once) & on
            else:
                net -= now + waiting
                waiting[:] = 0.0
                served += (net >= 0) & on
        held = np.maximum(net, 0.0)
        stock += held * on
        late += held - net + waiting
    return {
        "served": served,
        "short": short,
        "demand": np.broadcast_to(demand.sum(axis=0), shape),
        "stock": stock / counted,
        "backlog": late / counted,
        "orders": orders,
        "expired": expired,
        "asked": np.broadcast_to((demand > 0).sum(axis=0), shape),
        "missed": missed,
    }


class _Ages:
    """Cumulated receipts by period, from which follows what is too old."""

    def __init__(self, shelf_life, first, periods):
        self._cells = np.broadcast_to(np.where(np.isfinite(shelf_life), shelf_life, periods + 1), first.shape)
        self._cells = np.maximum(self._cells, 1).astype(np.int64)
        self._whole = self._cells.min() == self._cells.max()
        self._past = np.zeros((periods, *first.shape))
        self._total = np.maximum(first, 0.0).copy()
        self._grid = np.ix_(*(np.arange(length) for length in first.shape))

    def received(self, arriving, t):
        self._total += arriving
        self._past[t] = self._total

    def expired(self, net, t):
        """Units on hand at the start of period t that were received more than a shelf life ago."""
        at = t - self._cells
        old = at >= 0
        if not old.any():
            return np.zeros(net.shape)
        if self._whole:
            before = self._past[at.flat[0]]
        else:
            before = self._past[(np.maximum(at, 0), *self._grid)]
        young = self._total - before
        return np.where(old, np.maximum(np.maximum(net, 0.0) - young, 0.0), 0.0)
