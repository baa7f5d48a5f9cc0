"""The commands of ./dev."""

import argparse
import importlib
import os
import signal
import sys

from . import paths
from .term import Failure, say

COMMANDS = {
    "run": "set up, make the demo company, plan it, show the result and serve it",
    "test": "all tests, or those of the named addons",
    "bench": "benchmarks with their peers beside them",
    "odoo": "Odoo's own command line with this configuration",
    "shell": "an Odoo shell; reads a script on standard input",
    "lint": "ruff, pylint-odoo, XML, translations and glossary, licences, dependencies, overrides, sizes, engines",
    "i18n": "export the terms to translate and merge them into the Chinese files",
    "docs": "write docs/documents.md and what is drawn from the code on other pages of documentation",
    "screenshots": "make the README's pictures anew",
    "clean": "remove what ./dev made (downloads are kept; --all removes them too)",
}


def _usage() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  ./dev {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    return "\n".join(["Usage: ./dev COMMAND [options]   (./dev COMMAND --help says more)", "", *lines])


def main(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(_usage())
        return 0 if argv else 2
    name, rest = argv[0], argv[1:]
    if name not in COMMANDS:
        print(f"./dev: no command {name!r}\n\n{_usage()}", file=sys.stderr)
        return 2
    # A terminated ./dev has to stop its servers and drop its databases like an interrupted one.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Started by root, PostgreSQL runs as nobody and has to read what is installed here.
    os.umask(0o022)
    paths.STATE.mkdir(exist_ok=True)
    module = importlib.import_module(f".cmd_{name}", __package__)
    try:
        return module.main(rest)
    except Failure as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130


def parser(command: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(prog=f"./dev {command}", description=COMMANDS[command].capitalize() + ".")
