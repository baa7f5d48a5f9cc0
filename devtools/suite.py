"""Databases with the whole suite, for the tests that cross addons: one without and one with Odoo's other apps.

``./dev test`` makes them once and tells the test processes their names in the environment; a test that is run by hand
makes its own.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from . import odoo, paths, postgres

SUITE, APPS, CATALOGUES = "MEDICAL_SUITE", "MEDICAL_SUITE_APPS", "MEDICAL_CATALOGUES"
# What a company may have beside the suite; our glue comes with them by itself.
OTHER_APPS = (
    "mrp",
    "mrp_subcontracting",
    "point_of_sale",
    "repair",
    "sale_stock",
    "stock_delivery",
    "stock_dropshipping",
)
_EXPORT = """
from odoo.tools.translate import trans_export
for name in {addons!r}:
    with open({folder!r} + "/" + name + ".pot", "wb") as file:
        trans_export(None, [name], file, "po", env)
"""


@contextmanager
def installed() -> Iterator[str]:
    """Name of a database with every addon of ours and what they need."""
    if given := os.environ.get(SUITE):
        yield given
        return
    ours = paths.our_addons()
    with postgres.server(), odoo.fresh_database("suite", paths.core_dependencies(ours)) as name:
        odoo.quiet("-d", name, "-i", ",".join(ours), "--stop-after-init", "--no-http")
        yield name


@contextmanager
def with_apps(suite: str) -> Iterator[str]:
    """Name of a copy of the database ``suite`` with Odoo's other apps."""
    if given := os.environ.get(APPS):
        yield given
        return
    name = f"{suite}_apps"
    postgres.copy(suite, name)
    try:
        odoo.quiet("-d", name, "-i", ",".join(OTHER_APPS), "--stop-after-init", "--no-http")
        yield name
    finally:
        postgres.drop(name)


@contextmanager
def catalogues(suite: str) -> Iterator[Path]:
    """Folder with the exported terms of every addon of ours."""
    if given := os.environ.get(CATALOGUES):
        yield Path(given)
        return
    with TemporaryDirectory(prefix="medical-") as folder:
        export(suite, paths.our_addons(), Path(folder))
        yield Path(folder)


def export(database: str, addons: list[str], folder: Path) -> None:
    """Write the terms of installed addons to ``folder``/``addon``.pot."""
    script = _EXPORT.format(addons=addons, folder=str(folder))
    odoo.quiet("shell", "-d", database, "--no-http", script=script)
