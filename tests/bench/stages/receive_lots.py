"""Receive many lots in one transfer: of a product outside quality control, and of one that is inspected."""

import session


def prepare(env):
    """Product outside control and product under it, with an inspection plan."""
    company = env.company
    free = env["product.category"].create({"name": "Bench free"})
    devices = env["product.category"].create({"name": "Bench devices"})
    products = [
        env["product.product"].create(
            {"name": category.name, "is_storable": True, "tracking": "lot", "categ_id": category.id}
        )
        for category in (free, devices)
    ]
    env["medical.scope"].create(
        {
            "feature_id": env.ref("medical_quality.scope_feature_quality").id,
            "company_id": company.id,
            "category_id": devices.id,
            "valid_from": "2020-01-01",
        }
    ).action_activate()
    env["medical.inspection.plan"].create(
        {
            "name": "Bench",
            "company_id": company.id,
            "categ_id": devices.id,
            "aql": "1",
            "characteristic_ids": [
                (0, 0, {"name": "Length", "kind": "measured", "lower": 9.5, "upper": 10.5}),
                (0, 0, {"name": "Surface", "kind": "attribute"}),
            ],
        }
    )
    return products


def receipt(env, product, lots: int):
    warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
    suppliers = env.ref("stock.stock_location_suppliers")
    move = {
        "product_id": product.id,
        "product_uom_qty": 20.0 * lots,
        "product_uom": product.uom_id.id,
        "location_id": suppliers.id,
        "location_dest_id": warehouse.lot_stock_id.id,
    }
    picking = env["stock.picking"].create(
        {
            "picking_type_id": warehouse.in_type_id.id,
            "location_id": suppliers.id,
            "location_dest_id": warehouse.lot_stock_id.id,
            "move_ids": [(0, 0, move)],
        }
    )
    picking.action_confirm()
    picking.move_ids.move_line_ids.unlink()
    env["stock.move.line"].create(
        [
            {
                "picking_id": picking.id,
                "move_id": picking.move_ids.id,
                "product_id": product.id,
                "picked": True,
                "product_uom_id": product.uom_id.id,
                "quantity": 20.0,
                "lot_name": f"{product.name}-{number}",
                "location_id": suppliers.id,
                "location_dest_id": warehouse.lot_stock_id.id,
            }
            for number in range(lots)
        ]
    )
    return picking


def main() -> None:
    options = session.parser(__doc__)
    options.add_argument("--lots", type=int, required=True)
    known = options.parse_args()
    answer = {}
    with session.environment(known) as env:
        pickings = [receipt(env, product, known.lots) for product in prepare(env)]
        for name, picking in zip(("free", "inspected"), pickings, strict=True):
            env.flush_all()
            env.invalidate_all()
            with session.measured(env, answer, name):
                picking.button_validate()
                env.cr.commit()
        answer["opened"] = env["medical.inspection"].search_count([("picking_id", "=", pickings[1].id)])
    session.finish(answer)


if __name__ == "__main__":
    main()
