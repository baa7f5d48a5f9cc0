"""One booking in the ledger: what was collected, on whose account, and whether it may be."""

from collections import defaultdict

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.medical_base.document import QUALITY_APPROVER

from ..engine.ledger import EPSILON, charge_named, charge_out, charge_use, clean, held_of_released, spread

# Ways that are open to goods that may not be used.
_OUT = ("supplier", "inventory")


def flush_holds(env):
    """Have the database know what holds say of parts, for the statement that takes rows of the ledger."""
    env["medical.hold.line"].flush_model(["lot_id", "company_id", "state", "quantity"])


class Booking:
    """Works on rows of the ledger that were taken, and writes all that has changed at its end.

    As superuser: what may be used does not depend on who moves it. Keys of rows are (company, lot), as ids.
    """

    def __init__(self, env, collector, rows=None):
        self.env = env
        self._whole = None
        self.entries = {}
        self.ledger = env["medical.lot.ledger"]
        self.collector = collector
        self.rows = rows or {}
        self.new, self.changed, self.errors = [], {}, []
        self._arrivals, self._held = {}, {}

    # What moves have done

    def book(self):
        lines, wanted = self._wanted()
        collected = {key: quantity for key, quantity in self.collector.deltas.items() if abs(quantity) > EPSILON}
        if not lines and not collected:
            return
        untracked = self._compare(collected, wanted)
        keys = [key for key in {**collected, **wanted} if key[2]]
        if not keys:
            return
        self._take_rows(keys, collected)
        # What came in first: the same transfer may bring and take.
        for line, deltas in lines.items():
            for key, quantity in deltas.items():
                if quantity > EPSILON and key[2]:
                    self._came(line, key, quantity)
        for (company, _product, lot), quantity in untracked.items():
            self._arrive((company, lot), quantity, "untracked", None)
        for line, deltas in lines.items():
            for key, quantity in deltas.items():
                if quantity < -EPSILON and key[2]:
                    self._left(line, key, -quantity)
        if self.errors:
            raise UserError("\n".join(dict.fromkeys(self.errors)))
        self.store()

    def _wanted(self):
        """line → what has to be booked for it (key → quantity), and the sum of that."""
        before = self.collector.before
        lines = self.env["stock.move.line"].browse(before)
        effects = {line: self.collector.effects(line) for line in lines}
        told = [line for line in lines if effects[line] or before[line.id]]
        if not told:
            return {}, {}
        self.entries = self._entries_of([line.id for line in told])
        found, total = {}, defaultdict(float)
        for line in told:
            booked = defaultdict(float)
            for entry in self.entries.get(line.id, ()):
                key = (entry["company_id"], entry["product_id"], entry["lot_id"])
                booked[key] += entry["quantity"] if entry["kind"] == "arrival" else -entry["quantity"]
            if line.id not in self.entries:
                booked.update(before[line.id])
            deltas = {}
            for key in {**effects[line], **booked}:
                delta = clean(effects[line].get(key, 0.0) - booked[key])
                if abs(delta) > EPSILON and self._is_controlled(key):
                    deltas[key] = delta
                    total[key] += delta
            found[line] = deltas
        return found, total

    def _is_controlled(self, key):
        company, product, _lot = key
        return self.collector.is_controlled(
            self.env["product.product"].browse(product), self.env["res.company"].browse(company)
        )

    def _compare(self, collected, wanted):
        """What came to lots out of stock without number, as core does where there is too little of a lot; all other
        changes have to be what the lines say."""
        came, taken = {}, defaultdict(float)
        for key in {**collected, **wanted}:
            rest = clean(collected.get(key, 0.0) - wanted.get(key, 0.0))
            company, product, lot = key
            if not lot:
                taken[company, product] -= rest
            elif rest > EPSILON:
                came[key] = rest
                taken[company, product] -= rest
            elif rest < -EPSILON:
                self._refuse_unexplained(key)
        for (company, product), rest in taken.items():
            if abs(rest) > EPSILON:
                self._refuse_unexplained((company, product, False))
        return came

    def _refuse_unexplained(self, key):
        _company, product, lot = key
        raise UserError(
            self.env._(
                "The stock of %(lot)s (%(product)s) would not change by what its transfers say. It is under quality control: "
                "change it by a new transfer or a count.",
                lot=self.env["stock.lot"].browse(lot).name or self.env._("goods without number"),
                product=self.env["product.product"].browse(product).display_name,
            )
        )

    def _take_rows(self, keys, collected):
        self.rows = self.ledger._take({lot for _company, _product, lot in keys})
        missing = [key for key in keys if (key[0], key[2]) not in self.rows]
        if missing:
            self.rows |= self.ledger._make(missing, collected)

    def _came(self, line, key, quantity):
        """What a line brought more than is booked: less left, or more came."""
        company, _product, lot = key
        for entry in self._own_entries(line, key, "departure"):
            part = min(quantity, entry["quantity"])
            self._give_back((company, lot), entry, part)
            quantity = clean(quantity - part)
        if quantity > EPSILON:
            source = line.location_id
            reason = {"supplier": "receipt", "production": "production", "customer": "return"}.get(source.usage)
            if source.usage == "inventory":
                reason = "count" if line.is_inventory else "scrap_back"
            self._arrive((company, lot), quantity, reason or "other_company", line)

    def _left(self, line, key, quantity):
        """What a line took more than is booked: less came, or more left."""
        company, _product, lot = key
        for entry in self._own_entries(line, key, "arrival"):
            part = min(quantity, entry["quantity"])
            self._take_back((company, lot), entry, part)
            quantity = clean(quantity - part)
        if quantity > EPSILON:
            self._leave((company, lot), line, quantity)

    def _own_entries(self, line, key, kind):
        return [
            entry
            for entry in reversed(self.entries.get(line.id, ()))
            if entry["kind"] == kind and (entry["company_id"], entry["product_id"], entry["lot_id"]) == key
        ]

    # In and out

    def _arrive(self, key, quantity, reason, line):
        row = self.rows[key]
        row.came = row.came or row.arrived > EPSILON
        row.arrived += quantity
        row.waiting += quantity
        self._entry(key, line, kind="arrival", reason=reason, quantity=quantity, state="open")

    def _leave(self, key, line, quantity):
        row, target = self.rows[key], line.location_dest_id
        if target.usage not in _OUT:
            charge = charge_use(row, quantity)
            if charge.missing > EPSILON or not self._may_be_used(row):
                self.errors.append(self._short_sentence(row, quantity))
                return
            reason = {"customer": "customer", "production": "use"}.get(target.usage, "other_company")
            row.used += charge.charged
            self._entry(key, line, kind="departure", reason=reason, quantity=quantity, charged=charge.charged)
            return
        scrap = target.usage == "inventory" and line.move_id.scrap_id
        reason = "vendor" if target.usage == "supplier" else "scrap" if scrap else "loss"
        held, disposition = self._named(key, line, quantity)
        parts = []
        if held:
            line_, kept, apart = held
            part = min(quantity, kept)
            charge = charge_named(row, part, apart)
            parts.append(charge)
            self._take_out(key, charge, {line_: part})
        rest = quantity - sum(charge.charged + charge.gone for charge in parts)
        if rest > EPSILON:
            charge = charge_out(row, rest)
            if charge.missing > EPSILON:
                self.errors.append(self._missing_sentence(row, quantity))
                return
            if reason == "loss" and charge.gone + charge.unheld > EPSILON and not self._counts_blocked():
                self.errors.append(self._count_sentence(row, rest))
                return
            parts.append(charge)
            self._take_out(key, charge, self._spread_held(key, charge.unheld))
        self._entry(
            key,
            line,
            kind="departure",
            reason=reason,
            quantity=quantity,
            charged=clean(sum(charge.charged for charge in parts)),
            gone=clean(sum(charge.gone for charge in parts)),
            disposition_id=disposition.id or None,
        )

    def _spread_held(self, key, quantity):
        """Lines of part holds, and how much of ``quantity`` left of each."""
        if quantity < EPSILON:
            return {}
        lines = self._held_lines(key)
        taken = spread([kept for _line, kept, _apart in lines], quantity)
        return {line: part for (line, _kept, _apart), part in zip(lines, taken, strict=True) if part}

    def _take_out(self, key, charge, held):
        """Book what left by a way that is open to blocked goods; ``held``: hold line → what left of it."""
        row = self.rows[key]
        if charge.gone > EPSILON:
            self._change_gone(key, charge.gone)
        row.used += charge.charged
        for line, part in held.items():
            line._guarded_write({"gone": clean(line.gone + part)})
        if held or charge.gone > EPSILON:
            self._held.pop(key, None)
            self.count_held(key)

    def _change_gone(self, key, quantity):
        """So much more, or less, left unreleased of the arrivals."""
        row, arrivals = self.rows[key], self.arrivals(key)
        if quantity > 0:
            # What was rejected goes before what still waits.
            arrivals = sorted(arrivals, key=lambda entry: (entry["state"] == "open", entry["id"]))
            parts = spread([self._rest(entry) for entry in arrivals], quantity)
        else:
            parts = [-part for part in spread([entry["gone"] for entry in arrivals], -quantity)]
        for entry, part in zip(arrivals, parts, strict=True):
            if part:
                entry["gone"] = clean(entry["gone"] + part)
                row.waiting -= part if entry["state"] == "open" else 0.0
                self._changed(entry)
        row.gone += sum(parts)

    def reconcile(self, key, quantity):
        """So much more, or less, is there than was booked, and nobody says why."""
        if abs(quantity) < EPSILON:
            return None
        if quantity > 0:
            return self._arrive(key, quantity, "opening", None)
        charge = charge_out(self.rows[key], min(-quantity, self.rows[key].on_hand))
        self._take_out(key, charge, self._spread_held(key, charge.unheld))
        return self._entry(
            key,
            None,
            kind="departure",
            reason="loss",
            quantity=clean(charge.charged + charge.gone),
            charged=charge.charged,
            gone=charge.gone,
        )

    # Corrections

    def _give_back(self, key, entry, quantity):
        """Less left than was said: first what was not released is back, then the released."""
        row = self.rows[key]
        gone = min(quantity, entry["gone"])
        charged = clean(quantity - gone)
        entry.update(
            quantity=clean(entry["quantity"] - quantity),
            gone=clean(entry["gone"] - gone),
            charged=clean(entry["charged"] - charged),
        )
        self._changed(entry)
        row.used -= charged
        if gone > EPSILON:
            self._change_gone(key, -gone)
        # It left before the lot was decided on anew: that holds for it as well.
        if charged > EPSILON and row.reopened and entry["date"] <= row.reopened:
            self._unrelease(key, charged)

    def _take_back(self, key, entry, quantity):
        """Less came than was said: what is free is given up, then what was not released."""
        row = self.rows[key]
        # The entry as it is now, which may have been loaded with the arrivals of the row.
        entry = next((one for one in self.arrivals(key) if one["id"] == entry["id"]), entry)
        released = min(quantity, row.free, entry["released"])
        rest = clean(quantity - released)
        if rest > self._rest(entry) + EPSILON:
            self.errors.append(self._missing_sentence(row, quantity))
            return
        entry.update(quantity=clean(entry["quantity"] - quantity), released=clean(entry["released"] - released))
        self._changed(entry)
        row.arrived -= quantity
        row.released -= released
        row.waiting -= rest if entry["state"] == "open" else 0.0

    def _unrelease(self, key, quantity):
        """So much of the released is not released any more: of the latest arrivals."""
        row, arrivals = self.rows[key], sorted(self.arrivals(key), key=lambda entry: -entry["id"])
        for entry, part in zip(arrivals, spread([entry["released"] for entry in arrivals], quantity), strict=True):
            if part:
                entry["released"] = clean(entry["released"] - part)
                row.released -= part
                row.waiting += part if entry["state"] == "open" else 0.0
                self._changed(entry)

    # Decisions

    def decide(self, key, decision):
        row = self.rows[key]
        if decision == "quarantine" or row.waiting < EPSILON:
            # Also what was decided before is decided on anew, but what has left already.
            self._unrelease(key, row.unused)
            row.reopened = None if decision == "released" else fields.Datetime.now()
            for entry in self.arrivals(key):
                if self._rest(entry) > EPSILON and entry["state"] != "open":
                    entry["state"] = "open"
                    self._changed(entry)
            row.waiting = row.left
        if decision == "quarantine":
            return self.count_held(key)
        waiting = [entry for entry in self.arrivals(key) if entry["state"] == "open"]
        limits = self._limits(key, waiting) if decision == "released" else {}
        for entry in waiting:
            if decision == "released":
                part = min(self._rest(entry), limits.get(entry["inspection_id"], self._rest(entry)))
                if entry["inspection_id"] in limits:
                    limits[entry["inspection_id"]] = clean(limits[entry["inspection_id"]] - part)
                entry["released"] = clean(entry["released"] + part)
                row.released += part
            entry["state"] = "decided"
            self._changed(entry)
        row.waiting = 0.0
        self._held.pop(key, None)
        return self.count_held(key)

    def _limits(self, key, entries):
        """inspection → how much may be released of the arrivals that failed it: what it accepted, also on concession, what was
        decided to be used by a nonconformity, and what is kept apart on a hold of its own, as that is not free."""
        found = self.env["medical.inspection"].browse({entry["inspection_id"] for entry in entries} - {None})
        failed = found.filtered(lambda one: one.state == "failed" and not one.rejected_whole)
        if not failed:
            return {}
        decided = defaultdict(float)
        for disposition in self.env["medical.nonconformity.disposition"].search(
            [
                ("lot_id", "=", key[1]),
                ("kind", "in", ("rework", "use_as_is")),
                ("nonconformity_id.state", "in", ("executed", "closed")),
                ("nonconformity_id.source", "in", [f"{one._name},{one.id}" for one in failed]),
            ]
        ):
            decided[disposition.nonconformity_id.source.id] += disposition.quantity
        for line, kept, _apart in self._held_lines(key):
            decided[line.hold_id._inspected_by()] += kept
        before = defaultdict(float)
        for entry in self.arrivals(key):
            before[entry["inspection_id"]] += entry["released"]
        return {
            one.id: max(clean(one.accepted_quantity + one.concession_quantity + decided[one.id] - before[one.id]), 0.0)
            for one in failed
        }

    # On hold

    def count_held(self, key):
        """Count what is on hold of the released."""
        row = self.rows[key]
        self._held.pop(key, None)
        row.held = held_of_released([(kept, apart) for _line, kept, apart in self._held_lines(key)])

    def _held_lines(self, key):
        """Lines of the part holds of a lot in a company: (line, what it still keeps, how much of that was never released)."""
        if not self.rows[key].on_part_hold:
            return []
        if key not in self._held:
            lines = self.env["medical.hold.line"].search(
                [("company_id", "=", key[0]), ("lot_id", "=", key[1]), ("state", "=", "active"), ("quantity", ">", 0)],
                order="id",
            )
            left = defaultdict(float)
            if lines:
                for entry in self.arrivals(key):
                    left[entry["inspection_id"]] += self._rest(entry)
            found = []
            for line in lines:
                inspection, kept = line.hold_id._inspected_by(), clean(max(line.quantity - line.gone, 0.0))
                apart = min(kept, left[inspection]) if inspection else 0.0
                left[inspection] -= apart
                found.append((line, kept, apart))
            self._held[key] = found
        return self._held[key]

    def _named(self, key, line, quantity):
        """The part on hold that the document of ``line`` carries out a decision on, and that decision."""
        disposition = line.move_id.scrap_id.quality_disposition_id
        picking = line.picking_id
        while picking and not disposition:
            disposition, picking = picking.quality_disposition_id, picking.backorder_id
        if not disposition or disposition.lot_id.id != key[1] or disposition.company_id.id != key[0]:
            return None, disposition.browse()
        held = disposition.line_id._held_line()
        for line_, kept, apart in self._held_lines(key):
            if line_ == held and line.location_id == held.location_id:
                return (line_, min(kept, disposition.quantity), apart), disposition
        return None, disposition

    # What may be used

    def _may_be_used(self, row):
        """Whether nothing but quantities stands against it."""
        lot = self.env["stock.lot"].browse(row.lot_id)
        if self._whole is None:
            # A hold of another company on a shared lot blocks it as well.
            held = self.env["medical.hold.line"]._read_group(
                [("lot_id", "in", list({lot_id for _company, lot_id in self.rows})), ("blocks_lot", "=", True)],
                ["lot_id"],
            )
            self._whole = {held_lot.id for (held_lot,) in held}
        return lot.id not in self._whole and not lot._quality_is_expired()

    def _short_sentence(self, row, quantity):
        lot = self.env["stock.lot"].browse(row.lot_id)
        if lot._quality_is_expired():
            return lot._quality_expired_sentence()
        if lot.quality_blocked:
            return lot._quality_blocked_sentence()
        why = [
            text
            for amount, text in (
                (row.waiting, self.env._("%(quantity)g wait for their release", quantity=row.waiting)),
                (row.held, self.env._("%(quantity)g are on hold", quantity=row.held)),
                (row.left - row.waiting, self.env._("%(quantity)g were rejected", quantity=row.left - row.waiting)),
            )
            if amount > EPSILON
        ]
        return self.env._(
            "%(lot)s of %(product)s: %(free)g %(unit)s of it are free, %(quantity)g would be used. %(why)s"
            "Choose another lot, or ask quality.",
            free=row.free,
            unit=lot.product_uom_id.name,
            quantity=quantity,
            why=f"{', '.join(why).capitalize()}. " if why else "",
            **lot._quality_names(),
        )

    def _counts_blocked(self):
        """Whether the user may let goods that are not free vanish without a document: as for lots that are blocked as a whole."""
        return self.env.user.has_group(QUALITY_APPROVER)

    def _count_sentence(self, row, quantity):
        lot = self.env["stock.lot"].browse(row.lot_id)
        return self.env._(
            "%(lot)s of %(product)s: %(free)g %(unit)s of it are free, %(quantity)g would be counted away. Only a quality "
            "approver counts down what is not free. Scrap it, or ask quality.",
            free=row.free,
            unit=lot.product_uom_id.name,
            quantity=quantity,
            **lot._quality_names(),
        )

    def _missing_sentence(self, row, quantity):
        lot = self.env["stock.lot"].browse(row.lot_id)
        return self.env._(
            "%(lot)s of %(product)s: there are only %(there)g %(unit)s of it, %(quantity)g would leave. Count the stock, or choose "
            "another lot.",
            there=row.on_hand,
            unit=lot.product_uom_id.name,
            quantity=quantity,
            **lot._quality_names(),
        )

    # Entries

    def _entry(self, key, line, **values):
        company, lot = key
        self.new.append(
            {
                "company_id": company,
                "lot_id": lot,
                "product_id": self.rows[key].product_id,
                "move_line_id": line.id if line else None,
                **values,
            }
        )

    def _changed(self, entry):
        self.changed[entry["id"]] = entry

    @staticmethod
    def _rest(entry):
        return clean(entry["quantity"] - entry["released"] - entry["gone"])

    def arrivals(self, key):
        """Entries of what came in, oldest first."""
        if key not in self._arrivals:
            # Those of this booking are written first.
            self.write_entries()
            found = self._read(SQL("kind = 'arrival' AND lot_id = %s AND company_id = %s", key[1], key[0]))
            self._arrivals[key] = [self.changed.get(entry["id"], entry) for entry in found]
        return self._arrivals[key]

    def load_arrivals(self):
        """Those of all rows in one query."""
        self._arrivals = {key: [] for key in self.rows}
        for entry in self._read(SQL("kind = 'arrival' AND lot_id = ANY(%s)", [lot for _company, lot in self.rows])):
            self._arrivals[entry["company_id"], entry["lot_id"]].append(self.changed.get(entry["id"], entry))

    def _entries_of(self, line_ids):
        found = {}
        for entry in self._read(SQL("move_line_id = ANY(%s)", line_ids)):
            found.setdefault(entry["move_line_id"], []).append(entry)
        return found

    def _read(self, where):
        names = ("id", "company_id", "product_id", "lot_id", "move_line_id", "kind", "date", "state", "inspection_id")
        amounts = ("quantity", "released", "gone", "charged")
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM medical_lot_entry WHERE %s ORDER BY id",
                SQL(", ").join(map(SQL.identifier, (*names, *amounts))),
                where,
            )
        )
        width = len(names)
        return [
            dict(zip(names, row, strict=False)) | dict(zip(amounts, map(float, row[width:]), strict=True))
            for row in rows
        ]

    def write_entries(self):
        if self.new:
            self.env["medical.lot.entry"]._insert(self.new)
            self.new = []

    def store(self):
        self.write_entries()
        if self.changed:
            self.env["medical.lot.entry"]._change(list(self.changed.values()))
        self.ledger._store(self.rows.values())
        self.ledger._show(self.rows, self.collector.before if self.collector else ())
