"""What clients of JSON-2 can forge about quality: nothing, with any context, by any role, by values or by imports."""

import pytest
from ground import clients_of

from conftest import shell
from devtools import postgres

CONTEXTS = (
    {},
    {"medical_guard": True},
    {"quality_any_stock": True},
    {"quality_approved_change": True},
    {"install_mode": True, "su": True, "_force_unlink": True},
    {"import_file": True, "tracking_disable": True},
    {"inventory_mode": True},
)
TABLES = (
    "stock_lot", "medical_hold", "medical_hold_line", "medical_inspection", "medical_inspection_result", "medical_release_step_done",
    "medical_nonconformity", "medical_nonconformity_line", "medical_signature", "medical_audit_entry", "medical_retention_class", "stock_quant", "stock_move", "stock_move_line",
    "stock_picking", "stock_location", "product_template", "product_category", "ir_attachment",
)  # fmt: skip

PREPARE = """
category = env["product.category"].create({"name": "Devices"})
other = env["product.category"].create({"name": "Others"})
ground._switch_on("medical_quality.scope_feature_quality", category_id=category.id)
product = env["product.product"].create({
    "name": "Stent", "is_storable": True, "tracking": "lot", "categ_id": category.id, "use_expiration_date": True,
    "expiration_time": 1000})
users = {login: person(login, *groups) for login, groups in {
    "clerk": [],
    "manager": ["manager", "product.group_product_manager"],
    "quality": ["quality", "clerk"],
    "approver": ["approver", "clerk"],
    "second": ["approver"],
    "system": ["admin", "manager"],
}.items()}
def lot(name, released=True, quantity=10):
    found = env["stock.lot"].create({"name": name, "product_id": product.id, "company_id": company.id})
    env["stock.quant"].with_context(inventory_mode=True).create({
        "product_id": product.id, "location_id": stock.id, "lot_id": found.id, "inventory_quantity": quantity}).action_apply_inventory()
    if released:
        found.with_user(users["approver"])._quality_decide("released", "test")
    return found
def sign(record, login, method, **arguments):
    return ground._sign(record, users[login], method, "test", **arguments)
group = env.ref("medical_base.group_medical_quality_approver")
env["medical.release.step"].create({"name": "Batch record", "company_id": company.id, "group_id": group.id, "valid_from": "2020-01-01"})
waiting = lot("WAITING", released=False)
sign(waiting, "second", "action_quality_sign_step")
step = env["medical.release.step"].search([])
step.active = False
bad, good, late = lot("BAD"), lot("GOOD"), lot("LATE")
step.active = True
plan = env["medical.inspection.plan"].create({
    "name": "Incoming", "company_id": company.id, "categ_id": category.id, "sampling": "fixed", "sample_size": 1, "label_check": False,
    "characteristic_ids": [(0, 0, {"name": "Surface", "kind": "attribute"})]})
def picking(source, target, kind, lot=None, **line):
    made = ground._transfer(kind, source, target, [(product, 2)])
    made.move_ids.move_line_ids.unlink()
    env["stock.move.line"].create({
        "picking_id": made.id, "move_id": made.move_ids.id, "product_id": product.id, "product_uom_id": product.uom_id.id,
        "quantity": 2, "lot_id": lot and lot.id, "location_id": source.id, "location_dest_id": target.id, "picked": True, **line})
    return made
receipt = picking(suppliers, stock, warehouse.in_type_id, lot_name="CAME")
receipt.button_validate()
inspection = env["medical.inspection"].search([])
inspection.result_ids.with_user(users["quality"]).write({"checked": 1, "attachment_ids": [(0, 0, {"name": "photo.png", "raw": b"x"})]})
delivered = picking(stock, customers, warehouse.out_type_id, good)
delivered.button_validate()
delivery = picking(stock, customers, warehouse.out_type_id, bad)
env["ir.sequence"].search([("code", "=", "medical.hold")]).write({"prefix": "HOLD/", "use_date_range": False})
hold = env["medical.hold"].create({
    "reason": "Seal", "company_id": company.id, "line_ids": [(0, 0, {"lot_id": bad.id})], "catch_product_id": product.id,
    "catch_prefix": "X"})
hold.action_set()
part = env["medical.hold"].create({
    "reason": "Two bent", "company_id": company.id,
    "line_ids": [(0, 0, {"lot_id": good.id, "quantity": 2, "source_location_id": stock.id})]})
part.action_set()
wrong = env["medical.nonconformity"].with_user(users["quality"]).create({
    "description": "Wrong label", "company_id": company.id, "origin": "storage", "line_ids": [(0, 0, {"lot_id": lot("NC", released=False).id})]})
sign(wrong, "quality", "action_contain")
later = picking(stock, customers, warehouse.out_type_id, late)
change = env["medical.master.change"].with_user(users["quality"]).create({
    "product_tmpl_id": product.product_tmpl_id.id, "company_id": company.id, "new_value": "500", "reason": "x"})
env["medical.audit.entry"]._cron_seal()
print(json.dumps({
    "keys": keys, "company": company.id, "product": product.id, "template": product.product_tmpl_id.id, "other": other.id,
    "unit": product.uom_id.id, "stock": stock.id, "customers": customers.id, "quarantine": part.line_ids.location_id.id,
    "waiting": waiting.id, "bad": bad.id, "good": good.id, "hold": hold.id, "line": hold.line_ids.id, "part": part.line_ids.id,
    "inspection": inspection.id, "result": inspection.result_ids.id, "file": inspection.result_ids.attachment_ids.id,
    "plan": plan.id, "step": step.id, "done": waiting.quality_step_ids.id, "change": change.id,
    "signature": env["medical.signature"].search([], limit=1).id, "entry": env["medical.audit.entry"].search([], limit=1).id,
    "retention": env.ref("medical_base.retention_device").id, "group": env.ref("base.group_user").id,
    "delivery": delivery.id, "move": delivery.move_ids.id, "delivered": delivered.id, "delivered_move": delivered.move_ids.id,
    "delivered_line": delivered.move_line_ids.id, "user": users["clerk"].id,
    "wrong": wrong.id, "wrong_line": wrong.line_ids.id, "late": late.id, "later": later.id, "later_move": later.move_ids.id, "later_line": later.move_line_ids.id,
    "bad_quant": env["stock.quant"].search([("lot_id", "=", bad.id), ("location_id", "=", stock.id)]).id,
    "good_quant": env["stock.quant"].search([("lot_id", "=", good.id), ("location_id", "=", stock.id)]).id,
}))
"""


