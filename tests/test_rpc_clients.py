"""What clients of JSON-2 may do: the same as on the screens, and nothing by forging values."""

import http.client
import json

import pytest

from conftest import shell
from devtools import odoo

PREPARE = """
import json
from datetime import timedelta
company = env.ref("base.main_company")
vendor = env["res.partner"].create({"name": "Vendor"})
product = env["product.product"].create({
    "name": "Glove", "default_code": "G", "is_storable": True, "seller_ids": [(0, 0, {"partner_id": vendor.id, "delay": 9})],
})
warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
rows = [f"G,{warehouse.code},2025-{month:02d}-01,{100 + month}" for month in range(1, 13)]
env["medical.demand.import"]._import_text("product_code,warehouse_code,date,quantity\\n" + "\\n".join(rows), "h.csv", company)
rule = env["stock.warehouse.orderpoint"].create({
    "product_id": product.id, "warehouse_id": warehouse.id, "product_min_qty": 1, "product_max_qty": 2,
})
scope = env["medical.scope"].create({
    "feature_id": env.ref("medical_planning.scope_feature_planning").id, "company_id": company.id, "reason": "test",
    "valid_from": "2020-01-01",
})
scope.action_activate()
run = env["medical.forecast.run"].create({})
run._take("action_start")
while run.state == "running":
    run._work_batch()
keys = {}
for login, group in (("planner2", "medical_base.group_medical_planner"), ("clerk2", "stock.group_stock_user")):
    user = env["res.users"].create({"name": login, "login": login, "group_ids": [(4, env.ref(group).id)]})
    keys[login] = env["res.users.apikeys"].with_user(user)._generate("rpc", "test", env.cr.now() + timedelta(days=1))
print(json.dumps({"keys": keys, "proposal": run.proposal_ids.id, "run": run.id, "rule": rule.id}))
"""

READ = """
import json
proposal = env["medical.reorder.proposal"].search([])
rule = proposal.orderpoint_id
print(json.dumps({"state": proposal.state, "rule": [rule.product_min_qty, rule.product_max_qty],
                  "new": [proposal.new_min, proposal.new_max], "by": proposal.decided_by_id.login}))
"""


class Client:
    def __init__(self, port, key):
        self.port, self.key = port, key

    def __call__(self, model, method, **body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        connection.request(
            "POST",
            f"/json/2/{model}/{method}",
            json.dumps(body),
            {"Authorization": f"bearer {self.key}", "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or "null")


@pytest.fixture
def office(suite_database):
    facts = shell(suite_database, PREPARE)
    with odoo.serving(suite_database) as port:
        clients = {login: Client(port, key) for login, key in facts["keys"].items()}
        yield suite_database, facts, clients


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
