"""What people of the two companies do: each act is what the web client would send, with arguments drawn at random.

An act takes a life (what is there now) and the numbers drawn for it; it returns nothing. What it may refer to is chosen
from what is there by these numbers, so that any act can be left out of a list of them and the others still mean something.
``NothingToDo`` says that there is nothing it could refer to. ``life.must`` says that what follows has to work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class NothingToDo(Exception):
    """There is nothing that the act could be about."""


class Drawn(NamedTuple):
    """Numbers from which an act chooses."""

    who: int
    company: int
    order: int
    x: int
    y: int
    z: int
    quantity: int


@dataclass(frozen=True)
class Act:
    name: str
    weight: int
    run: Callable


ACTS: dict[str, Act] = {}


def act(weight: int = 2):
    def register(function):
        ACTS[function.__name__] = Act(function.__name__, weight, function)
        return function

    return register


# Transfers


def transfer(life, person, company, kind, source, target, product, lines, partner=None, demand=None):
    """A transfer with its lots entered by hand, ready to be validated. ``lines``: (lot or number, quantity)."""
    unit, places = life.world.unit, {"location_id": source, "location_dest_id": target}
    all_of_it = sum(quantity for _lot, quantity in lines)
    move = {
        "product_id": product,
        "product_uom_qty": demand or all_of_it,
        "product_uom": unit,
        "company_id": company,
        **places,
    }
    picking = person(
        "stock.picking",
        "create",
        {
            "picking_type_id": life.places(company)[kind],
            "partner_id": partner,
            "move_ids": [(0, 0, move)],
            **places,
        },
    )
    # Validated at once, a draft is confirmed by core; more is asked for than comes, or somebody else makes it: before.
    if demand not in (None, all_of_it) or partner == life.world.subcontractor:
        person("stock.picking", "action_confirm", [picking])
    enter(life, person, picking, lines)
    return picking


def line_commands(lines, product, unit, values):
    return [
        (
            0,
            0,
            {
                "quantity": quantity,
                "product_id": product,
                "product_uom_id": unit,
                **({"lot_name": lot} if isinstance(lot, str) else {"lot_id": lot}),
                **values,
            },
        )
        for lot, quantity in lines
    ]


def enter(life, person, picking, lines):
    """Lots are entered into a transfer that was confirmed, in the place of what is reserved."""
    [(move, product, source, target)] = life.rows(
        "SELECT id, product_id, location_id, location_dest_id FROM stock_move WHERE picking_id = %s AND state != 'cancel'"
        " ORDER BY id LIMIT 1",
        picking,
    )
    old = life.ids("SELECT id FROM stock_move_line WHERE move_id = %s", move)
    values = {"picking_id": picking, "location_id": source, "location_dest_id": target}
    commands = [(2, line, 0) for line in old] + line_commands(lines, product, life.world.unit, values)
    person("stock.move", "write", [move], {"move_line_ids": commands, "picked": True})


def validate(person, picking, backorder=True):
    return person.answer(person("stock.picking", "button_validate", [picking]), backorder)


def new_or_known(life, product, drawn):
    """Numbers for a receipt: mostly new ones."""
    known = [life.name(lot) for lot in life.lots(product)]
    if drawn.z % 3 == 0 and known:
        return life.choose(known, drawn.y)
    return life.number()


@act(7)
def receive(life, drawn):
    """Goods come from a vendor: new lots or numbers that are known, sometimes a part only, sometimes several lots."""
    world, company = life.world, life.company(drawn)
    product = life.choose(world.received, drawn.x)
    vendor = life.choose(world.vendors, drawn.z)
    names = [new_or_known(life, product, drawn)]
    if drawn.y % 5 == 0:
        names.append(life.number())
    each = 1 if life.serial(product) else drawn.quantity
    target = life.choose(["stock", "stock", "stock", "shelf", "quarantine"], drawn.y)
    person = life.person("clerk", drawn)
    part = drawn.x % 4 == 0
    life.say(
        person,
        f"receives {each} of {', '.join(names)} ({life.product(product)}) from {life.partner(vendor)} into {target}"
        f"{', the rest later' if part else ''}",
    )
    life.must = not life.serial(product)
    life.remember_vendor(product, names, vendor)
    picking = transfer(
        life,
        person,
        company,
        "in",
        world.suppliers,
        life.places(company)[target],
        product,
        [(name, each) for name in names],
        vendor,
        demand=each * len(names) + (2 if part else 0),
    )
    validate(person, picking, drawn.y % 2 == 0)


@act(4)
def receive_rest(life, drawn):
    """What was left of a receipt comes, with a number of its own or that of the first part."""
    pickings = life.rows(
        "SELECT p.id, p.company_id, m.product_id, p.partner_id FROM stock_picking p"
        " JOIN stock_move m ON m.picking_id = p.id JOIN stock_location l ON l.id = p.location_id"
        " WHERE p.state IN ('assigned', 'confirmed') AND l.usage = 'supplier' AND p.backorder_id IS NOT NULL ORDER BY p.id"
    )
    picking, company, product, vendor = life.choose(pickings, drawn.x)
    name = new_or_known(life, product, drawn._replace(z=drawn.y))
    person = life.person("clerk", drawn, company)
    life.say(person, f"receives the rest as {name} ({life.product(product)})")
    life.remember_vendor(product, [name], vendor)
    enter(life, person, picking, [(name, 1)])
    validate(person, picking)


@act(8)
def deliver(life, drawn):
    """A lot goes to the hospital, whatever its state; every other time one of which something is released."""
    company, lot, place, there = life.choose(life.stock(released=drawn.z % 2), drawn.x)
    quantity = min(drawn.quantity, there) if drawn.y % 8 else drawn.quantity
    person = life.person(life.choose(["clerk", "clerk", "manager", "approver", "recall"], drawn.who), drawn, company)
    life.say(person, f"delivers {quantity:g} of {life.name(lot)} from {life.place(place)}")
    life.must = life.may_use(company, lot, place, quantity)
    picking = transfer(
        life,
        person,
        company,
        "out",
        place,
        life.world.customers,
        life.product_of(lot),
        [(lot, quantity)],
        life.world.hospital,
    )
    validate(person, picking)


@act(3)
def order(life, drawn):
    """A delivery is asked for; what is free is reserved for it."""
    world, company = life.world, life.company(drawn)
    product = life.choose(world.products, drawn.x)
    person = life.person("clerk", drawn)
    life.say(person, f"orders {drawn.quantity} of {life.product(product)} for the hospital")
    places = {"location_id": life.places(company)["stock"], "location_dest_id": world.customers}
    picking = person(
        "stock.picking",
        "create",
        {
            "picking_type_id": life.places(company)["out"],
            "partner_id": world.hospital,
            "move_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": product,
                        "product_uom_qty": drawn.quantity,
                        "product_uom": world.unit,
                        "company_id": company,
                        **places,
                    },
                )
            ],
            **places,
        },
    )
    person("stock.picking", "action_confirm", [picking])
    person("stock.picking", "action_assign", [picking])


@act(8)
def ship(life, drawn):
    """What is reserved for a delivery goes; the rest later or never."""
    found = life.rows(
        "SELECT p.id, p.company_id FROM stock_picking p JOIN stock_location l ON l.id = p.location_dest_id"
        " WHERE p.state = 'assigned' AND l.usage = 'customer' ORDER BY p.id"
    )
    picking, company = life.choose(found, drawn.x)
    person = life.person("clerk", drawn, company)
    life.say(person, f"ships order {life.ordinal(picking)} as it is reserved")
    if drawn.y % 3 == 0:
        person("stock.picking", "action_assign", [picking])
    validate(person, picking, drawn.z % 2 == 0)


@act(4)
def move_inside(life, drawn):
    """Goods go to another place of the same company."""
    company, lot, place, there = life.choose(life.stock(), drawn.x)
    target = life.choose(["quarantine", "shelf", "stock", "spare"], drawn.y)
    where = life.places(company)[target]
    if where == place:
        raise NothingToDo
    quantity = min(drawn.quantity, there)
    person = life.person(life.choose(["clerk", "recall", "approver"], drawn.who), drawn, company)
    life.say(person, f"moves {quantity:g} of {life.name(lot)} from {life.place(place)} to {target}")
    life.must = target == "quarantine" and not life.reserved(lot) and not life.quarantined(place)
    picking = transfer(life, person, company, "int", place, where, life.product_of(lot), [(lot, quantity)])
    validate(person, picking)


@act(3)
def send_to_other_company(life, drawn):
    """Goods go into transit between the companies."""
    company, lot, place, there = life.choose(life.stock(released=drawn.z % 2), drawn.x)
    quantity = min(drawn.quantity, there)
    person = life.person("clerk", drawn, company)
    life.say(person, f"sends {quantity:g} of {life.name(lot)} to the other company")
    life.must = life.may_use(company, lot, place, quantity)
    picking = transfer(life, person, company, "int", place, life.world.transit, life.product_of(lot), [(lot, quantity)])
    validate(person, picking)


@act(6)
def take_from_other_company(life, drawn):
    """What is in transit comes into a company."""
    lot, there = life.choose(life.in_transit(), drawn.x)
    company = life.company(drawn)
    quantity = min(drawn.quantity, there)
    person = life.person("clerk", drawn)
    life.say(person, f"takes {quantity:g} of {life.name(lot)} out of transit")
    picking = transfer(
        life,
        person,
        company,
        "int",
        life.world.transit,
        life.places(company)["stock"],
        life.product_of(lot),
        [(lot, quantity)],
    )
    validate(person, picking)


# Returns


@act(5)
def return_delivery(life, drawn):
    """The hospital sends back what it got."""
    found = life.rows(
        "SELECT p.id, p.company_id FROM stock_picking p JOIN stock_location l ON l.id = p.location_dest_id"
        " WHERE p.state = 'done' AND l.usage = 'customer' ORDER BY p.id"
    )
    picking, company = life.choose(found, drawn.x)
    person = life.person("clerk", drawn, company)
    life.say(person, f"takes back what went out with {life.ordinal(picking)}")
    wizard = person(
        "stock.return.picking",
        "create",
        {},
        context={"active_id": picking, "active_ids": [picking], "active_model": "stock.picking"},
    )
    action = person("stock.return.picking", "action_create_returns_all", [wizard])
    person(
        "stock.move",
        "write",
        life.ids("SELECT id FROM stock_move WHERE picking_id = %s", action["res_id"]),
        {"picked": True},
    )
    validate(person, action["res_id"])


@act(3)
def return_made_up(life, drawn):
    """Goods are said to come back from the hospital, delivered or not."""
    company = life.company(drawn)
    product = life.choose(life.world.received, drawn.x)
    name = new_or_known(life, product, drawn._replace(z=drawn.z % 2 * 3))
    person = life.person("clerk", drawn)
    quantity = 1 if life.serial(product) else drawn.quantity
    life.say(person, f"takes {quantity} of {name} ({life.product(product)}) from customers, by a transfer made for it")
    picking = transfer(
        life,
        person,
        company,
        "in",
        life.world.customers,
        life.places(company)["stock"],
        product,
        [(name, quantity)],
        life.world.hospital,
    )
    validate(person, picking)


@act(3)
def return_to_vendor(life, drawn):
    """Goods go to the vendors: to the one who delivered them, to another or to nobody."""
    company, lot, place, there = life.choose(life.stock(), drawn.x)
    quantity = min(drawn.quantity, there)
    vendor = life.choose([*life.vendors_of(lot), *life.vendors_of(lot), *life.world.vendors, None], drawn.y)
    person = life.person("clerk", drawn, company)
    life.say(person, f"returns {quantity:g} of {life.name(lot)} from {life.place(place)} to {life.partner(vendor)}")
    life.must = vendor in life.vendors_of(lot) and not life.reserved(lot) and not life.parts(company, lot)
    picking = transfer(
        life, person, company, "out", place, life.world.suppliers, life.product_of(lot), [(lot, quantity)], vendor
    )
    validate(person, picking)


@act(3)
def scrap(life, drawn):
    """Goods are scrapped, without a disposition."""
    company, lot, place, there = life.choose(life.stock(), drawn.x)
    quantity = min(drawn.quantity, there)
    person = life.person("clerk", drawn, company)
    life.say(person, f"scraps {quantity:g} of {life.name(lot)} in {life.place(place)}")
    life.must = not life.reserved(lot) and not life.parts(company, lot)
    made = person(
        "stock.scrap",
        "create",
        {
            "product_id": life.product_of(lot),
            "lot_id": lot,
            "scrap_qty": quantity,
            "location_id": place,
            "product_uom_id": life.world.unit,
            "company_id": company,
        },
    )
    person.answer(person("stock.scrap", "action_validate", [made]))


@act(3)
def bring_back(life, drawn):
    """Goods come back from scrap, loss or vendors' places under a number that is chosen freely."""
    company = life.company(drawn)
    lot = life.choose(life.lots(), drawn.x)
    source = life.choose(["scrap", "loss", "suppliers"], drawn.y)
    place = life.world.suppliers if source == "suppliers" else life.places(company)[source]
    quantity = 1 if life.serial(life.product_of(lot)) else drawn.quantity
    person = life.person(life.choose(["clerk", "manager"], drawn.who), drawn)
    life.say(person, f"brings {quantity} of {life.name(lot)} back from {source}")
    picking = transfer(
        life, person, company, "int", place, life.places(company)["stock"], life.product_of(lot), [(lot, quantity)]
    )
    validate(person, picking)


