"""Thirty months day by day: orders, receipts, deliveries by FEFO, returns, transfers."""

from bisect import insort
from collections import defaultdict

import numpy as np

from . import story
from .demand import CustomerOrder, Horizon, Pair, generator
from .ledger import Ledger, Line, Lot, Move, Order, OrderLine, Picking
from .masters import Masters, Offer

NEVER = 10**9
HOUR = 3600
# Seconds of the day (UTC) at which each kind of work starts: office hours in China.
CLOCK = {
    "opening": 0,
    "receipt": 1 * HOUR,
    "internal": 3 * HOUR,
    "delivery": 4 * HOUR,
    "return": 8 * HOUR,
    "write_off": 9 * HOUR,
}
RETURN_SHARE = 0.02
DAYS_UNTIL_WRITE_OFF = 45


class Shelf:
    """Stock of one pair by lot, first expiring first.

    Entries are ``[removal day, order among equals, lot, quantity]``.
    """

    def __init__(self):
        self.fresh: list[list] = []
        self.expired: list[list] = []
        self.quantity = 0

    def put(self, removal: int, lot: int | None, quantity: int, day: int) -> None:
        if removal <= day:
            self.expired.append([removal, lot or 0, lot, quantity])
            return
        insort(self.fresh, [removal, lot or 0, lot, quantity])
        self.quantity += quantity

    def expire(self, day: int) -> None:
        while self.fresh and self.fresh[0][0] <= day:
            entry = self.fresh.pop(0)
            self.quantity -= entry[3]
            self.expired.append(entry)

    def take(self, quantity: int) -> list[tuple[int, int | None, int]]:
        """First expiring lots up to ``quantity``: (removal day, lot, quantity) each."""
        taken = []
        while quantity and self.fresh:
            entry = self.fresh[0]
            part = min(quantity, entry[3])
            taken.append((entry[0], entry[2], part))
            entry[3] -= part
            quantity -= part
            self.quantity -= part
            if not entry[3]:
                self.fresh.pop(0)
        return taken


