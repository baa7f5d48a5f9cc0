"""UDI with every app beside it: what clients of JSON-2 may not do, units of purchase and bills, outsourced work."""

import pytest
from ground import clients_of

from conftest import shell

PREPARE = """
from odoo.addons.medical_udi.engine import check_digits
def gtin(number):
    return f"{number:013d}" + check_digits.gtin(f"{number:013d}")
product = env["product.product"].create({"name": "Stent", "default_code": "STENT", "is_storable": True, "tracking": "lot"})
di = env["medical.udi.di"].create({"code": gtin(401234500001), "product_id": product.id})
di.action_activate()
lot = env["stock.lot"].create({"name": "L1", "product_id": product.id, "company_id": company.id, "udi_di_id": di.id})
env["stock.quant"]._update_available_quantity(product, stock, 10, lot_id=lot)
source = env["medical.code.source"].create({"name": "Plant East"})
code = env["medical.code.map"].create({"source_id": source.id, "code": "E1", "product_id": product.id})
def deliver(quantity, done):
    picking = ground._transfer(warehouse.out_type_id, stock, customers, [(product, quantity)])
    picking.action_assign()
    if done:
        picking.move_ids.picked = True
        picking._action_done()
    return picking
deliver(1, True)
picking = deliver(2, False)
registration = env["medical.udi.registration"].create(
    {"di_id": di.id, "market_id": env.ref("medical_udi.market_eu").id, "number": "1"})
env["medical.udi.scan"]._insert({"raw": "x", "company_id": company.id})
for role in ("clerk", "manager", "auditor"):
    person(role)
person("qa", "quality")
print(json.dumps({"keys": keys, "di": di.id, "lot": lot.id, "code": code.id, "picking": picking.id, "product": product.id,
                  "registration": registration.id, "scan": env["medical.udi.scan"].search([], limit=1).id,
                  "other": gtin(401234500002)}))
"""

READ = """
import json
di, lot = env["medical.udi.di"].search([]), env["stock.lot"].search([("name", "!=", "zzz")])
print(json.dumps([
    di.mapped("state"), lot.mapped("name"), env["medical.code.map"].search([]).mapped("code"),
    env["medical.udi.registration"].search([]).mapped("state"), env["medical.udi.scan"].search([]).mapped("raw"),
]))
"""


@pytest.fixture
def office(suite_database):
    with clients_of(suite_database, PREPARE) as made:
        yield made


def test_identity_cannot_be_forged_by_clients(office):
    database, facts, clients = office
    before = shell(database, READ)
    di, lot, code = [facts["di"]], [facts["lot"]], [facts["code"]]
    new_di = {"code": facts["other"], "product_id": facts["product"]}
    attempts = [
        (("clerk", "manager", "auditor"), "medical.udi.di", "create", {"vals_list": [new_di]}),
        (("clerk", "manager", "auditor"), "medical.udi.di", "action_discontinue", {"ids": di}),
        (("clerk", "manager", "qa", "auditor"), "medical.udi.di", "write", {"ids": di, "vals": {"state": "draft"}}),
        (("clerk", "manager", "qa", "auditor"), "medical.udi.di", "unlink", {"ids": di}),
        (("clerk", "manager", "qa", "auditor"), "stock.lot", "write", {"ids": lot, "vals": {"name": "L2"}}),
        (
            ("clerk", "manager", "qa", "auditor"),
            "stock.lot",
            "_udi_correct",
            {"ids": lot, "vals": {"name": "L2"}, "reason": "x"},
        ),
        (
            ("clerk", "manager", "qa", "auditor"),
            "medical.lot.correction",
            "create",
            {"vals_list": [{"lot_id": facts["lot"], "name": "L2", "reason": "x"}]},
        ),
        (("clerk", "auditor"), "medical.code.map", "write", {"ids": code, "vals": {"code": "E2"}}),
        (
            ("clerk", "manager", "qa", "auditor"),
            "medical.udi.registration",
            "action_register",
            {"ids": [facts["registration"]]},
        ),
        (("clerk", "manager", "qa", "auditor"), "medical.udi.scan", "create", {"vals_list": [{"raw": "forged"}]}),
        (
            ("clerk", "manager", "qa", "auditor"),
            "medical.udi.scan",
            "write",
            {"ids": [facts["scan"]], "vals": {"raw": "forged"}},
        ),
        (("clerk", "manager", "qa", "auditor"), "medical.udi.scan", "_insert", {"values": {"raw": "forged"}}),
        (("auditor",), "stock.picking", "medical_scan", {"ids": [facts["picking"]], "raw": "x"}),
        (("auditor",), "stock.picking", "medical_receive_by_code", {"ids": [facts["picking"]], "lines": []}),
        (("clerk", "manager", "qa", "auditor"), "medical.stock.state", "create", {"vals_list": [{}]}),
    ]
    for logins, model, method, body in attempts:
        for login in logins:
            for context in (
                {},
                {"medical_guard": True, "medical_lot_correction": True, "install_mode": True, "su": True},
            ):
                status, answer = clients[login](model, method, **body, context=context)
                assert status in (403, 404, 422), (login, model, method, context, status, answer)
    assert shell(database, READ) == before


