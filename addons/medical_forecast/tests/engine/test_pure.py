"""The engine needs no Odoo: neither by its imports nor when it is loaded where there is none."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ENGINE = Path(__file__).resolve().parents[2] / "engine"
CLI = ENGINE.parent / "cli" / "forecast.py"
MODULES = sorted(
    str(path.relative_to(ENGINE).with_suffix("")).replace("/", ".")
    for path in ENGINE.rglob("*.py")
    if path.stem != "__init__"
)
ALLOWED = {"numpy", "pandas", "scipy"} | set(sys.stdlib_module_names)
# Libraries that one file alone may load, when it is used.
ALONE = {"slow.py": {"statsforecast"}}
FORBIDDEN = {"open", "print", "input", "eval", "exec"}
CLOCK = {"now", "utcnow", "today"}


@pytest.mark.parametrize("path", sorted(ENGINE.rglob("*.py")), ids=lambda path: path.name)
def test_imports_and_calls(path):
    allowed = ALLOWED | ALONE.get(path.name, set())
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {name.name.partition(".")[0] for name in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module.partition(".")[0] in allowed
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN
        elif isinstance(node, ast.Attribute):
            assert node.attr not in CLOCK


def test_loads_and_runs_without_odoo():
    script = f"""
import importlib, sys, types
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == "odoo" or name.startswith("odoo."):
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
# The addons beside each other, as in Odoo's namespace, but without what their __init__ loads.
for name, folder in {{"alone": "", "alone.medical_demand": "medical_demand", "alone.medical_forecast": "medical_forecast",
                     "alone.medical_planning": "medical_planning"}}.items():
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [{str(ENGINE.parents[1])!r} + "/" + folder]
for name in {MODULES!r}:
    importlib.import_module("alone.{ENGINE.parent.name}.engine." + name)
from alone.medical_forecast.engine.forecast import Settings, forecast
from alone.medical_demand.engine.panel import Panel
import numpy as np
print(len(forecast(Panel(("a",), np.arange(1.0, 25.0)[None], 12), Settings()).keys))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "1"


def test_the_command_file_imports_only_the_command_class():
    tree = ast.parse(CLI.read_text(encoding="utf-8"))
    modules = [node.module for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert modules == ["odoo.cli"]
    assert not [node for node in tree.body if isinstance(node, ast.Import)]
