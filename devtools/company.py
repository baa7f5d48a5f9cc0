"""Running the company machine (tests/company): on this state of the suite, or on one with a check taken out."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import odoo, paths
from .term import Failure

FOLDER = paths.ROOT / "tests" / "company"
# What CI lives through, and where it begins.
STEPS, SEED = 2000, 13


def live(database: str, *arguments, addons: Path | None = None) -> dict:
    """Run the machine in a process of its own and return its answer; what it finds is shown as it is found.

    An interruption ends it with what it has by then.
    """
    command = [paths.venv_python(), "-u", FOLDER / "live.py", database, "--seed", SEED, *arguments]
    if addons:
        command += ["--addons-path", addons]
    environment = odoo.process_environment() | {"PYTHONHASHSEED": "0"}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [str(part) for part in command], env=environment, stdin=subprocess.DEVNULL, stdout=output
        )
        try:
            process.wait()
        except KeyboardInterrupt:
            # The terminal has told the machine as well.
            process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        output.seek(0)
        lines = output.read().splitlines()
    if not lines:
        raise Failure(f"the company machine ended with {process.returncode} and no answer")
    return json.loads(lines[-1])


def told(finding: dict) -> str:
    """What was found, with the acts that lead to it."""
    acts = "\n".join(f"  {number}. {act}" for number, act in enumerate(finding["told"], 1))
    return f"{finding['kind']}\n{acts}\n  {finding['text']}"


@dataclass(frozen=True)
class Hole:
    """A check taken out of the suite: one place in one file."""

    name: str
    what: str
    file: str
    old: str
    new: str

    @classmethod
    def read(cls, path: Path) -> "Hole":
        what, file, *changes = path.read_text().splitlines()
        old, new = ("\n".join(line[2:] for line in changes if line.startswith(sign)) for sign in "-+")
        return cls(path.stem, what, file, old, new)

    def fits(self, root: Path = paths.ROOT) -> bool:
        return (root / self.file).read_text().count(f"\n{self.old}\n") == 1

    @contextmanager
    def addons(self) -> Iterator[Path]:
        """Folder of the addons with this hole; gone afterwards."""
        if not self.fits():
            raise Failure(f"the hole {self.name} does not fit {self.file} any more")
        with tempfile.TemporaryDirectory(prefix="medical-", ignore_cleanup_errors=True) as temporary:
            shutil.copytree(paths.ADDONS, Path(temporary) / "addons", ignore=shutil.ignore_patterns("__pycache__"))
            target = Path(temporary) / self.file
            text = target.read_text().replace(f"\n{self.old}\n", f"\n{self.new}\n" if self.new else "\n")
            target.write_text(text)
            os.utime(target)
            yield Path(temporary) / "addons"


def holes() -> list[Hole]:
    return [Hole.read(path) for path in sorted((FOLDER / "holes").glob("*.txt"))]
