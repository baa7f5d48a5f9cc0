"""Uninstalling leaves reorder rules, and Odoo's scheduler still works by them."""

from conftest import run_odoo, shell

PREPARE = """
import json
vendor = env["res.partner"].create({"name": "Vendor"})
product = env["product.product"].create({
    "name": "Glove", "default_code": "G", "is_storable": True, "seller_ids": [(0, 0, {"partner_id": vendor.id, "delay": 9})],
})
env["stock.warehouse.orderpoint"].create({"product_id": product.id, "product_min_qty": 4, "product_max_qty": 9}).write(
    {"medical_managed": True}
)
print("null")
"""

AFTER = """
import json
env["stock.rule"].run_scheduler(company_id=env.ref("base.main_company").id)
line = env["purchase.order.line"].search([("product_id.default_code", "=", "G")])
gone = [model for model in env.registry if model.startswith("medical.")]
print(json.dumps({"ordered": line.product_qty, "models": gone,
                  "columns": [name for name in env["stock.warehouse.orderpoint"]._fields if "medical" in name]}))
"""


def test_uninstall_leaves_stock_working(suite_database):
    shell(suite_database, PREPARE)
    run_odoo("module", "uninstall", "-d", suite_database, "medical_base")
    assert shell(suite_database, AFTER) == {"ordered": 9.0, "models": [], "columns": []}
