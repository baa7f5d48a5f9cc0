"""Parts of the documentation that are written from the sources: addons, their models, the newcomer's example.

A page holds each part between two markers; everything else on it is written by hand.
"""

import ast
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from . import paths
from .sources import Addon, Index
from .term import Failure

ARCHITECTURE = paths.ROOT / "docs" / "architecture.md"
CONTRIBUTING = paths.ROOT / "CONTRIBUTING.md"
NEWCOMER = paths.ROOT / "tests" / "newcomer" / "medical_test_visit"
STATION = (paths.ROOT / "tests" / "days" / "stations" / "medical_planning.py", "reads_a_forecast")
MEASURE = paths.ADDONS / "medical_udi" / "models" / "medical_measure.py"
_BEGIN = "<!-- ./dev docs writes this: {name} -->"
_END = "<!-- end -->"
# What a model is, by the mixin it inherits; the first that fits.
_BY_MIXIN = {
    "medical.job.mixin": "jobs",
    "medical.document.mixin": "documents",
    "medical.document.line.mixin": "lines of documents",
}
_KINDS = (
    *("documents", "jobs", "lines of documents", "other records", "windows"),
    *("mixins", "services (no table)", "extends ours", "extends Odoo's"),
)
_LANGUAGES = {".py": "python", ".xml": "xml", ".csv": "csv"}


def render(page: Path) -> str:
    """The page with its parts as the sources say them; Failure where a part has no place on it."""
    text = page.read_text()
    for name, part in PAGES[page].items():
        begin = _BEGIN.format(name=name)
        text, count = re.subn(
            rf"({re.escape(begin)}\n).*?({re.escape(_END)})",
            lambda found, part=part: f"{found[1]}\n{part()}\n\n{found[2]}",
            text,
            flags=re.DOTALL,
        )
        if count != 1:
            raise Failure(f"{page.relative_to(paths.ROOT)} has no place for '{name}': put {begin} and {_END} there")
    return text


def graph_of_addons() -> str:
    """Who depends on whom, without what follows from the rest; what installs itself is round."""
    index = Index(paths.ADDONS)
    lines = ["```mermaid", "flowchart TB"]
    arrows = []
    for addon in index.ours:
        core = [name for name in addon.manifest["depends"] if name not in index.addons]
        label = "<br/>".join([addon.name, *([f"<small>{', '.join(core)}</small>"] if core else [])])
        shape = '(["{}"])' if addon.manifest.get("auto_install") else '["{}"]'
        lines.append(f"    {addon.name}{shape.format(label)}")
        arrows += [f"    {addon.name} --> {name}" for name in _nearest(index, addon)]
    return "\n".join([*lines, *arrows, "```"])


def _nearest(index: Index, addon: Addon) -> list[str]:
    """The addons of ours that it needs and none of its others brings along."""
    named = [name for name in addon.manifest["depends"] if name in index.addons]
    brought = {
        further for name in named for further in index.closure(index.addons[name]) - {name} if further in index.addons
    }
    return [name for name in named if name not in brought]


def models_of_addons() -> str:
    """For each addon a table of its models by what they are."""
    index = Index(paths.ADDONS)
    parents: dict[str, set[str]] = {}
    for addon in index.ours:
        for found in addon.classes:
            parents.setdefault(found.model, set()).update(found.parents)
    return "\n\n".join(_models_of(index.addons[name], parents) for name in paths.our_addons())


def _models_of(addon: Addon, parents: dict[str, set[str]]) -> str:
    kinds: dict[str, set[str]] = {kind: set() for kind in _KINDS}
    defined = {found.model for found in addon.classes if found.defines}
    ours = {model for model in parents if model.startswith("medical.")}
    for found in addon.classes:
        if found.defines:
            kinds[_kind(found.model, found.node.bases[0], parents)].add(found.model)
        elif found.model not in defined:
            kinds["extends ours" if found.model in ours else "extends Odoo's"].add(found.model)
    rows = [
        f"| {kind} | {', '.join(f'`{model}`' for model in sorted(kinds[kind]))} |" for kind in _KINDS if kinds[kind]
    ]
    table = "\n".join(["| | |", "|---|---|", *rows]) if rows else "No models."
    return f"### {addon.name}\n\n{addon.manifest['summary']}.\n\n{table}"


def _kind(model: str, base, parents: dict[str, set[str]]) -> str:
    if base.attr == "TransientModel":
        return "windows"
    if base.attr == "AbstractModel":
        return "mixins" if model.endswith(".mixin") else "services (no table)"
    above = _above([model], parents)
    return next((kind for mixin, kind in _BY_MIXIN.items() if mixin in above), "other records")


def _above(models: Iterable[str], parents: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    queue = list(models)
    while queue:
        model = queue.pop()
        if model not in seen:
            seen.add(model)
            queue += parents.get(model, ())
    return seen


def newcomer() -> str:
    """The whole addon of a newcomer's document, without the files that only import."""
    files = [file for file in NEWCOMER.rglob("*") if file.suffix in _LANGUAGES and file.name != "__init__.py"]
    # The model first, the tests last.
    order = ("models", "security", "views", "medical_test_visit", "tests")
    files.sort(key=lambda file: order.index(file.parent.name))
    return "\n\n".join(_shown(file, NEWCOMER) for file in files)


def measure() -> str:
    """A whole measure, without the record that describes it."""
    return _shown(MEASURE, paths.ROOT)


def station() -> str:
    """One station of a day."""
    file, name = STATION
    text = file.read_text()
    [found] = [node for node in ast.parse(text).body if getattr(node, "name", None) == name]
    first = min(node.lineno for node in (found, *found.decorator_list))
    return _shown(file, paths.ROOT, "\n".join(text.splitlines()[first - 1 : found.end_lineno]))


def _shown(file: Path, folder: Path, part: str | None = None) -> str:
    code = (part or file.read_text()).rstrip()
    return f"`{file.relative_to(folder)}`\n\n```{_LANGUAGES[file.suffix]}\n{code}\n```"


PAGES: dict[Path, dict[str, Callable[[], str]]] = {
    ARCHITECTURE: {"graph of addons": graph_of_addons, "models of addons": models_of_addons},
    CONTRIBUTING: {"a document": newcomer, "a measure": measure, "a station": station},
}
