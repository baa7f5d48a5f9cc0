"""One life of the two companies: acts one after the other, the truth beside them, and what does not agree."""

import re
import traceback
from dataclasses import dataclass

from acts import ACTS, Drawn, NothingToDo
from truth import EPSILON, HARD, Truth
from world import START, Clock, Person, World

_LINES = """
    SELECT l.id, l.lot_id, l.product_id, l.location_id, l.location_dest_id, l.quantity, l.product_uom_id, l.company_id, l.move_id,
           m.scrap_id, coalesce(s.quality_disposition_id, p.quality_disposition_id), p.partner_id, m.picking_id, m.production_id
      FROM stock_move_line l JOIN stock_move m ON m.id = l.move_id
 LEFT JOIN stock_scrap s ON s.id = m.scrap_id
 LEFT JOIN stock_picking p ON p.id = m.picking_id
     WHERE l.state = 'done' AND l.product_id = ANY(%s) ORDER BY l.id
"""
_STOCK = """
    SELECT q.location_id, q.product_id, coalesce(q.lot_id, 0), sum(q.quantity) FROM stock_quant q
     WHERE q.product_id = ANY(%s) GROUP BY 1, 2, 3 HAVING abs(sum(q.quantity)) > 1e-6 ORDER BY min(q.id)
"""
_PLACES = "SELECT id, usage, company_id, quality_quarantine, location_id, name FROM stock_location ORDER BY id"
_HELD = """
    SELECT l.id, l.lot_id, l.quantity, l.company_id FROM medical_hold_line l JOIN medical_hold h ON h.id = l.hold_id
     WHERE h.state = 'active' ORDER BY l.id
"""
_FAILED = """
    SELECT id, lot_id, company_id, picking_id, state, accepted_quantity + concession_quantity FROM medical_inspection
     WHERE state IN ('failed', 'passed') ORDER BY id
"""
# What core of Odoo says about its own documents need not name them.
_OURS = re.compile(r"/addons/medical_\w+/")
_SENTENCE = re.compile(r"\w.*\w.*[.?!:)\"'»。]\s*$", re.S)
_RAW = re.compile(r"Traceback|psycopg|duplicate key|violates|<class|object at 0x|%\(\w+\)s|KeyError|NoneType")


@dataclass(frozen=True)
class Finding:
    """Something that does not agree. ``kind`` is the same for findings of one cause."""

    kind: str
    text: str


class Disagreement(Exception):
    def __init__(self, kind: str, text: str):
        super().__init__(kind, text)
        self.finding = Finding(kind, text)


@dataclass(frozen=True)
class Step:
    """An act. ``number`` names what it makes, ``chosen`` says what it chose: so it means the same where others are left out."""

    act: str
    drawn: Drawn
    number: int
    chosen: tuple = ()


