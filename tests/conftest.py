"""Databases with the whole suite, and Odoo processes on them, for tests that cross addons."""

import json
import subprocess

import pytest

from devtools import odoo, paths, postgres


@pytest.fixture(scope="session")
def suite_template():
    """Name of a database with every addon of the suite installed; copied by ``suite_database``."""
    ours = paths.our_addons()
    with postgres.server(), odoo.fresh_database("cross", paths.core_dependencies(ours)) as name:
        odoo.quiet("-d", name, "-i", ",".join(ours), "--stop-after-init", "--no-http")
        yield name


@pytest.fixture
def suite_database(suite_template):
    name = f"{suite_template}_copy"
    postgres.copy(suite_template, name)
    yield name
    postgres.drop(name)


def run_odoo(*arguments, script=None, check=True):
    """Run Odoo to its end; ``script`` is given on standard input (for the shell)."""
    result = subprocess.run(
        odoo.command(*arguments), env=odoo.process_environment(), input=script, text=True, capture_output=True
    )
    assert not check or result.returncode == 0, result.stderr[-4000:]
    return result


def shell(database, script):
    """Run a script in Odoo's shell, commit, and return what it printed as JSON on its last line."""
    result = run_odoo("shell", "-d", database, "--no-http", script=script + "\nenv.cr.commit()\n")
    return json.loads(result.stdout.splitlines()[-1]) if result.stdout.strip() else None
