"""Receipts of serial numbers: scanned box by box as the browser does it, and validated, with medical_udi or without."""

import statistics
import sys
import time

import session

USER = "bench_clerk"


def check_digit(body: str) -> str:
    total = sum(int(figure) * (3 if place % 2 == 0 else 1) for place, figure in enumerate(reversed(body)))
    return str(-total % 10)


def gtin(number: int) -> str:
    body = f"{9_500_000_000_000 + number:013d}"
    return body + check_digit(body)


def prepare(env, lines: int, *, control: bool) -> None:
    """``lines`` products tracked by serial number; with ``control`` each with a DI and under UDI control."""
    if env["product.product"].search_count([("default_code", "=like", "SCAN-%")]):
        return
    category = env["product.category"].create({"name": "Scanned devices"})
    products = env["product.product"].create(
        [
            {
                "name": f"Device {number}",
                "default_code": f"SCAN-{number}",
                "is_storable": True,
                "tracking": "serial",
                "categ_id": category.id,
                "use_expiration_date": True,
                "expiration_time": 720,
                "removal_time": 30,
            }
            for number in range(lines)
        ]
    )
    env["res.users"].create({"name": USER, "login": USER, "group_ids": [(4, env.ref("stock.group_stock_user").id)]})
    if control:
        dis = env["medical.udi.di"].create(
            [{"code": gtin(number), "product_id": product.id} for number, product in enumerate(products)]
        )
        dis.action_activate()
        scope = env["medical.scope"].create(
            {
                "feature_id": env.ref("medical_udi.scope_feature_udi").id,
                "company_id": env.company.id,
                "reason": "benchmark",
            }
        )
        scope.action_activate()
    env.cr.commit()


def receipt(env, serials: int):
    """An open receipt of every product, with ``serials`` lines in all."""
    products = env["product.product"].search([("default_code", "=like", "SCAN-%")], order="id")
    kind = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1).in_type_id
    places = {
        "location_id": env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": kind.default_location_dest_id.id,
    }
    picking = env["stock.picking"].create(
        {
            "picking_type_id": kind.id,
            **places,
            "move_ids": [
                (
                    0,
                    0,
                    {
                        "product_id": product.id,
                        "product_uom_qty": serials // len(products),
                        "product_uom": product.uom_id.id,
                        **places,
                    },
                )
                for product in products
            ],
        }
    )
    picking.action_confirm()
    picking.action_assign()
    env.cr.commit()
    return picking, products


def scan(env, serials: int, answer: dict) -> None:
    """Every box of a receipt, each in a transaction and with a cache of its own, as requests have them."""
    from odoo import api

    picking, products = receipt(env, serials)
    clerk = env["res.users"].search([("login", "=", USER)])
    boxes = [
        f"]d201{gtin(number)}1728123110B{turn}\x1d21S{turn}-{number}"
        for turn in range(serials // len(products))
        for number in range(len(products))
    ]
    seconds, processor, queries, bad = [], [], [], []
    for place, box in enumerate(boxes):
        with env.registry.cursor() as cr:
            mine = api.Environment(cr, clerk.id, {"allowed_company_ids": env.company.ids, "lang": "en_US"})
            before, begin, own = cr.sql_log_count, time.perf_counter(), time.process_time()
            result = mine["stock.picking"].browse(picking.id).medical_scan(box)
            mine.flush_all()
            cr.commit()
            seconds.append(time.perf_counter() - begin)
            processor.append(time.process_time() - own)
            queries.append(cr.sql_log_count - before)
        if result["status"] != "ok":
            bad.append(result["message"])
        if place % 250 == 249:
            session.tell(f"{place + 1} of {len(boxes)} scans, median {1000 * statistics.median(seconds):.0f} ms")
    if bad:
        sys.exit(f"{len(bad)} of {len(boxes)} scans were not booked: {bad[0]}")
    # What the scans committed is not in the snapshot that this transaction began with.
    env.cr.rollback()
    lines = picking.move_line_ids
    if len(lines) != len(boxes) or any(line.udi_scanned_quantity != 1 for line in lines):
        sys.exit("the receipt does not hold what was scanned")
    # The first scans of a process fill its caches.
    seconds, steady = seconds[5:] or seconds, queries[5:] or queries
    seconds.sort()
    answer.update(
        scan_median=statistics.median(seconds),
        scan_cpu=statistics.median(processor),
        scan_p95=seconds[int(0.95 * (len(seconds) - 1))],
        scan_queries_min=min(steady),
        scan_queries_max=max(steady),
        scan_queries_first=statistics.median(steady[:50]),
        scan_queries_last=statistics.median(steady[-50:]),
        scans=len(boxes),
    )


def validate(env, serials: int, repeats: int, answer: dict, *, control: bool) -> None:
    """The serial numbers are on the lines; how long does it take until the receipt is done."""
    for turn in range(repeats + 1):
        picking, products = receipt(env, serials)
        dis = {di.product_id: di.id for di in env["medical.udi.di"].search([])} if control else {}
        for number, line in enumerate(picking.move_line_ids):
            line.write(
                {
                    "lot_name": f"R{picking.id}-{number}",
                    "picked": True,
                    **({"udi_di_id": dis[line.product_id], "udi_scanned_quantity": 1} if control else {}),
                }
            )
        env.cr.commit()
        env.invalidate_all()
        # The first one fills the caches of the process.
        with session.measured(env, answer, f"validate_{turn}"):
            picking.button_validate()
            env.cr.commit()
        if picking.state != "done":
            sys.exit(f"{picking.name} is {picking.state}")
    for name in ("seconds", "cpu"):
        answer[f"validate_{name}"] = sorted(answer[f"validate_{turn}_{name}"] for turn in range(1, repeats + 1))


def main() -> None:
    options = session.parser(__doc__)
    options.add_argument("--serials", type=int, required=True)
    options.add_argument("--repeats", type=int, default=0, help="validate so many receipts; 0: scan one")
    options.add_argument("--core", action="store_true", help="the database is without medical_udi")
    known = options.parse_args()
    answer = {}
    with session.environment(known) as env:
        prepare(env, max(known.serials // 2, 1), control=not known.core)
        if known.repeats:
            validate(env, known.serials, known.repeats, answer, control=not known.core)
        else:
            scan(env, known.serials, answer)
    session.finish(answer)


if __name__ == "__main__":
    main()
