"""What stands in the sources of addons, ours and Odoo's: dependencies, models, classes and their methods.

Nothing is imported: the files are parsed, so addons can be read that are not installed and need no registry.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from . import odoo_source, paths


@dataclass
class ModelClass:
    """A class statement that defines or extends a model."""

    addon: str
    file: Path
    node: ast.ClassDef
    name: str | None
    """``_name``, also where it is that of the only inherited model."""
    parents: list[str]

    @property
    def model(self) -> str:
        return self.name or self.parents[0]

    @property
    def defines(self) -> bool:
        """It brings a model of its own rather than extending one."""
        return self.name is not None and self.name not in self.parents

    @cached_property
    def methods(self) -> dict[str, ast.FunctionDef]:
        return {node.name: node for node in self.node.body if isinstance(node, ast.FunctionDef)}


@dataclass
class Addon:
    name: str
    folder: Path
    ours: bool
    manifest: dict = field(repr=False)

    def python(self, *, tests: bool = False, engine: bool = True) -> list[Path]:
        return self.files("py", tests=tests, engine=engine)

    def files(self, suffix: str, *, tests: bool = False, engine: bool = True) -> list[Path]:
        left_out = set() if tests else {"tests"}
        if not engine:
            left_out.add("engine")
        return [
            file
            for file in sorted(self.folder.rglob(f"*.{suffix}"))
            if not left_out.intersection(file.relative_to(self.folder).parts)
        ]

    @cached_property
    def trees(self) -> dict[Path, ast.Module]:
        return {file: ast.parse(file.read_bytes()) for file in self.python(engine=False)}

    @cached_property
    def classes(self) -> list[ModelClass]:
        return [found for file, tree in self.trees.items() for found in self._model_classes(file, tree)]

    def _model_classes(self, file: Path, tree: ast.Module) -> Iterator[ModelClass]:
        for node in tree.body:
            if not isinstance(node, ast.ClassDef):
                continue
            attributes = {
                target.id: _literal(statement.value)
                for statement in node.body
                if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value
                for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
                if isinstance(target, ast.Name)
            }
            name, inherit = attributes.get("_name"), attributes.get("_inherit")
            parents = [inherit] if isinstance(inherit, str) else list(inherit or ())
            if name or parents:
                yield ModelClass(self.name, file, node, name, parents)


def _literal(node: ast.AST):
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return None


class Index:
    """The addons below some folders; the first folder holds ours."""

    def __init__(self, ours: Path, *others: Path):
        self.addons: dict[str, Addon] = {}
        for folder in (ours, *others):
            for file in sorted(folder.glob("*/__manifest__.py")):
                name = file.parent.name
                if name not in self.addons:
                    self.addons[name] = Addon(name, file.parent, folder == ours, paths.manifest(file.parent))

    @property
    def ours(self) -> list[Addon]:
        return [addon for addon in self.addons.values() if addon.ours]

    def depends(self, addon: Addon) -> list[str]:
        """What the manifest names; base always."""
        named = addon.manifest.get("depends", [])
        return [*named, "base"] if addon.name != "base" else []

    def closure(self, addon: Addon) -> set[str]:
        """The addon, and all that it needs directly or through others."""
        seen: set[str] = set()
        queue = [addon.name]
        while queue:
            name = queue.pop()
            if name not in seen:
                seen.add(name)
                if name in self.addons:
                    queue += self.depends(self.addons[name])
        return seen

    def installed_with(self, wanted: Iterable[str]) -> set[str]:
        """All addons that are there once ``wanted`` are installed: with those of Odoo's that come by themselves."""
        known = {needed for name in wanted for needed in self.closure(self.addons[name])}
        while True:
            coming = {
                name
                for name, addon in self.addons.items()
                if name not in known
                and not addon.ours
                # Those of a country come with its companies.
                and not addon.manifest.get("countries")
                and (waits_for := addon.manifest.get("auto_install"))
                and known.issuperset(addon.manifest["depends"] if waits_for is True else waits_for)
            }
            if not coming:
                return known
            known |= {needed for name in coming for needed in self.closure(self.addons[name])}

    def classes(self, addons: Iterable[str]) -> Iterator[ModelClass]:
        for name in addons:
            if name in self.addons:
                yield from self.addons[name].classes

    def owners(self, model: str) -> set[str]:
        """The addons that define the model, wherever they are; found without parsing."""
        return self._owners.get(model, set())

    @cached_property
    def _owners(self) -> dict[str, set[str]]:
        owners: dict[str, set[str]] = {"base": {"base"}}
        for addon in self.addons.values():
            for file in addon.python(engine=False, tests=addon.ours):
                for model in re.findall(r"^    _name\s*=\s*['\"]([\w.]+)['\"]", file.read_text(), re.M):
                    owners.setdefault(model, set()).add(addon.name)
        return owners


@cache
def everything() -> Index:
    """Our addons and those of the Odoo that runs here."""
    source = odoo_source.ensure()
    return Index(paths.ADDONS, source / "odoo" / "addons", source / "addons")


def place(file: Path, line: int = 0) -> str:
    """The file as seen from the folder that holds the folder of addons, and the line where known."""
    [addons] = [folder for folder in file.parents if (folder / "__manifest__.py").exists()][-1:]
    where = file.relative_to(addons.parent.parent)
    return f"{where}:{line}" if line else f"{where}"


def models_asked_for(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Every model that code names in ``env[…]``, ``… in env``, a relation field, a parent's name or ``"model,1"``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if matched := _REFERENCE.match(node.value):
                yield node, matched[1]
        elif isinstance(node, ast.Subscript) and _is_registry(node.value):
            yield from _constants([node.slice])
        elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            if _is_registry(node.comparators[0]):
                yield from _constants([node.left])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "get" and _is_registry(node.func.value):
                yield from _constants(node.args[:1])
            elif node.func.attr in ("Many2one", "One2many", "Many2many") and _named(node.func.value) == "fields":
                keywords = [keyword.value for keyword in node.keywords if keyword.arg == "comodel_name"]
                yield from _constants([*node.args[:1], *keywords])
        elif isinstance(node, ast.ClassDef):
            yield from _parents(node)


# What a Reference field holds, or a pattern for it.
_REFERENCE = re.compile(r"([a-z]\w*(?:\.\w+)+),(?:\d+|%)$")


def _parents(node: ast.ClassDef) -> Iterator[tuple[ast.AST, str]]:
    for statement in node.body:
        if isinstance(statement, ast.Assign) and _named(statement.targets[0]) in ("_inherit", "_inherits"):
            value = statement.value
            if isinstance(value, ast.List | ast.Tuple):
                yield from _constants(value.elts)
            elif isinstance(value, ast.Dict):
                yield from _constants(value.keys)
            else:
                yield from _constants([value])


def _constants(nodes: Iterable[ast.AST | None]) -> Iterator[tuple[ast.AST, str]]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


def _named(node: ast.AST) -> str | None:
    """Last part of a dotted name."""
    return getattr(node, "id", None) or getattr(node, "attr", None)


def _is_registry(node: ast.AST) -> bool:
    """``env``, ``self.env``, ``self.env(user=…)``, ``env.registry``, ``self.pool``."""
    if isinstance(node, ast.Call):
        node = node.func
    return _named(node) in ("env", "registry", "pool")
