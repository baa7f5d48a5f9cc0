"""./dev odoo …"""

import subprocess

from . import environment, odoo, postgres

# Commands of Odoo's and ours that work without a database server.
WITHOUT_DATABASE = {"forecast", "replay", "udi", "help", "scaffold", "genproxytoken"}


def main(arguments: list[str]) -> int:
    environment.ensure()
    if arguments and arguments[0] in WITHOUT_DATABASE:
        return _run(arguments)
    with postgres.server():
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    return subprocess.run(odoo.command(*arguments), env=odoo.process_environment()).returncode
