"""What one change of stock does to controlled lots, collected where core changes it."""

from collections import defaultdict
from contextlib import contextmanager

_KEY = "quality_collector"
OWN = ("internal", "transit")


def own_company(location):
    """The company in whose stock ``location`` is; empty for places of others, and for those between companies."""
    return location.company_id if location.usage in OWN else location.company_id.browse()


class Collector:
    """Opened by the outermost method of stock move lines, filled by quants, judged when that method returns.

    A context value that arrives over RPC is never an instance of this class, and one that was judged collects nothing more.
    Keys are (company, product, lot or False), as ids.
    """

    __slots__ = ("deltas", "before", "open", "_controlled")

    def __init__(self):
        self.deltas = defaultdict(float)
        # What moved lines had done to stock before; nothing for those that had not moved.
        self.before = {}
        self.open = True
        self._controlled = {}

    def is_controlled(self, product, company) -> bool:
        key = (product.id, company.id)
        if key not in self._controlled:
            # sudo: what is controlled does not depend on who moves it.
            self._controlled[key] = bool(product.sudo()._quality_controlled(company=company.sudo()))
        return self._controlled[key]

    def add(self, company, product, lot, quantity):
        self.deltas[company.id, product.id, lot.id] += quantity

    def effects(self, line):
        """What a line that moved did: key → quantity."""
        source, target, quantity = (
            own_company(line.location_id),
            own_company(line.location_dest_id),
            line.quantity_product_uom,
        )
        if source == target or not quantity:
            return {}
        product = line.product_id
        return {
            (company.id, product.id, line.lot_id.id): sign * quantity
            for company, sign in ((source, -1), (target, 1))
            if company and self.is_controlled(product, company)
        }

    def moved(self, lines, before=None):
        """``lines`` have moved, or what they say of it was changed."""
        for line in lines:
            self.before.setdefault(line.id, (before or {}).get(line.id, {}))


def current(env):
    """The collector that is open, or None."""
    found = env.context.get(_KEY)
    return found if type(found) is Collector and found.open else None


@contextmanager
def collecting(records):
    """``records`` under a collector, and that; on return of the outermost what was collected is judged and booked."""
    if collector := current(records.env):
        yield records, collector
        return
    collector = Collector()
    try:
        yield records.with_context(**{_KEY: collector}), collector
    finally:
        collector.open = False
    records.env["medical.lot.ledger"]._book(collector)
