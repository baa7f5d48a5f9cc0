"""How much of a lot may be used in a company: stored, changed under its own lock, never below zero."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.ledger import EPSILON, Balance, state
from .lot_booking import Booking, flush_holds

AMOUNTS = ("arrived", "released", "used", "gone", "waiting", "held")


class Row(Balance):
    """A row of the ledger in memory."""

    def __init__(self, id_, company_id, lot_id, product_id, reopened, on_part_hold, *amounts):
        super().__init__(*map(float, amounts))
        self.id = id_
        self.company_id = company_id
        self.lot_id = lot_id
        self.product_id = product_id
        # Since when what left before is not given back to the released.
        self.reopened = reopened
        self.on_part_hold = on_part_hold
        self.came = False


class MedicalLotLedger(models.Model):
    """The balance of one lot in one company. Whoever changes it, or decides by it, updates the row first."""

    _name = "medical.lot.ledger"
    _description = "Balance of a Lot"
    _inherit = ["medical.append.only.mixin"]
    _rec_name = "lot_id"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    lot_id = fields.Many2one("stock.lot", required=True, readonly=True, ondelete="restrict")
    product_id = fields.Many2one("product.product", required=True, readonly=True, index=True, ondelete="restrict")
    product_uom_id = fields.Many2one(related="product_id.uom_id")
    version = fields.Integer(readonly=True, aggregator=None, help="Two who change the balance at once meet here.")
    reopened = fields.Datetime(readonly=True)
    arrived = fields.Float(digits="Product Unit", readonly=True)
    released = fields.Float(digits="Product Unit", readonly=True)
    used = fields.Float(digits="Product Unit", readonly=True, help="Left, charged to what was released.")
    gone = fields.Float("Left Blocked", digits="Product Unit", readonly=True)
    waiting = fields.Float(digits="Product Unit", readonly=True, help="In stock and not decided yet.")
    held = fields.Float("On Hold", digits="Product Unit", readonly=True, help="Parts on hold, of what was released.")
    free = fields.Float(digits="Product Unit", readonly=True, help="May be used, unless all of the lot is on hold.")

    _lot_unique = models.UniqueIndex("(lot_id, company_id)")
    # Few lots are free in part: they are asked for at each reservation.
    _partly_idx = models.Index("(product_id, company_id) WHERE arrived - used - gone > free AND released > 0")
    _never_below = models.Constraint(
        "CHECK (free >= 0 AND used <= released + 0.000001 AND released + gone <= arrived + 0.000001 AND waiting >= 0)",
        "More of a lot would be used than was released.",
    )

    # Rows

    @api.model
    def _take(self, lot_ids):
        """Rows of the lots in all companies, taken: (company, lot) → :class:`Row`.

        Each is updated, in the order of ids: a transaction that decided from an older state of it fails, and is repeated.
        """
        if not lot_ids:
            return {}
        flush_holds(self.env)
        rows = self._met(
            SQL(
                """
                WITH taken AS (SELECT id FROM medical_lot_ledger WHERE lot_id = ANY(%s) ORDER BY id FOR UPDATE)
                UPDATE medical_lot_ledger ledger SET version = ledger.version + 1 FROM taken WHERE ledger.id = taken.id
                RETURNING ledger.id, company_id, lot_id, product_id, reopened,
                          EXISTS (
                              SELECT FROM medical_hold_line line
                               WHERE line.lot_id = ledger.lot_id AND line.company_id = ledger.company_id
                                 AND line.state = 'active' AND line.quantity > 0
                          ),
                          arrived, released, used, gone, waiting, held
                """,
                list(lot_ids),
            )
        )
        return {(row[1], row[2]): Row(*row) for row in rows}

    @api.model
    def _make(self, keys, collected):
        """Rows of lots that have none: what lay there before this change is not decided.

        :param keys: (company, product, lot), as ids
        :param collected: what the present change has done already: key → quantity
        """
        lots = [lot for _company, _product, lot in keys]
        self.env["stock.quant"].flush_model(["quantity", "lot_id", "location_id", "company_id"])
        there = {
            (company, lot): float(quantity or 0.0)
            for company, lot, quantity in self.env.execute_query(
                SQL(
                    """
                    SELECT location.company_id, quant.lot_id, sum(quant.quantity)
                      FROM stock_quant quant JOIN stock_location location ON location.id = quant.location_id
                     WHERE quant.lot_id = ANY(%s) AND location.usage IN ('internal', 'transit')
                     GROUP BY location.company_id, quant.lot_id
                    """,
                    lots,
                )
            )
        }
        before = [
            max(round(there.get((company, lot), 0.0) - collected.get((company, product, lot), 0.0), 6), 0.0)
            for company, product, lot in keys
        ]
        ids = self._met(
            SQL(
                """
                INSERT INTO medical_lot_ledger
                       (company_id, product_id, lot_id, arrived, waiting, version, released, used, gone, held, free)
                SELECT company, product, lot, quantity, quantity, 1, 0, 0, 0, 0, 0
                  FROM unnest(%s::int4[], %s::int4[], %s::int4[], %s::numeric[]) AS new(company, product, lot, quantity)
                    ON CONFLICT (lot_id, company_id) DO NOTHING
                RETURNING id, company_id, lot_id
                """,
                *map(list, zip(*keys, strict=True)),
                before,
            )
        )
        found = {(company, lot): id_ for id_, company, lot in ids}
        opened = [
            {
                "company_id": company,
                "product_id": product,
                "lot_id": lot,
                "kind": "arrival",
                "reason": "opening",
                "quantity": quantity,
                "state": "open",
            }
            for (company, product, lot), quantity in zip(keys, before, strict=True)
            if quantity > EPSILON
        ]
        if opened:
            self.env["medical.lot.entry"]._insert(opened)
        self._forget()
        return {
            (company, lot): Row(found[company, lot], company, lot, product, None, True, quantity, 0, 0, 0, quantity, 0)
            for (company, product, lot), quantity in zip(keys, before, strict=True)
        }

    @api.model
    def _store(self, rows):
        """Write the rows, and what their lots are now."""
        rows = list(rows)
        if not rows:
            return
        for row in rows:
            row.tidy()
        self.env.execute_query(
            SQL(
                """
                UPDATE medical_lot_ledger ledger
                   SET arrived = new.arrived, released = new.released, used = new.used, gone = new.gone,
                       waiting = new.waiting, held = new.held, free = new.free, reopened = new.reopened
                  FROM unnest(%s::int4[], %s::timestamp[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
                              %s::numeric[], %s::numeric[], %s::numeric[])
                       AS new(id, reopened, arrived, released, used, gone, waiting, held, free)
                 WHERE ledger.id = new.id RETURNING ledger.id
                """,
                *([getattr(row, name) for row in rows] for name in ("id", "reopened", *AMOUNTS, "free")),
            )
        )
        self._forget()

    @api.model
    def _met(self, query):
        """Rows of a query in which two who decide at once meet: one fails and is repeated, which is nothing to report."""
        self.env.cr.execute(query, log_exceptions=False)
        return self.env.cr.fetchall()

    @api.model
    def _forget(self):
        """Nothing of what was read of the balances holds any more."""
        self.invalidate_model(flush=False)
        names = ("ledger_ids", "entry_ids", "free", "waiting", "unmet", "ready", "next_step_id", "may_sign_step")
        self.env["stock.lot"].invalidate_model([f"quality_{name}" for name in names], flush=False)

    # What changes it

    @api.model
    def _book(self, collector):
        """Judge what was collected, and book it on the lines that did it."""
        Booking(self.env(su=True), collector).book()

    @api.model
    def _show(self, rows, moved=()):
        """Write what the lots of ``rows`` are now.

        :param rows: all rows of the lots, (company, lot) → row
        :param moved: ids of the lines that have just moved, which core does not call done yet
        """
        by_lot = {}
        for row in rows.values():
            by_lot.setdefault(row.lot_id, []).append(row)
        groups, now = {}, fields.Datetime.now()
        # sudo: what a lot is does not depend on who moves it.
        for lot in self.env["stock.lot"].sudo().browse(by_lot):
            found = state(by_lot[lot.id]) or lot.quality_state
            came = found in ("quarantine", "part") and any(row.came for row in by_lot[lot.id])
            if found != lot.quality_state or came:
                groups.setdefault((found, came), lot.browse())
                groups[found, came] |= lot
        turned = self.env["stock.lot"]
        for (found, came), lots in groups.items():
            blocked = lots.filtered("quality_blocked")
            lots._guarded_write(
                {"quality_state": found} | ({"quality_received": now, "quality_decided": False} if came else {})
            )
            now_blocked = lots.filtered("quality_blocked")
            turned |= (blocked | now_blocked) - (blocked & now_blocked)
        self.env["stock.quant"]._quality_blocking_changed(turned, moved)

    @api.model
    def _touch(self, lots, company=None):
        """Take the rows of ``lots`` for a change that is not one of quantities: a hold, its end, another expiry.

        :param company: whose row is made for lots that have none, so that an arrival at this moment meets it
        """
        rows = self._take(lots.ids)
        missing = [
            (company.id, lot.product_id.id, lot.id) for lot in lots if company and (company.id, lot.id) not in rows
        ]
        if missing:
            rows |= self._make(missing, {})
        return rows

    @api.model
    def _holds_changed(self, lots, company=None):
        """Count again what is on hold of the lots."""
        if not lots:
            return
        rows = self._touch(lots, company)
        booking = Booking(self.env(su=True), None, rows)
        for key in rows:
            booking.count_held(key)
        booking.store()

    @api.model
    def _decide(self, lots, decision, companies):
        """Decide on what is there of ``lots``: the open arrivals, or all of them where none is open.

        :param decision: released, rejected or quarantine
        :param companies: lot → the companies in whose stock it is decided
        """
        rows = self._take(lots.ids)
        booking = Booking(self.env(su=True), None, rows)
        booking.load_arrivals()
        for lot in lots:
            for company in companies[lot]:
                if (company.id, lot.id) in rows:
                    booking.decide((company.id, lot.id), decision)
        booking.store()

    @api.model
    def _partly_free(self, products, companies):
        """lot → how much of it is free in ``companies``, of those lots of ``products`` of which that is not all that is there.

        Lots of which nothing was released are not among them: they are blocked as a whole.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lot_id, sum(free) FROM medical_lot_ledger
                 WHERE product_id = ANY(%s) AND company_id = ANY(%s) AND arrived - used - gone > free AND released > 0
                 GROUP BY lot_id
                """,
                products.ids,
                companies.ids,
            )
        )
        return {self.env["stock.lot"].browse(lot_id): float(free) for lot_id, free in rows}
