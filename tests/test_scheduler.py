"""Odoo's nightly scheduler, in a real scheduled action with real transactions, works by our rules."""

from conftest import run_odoo, shell

PREPARE = """
vendor = env["res.partner"].create({"name": "Vendor"})
for code in ("A", "B", "C"):
    product = env["product.product"].create({
        "name": code, "default_code": code, "is_storable": True,
        "seller_ids": [(0, 0, {"partner_id": vendor.id, "delay": 9})],
    })
    rule = env["stock.warehouse.orderpoint"].create(
        {"product_id": product.id, "product_min_qty": 4, "product_max_qty": 9}
    )
    rule.medical_managed = code != "C"
print("null")
"""

NIGHT = 'env.ref("stock.ir_cron_scheduler_action").method_direct_trigger()\n'

AFTER = """
import json
lines = env["purchase.order.line"].search([("orderpoint_id", "!=", False)])
print(json.dumps({line.product_id.default_code: line.product_qty for line in lines}))
"""


def test_nightly_scheduler_orders_without_serialization_failures(suite_database):
    shell(suite_database, PREPARE)
    for _night in range(2):
        ran = run_odoo("shell", "-d", suite_database, "--no-http", script=NIGHT)
        assert "could not serialize" not in ran.stderr, ran.stderr[-3000:]
    assert shell(suite_database, AFTER) == {"A": 9.0, "B": 9.0, "C": 9.0}
