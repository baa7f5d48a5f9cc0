"""The people of the demo company: every menu of theirs opens, and what they do in a day works."""

from pathlib import Path

import day
import matrix
import pytest
from lxml import etree
from person import Person
from playwright.sync_api import sync_playwright
from web import Web

from conftest import shell
from devtools import paths, postgres, system

DAYS = day.load()


def logins():
    """Those of the demo data, whoever has the fewest rights first, and the administrator."""
    files = sorted(paths.ADDONS.glob("*/demo/*.xml"))
    found = [node.text for file in files for node in etree.parse(file).iterfind(".//record/field[@name='login']")]
    return [*found, "admin"]


def test_nobody_is_left_out(demo_company):
    _address, database = demo_company
    internal = postgres.psql(
        "SELECT login FROM res_users WHERE active AND NOT share AND login != '__system__'", database
    )
    assert set(internal.split()) == set(logins())
    assert set(DAYS) <= set(logins())


@pytest.mark.parametrize("login", logins())
def test_every_menu_opens(demo_company, login):
    found = matrix.walk(Web(*demo_company, login))
    assert not found.findings, "\n".join(found.findings)
    assert found.menus > 10 and found.records > 5


PRESS = """
import json, sys
sys.path.insert(0, {folder!r})
import inside, matrix
found = matrix.press(inside.Inside(env, {login!r}))
print(json.dumps([found.buttons, found.findings]))
"""


@pytest.mark.parametrize("login", logins())
def test_every_header_answers(demo_company, login):
    _address, database = demo_company
    buttons, findings = shell(database, PRESS.format(folder=str(Path(__file__).parent), login=login))
    assert not findings, "\n".join(findings)
    assert buttons > 5


@pytest.fixture(scope="module")
def browser():
    path = system.browser()
    if not path:
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root; the only page it sees is our own server's.
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


@pytest.mark.parametrize("login", DAYS)
def test_a_day(demo_company, browser, login):
    person = Person(browser, *demo_company, login)
    for station in DAYS[login]:
        try:
            station.visit(person)
            person.is_well()
        except Exception as error:
            picture = paths.STATE / "screenshots" / f"day-{login}-{station.name}.png"
            person.page.screenshot(path=picture)
            error.add_note(f"at {station.at}, {station.name}: see {picture}")
            raise