# Counts


@act(4)
def count(life, drawn):
    """Somebody counts a lot, or stock without one, up or down."""
    company = life.company(drawn)
    lot = life.choose(life.lots(), drawn.x)
    place = life.places(company)[life.choose(["stock", "stock", "shelf", "quarantine"], drawn.y)]
    without = drawn.z % 6 == 0
    counted = max(0, drawn.quantity - 1) if not life.serial(life.product_of(lot)) else drawn.quantity % 2
    person = life.person(life.choose(["clerk", "approver", "manager", "second"], drawn.who), drawn)
    life.say(
        person,
        f"counts {counted} of {life.product(life.product_of(lot)) + ' without number' if without else life.name(lot)}"
        f" in {life.place(place)}",
    )
    quant = person(
        "stock.quant",
        "create",
        {
            "product_id": life.product_of(lot),
            "location_id": place,
            "lot_id": False if without else lot,
            "inventory_quantity": counted,
        },
        context={"inventory_mode": True},
    )
    person("stock.quant", "action_apply_inventory", [quant], context={"inventory_mode": True})


# Production


@act(4)
def produce(life, drawn):
    """A kit is made of a stent."""
    world = life.world
    parts = [row for row in life.stock(released=drawn.x % 2) if life.product_of(row[1]) == world.stent]
    company, lot, place, there = life.choose(parts, drawn.x)
    quantity = min(drawn.quantity, int(there))
    name = (
        life.number()
        if drawn.z % 3
        else life.choose([life.name(one) for one in life.lots(world.kit)] or [life.number()], drawn.y)
    )
    person = life.person(life.choose(["clerk", "manager"], drawn.who), drawn, company)
    life.say(person, f"makes {quantity} of Kit {name} of {life.name(lot)} in {life.place(place)}")
    life.must = quantity > 0 and life.may_use(company, lot, place, quantity)
    if quantity < 1:
        raise NothingToDo
    production = person(
        "mrp.production",
        "create",
        {
            "product_id": world.kit,
            "company_id": company,
            "product_qty": quantity,
            "bom_id": world.bom,
            "picking_type_id": life.places(company)["make"],
            "location_src_id": life.places(company)["stock"],
            "location_dest_id": life.places(company)["stock"],
        },
    )
    person("mrp.production", "action_confirm", [production])
    if drawn.y % 7 == 0:
        life.say(person, "… without its bill of materials")
        person("mrp.production", "write", [production], {"bom_id": False})
    made = life.lot_named(world.kit, name) or person("stock.lot", "create", {"name": name, "product_id": world.kit})
    person("mrp.production", "write", [production], {"qty_producing": quantity, "lot_producing_ids": [(6, 0, [made])]})
    [move] = life.ids("SELECT id FROM stock_move WHERE raw_material_production_id = %s ORDER BY id LIMIT 1", production)
    old = life.ids("SELECT id FROM stock_move_line WHERE move_id = %s", move)
    commands = [(2, line, 0) for line in old]
    line = {
        "quantity": quantity,
        "product_id": world.stent,
        "lot_id": lot,
        "location_id": place,
        "product_uom_id": world.unit,
    }
    commands.append((0, 0, line))
    person("stock.move", "write", [move], {"move_line_ids": commands, "picked": True})
    person.answer(person("mrp.production", "button_mark_done", [production]))


