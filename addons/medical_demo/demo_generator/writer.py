"""Write a ledger into Odoo's tables, set-based.

Done moves cannot be created through the ORM without processing each of them, which takes
many times the minute that the demo company may cost. The columns written here are those
that Odoo 19's own receipt, delivery and return leave behind.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from itertools import starmap

from odoo.tools import SQL, split_every

from .demand import Horizon
from .ledger import Ledger, Line, Lot, Move, Order, OrderLine, Picking
from .masters import Masters

CHUNK = 10_000
# Seconds of the day (UTC) at which orders are approved and for which goods are promised.
MORNING, NOON = 9000, 36000


def at(values: list, place: int | None):
    """The value at ``place``, None where there is no place."""
    return None if place is None else values[place]


class Writer:
    """Writes one ledger; ``run`` returns the number of rows per table."""

    def __init__(self, env, masters: Masters, ledger: Ledger, horizon: Horizon, company, buyer):
        self.env, self.masters, self.ledger, self.horizon = env, masters, ledger, horizon
        self.company, self.buyer = company, buyer
        self.supplier_location = env.ref("stock.stock_location_suppliers").id
        self.customer_location = env.ref("stock.stock_location_customers").id
        self.midnight = datetime.combine(horizon.start, time())
        self.counts: Counter[str] = Counter()

    def run(self) -> dict[str, int]:
        ledger = self.ledger
        self.env.flush_all()
        self.lot_ids = self._reserve("stock_lot", len(ledger.lots))
        self.order_ids = self._reserve("purchase_order", len(ledger.orders))
        self.order_line_ids = self._reserve("purchase_order_line", len(ledger.order_lines))
        self.picking_ids = self._reserve("stock_picking", len(ledger.pickings))
        self.move_ids = self._reserve("stock_move", len(ledger.moves))
        self.order_names = self.env["ir.sequence"]._medical_numbers("purchase.order", self.company, len(ledger.orders))
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
            for position, name in zip(positions, picking_type.sequence_id._medical_next(len(positions)), strict=True):
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

    def _insert(self, table: str, rows: Iterable[dict], **constants) -> None:
        """Insert rows, which all have the same columns, with columns that have one value for all.

        The buyer wrote them, when they were made unless a column says otherwise.
        """
        self.env.cr.execute(
            SQL(
                "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0",
                table,
            )
        )
        kinds = dict(self.env.cr.fetchall())
        if "create_uid" in kinds:
            constants |= dict.fromkeys(("create_uid", "write_uid"), self.buyer.id)
        for part in split_every(CHUNK, rows, list):
            names = list(part[0])
            chosen = {name: SQL.identifier("rows", name) for name in names}
            if "create_date" in chosen:
                chosen.setdefault("write_date", chosen["create_date"])
            chosen |= {name: SQL("%s", value) for name, value in constants.items()}
            unnested = [SQL("%s::%s[]", [row[name] for row in part], SQL(kinds[name])) for name in names]
            self.env.cr.execute(
                SQL(
                    "INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS rows(%s)",
                    SQL.identifier(table),
                    SQL(", ").join(map(SQL.identifier, chosen)),
                    SQL(", ").join(chosen.values()),
                    SQL(", ").join(unnested),
                    SQL(", ").join(map(SQL.identifier, names)),
                )
            )
            self.counts[table] += len(part)

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
        places = defaultdict(set)
        for (_product, place, lot), (quantity, _moment) in quants.items():
            if lot is not None and quantity > 0:
                places[lot].add(place)

        def row(number: int, lot: Lot) -> dict:
            product = self.masters.products[lot.product]
            return {
                "id": self.lot_ids[number],
                "name": lot.name,
                "product_id": product.id,
                "company_id": product.company,
                "location_id": next(iter(places[number])) if len(places[number]) == 1 else None,
                "expiration_date": self._expiration(lot),
                "use_date": self._expiration(lot, product.use_time),
                "removal_date": self._expiration(lot, product.removal_time),
                "alert_date": self._expiration(lot, product.alert_time),
                "create_date": self._moment(lot.day, 0),
            }

        self._insert("stock_lot", starmap(row, enumerate(self.ledger.lots)), avg_cost=0)

    def _write_orders(self) -> None:
        ledger = self.ledger
        received: Counter[int] = Counter()
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

        def order_row(number: int, order: Order) -> dict:
            approved, total = self._moment(order.day, MORNING), round(amounts[number], 2)
            receipt_status = "full" if number not in open_orders else "partial" if number in arrived else "pending"
            return {
                "id": self.order_ids[number],
                "name": self.order_names[number],
                "partner_id": order.vendor,
                "picking_type_id": self.masters.warehouses[order.warehouse].receipts,
                "date_order": approved,
                "date_approve": approved,
                "date_calendar_start": approved,
                "date_planned": self._moment(order.planned, NOON),
                "effective_date": arrived.get(number),
                "receipt_status": receipt_status,
                "invoice_status": "to invoice" if number in arrived else "no",
                "acknowledged": number in arrived,
                "amount_untaxed": total,
                "amount_total": total,
                "amount_total_cc": total,
                "create_date": approved,
            }

        self._insert(
            "purchase_order",
            starmap(order_row, enumerate(ledger.orders)),
            state="purchase",
            priority="0",
            locked=False,
            currency_id=self.company.currency_id.id,
            currency_rate=1.0,
            amount_tax=0,
            invoice_count=0,
            company_id=self.company.id,
            user_id=self.buyer.id,
            receipt_reminder_email=False,
            reminder_date_before_receipt=1,
        )

        def line_row(number: int, line: OrderLine) -> dict:
            order, product = ledger.orders[line.order], self.masters.products[line.product]
            subtotal = round(line.quantity * line.price, 2)
            return {
                "id": self.order_line_ids[number],
                "order_id": self.order_ids[line.order],
                "partner_id": order.vendor,
                "product_id": product.id,
                "product_uom_id": product.uom,
                "name": f"[{product.code}] {product.name}",
                "product_qty": line.quantity,
                "product_uom_qty": line.quantity,
                "price_unit": line.price,
                "technical_price_unit": line.price,
                "price_subtotal": subtotal,
                "price_total": subtotal,
                "qty_received": received[number],
                "qty_to_invoice": received[number],
                "date_planned": self._moment(order.planned, NOON),
                "create_date": self._moment(order.day, MORNING),
            }

        self._insert(
            "purchase_order_line",
            starmap(line_row, enumerate(ledger.order_lines)),
            sequence=10,
            company_id=self.company.id,
            qty_received_method="stock_moves",
            price_tax=0,
            qty_invoiced=0,
            discount=0,
            propagate_cancel=True,
            is_downpayment=False,
        )

    def _write_pickings(self) -> None:
        ledger = self.ledger
        weights = defaultdict(float)
        for move in ledger.moves:
            weights[move.picking] += move.quantity * self.masters.products[move.product].weight

        def row(number: int, picking: Picking) -> dict:
            done, receipt = picking.day < ledger.today, picking.kind == "receipt"
            source, destination = self._places(picking)
            finished = self._moment(picking.day, picking.clock) if done else None
            promised = self._moment(picking.scheduled, NOON)
            order = at(ledger.orders, picking.order)
            made = finished if order is None else self._moment(order.day, MORNING)
            return {
                "id": self.picking_ids[number],
                "name": self.picking_names[number],
                "origin": self._origin(picking),
                "picking_type_id": self._picking_type(picking),
                "partner_id": picking.partner,
                "location_id": source,
                "location_dest_id": destination,
                "backorder_id": at(self.picking_ids, picking.source) if receipt else None,
                "return_id": at(self.picking_ids, picking.source) if picking.kind == "return" else None,
                "state": "done" if done else "assigned",
                "scheduled_date": promised if receipt else finished,
                "date_deadline": promised if receipt else None,
                "date_done": finished,
                "shipping_weight": round(weights[number], 2),
                "create_date": made,
                "write_date": finished or made,
            }

        self._insert(
            "stock_picking",
            starmap(row, enumerate(ledger.pickings)),
            company_id=self.company.id,
            move_type="direct",
            priority="0",
            is_locked=True,
            has_deadline_issue=False,
            printed=False,
        )

    def _origin(self, picking: Picking | None) -> str | None:
        if picking is None:
            return None
        if picking.order is not None:
            return self.order_names[picking.order]
        return f"Return of {self.picking_names[picking.source]}" if picking.kind == "return" else None

    def _write_moves(self) -> None:
        names = {"opening": "Opening balance", "write_off": "Expired stock written off"}

        def row(number: int, move: Move) -> dict:
            done, receipt = self.done[number], move.kind == "receipt"
            source, destination = self._places(move)
            moment = self._move_moment(move)
            product = self.masters.products[move.product]
            picking = at(self.ledger.pickings, move.picking)
            inventory = names.get(move.kind)
            from_outside = move.kind in ("receipt", "return")
            return {
                "id": self.move_ids[number],
                "product_id": product.id,
                "product_uom": product.uom,
                "packaging_uom_id": product.uom,
                "product_uom_qty": move.quantity,
                "product_qty": move.quantity,
                "packaging_uom_qty": move.quantity,
                "quantity": move.quantity,
                "location_id": source,
                "location_dest_id": destination,
                "location_final_id": destination if receipt else None,
                "partner_id": picking.partner if move.kind in ("delivery", "return") else None,
                "picking_id": at(self.picking_ids, move.picking),
                "picking_type_id": self._picking_type(picking) if picking else None,
                "warehouse_id": self.masters.warehouses[move.warehouse].id if from_outside else None,
                "origin": self._origin(picking),
                "reference": inventory or self.picking_names[move.picking],
                "is_inventory": inventory is not None,
                "inventory_name": inventory,
                "state": "done" if done else "assigned",
                "picked": done,
                "date": moment,
                "date_deadline": self._moment(picking.scheduled, NOON) if receipt else None,
                "reservation_date": moment.date(),
                "price_unit": move.price if receipt else 0,
                "value": round(move.quantity * move.price, 2) if done and move.kind != "internal" else 0,
                "is_in": done and (from_outside or move.kind == "opening"),
                "is_out": move.kind in ("delivery", "write_off"),
                "purchase_line_id": at(self.order_line_ids, move.order_line),
                "origin_returned_move_id": at(self.move_ids, move.origin),
                "create_date": moment,
            }

        self._insert(
            "stock_move",
            starmap(row, enumerate(self.ledger.moves)),
            company_id=self.company.id,
            sequence=10,
            priority="0",
            procure_method="make_to_stock",
            propagate_cancel=True,
            additional=False,
            to_refund=True,
            is_dropship=False,
        )

    def _write_lines(self) -> None:
        def row(line: Line) -> dict:
            move, done = self.ledger.moves[line.move], self.done[line.move]
            source, destination = self._places(move)
            moment = self._move_moment(move)
            product = self.masters.products[move.product]
            expiration = self._expiration(at(self.ledger.lots, line.lot))
            if line.lot is None and product.expires and not done:
                # Core shows this date on an open receipt whose lot is not known yet.
                expiration = moment + timedelta(days=product.expiration_time)
            return {
                "move_id": self.move_ids[line.move],
                "picking_id": at(self.picking_ids, move.picking),
                "product_id": product.id,
                "product_uom_id": product.uom,
                "lot_id": at(self.lot_ids, line.lot),
                "location_id": source,
                "location_dest_id": destination,
                "quantity": line.quantity,
                "quantity_product_uom": line.quantity,
                "state": "done" if done else "assigned",
                "picked": done,
                "expiration_date": expiration,
                "removal_date": None if expiration is None else expiration - timedelta(days=product.removal_time),
                "date": moment,
                "create_date": moment,
            }

        self._insert("stock_move_line", map(row, self.ledger.lines), company_id=self.company.id)

    def _write_quants(self, quants: dict[tuple, list]) -> None:
        places = self.env["stock.location"].browse({place for _product, place, _lot in quants})
        locations = {location.id: location for location in places}
        counted = {
            place: location._get_next_inventory_date() or None
            for place, location in locations.items()
            if location.usage in ("internal", "transit")
        }

        def row(key: tuple, quant: list) -> dict:
            product, place, number = self.masters.products[key[0]], key[1], key[2]
            lot = at(self.ledger.lots, number)
            return {
                "product_id": product.id,
                "location_id": place,
                "company_id": locations[place].company_id.id or None,
                "lot_id": at(self.lot_ids, number),
                "quantity": quant[0],
                "in_date": quant[1],
                "inventory_date": counted.get(place),
                "expiration_date": self._expiration(lot),
                "removal_date": self._expiration(lot, product.removal_time),
            }

        now = self.env.cr.now()
        self._insert(
            "stock_quant",
            starmap(row, quants.items()),
            reserved_quantity=0,
            inventory_diff_quantity=0,
            inventory_quantity_set=False,
            create_date=now,
            write_date=now,
        )

    def _write_relations(self) -> None:
        ledger = self.ledger
        origins = [at(self.move_ids, move.origin) for move in ledger.moves]
        self._relate("stock_move_move_rel", "move_orig_id", origins, "move_dest_id", self.move_ids)
        orders = [at(self.order_ids, picking.order) for picking in ledger.pickings]
        self._relate(
            "purchase_order_stock_picking_rel", "purchase_order_id", orders, "stock_picking_id", self.picking_ids
        )
        # Core gathers an order's transfers through one reference named after the order.
        references = self._reserve("stock_reference", len(ledger.orders))
        self._relate("stock_reference", "id", references, "name", self.order_names)
        self._relate("stock_reference_purchase_rel", "purchase_id", self.order_ids, "reference_id", references)
        of_lines = [references[line.order] for line in ledger.order_lines]
        bought = [at(of_lines, move.order_line) for move in ledger.moves]
        self._relate("stock_reference_move_rel", "move_id", self.move_ids, "reference_id", bought)

    def _relate(self, table: str, left: str, lefts: list, right: str, rights: list) -> None:
        """Insert the pairs of which both sides are there."""
        pairs = (pair for pair in zip(lefts, rights, strict=True) if None not in pair)
        self._insert(table, ({left: one, right: other} for one, other in pairs))