@pytest.fixture(scope="module")
def office(suite_template):
    name = f"{suite_template}_rpc"
    postgres.copy(suite_template, name)
    try:
        with clients_of(name, PREPARE) as made:
            yield made
    finally:
        postgres.drop(name)


def snapshot(database):
    """A digest of every row that says what quality has decided and where the goods are."""
    columns = ", ".join(f"(SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t)" for table in TABLES)
    return dict(zip(TABLES, postgres.psql(f"SELECT {columns}", database).strip().split("|"), strict=True))


def forgeries(f):
    """(model, method, arguments) that would change what quality has decided, or hide it."""

    def write(model, ids, *values):
        return [(model, "write", {"ids": ids if isinstance(ids, list) else [ids], "vals": vals}) for vals in values]

    def create(model, *values):
        return [(model, "create", {"vals_list": [vals]}) for vals in values]

    lots = [f["waiting"], f["bad"]]
    lot = {"name": "FORGED", "product_id": f["product"], "company_id": f["company"]}
    row = {"model": "stock.lot", "res_id": f["bad"], "res_name": "BAD"}
    return [
        # Lots
        *write(
            "stock.lot",
            lots,
            {"quality_state": "released"},
            {"quality_blocked": False},
            {"quality_basis": "existing"},
            {"quality_decided": "2020-01-01 00:00:00"},
            {"quality_received": "2019-01-01 00:00:00"},
            {"note": "x", "quality_state": "released"},
        ),
        *create(
            "stock.lot",
            {**lot, "quality_state": "released"},
            {**lot, "quality_blocked": False},
            {**lot, "quality_basis": "decided"},
        ),
        ("stock.lot", "web_save", {"ids": [f["bad"]], "vals": {"quality_state": "released"}, "specification": {}}),
        ("stock.lot", "unlink", {"ids": [f["good"]]}),
        # Holds
        *write(
            "medical.hold",
            f["hold"],
            {"state": "lifted"},
            {"state": "draft"},
            {"approver_group_id": f["group"]},
            {"lift_reason": "x"},
            {"reason": "Nothing"},
            {"catch_prefix": "Z"},
            {"catch_product_id": False},
            {"retain_until": "2000-01-01"},
            {"retention_class_id": False},
            {"line_ids": [[5, 0, 0]]},
            {"line_ids": [[2, f["line"], 0]]},
            {"line_ids": [[1, f["line"], {"state": "lifted"}]]},
        ),
        *create(
            "medical.hold",
            {"reason": "x", "state": "active"},
            {"reason": "x", "approver_group_id": f["group"]},
            {"reason": "x", "line_ids": [[0, 0, {"lot_id": f["good"], "blocks_lot": True}]]},
        ),
        ("medical.hold", "unlink", {"ids": [f["hold"]]}),
        *write(
            "medical.hold.line",
            f["line"],
            {"blocks_lot": False},
            {"state": "lifted"},
            {"company_id": False},
            {"lot_id": f["good"]},
            {"caught": True},
            {"quantity": 1, "source_location_id": f["stock"]},
            {"location_id": f["stock"]},
        ),
        *create(
            "medical.hold.line",
            {"hold_id": f["hold"], "lot_id": f["good"]},
            {"hold_id": f["hold"], "lot_id": f["good"], "caught": True},
        ),
        ("medical.hold.line", "unlink", {"ids": [f["line"], f["part"]]}),
        # Inspections
        *write(
            "medical.inspection",
            f["inspection"],
            {"state": "passed"},
            {"accepted_quantity": 2},
            {"quantity": 1},
            {"sample_size": 0},
            {"accept_number": 9},
            {"lot_id": f["good"]},
            {"inspector_id": f["user"]},
            {"decided_by_id": f["user"]},
            {"plan_id": False},
            {"severity": "normal"},
            {"product_id": f["product"]},
            {"company_id": f["company"]},
            {"location_id": f["customers"]},
            {"hold_id": False},
            {"retain_until": "2000-01-01"},
        ),
        *create(
            "medical.inspection",
            {"lot_id": f["bad"], "company_id": f["company"], "operation": "receipt", "state": "passed"},
        ),
        ("medical.inspection", "unlink", {"ids": [f["inspection"]]}),
        *write(
            "medical.inspection.result",
            f["result"],
            {"specified": False},
            {"critical": True},
            {"name": "Other"},
            {"inspection_id": False},
        ),
        ("medical.inspection.result", "unlink", {"ids": [f["result"]]}),
        ("ir.attachment", "unlink", {"ids": [f["file"]]}),
        *write(
            "ir.attachment",
            f["file"],
            {"datas": "eQ=="},
            {"raw": "y"},
            {"res_id": 0},
            {"res_model": "res.users", "res_id": f["user"]},
        ),
        # Nonconformities
        *write(
            "medical.nonconformity",
            f["wrong"],
            {"state": "closed"},
            {"state": "draft"},
            {"hold_id": False},
            {"approved_by_id": f["user"]},
            {"executed_on": "2026-01-01 00:00:00"},
            {"closed_on": "2000-01-01 00:00:00"},
            {"risk_class": "low"},
            {"retain_until": "2000-01-01"},
            {"requirement_by_id": f["user"]},
        ),
        *create("medical.nonconformity", {"description": "x", "state": "closed"}),
        ("medical.nonconformity", "unlink", {"ids": [f["wrong"]]}),
        *write(
            "medical.nonconformity.line",
            f["wrong_line"],
            {"lot_id": f["good"]},
            {"distributed_quantity": 0},
            {"product_id": False},
        ),
        ("medical.nonconformity.line", "unlink", {"ids": [f["wrong_line"]]}),
        # Steps, product data, retention
        *create(
            "medical.release.step.done",
            {"lot_id": f["bad"], "step_id": f["step"], "user_id": f["user"], "date": "2026-01-01 00:00:00"},
        ),
        *write(
            "medical.release.step.done",
            f["done"],
            {"user_id": f["user"]},
            {"date": "2030-01-01 00:00:00"},
            {"lot_id": f["bad"]},
        ),
        ("medical.release.step.done", "unlink", {"ids": [f["done"]]}),
        *write(
            "medical.master.change",
            f["change"],
            {"state": "applied"},
            {"requested_by_id": f["user"]},
            {"closed_on": "2000-01-01 00:00:00"},
        ),
        *write("product.template", f["template"], {"expiration_time": 5000}, {"tracking": "none"}),
        *write("product.product", f["product"], {"tracking": "none"}),
        *write("stock.location", f["quarantine"], {"quality_in_quarantine": False}, {"quality_quarantine": False}),
        # Signatures and audit trail
        *create("medical.signature", {**row, "meaning": "release", "user_id": f["user"]}),
        *write(
            "medical.signature",
            f["signature"],
            {"user_id": f["user"]},
            {"invalidated_on": False},
            {"content_hash": "0"},
        ),
        ("medical.signature", "unlink", {"ids": [f["signature"]]}),
        *create("medical.audit.entry", {**row, "field_name": "quality_state", "new_value": "released"}),
        *write("medical.audit.entry", f["entry"], {"new_value": "x"}, {"seal_seq": 0}),
        ("medical.audit.entry", "unlink", {"ids": [f["entry"]]}),
        # What only programs inside may call
        ("stock.lot", "_quality_decide", {"ids": lots, "decision": "released", "reason": "x"}),
        ("stock.lot", "_guarded_write", {"ids": lots, "vals": {"quality_state": "released"}}),
        ("medical.hold", "_end", {"ids": [f["hold"]], "reason": "x"}),
        ("medical.hold", "_take", {"ids": [f["hold"]], "name": "action_lift", "reason": "x"}),
        ("medical.hold", "_do_lift", {"ids": [f["hold"]]}),
        ("medical.inspection", "_pass", {"ids": [f["inspection"]]}),
        ("medical.inspection", "_guarded_create", {"vals_list": [{}]}),
        ("medical.signature", "_record", {"records": [f["bad"]], "meaning": "release", "reason": "x"}),
        ("medical.audit.entry", "_log", {"target": "stock.lot", "rows": []}),
        ("product.template", "_quality_write_approved", {"ids": [f["template"]], "vals": {"expiration_time": 1}}),
        (
            "stock.quant",
            "_update_available_quantity",
            {"product_id": f["product"], "location_id": f["stock"], "quantity": 5},
        ),
        ("stock.move.line", "_action_done", {"ids": [f["delivered_line"]]}),
        ("stock.picking", "_action_done", {"ids": [f["delivery"]]}),
    ]


