"""The scan field in a real browser: keys that the browser itself receives, an input method, and pasting.

The tours of medical_udi make key events by script; here Chromium gets them as from a keyboard, with all that it does
by itself after them.
"""

import pytest
from ground import GROUND
from playwright.sync_api import sync_playwright

from conftest import shell
from devtools import odoo, postgres, system

DI = "04012345000016"
# A HIBC label whose check character is a space.
HIBC_DI, SPACED_LOT = "A123CATG001", "LOT69"
SPACED = f"+{HIBC_DI}/$$7{SPACED_LOT} "

PREPARE = """
company.medical_udi_separators = "|"
ground._user("clerk")
def device(name, agency, code, tracking):
    product = env["product.product"].create({"name": name, "is_storable": True, "tracking": tracking})
    env["medical.udi.di"].create({"issuing_agency": agency, "code": code, "product_id": product.id}).action_activate()
    return product
stent = device("Stent", "GS1", DI, "serial")
graft = device("Graft", "HIBCC", HIBC_DI, "lot")
picking = ground._transfer(warehouse.in_type_id, suppliers, stock, [(stent, 20), (graft, 20)])
picking.action_assign()
print(json.dumps({"picking": picking.id}))
"""

READ = """
import json
scans = env["medical.udi.scan"].search([], order="id")
print(json.dumps([[scan.raw, scan.result, scan.di_code, scan.lot_name, scan.serial_name] for scan in scans]))
"""


@pytest.fixture(scope="module")
def database():
    with (
        postgres.server(),
        odoo.fresh_database("keys", ["stock", "product_expiry", "barcodes_gs1_nomenclature"]) as name,
    ):
        odoo.quiet("-d", name, "-i", "medical_udi", "--stop-after-init", "--no-http")
        yield name


@pytest.fixture
def page(database):
    browser_path = system.browser()
    if not browser_path:
        pytest.skip("there is no Chromium")
    facts = shell(database, f"DI, HIBC_DI = {DI!r}, {HIBC_DI!r}\n{GROUND}{PREPARE}")
    with odoo.serving(database) as port, sync_playwright() as playwright:
        # Chromium refuses its sandbox to root; the only page it sees is our own server's.
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_context(
            viewport={"width": 1366, "height": 768}, permissions=["clipboard-read", "clipboard-write"]
        ).new_page()
        page.set_default_timeout(60_000)
        page.goto(f"http://127.0.0.1:{port}/web/login")
        page.fill("input[name=login]", "test_clerk")
        page.fill("input[name=password]", "test_clerk")
        page.click("button[type=submit]")
        page.wait_for_selector(".o_main_navbar")
        page.goto(f"http://127.0.0.1:{port}/odoo/action-stock.action_picking_tree_all/{facts['picking']}")
        page.click(".o_medical_udi_scan_input")
        yield page
        browser.close()


def ctrl_bracket(keyboard):
    keyboard.press("Control+BracketRight")


def f8(keyboard):
    keyboard.press("F8")


def alt_029(keyboard):
    keyboard.down("Alt")
    for key in ("Numpad0", "Numpad2", "Numpad9"):
        keyboard.press(key)
    keyboard.up("Alt")


def own_text(keyboard):
    keyboard.type("|")


def control_character(keyboard):
    keyboard.insert_text("\x1d")


SEPARATORS = {"A1": ctrl_bracket, "A2": f8, "A3": alt_029, "A4": own_text, "A5": control_character}


def booked(page, text):
    page.wait_for_selector(f".o_medical_udi_scan_ok:has-text('{text}')")


def test_keys_of_scanners(database, page):
    keyboard = page.keyboard
    for serial, separator in SEPARATORS.items():
        keyboard.type(f"01{DI}10B7")
        separator(keyboard)
        keyboard.type(f"21{serial}")
        keyboard.press("Enter")
        booked(page, f"{serial}: ")

    # Nothing is trimmed: the check character of this one is a space. Tab ends it.
    keyboard.type(SPACED)
    keyboard.press("Tab")
    booked(page, "Graft")

    page.evaluate("text => navigator.clipboard.writeText(text)", f"]d201{DI}10B7\x1d21PASTED\r\n")
    keyboard.press("Control+V")
    keyboard.press("Enter")
    booked(page, "PASTED: ")

    # An input method composes what the scanner types.
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "ling", "selectionStart": 4, "selectionEnd": 4})
    page.wait_for_selector(".o_medical_udi_scan_ime:has-text('input method')")
    session.send("Input.insertText", {"text": "零"})
    page.fill(".o_medical_udi_scan_input", "")
    keyboard.type(f"01{DI}21A6")
    keyboard.press("Enter")
    booked(page, "A6: ")
    assert page.locator(".o_medical_udi_scan_ime").count() == 0

    rows = shell(database, READ)
    assert [row[1] for row in rows] == ["ok"] * len(rows)
    assert [(row[2], row[3], row[4]) for row in rows] == [
        *[(DI, "B7", serial) for serial in SEPARATORS],
        (HIBC_DI, SPACED_LOT, False),
        (DI, "B7", "PASTED"),
        (DI, False, "A6"),
    ]
    assert rows[len(SEPARATORS)][0] == SPACED, "the space at its end is still there"