class Life:
    """What is there now, for acts to choose from and for the truth to be told."""

    def __init__(self, world: World, clock: Clock):
        self.world, self.clock, self.cr, self.truth = world, clock, world.cr, Truth()
        self.told: list[str] = []
        self.step: Step | None = None
        self.chosen: list = []
        self.numbers = 0
        self.vendor_names: dict[tuple[int, str], set[int]] = {}
        self.lines: dict[int, tuple] = {}
        self.held: dict[int, tuple] = {}
        self.inspected: dict[int, tuple] = {}
        self.control: set[tuple[int, int]] = set()
        self.must = self.may_lift = False
        self.must_not = ""
        self.decisions: list[tuple] = []
        self.first = {
            table: self.value(f"SELECT coalesce(max(id), 0) FROM {table}")
            for table in ("stock_picking", "medical_hold", "medical_nonconformity")
        }
        # Lots that an approver decided against, under control or not, and those that nobody decided on before control ended.
        self.put_aside: set[int] = set()
        self.who = ""
        self.fixed = {
            *world.companies,
            *world.products,
            *world.vendors,
            *self.ids("SELECT id FROM stock_location"),
            None,
        }
        clock.set(START)
        self._look()
        self.control = self._controlled_now()

    # What acts ask

    def rows(self, query, *values):
        self.cr.execute(query, values)
        return self.cr.fetchall()

    def ids(self, query, *values):
        return [row[0] for row in self.rows(query, *values)]

    def value(self, query, *values):
        return self.rows(query, *values)[0][0]

    def company(self, drawn):
        return self.world.companies[drawn.company % 2]

    def company_name(self, company):
        return ("North", "South")[self.world.companies.index(company)]

    def person(self, role, drawn, company=None):
        first = company or self.company(drawn)
        other = next(one for one in self.world.companies if one != first)
        order = ([first, other], [other, first], [first])[drawn.order % 3]
        person = Person(self.world, role, order)
        self.who, self.role = f"{role} in {' and '.join(map(self.company_name, order))}", role
        return person

    def places(self, company):
        return self.world.places[company]

    def number(self):
        """A new number for a lot."""
        self.numbers += 1
        return f"L{self.step.number}{'' if self.numbers == 1 else chr(ord('a') + self.numbers - 2)}"

    def choose(self, things, number):
        """One of ``things``: the one that this step chose before, if there is one like it, or else by the number."""
        things = list(things)
        if not things:
            raise NothingToDo
        place = len(self.chosen)
        found = None
        if place < len(self.step.chosen):
            found = next((thing for thing in things if self._like(thing) == self.step.chosen[place]), None)
        found = things[number % len(things)] if found is None else found
        self.chosen.append(self._like(found))
        return found

    def _like(self, thing):
        """What is the same of it in another life, where records have other ids."""
        if isinstance(thing, tuple):
            return tuple(map(self._like, thing))
        if isinstance(thing, int) and thing in self.lot_rows:
            return self.lot_rows[thing][1]
        if isinstance(thing, (int, type(None))):
            return thing if thing in self.fixed else "…"
        return thing if isinstance(thing, (str, float)) else str(thing)

    def lots(self, product=None):
        return [lot for lot, (of, *_rest) in self.lot_rows.items() if product in (None, of)]

    def name(self, lot):
        return self.lot_rows[lot][1] if lot in self.lot_rows else "no lot"

    def lot_named(self, product, name):
        return next((lot for lot, row in self.lot_rows.items() if row[:2] == (product, name)), None)

    def lot_company(self, lot):
        return self.lot_rows[lot][2]

    def product_of(self, lot):
        return self.lot_rows[lot][0]

    def product(self, product):
        return self.product_rows[product][0]

    def serial(self, product):
        return product == self.world.pump

    def partner(self, partner):
        names = dict(zip(self.world.vendors, ("Vendor", "Other Vendor"), strict=True))
        return names.get(partner, "Subcontractor" if partner else "nobody")

    def place(self, place):
        company = self.place_rows[place][1]
        return f"{self.company_name(company)}'s {self.place_rows[place][4]}" if company else self.place_rows[place][4]

    def ordinal(self, record, table="stock_picking"):
        return record - self.first[table]

    def stock(self, released=False):
        """(company, lot, place, quantity) of what lies in the companies' own places, or only lots of which some is released."""
        return [
            (self.own(place), lot, place, quantity)
            for (place, _product, lot), quantity in self.quants.items()
            if lot
            and quantity > EPSILON
            and self.own(place)
            and not (released and self.truth.both(self.own(place), lot)[0].released < EPSILON)
        ]

    def waiting(self):
        """Lots of which something waits for a decision."""
        waits = {lot for (_company, lot), (sure, _most) in self.truth.balances.items() if sure.blocked > EPSILON}
        return [lot for lot in self.lot_rows if lot in waits]

    def in_transit(self):
        return [
            (lot, quantity)
            for (place, _product, lot), quantity in self.quants.items()
            if place == self.world.transit and lot
        ]

    def done_lines(self):
        found = []
        for key, row in self.lines.items():
            lot, product, source, target, quantity, company, move = (row[index] for index in (0, 1, 2, 3, 4, 6, 7))
            if lot in self.lot_rows:
                found.append(
                    (
                        key,
                        company,
                        product,
                        lot,
                        source,
                        quantity,
                        self.place_rows[source][0],
                        self.place_rows[target][0],
                        move,
                    )
                )
        return found

    def reserved(self, lot):
        return bool(
            self.value(
                "SELECT coalesce(sum(reserved_quantity), 0) FROM stock_quant WHERE lot_id = %s AND reserved_quantity > 0",
                lot,
            )
        )

    def remember_vendor(self, product, names, vendor):
        for name in names:
            self.vendor_names.setdefault((product, name), set()).add(vendor)

    def vendors_of(self, lot):
        return sorted(self.vendor_names.get(self.lot_rows[lot][:2], ()))

    def parts(self, company, lot):
        return sum(self.truth.both(company, lot)[0].parts.values())

    def quarantined(self, place):
        while place:
            if self.place_rows[place][2]:
                return True
            place = self.place_rows[place][3]
        return False

    def expired(self, lot):
        expires = self.lot_rows[lot][3]
        return bool(expires and expires <= self.clock.moment)

    def controlled(self, company, lot):
        return (company, lot) in self.control

    def may_use(self, company, lot, place, quantity):
        """Whether it has to work that so much of the lot is used from there."""
        if self.quarantined(place) or self.reserved(lot) or self.lot_company(lot) not in (None, company):
            return False
        # Core asks who has an old lot first.
        expires = self.lot_rows[lot][3]
        if (
            expires
            and (expires - self.clock.moment).days < 10
            or self.quants.get((place, self.product_of(lot), lot), 0) < quantity
        ):
            return False
        if not self.controlled(company, lot):
            return not (self.truth.holds[lot] or self.tainted(lot) or lot in self.put_aside)
        return self.truth.surely_free(company, lot) >= quantity - EPSILON

    def tainted(self, lot):
        """Whether some company controls it: it may be careful about the others' stock as well."""
        return any((company, lot) in self.control for company in self.world.companies)

    def say(self, person, text):
        if text.startswith("…"):
            self.told[-1] += f" {text}"
        else:
            self.told.append(f"{self.who if person else 'time'}: {text}")

    def decided(self, decision, lot, person):
        company = self.lot_company(lot)
        if decision == "release":
            self.put_aside.discard(lot)
        else:
            self.put_aside.add(lot)
        self.decisions.append((decision, lot, [company] if company else person.companies))

    # A step

    def take(self, step: Step) -> str:
        """Do one step: ``done``, ``refused`` or ``nothing`` (to do). Raises Disagreement."""
        self.must = self.may_lift = False
        self.must_not = ""
        self.decisions, self.role = [], ""
        self.step, self.chosen, self.numbers = step, [], 0
        before = len(self.told)
        self.clock.on(hours=1)
        self.cr.execute("SAVEPOINT step")
        try:
            ACTS[step.act].run(self, step.drawn)
            self.cr.flush()
        except NothingToDo:
            self._undo()
            del self.told[before:]
            return "nothing"
        except Exception as problem:
            self._undo()
            if len(self.told) == before:
                # The act is wrong, not what it met.
                raise
            sentence = self._refusal(problem)
            self.told[-1] += f"\n        refused: {sentence}"
            return "refused"
        self.cr.execute("RELEASE SAVEPOINT step")
        self.world.forget()
        if self.must_not:
            raise Disagreement(f"must not: {self.must_not}", self.told[-1])
        self._agree()
        return "done"

    def _undo(self):
        registry = self.world.env.registry
        self.world.forget()
        self.cr.execute("ROLLBACK TO SAVEPOINT step")
        registry.reset_changes()

    def _refusal(self, problem) -> str:
        """The sentence of a refusal. Raises Disagreement for one that is none, or that should not have been."""
        from psycopg2 import IntegrityError

        from odoo.exceptions import AccessError, UserError

        frames = traceback.extract_tb(problem.__traceback__)
        ours = [frame for frame in frames if _OURS.search(frame.filename)]
        act = self.told[-1]
        if isinstance(problem, IntegrityError):
            model = self.world.env["base"]
            for candidate in self.world.env.registry.values():
                if problem.diag.table_name == candidate._table:
                    model = self.world.env[candidate._name]
                    break
            text = model._sql_error_to_message(problem)
            if _RAW.search(text) or problem.diag.constraint_name and problem.diag.constraint_name in text:
                raise Disagreement(f"raw: {problem.diag.constraint_name}", f"{act}\n        {text}")
            if str(problem.diag.table_name).startswith("medical_") and not self._named(text):
                raise Disagreement(f"names nothing: {text[:70]!r}", f"{act}\n        {text}")
        elif not isinstance(problem, UserError):
            where = (ours or frames)[-1]
            stack = "".join(traceback.format_list(frames[-8:]))
            raise Disagreement(f"raw: {type(problem).__name__} in {where.name}", f"{act}\n        {problem!r}\n{stack}")
        else:
            text = str(problem.args[0] if problem.args else problem)
        raised_by_us = bool(_OURS.search(frames[-1].filename))
        if _RAW.search(text) or raised_by_us and not _SENTENCE.search(text):
            raise Disagreement(f"no sentence: {text[:60]!r}", f"{act}\n        {text}")
        if raised_by_us and not isinstance(problem, AccessError) and not self._named(text):
            raise Disagreement(f"names nothing: {re.sub(r'[0-9]+', '#', text)[:70]!r}", f"{act}\n        {text}")
        # Core has more to say about serial numbers: they are once anywhere.
        if self.must and "erial number" not in text:
            where = (ours or frames)[-1]
            raise Disagreement(f"has to work: {self._act_name()} ({where.name})", f"{act}\n        {text}")
        return " ".join(text.split())

    def _act_name(self):
        return re.sub(r"\b\d+\b|\bL\d+[a-z]?\b", "…", self.told[-1].partition(": ")[2])[:60]

    def _named(self, text):
        names = {row[1] for row in self.lot_rows.values()} | {row[0] for row in self.product_rows.values()}
        names |= {row[4] for row in self.place_rows.values()}
        return (
            bool(re.search(r"\bL\d+[a-z]?\b", text))
            or any(re.search(rf"\b{re.escape(name)}\b", text) for name in names if name)
            or re.search(r"[A-Z]+\w*/\S*\d", text)
        )

    # What agrees

    def _look(self):
        """Read what is there: of what core keeps, and what people say of places and goods."""
        self.lot_rows = {
            row[0]: row[1:]
            for row in self.rows(
                "SELECT id, product_id, name, company_id, expiration_date FROM stock_lot WHERE product_id = ANY(%s) ORDER BY id",
                self.world.products,
            )
        }
        self.product_rows = {
            row[0]: row[1:]
            for row in self.rows(
                "SELECT p.id, t.name->>'en_US', t.categ_id, t.tracking, t.is_storable, t.type FROM product_product p"
                " JOIN product_template t ON t.id = p.product_tmpl_id WHERE p.id = ANY(%s)",
                self.world.products,
            )
        }
        self.place_rows = {row[0]: row[1:] for row in self.rows(_PLACES)}
        self.quants = {
            (place, product, lot): quantity for place, product, lot, quantity in self.rows(_STOCK, self.world.products)
        }

    def own(self, place):
        """The company whose stock lies there; None outside."""
        usage, company, *_rest = self.place_rows[place]
        return company if usage in ("internal", "transit") else None

    def _controlled_now(self):
        scopes = set(
            self.rows(
                "SELECT company_id, category_id FROM medical_scope WHERE state = 'active' AND feature_id = %s",
                self.world.feature,
            )
        )
        found = set()
        for lot, (product, *_rest) in self.lot_rows.items():
            _name, category, tracking, storable, kind = self.product_rows[product]
            if tracking != "none" and storable and kind == "consu":
                found |= {(company, lot) for company in self.world.companies if (company, category) in scopes}
        return found

    def _agree(self):
        known_lots = set(self.lot_rows)
        self._look()
        changed: dict[tuple[int, int], set[str]] = {}
        self._control(known_lots)
        self._holds()
        self._stock_moved(changed)
        self._inspections()
        for decision, lot, companies in self.decisions:
            for number, company in enumerate(companies):
                sure, most = self.truth.both(company, lot)
                # Of a lot of all companies: in that of whoever decides for sure, in all that are selected perhaps.
                if decision != "release" or not number:
                    getattr(sure, decision)()
                if decision == "release" or not number:
                    getattr(most, decision)()
        self._units()
        self._free(changed)
        self._audit()

    def _control(self, known_lots):
        now = self._controlled_now()
        for company, lot in sorted(now - self.control):
            if lot in known_lots:
                sure, most = self.truth.both(company, lot)
                sure.quarantine()
                # Who switches a scope on may take what lies there as released.
                if "scope" not in self.told[-1] and "control of implants" not in self.told[-1]:
                    most.quarantine()
        for company, lot in sorted(self.control - now):
            if lot in self.lot_rows and self.truth.both(company, lot)[0].on_hand > EPSILON:
                if self.role not in ("admin", "second", "approver"):
                    self._disagree(
                        "out of control",
                        f"{self.name(lot)} of {self.product(self.product_of(lot))} is not controlled any more",
                    )
            if self.truth.surely_free(company, lot) < EPSILON:
                # It stays blocked until somebody releases it.
                self.put_aside.add(lot)
            self.truth.each("uncontrol", company, lot)
        self.control = now

    def _holds(self):
        now = {row[0]: row[1:] for row in self.rows(_HELD)}
        for line, (lot, _quantity, company) in self.held.items():
            if line not in now:
                self.truth.lift(company, lot, line)
                if not (self.may_lift or self._act_name().startswith(("inspects", "contains"))):
                    self._disagree("a hold ended", f"{self.name(lot)} is not on hold any more")
        for line, (lot, quantity, company) in now.items():
            if line not in self.held:
                if quantity:
                    self.truth.keep(company, lot, line, quantity)
                else:
                    self.truth.holds[lot].add(line)
        self.held = now

    def _inspections(self):
        """What failed caps what may be released of its arrival; what passed afterwards lets it through."""
        now = {row[0]: row[1:] for row in self.rows(_FAILED)}
        for key, row in now.items():
            if self.inspected.get(key) == row:
                continue
            lot, company, picking, state, limit = row
            for balance in self.truth.both(company, lot):
                for line, one in balance.arrivals.items():
                    if line in self.lines and self.lines[line][11] == picking:
                        one.cap = limit if state == "failed" else None
        self.inspected = now

    def _stock_moved(self, changed):
        lines = {}
        for key, lot, product, source, target, quantity, unit, company, move, *rest in self.rows(
            _LINES, self.world.products
        ):
            factor = 2 if unit == self.world.box else 1
            lines[key] = (lot or 0, product, source, target, quantity * factor, unit, company, move, *rest)
        for key in self.lines.keys() - lines.keys():
            lot, _product, source, target, *_rest = self.lines[key]
            if any((company, lot) in self.control for company in (self.own(source), self.own(target))):
                self._disagree("the record of a move is gone", f"a done line of {self.name(lot)}")
        for key, row in lines.items():
            if self.lines.get(key) != row:
                self._book(key, self.lines.get(key), row, changed)
        self.lines = lines

    def _book(self, key, old, row, changed):
        """Tell the truth what a line has done, or does now instead of what it did."""
        before, now = old and self._effects(old) or {}, self._effects(row)
        for where in [*before, *(where for where in now if where not in before)]:
            company, lot, came = where
            more = now.get(where, 0.0) - before.get(where, 0.0)
            pool = (company, lot or -row[1])
            kinds = changed.setdefault((company, lot), set())
            if before.get(where) and abs(more) > EPSILON:
                kinds.add("correction")
            if came and more > EPSILON:
                kind = {"supplier": "receipt", "production": "production", "customer": "return", "inventory": "count"}
                kind = kind.get(self.place_rows[row[2]][0], "other company")
                self.truth.each("arrive", *pool, key, kind, more, (company, lot) in self.control)
            elif came and more < -EPSILON:
                self.truth.each("less_came", *pool, key, -more)
            elif more > EPSILON:
                self._left(key, row, company, lot, more, kinds)
            elif more < -EPSILON:
                self.truth.each("less_left", *pool, key, -more)

    def _effects(self, row):
        """(company, lot, whether it came) → quantity."""
        lot, product, source, target, quantity, *_rest = row
        whose, theirs = self.own(source), self.own(target)
        if whose == theirs or product not in self.product_rows:
            return {}
        return {(company, lot, company == theirs): quantity for company in (whose, theirs) if company}

    def _left(self, key, row, company, lot, quantity, kinds):
        _lot, product, source, target, _quantity, _unit, _company, _move, scrap, disposition, partner, *_rest = row
        kind = self._departure(lot, target, scrap, partner)
        hard = kind in HARD and not disposition
        controlled = (company, lot) in self.control
        if kind == "count" and controlled and self.role not in ("approver", "second"):
            if self.truth.both(company, lot)[1].free < quantity - EPSILON or self.truth.holds[lot]:
                self._disagree("blocked goods counted away", f"{quantity:g} of {self.name(lot)} by the {self.role}")
        part = self._part_of(disposition, lot)
        self.truth.each(
            "depart", company, lot or -product, key, quantity, hard=hard, part=part, named=bool(disposition)
        )
        kinds.add(kind if hard else "soft")
        if hard and controlled and self.quarantined(source):
            self._disagree(
                f"out of quarantine to {kind}", f"{quantity:g} of {self.name(lot)} from {self.place(source)}"
            )

    def _departure(self, lot, target, scrap, partner):
        usage = self.place_rows[target][0]
        if usage in ("customer", "production"):
            return {"customer": "customer", "production": "use"}[usage]
        if usage == "inventory":
            return "scrap" if scrap else "count"
        if usage == "supplier":
            return "vendor" if lot and partner in self.vendors_of(lot) else "another vendor"
        return "other company"

    def _part_of(self, disposition, lot):
        if not disposition:
            return None
        found = self.ids(
            "SELECT l.id FROM medical_nonconformity_disposition d JOIN medical_nonconformity n ON n.id = d.nonconformity_id"
            " JOIN medical_nonconformity_line nl ON nl.id = d.line_id"
            " JOIN medical_hold_line l ON l.hold_id = n.hold_id AND l.lot_id = %s AND l.quantity > 0"
            " AND l.source_location_id IS NOT DISTINCT FROM nl.source_location_id WHERE d.id = %s",
            lot,
            disposition,
        )
        return found[0] if found else None

    def _units(self):
        """What lies in the companies' places is what came less what went."""
        there: dict[tuple[int, int], float] = {}
        for (place, product, lot), quantity in self.quants.items():
            if company := self.own(place):
                key = (company, lot or -product)
                there[key] = there.get(key, 0.0) + quantity
        for key in sorted({*there, *self.truth.balances}):
            company, lot = key
            difference = there.get(key, 0.0) - self.truth.both(*key)[0].on_hand
            if abs(difference) < EPSILON:
                continue
            product = -lot if lot < 0 else self.product_of(lot) if lot in self.lot_rows else 0
            if key not in self.control and (company, lot) not in self.control:
                # Nobody's to judge: what core does there is taken as it is.
                for balance in self.truth.both(*key):
                    balance.released += difference
                continue
            bare = (company, -product)
            if (
                lot > 0
                and difference > 0
                and abs(there.get(bare, 0.0) - self.truth.both(*bare)[0].on_hand + difference) < EPSILON
            ):
                # Core gave numbers to goods that had none: they arrive as this lot.
                line = next(reversed(self.lines))
                self.truth.each("depart", *bare, -line, difference, hard=False)
                self.truth.each("arrive", company, lot, -line, "untracked", difference, (company, lot) in self.control)
                continue
            if lot < 0 and any(other > 0 and self.lot_rows.get(other, (0,))[0] == product for _company, other in there):
                # Judged with the lot that took it.
                continue
            self._disagree(
                "units are not conserved",
                f"{self.name(lot)} in {self.company_name(company)}: {there.get(key, 0.0):g} in stock, the truth says"
                f" {self.truth.both(*key)[0].on_hand:g}",
            )

    def _free(self, changed):
        for (company, lot), kinds in changed.items():
            hard = sorted(kinds & (HARD | {"correction"}))
            if not lot or (company, lot) not in self.control:
                continue
            _sure, most = self.truth.both(company, lot)
            what = f"{self.name(lot)} in {self.company_name(company)}"
            if self.truth.overdrawn(company, lot):
                self._disagree(
                    f"beyond what is free: {', '.join(hard) or 'soft'} ({most.reasons()})",
                    f"{what}: free is {most.free:g}",
                )
            if kinds & HARD and self.truth.holds[lot]:
                self._disagree(f"on hold: {', '.join(hard)}", what)
            if kinds & HARD and self.expired(lot):
                self._disagree(f"expired: {', '.join(hard)}", what)

    def _audit(self):
        entries = self.world.env["medical.audit.entry"]
        for finding in entries._iter_findings(None):
            self._disagree(f"audit trail: {finding['kind']}", finding["message"])

    def end(self):
        """The whole of the trail, sealed and with its signatures, at the end."""
        self.world.env["medical.audit.entry"]._seal()
        self._audit()
        for finding in self.world.env["medical.signature"]._iter_findings():
            self._disagree(f"signatures: {finding['kind']}", finding["message"])

    def _disagree(self, kind, text):
        raise Disagreement(kind, f"{self.told[-1] if self.told else ''}\n        {text}")
