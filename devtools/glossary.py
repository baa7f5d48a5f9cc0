"""The glossary of Chinese terms, docs/glossary.csv, held against every translation.

A row is one sense of an English term: its Chinese word, others that serve as well, and words that are wrong for it.
Where a term has several senses, the word of any of them will do; a sense without a Chinese word leaves the choice free
(an everyday word such as the verb "holds"). Needs polib, so ./dev runs it in the project's
environment.
"""

import csv
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import polib

from . import catalogues, paths

FILE = paths.ROOT / "docs" / "glossary.csv"
COLUMNS = ["english", "sense", "chinese", "also", "never"]


@dataclass(frozen=True)
class Term:
    english: str
    allowed: tuple[str, ...]
    forbidden: tuple[str, ...]


class Glossary:
    def __init__(self, rows: Iterable[dict[str, str]]):
        senses: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            for english in _several(row["english"]):
                senses.setdefault(english.lower(), []).append(row)
        self.terms = {
            english: Term(
                english,
                _distinct(word for row in rows for word in [row["chinese"], *_several(row["also"])]),
                _distinct(word for row in rows for word in _several(row["never"])),
            )
            for english, rows in senses.items()
        }
        # The longest first: "safety stock" is one term, not "stock" with an adjective.
        longest = sorted(self.terms, key=len, reverse=True)
        self.pattern = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, longest))})(?:s|es)?(?![\w])", re.I)

    def findings(self, source: str, translation: str) -> list[str]:
        """What the translation of ``source`` says otherwise than the glossary."""
        plain = _plain(source)
        terms = {self.terms[found.lower()]: None for found in self.pattern.findall(plain)}
        allowed = {word for term in terms for word in term.allowed}
        return [
            f"{term.english!r} is {' or '.join(term.allowed)}"
            for term in terms
            if not any(word in translation for word in term.allowed)
        ] + [
            f"{term.english!r} is not {word}"
            for term in terms
            for word in term.forbidden
            if word in _without(translation, [longer for longer in allowed if word in longer])
        ]


def _without(text: str, words: list[str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, " ")
    return text


def _distinct(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _several(cell: str) -> list[str]:
    return [word.strip() for word in cell.split("|") if word.strip()]


def _plain(source: str) -> str:
    """Without placeholders, tags, file names and technical names, in which words mean something else."""
    for pattern in (catalogues.PERCENT, catalogues.BRACES, catalogues.TAG):
        source = pattern.sub(" ", source)
    return re.sub(r"`[^`]*`|\w*_\w*|\w+\.\w+", " ", source)


def read(file: Path = FILE) -> Glossary:
    with file.open(newline="") as handle:
        rows = csv.DictReader(handle)
        if rows.fieldnames != COLUMNS:
            raise ValueError(f"{file}: columns are not {','.join(COLUMNS)}")
        return Glossary(rows)


def findings(glossary: Glossary, file: Path, label: str) -> list[str]:
    return [
        f"{label}: {problem}, but {entry.msgid[:80]!r} is {entry.msgstr[:80]!r}"
        for entry in polib.pofile(str(file))
        if entry.msgstr and not entry.obsolete
        for problem in glossary.findings(entry.msgid, entry.msgstr)
    ]


def main() -> int:
    glossary = read()
    for addon in paths.our_addons():
        if (file := catalogues.language_file(addon)).exists():
            for finding in findings(glossary, file, addon):
                print(finding)
    return 0


if __name__ == "__main__":
    sys.exit(main())
