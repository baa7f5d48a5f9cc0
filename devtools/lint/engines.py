"""Engines are pure functions for others to call: annotated, with their errors named, and called by the addons."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ..sources import Addon, Index, place


def findings(index: Index) -> list[str]:
    used = _names_used(index)
    return [
        finding
        for addon in index.ours
        for file in sorted((addon.folder / "engine").rglob("*.py"))
        for finding in _of_file(addon, file, used)
    ]


def _names_used(index: Index) -> Counter:
    """How often each name is read outside tests."""
    names: Counter = Counter()
    for addon in index.ours:
        for file in addon.python():
            for node in ast.walk(ast.parse(file.read_bytes())):
                if isinstance(node, ast.Name):
                    names[node.id] += 1
                elif isinstance(node, ast.Attribute):
                    names[node.attr] += 1
                elif isinstance(node, ast.ImportFrom) and file.name != "__init__.py":
                    names.update(alias.name for alias in node.names)
    return names


def _of_file(addon: Addon, file: Path, used: Counter) -> Iterator[str]:
    for owner, function in _public(ast.parse(file.read_bytes())):
        name = f"{owner}.{function.name}" if owner else function.name
        where = place(file, function.lineno)
        if not _annotated(function, method=bool(owner)):
            yield f"{where}: {name} lacks annotations of its arguments or its result"
        if (raised := _raises(function)) and "raises" not in (ast.get_docstring(function) or "").lower():
            yield f"{where}: the docstring of {name} does not say that it raises {', '.join(sorted(raised))}"
        if not used[function.name]:
            yield f"{where}: {name} is used by tests only"


def _public(tree: ast.Module) -> Iterator[tuple[str | None, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield None, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
                    yield node.name, method


def _annotated(function: ast.FunctionDef, *, method: bool) -> bool:
    static = any(getattr(node, "id", None) == "staticmethod" for node in function.decorator_list)
    arguments = [*function.args.posonlyargs, *function.args.args][1 if method and not static else 0 :]
    arguments += [*function.args.kwonlyargs, *filter(None, (function.args.vararg, function.args.kwarg))]
    return function.returns is not None and all(argument.annotation for argument in arguments)


def _raises(function: ast.FunctionDef) -> set[str]:
    """What the function itself raises and does not catch."""
    found: set[str] = set()

    def visit(node: ast.AST, caught: bool) -> None:
        if isinstance(node, ast.Raise) and node.exc and not caught:
            raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            found.add(getattr(raised, "id", None) or getattr(raised, "attr", "an error"))
        for part, children in ast.iter_fields(node):
            for child in children if isinstance(children, list) else [children]:
                if isinstance(child, ast.AST) and not isinstance(child, ast.FunctionDef | ast.Lambda):
                    visit(child, caught or (isinstance(node, ast.Try) and part == "body"))

    visit(function, False)
    return found
