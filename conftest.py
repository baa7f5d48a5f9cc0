"""Engines are tested under their full names, so the suite's addons join Odoo's namespace."""

from pathlib import Path

import odoo.addons

odoo.addons.__path__.append(str(Path(__file__).resolve().parent / "addons"))
