"""README.rst of each addon, made from its manifest and the Markdown fragments in ``readme/``.

Odoo shows README.rst in Apps, and reads reStructuredText only. The fragments keep to a part of Markdown: headings,
paragraphs, lists, tables with one line per row, fenced code, bold, italic, code and links.
"""

import ast
import re
from pathlib import Path

from . import paths

SECTIONS = {
    "DESCRIPTION": "",
    "INSTALL": "Installation",
    "CONFIGURE": "Configuration",
    "USAGE": "Usage",
    "ROADMAP": "Known issues / Roadmap",
    "CONTRIBUTORS": "Contributors",
}
LICENCES = {"LGPL-3": "LGPL-3.0 or later", "AGPL-3": "AGPL-3.0 or later"}
_INLINE = re.compile(
    r"(?P<code>`[^`]+`)|\[(?P<text>[^]]+)\]\((?P<url>[^)\s]+)\)|(?P<bold>\*\*.+?\*\*)|(?P<italic>(?<!\w)[*_](?!\s).+?[*_](?!\w))|(?P<special>[\\|])"
)


def render(addon: str) -> str:
    folder = paths.ADDONS / addon
    manifest = ast.literal_eval((folder / "__manifest__.py").read_text())
    line = "=" * len(manifest["name"])
    parts = [
        ".. Made by ./dev lint --fix from readme/ and the manifest: change those.",
        f"{line}\n{manifest['name']}\n{line}",
    ]
    for fragment, title in SECTIONS.items():
        file = folder / "readme" / f"{fragment}.md"
        if not file.exists():
            continue
        if title:
            parts.append(_heading(title, "="))
        parts.append(_body(file.read_text()))
    parts += [
        _heading("Maintenance", "="),
        f"This addon is part of the `Medical Supply Suite <{manifest['website']}>`__ for Odoo "
        f"{manifest['version'][:4]} Community, version {manifest['version']}.\n"
        f"Licence: {LICENCES[manifest['license']]}.",
    ]
    return "\n\n".join(parts) + "\n"


def target(addon: str) -> Path:
    return paths.ADDONS / addon / "README.rst"


def stale() -> list[str]:
    """Addons whose README.rst is not what ``render`` makes."""
    return [
        addon
        for addon in paths.our_addons()
        if not target(addon).exists() or target(addon).read_text() != render(addon)
    ]


def write() -> list[str]:
    """Write what is stale and name it."""
    changed = stale()
    for addon in changed:
        target(addon).write_text(render(addon))
    return changed


def _heading(title: str, underline: str) -> str:
    return f"{title}\n{underline * len(title)}"


def _inline(text: str) -> str:
    def replace(match: re.Match) -> str:
        if match["code"]:
            return f"`{match['code']}`"
        if match["text"]:
            return f"`{match['text']} <{match['url']}>`__"
        if match["bold"]:
            return match["bold"]
        if match["italic"]:
            return f"*{match['italic'][1:-1]}*"
        return f"\\{match['special']}"

    return _INLINE.sub(replace, text)


def _body(markdown: str) -> str:
    blocks, lines = [], markdown.strip().splitlines()
    while lines:
        if not lines[0].strip():
            lines.pop(0)
        elif lines[0].startswith("```"):
            blocks.append(_code(lines))
        elif lines[0].startswith("#"):
            level, _, title = lines.pop(0).partition(" ")
            blocks.append(_heading(_inline(title), "-" if len(level) < 3 else "~"))
        elif lines[0].startswith("|"):
            blocks.append(_table(_take(lines, lambda line: line.startswith("|"))))
        elif _is_item(lines[0]):
            blocks.append(_list(lines))
        else:
            paragraph = _take(lines, lambda line: line.strip() and not line.startswith(("```", "#", "|")))
            blocks.append(_inline("\n".join(paragraph)))
    return "\n\n".join(blocks)


def _take(lines: list[str], wanted) -> list[str]:
    taken = []
    while lines and wanted(lines[0]):
        taken.append(lines.pop(0))
    return taken


def _code(lines: list[str]) -> str:
    lines.pop(0)
    code = _take(lines, lambda line: not line.startswith("```"))
    lines.pop(0)
    return "::\n\n" + "\n".join(f"    {line}".rstrip() for line in code)


def _is_item(line: str) -> bool:
    return bool(re.match(r"\s*([-*]|\d+\.) ", line))


def _list(lines: list[str]) -> str:
    """A list; reStructuredText wants an empty line around a list inside a list."""
    items = _take(lines, lambda line: _is_item(line) or line.startswith("  ") and line.strip())
    result, depth = [], 0
    for item in items:
        indent = len(item) - len(item.lstrip())
        if _is_item(item):
            if result and indent != depth:
                result.append("")
            depth = indent
        result.append(item)
    return _inline("\n".join(result))


def _table(rows: list[str]) -> str:
    cells = [[_inline(cell.strip()) for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))] for row in rows]
    head, body = cells[0], cells[2:]
    out = [".. list-table::", "   :header-rows: 1", ""]
    for row in [head, *body]:
        out += [f"   {'* -' if position == 0 else '  -'} {cell}".rstrip() for position, cell in enumerate(row)]
    return "\n".join(out)