@act(2)
def receive_from_subcontractor(life, drawn):
    """Coils that somebody else made come in."""
    world, company = life.world, life.company(drawn)
    name = new_or_known(life, world.coil, drawn)
    person = life.person("clerk", drawn)
    life.say(person, f"receives {drawn.quantity} of Coil {name} from the subcontractor")
    life.must = True
    life.remember_vendor(world.coil, [name], world.subcontractor)
    lot = life.lot_named(world.coil, name) or person("stock.lot", "create", {"name": name, "product_id": world.coil})
    picking = transfer(
        life,
        person,
        company,
        "in",
        world.suppliers,
        life.places(company)["stock"],
        world.coil,
        [(lot, drawn.quantity)],
        world.subcontractor,
    )
    validate(person, picking)


# Quality


@act(10)
def inspect(life, drawn):
    """An open inspection is done and decided: passed, failed, a part of it, or on concession."""
    found = life.rows(
        "SELECT i.id, i.company_id, i.quantity, i.lot_id, p.four_eyes FROM medical_inspection i"
        " JOIN medical_inspection_plan p ON p.id = i.plan_id WHERE i.state = 'open' ORDER BY i.id"
    )
    inspection, company, size, lot, four_eyes = life.choose(found, drawn.x)
    how = life.choose(["passes", "passes", "fails", "passes in part", "passes on concession"], drawn.y)
    if how == "passes in part" and size < 2:
        raise NothingToDo
    inspector = life.person("quality", drawn, company)
    decider = life.person(life.choose(["approver", "approver", "quality"], drawn.z), drawn, company)
    life.say(inspector, f"inspects {life.name(lot)}; {decider}: it {how} ({size:g})")
    same = inspector.role == decider.role
    life.must = not same and how != "passes on concession"
    if same and four_eyes:
        life.must_not = "one person inspects and decides"
    result = life.ids("SELECT id FROM medical_inspection_result WHERE inspection_id = %s", inspection)
    bad = int(how in ("fails", "passes on concession"))
    sample = life.value("SELECT sample_size FROM medical_inspection WHERE id = %s", inspection)
    inspector("medical.inspection.result", "write", result, {"checked": max(1, sample), "nonconforming": bad})
    inspector("medical.inspection", "action_inspected", [inspection], sign="looked at")
    accepted, rejected, concession = {
        "passes": (size, 0, 0),
        "fails": (0, size, 0),
        "passes in part": (size - 1, 1, 0),
        "passes on concession": (0, 0, size),
    }[how]
    decider(
        "medical.inspection",
        "action_decide_quantities",
        [inspection],
        accepted=accepted,
        rejected=rejected,
        concession=concession,
        sign="decided",
    )


