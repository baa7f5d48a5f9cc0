"""./dev i18n [addon…]"""

import tempfile
from pathlib import Path

from . import environment, odoo, paths, postgres, suite
from .main import parser
from .term import Failure, run


def main(arguments: list[str]) -> int:
    options = parser("i18n")
    options.add_argument("addon", nargs="*", help="addons whose terms are exported; without any: all")
    known = options.parse_args(arguments)
    ours = paths.our_addons()
    if unknown := set(known.addon) - set(ours):
        raise Failure(f"no such addon: {', '.join(sorted(unknown))}; there are {', '.join(ours)}")
    environment.ensure()
    addons = known.addon or ours
    with tempfile.TemporaryDirectory() as folder, postgres.server():
        with odoo.fresh_database("i18n", paths.core_dependencies(addons)) as database:
            odoo.quiet("-d", database, "-i", ",".join(addons), "--stop-after-init", "--no-http")
            suite.export(database, addons, Path(folder))
        run([paths.venv_python(), "-m", "devtools.catalogues", "merge", folder], cwd=paths.ROOT)
    return 0