class Simulation:
    """Runs the days of the horizon once; ``run`` returns the ledger."""

    def __init__(self, masters: Masters, pairs: list[Pair], orders: list[CustomerOrder], horizon: Horizon, seed: int):
        self.masters, self.pairs, self.horizon = masters, pairs, horizon
        self.rng = generator(seed, "simulation")
        self.ledger = Ledger(today=horizon.days)
        self.ledger.empty = [bytearray(horizon.days) for _pair in pairs]
        self.ledger.lost = [0] * len(pairs)
        self.shelves = [Shelf() for _pair in pairs]
        self.on_order = [0] * len(pairs)
        self.removal: dict[int | None, int] = {None: NEVER}
        self.orders_by_day = defaultdict(list)
        for order in orders:
            self.orders_by_day[order.day].append(order)
        self.receipts = defaultdict(list)
        self.returns = defaultdict(list)
        self.clocks: dict[str, int] = {}
        self.number_of_pair = {(pair.product, pair.warehouse): number for number, pair in enumerate(pairs)}
        self.vendors = sorted(masters.vendors)
        self.policies = [self._policy(pair) for pair in pairs]
        self.first_receipt: dict[int, int] = {}

    def run(self) -> Ledger:
        self._open()
        for day in range(self.horizon.days):
            self.clocks = dict(CLOCK)
            for shelf in self.shelves:
                shelf.expire(day)
            self._receive(day)
            if day % 7 == 0:
                self._buy_in_bulk(day)
                self._transfer(day)
            self._deliver(day)
            self._take_back(day)
            if day % 91 == 84:
                self._write_off(day)
            if day % 7 < 5:
                self._buy(day)
            for empty, shelf, pair in zip(self.ledger.empty, self.shelves, self.pairs, strict=True):
                empty[day] = shelf.quantity <= 0 and day >= 7 * pair.launch
        self._leave_open()
        return self.ledger

    # Stock at the beginning, receipts and purchase orders

    def _policy(self, pair: Pair) -> tuple[np.ndarray, np.ndarray]:
        """Reorder point and order-up-to level per week, from the demand of the last 13 weeks."""
        product = self.masters.products[pair.product]
        pattern = story.PATTERNS[product.pattern]
        delay = product.offers[0].delay if product.offers else 14
        demand = pair.demand.astype(float)
        window = 13 if pattern.chance >= 1 else 39
        sums = np.concatenate([[0.0], np.cumsum(demand)])
        weeks = np.arange(len(demand))
        # Before there is enough history the buyers went by what they expected to sell.
        first = pair.launch + (8 if pair.launch else 0)
        high = np.minimum(np.maximum(weeks, first + window), len(demand))
        low = np.maximum(high - window, min(first, len(demand) - 1))
        mean = (sums[high] - sums[low]) / np.maximum(high - low, 1)
        lead = delay / 7 + 1
        deviation = demand[pair.launch :].std() if pair.launch < len(demand) else 0.0
        reorder = mean * (lead + pattern.safety * 0.5) + deviation * np.sqrt(lead) * 0.9
        if product.expires and product.expiration_time < 400:
            usable = (product.expiration_time - product.removal_time) / 7
            reorder = np.minimum(reorder, mean * usable * 0.5)
        return reorder, reorder + np.maximum(mean * pattern.cover, 1)

    def _open(self) -> None:
        """Stock counted when the books were opened; products not yet launched have none."""
        self.clocks = dict(CLOCK)
        for number, pair in enumerate(self.pairs):
            quantity = int(round(self.policies[number][1][0] * self.rng.uniform(0.55, 0.95)))
            if pair.launch or not quantity:
                continue
            product = self.masters.products[pair.product]
            shares = [quantity] if quantity < 4 else [quantity // 3, quantity - quantity // 3]
            for age, share in zip((0.45, 0.75), reversed(shares), strict=False):
                life = int(product.expiration_time * self.rng.uniform(age, age + 0.2))
                self._enter("opening", 0, number, share, life, product.cost, None, None)

    def _enter(self, kind, day, number, quantity, life, price, picking, order_line) -> None:
        """Goods that arrive with a new lot (a new serial number each): move, lines and shelf."""
        pair = self.pairs[number]
        product = self.masters.products[pair.product]
        ledger = self.ledger
        move = self._move(kind, day, picking, pair, quantity, price, order_line=order_line)
        if day >= ledger.today:
            ledger.lines.append(Line(move, None, quantity))
            return
        if product.tracking == "none":
            parts = [(None, quantity)]
        else:
            each = 1 if product.tracking == "serial" else quantity
            parts = [(self._lot(pair.product, day, life), each) for _piece in range(quantity // each)]
        for lot, part in parts:
            ledger.lines.append(Line(move, lot, part))
            self.shelves[number].put(self.removal[lot], lot, part, day)

    def _lot(self, number: int, day: int, life: int) -> int:
        product = self.masters.products[number]
        ledger = self.ledger
        counter = len(ledger.lots) + 1
        made = self.horizon.date(day)
        if product.tracking == "serial":
            name = f"{product.code.removeprefix('ME-')}-{made:%y}{counter:05d}"
        else:
            name = f"L{made:%y%W}-{counter:05d}"
        expiration = day + life if product.expires else None
        lot = ledger.add(ledger.lots, Lot(number, name, day, expiration))
        self.removal[lot] = NEVER if expiration is None else expiration - product.removal_time
        return lot

    def _receive(self, day: int) -> None:
        ledger = self.ledger
        for order_number, parts in self.receipts.pop(day, ()):
            order = ledger.orders[order_number]
            first = self.first_receipt.get(order_number)
            picking = self._picking(
                "receipt", day, order.warehouse, order.planned, partner=order.vendor, order=order_number, source=first
            )
            self.first_receipt.setdefault(order_number, picking)
            for line_number, quantity in parts:
                line = ledger.order_lines[line_number]
                number = self.number_of_pair[line.product, order.warehouse]
                product = self.masters.products[line.product]
                life = int(product.expiration_time * self.rng.uniform(0.85, 1.0))
                self._enter("receipt", day, number, quantity, life, line.price, picking, line_number)
                self.on_order[number] -= quantity

    def _leave_open(self) -> None:
        """What has not come yet: one open receipt per order with all that is missing."""
        missing = defaultdict(lambda: defaultdict(int))
        for parts in self.receipts.values():
            for order_number, lines in parts:
                for line_number, quantity in lines:
                    missing[order_number][line_number] += quantity
        self.receipts.clear()
        self.clocks = dict(CLOCK)
        today = self.horizon.days
        self.receipts[today] = [(order, sorted(lines.items())) for order, lines in sorted(missing.items())]
        self._receive(today)

    def _buy(self, day: int) -> None:
        """Each vendor is reviewed on one weekday: one order per vendor and warehouse."""
        week = day // 7
        needs = defaultdict(list)
        for number, pair in enumerate(self.pairs):
            product = self.masters.products[pair.product]
            if not product.offers or self.vendors.index(product.offers[0].vendor) % 5 != day % 7:
                continue
            lead = -(-product.offers[0].delay // 7) + 2
            # The end of a product's life is noticed late: two weeks after its demand begins to fade.
            if week + lead < pair.launch or week > pair.ending + 2:
                continue
            reorder, level = (values[max(week, min(pair.launch, len(values) - 1))] for values in self.policies[number])
            position = self.shelves[number].quantity + self.on_order[number]
            if position >= reorder:
                continue
            offer = product.offers[-1 if self.rng.random() < 0.12 else 0]
            quantity = int(-(-(level - position) // offer.minimum) * offer.minimum)
            if quantity > 0:
                needs[offer.vendor, pair.warehouse].append((number, offer, quantity))
        for (vendor, warehouse), lines in needs.items():
            self._order(day, vendor, warehouse, lines)

    def _buy_in_bulk(self, day: int) -> None:
        """Once in the story, for the products that somebody bought far too many of."""
        for number, pair in enumerate(self.pairs):
            product = self.masters.products[pair.product]
            warehouse, ago, weeks = story.BULK_BUYS.get(product.code, (None, 0, 0))
            week = self.horizon.weeks - ago
            if warehouse != pair.warehouse or day != 7 * week or not product.offers:
                continue
            offer = product.offers[0]
            wanted = weeks * pair.demand[max(week - 26, 0) : week + 1].mean()
            quantity = int(-(-wanted // offer.minimum) * offer.minimum)
            if quantity > 0:
                self._order(day, offer.vendor, pair.warehouse, [(number, offer, quantity)])

    def _order(self, day: int, vendor: int, warehouse: int, needs: list[tuple[int, Offer, int]]) -> None:
        ledger = self.ledger
        delay = max(offer.delay for _number, offer, _quantity in needs)
        planned = _workday(day + delay)
        order = ledger.add(ledger.orders, Order(vendor, warehouse, day, planned))
        arrivals = defaultdict(list)
        arrival, second = self._arrival(vendor, day, delay, planned)
        for number, offer, quantity in needs:
            product = self.pairs[number].product
            price = round(offer.price * 1.02 ** (day // 365), 2)
            line = ledger.add(ledger.order_lines, OrderLine(order, product, quantity, price))
            self.on_order[number] += quantity
            late = self._shortage(number, arrival)
            if second and quantity >= 4 and late == arrival:
                part = max(1, quantity * 3 // 5)
                arrivals[arrival].append((line, part))
                arrivals[second].append((line, quantity - part))
            else:
                arrivals[late].append((line, quantity))
        for when, parts in arrivals.items():
            self.receipts[when].append((order, parts))

    def _arrival(self, vendor: int, day: int, delay: int, planned: int) -> tuple[int, int]:
        """The day the goods come and, if the vendor splits the order, the day of the rest (else 0)."""
        behaviour = self.masters.vendors[vendor]
        second = 0
        if behaviour == "late":
            arrival = planned + round(self.rng.gamma(1.3, 0.12 * delay + 2)) - 3
        elif behaviour == "erratic":
            arrival = day + round(delay * self.rng.lognormal(0.08, 0.35))
            if self.rng.random() < 0.25:
                second = 1
        else:
            arrival = planned + round(min(max(self.rng.normal(-0.8, 1.2), -4), 3))
        arrival = _workday(max(arrival, day + 2))
        if second:
            second = _workday(arrival + int(self.rng.integers(5, 28)))
        return arrival, second

    def _shortage(self, number: int, arrival: int) -> int:
        pair = self.pairs[number]
        shortage = story.SHORTAGES.get(self.masters.products[pair.product].code)
        if shortage is None or shortage[0] != pair.warehouse:
            return arrival
        _warehouse, ago, length = shortage
        first = 7 * (self.horizon.weeks - ago)
        return _workday(first + 7 * length) if first <= arrival < first + 7 * length else arrival

    # Customers, other warehouses, expired goods

    def _deliver(self, day: int) -> None:
        ledger = self.ledger
        pickings: dict[tuple[int, int], int] = {}
        for order in self.orders_by_day.pop(day, ()):
            pair = self.pairs[order.pair]
            taken = self.shelves[order.pair].take(order.quantity)
            served = sum(quantity for _removal, _lot, quantity in taken)
            ledger.lost[order.pair] += order.quantity - served
            if not served:
                continue
            key = (pair.warehouse, order.hospital)
            if key not in pickings:
                partner = self.masters.hospitals[order.hospital].id
                pickings[key] = self._picking("delivery", day, pair.warehouse, day, partner=partner)
            move = self._leave("delivery", day, pickings[key], pair, taken)
            if self.rng.random() < RETURN_SHARE:
                _removal, lot, quantity = taken[0]
                back = _workday(day + int(self.rng.integers(4, 26)))
                part = max(1, int(quantity * self.rng.uniform(0.05, 0.6)))
                self.returns[back].append((order.pair, move, lot, part))

    def _leave(self, kind, day, picking, pair, taken, destination=None) -> int:
        quantity = sum(part for _removal, _lot, part in taken)
        cost = self.masters.products[pair.product].cost
        move = self._move(kind, day, picking, pair, quantity, cost, destination=destination)
        self.ledger.lines.extend(Line(move, lot, part) for _removal, lot, part in taken)
        return move

    def _take_back(self, day: int) -> None:
        """What hospitals send back goes to the shelf again, linked to the move that delivered it."""
        ledger = self.ledger
        for number, origin, lot, quantity in self.returns.pop(day, ()):
            pair = self.pairs[number]
            delivery, price = ledger.moves[origin].picking, ledger.moves[origin].price
            partner = ledger.pickings[delivery].partner
            picking = self._picking("return", day, pair.warehouse, day, partner=partner, source=delivery)
            move = self._move("return", day, picking, pair, quantity, price, origin=origin)
            ledger.lines.append(Line(move, lot, quantity))
            self.shelves[number].put(self.removal[lot], lot, quantity, day)

    def _transfer(self, day: int) -> None:
        """The first warehouse helps others out that run dry, sometimes and while it has plenty itself."""
        week = day // 7
        pickings: dict[int, int] = {}
        for number, pair in enumerate(self.pairs):
            source = self.number_of_pair.get((pair.product, 0))
            mean = pair.demand[max(week - 13, 0) : week + 1].mean()
            if pair.warehouse == 0 or source is None or self.shelves[number].quantity > mean:
                continue
            spare = self.shelves[source].quantity - 5 * self.pairs[source].demand[max(week - 13, 0) : week + 1].mean()
            quantity = int(min(np.ceil(2 * mean), spare))
            if quantity < 1 or self.rng.random() > 0.3:
                continue
            if pair.warehouse not in pickings:
                pickings[pair.warehouse] = self._picking("internal", day, 0, day, destination=pair.warehouse)
            taken = self.shelves[source].take(quantity)
            picking = pickings[pair.warehouse]
            self._leave("internal", day, picking, self.pairs[source], taken, destination=pair.warehouse)
            for removal, lot, part in taken:
                self.shelves[number].put(removal, lot, part, day)

    def _write_off(self, day: int) -> None:
        """Once a quarter, goods that are past their removal date for long enough leave the books."""
        for pair, shelf in zip(self.pairs, self.shelves, strict=True):
            limit = day - DAYS_UNTIL_WRITE_OFF
            gone = [(removal, lot, part) for removal, _order, lot, part in shelf.expired if removal <= limit]
            shelf.expired = [entry for entry in shelf.expired if entry[0] > limit]
            if gone:
                self._leave("write_off", day, None, pair, gone)

    def _picking(self, kind: str, day: int, warehouse: int, scheduled: int, **others) -> int:
        ledger = self.ledger
        return ledger.add(ledger.pickings, Picking(kind, day, self._clock(kind), warehouse, scheduled, **others))

    def _move(self, kind: str, day: int, picking: int | None, pair: Pair, quantity: int, price: float, **others) -> int:
        ledger = self.ledger
        clock = self._clock(kind) if picking is None else ledger.pickings[picking].clock
        move = Move(kind, day, clock, picking, pair.product, pair.warehouse, quantity, price, **others)
        return ledger.add(ledger.moves, move)

    def _clock(self, kind: str) -> int:
        """The next free second of the day for this kind of work, half a minute apart."""
        clock = self.clocks[kind]
        self.clocks[kind] += 20
        return clock


def _workday(day: int) -> int:
    """The day itself, or the Monday after it (day 0 is a Monday)."""
    return day + (7 - day % 7 if day % 7 > 4 else 0)
