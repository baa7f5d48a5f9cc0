"""Translation files: Odoo's export made repeatable, merged into the Chinese file, and checked.

Needs polib, so ./dev runs it in the project's environment:
``python -m devtools.catalogues merge FOLDER`` (of exports) or ``… check``.
"""

import re
import sys
from collections import Counter
from pathlib import Path

import polib

from . import paths

LANGUAGE = "zh_CN"
WIDTH = 78

# %(name)s, %s and %%; a lone percent sign is text wherever nothing is filled in.
PERCENT = re.compile(r"%\(\w+\)[#0+-]*\d*(?:\.\d+)?[a-zA-Z]|%[#0+-]*\d*(?:\.\d+)?[sdfi](?![a-zA-Z])|%%")
BRACES = re.compile(r"\{\w*\}")
TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
# What these attributes say is translated along with the text around the tag.
TEXT_ATTRIBUTE = re.compile(r'\b(string|help|confirm|placeholder|alt|title|label|aria-label|data-tooltip)="[^"]*"')


def template_file(addon: str) -> Path:
    return paths.ADDONS / addon / "i18n" / f"{addon}.pot"


def language_file(addon: str) -> Path:
    return paths.ADDONS / addon / "i18n" / f"{LANGUAGE}.po"


def merge(exported: Path, template: Path, target: Path) -> int:
    """Write the template and the language file anew; how many terms lack a translation.

    A translation stays with its source term; new terms come without one and those
    that Odoo no longer exports go.
    """
    current = _undated(exported)
    known = {_key(entry): entry for entry in polib.pofile(str(target))} if target.exists() else {}
    merged = polib.POFile(wrapwidth=WIDTH)
    merged.header = current.header
    merged.metadata = current.metadata | {"Language": LANGUAGE, "Plural-Forms": "nplurals=1; plural=0;"}
    for entry in current:
        old = known.get(_key(entry))
        merged.append(
            polib.POEntry(
                msgid=entry.msgid,
                msgctxt=entry.msgctxt,
                comment=entry.comment,
                occurrences=entry.occurrences,
                msgstr=old.msgstr if old else "",
                flags=old.flags if old else [],
                tcomment=old.tcomment if old else "",
            )
        )
    template.parent.mkdir(exist_ok=True)
    template.write_text(f"{current}")
    target.write_text(f"{merged}")
    return sum(not entry.translated() for entry in merged)


def _key(entry: polib.POEntry) -> tuple[str, str | None]:
    return entry.msgid, entry.msgctxt


def _undated(file: Path) -> polib.POFile:
    """An export without the time it was made, which would make every export differ."""
    catalogue = polib.pofile(str(file), wrapwidth=WIDTH)
    for name in ("POT-Creation-Date", "PO-Revision-Date"):
        catalogue.metadata.pop(name, None)
    return catalogue


def findings(template: Path, target: Path) -> list[str]:
    """What is wrong with the translations of the terms in ``template``."""
    if not target.exists():
        return [f"{target.parent.parent.name}: there is no {target.name}"]
    translated = {_key(entry): entry for entry in polib.pofile(str(target)) if not entry.obsolete}
    found = []
    for entry in polib.pofile(str(template)):
        translation = translated.get(_key(entry))
        if problem := _problem(entry.msgid, translation):
            found.append(f"{target.parent.parent.name}: {problem}: {entry.msgid[:80]!r}")
    return found


def _problem(source: str, translation: polib.POEntry | None) -> str | None:
    if translation is None:
        return "missing"
    if translation.fuzzy:
        return "fuzzy"
    if not translation.msgstr.strip():
        return "untranslated"
    if differing := _differing(source, translation.msgstr):
        return f"not the same {', '.join(differing)} in {translation.msgstr[:80]!r}"
    return None


def _differing(source: str, target: str) -> list[str]:
    ours, theirs = _tokens(source), _tokens(target)
    differing = sorted((ours - theirs) + (theirs - ours))
    # Where values are filled in, a lone percent sign breaks the message.
    if PERCENT.search(source) and "%" in PERCENT.sub("", target):
        differing.append("%")
    return differing


def _tokens(text: str) -> Counter:
    tags = [TEXT_ATTRIBUTE.sub(r"\1", tag) for tag in TAG.findall(text)]
    plain = TAG.sub("", text)
    return Counter([*PERCENT.findall(plain), *BRACES.findall(plain), *tags])


def main(arguments: list[str]) -> int:
    if arguments[0] == "merge":
        for exported in sorted(Path(arguments[1]).glob("*.pot")):
            addon = exported.stem
            missing = merge(exported, template_file(addon), language_file(addon))
            print(f"{addon}: {missing or 'no'} {'term lacks' if missing == 1 else 'terms lack'} a translation")
    else:
        for addon in paths.our_addons():
            if template_file(addon).exists():
                for finding in findings(template_file(addon), language_file(addon)):
                    print(finding)
            else:
                print(f"{addon}: there is no {template_file(addon).name}; run ./dev i18n {addon}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
