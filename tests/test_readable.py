"""What the addons add to models of core works for whoever may see the record, with every app of core beside them."""

from conftest import run_odoo
from devtools import odoo, paths, testing


def test_readable_with_every_app(apps_database):
    readable = [path.parent.parent.name for path in paths.ADDONS.glob("*/tests/test_readable.py")]
    assert len(readable) > 4
    tags = ",".join(f"/{addon}:TestReadable" for addon in readable)
    logged = ("--log-level", "test", "--log-handler", "odoo.tests:INFO")
    port = odoo.free_port()
    done = run_odoo(
        "-d", apps_database, "--test-tags", tags, "--stop-after-init", "--http-port", port, *logged, check=False
    )
    outcome = testing.read_log("readable", done.stdout + done.stderr, done.returncode)
    assert (outcome.passed, outcome.failed) == (len(readable), 0), outcome.log[-8000:]
