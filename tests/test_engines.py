"""No engine needs Odoo or the clock: neither by its imports and calls nor when it is loaded where there is no Odoo."""

import ast
import subprocess
import sys

import pytest

from devtools import paths

ADDONS = sorted(folder.parent.name for folder in paths.ADDONS.glob("*/engine"))
FILES = sorted(path.relative_to(paths.ADDONS).as_posix() for path in paths.ADDONS.glob("*/engine/**/*.py"))
COMMANDS = [
    f"{addon}/cli/{name}.py" for addon, name in (("medical_forecast", "forecast"), ("medical_planning", "replay"))
]
# What engines may import besides Python's own library.
NUMERIC = {"numpy", "pandas", "scipy"}
LIBRARIES = {"medical_demand": NUMERIC, "medical_forecast": NUMERIC, "medical_planning": NUMERIC}
# Libraries that one file alone may load, when it is used.
ALONE = {
    "medical_base/engine/clock.py": {"dateutil"},
    "medical_base/engine/holiday_source.py": {"holidays"},
    "medical_demand/engine/effects.py": {"statsmodels"},
    "medical_demand/engine/holidays.py": {"holidays"},
    "medical_forecast/engine/slow.py": {"statsforecast"},
}
FORBIDDEN = {"open", "print", "input", "eval", "exec"}
CLOCK = {"now", "utcnow", "today"}
# What an engine computes when it stands alone, and the answer.
SAMPLES = {
    "medical_demand": (
        "from alone.medical_demand.engine.cleaning import clean\n"
        "print(clean(numpy.arange(1.0, 25.0)[None]).values.shape[1])",
        "24",
    ),
    "medical_forecast": (
        "from alone.medical_forecast.engine.forecast import Settings, forecast\n"
        "from alone.medical_demand.engine.panel import Panel\n"
        "print(len(forecast(Panel(('a',), numpy.arange(1.0, 25.0)[None], 12), Settings()).keys))",
        "1",
    ),
    "medical_planning": (
        "from alone.medical_planning.engine.replay.lead_times import distribution\n"
        "print(round(float(distribution(2.0, 0.5).sum()), 6))",
        "1.0",
    ),
}
# The addons beside each other, as in Odoo's namespace, but without what their __init__ loads.
SCRIPT = """
import importlib, sys, types
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == "odoo" or name.startswith("odoo."):
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
for name, folder in (("alone", ""), *((f"alone.{addon}", addon) for addon in ADDONS)):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [f"{ROOT}/{folder}"]
for name in MODULES:
    importlib.import_module("alone." + name)
"""


def _tree(file):
    return ast.parse((paths.ADDONS / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", FILES)
def test_imports_and_calls(file):
    allowed = sys.stdlib_module_names | LIBRARIES.get(file.partition("/")[0], set()) | ALONE.get(file, set())
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Import):
            assert {name.name.partition(".")[0] for name in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module.partition(".")[0] in allowed
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in FORBIDDEN
        elif isinstance(node, ast.Attribute):
            assert node.attr not in CLOCK


@pytest.mark.parametrize("addon", ADDONS)
def test_loads_and_runs_without_odoo(addon):
    sample, answer = SAMPLES.get(addon, ("", ""))
    modules = [
        file.removesuffix(".py").replace("/", ".")
        for file in FILES
        if file.startswith(f"{addon}/") and not file.endswith("/__init__.py")
    ]
    given = f"ADDONS, ROOT, MODULES = {ADDONS!r}, {str(paths.ADDONS)!r}, {modules!r}"
    script = "\n".join((given, SCRIPT, "import numpy" if sample else "", sample))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert modules and done.returncode == 0, done.stderr
    assert done.stdout.strip() == answer


@pytest.mark.parametrize("file", COMMANDS)
def test_the_command_file_imports_only_the_command_class(file):
    body = _tree(file).body
    assert [node.module for node in body if isinstance(node, ast.ImportFrom)] == ["odoo.cli"]
    assert not [node for node in body if isinstance(node, ast.Import)]
