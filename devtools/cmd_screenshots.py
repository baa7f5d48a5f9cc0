"""./dev screenshots"""

import subprocess
import time
import urllib.request
import uuid
from contextlib import contextmanager

from . import cmd_run, environment, odoo, paths, postgres, system
from .main import parser
from .term import Failure, run, say

TARGET = paths.ROOT / "docs" / "images"


def main(arguments: list[str]) -> int:
    options = parser("screenshots")
    options.add_argument("picture", nargs="*", help="only these, by file name without .png; default: all")
    options.add_argument("-d", "--database", help="take this database as it is instead of a new demo company")
    known = options.parse_args(arguments)
    environment.ensure()
    system.ensure_test_programs()
    browser = system.browser()
    if not browser:
        raise Failure("screenshots need Chromium; on Debian: apt-get install chromium")
    TARGET.mkdir(parents=True, exist_ok=True)
    with postgres.server(), _demo(known.database) as database, _serving(database) as address:
        script = paths.ROOT / "devtools" / "launcher" / "pictures.py"
        run([paths.venv_python(), script, address, browser, TARGET, *known.picture], env=odoo.process_environment())
    say(f"the pictures are in {TARGET.relative_to(paths.ROOT)}")
    return 0


@contextmanager
def _demo(given: str | None):
    """A planned demo company of its own, gone afterwards."""
    if given:
        yield given
        return
    database = f"pictures_{uuid.uuid4().hex[:8]}"
    try:
        cmd_run.prepare(database)
        cmd_run.plan(database)
        yield database
    finally:
        postgres.drop(database)


@contextmanager
def _serving(database: str):
    """Address of an Odoo server on a free port."""
    port = odoo.free_port()
    log = paths.STATE / "screenshots.log"
    with open(log, "w") as output:
        process = subprocess.Popen(
            odoo.command("-d", database, "--http-port", port),
            env=odoo.process_environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process, log)
            yield address
        finally:
            process.terminate()
            process.wait()


def _wait(address: str, process: subprocess.Popen, log) -> None:
    for _ in range(120):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{address}/web/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise Failure(f"Odoo does not answer; its log is {log}")