@act(9)
def release(life, drawn):
    """A lot is released, mostly one that waits for it."""
    lot = life.choose(life.waiting() if drawn.y % 4 else life.lots(), drawn.x)
    person = life.person(life.choose(["approver", "approver", "second", "quality"], drawn.who), drawn)
    life.say(person, f"releases {life.name(lot)}")
    if person.role == "quality":
        life.must_not = "somebody releases who is no approver"
    person("stock.lot", "action_quality_release", [lot], sign="released")
    life.decided("release", lot, person)


@act(1)
def reject(life, drawn):
    """A lot is rejected."""
    lot = life.choose(life.lots(), drawn.x)
    person = life.person("approver", drawn)
    life.say(person, f"rejects {life.name(lot)}")
    person("stock.lot", "action_quality_reject", [lot], sign="rejected")
    life.decided("reject", lot, person)


@act(2)
def decide_anew(life, drawn):
    """A lot has to be decided on anew."""
    lot = life.choose(life.lots(), drawn.x)
    person = life.person("approver", drawn)
    life.say(person, f"puts {life.name(lot)} into quarantine again")
    person("stock.lot", "action_quality_quarantine", [lot], sign="once more")
    life.decided("quarantine", lot, person)


@act(2)
def inspect_again(life, drawn):
    lot = life.choose(life.lots(), drawn.x)
    person = life.person("quality", drawn)
    life.say(person, f"has {life.name(lot)} inspected once more")
    person("stock.lot", "action_quality_inspect", [lot])


