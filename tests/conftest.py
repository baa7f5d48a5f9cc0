"""Databases with the whole suite, and Odoo processes on them, for tests that cross addons."""

import json
import subprocess
import uuid
from contextlib import ExitStack

import pytest

from devtools import cmd_run, odoo, paths, postgres


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


@pytest.fixture(scope="session")
def apps_template():
    """Function (core addons) → function () → a fresh database with the suite and these addons installed.

    Glue addons of ours come with them by themselves.
    """
    made: dict[tuple, str] = {}
    copies: list[str] = []
    with postgres.server(), ExitStack() as stack:

        def with_apps(apps):
            key = tuple(sorted(apps))
            if key not in made:
                ours = paths.our_addons()
                core = sorted({*paths.core_dependencies(ours), *apps})
                made[key] = stack.enter_context(odoo.fresh_database("apps", core))
                odoo.quiet("-d", made[key], "-i", ",".join(ours), "--stop-after-init", "--no-http")

            def copy():
                copies.append(f"{made[key]}_{len(copies)}")
                postgres.copy(made[key], copies[-1])
                return copies[-1]

            return copy

        yield with_apps
        for name in copies:
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
