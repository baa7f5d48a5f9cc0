"""What a newcomer writes for a document of their own: at most 120 lines, and every test of the kernel holds for it."""

import subprocess

from devtools import odoo, paths, postgres, testing

ADDON = paths.ROOT / "tests" / "newcomer" / "medical_test_visit"


def test_document_of_a_newcomer():
    lines = sum(
        len(file.read_text().splitlines()) for file in ADDON.rglob("*") if file.suffix in (".py", ".xml", ".csv")
    )
    assert lines <= 120
    core = paths.core_dependencies(["medical_base"])
    with postgres.server(), odoo.fresh_database("newcomer", core) as database:
        command = odoo.command(
            *("-d", database, "-i", ADDON.name, "--test-tags", f"/{ADDON.name}", "--stop-after-init"),
            *("--addons-path", f"{paths.ADDONS},{ADDON.parent}", "--http-port", odoo.free_port()),
            *("--log-level", "test", "--log-handler", "odoo.tests:INFO"),
        )
        result = subprocess.run(
            command,
            env=odoo.process_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    outcome = testing.read_log("newcomer", result.stdout, result.returncode)
    assert outcome.failed == 0, outcome.log[-4000:]
    assert outcome.passed == 4
    assert "no declared step" not in outcome.log