def imports(f):
    """(model, columns, row) of imports that would forge the same."""
    place = {"product_id/.id": f["product"], "location_id/.id": f["stock"]}
    line = {
        **place, "product_uom_id/.id": f["unit"], "quantity": 1, "lot_id/.id": f["bad"], "location_dest_id/.id": f["customers"],
        "company_id/.id": f["company"], "picked": "True",
    }  # fmt: skip
    rows = [
        ("stock.lot", {".id": f["bad"], "quality_state": "Released"}),
        ("stock.lot", {".id": f["bad"], "quality_blocked": "False"}),
        ("stock.lot", {"name": "IMPORTED", "product_id/.id": f["product"], "quality_state": "Released"}),
        ("stock.quant", {**place, "lot_id/.id": f["bad"], "quantity": 50}),
        ("stock.quant", {".id": f["bad_quant"], "quantity": 0}),
        ("stock.quant", {".id": f["bad_quant"], "location_id/.id": f["customers"]}),
        ("stock.quant", {".id": f["bad_quant"], "lot_id/.id": f["good"]}),
        ("stock.move.line", {**line, "move_id/.id": f["delivered_move"], "picking_id/.id": f["delivered"]}),
        ("stock.move.line", {**line, "picking_id/.id": f["delivered"]}),
        ("stock.move.line", {".id": f["delivered_line"], "lot_id/.id": f["bad"]}),
        ("medical.hold", {".id": f["hold"], "state": "Lifted"}),
        ("medical.hold", {".id": f["hold"], "line_ids/.id": f["line"], "line_ids/blocks_lot": "False"}),
        ("medical.hold", {"reason": "Imported", "state": "On Hold", "line_ids/lot_id/.id": f["good"]}),
        ("medical.inspection", {".id": f["inspection"], "state": "Passed"}),
        (
            "medical.release.step.done",
            {"lot_id/.id": f["bad"], "step_id/.id": f["step"], "user_id/.id": f["user"], "date": "2026-01-01 00:00:00"},
        ),
        ("medical.signature", {".id": f["signature"], "signer_name": "Somebody else"}),
        ("medical.audit.entry", {".id": f["entry"], "new_value": "x"}),
    ]
    return [(model, list(row), [[str(value) for value in row.values()]]) for model, row in rows]


