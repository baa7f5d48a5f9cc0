"""An override that does not call ``super()`` cuts off everybody else's; it has to say why.

It says so in a comment that begins with ``No super():`` within the method or directly above it. A method that refuses (a
gate, errors, a check, what is unmet) has to hand all of its records on: what it keeps back nobody else judges.
"""

import ast
import re
from functools import cache
from pathlib import Path

from ..sources import Index, ModelClass, place

MARKER = "# No super():"
# What a hook returns that others fill in; an empty recordset too.
_EMPTY = re.compile(r"""None|False|True|0|''|\(\)|\[\]|\{\}|set\(\)|SQL\(''\)|self\.env\['[\w.]+'\]""")
# Methods that refuse, or say what is wrong.
_JUDGES = re.compile(r"_(gate|errors?)$|^_(unmet|check|refuse)_")
# What every model has so that a model of its own says it otherwise.
MEANT = {"_compute_display_name"}


def findings(index: Index, orm: Path) -> list[str]:
    """``orm``: the file with Odoo's BaseModel, whose methods every model has."""
    reader = _Reader(index, orm)
    parts = [
        f"{place(found.file, method.lineno)}: {found.node.name}.{name} calls super() for a part of its records; the others "
        "are judged by nobody but itself"
        for addon in index.ours
        for found in addon.classes
        for name, method in found.methods.items()
        if _JUDGES.search(name) and any(_partial(node) for node in ast.walk(method))
    ]
    return parts + [
        f"{place(found.file, method.lineno)}: {found.node.name}.{name} overrides that of {base} without super(); "
        f"call it or say why in a comment '{MARKER} …'"
        for addon in index.ours
        for found in addon.classes
        for name, method in found.methods.items()
        if not _calls_super(method) and (base := reader.overridden(found, name)) and not _says_why(found.file, method)
    ]


class _Reader:
    def __init__(self, index: Index, orm: Path):
        self.index = index
        tree = ast.parse(orm.read_bytes())
        [base] = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "BaseModel"]
        self.base_methods = {
            node.name for node in base.body if isinstance(node, ast.FunctionDef) and not _trivial(node)
        } - MEANT
        self.known = cache(lambda addon: frozenset(index.closure(index.addons[addon])))
        self.by_model: dict[str, list[ModelClass]] = {}
        needed = sorted({name for addon in index.ours for name in index.closure(addon)})
        for found in index.classes(needed):
            self.by_model.setdefault(found.model, []).append(found)

    def overridden(self, found: ModelClass, name: str) -> str | None:
        """The model or addon whose method of this name the class replaces; a hook without a body is meant to be."""
        if found.defines and name in MEANT:
            return None
        known = self.known(found.addon)
        seen, queue = set(), [found.model] if not found.defines else list(found.parents)
        while queue:
            model = queue.pop()
            if model in seen:
                continue
            seen.add(model)
            for other in self.by_model.get(model, ()):
                if other is found or other.addon not in known:
                    continue
                ours = self.index.addons[other.addon].ours
                method = other.methods.get(name)
                # Within one addon the class that defines the model comes before those that extend it.
                extends = other.addon == found.addon and other.model == found.model and not other.defines
                if method and not extends and not (ours and _trivial(method)):
                    return f"{model} ({other.addon})"
                queue += other.parents
            if found.model == model:
                queue += found.parents
        return "every model" if name in self.base_methods else None


def _calls_super(method: ast.FunctionDef) -> bool:
    return any(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
        for node in ast.walk(method)
    )


def _partial(node: ast.AST) -> bool:
    """``super(Class, records)`` with others than ``self``, be it in another environment."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super" and node.args):
        return False
    records = node.args[-1]
    while isinstance(records, ast.Call) and isinstance(records.func, ast.Attribute):
        if records.func.attr != "sudo" and not records.func.attr.startswith("with_"):
            return True
        records = records.func.value
    return not (isinstance(records, ast.Name) and records.id == "self")


def _trivial(method: ast.FunctionDef) -> bool:
    """A hook: nothing but a docstring, ``pass``, ``raise NotImplementedError`` or the return of an empty value."""
    body = [node for node in method.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if len(body) > 1:
        return False
    if not body or isinstance(body[0], ast.Pass):
        return True
    if isinstance(body[0], ast.Raise):
        return "NotImplementedError" in ast.dump(body[0])
    if not isinstance(body[0], ast.Return):
        return False
    value = body[0].value
    return value is None or _EMPTY.fullmatch(ast.unparse(value)) is not None


def _says_why(file: Path, method: ast.FunctionDef) -> bool:
    lines = file.read_text().splitlines()
    first = min([method.lineno, *(node.lineno for node in method.decorator_list)]) - 1
    while first and lines[first - 1].strip().startswith("#"):
        first -= 1
    return any(MARKER in line and line.split(MARKER)[1].strip() for line in lines[first : method.end_lineno])
