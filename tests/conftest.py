"""Databases with the whole suite, and Odoo processes on them, for tests that cross addons."""

import json
import subprocess
import uuid

import pytest

from devtools import cmd_run, odoo, postgres, suite


@pytest.fixture(scope="session")
def suite_template():
    """Name of a database with every addon of the suite installed; copied by ``suite_database``."""
    with suite.installed() as name:
        yield name


@pytest.fixture(scope="session")
def apps_template(suite_template):
    """The same with Odoo's other apps and our glue for them; copied by ``apps_database``."""
    with suite.with_apps(suite_template) as name:
        yield name


@pytest.fixture(scope="session")
def catalogues_folder(suite_template):
    """Folder with what Odoo exports for translation, a file for each addon."""
    with suite.catalogues(suite_template) as folder:
        yield folder


@pytest.fixture
def suite_database(suite_template):
    yield from fresh_copy(suite_template)


@pytest.fixture
def apps_database(apps_template):
    yield from fresh_copy(apps_template)


def fresh_copy(template):
    name = f"{template}_{uuid.uuid4().hex[:8]}"
    postgres.copy(template, name)
    yield name
    postgres.drop(name)


@pytest.fixture(scope="session")
def demo_company():
    """Address and database of the demo company, planned as ``./dev run`` does, with a server on it; gone afterwards.

    All tests of the session share it: what one does there the next one finds done.
    """
    name = f"demo_{uuid.uuid4().hex[:8]}"
    with postgres.server():
        try:
            cmd_run.prepare(name)
            cmd_run.plan(name)
            with odoo.serving(name) as port:
                yield f"http://127.0.0.1:{port}", name
        finally:
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
