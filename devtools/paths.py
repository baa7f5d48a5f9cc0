"""Where things are. Everything that is created lives below ``.dev`` (git-ignored)."""

import ast
import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDONS = ROOT / "addons"
SHARED = ROOT.parent / "shared"
STATE = ROOT / ".dev"
CACHE = Path(os.environ.get("MEDICAL_DEV_CACHE") or STATE / "cache")
BIN = STATE / "bin"
VENV = STATE / "venv"
BENCH_VENV = STATE / "venv-bench"
ODOO = STATE / "odoo"
LOCKS = STATE / "locks"
FILESTORE = STATE / "filestore"

# Unix socket paths end at 107 bytes and the project's own path may hold spaces,
# so what must be short and plain is named after a digest of the project's path.
PROJECT_ID = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]


def venv_python(venv: Path = VENV) -> Path:
    return venv / "bin" / "python"


def manifest(addon: Path) -> dict:
    return ast.literal_eval((addon / "__manifest__.py").read_text())


def _manifests() -> dict[str, dict]:
    return {path.parent.name: manifest(path.parent) for path in ADDONS.glob("*/__manifest__.py")}


def our_addons() -> list[str]:
    """Names of the suite's addons, those that others depend on first."""
    manifests = _manifests()
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name in ordered or name not in manifests:
            return
        for dependency in manifests[name]["depends"]:
            visit(dependency)
        ordered.append(name)

    for name in sorted(manifests):
        visit(name)
    return ordered


def main_addons() -> list[str]:
    """Ours without the glue, which comes by itself where the apps that it joins are installed."""
    manifests = _manifests()
    return [name for name in our_addons() if not manifests[name].get("auto_install")]


def sources_digest() -> str:
    """Changes whenever a file of an addon changes; tests and pictures aside."""
    digest = hashlib.sha256()
    for file in sorted(ADDONS.rglob("*")):
        if (
            file.is_file()
            and file.suffix in (".py", ".xml", ".csv", ".js", ".scss", ".po")
            and "tests" not in file.parts
        ):
            digest.update(str(file.relative_to(ADDONS)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def core_dependencies(addons: list[str]) -> list[str]:
    """Odoo's own addons that ``addons`` need, directly or through ours, sorted."""
    ours, core, queue = set(), set(), list(addons)
    while queue:
        name = queue.pop()
        manifest = ADDONS / name / "__manifest__.py"
        if not manifest.exists():
            core.add(name)
        elif name not in ours:
            ours.add(name)
            queue += ast.literal_eval(manifest.read_text())["depends"]
    return sorted(core)
