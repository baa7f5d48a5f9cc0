"""The engine needs no Odoo: neither by its imports nor when it is loaded where there is none."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ENGINE = Path(__file__).resolve().parents[2] / "engine"
CLI = ENGINE.parent / "cli" / "forecast.py"
ALLOWED = {"numpy", "pandas", "scipy"} | set(sys.stdlib_module_names)
# Libraries that one file alone may load, when it is used.
ALONE = {"slow.py": {"statsforecast"}, "effects.py": {"statsmodels"}, "holidays.py": {"holidays"}}
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
import importlib, importlib.util, sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == "odoo" or name.startswith("odoo."):
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
folder = {str(ENGINE)!r}
spec = importlib.util.spec_from_file_location("alone", folder + "/__init__.py", submodule_search_locations=[folder])
module = importlib.util.module_from_spec(spec)
sys.modules["alone"] = module
spec.loader.exec_module(module)
for name in {sorted(path.stem for path in ENGINE.glob("*.py") if path.stem != "__init__")!r}:
    importlib.import_module("alone." + name)
from alone.forecast import Settings, forecast
from alone.panel import Panel
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
