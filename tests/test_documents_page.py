"""The documentation says what the code declares, and its links lead somewhere."""

import re
from urllib.parse import unquote

import pytest

from devtools import chapters, cmd_docs, paths

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def test_page_is_up_to_date(suite_template):
    assert cmd_docs.PAGE.read_text() == cmd_docs.page(suite_template), "run ./dev docs"


@pytest.mark.parametrize("page", chapters.PAGES, ids=lambda page: page.name)
def test_parts_are_up_to_date(page):
    assert page.read_text() == chapters.render(page), "run ./dev docs"


def test_both_pages_name_the_same_documents():
    """One is written from the registry, the other from the sources alone."""
    declared = re.findall(r"^## .* \(`([\w.]+)`\)$", cmd_docs.PAGE.read_text(), re.MULTILINE)
    rows = re.findall(r"^\| (?:documents|jobs) \| (.*) \|$", chapters.models_of_addons(), re.MULTILINE)
    assert sorted(declared) == sorted(name for row in rows for name in re.findall(r"`([\w.]+)`", row))


def test_a_part_that_was_edited_by_hand_is_written_anew(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    begin, end = "<!-- ./dev docs writes this: numbers -->", "<!-- end -->"
    page.write_text(f"Before.\n\n{begin}\n\nedited\n\n{end}\n\nAfter.\n")
    monkeypatch.setitem(chapters.PAGES, page, {"numbers": lambda: r"one \1 two"})
    assert chapters.render(page) == f"Before.\n\n{begin}\n\none \\1 two\n\n{end}\n\nAfter.\n"


def test_newcomers_document_is_shown_in_at_most_120_lines():
    text = chapters.newcomer()
    code = "\n".join(_CODE.findall(text)).splitlines()
    assert len(code) - 2 * len(_CODE.findall(text)) <= 120
    for file in chapters.NEWCOMER.rglob("*.py"):
        assert file.name == "__init__.py" or file.read_text().strip() in text


def test_relative_links_lead_somewhere():
    found, broken = 0, []
    for page in _pages():
        for link in _LINK.findall(_CODE.sub("", page.read_text())):
            if "://" in link or link.startswith("mailto:"):
                continue
            found += 1
            path, _, anchor = unquote(link).partition("#")
            target = page.parent / path if path else page
            if not target.exists() or (anchor and anchor not in _anchors(target)):
                broken.append(f"{page.relative_to(paths.ROOT)}: {link}")
    assert found > 20
    assert not broken, "\n".join(broken)


def _pages():
    return [
        *paths.ROOT.glob("*.md"),
        *(file for folder in ("docs", "tests", "addons") for file in (paths.ROOT / folder).rglob("*.md")),
    ]


def _anchors(page):
    """Those that GitHub gives to headings."""
    headings = re.findall(r"^#+ (.+)$", _CODE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