def test_what_the_roles_may_do_by_clients(office):
    _database, facts, clients = office
    status, answer = clients["clerk"]("stock.picking", "medical_scan", ids=[facts["picking"]], raw="garbage")
    assert (status, answer["status"]) == (200, "refused")
    status, answer = clients["clerk"]("medical.stock.state", "search_read", domain=[], fields=["state", "quantity"])
    assert (status, [row["quantity"] for row in answer]) == (200, [9.0])
    status, answer = clients["qa"]("medical.code.map", "write", ids=[facts["code"]], vals={"code": "E2"})
    assert (status, answer) == (200, True)
    for model in (
        "medical.udi.di",
        "medical.udi.scan",
        "medical.udi.registration",
        "medical.code.map",
        "medical.unit.problem",
    ):
        assert clients["auditor"](model, "search_read", domain=[], fields=["display_name"])[0] == 200, model


UNITS = """
import json
kilo = env.ref("uom.product_uom_kgm")
vendor = env["res.partner"].create({"name": "Vendor"})
thing, part = env["product.product"].create([{"name": "Thing", "is_storable": True}, {"name": "Part", "is_storable": True}])
order = env["purchase.order"].create({
    "partner_id": vendor.id, "order_line": [(0, 0, {"product_id": part.id, "product_qty": 5, "product_uom_id": kilo.id})]})
bom = env["mrp.bom"].create({"product_tmpl_id": thing.product_tmpl_id.id, "product_uom_id": kilo.id,
                             "bom_line_ids": [(0, 0, {"product_id": part.id, "product_uom_id": kilo.id})]})
rows = env["medical.unit.problem"].search([("product_tmpl_id", "in", (thing | part).product_tmpl_id.ids)])
opened = [(row.kind, row.action_open_record()["res_model"]) for row in rows]
env.company.medical_refuse_units = True
try:
    with env.cr.savepoint():
        order.button_confirm()
        env.flush_all()
    refused = False
except Exception as error:
    refused = "to which kg cannot be converted" in str(error)
order.button_cancel()
rows = env["medical.unit.problem"].search([("product_tmpl_id", "=", part.product_tmpl_id.id)])
print(json.dumps({"opened": sorted(opened), "refused": refused, "left": rows.mapped("kind")}))
"""


def test_units_of_purchase_and_bills(suite_database):
    assert shell(suite_database, UNITS) == {
        "opened": [["bom", "mrp.bom"], ["component", "mrp.bom"], ["purchase", "purchase.order"]],
        "refused": True,
        "left": ["component"],
    }