@act(3)
def hold(life, drawn):
    """A lot is put on hold wherever it is."""
    company = life.company(drawn)
    lot = life.choose(life.lots(), drawn.x)
    person = life.person("quality", drawn)
    life.say(person, f"puts {life.name(lot)} on hold")
    life.must = life.controlled(company, lot) and not life.lot_company(lot)
    made = person(
        "medical.hold", "create", {"reason": "Seal", "company_id": company, "line_ids": [(0, 0, {"lot_id": lot})]}
    )
    person("medical.hold", "action_set", [made])


@act(4)
def hold_part(life, drawn):
    """A part of a lot is put on hold."""
    company, lot, place, there = life.choose(life.stock(), drawn.x)
    quantity = min(drawn.quantity, there)
    person = life.person("quality", drawn, company)
    life.say(person, f"puts {quantity:g} of {life.name(lot)} in {life.place(place)} on hold")
    life.must = life.controlled(company, lot) and not life.lot_company(lot) and place != life.places(company)["outside"]
    line = {"lot_id": lot, "quantity": quantity, "source_location_id": place}
    made = person("medical.hold", "create", {"reason": "Bent", "company_id": company, "line_ids": [(0, 0, line)]})
    person("medical.hold", "action_set", [made])


@act(4)
def lift(life, drawn):
    """A hold that somebody set is lifted."""
    found = life.rows("SELECT id, company_id, source FROM medical_hold WHERE state = 'active' ORDER BY id")
    made, company, source = life.choose(found, drawn.x)
    person = life.person("approver", drawn, company)
    life.say(person, f"lifts hold {life.ordinal(made, 'medical_hold')}")
    life.must = not source
    life.may_lift = True
    person("medical.hold", "action_lift", [made], sign="looked at again")


