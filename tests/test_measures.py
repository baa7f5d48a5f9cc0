"""Whatever addons are installed: each of their measures answers at the grains that it names, and is frozen at night."""

from conftest import shell

SCRIPT = """
import json
from datetime import date, timedelta
from odoo.fields import Domain
company, last = env.ref("base.main_company"), date.today()
first = last - timedelta(days=70)
wrong = []
measures = env["medical.measure"].search([])
for measure in measures:
    grain = (measure.period, *measure._grain())
    if {len(row) for row in measure._rows(company, Domain.TRUE, first, last, grain)} - {len(grain) + 2}:
        wrong.append([measure.code, "rows do not fit the grain"])
    for name in measure._grain():
        rows = measure._rows(company, Domain(name, "in", [0]), first, last)
        if any(row[-1] for row in rows):
            wrong.append([measure.code, name + " is not looked at"])
    model, facts = getattr(measure._as_measured(company), "_facts_" + measure.code)(Domain.TRUE, first, last)
    env[model].search_count(facts)
env["medical.measure"]._cron_freeze()
wrong += [[one.measure_id.code, one.failure] for one in env["medical.measure.freeze"].search([("failure", "!=", False)])]
frozen = env["medical.measure.freeze"].search([("company_id", "=", company.id)]).measure_id
print(json.dumps({"wrong": wrong, "not frozen": (measures - frozen).mapped("code"), "codes": sorted(measures.mapped("code"))}))
"""


def test_every_measure(suite_database):
    found = shell(suite_database, SCRIPT)
    assert found["wrong"] == []
    assert found["not frozen"] == []
    assert {"release_hours", "lot_acceptance", "trace_time"} <= set(found["codes"])
