"""Write a ledger into Odoo's tables, set-based.

Done moves cannot be created through the ORM without processing each of them, which takes
many times the minute that the demo company may cost. The columns written here are those
that Odoo 19's own receipt, delivery and return leave behind.
"""

from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo.tools import SQL

from .demand import Horizon
from .ledger import Ledger, Lot, Move
from .masters import Masters

CHUNK = 10_000
# Seconds of the day (UTC) at which orders are approved and for which goods are promised.
MORNING, NOON = 9000, 36000


def at(values: list, places) -> list:
    """The value at each of ``places``, None where there is no place."""
    return [None if place is None else values[place] for place in places]


class Writer:
    """Writes one ledger; ``run`` returns the number of rows per table."""

    def __init__(self, env, masters: Masters, ledger: Ledger, horizon: Horizon, company, buyer):
        self.env, self.masters, self.ledger, self.horizon = env, masters, ledger, horizon
        self.company, self.buyer = company, buyer
        self.supplier_location = env.ref("stock.stock_location_suppliers").id
        self.customer_location = env.ref("stock.stock_location_customers").id
        self.midnight = datetime.combine(horizon.start, time())
        self.counts: dict[str, int] = {}

    def run(self) -> dict[str, int]:
        ledger = self.ledger
        self.env.flush_all()
        self.lot_ids = self._reserve("stock_lot", len(ledger.lots))
        self.order_ids = self._reserve("purchase_order", len(ledger.orders))
        self.order_line_ids = self._reserve("purchase_order_line", len(ledger.order_lines))
        self.picking_ids = self._reserve("stock_picking", len(ledger.pickings))
        self.move_ids = self._reserve("stock_move", len(ledger.moves))
        self.order_names = self._numbers(self._sequence("purchase.order"), len(ledger.orders))
        self.picking_names = self._picking_names()
        self.done = [move.day < ledger.today for move in ledger.moves]
        quants = self._balance()
        self._write_lots(quants)
        self._write_orders()
        self._write_pickings()
        self._write_moves()
        self._write_lines()
        self._write_quants(quants)
        self._write_relations()
        self.env.invalidate_all()
        return self.counts

    # Numbers, dates, places

    def _reserve(self, table: str, count: int) -> list[int]:
        self.env.cr.execute(
            SQL("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", table, count)
        )
        return [row[0] for row in self.env.cr.fetchall()]

    def _sequence(self, code: str):
        return self.env["ir.sequence"].search(
            [("code", "=", code), ("company_id", "in", (self.company.id, False))], order="company_id", limit=1
        )

    def _numbers(self, sequence, count: int) -> list[str]:
        """The sequence's next numbers, drawn in one statement where it has no gaps to avoid."""
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence.next_by_id() for _number in range(count)]
        self.env.cr.execute(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"ir_sequence_{sequence.id:03d}", count)
        )
        numbers = self.env.cr.fetchall()
        prefix, suffix = sequence._get_prefix_suffix()
        return [f"{prefix}{number:0{sequence.padding}d}{suffix}" for (number,) in numbers]

    def _picking_type(self, picking) -> int:
        warehouse = self.masters.warehouses[picking.warehouse]
        if picking.kind in ("receipt", "return"):
            return warehouse.receipts
        return warehouse.deliveries if picking.kind == "delivery" else warehouse.internal

    def _picking_names(self) -> list[str]:
        numbers = defaultdict(list)
        for position, picking in enumerate(self.ledger.pickings):
            numbers[self._picking_type(picking)].append(position)
        names = [""] * len(self.ledger.pickings)
        for picking_type in self.env["stock.picking.type"].browse(numbers):
            positions = numbers[picking_type.id]
            for position, name in zip(positions, self._numbers(picking_type.sequence_id, len(positions)), strict=True):
                names[position] = name
        return names

    def _moment(self, day: int, clock: int) -> datetime:
        return self.midnight + timedelta(days=day, seconds=clock)

    def _places(self, move) -> tuple[int, int]:
        """Source and destination location of a move or picking."""
        stock = self.masters.warehouses[move.warehouse].stock
        if move.kind == "receipt":
            return self.supplier_location, stock
        if move.kind == "return":
            return self.customer_location, stock
        if move.kind == "delivery":
            return stock, self.customer_location
        if move.kind == "internal":
            return stock, self.masters.warehouses[move.destination].stock
        virtual = self.masters.products[move.product].inventory_location
        return (virtual, stock) if move.kind == "opening" else (stock, virtual)

    def _expiration(self, lot: Lot | None, days: int = 0) -> datetime | None:
        """So many days before the lot expires, if it does."""
        return None if lot is None or lot.expiration is None else self._moment(lot.expiration - days, 0)

    def _move_moment(self, move: Move) -> datetime:
        """When it was done or, while it is open, when it was promised for."""
        if move.day >= self.ledger.today:
            return self._moment(self.ledger.pickings[move.picking].scheduled, NOON)
        return self._moment(move.day, move.clock)

    def _insert(self, table: str, arrays: dict, constants: dict | None = None) -> None:
        """Insert rows: columns with a list of one value per row, and columns with one value for all.

        The buyer wrote them, when they were made unless a column says otherwise.
        """
        count = len(next(iter(arrays.values())))
        self.env.cr.execute(
            SQL(
                "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0",
                table,
            )
        )
        kinds = dict(self.env.cr.fetchall())
        constants = dict(constants or {})
        if "create_uid" in kinds:
            constants |= dict.fromkeys(("create_uid", "write_uid"), self.buyer.id)
        if "create_date" in arrays:
            arrays = {"write_date": arrays["create_date"]} | arrays
        columns = SQL(", ").join(SQL.identifier(name) for name in (*arrays, *constants))
        aliases = SQL(", ").join(SQL.identifier(name) for name in arrays)
        chosen = [
            *(SQL.identifier("rows", name) for name in arrays),
            *(SQL("%s", value) for value in constants.values()),
        ]
        for start in range(0, count, CHUNK):
            part = slice(start, start + CHUNK)
            unnested = [SQL("%s::%s[]", values[part], SQL(kinds[name])) for name, values in arrays.items()]
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS rows(%s)",
                    SQL.identifier(table),
                    columns,
                    SQL(", ").join(chosen),
                    SQL(", ").join(unnested),
                    aliases,
                )
            )
        self.counts[table] = self.counts.get(table, 0) + count

    # Tables

    def _balance(self) -> dict[tuple, list]:
        """Quantity and first date per product, location and lot, from the done move lines."""
        quants: dict[tuple, list] = {}
        moves, done = self.ledger.moves, self.done
        for line in self.ledger.lines:
            if not done[line.move]:
                continue
            move = moves[line.move]
            moment = self._moment(move.day, move.clock)
            for place, quantity in zip(self._places(move), (-line.quantity, line.quantity), strict=True):
                quant = quants.setdefault((move.product, place, line.lot), [0, moment])
                quant[0] += quantity
        return {key: quant for key, quant in quants.items() if quant[0]}

    def _write_lots(self, quants: dict[tuple, list]) -> None:
        products, lots = self.masters.products, self.ledger.lots
        places = defaultdict(set)
        for (_product, place, lot), (quantity, _moment) in quants.items():
            if lot is not None and quantity > 0:
                places[lot].add(place)
        made = [self._moment(lot.day, 0) for lot in lots]

        def before(attribute):
            return [self._expiration(lot, getattr(products[lot.product], attribute)) for lot in lots]

        self._insert(
            "stock_lot",
            {
                "id": self.lot_ids,
                "name": [lot.name for lot in lots],
                "product_id": [products[lot.product].id for lot in lots],
                "company_id": [products[lot.product].company for lot in lots],
                "location_id": [
                    next(iter(places[number])) if len(places[number]) == 1 else None for number in range(len(lots))
                ],
                "expiration_date": [self._expiration(lot) for lot in lots],
                "use_date": before("use_time"),
                "removal_date": before("removal_time"),
                "alert_date": before("alert_time"),
                "create_date": made,
            },
            {"avg_cost": 0},
        )

    def _write_orders(self) -> None:
        ledger, masters = self.ledger, self.masters
        received = defaultdict(int)
        arrived: dict[int, datetime] = {}
        open_orders = set()
        for move, done in zip(ledger.moves, self.done, strict=True):
            if move.kind != "receipt":
                continue
            order = ledger.order_lines[move.order_line].order
            if done:
                received[move.order_line] += move.quantity
                arrived.setdefault(order, self._moment(move.day, move.clock))
            else:
                open_orders.add(order)
        amounts = defaultdict(float)
        for line in ledger.order_lines:
            amounts[line.order] += round(line.quantity * line.price, 2)
        total = [round(amounts[number], 2) for number in range(len(ledger.orders))]
        approved = [self._moment(order.day, MORNING) for order in ledger.orders]
        planned = [self._moment(order.planned, NOON) for order in ledger.orders]
        receipt_status = [
            "full" if number not in open_orders else "partial" if number in arrived else "pending"
            for number in range(len(ledger.orders))
        ]
        self._insert(
            "purchase_order",
            {
                "id": self.order_ids,
                "name": self.order_names,
                "partner_id": [order.vendor for order in ledger.orders],
                "picking_type_id": [masters.warehouses[order.warehouse].receipts for order in ledger.orders],
                "date_order": approved,
                "date_approve": approved,
                "date_calendar_start": approved,
                "date_planned": planned,
                "effective_date": [arrived.get(number) for number in range(len(ledger.orders))],
                "receipt_status": receipt_status,
                "invoice_status": ["to invoice" if number in arrived else "no" for number in range(len(ledger.orders))],
                "acknowledged": [number in arrived for number in range(len(ledger.orders))],
                "amount_untaxed": total,
                "amount_total": total,
                "amount_total_cc": total,
                "create_date": approved,
            },
            {
                "state": "purchase",
                "priority": "0",
                "locked": False,
                "currency_id": self.company.currency_id.id,
                "currency_rate": 1.0,
                "amount_tax": 0,
                "invoice_count": 0,
                "company_id": self.company.id,
                "user_id": self.buyer.id,
                "receipt_reminder_email": False,
                "reminder_date_before_receipt": 1,
            },
        )
        lines = ledger.order_lines
        subtotals = [round(line.quantity * line.price, 2) for line in lines]
        quantities = [line.quantity for line in lines]
        prices = [line.price for line in lines]
        taken = [received[number] for number in range(len(lines))]
        self._insert(
            "purchase_order_line",
            {
                "id": self.order_line_ids,
                "order_id": [self.order_ids[line.order] for line in lines],
                "partner_id": [ledger.orders[line.order].vendor for line in lines],
                "product_id": [masters.products[line.product].id for line in lines],
                "product_uom_id": [masters.products[line.product].uom for line in lines],
                "name": [
                    f"[{masters.products[line.product].code}] {masters.products[line.product].name}" for line in lines
                ],
                "product_qty": quantities,
                "product_uom_qty": quantities,
                "price_unit": prices,
                "technical_price_unit": prices,
                "price_subtotal": subtotals,
                "price_total": subtotals,
                "qty_received": taken,
                "qty_to_invoice": taken,
                "date_planned": [planned[line.order] for line in lines],
                "create_date": [approved[line.order] for line in lines],
            },
            {
                "sequence": 10,
                "company_id": self.company.id,
                "qty_received_method": "stock_moves",
                "price_tax": 0,
                "qty_invoiced": 0,
                "discount": 0,
                "propagate_cancel": True,
                "is_downpayment": False,
            },
        )

    def _write_pickings(self) -> None:
        ledger = self.ledger
        rows = ledger.pickings
        done = [picking.day < ledger.today for picking in rows]
        places = [self._places(picking) for picking in rows]
        finished = [
            self._moment(picking.day, picking.clock) if is_done else None
            for picking, is_done in zip(rows, done, strict=True)
        ]
        promised = [self._moment(picking.scheduled, NOON) for picking in rows]
        weights = [0.0] * len(rows)
        for move in ledger.moves:
            if move.picking is not None:
                weights[move.picking] += move.quantity * self.masters.products[move.product].weight
        made = [
            self._moment(ledger.orders[picking.order].day, MORNING) if picking.order is not None else finish
            for picking, finish in zip(rows, finished, strict=True)
        ]
        self._insert(
            "stock_picking",
            {
                "id": self.picking_ids,
                "name": self.picking_names,
                "origin": [self._origin(picking) for picking in rows],
                "picking_type_id": [self._picking_type(picking) for picking in rows],
                "partner_id": [picking.partner for picking in rows],
                "location_id": [source for source, _destination in places],
                "location_dest_id": [destination for _source, destination in places],
                "backorder_id": at(self.picking_ids, [row.source if row.kind == "receipt" else None for row in rows]),
                "return_id": at(self.picking_ids, [row.source if row.kind == "return" else None for row in rows]),
                "state": ["done" if is_done else "assigned" for is_done in done],
                "scheduled_date": [
                    promise if picking.kind == "receipt" else finish
                    for picking, promise, finish in zip(rows, promised, finished, strict=True)
                ],
                "date_deadline": [
                    promise if picking.kind == "receipt" else None
                    for picking, promise in zip(rows, promised, strict=True)
                ],
                "date_done": finished,
                "shipping_weight": [round(weight, 2) for weight in weights],
                "create_date": made,
                "write_date": [finish or begin for finish, begin in zip(finished, made, strict=True)],
            },
            {
                "company_id": self.company.id,
                "move_type": "direct",
                "priority": "0",
                "is_locked": True,
                "has_deadline_issue": False,
                "printed": False,
            },
        )

    def _origin(self, picking) -> str | None:
        if picking.order is not None:
            return self.order_names[picking.order]
        return f"Return of {self.picking_names[picking.source]}" if picking.kind == "return" else None

    def _write_moves(self) -> None:
        ledger, masters = self.ledger, self.masters
        rows = ledger.moves
        places = [self._places(move) for move in rows]
        moments = [self._move_moment(move) for move in rows]
        products = [masters.products[move.product] for move in rows]
        quantities = [move.quantity for move in rows]
        uoms = [product.uom for product in products]
        pickings = at(ledger.pickings, [move.picking for move in rows])
        valued = [
            round(move.quantity * move.price, 2) if done and move.kind != "internal" else 0
            for move, done in zip(rows, self.done, strict=True)
        ]
        names = {"opening": "Opening balance", "write_off": "Expired stock written off"}
        inventory = [names.get(move.kind) for move in rows]
        incoming = ("receipt", "return", "opening")
        self._insert(
            "stock_move",
            {
                "id": self.move_ids,
                "product_id": [product.id for product in products],
                "product_uom": uoms,
                "packaging_uom_id": uoms,
                "product_uom_qty": quantities,
                "product_qty": quantities,
                "packaging_uom_qty": quantities,
                "quantity": quantities,
                "location_id": [source for source, _destination in places],
                "location_dest_id": [destination for _source, destination in places],
                "location_final_id": [
                    place[1] if move.kind == "receipt" else None for move, place in zip(rows, places, strict=True)
                ],
                "partner_id": [
                    picking.partner if picking and picking.kind in ("delivery", "return") else None
                    for picking in pickings
                ],
                "picking_id": at(self.picking_ids, [move.picking for move in rows]),
                "picking_type_id": [self._picking_type(picking) if picking else None for picking in pickings],
                "warehouse_id": [
                    masters.warehouses[move.warehouse].id if move.kind in ("receipt", "return") else None
                    for move in rows
                ],
                "origin": [self._origin(picking) if picking else None for picking in pickings],
                "reference": [
                    name or self.picking_names[move.picking] for move, name in zip(rows, inventory, strict=True)
                ],
                "is_inventory": [name is not None for name in inventory],
                "inventory_name": inventory,
                "state": ["done" if done else "assigned" for done in self.done],
                "picked": self.done,
                "date": moments,
                "date_deadline": [
                    self._moment(picking.scheduled, NOON) if picking and picking.kind == "receipt" else None
                    for picking in pickings
                ],
                "reservation_date": [moment.date() for moment in moments],
                "price_unit": [move.price if move.kind == "receipt" else 0 for move in rows],
                "value": valued,
                "is_in": [move.kind in incoming and done for move, done in zip(rows, self.done, strict=True)],
                "is_out": [move.kind in ("delivery", "write_off") for move in rows],
                "purchase_line_id": at(self.order_line_ids, [move.order_line for move in rows]),
                "origin_returned_move_id": at(self.move_ids, [move.origin for move in rows]),
                "create_date": moments,
            },
            {
                "company_id": self.company.id,
                "sequence": 10,
                "priority": "0",
                "procure_method": "make_to_stock",
                "propagate_cancel": True,
                "additional": False,
                "to_refund": True,
                "is_dropship": False,
            },
        )

    def _write_lines(self) -> None:
        ledger, masters = self.ledger, self.masters
        rows = ledger.lines
        moves = [ledger.moves[line.move] for line in rows]
        places = [self._places(move) for move in moves]
        moments = [self._move_moment(move) for move in moves]
        products = [masters.products[move.product] for move in moves]
        lots = at(ledger.lots, [line.lot for line in rows])
        states = [self.done[line.move] for line in rows]
        expirations = [
            self._expiration(lot) if lot else self._expected_expiration(product, moment, done)
            for lot, product, moment, done in zip(lots, products, moments, states, strict=True)
        ]
        self._insert(
            "stock_move_line",
            {
                "move_id": [self.move_ids[line.move] for line in rows],
                "picking_id": at(self.picking_ids, [move.picking for move in moves]),
                "product_id": [product.id for product in products],
                "product_uom_id": [product.uom for product in products],
                "lot_id": at(self.lot_ids, [line.lot for line in rows]),
                "location_id": [source for source, _destination in places],
                "location_dest_id": [destination for _source, destination in places],
                "quantity": [line.quantity for line in rows],
                "quantity_product_uom": [line.quantity for line in rows],
                "state": ["done" if done else "assigned" for done in states],
                "picked": states,
                "expiration_date": expirations,
                "removal_date": [
                    None if expiration is None else expiration - timedelta(days=product.removal_time)
                    for expiration, product in zip(expirations, products, strict=True)
                ],
                "date": moments,
                "create_date": moments,
            },
            {"company_id": self.company.id},
        )

    def _expected_expiration(self, product, moment: datetime, done: bool) -> datetime | None:
        """Core shows this date on an open receipt whose lot is not known yet."""
        return moment + timedelta(days=product.expiration_time) if product.expires and not done else None

    def _write_quants(self, quants: dict[tuple, list]) -> None:
        locations = self.env["stock.location"].browse({place for _product, place, _lot in quants})
        counted = {
            location.id: location._get_next_inventory_date() or None
            for location in locations
            if location.usage in ("internal", "transit")
        }
        companies = {location.id: location.company_id.id or None for location in locations}
        keys = list(quants)
        lots = at(self.ledger.lots, [lot for _product, _place, lot in keys])
        now = self.env.cr.now()
        self._insert(
            "stock_quant",
            {
                "product_id": [self.masters.products[product].id for product, _place, _lot in keys],
                "location_id": [place for _product, place, _lot in keys],
                "company_id": [companies[place] for _product, place, _lot in keys],
                "lot_id": at(self.lot_ids, [lot for _product, _place, lot in keys]),
                "quantity": [quants[key][0] for key in keys],
                "in_date": [quants[key][1] for key in keys],
                "inventory_date": [counted.get(place) for _product, place, _lot in keys],
                "expiration_date": [self._expiration(lot) for lot in lots],
                "removal_date": [
                    self._expiration(lot, self.masters.products[product].removal_time)
                    for lot, (product, _place, _lot) in zip(lots, keys, strict=True)
                ],
            },
            {
                "reserved_quantity": 0,
                "inventory_diff_quantity": 0,
                "inventory_quantity_set": False,
                "create_date": now,
                "write_date": now,
            },
        )

    def _write_relations(self) -> None:
        ledger = self.ledger
        origins = at(self.move_ids, [move.origin for move in ledger.moves])
        self._relate("stock_move_move_rel", "move_orig_id", origins, "move_dest_id", self.move_ids)
        orders = at(self.order_ids, [picking.order for picking in ledger.pickings])
        self._relate(
            "purchase_order_stock_picking_rel", "purchase_order_id", orders, "stock_picking_id", self.picking_ids
        )
        # Core gathers an order's transfers through one reference named after the order.
        references = self._reserve("stock_reference", len(ledger.orders))
        self._insert("stock_reference", {"id": references, "name": self.order_names})
        self._relate("stock_reference_purchase_rel", "purchase_id", self.order_ids, "reference_id", references)
        of_lines = [references[line.order] for line in ledger.order_lines]
        bought = at(of_lines, [move.order_line for move in ledger.moves])
        self._relate("stock_reference_move_rel", "move_id", self.move_ids, "reference_id", bought)

    def _relate(self, table: str, left: str, lefts: list, right: str, rights: list) -> None:
        """Insert the pairs of which both sides are there."""
        pairs = [pair for pair in zip(lefts, rights, strict=True) if None not in pair]
        self._insert(table, {left: [pair[0] for pair in pairs], right: [pair[1] for pair in pairs]})