# Nonconformities


@act(3)
def contain(life, drawn):
    """A nonconformity of a lot or a part of it is contained."""
    company, lot, place, there = life.choose(life.stock(), drawn.x)
    person = life.person("quality", drawn, company)
    whole = drawn.y % 2
    line = (
        {"lot_id": lot}
        if whole
        else {"lot_id": lot, "source_location_id": place, "quantity": min(drawn.quantity, there)}
    )
    of = "" if whole else f", {line['quantity']:g} in {life.place(place)}"
    life.say(person, f"contains a nonconformity of {life.name(lot)}{of}")
    made = person(
        "medical.nonconformity",
        "create",
        {
            "description": "Burr",
            "company_id": company,
            "origin": "storage",
            "partner_id": (life.vendors_of(lot) or [False])[0],
            "line_ids": [(0, 0, line)],
        },
    )
    person("medical.nonconformity", "action_contain", [made], sign="seen")


@act(6)
def dispose(life, drawn):
    """What is contained is evaluated, and scrap or return is approved by somebody else."""
    found = life.rows(
        "SELECT n.id, n.company_id, l.id, l.quantity, n.partner_id FROM medical_nonconformity n"
        " JOIN medical_nonconformity_line l ON l.nonconformity_id = n.id WHERE n.state = 'contained' ORDER BY n.id"
    )
    made, company, line, quantity, partner = life.choose(found, drawn.x)
    kind = "return" if drawn.y % 2 and partner else "scrap"
    quality = life.person("quality", drawn, company)
    life.say(quality, f"evaluates nonconformity {life.ordinal(made, 'medical_nonconformity')}: {kind}")
    answers = {"severity": "1", "occurrence": "1", "investigation": "no", "investigation_reason": "known"}
    answers |= {"third_party": "no", "shipped": "yes", "assessment": "none", "reportable": "no"}
    quality("medical.nonconformity", "write", [made], answers)
    quality("medical.nonconformity", "action_evaluate", [made], sign="evaluated")
    disposition = {"line_id": line, "kind": kind, "quantity": quantity}
    quality("medical.nonconformity", "write", [made], {"disposition_ids": [(0, 0, disposition)]})
    approver = life.person("approver", drawn, company)
    approver("medical.nonconformity", "action_approve", [made], sign="approved")


@act(10)
def carry_out(life, drawn):
    """An approved disposition is carried out."""
    found = life.rows(
        "SELECT d.id, d.kind, n.company_id, d.lot_id FROM medical_nonconformity_disposition d"
        " JOIN medical_nonconformity n ON n.id = d.nonconformity_id WHERE n.state = 'approved' ORDER BY d.id"
    )
    one, kind, company, lot = life.choose(found, drawn.x)
    person = life.person(life.choose(["clerk", "quality"], drawn.who), drawn, company)
    life.say(person, f"carries out: {kind} of {life.name(lot)}")
    if kind == "scrap":
        person("medical.nonconformity.disposition", "action_scrap", [one])
        for made in life.ids("SELECT id FROM stock_scrap WHERE quality_disposition_id = %s AND state = 'draft'", one):
            person.answer(person("stock.scrap", "action_validate", [made]))
    else:
        person("medical.nonconformity.disposition", "action_return", [one])
        for made in life.ids(
            "SELECT id FROM stock_picking WHERE quality_disposition_id = %s AND state NOT IN ('done', 'cancel')", one
        ):
            moves = life.ids("SELECT id FROM stock_move WHERE picking_id = %s", made)
            person("stock.move", "write", moves, {"picked": True})
            validate(person, made)


@act(5)
def end_nonconformity(life, drawn):
    """A nonconformity is executed and closed, or cancelled."""
    found = life.rows(
        "SELECT id, company_id, state FROM medical_nonconformity WHERE state NOT IN ('draft', 'closed', 'cancelled') ORDER BY id"
    )
    made, company, state = life.choose(found, drawn.x)
    life.may_lift = True
    approver = life.person("approver", drawn, company)
    if state in ("contained", "evaluated"):
        life.say(approver, f"cancels nonconformity {life.ordinal(made, 'medical_nonconformity')}")
        approver("medical.nonconformity", "action_cancel", [made], sign="none")
        return
    quality = life.person("quality", drawn, company)
    life.say(quality, f"executes nonconformity {life.ordinal(made, 'medical_nonconformity')}")
    if state == "approved":
        ones = life.ids("SELECT id FROM medical_nonconformity_disposition WHERE nonconformity_id = %s", made)
        quality(
            "medical.nonconformity.disposition",
            "write",
            ones,
            {"certificate": "C1", "witness_id": life.world.people["second"]},
        )
        quality("medical.nonconformity", "action_execute", [made], sign="done")
    else:
        approver("medical.nonconformity", "write", [made], {"capa_decision": "not_needed", "capa_reason": "single"})
        approver("medical.nonconformity", "action_close", [made], sign="closed")


