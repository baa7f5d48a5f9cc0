"""A person of the demo company in the browser: what they click and what they see.

Every step waits for what it asks for on the screen and fails at once when an error dialog is, or was, there.
"""

import re

from playwright.sync_api import expect
from web import Web

SCREEN = {"width": 1366, "height": 768}
# The first page of all has the server build its assets.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)

# Keeps what went wrong, however short it was on the screen; a page that is loaded anew begins with an empty list.
WATCH = """
window.wentWrong = [];
new MutationObserver(() => {
    for (const shown of document.querySelectorAll(".o_error_dialog, .o_notification_bar.bg-danger")) {
        const text = (shown.closest(".o_notification") || shown).innerText;
        if (text && !window.wentWrong.includes(text)) window.wentWrong.push(text);
    }
}).observe(document, {childList: true, subtree: true, characterData: true});
"""


class Person:
    """One person who is logged in; in the demo company everybody's password is the login."""

    def __init__(self, browser, address, database, login):
        self.login = login
        # To look up what a station is about; what it does and asserts is on the screen.
        self.web = Web(address, database, login)
        self.context = browser.new_context(viewport=SCREEN, locale="en-US", reduced_motion="reduce")
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.add_init_script(WATCH)
        self.crashes = []
        self.page.on("pageerror", lambda error: self.crashes.append(str(error)))
        self.page.goto(f"{address}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", login)
        self.page.click("button[type=submit]")
        self.sees(".o_main_navbar")

    def __getattr__(self, name):
        """What a station needs beyond these: ``locator``, ``get_by_role`` … of the page."""
        return getattr(self.page, name)

    # What they see

    def is_well(self):
        """Nothing went wrong so far."""
        wrong = self.crashes + self.page.evaluate("window.wentWrong || []")
        assert not wrong, f"{self.login} met: {wrong}"

    def sees(self, what, text=None):
        """Something is on the screen: a selector, optionally with a text in it, or a locator."""
        found = self.page.locator(what) if isinstance(what, str) else what
        if text is not None:
            found = found.filter(has_text=text)
        expect(found.first).to_be_visible()
        self.is_well()
        return found.first

    def field(self, name):
        """A field of the form that is open."""
        return self.sees(f".o_form_view .o_field_widget[name='{name}']")

    def columns(self, *labels):
        """Show optional columns of the list that is open."""
        self.page.locator(".o_optional_columns_dropdown button").first.click()
        for label in labels:
            self.page.locator(".o-dropdown--menu").get_by_role("checkbox", name=label, exact=True).check()
        self.page.keyboard.press("Escape")
        for label in labels:
            self.sees(".o_list_renderer th", label)

    def rows(self, text=None):
        """Rows or cards of the screen that is open, or those with a text."""
        rows = self.page.locator(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)")
        return rows.filter(has_text=text) if text is not None else rows

    # What they do

    def app(self, name):
        """Open an app."""
        self.page.click(".o_navbar_apps_menu button")
        self.page.locator(".o-dropdown--menu .o_app").filter(has_text=re.compile(rf"^\s*{re.escape(name)}\s*$")).click()
        self.sees(".o_menu_brand", name)

    def menu(self, section, entry, title=None):
        """Open a menu of the app by what stands there; the screen it leads to has the same title, or ``title``."""
        self.page.locator(".o_menu_sections").get_by_text(section, exact=True).click()
        self.page.locator(".o-dropdown--menu").get_by_text(entry, exact=True).click()
        self.sees(".o_last_breadcrumb_item", title or entry)

    def search(self, text):
        """Search the screen for a text, as the first field of its search does."""
        self.page.fill(".o_searchview_input", text)
        self.sees(".o_searchview_autocomplete", text)
        self.page.press(".o_searchview_input", "Enter")
        self.sees(".o_searchview_facet", text)

    def open(self, found):
        """Open the record of a row or a card."""
        found = self.sees(found)
        cell = found.locator("td.o_data_cell:not(.o_list_button)").first
        (cell if cell.count() else found).click()
        return self.sees(".o_form_view .o_form_sheet")

    def enter(self, row, name, value):
        """Enter a value in a row of an editable list; while it is edited, its texts are those of its fields."""
        row.locator(f"td[name='{name}']").click()
        box = self.page.locator(f".o_selected_row [name='{name}'] input")
        box.fill(str(value))
        box.press("Tab")
        self.is_well()

    def press(self, button):
        """Press a button of the form by what stands on it, and wait for its answer."""
        self.page.locator(".o_form_view, .modal").get_by_role("button", name=button, exact=True).first.click()
        self.is_well()

    def stat(self, text):
        """Press a button above the form; those for which there is no room are behind More."""
        box = self.page.locator(".o-form-buttonbox")
        if not box.get_by_text(text, exact=True).count():
            box.get_by_text("More", exact=True).click()
            box = self.page.locator(".o-dropdown--menu")
        box.get_by_text(text, exact=True).click()
        self.is_well()

    def back(self):
        """Back to the screen before, by the path above the form."""
        self.page.locator(".o_breadcrumb .o_back_button, .breadcrumb-item a").last.click()
        self.is_well()
