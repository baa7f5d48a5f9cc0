"""What ./dev test runs: jobs with the seconds they take, and the databases that they share."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from pathlib import Path

from . import cmd_lint, odoo, paths, suite, testing
from .schedule import Job, halves

TESTS = paths.ROOT / "tests"
SUITE, WITH_APPS = "the suite", "the suite with other apps"
# Seconds of those cross-addon tests of which the length says nothing, measured beside others on two cores.
SECONDS: dict[str, float] = {
    "company/test_company.py": 260,
    "days/test_days.py": 130,
    "test_interrupted_run.py": 40,
    "test_lint.py": 2,
    "test_quality_rpc.py": 75,
    "test_readable.py": 70,
    "test_scan_keys.py": 25,
    "test_translations.py": 2,
    "test_uninstall.py": 45,
}


def of_addons(addons: list[str], keyword: str | None) -> list[Job]:
    """The Odoo tests and engine tests of some addons, and the templates of the databases they run on."""
    templates = _Templates({addon: paths.core_dependencies([addon]) for addon in addons})
    jobs = templates.jobs()
    for addon in addons:
        folder = paths.ADDONS / addon / "tests"
        expected = 15 + _lines(folder.glob("*.py")) / 30
        jobs.append(Job(addon, expected, partial(_odoo_job, addon, keyword), (templates.label(addon),)))
        if (engine := folder / "engine").exists():
            label = f"{addon} engine"
            expected = 2 + _lines(engine.rglob("*.py")) / 80
            jobs.append(Job(label, expected, partial(testing.pytest, label, [engine], keyword)))
    return jobs


def whole(shared: "SharedDatabases") -> list[Job]:
    """All addons, what crosses them in two halves, and lint."""
    ours = paths.our_addons()
    needed = {addon: paths.core_dependencies([addon]) for addon in ours} | {SUITE: paths.core_dependencies(ours)}
    templates = _Templates(needed)
    jobs = {job.label: job for job in [*of_addons(ours, None), *templates.jobs()]}
    weights = {file: _seconds(file) for file in crossing_files()}
    crossing = []
    for number, files in enumerate(halves(weights), 1):
        label = f"cross-addon {number}"
        needs = WITH_APPS if any("apps_" in file.read_text() for file in files) else SUITE
        expected = sum(map(weights.__getitem__, files))
        crossing.append(Job(label, expected, partial(testing.pytest, label, files, None, shared.environment), (needs,)))
    return [
        *jobs.values(),
        Job(SUITE, 40 + 5 * len(ours), shared.make, (templates.label(SUITE),)),
        Job(WITH_APPS, 40, shared.make_apps, (SUITE,)),
        *crossing,
        Job("lint", 30, cmd_lint.outcome),
    ]


def crossing_files() -> list[Path]:
    """The pytest files below tests/; the tests of an addon that lies there are Odoo's to run."""
    return [
        file
        for file in sorted(TESTS.rglob("test_*.py"))
        if not any((folder / "__manifest__.py").exists() for folder in file.parents)
    ]


class _Templates:
    """The template databases for what some addons need of Odoo; those that come to the same share one."""

    def __init__(self, needed: dict[str, list[str]]):
        self.core = needed
        self.content = {addon: frozenset(odoo.core_addons(core)) for addon, core in needed.items()}

    def label(self, addon: str) -> str:
        """Of the job that makes the template; named after the first addon that needs it."""
        first = next(other for other, content in self.content.items() if content == self.content[addon])
        return f"template for {first}"

    def jobs(self) -> list[Job]:
        """Each grows from the largest before it that holds a part of it."""
        made: dict[str, frozenset[str]] = {}
        jobs = []
        for addon, content in sorted(self.content.items(), key=lambda entry: len(entry[1])):
            if (label := self.label(addon)) not in made:
                parts = [smaller for smaller, part in made.items() if part < content]
                needs = tuple(parts[-1:])
                jobs.append(Job(label, 8 if parts else 20, partial(_make_template, self.core[addon]), needs))
                made[label] = content
        return jobs


def _make_template(core: list[str]) -> None:
    odoo.template(core)


class SharedDatabases:
    """The databases with the whole suite; made once, gone when the run ends."""

    def __init__(self):
        self.environment: dict[str, str] = {}
        self._stack = ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self._stack.close()

    def make(self) -> None:
        name = self._keep(suite.SUITE, suite.installed())
        self._keep(suite.CATALOGUES, suite.catalogues(name))

    def make_apps(self) -> None:
        self._keep(suite.APPS, suite.with_apps(self.environment[suite.SUITE]))

    def _keep(self, variable: str, context: AbstractContextManager) -> str:
        self.environment[variable] = str(self._stack.enter_context(context))
        return self.environment[variable]


def _odoo_job(addon: str, keyword: str | None) -> testing.Outcome:
    selection = f"/{addon}"
    if keyword:
        selection += f":{keyword}" if keyword[:1].isupper() else f".{keyword}"
    core = paths.core_dependencies([addon])
    # Without what installs itself beside it: an addon works with its own dependencies alone.
    return testing.odoo_tests(addon, [addon], selection, core, "--skip-auto-install", launcher=testing.TESTS_LAUNCHER)


def _lines(files: Iterable[Path]) -> int:
    return sum(len(file.read_text().splitlines()) for file in files)


def _seconds(file: Path) -> float:
    return SECONDS.get(file.relative_to(TESTS).as_posix(), _lines([file]) / 10)