LOGINS = ("clerk", "manager", "quality", "approver", "system")


def refused(status, answer):
    """An error, or an import that says which rows it could not take."""
    return status in (403, 404, 422) or (status == 200 and isinstance(answer, dict) and answer.get("ids") is False)


def try_all(database, client, calls):
    """Make each call in every context; the calls that went through, or left something behind."""
    before, went = snapshot(database), []
    for model, method, body in calls:
        for context in CONTEXTS:
            status, answer = client(model, method, **body, context=context)
            if not refused(status, answer):
                went.append((model, method, body, context, status, answer))
        now = snapshot(database)
        if now != before:
            went.append((model, method, body, [table for table in TABLES if now[table] != before[table]]))
            before = now
    return went


@pytest.mark.parametrize("login", LOGINS)
def test_values_are_not_forged(office, login):
    database, facts, clients = office
    calls = forgeries(facts)
    if login != "system":  # administrators decide what is under quality control
        calls.append(("product.template", "write", {"ids": [facts["template"]], "vals": {"categ_id": facts["other"]}}))
    if login == "approver":  # they say what a place means
        calls = [call for call in calls if call[2].get("vals") != {"quality_quarantine": False}]
    assert try_all(database, clients[login], calls) == []


@pytest.mark.parametrize("login", LOGINS)
def test_imports_are_refused(office, login):
    database, facts, clients = office
    calls = [(model, "load", {"fields": names, "data": data}) for model, names, data in imports(facts)]
    assert try_all(database, clients[login], calls) == []


