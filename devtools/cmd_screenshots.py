"""./dev screenshots"""

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
    with postgres.server(), _demo(known.database) as database, odoo.serving(database) as port:
        script = paths.ROOT / "devtools" / "launcher" / "pictures.py"
        address = f"http://127.0.0.1:{port}"
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
