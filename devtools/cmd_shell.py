"""./dev shell [-d db]"""

import subprocess
import sys

from . import environment, odoo, postgres
from .main import parser

DEFAULT = "medical_demo"


def main(arguments: list[str]) -> int:
    options = parser("shell")
    options.add_argument("-d", "--database", default=DEFAULT, help="database to open (default %(default)s)")
    known, rest = options.parse_known_args(arguments)
    environment.ensure()
    with postgres.server():
        command = odoo.command("shell", "-d", known.database, "--no-http", *rest)
        return subprocess.run(command, env=odoo.process_environment(), stdin=sys.stdin).returncode
