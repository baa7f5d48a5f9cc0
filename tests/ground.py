"""The ground of scripts for Odoo's shell, the same as of the addons' own tests, and clients of what they have made."""

import http.client
import json
from contextlib import contextmanager

from conftest import shell
from devtools import odoo

# To begin a script with. ``ground`` does in the main company what the cases of the addons do in theirs.
GROUND = """
import json
from datetime import timedelta
from odoo.addons.medical_base.tests.common import MedicalCase
class Ground(MedicalCase):
    company = env.ref("base.main_company")
    warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
    env = env
ground, company, warehouse = Ground, Ground.company, Ground.warehouse
stock = warehouse.lot_stock_id
suppliers, customers = env.ref("stock.stock_location_suppliers"), env.ref("stock.stock_location_customers")
keys = {}
def person(login, *groups):
    user = ground._user(login, *groups)
    keys[login] = env["res.users.apikeys"].with_user(user)._generate("rpc", "test", env.cr.now() + timedelta(days=1))
    return user
"""


class Client:
    """One person's, over JSON-2."""

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


@contextmanager
def clients_of(database, script):
    """Facts that the script prints on that ground, and the client of each person that it made, with a server running."""
    facts = shell(database, GROUND + script)
    with odoo.serving(database) as port:
        yield database, facts, {login: Client(port, key) for login, key in facts["keys"].items()}
