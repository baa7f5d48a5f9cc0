"""Every menu of a person opens with the filters it starts with, the first record of each list in its form, and what the
buttons above the form show. What is in the headers is pressed in a transaction that is taken back.

The calls are those of the web client. Nothing is declared here: whatever menu a new addon adds, and whoever it adds to
the demo company, is walked by itself.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field

from facets import defaults
from lxml import etree
from web import Refused

from odoo.addons.medical_base.tests.web_client import RECORD_VIEWS, specification

LIMIT = 80
# Installing commits as it goes, and cannot be taken back.
COMMITTING = ("ir.module.module",)
# Odoo's own form of a bill refuses who may only buy: it counts the payments.
REFUSED_BY_ODOO = ("account.move",)
# What a button says when it wants something of the person or of the record first.
ASKS = ("UserError", "ValidationError", "RedirectWarning")


@dataclass
class Walk:
    """What one person met."""

    menus: int = 0
    records: int = 0
    buttons: int = 0
    findings: list[str] = field(default_factory=list)

    @contextmanager
    def told(self, web, where):
        try:
            yield
        except Refused as refused:
            self.findings.append(_sentence(web, where, refused))


def walk(web):
    """Open every menu of the person who is logged in to ``web``."""
    found = Walk()
    for path, number in _places(web):
        found.menus += 1
        with found.told(web, path):
            if not (action := web.action(number)):
                continue
            screen = Screen(web, action)
            if not (record := screen.open()):
                continue
            found.records += 1
            for button in screen.buttons(record):
                with found.told(web, f"{path}: {button.get('name')}"):
                    screen.show(screen.press(button, record))
    return found


def press(web):
    """Press what is in the headers of those screens, for a record of each state, and open the windows that come.

    That a button asks for something first is no finding; that it refuses this person, or breaks, is.

    :param web: an ``Inside``, which takes back what each button did
    """
    found = Walk()
    for path, number in _places(web):
        shown = []
        with found.told(web, path), web.undone():
            if not (action := web.action(number)) or action["res_model"] in COMMITTING:
                continue
            screen = Screen(web, action)
            shown = [(button, record) for record in screen.each_state() for button in screen.header(record)]
        for button, record in shown:
            found.buttons += 1
            with found.told(web, f"{path}: {button.get('name')} of {record['id']}"), web.undone():
                try:
                    answer = screen.press(button, record)
                except Refused as refused:
                    if refused.kind in ASKS:
                        continue
                    raise
                if answer and answer["res_model"] not in REFUSED_BY_ODOO:
                    screen.show(answer)
    return found


def _places(web):
    """Menus with the number of their action; not those that lead to the same place as one before."""
    places = {}
    for path, number in web.menus().items():
        places.setdefault(number, path)
    return [(path, number) for number, path in places.items()]


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
        # As it opens, and when the person takes the filters away.
        first = self._open_views(*self._filtered())
        if self._filtered() != (self.action["domain"], []):
            first = self._open_views(self.action["domain"], []) or first
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

    def _filtered(self):
        """Domain and groups that the screen opens with."""
        fields = self.views["models"][self.model]["fields"]
        domain, groups = defaults(self._arch("search"), fields, self.action["context"], self.web.evaluate)
        return [*self.action["domain"], *domain], groups

    def _open_views(self, domain, groups):
        """Number of the first record."""
        first = None
        for kind in self.kinds:
            if kind in ("list", "kanban"):
                first = self._open_records(kind, domain, groups) or first
            elif kind in ("graph", "pivot"):
                self._open_report(kind, domain, groups)
        return first

    def _open_records(self, kind, domain, groups):
        """Number of the first one; the first group is unfolded."""
        shown = self._specification(kind)
        for group in groups:
            sums = [f"{name}:{self._aggregator(name)}" for name in shown if self._aggregator(name)]
            asked = {"groupby": [group], "aggregates": sums, "limit": LIMIT, "auto_unfold": kind == "kanban"}
            found = self._call("web_read_group", domain=domain, unfold_read_specification=shown, **asked)["groups"]
            domain = [*domain, *(found[0]["__extra_domain"] if found else [])]
        asked = {"specification": shown, "limit": LIMIT, "count_limit": 10001}
        rows = self._call("web_search_read", domain=domain, **asked)["records"]
        return rows[0]["id"] if rows else None

    def _aggregator(self, name):
        field = self.views["models"][self.model]["fields"][name]
        return field["type"] in ("integer", "float", "monetary") and field.get("aggregator")

    def _open_report(self, kind, domain, groups):
        """Grouped by what the view is drawn from, unless the search says by what."""
        known = self.views["models"][self.model]["fields"]
        drawn, across, measures = [], [], ["__count"]
        for node in self._arch(kind).iter("field"):
            name = node.get("name")
            if node.get("type") == "measure":
                measures.append(f"{name}:{known[name].get('aggregator') or 'sum'}")
            elif not node.get("invisible"):
                dated = known[name]["type"] in ("date", "datetime")
                by = f"{name}:{node.get('interval') or 'month'}" if dated else name
                (across if kind == "pivot" and node.get("type") == "col" else drawn).append(by)
        rows = groups or drawn
        if kind == "graph":
            self._call("formatted_read_group", domain=domain, groupby=rows, aggregates=measures)
            return
        # Sums of all rows and columns, and of each beside the other.
        sets = [{*rows[:row], *across[:column]} for row in range(len(rows) + 1) for column in range(len(across) + 1)]
        sets = [list(one) for one in dict.fromkeys(tuple(sorted(one)) for one in sets)]
        self._call("formatted_read_grouping_sets", domain=domain, grouping_sets=sets, aggregates=measures)

    def each_state(self):
        """The first record of each state in its form, where the model has states."""
        if "form" not in self.kinds or self.action.get("res_id"):
            return
        state = self.views["models"][self.model]["fields"].get("state", {})
        states = state.get("selection", []) if state.get("store") else []
        for domain in [[("state", "=", state)] for state, _label in states] or [[]]:
            domain = [*self.action["domain"], *domain]
            for row in self._call("web_search_read", domain=domain, specification={}, limit=1)["records"]:
                yield self._open_form(row["id"])

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
        return self._shown("form", ".//div[@name='button_box']//button", record)

    def header(self, record):
        """Those in the header of its form, and of its list when the record is chosen there."""
        yield from self._shown("form", "./header//button", record)
        if "list" in self.kinds:
            yield from self._shown("list", "./header//button", record)

    def _shown(self, kind, path, record):
        values = self._values(record)
        for button in self._arch(kind).iterfind(path):
            hiding = [node.get("invisible") or "False" for node in (button, *button.iterancestors())]
            if button.get("type") in ("object", "action") and not any(
                self.web.evaluate(text, values) for text in hiding
            ):
                yield button

    def press(self, button, record):
        """The window that the button leads to, or None."""
        name, values = button.get("name"), self._values(record)
        context = {key: values[key] for key in ("active_id", "active_ids", "active_model")} | self.action["context"]
        context |= self.web.evaluate(button.get("context") or {}, values)
        if button.get("type") == "action":
            return self.web.action(name, context)
        action = self.web.call(self.model, name, [record["id"]], context=context, door="call_button")
        return self.web.window(action, context)

    def show(self, action):
        if action:
            Screen(self.web, action).open()