@pytest.mark.parametrize("login", ("manager", "system"))
def test_counts_over_json_2(office, login):
    """A held lot is not counted down, a released one not up, by those who may count at all."""
    database, facts, clients = office
    before = snapshot(database)
    for quant, quantity, sentence in (
        ("bad_quant", 0, "BAD of Stent is on hold"),
        ("good_quant", 50, "GOOD of Stent is released"),
    ):
        status, answer = clients[login](
            "stock.quant",
            "write",
            ids=[facts[quant]],
            vals={"inventory_quantity_auto_apply": quantity},
            context={"inventory_mode": True},
        )
        assert status == 422 and sentence in answer["message"], answer
        assert snapshot(database) == before


def test_a_held_lot_is_not_delivered(office):
    """Neither by its number nor on a line whose state was forged before the hold was set."""
    database, facts, clients = office
    clerk = clients["clerk"]
    line = {
        "picking_id": facts["delivery"], "move_id": facts["move"], "product_id": facts["product"], "product_uom_id": facts["unit"],
        "quantity": 2, "location_id": facts["stock"], "location_dest_id": facts["customers"], "picked": True,
    }  # fmt: skip
    before = snapshot(database)
    for context in CONTEXTS:
        status, answer = clerk(
            "stock.move.line", "create", vals_list=[{**line, "lot_id": facts["bad"]}], context=context
        )
        assert status == 422 and "BAD of Stent is on hold (HOLD/00001: Seal)" in answer["message"], answer
        for values in ({"lot_id": facts["bad"]}, {"lot_id": facts["waiting"]}):
            status, answer = clerk(
                "stock.move.line", "write", ids=[facts["delivered_line"]], vals=values, context=context
            )
            assert status == 422 and "Stent is" in answer["message"], answer
    assert snapshot(database) == before

    status, _answer = clerk("stock.move.line", "create", vals_list=[{**line, "lot_name": "BAD"}])
    assert status == 200
    status, _answer = clerk("stock.move.line", "write", ids=[facts["later_line"]], vals={"state": "cancel"})
    assert status == 200
    hold = {"reason": "Recalled", "line_ids": [[0, 0, {"lot_id": facts["late"]}]]}
    status, ids = clients["quality"]("medical.hold", "create", vals_list=[hold])
    assert status == 200, ids
    status, answer = clients["quality"]("medical.hold", "action_set", ids=ids)
    assert status == 200, answer
    before = snapshot(database)
    for delivery, sentence in (
        ("delivery", "BAD of Stent is on hold (HOLD/00001: Seal)"),
        ("later", "LATE of Stent is on hold"),
    ):
        for context in ({"skip_expired": True, "skip_backorder": True}, *CONTEXTS):
            status, answer = clerk(
                "stock.picking", "button_validate", ids=[facts[delivery]], context={**context, "skip_expired": True}
            )
            assert status == 422 and sentence in answer["message"], answer
            assert snapshot(database) == before


