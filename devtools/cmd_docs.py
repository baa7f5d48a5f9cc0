"""./dev docs"""

import tempfile
from pathlib import Path

from . import chapters, environment, odoo, paths, suite
from .main import parser
from .term import say

PAGE = paths.ROOT / "docs" / "documents.md"
_HEADING = """# Documents and their steps

Written by `./dev docs` from the declarations in the code; a test compares it. How to add one: see
[CONTRIBUTING](../CONTRIBUTING.md#add-a-document).

"""
_SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from devtools import documents
Path({target!r}).write_text(documents.page(env))
"""


def page(database: str) -> str:
    """The page as the code of the addons in ``database`` says it."""
    with tempfile.TemporaryDirectory(prefix="medical-") as folder:
        target = Path(folder) / "page.md"
        odoo.quiet(
            "shell", "-d", database, "--no-http", script=_SCRIPT.format(root=str(paths.ROOT), target=str(target))
        )
        return _HEADING + target.read_text()


def main(arguments: list[str]) -> int:
    parser("docs").parse_args(arguments)
    # What the sources say needs no database and is done first.
    for file in chapters.PAGES:
        file.write_text(chapters.render(file))
        say(f"{file.relative_to(paths.ROOT)} written")
    environment.ensure()
    with suite.installed() as database:
        PAGE.write_text(page(database))
    say(f"{PAGE.relative_to(paths.ROOT)} written")
    return 0
