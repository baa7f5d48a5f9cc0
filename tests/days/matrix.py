"""Every menu of a person opens, the first record of each list in its form, and what the buttons above the form show.

The calls are those of the web client. Nothing is declared here: whatever menu a new addon adds, and whoever it adds to
the demo company, is walked by itself.
"""

from dataclasses import dataclass, field

from lxml import etree
from web import Refused

from odoo.addons.medical_base.tests.web_client import RECORD_VIEWS, specification

LIMIT = 80


@dataclass
class Walk:
    """What one person met."""

    menus: int = 0
    records: int = 0
    findings: list[str] = field(default_factory=list)


def walk(web):
    """Open every menu of the person who is logged in to ``web``."""
    found, done = Walk(), set()
    for path, number in web.menus().items():
        # Another menu that leads to the same place.
        if number in done:
            continue
        done.add(number)
        found.menus += 1
        try:
            if not (action := web.action(number)):
                continue
            screen = Screen(web, action)
            record = screen.open()
        except Refused as refused:
            found.findings.append(_sentence(web, path, refused))
            continue
        if not record:
            continue
        found.records += 1
        for button in screen.buttons(record):
            try:
                screen.press(button, record)
            except Refused as refused:
                found.findings.append(_sentence(web, f"{path}: {button.get('name')}", refused))
    return found


def _sentence(web, where, refused):
    """With the line of ours where it was refused, for whoever mends it."""
    lines = [line.strip() for line in refused.debug.splitlines() if "/addons/medical_" in line]
    return f"{web.login}: {where}: {refused} {lines[-1] if lines else ''}".strip()


class Screen:
    """An action as the web client shows it."""

    def __init__(self, web, action):
        self.web, self.action, self.model = web, action, action["res_model"]
        self.kinds = [kind for _id, kind in action["views"]]
        search = action.get("search_view_id") or [False]
        self.views = self._call(
            "get_views",
            [*action["views"], [search[0] if isinstance(search, list) else search, "search"]],
            options={"action_id": action.get("id", False), "load_filters": True, "toolbar": True},
        )

    def _call(self, method, *args, **kwargs):
        return self.web.call(self.model, method, *args, context=self.action["context"], **kwargs)

    def _arch(self, kind):
        return etree.fromstring(self.views["views"][kind]["arch"])

    def _specification(self, kind):
        return specification(self.views, kind, self.model)

    def open(self):
        """Show the action, and one record in its form; return that record, or None."""
        if self.action.get("res_id"):
            return self._open_form(self.action["res_id"])
        self._open_search_panel()
        first = None
        for kind in self.kinds:
            if kind in ("list", "kanban"):
                first = self._open_records(kind) or first
            elif kind in ("graph", "pivot"):
                self._open_report(kind)
        if "form" not in self.kinds:
            return None
        if self._offers_new():
            self._call("onchange", [], {}, [], self._specification("form"))
        return self._open_form(first) if first else None

    def _open_search_panel(self):
        for node in self._arch("search").iterfind(".//searchpanel/field"):
            self._call(
                f"search_panel_select_{'multi_' if node.get('select') == 'multi' else ''}range",
                node.get("name"),
                search_domain=self.action["domain"],
                enable_counters=bool(node.get("enable_counters")),
                limit=200,
            )

    def _open_records(self, kind):
        """Number of the first one."""
        asked = {"specification": self._specification(kind), "limit": LIMIT, "count_limit": 10001}
        rows = self._call("web_search_read", domain=self.action["domain"], **asked)["records"]
        return rows[0]["id"] if rows else None

    def _open_report(self, kind):
        """Grouped by what the view is drawn from."""
        known = self.views["models"][self.model]["fields"]
        groups, measures = [], ["__count"]
        for node in self._arch(kind).iter("field"):
            name = node.get("name")
            if node.get("type") == "measure":
                measures.append(f"{name}:{known[name].get('aggregator') or 'sum'}")
            elif not node.get("invisible"):
                dated = known[name]["type"] in ("date", "datetime")
                groups.append(f"{name}:{node.get('interval') or 'month'}" if dated else name)
        self._call("formatted_read_group", domain=self.action["domain"], groupby=groups, aggregates=measures)

    def _offers_new(self):
        root = self._arch(self.kinds[0])
        return root.tag in RECORD_VIEWS and root.get("create", "1").lower() not in ("0", "false")

    def _open_form(self, number):
        [record] = self._call("web_read", [number], self._specification("form"))
        return record

    def _values(self, record):
        """What expressions of the form are evaluated with."""
        values = {name: value.get("id", value) if isinstance(value, dict) else value for name, value in record.items()}
        number = record["id"]
        return {"active_id": number, "active_ids": [number], "active_model": self.model, **values}

    def buttons(self, record):
        """Those above the form that this record shows: they lead to what belongs to it."""
        values = self._values(record)
        for button in self._arch("form").iterfind(".//div[@name='button_box']//button"):
            hiding = [node.get("invisible") or "False" for node in (button, *button.iterancestors())]
            if button.get("type") in ("object", "action") and not any(
                self.web.evaluate(text, values) for text in hiding
            ):
                yield button

    def press(self, button, record):
        """Show what the button leads to."""
        name, values = button.get("name"), self._values(record)
        context = {key: values[key] for key in ("active_id", "active_ids", "active_model")} | self.action["context"]
        context |= self.web.evaluate(button.get("context") or {}, values)
        if button.get("type") == "action":
            action = self.web.action(name, context)
        else:
            action = self.web.call(self.model, name, [record["id"]], context=context, door="call_button")
            action = self.web.window(action, context)
        if action:
            Screen(self.web, action).open()
