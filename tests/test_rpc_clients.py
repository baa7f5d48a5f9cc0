"""What clients of JSON-2 may do: the same as on the screens, and nothing by forging values."""

import pytest
from ground import clients_of

from conftest import shell

PREPARE = """
vendor = env["res.partner"].create({"name": "Vendor"})
product = env["product.product"].create({
    "name": "Glove", "default_code": "G", "is_storable": True, "seller_ids": [(0, 0, {"partner_id": vendor.id, "delay": 9})],
})
rows = [f"G,{warehouse.code},2025-{month:02d}-01,{100 + month}" for month in range(1, 13)]
env["medical.demand.import"]._import_text("product_code,warehouse_code,date,quantity\\n" + "\\n".join(rows), "h.csv", company)
rule = env["stock.warehouse.orderpoint"].create({
    "product_id": product.id, "warehouse_id": warehouse.id, "product_min_qty": 1, "product_max_qty": 2,
})
ground._switch_on("medical_planning.scope_feature_planning")
run = env["medical.forecast.run"].create({})
run._take("action_start")
while run.state == "running":
    run._work_batch()
person("planner2", "planner")
person("clerk2", "clerk")
print(json.dumps({"keys": keys, "proposal": run.proposal_ids.id, "run": run.id, "rule": rule.id}))
"""

READ = """
import json
proposal = env["medical.reorder.proposal"].search([])
rule = proposal.orderpoint_id
print(json.dumps({"state": proposal.state, "rule": [rule.product_min_qty, rule.product_max_qty],
                  "new": [proposal.new_min, proposal.new_max], "by": proposal.decided_by_id.login}))
"""


@pytest.fixture
def office(suite_database):
    with clients_of(suite_database, PREPARE) as made:
        yield made


def test_forging_is_refused_and_the_planner_applies(office):
    database, facts, clients = office
    ids = [facts["proposal"]]
    for client in clients.values():
        for context in ({}, {"medical_guard": True}, {"medical_guard": "x", "su": True, "install_mode": True}):
            status, answer = client(
                "medical.reorder.proposal", "write", ids=ids, vals={"state": "applied"}, context=context
            )
            assert status == 403, answer
            status, _answer = client(
                "medical.forecast.run", "create", vals_list=[{"state": "done", "name": "forged"}], context=context
            )
            assert status == 403
            status, _answer = client("medical.audit.entry", "create", vals_list=[{"model": "x"}], context=context)
            assert status in (403, 422)
        status, _answer = client("medical.reorder.proposal", "_apply", ids=ids, automatic=False)
        assert status in (403, 404, 422)
        status, _answer = client("stock.warehouse.orderpoint", "_medical_apply", ids=[facts["rule"]], targets={})
        assert status in (403, 404, 422)
    status, _answer = clients["clerk2"]("medical.reorder.proposal", "action_apply", ids=ids)
    assert status == 403
    status, rows = clients["clerk2"]("medical.forecast.series", "search_read", domain=[], fields=["wape", "cover_mean"])
    assert status == 200 and len(rows) == 1
    before = shell(database, READ)
    assert (before["state"], before["rule"]) == ("review", [1.0, 2.0])

    status, answer = clients["planner2"]("medical.reorder.proposal", "action_apply", ids=ids)
    assert status == 200, answer
    after = shell(database, READ)
    assert after["state"] == "applied" and after["by"] == "planner2"
    assert after["rule"] == after["new"]

    status, answer = clients["planner2"]("medical.forecast.run", "action_roll_back", ids=[facts["run"]])
    assert status == 200, answer
    assert shell(database, READ)["rule"] == [1.0, 2.0]
