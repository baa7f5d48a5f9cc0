"""Databases with the whole suite, and Odoo processes on them, for tests that cross addons."""

import contextlib
import http.client
import json
import subprocess
import time

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


@contextlib.contextmanager
def serving(database):
    """An Odoo server on ``database``; yields its port once it answers."""
    port = odoo.free_port()
    process = subprocess.Popen(
        odoo.command("-d", database, "--http-port", port, "--max-cron-threads", 0),
        env=odoo.process_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )
    try:
        _wait_until_it_answers(process, port)
        yield port
    finally:
        process.terminate()
        process.communicate()


def _wait_until_it_answers(process, port):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read().decode()[-4000:]
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/web/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            # Not listening yet: the next attempt blocks in select, not in a sleep.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.2)
    raise AssertionError("the server did not answer within two minutes")
