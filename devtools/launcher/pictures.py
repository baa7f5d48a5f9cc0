"""Photograph the screens of the README; run by ./dev screenshots with the virtual environment's Python.

Arguments: address of the server, browser, folder to write to, names of the pictures (default: all).
"""

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

SIZE = {"width": 1366, "height": 768}


class Visitor:
    """One person who is logged in, with a browser of their own."""

    def __init__(self, browser, address, login):
        self.address = address
        self.context = browser.new_context(viewport=SIZE, locale="en-US", reduced_motion="reduce")
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.goto(f"{address}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", login)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_main_navbar")

    def call(self, model, method, *args, **kwargs):
        answer = self.page.request.post(
            f"{self.address}/web/dataset/call_kw/{model}/{method}",
            data={"params": {"model": model, "method": method, "args": args, "kwargs": kwargs}},
        ).json()
        if "error" in answer:
            raise RuntimeError(f"{model}.{method}: {answer['error']['data']['message']}")
        return answer["result"]

    def first(self, model, domain, order):
        found = self.call(model, "search", domain, limit=1, order=order)
        if not found:
            raise RuntimeError(f"no {model} with {domain}: is the demo company planned?")
        return found[0]

    def open(self, path, ready):
        """Go to a screen and wait until ``ready`` is there and nothing loads any more."""
        self.page.goto(f"{self.address}/odoo/{path}")
        self.page.wait_for_selector(ready)
        self.settle()

    def settle(self):
        """Fonts and images are there, nothing is asked of the server, the chart has been drawn."""
        self.page.wait_for_function(
            "() => !document.querySelector('.o_loading_indicator') && document.fonts.status === 'loaded'"
            " && [...document.images].every((image) => image.complete)"
        )
        self.page.wait_for_timeout(1500)


def replenishment(visitor):
    """The managed rules, automatic ones too, with the reason of one of them open."""
    page = visitor.page
    visitor.open("replenishment", ".o_data_row")
    page.locator(".o_search_panel_section", has_text="Trigger").get_by_text("All", exact=True).click()
    page.locator(".o_searchview_facet", has_text="To Reorder").locator(".o_facet_remove").click()
    page.click(".o_searchview_dropdown_toggler")
    page.locator(".o_filter_menu").get_by_text("Managed by Forecast").click()
    page.click(".o_searchview_dropdown_toggler")
    explain(visitor, 3)


def explain(visitor, row):
    """Open the reason of this row, counted from 0."""
    visitor.page.locator(".o_data_row .fa-lightbulb-o").nth(row).click()
    visitor.page.wait_for_selector(".o_medical_reason")
    visitor.settle()


def proposals(visitor):
    visitor.open("medical-proposals", ".o_data_row")


def forecast(visitor):
    series = visitor.first(
        "medical.forecast.series",
        [("state", "=", "done"), ("is_current", "=", True), ("fva", ">", 0)],
        "season_strength desc, rate desc, id",
    )
    visitor.open(f"medical-forecasts/{series}", ".o_form_view canvas")


def run(visitor):
    number = visitor.first("medical.forecast.run", [("state", "=", "done")], "id desc")
    visitor.open(f"medical-runs/{number}", ".o_form_view")


def rfq(visitor):
    line = visitor.first(
        "purchase.order.line", [("medical_proposal_id", "!=", False), ("order_id.state", "=", "draft")], "order_id, id"
    )
    order = visitor.call("purchase.order.line", "read", [line], ["order_id"])[0]["order_id"][0]
    visitor.open(f"purchase/{order}", ".o_form_view .o_data_row")
    explain(visitor, 0)


def scope(visitor):
    """A pilot before it is activated: one warehouse, one category."""
    feature = visitor.first("medical.scope.feature", [("code", "=", "planning")], "id")
    warehouse = visitor.first("stock.warehouse", [], "id desc")
    category = visitor.first("product.category", [("name", "=like", "Sterile%")], "id")
    visitor.call(
        "medical.scope",
        "create",
        [
            {
                "feature_id": feature,
                "warehouse_id": warehouse,
                "category_id": category,
                "reason": "Pilot: sterile disposables in one warehouse",
            }
        ],
    )
    visitor.open("replenishment", ".o_main_navbar")
    visitor.page.locator(".o_menu_sections").get_by_text("Configuration", exact=True).click()
    visitor.page.get_by_role("menuitem", name="Medical Scopes").click()
    visitor.page.locator(".o_data_row", has_text="Draft").last.locator("td").nth(1).click()
    visitor.page.wait_for_selector(".o_form_view")
    visitor.settle()


def settings(visitor):
    visitor.open("action-stock.action_stock_config_settings", ".o_form_view")
    title = visitor.page.get_by_role("heading", name="Medical Supply Suite")
    title.evaluate("(element) => element.scrollIntoView()")
    visitor.settle()


