"""./dev test [addon…] [-k EXPRESSION]"""

import shutil
import sys
import time

from . import environment, paths, postgres, system, testing, testplan
from .main import parser
from .schedule import Done, Job, run_all
from .term import START, Failure, say

# Odoo's addons whose own tests have to pass beside ours.
CORE = ("stock", "mrp", "purchase_stock", "product_expiry", "sale_stock")


def main(arguments: list[str]) -> int:
    options = parser("test")
    options.add_argument("addon", nargs="*", help="addons to test; without any: everything")
    options.add_argument("-k", dest="keyword", help="pytest expression, or TestClass[.test_method] of Odoo's tests")
    options.add_argument(
        "--core", action="store_true", help=f"run Odoo's own tests of {', '.join(CORE)} with the suite installed"
    )
    options.add_argument("-v", "--verbose", action="store_true", help="show the whole log of every part")
    known = options.parse_args(arguments)
    if known.core and (known.addon or known.keyword):
        options.error("--core runs alone")
    ours = paths.our_addons()
    unknown = set(known.addon) - set(ours)
    if unknown:
        raise Failure(f"no such addon: {', '.join(sorted(unknown))}; there are {', '.join(ours)}")
    environment.ensure()
    system.ensure_test_programs()
    with postgres.server():
        if known.core:
            outcomes = [_core_job(ours)]
        else:
            done = _run(known.addon, known.keyword)
            say_minutes(done)
            outcomes = [entry.result for entry in done if entry.result]
    return _report(outcomes, known.verbose)


def _run(addons: list[str], keyword: str | None) -> list[Done]:
    """Without addons: everything."""
    if addons:
        return run_all(testplan.of_addons(addons, keyword))
    if keyword:
        jobs = testplan.of_addons(paths.our_addons(), keyword)
        return run_all(
            [*jobs, Job("cross-addon", 60, lambda: testing.pytest("cross-addon", [testplan.TESTS], keyword))]
        )
    with testplan.SharedDatabases() as shared:
        return run_all(testplan.whole(shared))


def _core_job(ours: list[str]) -> testing.Outcome:
    """Odoo's own tests with the suite and without it; those count as failed that fail with it only.

    Many of them are written for the time when their addon is installed; run with all others installed, some fail
    without any of ours as well.
    """
    tags = ",".join(f"/{addon}" for addon in CORE)
    launcher = paths.ROOT / "devtools" / "launcher" / "core_tests.py"
    beside = testing.odoo_tests("core with the suite", [*CORE, *ours], tags, ["base"], launcher=launcher)
    alone = testing.odoo_tests("core alone", [*CORE], tags, ["base"], launcher=launcher)
    found = testing.failures(beside.log)
    known = set(testing.failures(alone.log))
    new = [name for name in found if name not in known]
    for name in new:
        say(f"fails with the suite only: {name}")
    crashed = bool(beside.failed and not found)
    return testing.Outcome("core", beside.passed, len(new) or int(crashed), beside.skipped, beside.log)


def say_minutes(done: list[Done]) -> None:
    say("minutes of each part, beside others on the same cores:")
    for entry in sorted(done, key=lambda entry: entry.seconds, reverse=True):
        print(f"  {entry.seconds / 60:5.1f}  {entry.label}", file=sys.stderr)
    print(f"  {(time.monotonic() - START) / 60:5.1f}  from beginning to end", file=sys.stderr, flush=True)


def _report(outcomes: list[testing.Outcome], verbose: bool) -> int:
    logs = paths.STATE / "logs"
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    for outcome in outcomes:
        (logs / f"{outcome.label.replace(' ', '-')}.log").write_text(outcome.log)
        if outcome.failed or verbose:
            print(f"----- {outcome.label}\n{_relevant(outcome.log, verbose)}", file=sys.stderr)
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    if not passed and not failed:
        say("no test was executed")
        failed = 1
    sys.stderr.flush()
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed else 0


def _relevant(log: str, verbose: bool) -> str:
    return log if verbose else log[-12000:]
