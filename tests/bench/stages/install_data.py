"""Fill a database for the benchmark ``install``: lots, quants, moves and move lines of a company long at work, by SQL."""

import session

PRODUCTS = 5_000
LOCATIONS = 200
LINES_PER_MOVE = 3


def main() -> None:
    options = session.parser(__doc__)
    for name in ("lots", "quants", "lines"):
        options.add_argument(f"--{name}", type=int, required=True)
    known = options.parse_args()
    with session.environment(known) as env:
        cr = env.cr
        warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
        locations = env["stock.location"].create(
            [{"name": f"Bench {number}", "location_id": warehouse.lot_stock_id.id} for number in range(LOCATIONS)]
        )
        products = env["product.product"].create(
            [{"name": f"Bench {number}", "is_storable": True, "tracking": "lot"} for number in range(PRODUCTS)]
        )
        env.flush_all()
        moves = -(-known.lines // LINES_PER_MOVE)
        values = {
            "lots": known.lots,
            "quants": known.quants,
            "lines": known.lines,
            "moves": moves,
            "per": LINES_PER_MOVE,
            "products": products.ids,
            "product_count": PRODUCTS,
            "locations": locations.ids,
            "location_count": LOCATIONS,
            "unit": env.ref("uom.product_uom_unit").id,
            "company": env.company.id,
            "by": env.uid,
            "customer": env.ref("stock.stock_location_customers").id,
        }
        # Foreign keys of rows that are right by construction are not worth minutes of checks.
        cr.execute("SET LOCAL session_replication_role = replica")
        cr.execute("SELECT nextval('stock_lot_id_seq'), nextval('stock_move_id_seq')")
        values["first_lot"], values["first_move"] = cr.fetchone()
        session.tell("lots and quants")
        cr.execute(
            """
            INSERT INTO stock_lot (id, name, product_id, create_uid, write_uid, create_date, write_date)
            SELECT %(first_lot)s + n, 'BENCH' || n, (%(products)s::int[])[n %% %(product_count)s + 1], %(by)s, %(by)s, now(), now()
              FROM generate_series(0, %(lots)s - 1) n;
            INSERT INTO stock_quant (product_id, location_id, lot_id, company_id, quantity, reserved_quantity, in_date,
                                     create_uid, write_uid, create_date, write_date)
            SELECT (%(products)s::int[])[n %% %(lots)s %% %(product_count)s + 1],
                   (%(locations)s::int[])[(n / %(lots)s + n) %% %(location_count)s + 1],
                   %(first_lot)s + n %% %(lots)s, %(company)s, 10, 0, now(), %(by)s, %(by)s, now(), now()
              FROM generate_series(0, %(quants)s - 1) n;
            SELECT setval('stock_lot_id_seq', (SELECT max(id) FROM stock_lot));
            """,
            values,
        )
        session.tell("moves and move lines")
        cr.execute(
            """
            INSERT INTO stock_move (id, product_id, location_id, location_dest_id, product_uom_qty, product_qty, quantity, date,
                                    reference, product_uom, company_id, state, picked, procure_method, sequence, priority,
                                    create_uid, write_uid, create_date, write_date)
            SELECT %(first_move)s + n, (%(products)s::int[])[n %% %(product_count)s + 1],
                   (%(locations)s::int[])[n %% %(location_count)s + 1], %(customer)s, 3, 3, 3,
                   timestamp '2023-01-01' + n * interval '1 minute', 'BENCH', %(unit)s, %(company)s, 'done', true,
                   'make_to_stock', 10, '0', %(by)s, %(by)s, now(), now()
              FROM generate_series(1, %(moves)s) n;
            INSERT INTO stock_move_line (move_id, product_id, lot_id, location_id, location_dest_id, quantity,
                                         quantity_product_uom, date, product_uom_id, company_id, state, picked,
                                         create_uid, write_uid, create_date, write_date)
            SELECT %(first_move)s + n / %(per)s + 1, (%(products)s::int[])[(n / %(per)s + 1) %% %(product_count)s + 1],
                   %(first_lot)s + ((n / %(per)s + 1) + %(product_count)s * n::bigint) %% %(lots)s,
                   (%(locations)s::int[])[(n / %(per)s + 1) %% %(location_count)s + 1], %(customer)s, 1, 1,
                   timestamp '2023-01-01' + n * interval '20 seconds', %(unit)s, %(company)s, 'done', true,
                   %(by)s, %(by)s, now(), now()
              FROM generate_series(0, %(lines)s - 1) n;
            SELECT setval('stock_move_id_seq', (SELECT max(id) FROM stock_move));
            """,
            values,
        )
        cr.execute("SET LOCAL session_replication_role = DEFAULT")
        cr.commit()
        cr.execute("ANALYZE")
        cr.commit()
    session.finish({"moves": moves})


if __name__ == "__main__":
    main()
