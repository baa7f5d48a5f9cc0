"""After uninstalling: a receipt and a delivery with a lot are done, and nothing of ours is left in the tables of stock."""

import session


def main() -> None:
    known = session.parser(__doc__).parse_args()
    with session.environment(known) as env:
        product = env["product.product"].create({"name": "After", "is_storable": True, "tracking": "lot"})
        warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
        for kind, source, target in (
            (warehouse.in_type_id, env.ref("stock.stock_location_suppliers"), warehouse.lot_stock_id),
            (warehouse.out_type_id, warehouse.lot_stock_id, env.ref("stock.stock_location_customers")),
        ):
            picking = env["stock.picking"].create(
                {
                    "picking_type_id": kind.id,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "move_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": product.id,
                                "product_uom_qty": 5,
                                "product_uom": product.uom_id.id,
                                "location_id": source.id,
                                "location_dest_id": target.id,
                            },
                        )
                    ],
                }
            )
            picking.action_confirm()
            picking.action_assign()
            line = picking.move_line_ids
            if kind == warehouse.in_type_id:
                line.write({"lot_name": "AFTER", "quantity": 5})
            picking.move_ids.picked = True
            picking.button_validate()
            done = picking.state == "done"
        lot = env["stock.lot"].search([("name", "=", "AFTER")])
        env.cr.execute(
            "SELECT count(*) FROM information_schema.columns WHERE table_name LIKE 'stock_%%' AND (column_name LIKE 'udi_%%'"
            " OR column_name LIKE 'medical_%%' OR column_name LIKE 'quality_%%')"
        )
        columns = env.cr.fetchone()[0]
        session.finish({"works": done and lot.product_qty == 0 and len(lot) == 1, "columns": columns})


if __name__ == "__main__":
    main()