def test_an_api_key_signs_nothing(office):
    database, facts, clients = office
    approver = clients["approver"]
    before = snapshot(database)
    for password in (approver.key, "", False, "test_quality"):
        status, answer = approver(
            "medical.hold",
            "action_lift",
            ids=[facts["hold"]],
            context={"signature_password": password, "medical_reason": "Fine"},
        )
        assert status in (403, 422), (password, answer)
        assert snapshot(database) == before
    status, answer = approver("medical.hold", "action_lift", ids=[facts["hold"]])
    assert (status, answer["res_model"]) == (200, "medical.sign"), "without any, it answers with the window that asks"
    assert snapshot(database) == before
    status, answer = approver(
        "medical.hold",
        "action_lift",
        ids=[facts["hold"]],
        context={"signature_password": "test_approver", "medical_reason": "Fine"},
    )
    assert status == 200, answer
    status, rows = approver("medical.hold", "read", ids=[facts["hold"]], fields=["state", "signature_state"])
    assert (rows[0]["state"], rows[0]["signature_state"]) == ("lifted", "signed")


def test_rows_changed_by_sql_are_found(office):
    database, facts, _clients = office
    check = "import json; print(json.dumps([[one['kind'], one['entry_id']] for one in env['medical.audit.entry']._verify()]))"
    assert shell(database, check) == []
    for table in ("medical_audit_entry", "medical_signature"):
        postgres.psql(f"ALTER TABLE {table} DISABLE TRIGGER USER", database)  # as its owner can
    postgres.psql(f"UPDATE medical_audit_entry SET new_value = 'released' WHERE id = {facts['entry']}", database)
    assert facts["entry"] in {entry for _kind, entry in shell(database, check)}
    postgres.psql(
        f"UPDATE medical_signature SET signer_name = 'Somebody else' WHERE id = {facts['signature']}", database
    )
    check = "import json; print(json.dumps([one['message'] for one in env['medical.signature']._iter_findings()]))"
    assert any(f"The signature {facts['signature']} on" in message for message in shell(database, check))