# What should not have been entered so


@act(6)
def correct_line(life, drawn):
    """A done line is corrected: quantity, lot, unit or place."""
    line, company, product, lot, place, quantity, usage, target, move = life.choose(life.done_lines(), drawn.x)
    what = life.choose(["quantity", "lot", "unit", "place", "quantity"], drawn.y)
    person = life.person(life.choose(["manager", "clerk"], drawn.who), drawn, company)
    if what == "quantity":
        values = {"quantity": max(0, drawn.quantity - 1)}
    elif what == "lot":
        other = life.choose([one for one in life.lots(product) if one != lot], drawn.z)
        values = {"lot_id": other}
    elif what == "unit":
        values = {"product_uom_id": life.world.box}
    else:
        values = {"location_dest_id": life.places(company)[life.choose(["stock", "shelf", "quarantine"], drawn.z)]}
    context = {"skip_uom_conversion": True} if what == "unit" and drawn.z % 2 else {}
    value = next(iter(values.values()))
    shown = {"lot": life.name, "place": life.place}.get(what, str)(value)
    life.say(
        person,
        f"corrects a done line ({quantity:g} of {life.name(lot)}, {usage} → {target}): {what} {shown if what != 'unit' else 'box of 2'}"
        f"{' without conversion' if context else ''}",
    )
    if drawn.z % 5 == 4:
        person("stock.move", "write", [move], {"move_line_ids": [(1, line, values)]}, context=context)
    else:
        person("stock.move.line", "write", [line], values, context=context)


@act(2)
def add_line(life, drawn):
    """A line is added to a done transfer."""
    found = [row for row in life.done_lines() if row[8]]
    _line, company, product, lot, place, quantity, usage, target, move = life.choose(found, drawn.x)
    other = life.choose(life.lots(product), drawn.z)
    row = life.rows("SELECT picking_id, location_id, location_dest_id FROM stock_move WHERE id = %s", move)[0]
    if not row[0]:
        raise NothingToDo
    person = life.person(life.choose(["manager", "clerk"], drawn.who), drawn, company)
    life.say(person, f"adds {drawn.quantity} of {life.name(other)} to a done transfer ({usage} → {target})")
    person(
        "stock.move.line",
        "create",
        {
            "picking_id": row[0],
            "move_id": move,
            "product_id": product,
            "product_uom_id": life.world.unit,
            "quantity": drawn.quantity,
            "lot_id": other,
            "location_id": row[1],
            "location_dest_id": row[2],
        },
    )


@act(3)
def forge_flags(life, drawn):
    """Fields that say what kind of move it is are written before or after it is done."""
    what = life.choose(["state", "is_inventory", "scrap", "delete", "quant"], drawn.y)
    person = life.person(life.choose(["manager", "clerk"], drawn.who), drawn)
    if what in ("state", "delete"):
        line, company, product, lot, place, quantity, usage, target, move = life.choose(life.done_lines(), drawn.x)
        life.say(
            person, f"sets a done move ({quantity:g} of {life.name(lot)}, {usage} → {target}) to draft and deletes it"
        )
        person("stock.move", "write", [move], {"state": "draft"})
        if what == "delete":
            person("stock.move", "unlink", [move])
        else:
            person("stock.move.line", "unlink", [line])
        return
    company, lot, place, there = life.choose(life.stock(), drawn.x)
    quantity = min(drawn.quantity, there)
    person = life.person(person.role, drawn, company)
    if what == "quant":
        quants = life.ids("SELECT id FROM stock_quant WHERE lot_id = %s AND location_id = %s ORDER BY id", lot, place)
        life.say(person, f"writes a quantity into the stock of {life.name(lot)}")
        if life.controlled(company, lot):
            life.must_not = "a quantity is written by hand"
        person("stock.quant", "write", quants, {"quantity": quantity + 1})
        return
    life.say(
        person,
        f"delivers {quantity:g} of {life.name(lot)} from {life.place(place)} by a move that is said to be {what}",
    )
    picking = transfer(
        life,
        person,
        company,
        "out",
        place,
        life.world.customers,
        life.product_of(lot),
        [(lot, quantity)],
        life.world.hospital,
    )
    moves = life.ids("SELECT id FROM stock_move WHERE picking_id = %s", picking)
    if what == "scrap":
        values = {
            "product_id": life.product_of(lot),
            "lot_id": lot,
            "scrap_qty": quantity,
            "location_id": place,
            "product_uom_id": life.world.unit,
            "company_id": company,
        }
        person("stock.move", "write", moves, {"scrap_id": person("stock.scrap", "create", values)})
    else:
        person("stock.move", "write", moves, {"is_inventory": True})
    validate(person, picking)


