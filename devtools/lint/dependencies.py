"""Dependencies point one way: an addon knows only the addons that its manifest depends on.

Read in imports, in what code asks of the registry, and in the records and groups that data files and code name.
A guard (``"model" in self.env``) is no dependency: what needs two addons belongs to one that depends on both.
"""

import ast
import csv
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..sources import Addon, Index, models_asked_for, place

# The name under which Odoo's JavaScript imports what is no addon.
_LIBRARY = "odoo"
_XMLID = re.compile(r"([a-z][a-z0-9_]*)\.[\w.\-]+$")
_JS_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["']@([a-z0-9_]+)/""")
# Attributes of XML files whose value is one external identifier, or several (groups).
_XML_REFERENCES = ("ref", "parent", "action", "inherit_id", "t-call", "t-inherit", "groups")
_EVALUATED = re.compile(r"""\bref\(\s*['"]([\w.]+)['"]|%\(([\w.]+)\)d""")


@dataclass(frozen=True)
class _Asked:
    """An addon, or a model, that a line of a file needs."""

    file: Path
    line: int
    what: str
    addon: str | None = None
    model: str | None = None


def findings(index: Index) -> list[str]:
    return [finding for addon in index.ours for finding in _findings(index, addon)]


def _findings(index: Index, addon: Addon) -> Iterator[str]:
    for name in index.depends(addon):
        if name not in index.addons:
            yield f"{addon.name}: the manifest depends on {name}, which is nowhere"
        elif addon.name in index.closure(index.addons[name]):
            yield f"{addon.name}: depends on {name}, which depends on it"
    known = index.closure(addon)
    # Tests run where also those addons are that come by themselves.
    known_to_tests = index.installed_with([addon.name])
    for asked in _asked(addon):
        where = place(asked.file, asked.line)
        within = known_to_tests if "tests" in asked.file.parts else known
        if asked.addon:
            owners = {asked.addon}
        else:
            owners = index.owners(asked.model)
            if not owners:
                yield f"{where}: {asked.what}, which no addon has"
        if owners and not owners & within:
            yield f"{where}: {asked.what} of {min(owners)}, on which {addon.name} does not depend"


def _asked(addon: Addon) -> Iterator[_Asked]:
    for file in addon.files("py", tests=True):
        tree = ast.parse(file.read_bytes())
        yield from _imports(file, tree)
        yield from _identifiers(file, tree)
        for node, model in models_asked_for(tree):
            yield _Asked(file, node.lineno, f"asks for {model}", model=model)
    for file in addon.files("xml", tests=True):
        yield from _xml(file)
    for file in sorted(addon.folder.glob("security/*.csv")):
        for line, row in enumerate(csv.reader(file.read_text().splitlines()), 1):
            for cell in row[1:] if line > 1 else ():
                yield from _named(file, line, cell)
    for file in addon.files("js", tests=True):
        for line, text in enumerate(file.read_text().splitlines(), 1):
            for name in _JS_IMPORT.findall(text):
                if name != _LIBRARY:
                    yield _Asked(file, line, "imports JavaScript", addon=name)


def _imports(file: Path, tree: ast.Module) -> Iterator[_Asked]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "odoo.addons":
            modules = [f"odoo.addons.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules = [node.module]
        else:
            continue
        for module in modules:
            if module.startswith("odoo.addons."):
                yield _Asked(file, node.lineno, f"imports {module}", addon=module.split(".")[2])


def _identifiers(file: Path, tree: ast.Module) -> Iterator[_Asked]:
    """Records and groups: ``env.ref("…")``, ``has_group("…")``, ``groups="…"``."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        values = [keyword.value for keyword in node.keywords if keyword.arg == "groups"]
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("ref", "has_group", "has_groups"):
            values += node.args[:1]
        for value in values:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield from _named(file, node.lineno, value.value)


def _xml(file: Path) -> Iterator[_Asked]:
    try:
        root = ElementTree.parse(file).getroot()
    except ElementTree.ParseError:
        return  # The check of XML says so.
    screens_only = "static" in file.parts
    for node in root.iter():
        model = None
        if node.tag == "record":
            model = node.get("model")
        elif node.tag == "field" and node.get("name") in ("model", "res_model") and not len(node):
            model = (node.text or "").strip()
        if model and not screens_only:
            yield _Asked(file, 0, f"asks for {model}", model=model)
        for name in _XML_REFERENCES:
            yield from _named(file, 0, node.get(name, ""))
        for text in (node.text, *node.attrib.values()):
            for matched in _EVALUATED.findall(text or ""):
                yield from _named(file, 0, "".join(matched))


def _named(file: Path, line: int, text: str) -> Iterator[_Asked]:
    """External identifiers, several of them separated by commas."""
    for name in text.split(","):
        if matched := _XMLID.match(name.strip().lstrip("!")):
            yield _Asked(file, line, f"names {matched[0]}", addon=matched[1])
