"""Engines are tested under their full names, so the suite's addons join Odoo's namespace."""

from pathlib import Path

import pytest

import odoo.addons

odoo.addons.__path__.append(str(Path(__file__).resolve().parent / "addons"))


def pytest_collect_directory(path, parent):
    """Folders are no packages here: importing one would load the addon's models, which need a registry."""
    return pytest.Dir.from_parent(parent, path=path)
