"""./dev clean"""

import shutil

from . import paths, postgres
from .main import parser
from .term import say


def main(arguments: list[str]) -> int:
    options = parser("clean")
    options.add_argument("--all", action="store_true", help="remove the downloads too")
    known = options.parse_args(arguments)
    if (paths.VENV / "lib").exists():
        postgres.stop_for_removal()
    for entry in paths.STATE.iterdir():
        if entry.name == "cache" and not known.all:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    say("clean")
    return 0
