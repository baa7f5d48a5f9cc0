"""kill -9 during a run, then start again: it finishes, nothing doubled, nothing lost."""

import json
import subprocess

from conftest import run_odoo, shell
from devtools import odoo

PRODUCTS, WAREHOUSES = 750, ("W1", "W2", "W3", "W4", "W5", "W6")

PREPARE = """
env["ir.config_parameter"].set_param("medical_demand.demo_database", "1")
"""

COUNT = """
import json
Series, Proposal = env["medical.forecast.series"], env["medical.reorder.proposal"]
pairs = Series._read_group([], ["product_id", "warehouse_id"], ["__count"])
rules = env["stock.warehouse.orderpoint"].search([])
print(json.dumps({
    "runs": env["medical.forecast.run"].search([]).mapped("state"),
    "series": Series.search_count([]),
    "pending": Series.search_count([("state", "=", "pending")]),
    "most_per_pair": max(count for *_pair, count in pairs),
    "lines": env["medical.forecast.line"].search_count([]),
    "proposals": Proposal.search_count([]),
    "applied": Proposal.search_count([("state", "=", "applied")]),
    "rules": len(rules),
}))
"""


def history(path):
    rows = ["product_code,warehouse_code,date,quantity"]
    for product in range(PRODUCTS):
        for place, warehouse in enumerate(WAREHOUSES):
            rows += [
                f"P{product:04d},{warehouse},2025-{month:02d}-01,{5 + (product + place + month) % 7}"
                for month in range(1, 13)
            ]
    path.write_text("\n".join(rows))
    return path


def test_killed_run_goes_on(suite_database, tmp_path):
    file = history(tmp_path / "history.csv")
    shell(suite_database, PREPARE + 'print("null")')
    command = odoo.command(
        "plan", "-d", suite_database, "--pilot", "--no-orders", "--history", file, "--as-of", "2025-12-31"
    )
    process = subprocess.Popen(
        command,
        env=odoo.process_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:
        if "of 4500 series planned" in line:
            break
    process.kill()
    process.communicate()
    before = shell(suite_database, COUNT)
    assert before["runs"] == ["running"]
    assert 0 < before["pending"] < before["series"] == 4500

    again = run_odoo("plan", "-d", suite_database, "--no-orders")
    answer = json.loads(again.stdout.splitlines()[-1])
    after = shell(suite_database, COUNT)
    assert after == {
        "runs": ["done"],
        "series": 4500,
        "pending": 0,
        "most_per_pair": 1,
        "lines": 4500 * 12,
        "proposals": 4500,
        "applied": 4500,
        "rules": 4500,
    }
    assert (answer["series"], answer["planned"], answer["rules_written"]) == (4500, 4500, 4500)
