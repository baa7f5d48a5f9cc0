"""Set and lift a hold on one lot that lies in many places and is reserved by many deliveries."""

import session


def prepare(env, quants: int, reservations: int):
    company = env.company
    warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
    stock = warehouse.lot_stock_id
    product = env["product.product"].create({"name": "Bench device", "is_storable": True, "tracking": "lot"})
    lot = env["stock.lot"].create({"name": "BENCH", "product_id": product.id, "company_id": company.id})
    shelves = env["stock.location"].create(
        [{"name": f"Shelf {number}", "location_id": stock.id} for number in range(quants)]
    )
    env["stock.quant"].sudo().create(
        [{"product_id": product.id, "location_id": shelf.id, "lot_id": lot.id, "quantity": 5.0} for shelf in shelves]
    )
    # The stock is there on the first day of control, and may be used as it stands.
    env["medical.scope"].create(
        {
            "feature_id": env.ref("medical_quality.scope_feature_quality").id,
            "company_id": company.id,
            "category_id": product.categ_id.id,
            "valid_from": "2020-01-01",
        }
    ).action_activate()
    moves = env["stock.move"].create(
        [
            {
                "product_id": product.id,
                "product_uom_qty": 3.0,
                "product_uom": product.uom_id.id,
                "company_id": company.id,
                "location_id": shelf.id,
                "location_dest_id": env.ref("stock.stock_location_customers").id,
                "picking_type_id": warehouse.out_type_id.id,
            }
            for shelf in shelves[:reservations]
        ]
    )
    moves._action_confirm(merge=False)
    moves._action_assign()
    env.flush_all()
    return product, lot


def measure(env, answer: dict, quants: int, reservations: int) -> None:
    product, lot = prepare(env, quants, reservations)
    open_lines = [("lot_id", "=", lot.id), ("state", "not in", ("done", "cancel"))]
    answer["before"] = env["stock.move.line"].search_count(open_lines)
    hold = env["medical.hold"].create(
        {"reason": "Bench", "company_id": env.company.id, "line_ids": [(0, 0, {"lot_id": lot.id})]}
    )
    env.cr.commit()
    env.invalidate_all()
    queries = env.cr.sql_log_count
    with session.measured(env, answer, "set"):
        hold.action_set()
        env.cr.commit()
    answer["queries"] = env.cr.sql_log_count - queries
    env.invalidate_all()
    answer["left"] = env["stock.move.line"].search_count(open_lines)
    answer["free"] = product.free_qty
    with session.measured(env, answer, "lift"):
        hold._take("action_lift", reason="Bench is over")
        env.cr.commit()
    answer["again"] = env["stock.move.line"].search_count(open_lines)


def main() -> None:
    options = session.parser(__doc__)
    options.add_argument("--quants", type=int, required=True)
    options.add_argument("--reservations", type=int, required=True)
    known = options.parse_args()
    answer = {}
    with session.environment(known) as env:
        measure(env, answer, known.quants, known.reservations)
    session.finish(answer)


if __name__ == "__main__":
    main()
