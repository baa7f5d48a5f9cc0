"""What benchmarks are made of: figures, and stages that run in processes of their own."""

import json
import os
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from . import odoo, paths
from .term import Failure

FOLDER = paths.ROOT / "tests" / "bench"


@dataclass(frozen=True)
class Figure:
    """One measured value; ``limit`` is the largest (or, with ``at_least``, smallest) that holds."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    peer: str | None = None
    peer_value: float | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool | None:
        if self.limit is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def as_line(self, bench: str, machine: str) -> str:
        row = {key: value for key, value in asdict(self).items() if key != "at_least"}
        return json.dumps({"bench": bench, **row, "holds": self.holds, "machine": machine}, ensure_ascii=False)


@dataclass(frozen=True)
class Options:
    """What the user asked for; ``size`` is None for the size that the limits are meant for, ``named`` says that this benchmark
    was asked for by name."""

    size: int | None = None
    named: bool = False
    holes: bool = False


def names() -> list[str]:
    """Every file of the folder is a benchmark, but for tests and pytest's own."""
    return sorted(file.stem for file in FOLDER.glob("*.py") if not file.stem.startswith(("test_", "conftest", "_")))


def load(name: str):
    """The benchmark's module; it has ``measure(options) -> list[Figure]``."""
    import importlib.util

    spec = importlib.util.spec_from_file_location(f"bench_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def peer_addons() -> Path:
    """Folder of the peers' addons in their environment."""
    return next((paths.BENCH_VENV / "lib").glob("python*/site-packages/odoo/addons"))


def stage(script: str, *arguments, peer: bool = False) -> dict:
    """Run ``tests/bench/stages/SCRIPT.py`` in a process of its own; its last line is the answer.

    With ``peer`` it runs in the peers' environment. Its progress is shown as it comes.
    """
    python = paths.venv_python(paths.BENCH_VENV if peer else paths.VENV)
    command = [python, "-u", FOLDER / "stages" / f"{script}.py", *arguments]
    if peer:
        command += ["--addons-path", peer_addons()]
    with tempfile.TemporaryFile("w+") as output:
        result = subprocess.run(
            [str(part) for part in command], env=odoo.process_environment(), stdin=subprocess.DEVNULL, stdout=output
        )
        output.seek(0)
        lines = output.read().splitlines()
    if result.returncode or not lines:
        raise Failure(f"the stage {script} {' '.join(map(str, arguments))} ended with {result.returncode}")
    return json.loads(lines[-1])


def machine() -> str:
    """Processor, memory and what else it has to do."""
    model = "processor"
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
        memory = int(Path("/proc/meminfo").read_text().split()[1]) / 2**20
    except OSError:
        memory = 0.0
    return f"{os.cpu_count()} × {model}, {memory:.0f} GB, load {os.getloadavg()[0]:.1f}"
