"""The parts of a test run. Each part is a job that yields counts and a log."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import odoo, paths
from .term import say

TESTS_LAUNCHER = odoo.LAUNCHER.with_name("addon_tests.py")


@dataclass(frozen=True)
class Outcome:
    label: str
    passed: int
    failed: int
    skipped: int
    log: str

    @property
    def executed(self) -> int:
        return self.passed + self.failed


def _finish(outcome: Outcome) -> Outcome:
    mark = "ok" if not outcome.failed else "FAILED"
    skipped = f", {outcome.skipped} skipped" if outcome.skipped else ""
    say(f"{outcome.label}: {outcome.passed} passed, {outcome.failed} failed{skipped} — {mark}")
    return outcome


def pytest(label: str, files: list[Path], keyword: str | None = None, extra: dict[str, str] | None = None) -> Outcome:
    """Run the pytest tests in ``files`` and below folders, with ``extra`` in their environment."""
    with tempfile.TemporaryDirectory(prefix="medical-", ignore_cleanup_errors=True) as temporary:
        command = [
            paths.venv_python(),
            "-m",
            "pytest",
            *files,
            "-rs",
            "--durations=25",
            "--basetemp",
            f"{temporary}/pytest",
        ]
        if keyword:
            command += ["-k", keyword]
        result = subprocess.run(
            [str(part) for part in command],
            cwd=paths.ROOT,
            env={**odoo.process_environment(), **(extra or {})},
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
        )
    counts = {
        word: int(number)
        for number, word in re.findall(r"(\d+) (passed|failed|skipped|errors?)\b", result.stdout[-400:])
    }
    failed = counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)
    nothing_collected = result.returncode == 5
    if result.returncode and not failed and not nothing_collected:
        failed = 1
    return _finish(Outcome(label, counts.get("passed", 0), failed, counts.get("skipped", 0), result.stdout))


def odoo_tests(
    label: str, install: list[str], tags: str, core: list[str], *options: str, launcher: Path = odoo.LAUNCHER
) -> Outcome:
    """Install ``install`` on a fresh database and run the tests that ``tags`` select."""
    # The browser leaves its profiles in the folder for temporary files: it gets one of its own.
    with (
        odoo.fresh_database("test_" + re.sub(r"\W", "_", label.split()[0]), core) as database,
        tempfile.TemporaryDirectory(prefix="medical-", ignore_cleanup_errors=True) as temporary,
    ):
        result = subprocess.run(
            odoo.command(
                "-d",
                database,
                "-i",
                ",".join(install),
                "--test-tags",
                tags,
                "--stop-after-init",
                "--http-port",
                odoo.free_port(),
                "--log-level",
                "test",
                "--log-handler",
                "odoo.tests:INFO",
                "--log-handler",
                "odoo.addons:INFO",
                "--screenshots",
                paths.STATE / "screenshots",
                *options,
                launcher=launcher,
            ),
            env={**odoo.process_environment(), "TMPDIR": temporary},
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    return _finish(read_log(label, result.stdout, result.returncode))


def failures(log: str) -> list[str]:
    """Names of the tests that a log of Odoo's says failed."""
    return re.findall(r" (?:FAIL|ERROR): (\S.*?)\s*$", log, re.M)


def read_log(label: str, log: str, returncode: int) -> Outcome:
    """Odoo's own closing line counts failures; a crash before it counts as one."""
    closing = re.findall(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests", log)
    skipped = len(re.findall(r"odoo\.\S+: skipped .* : |: skip(?:ped)? test|SKIP: ", log))
    failed = sum(int(f) + int(e) for f, e, _ in closing)
    total = sum(int(t) for _, _, t in closing)
    if (returncode or not closing) and not failed:
        failed = 1
    return Outcome(label, max(0, total - failed - skipped), failed, skipped, log)
