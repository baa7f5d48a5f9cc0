"""Checks that need no database. Each returns its findings as text, empty when clean."""

from .. import odoo_source, paths, readme
from ..sources import everything
from . import dependencies, engines, files, licences, overrides, size, terms, tools


def fix() -> list[str]:
    """Make anew what is made from other files; the addons whose README.rst has changed."""
    return readme.write()


def run_all() -> dict[str, str]:
    checks = {
        "ruff": tools.ruff,
        "pylint": tools.pylint,
        "xml": files.xml,
        "manifests": files.manifests,
        "readmes": files.readmes,
        "access rights": files.access_rights,
        "translations": terms.translations,
        "glossary": terms.glossary,
        "licences of libraries": licences.of_libraries,
        "licences of addons": lambda: licences.of_addons(everything()),
        "dependencies": lambda: dependencies.findings(everything()),
        "overrides": lambda: overrides.findings(everything(), odoo_source.ensure() / "odoo" / "orm" / "models.py"),
        "size": lambda: size.findings(everything()),
        "engines": lambda: engines.findings(everything()),
    }
    return {name: _text(check()) for name, check in checks.items()}


def _text(findings: str | list[str]) -> str:
    return findings if isinstance(findings, str) else "\n".join(findings)