def open_lot(visitor, name):
    """A lot of quality's demo, as quality opens it."""
    lot = visitor.first("stock.lot", [("name", "=", name), ("udi_di_id", "!=", False)], "id")
    visitor.open(f"medical-lots-to-release/{lot}", ".o_form_view")


def press(visitor, button):
    """One of the buttons above a form; those for which there is no room are behind More."""
    place = visitor.page.locator(".o-form-buttonbox")
    if not place.get_by_text(button, exact=True).count():
        place.get_by_text("More", exact=True).click()
        place = visitor.page.locator(".o-dropdown--menu")
    place.get_by_text(button, exact=True).click()


def release(visitor):
    """What waits for its release, and what for."""
    visitor.open("medical-lots-to-release", ".o_data_row")


def inspection(visitor):
    """A decided inspection: what was found, who inspected and who decided."""
    number = visitor.first("medical.inspection", [("lot_id.name", "=", "DL2610D")], "id")
    visitor.open(f"medical-inspections/{number}", ".o_form_view .o_data_row")
    visitor.page.locator(".o_form_view .o_notebook").evaluate("(element) => element.scrollIntoView({block: 'end'})")
    visitor.settle()


def signature(visitor):
    """The window that asks for a signature, with what is signed."""
    open_lot(visitor, "PW2611B")
    visitor.page.click("button[name=action_quality_sign_step]")
    visitor.page.wait_for_selector(".modal .o_data_row")
    visitor.settle()


def scan_box(visitor, path, raw):
    """Scan a label on a transfer and wait for the answer."""
    # The way there decides which app the page is in.
    visitor.open("inventory", ".o_kanban_record")
    visitor.open(path, ".o_form_view .o_data_row")
    box = visitor.page.locator(".o_medical_udi_scan_input")
    box.press_sequentially(raw)
    visitor.page.click(".o_medical_udi_scan_book")
    visitor.page.wait_for_selector(".o_medical_udi_scan .alert")
    visitor.settle()


def hold(visitor):
    """A lot on hold is taken for a delivery, and refused."""
    number = visitor.first("stock.picking", [("origin", "=", "Quality demo"), ("state", "=", "assigned")], "id")
    lot = visitor.first("stock.lot", [("name", "=", "DL2611A")], "id")
    scan_box(visitor, f"deliveries/{number}", visitor.call("stock.lot", "read", [lot], ["udi_text"])[0]["udi_text"])


def scan(visitor):
    """The first box of a receipt has been scanned."""
    number = visitor.first("stock.picking", [("origin", "=", "UDI demo"), ("state", "=", "assigned")], "id")
    scan_box(visitor, f"receipts/{number}", "(01)24012345120022(17)311130(10)DL2612B")


def lot_360(visitor):
    """All about one lot on one screen."""
    open_lot(visitor, "DL2610D")
    press(visitor, "Lot 360")
    visitor.page.wait_for_selector(".o_field_widget[name=medical_status]")
    visitor.settle()


def trace(visitor):
    """Where the units of one lot went."""
    lot = visitor.first("stock.lot", [("product_id.default_code", "=", "MD-FOL-16"), ("product_qty", ">", 0)], "id")
    visitor.open(f"lots/{lot}", ".o_form_view")
    press(visitor, "Trace")
    visitor.page.wait_for_selector(".o_medical_trace_graph .root")
    visitor.settle()


# Picture: who looks, and what they do.
PICTURES = {
    "replenishment": ("planner", replenishment),
    "proposals": ("planner", proposals),
    "forecast": ("planner", forecast),
    "run": ("planner", run),
    "rfq": ("buyer", rfq),
    "scope": ("admin", scope),
    "settings": ("admin", settings),
    "release": ("approver", release),
    "inspection": ("approver", inspection),
    "signature": ("quality", signature),
    "hold": ("warehouse", hold),
    "scan": ("warehouse", scan),
    "lot-360": ("quality", lot_360),
    "trace": ("quality", trace),
}


def save(page, target):
    """A palette of 256 colours is enough for a screen and a third of the size."""
    page.mouse.move(0, 0)
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    image.quantize(256, dither=Image.Dither.NONE).save(target, optimize=True)


def main(address, browser_path, folder, *names):
    unknown = set(names) - set(PICTURES)
    if unknown:
        sys.exit(f"no picture {', '.join(sorted(unknown))}; there are {', '.join(PICTURES)}")
    with sync_playwright() as playwright:
        # Chromium refuses its sandbox to root; the only page it sees is our own server's.
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        visitors = {}
        for name, (login, look) in PICTURES.items():
            if names and name not in names:
                continue
            if login not in visitors:
                visitors[login] = Visitor(browser, address, login)
            print(f"  {name}.png", file=sys.stderr, flush=True)
            look(visitors[login])
            save(visitors[login].page, Path(folder) / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
