"""What people may do they find a button for, on one database with every addon and app."""

from conftest import shell

LOOK = r"""
import inspect, json, re
from lxml import etree

ours = [name for name in env["ir.module.module"].search([("state", "=", "installed")]).mapped("name") if name.startswith("medical_")]
sheets, buttons = set(), {}

def collect(node, model):
    for child in node:
        if child.tag == "button":
            buttons.setdefault(model, set()).add(child.get("name"))
        field = env[model]._fields.get(child.get("name")) if child.tag == "field" else None
        collect(child, field.comodel_name if field is not None and field.comodel_name else model)

for view in env["ir.ui.view"].search([("type", "!=", "qweb"), ("model", "in", list(env.registry)), ("mode", "=", "primary")]):
    arch = etree.fromstring(env[view.model].get_view(view.id, view.type)["arch"])
    collect(arch, view.model)
    if arch.find(".//sheet") is not None:
        sheets.add(view.model)
codes = " ".join(action.code or "" for action in env["ir.actions.server"].search([]))

classes = [(name, base) for name, model in env.registry.items() for base in model.__mro__ if vars(base).get("_module") in ours]
sources = " ".join(inspect.getsource(base) for base in dict.fromkeys(base for _name, base in classes))
missing = set()
for name, base in classes:
    # A line or a window has no screen of its own.
    if env[name]._abstract or name not in sheets and env.registry[name]._original_module in ours:
        continue
    for method in vars(base):
        if method == "action_view_audit_trail" and not env[name]._get_audited_fields():
            continue
        offered = {method, method.replace("action_", "action_view_", 1)} & buttons.get(name, set())
        # Called by the window that asks what it needs, or by a server action.
        called = re.search(rf"\.{method}\(", sources) or method in codes
        if method.startswith("action_") and not offered and not called:
            missing.add(f"{name}.{method}")
print(json.dumps(sorted(missing)))
"""


def test_every_action_has_a_button(apps_database):
    assert shell(apps_database, LOOK) == []