# Master data


@act(2)
def change_lot(life, drawn):
    """A lot is renamed, handed to another company or product, or expires another day."""
    lot = life.choose(life.lots(), drawn.x)
    what = life.choose(["name", "company_id", "product_id", "expiration_date"], drawn.y)
    person = life.person(life.choose(["clerk", "manager"], drawn.who), drawn)
    value = {
        "name": life.number(),
        "company_id": life.company(drawn),
        "product_id": life.choose(life.world.products, drawn.z),
        "expiration_date": life.choose(["2026-01-06 10:00:00", "2029-01-06 10:00:00"], drawn.z),
    }[what]
    shown = life.product(value) if what == "product_id" else value
    life.say(person, f"writes {what} {shown} to {life.name(lot)}")
    person("stock.lot", "write", [lot], {what: value})


@act(3)
def change_product(life, drawn):
    """A product moves to another category, or is tracked or stored another way."""
    product = life.choose([life.world.stent, life.world.screw, life.world.pen], drawn.x)
    role = life.choose(["manager", "admin", "second"], drawn.who)
    person = life.person(role, drawn)
    world = life.world
    values = life.choose(
        [
            {"categ_id": world.others},
            {"categ_id": world.devices},
            {"categ_id": world.implants},
            {"tracking": "none"},
            {"tracking": "lot"},
            {"is_storable": False},
            {"type": "service"},
        ],
        drawn.y,
    )
    names = {world.others: "Others", world.devices: "Devices", world.implants: "Implants"}
    shown = {key: names.get(value, value) if key == "categ_id" else value for key, value in values.items()}
    life.say(person, f"writes {shown} to {life.product(product)}")
    if drawn.z % 2:
        person("product.product", "write", [product], values)
    else:
        template = life.value("SELECT product_tmpl_id FROM product_product WHERE id = %s", product)
        person("product.template", "write", [template], values)


@act(1)
def change_scope(life, drawn):
    """Quality control of implants is switched on or off in a company."""
    world, company = life.world, life.company(drawn)
    person = life.person("admin", drawn)
    active = life.ids(
        "SELECT id FROM medical_scope WHERE company_id = %s AND category_id = %s AND state = 'active'",
        company,
        world.implants,
    )
    if active:
        life.say(person, f"ends quality control of implants in {life.company_name(company)}")
        person("medical.scope", "action_end", active)
        return
    life.say(person, f"switches quality control of implants on in {life.company_name(company)}")
    made = person(
        "medical.scope",
        "create",
        {
            "feature_id": world.feature,
            "company_id": company,
            "category_id": world.implants,
            "valid_from": "2020-01-01",
            "reason": "Machine",
        },
    )
    person("medical.scope", "action_activate", [made])


@act(2)
def change_place(life, drawn):
    """What a place is, is changed."""
    company = life.company(drawn)
    name = life.choose(["quarantine", "spare", "shelf", "stock"], drawn.x)
    place = life.places(company)[name]
    values = life.choose(
        [
            {"quality_quarantine": False},
            {"quality_quarantine": True},
            {"usage": "customer"},
            {"usage": "inventory"},
            {"usage": "internal"},
            {"location_id": life.places(company)["stock"]},
        ],
        drawn.y,
    )
    person = life.person(life.choose(["manager", "second"], drawn.who), drawn)
    shown = {key: life.place(value) if key == "location_id" else value for key, value in values.items()}
    life.say(person, f"writes {shown} to the place {name}")
    if person.role == "manager" and life.quarantined(place) and not values.get("quality_quarantine"):
        kept = values.keys() == {"location_id"} or values == {"usage": "internal"}
        life.must_not = "" if kept else "who is no approver says that a quarantine is none"
    person("stock.location", "write", [place], values)


@act(3)
def days_pass(life, drawn):
    """Time passes."""
    days = life.choose([1, 3, 30], drawn.x)
    life.say("", f"{days} days pass")
    life.clock.on(days=days)
