"""docs/documents.md says what the code declares."""

from devtools import cmd_docs


def test_page_is_up_to_date(suite_template):
    assert cmd_docs.PAGE.read_text() == cmd_docs.page(suite_template), "run ./dev docs"
