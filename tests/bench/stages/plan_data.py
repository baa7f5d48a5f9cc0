"""Fill a database for the benchmark ``plan``: masters through the ORM, three years of moves by SQL.

The same numbers come out of the same size, whatever addons the database holds, so that ours
and the peer plan the same history. Dates end with the last full week before today.
"""

from datetime import date, datetime, timedelta
from io import StringIO

import session

SEED = 20_240_619
WEEKS = 156
WAREHOUSES = 4
VENDORS = 40
# Weeks between two orders of a vendor for a warehouse.
ORDER_CYCLE = 8
# Share of pairs, mean demand per week with demand, chance of demand in a week, spread, season.
PATTERNS = {
    "smooth": (0.30, 24.0, 0.98, 0.25, 0.0),
    "seasonal": (0.25, 20.0, 0.95, 0.30, 0.45),
    "erratic": (0.10, 18.0, 0.90, 0.90, 0.0),
    "intermittent": (0.25, 6.0, 0.25, 0.40, 0.0),
    "lumpy": (0.10, 10.0, 0.15, 1.10, 0.0),
}


def demand(rng, pairs: int):
    """Quantities, array (pairs, WEEKS) of whole pieces."""
    import numpy as np

    names = list(PATTERNS)
    share, mean, chance, spread, season = np.array([PATTERNS[name] for name in names]).T
    kind = rng.choice(len(names), size=pairs, p=share)
    level = mean[kind] * rng.lognormal(0.0, 0.6, pairs)
    week = np.arange(WEEKS)
    phase = rng.uniform(0, 2 * np.pi, pairs)[:, None]
    wave = 1.0 + season[kind][:, None] * np.sin(2 * np.pi * week / 52.18 + phase)
    drift = 1.0 + rng.normal(0.0, 0.15, pairs)[:, None] * (week / WEEKS - 0.5)
    noise = rng.lognormal(0.0, 1.0, (pairs, WEEKS)) ** spread[kind][:, None]
    quantity = np.rint(level[:, None] * wave * np.maximum(drift, 0.2) * noise)
    return np.where(rng.random((pairs, WEEKS)) < chance[kind][:, None], np.maximum(quantity, 1.0), 0.0)


