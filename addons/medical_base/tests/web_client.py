"""What the web client asks the server for; without Odoo, for tests inside it and from outside."""

from lxml import etree

RECORD_VIEWS = ("form", "list", "kanban")
# Rows of a list inside a form.
ROWS = 40


def specification(views: dict, kind: str, model: str) -> dict:
    """The fields that the web client reads to show one view, those of its subviews included.

    :param views: what ``get_views`` of ``model`` answered
    :param kind: form, list, kanban …
    """
    return _fields(etree.fromstring(views["views"][kind]["arch"]), model, views["models"])


def _fields(node, model: str, models: dict) -> dict:
    """The fields below ``node``, which is a view of ``model`` or part of one."""
    known, found = models[model]["fields"], {}
    for child in node:
        if child.tag != "field":
            _merge(found, _fields(child, model, models))
        elif child.get("name") in known:
            name = child.get("name")
            _merge(found, {name: _asked(child, known[name], models)})
    return found


def _asked(field, description: dict, models: dict) -> dict:
    hidden = field.get("invisible") in ("True", "1")
    if hidden or description["type"] not in ("one2many", "many2many", "many2one", "reference"):
        return {}
    if description["type"] in ("many2one", "reference"):
        return {"fields": {"display_name": {}}}
    below: dict = {}
    for view in field:
        if view.tag in RECORD_VIEWS:
            _merge(below, _fields(view, description["relation"], models))
    return {"fields": below or {"display_name": {}}, "limit": ROWS}


def _merge(found: dict, more: dict) -> None:
    for name, asked in more.items():
        below = found.setdefault(name, {})
        if "fields" in asked:
            _merge(below.setdefault("fields", {}), asked["fields"])
        if "limit" in asked:
            below["limit"] = asked["limit"]
