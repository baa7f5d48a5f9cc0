"""Fill a database for the benchmark ``trace``: one raw lot in everything, made, kitted and delivered; by SQL.

Lots: the raw lot → a tenth of the descendants as tubes → the others as kits of one tube each. Every descendant is
delivered over and over to ``CONSIGNEES`` hospitals, ten lines to a transfer; one line in fifty comes back. As many lines
of lots that have nothing to do with it lie between them. A kit is reworked into the raw lot: a loop.
"""

import session

CONSIGNEES = 5_000
PER_PICKING = 10
RETURNED_EACH = 50


class Generator:
    def __init__(self, env, lots: int, lines: int):
        self.env, self.lots, self.lines = env, lots, lines
        self.company = env.company
        self.warehouse = env["stock.warehouse"].search([("company_id", "=", self.company.id)], limit=1)

    def run(self) -> dict:
        self._masters()
        self.env.flush_all()
        cr = self.env.cr
        # Foreign keys of rows that are right by construction are not worth minutes of checks.
        cr.execute("SET LOCAL session_replication_role = replica")
        self._lots_and_consignees()
        self._production()
        self._deliveries()
        cr.execute("SET LOCAL session_replication_role = DEFAULT")
        self.env.invalidate_all()
        cr.execute("SELECT count(*) FROM stock_move_line WHERE lot_id = ANY(%s)", [self.descendants])
        return {"seed": self.seed, "loop": self.descendants[-1], "lines_of_descendants": cr.fetchone()[0]}

    def _masters(self):
        env = self.env
        self.products = env["product.product"].create(
            [
                {"name": f"Bench {name}", "is_storable": True, "tracking": "lot"}
                for name in ("resin", "tube", "kit", "other")
            ]
        )
        self.places = {
            "supplier": env.ref("stock.stock_location_suppliers").id,
            "customer": env.ref("stock.stock_location_customers").id,
            "stock": self.warehouse.lot_stock_id.id,
            "production": env["stock.location"]
            .search([("usage", "=", "production"), ("company_id", "in", (self.company.id, False))], limit=1)
            .id,
        }
        self.unit = env.ref("uom.product_uom_unit").id

    def _lots_and_consignees(self):
        cr, by = self.env.cr, self.env.uid
        tubes = max(self.lots // 10, 1)
        kinds = [(0, "RESIN", 1), (1, "TUBE", tubes), (2, "KIT", self.lots - tubes), (3, "OTHER", self.lots)]
        made = []
        for product, name, count in kinds:
            cr.execute(
                """INSERT INTO stock_lot (name, product_id, create_uid, write_uid, create_date, write_date)
                   SELECT %s || n, %s, %s, %s, now(), now() FROM generate_series(1, %s) n RETURNING id""",
                [name, self.products[product].id, by, by, count],
            )
            made.append([row[0] for row in cr.fetchall()])
        ([self.seed], self.tubes, self.kits, self.others) = made
        self.descendants = self.tubes + self.kits
        cr.execute(
            """INSERT INTO res_partner (name, complete_name, street, city, active, is_company, type, create_uid, write_uid,
                                        create_date, write_date)
               SELECT 'Hospital ' || n, 'Hospital ' || n, 'Street ' || n, 'City', true, true, 'contact', %s, %s, now(), now()
                 FROM generate_series(1, %s) n RETURNING id""",
            [by, by, CONSIGNEES],
        )
        self.consignees = [row[0] for row in cr.fetchall()]
        cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE id = ANY(%s)", [self.consignees])

    def _moved(self, rows: str, parameters: dict, count: int) -> list[int]:
        """Done moves with one line each, from a query of lot, product, quantity, source, target, picking, partner, day.

        Ids of the lines, in the order of ``n``.
        """
        cr = self.env.cr
        cr.execute("SELECT setval('stock_move_id_seq', nextval('stock_move_id_seq') + %s)", [count])
        first = cr.fetchone()[0] - count
        cr.execute("SELECT setval('stock_move_line_id_seq', nextval('stock_move_line_id_seq') + %s)", [count])
        line = cr.fetchone()[0] - count
        parameters = {
            **parameters,
            **self.places,
            "first": first,
            "line": line,
            "unit": self.unit,
            "company": self.company.id,
            "by": self.env.uid,
            "resin": self.products[0].id,
            "tube": self.products[1].id,
            "kit": self.products[2].id,
            "other": self.products[3].id,
        }
        cr.execute(f"CREATE TEMP TABLE bench_row ON COMMIT DROP AS {rows}", parameters)
        cr.execute(
            """
            INSERT INTO stock_move (id, product_id, location_id, location_dest_id, product_uom_qty, product_qty, quantity, date,
                                    picking_id, partner_id, reference, product_uom, company_id, state, picked, procure_method,
                                    sequence, priority, create_uid, write_uid, create_date, write_date)
            SELECT %(first)s + n, product_id, source, target, quantity, quantity, quantity, moment, picking_id, partner_id,
                   'BENCH', %(unit)s, %(company)s, 'done', true, 'make_to_stock', 10, '0', %(by)s, %(by)s, moment, moment
              FROM bench_row;
            INSERT INTO stock_move_line (id, move_id, product_id, lot_id, location_id, location_dest_id, quantity,
                                         quantity_product_uom, date, picking_id, product_uom_id, company_id, state, picked,
                                         create_uid, write_uid, create_date, write_date)
            SELECT %(line)s + n, %(first)s + n, product_id, lot_id, source, target, quantity, quantity, moment, picking_id,
                   %(unit)s, %(company)s, 'done', true, %(by)s, %(by)s, moment, moment
              FROM bench_row;
            """,
            parameters,
        )
        cr.execute("DROP TABLE bench_row")
        return list(range(line + 1, line + count + 1))

    def _production(self):
        cr = self.env.cr
        self._moved(
            """SELECT 1 AS n, %(seed)s AS lot_id, %(resin)s AS product_id, 100000.0 AS quantity, %(supplier)s AS source,
                      %(stock)s AS target, NULL::int AS picking_id, NULL::int AS partner_id,
                      timestamp '2024-01-01' AS moment""",
            {"seed": self.seed},
            1,
        )
        steps = (
            ([self.seed] * len(self.tubes), "resin", self.tubes, "tube"),
            ([self.tubes[number % len(self.tubes)] for number in range(len(self.kits))], "tube", self.kits, "kit"),
            # The loop: the last kit is ground and becomes the raw lot again.
            ([self.kits[-1]], "kit", [self.seed], "resin"),
        )
        for used, used_product, made, made_product in steps:
            lines = [
                self._moved(
                    f"""SELECT n, lot_id, %({product})s AS product_id, 5.0 AS quantity, %({source})s AS source,
                               %({target})s AS target, NULL::int AS picking_id, NULL::int AS partner_id,
                               timestamp '2024-02-01' + n * interval '1 minute' AS moment
                          FROM unnest(%(lots)s::int[]) WITH ORDINALITY AS lot(lot_id, n)""",
                    {"lots": lots},
                    len(lots),
                )
                for lots, product, source, target in (
                    (used, used_product, "stock", "production"),
                    (made, made_product, "production", "stock"),
                )
            ]
            cr.execute(
                """INSERT INTO stock_move_line_consume_rel (produce_line_id, consume_line_id)
                   SELECT * FROM unnest(%s::int[], %s::int[])""",
                lines,
            )

    def _deliveries(self):
        cr = self.env.cr
        for lots, products in (
            (self.descendants, "CASE WHEN %(tubes)s >= (n - 1) %% %(lots_count)s + 1 THEN %(tube)s ELSE %(kit)s END"),
            (self.others, "%(other)s"),
        ):
            cr.execute(
                """INSERT INTO stock_picking (name, picking_type_id, location_id, location_dest_id, partner_id, company_id, state,
                                              move_type, date_done, scheduled_date, create_uid, write_uid, create_date, write_date)
                   SELECT %s || n, %s, %s, %s, (%s::int[])[n %% %s + 1], %s, 'done', 'direct', timestamp '2024-06-01',
                          timestamp '2024-06-01', %s, %s, now(), now()
                     FROM generate_series(1, %s) n RETURNING id""",
                [
                    f"BENCH/{lots[0]}/",
                    self.warehouse.out_type_id.id,
                    self.places["stock"],
                    self.places["customer"],
                    self.consignees,
                    CONSIGNEES,
                    self.company.id,
                    self.env.uid,
                    self.env.uid,
                    -(-self.lines // PER_PICKING),
                ],
            )
            pickings = [row[0] for row in cr.fetchall()]
            self._moved(
                f"""SELECT n, (%(lots)s::int[])[(n - 1) %% %(lots_count)s + 1] AS lot_id, {products} AS product_id,
                           1.0 + n %% 4 AS quantity,
                           CASE WHEN n %% {RETURNED_EACH} = 0 THEN %(customer)s ELSE %(stock)s END AS source,
                           CASE WHEN n %% {RETURNED_EACH} = 0 THEN %(stock)s ELSE %(customer)s END AS target,
                           (%(pickings)s::int[])[(n - 1) / {PER_PICKING} + 1] AS picking_id,
                           (%(consignees)s::int[])[((n - 1) / {PER_PICKING} + 1) %% {CONSIGNEES} + 1] AS partner_id,
                           timestamp '2024-06-01' + n * interval '10 seconds' AS moment
                      FROM generate_series(1, %(count)s) n""",
                {
                    "lots": lots,
                    "lots_count": len(lots),
                    "tubes": len(self.tubes),
                    "pickings": pickings,
                    "consignees": self.consignees,
                    "count": self.lines,
                },
                self.lines,
            )


def main() -> None:
    options = session.parser(__doc__)
    options.add_argument("--lots", type=int, required=True)
    options.add_argument("--lines", type=int, required=True)
    known = options.parse_args()
    with session.environment(known) as env:
        answer = Generator(env, known.lots, known.lines).run()
        env.cr.commit()
        env.cr.execute("ANALYZE")
        env.cr.commit()
    session.finish(answer)


if __name__ == "__main__":
    main()
