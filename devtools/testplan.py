"""What ./dev test runs: jobs with the seconds they take, and the databases that they share."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from . import cmd_lint, odoo, paths, postgres, suite, testing
from .schedule import Job, halves

TESTS = paths.ROOT / "tests"
# Seconds of those cross-addon tests of which the length says nothing; measured on two cores.
SECONDS: dict[str, float] = {}


def of_addons(addons: list[str], keyword: str | None) -> list[Job]:
    """The Odoo tests and engine tests of some addons, and the templates of the databases they run on."""
    cores = {addon: paths.core_dependencies([addon]) for addon in addons}
    jobs = _templates(cores.values())
    for addon, core in cores.items():
        folder = paths.ADDONS / addon / "tests"
        jobs.append(
            Job(
                addon,
                15 + _lines(folder.glob("*.py")) / 30,
                lambda addon=addon, core=core: _odoo_job(addon, core, keyword),
                (_label(core),),
            )
        )
        if (engine := folder / "engine").exists():
            label = f"{addon} engine"
            jobs.append(
                Job(
                    label,
                    2 + _lines(engine.rglob("*.py")) / 80,
                    lambda label=label, engine=engine: testing.pytest(label, [engine], keyword),
                )
            )
    return jobs


def whole(shared: "SharedDatabases") -> list[Job]:
    """All addons, what crosses them in two halves, and lint."""
    ours = paths.our_addons()
    core = paths.core_dependencies(ours)
    jobs = of_addons(ours, None)
    jobs += [
        job for job in _templates([*map(_core_of, ours), core]) if job.label not in {known.label for known in jobs}
    ]
    jobs += [
        Job("suite", 40 + 5 * len(ours), shared.make, (_label(core),)),
        Job("suite with other apps", 40, shared.make_apps, ("suite",)),
        Job("lint", 30, cmd_lint.outcome),
    ]
    weights = {file: _seconds(file) for file in sorted(TESTS.rglob("test_*.py"))}
    for number, files in enumerate(halves(weights), 1):
        label = f"cross-addon {number}"
        needs = "suite with other apps" if any("apps_" in file.read_text() for file in files) else "suite"
        expected = sum(map(weights.__getitem__, files))
        jobs.append(
            Job(
                label,
                expected,
                lambda label=label, files=files: testing.pytest(label, files, None, shared.environment),
                (needs,),
            )
        )
    return jobs


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


def _odoo_job(addon: str, core: list[str], keyword: str | None) -> testing.Outcome:
    selection = f"/{addon}"
    if keyword:
        selection += f":{keyword}" if keyword[:1].isupper() else f".{keyword}"
    return testing.odoo_tests(addon, [addon], selection, core, testing.TESTS_LAUNCHER)


def _core_of(addon: str) -> list[str]:
    return paths.core_dependencies([addon])


def _templates(cores: Iterable[list[str]]) -> list[Job]:
    """Jobs that make the template databases for lists of Odoo's addons, each grown from the largest before it."""
    content = {_label(core): (core, set(odoo.core_addons(core))) for core in cores}
    jobs: list[Job] = []
    for label, (core, addons) in sorted(content.items(), key=lambda entry: len(entry[1][1])):
        parts = [job.label for job in jobs if content[job.label][1] < addons]
        jobs.append(Job(label, 8 if parts else 20, lambda core=core: _make_template(core), tuple(parts[-1:])))
    return jobs


def _make_template(core: list[str]) -> None:
    odoo.template(core)


def _label(core: list[str]) -> str:
    """Of the job that makes a template; lists of addons that come to the same share it."""
    return f"template {postgres.digest(','.join(odoo.core_addons(core)))[:6]}"


def _lines(files: Iterable[Path]) -> int:
    return sum(len(file.read_text().splitlines()) for file in files)


def _seconds(file: Path) -> float:
    return SECONDS.get(file.relative_to(TESTS).as_posix(), _lines([file]) / 10)