class Generator:
    def __init__(self, env, pairs: int):
        import numpy as np

        self.env, self.pairs = env, pairs
        self.rng = np.random.default_rng(SEED)
        self.company = env.company
        self.products = -(-pairs // WAREHOUSES)
        monday = date.today() - timedelta(days=date.today().weekday())
        self.start = monday - timedelta(weeks=WEEKS)
        self.last_day = monday - timedelta(days=1)

    def run(self) -> dict:
        self._masters()
        self._flows()
        self.env.flush_all()
        # Foreign keys of rows that are right by construction are not worth minutes of checks.
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        counts = {"orders": self._write_orders(), "moves": self._write_moves(), "quants": self._write_quants()}
        self.env.cr.execute("SET LOCAL session_replication_role = DEFAULT")
        self.env.invalidate_all()
        return counts

    # Masters

    def _masters(self) -> None:
        env, rng = self.env, self.rng
        if "medical_period" in self.company._fields:
            self.company.medical_period = "week"
        self.warehouses = env["stock.warehouse"].search([("company_id", "=", self.company.id)], limit=1)
        self.warehouses += env["stock.warehouse"].create(
            [{"name": f"Bench {number}", "code": f"BN{number}"} for number in range(2, WAREHOUSES + 1)]
        )
        self.vendors = env["res.partner"].create(
            [{"name": f"Bench vendor {number:02d}", "is_company": True} for number in range(VENDORS)]
        )
        self.delays = rng.integers(5, 46, VENDORS)
        category = env["product.category"].create({"name": "Bench devices"})
        costs = rng.lognormal(2.5, 1.0, self.products).round(2)
        self.vendor_of = rng.integers(0, VENDORS, self.products)
        minimum = rng.choice([1, 1, 5, 10], self.products)
        self.product_ids: list[int] = []
        for begin in range(0, self.products, 500):
            created = env["product.product"].create(
                [
                    {
                        "name": f"Bench device {number:05d}",
                        "default_code": f"BENCH-{number:05d}",
                        "type": "consu",
                        "is_storable": True,
                        "categ_id": category.id,
                        "standard_price": float(costs[number]),
                        "seller_ids": [
                            (
                                0,
                                0,
                                {
                                    "partner_id": self.vendors[int(self.vendor_of[number])].id,
                                    "delay": int(self.delays[self.vendor_of[number]]),
                                    "min_qty": float(minimum[number]),
                                    "price": float(costs[number]),
                                },
                            )
                        ],
                    }
                    for number in range(begin, min(begin + 500, self.products))
                ]
            )
            self.product_ids += created.ids
            env.flush_all()
            env.invalidate_all()
        self.unit = env.ref("uom.product_uom_unit").id

    # Demand, receipts and what is left of them

    def _flows(self) -> None:
        import numpy as np

        rng, pairs = self.rng, self.pairs
        self.product = np.arange(pairs) // WAREHOUSES
        self.warehouse = np.arange(pairs) % WAREHOUSES
        self.demand = demand(rng, pairs)
        self.weekday = rng.integers(0, 5, (pairs, WEEKS))
        vendor = self.vendor_of[self.product]
        horizon = WEEKS * 7
        orders = []
        for number in range(VENDORS):
            for place in range(WAREHOUSES):
                rows = np.flatnonzero((vendor == number) & (self.warehouse == place))
                if not len(rows):
                    continue
                for week in range(number % ORDER_CYCLE, WEEKS, ORDER_CYCLE):
                    lead = max(1, round(float(rng.normal(self.delays[number], 0.2 * self.delays[number]))))
                    ordered, arrival = 7 * week + 1, 7 * week + 1 + lead
                    if arrival >= horizon:
                        continue
                    # As much as the next cycle will need, guessed with an error.
                    need = self.demand[rows, week : week + ORDER_CYCLE].sum(axis=1)
                    amount = np.rint(need * rng.uniform(0.9, 1.15, len(rows)))
                    orders.append((number, place, ordered, arrival, rows[amount > 0], amount[amount > 0]))
        self.orders = [order for order in orders if len(order[4])]
        change = np.zeros((pairs, horizon))
        week = np.arange(WEEKS)[None, :]
        np.add.at(change, (np.arange(pairs)[:, None], 7 * week + self.weekday), -self.demand)
        for _vendor, _place, _ordered, arrival, rows, amount in self.orders:
            change[rows, arrival] += amount
        night = change.cumsum(axis=1)
        self.opening = np.maximum(0.0, -night.min(axis=1)) + rng.integers(0, 5, pairs)
        self.on_hand = self.opening + night[:, -1]

    def _moment(self, day: int, hour: int) -> datetime:
        return datetime.combine(self.start, datetime.min.time()) + timedelta(days=int(day), hours=hour)

    # Rows

    def _copy(self, table: str, columns: tuple[str, ...], lines) -> int:
        """COPY the tab-separated ``lines`` into ``table``."""
        count, buffer = 0, StringIO()
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        for line in lines:
            buffer.write(line)
            count += 1
            if not count % 200_000:
                buffer.seek(0)
                self.env.cr.copy_expert(statement, buffer)
                buffer = StringIO()
        buffer.seek(0)
        self.env.cr.copy_expert(statement, buffer)
        return count

    def _write_orders(self) -> int:
        cr = self.env.cr
        cr.execute("SELECT nextval('purchase_order_id_seq') FROM generate_series(1, %s)", [len(self.orders)])
        order_ids = [row[0] for row in cr.fetchall()]
        total = sum(len(order[4]) for order in self.orders)
        cr.execute("SELECT nextval('purchase_order_line_id_seq') FROM generate_series(1, %s)", [total])
        self.line_ids = [row[0] for row in cr.fetchall()]
        currency, by = self.company.currency_id.id, self.env.uid
        receipts = [warehouse.in_type_id.id for warehouse in self.warehouses]
        vendors = self.vendors.ids

        def orders():
            for order_id, (vendor, place, ordered, arrival, _rows, _amount) in zip(order_ids, self.orders, strict=True):
                made = self._moment(ordered, 8)
                planned = self._moment(ordered + int(self.delays[vendor]), 8)
                yield (
                    f"{order_id}\tBENCH{order_id}\t{vendors[vendor]}\t{receipts[place]}\t{made}\t{made}\t{planned}\t"
                    f"{self._moment(arrival, 9)}\tpurchase\t{currency}\t1\t{self.company.id}\t{by}\t{by}\t{made}\t{made}\n"
                )

        self._copy(
            "purchase_order",
            (
                "id",
                "name",
                "partner_id",
                "picking_type_id",
                "date_order",
                "date_approve",
                "date_planned",
                "effective_date",
                "state",
                "currency_id",
                "currency_rate",
                "company_id",
                "create_uid",
                "write_uid",
                "create_date",
                "write_date",
            ),
            orders(),
        )

        def lines():
            line_ids = iter(self.line_ids)
            for order_id, (vendor, _place, ordered, _arrival, rows, amount) in zip(order_ids, self.orders, strict=True):
                made = self._moment(ordered, 8)
                planned = self._moment(ordered + int(self.delays[vendor]), 8)
                for row, quantity in zip(rows.tolist(), amount.tolist(), strict=True):
                    yield (
                        f"{next(line_ids)}\t{order_id}\t{vendors[vendor]}\t{self.product_ids[self.product[row]]}\t"
                        f"{self.unit}\tBench device\t{quantity:.0f}\t{quantity:.0f}\t{quantity:.0f}\t1\t{planned}\t"
                        f"{self.company.id}\tstock_moves\t10\t{by}\t{by}\t{made}\t{made}\n"
                    )

        self._copy(
            "purchase_order_line",
            (
                "id",
                "order_id",
                "partner_id",
                "product_id",
                "product_uom_id",
                "name",
                "product_qty",
                "product_uom_qty",
                "qty_received",
                "price_unit",
                "date_planned",
                "company_id",
                "qty_received_method",
                "sequence",
                "create_uid",
                "write_uid",
                "create_date",
                "write_date",
            ),
            lines(),
        )
        return total

    def _write_moves(self) -> int:
        """Move rows by one INSERT from what differs between them."""
        import numpy as np

        cr = self.env.cr
        cr.execute(
            "CREATE TEMP TABLE bench_move (pair int, quantity float8, moment timestamp, kind char, line int) ON COMMIT DROP"
        )

        def flows():
            for row in range(self.pairs):
                yield f"{row}\t{self.opening[row]:.0f}\t{self._moment(-1, 6)}\to\t\\N\n"
                for week in np.flatnonzero(self.demand[row]).tolist():
                    moment = self._moment(7 * week + self.weekday[row, week], 13)
                    yield f"{row}\t{self.demand[row, week]:.0f}\t{moment}\td\t\\N\n"
            line_ids = iter(self.line_ids)
            for _vendor, _place, _ordered, arrival, rows, amount in self.orders:
                moment = self._moment(arrival, 9)
                for row, quantity in zip(rows.tolist(), amount.tolist(), strict=True):
                    yield f"{row}\t{quantity:.0f}\t{moment}\tr\t{next(line_ids)}\n"

        count = self._copy("bench_move", ("pair", "quantity", "moment", "kind", "line"), flows())
        customers = self.env.ref("stock.stock_location_customers").id
        suppliers = self.env.ref("stock.stock_location_suppliers").id
        inventory = (
            self.env["stock.location"]
            .search([("usage", "=", "inventory"), ("company_id", "in", (self.company.id, False))], limit=1)
            .id
        )
        stock = [warehouse.lot_stock_id.id for warehouse in self.warehouses]
        # A column of the peer's: the quantity in the product's own unit, here the same.
        extra = "quantity_product_uom" if "quantity_product_uom" in self.env["stock.move"]._fields else None
        cr.execute(
            f"""
            INSERT INTO stock_move (product_id, location_id, location_dest_id, product_uom_qty, product_qty, quantity,
                                    {f"{extra}," if extra else ""} date, purchase_line_id, picking_type_id,
                                    is_inventory, is_in, is_out, reference, product_uom, company_id, state, picked,
                                    procure_method, sequence, priority, propagate_cancel, additional,
                                    create_uid, write_uid, create_date, write_date)
            SELECT (%(products)s::int[])[pair / %(count)s + 1],
                   CASE kind WHEN 'd' THEN place.id WHEN 'r' THEN %(suppliers)s ELSE %(inventory)s END,
                   CASE kind WHEN 'd' THEN %(customers)s ELSE place.id END,
                   quantity, quantity, quantity, {"quantity," if extra else ""} moment, line,
                   CASE kind WHEN 'd' THEN place.delivery WHEN 'r' THEN place.receipt END,
                   kind = 'o', kind <> 'd', kind = 'd', 'BENCH', %(unit)s, %(company)s, 'done', true,
                   'make_to_stock', 10, '0', true, false, %(by)s, %(by)s, moment, moment
              FROM bench_move
              JOIN unnest(%(stock)s::int[], %(receipts)s::int[], %(deliveries)s::int[]) WITH ORDINALITY
                   AS place(id, receipt, delivery, number) ON place.number = pair %% %(count)s + 1
             WHERE quantity > 0
             ORDER BY moment
            """,
            {
                "products": self.product_ids,
                "count": WAREHOUSES,
                "stock": stock,
                "receipts": [warehouse.in_type_id.id for warehouse in self.warehouses],
                "deliveries": [warehouse.out_type_id.id for warehouse in self.warehouses],
                "customers": customers,
                "suppliers": suppliers,
                "inventory": inventory,
                "unit": self.unit,
                "company": self.company.id,
                "by": self.env.uid,
            },
        )
        return count

    def _write_quants(self) -> int:
        stock = [warehouse.lot_stock_id.id for warehouse in self.warehouses]
        since, by = self._moment(-1, 6), self.env.uid
        return self._copy(
            "stock_quant",
            (
                "product_id",
                "location_id",
                "company_id",
                "quantity",
                "reserved_quantity",
                "in_date",
                "create_uid",
                "write_uid",
                "create_date",
                "write_date",
            ),
            (
                f"{self.product_ids[self.product[row]]}\t{stock[self.warehouse[row]]}\t{self.company.id}\t"
                f"{self.on_hand[row]:.0f}\t0\t{since}\t{by}\t{by}\t{since}\t{since}\n"
                for row in range(self.pairs)
                if self.on_hand[row]
            ),
        )


def create_buffers(env, generator) -> int:
    """One buffer of the peer per pair, as its own data files set them up."""
    profile = env.ref("ddmrp.stock_buffer_profile_replenish_purchased_medium_medium")
    method = env.ref("ddmrp.adu_calculation_method_past_120")
    values = [
        {
            "product_id": generator.product_ids[generator.product[row]],
            "warehouse_id": generator.warehouses[int(generator.warehouse[row])].id,
            "location_id": generator.warehouses[int(generator.warehouse[row])].lot_stock_id.id,
            "company_id": env.company.id,
            "buffer_profile_id": profile.id,
            "adu_calculation_method": method.id,
        }
        for row in range(generator.pairs)
    ]
    for begin in range(0, len(values), 500):
        env["stock.buffer"].with_context(skip_adu_calculation=True).create(values[begin : begin + 500])
        env.flush_all()
        env.invalidate_all()
        session.tell(f"{min(begin + 500, len(values))} of {len(values)} buffers")
    return len(values)


def main() -> None:
    options = session.parser(__doc__)
    options.add_argument("--pairs", type=int, required=True)
    options.add_argument("--buffers", type=int, default=0, help="make the peer's buffers for the first pairs")
    known = options.parse_args()
    answer = {}
    with session.environment(known) as env:
        generator = Generator(env, known.pairs)
        answer.update(generator.run())
        answer.update(pairs=known.pairs, last_day=generator.last_day.isoformat())
        if known.buffers:
            generator.pairs = min(known.buffers, known.pairs)
            answer["buffers"] = create_buffers(env, generator)
        env.cr.commit()
        env.cr.execute("ANALYZE")
        env.cr.commit()
    session.finish(answer)


if __name__ == "__main__":
    main()
