"""The virtual environments: what the lock files say, nothing more and nothing less."""

import hashlib
import sys
from pathlib import Path

from . import odoo_source, paths
from .index import installer_environment, uv
from .locks import exclusive
from .term import environment, run, say

LOCK = paths.ROOT / "requirements.lock"
BENCH_LOCK = paths.ROOT / "requirements-bench.lock"


def _sync(venv: Path, lock: Path, label: str) -> None:
    stamp = venv / "medical-lock"
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    with exclusive(venv.name):
        if stamp.exists() and stamp.read_text() == digest:
            return
        say(f"installing {label} into {venv.relative_to(paths.ROOT)} (about a minute the first time)")
        env = environment(**installer_environment())
        run([uv(), "venv", "--allow-existing", "--no-project", "--python", sys.executable, venv], quiet=True, env=env)
        run(
            [uv(), "pip", "sync", "--python", paths.venv_python(venv), "--require-hashes", "--no-config", lock],
            env=env,
        )
        stamp.write_text(digest)


def _link_odoo(venv: Path, source: Path) -> None:
    site = next((venv / "lib").glob("python*/site-packages"))
    link = site / "medical-odoo.pth"
    if not link.exists() or link.read_text() != f"{source}\n":
        link.write_text(f"{source}\n")


def ensure() -> Path:
    """Set up Odoo and the Python packages where missing; the Python to run them with."""
    source = odoo_source.ensure()
    _sync(paths.VENV, LOCK, "Python packages")
    _link_odoo(paths.VENV, source)
    return paths.venv_python()


def ensure_bench() -> Path:
    """The same for the environment of the benchmarks' peers."""
    source = odoo_source.ensure()
    _sync(paths.BENCH_VENV, BENCH_LOCK, "the benchmarks' peers")
    _link_odoo(paths.BENCH_VENV, source)
    return paths.venv_python(paths.BENCH_VENV)
