"""The parts of ./dev that decide something."""

import hashlib
import subprocess
import sys

import pytest

from devtools import cmd_test, index, odoo, paths, schedule, testing, testplan
from devtools.term import Failure


def dev(*arguments):
    return subprocess.run(
        [sys.executable, paths.ROOT / "dev", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def test_unknown_command_and_addon():
    unknown = dev("fly")
    assert unknown.returncode == 2
    assert "no command 'fly'" in unknown.stderr
    wrong = dev("test", "medical_nothing")
    assert wrong.returncode == 1
    assert "no such addon: medical_nothing" in wrong.stderr
    assert dev().returncode == 2
    assert "bench" in dev("--help").stdout


def test_missing_history_file():
    answer = dev("run", "--no-serve", "--history", "nowhere.csv")
    assert answer.returncode == 1
    assert "there is no such file" in answer.stderr


def test_addons_come_after_what_they_depend_on():
    ours = paths.our_addons()
    assert ours.index("medical_base") < ours.index("medical_forecast")
    core = paths.core_dependencies(["medical_forecast"])
    assert {"stock", "mail", "purchase_stock"} <= set(core)
    assert not set(core) & set(ours)


def test_damaged_download_is_refused(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"content")
    good = hashlib.sha256(b"content").hexdigest()
    target = tmp_path / "target"
    with pytest.raises(Failure, match="damaged"):
        index.download(source.as_uri(), target, "0" * 64, "test")
    assert list(tmp_path.iterdir()) == [source]
    index.download(source.as_uri(), target, good, "test")
    assert target.read_bytes() == b"content"
    target.write_bytes(b"half a fi")
    index.download(source.as_uri(), target, good, "test")
    assert target.read_bytes() == b"content"


def test_index_of_pip_configuration(monkeypatch, tmp_path):
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    configuration = tmp_path / "pip.conf"
    configuration.write_text("[global]\nindex-url = https://index.example/simple/\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    assert index.index_url() == "https://index.example/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")
    assert index.index_url() == "https://other.example/simple"


@pytest.mark.parametrize(
    ("log", "returncode", "expected"),
    [
        ("odoo.tests.result: 0 failed, 0 error(s) of 7 tests when loading database 'x'", 0, (7, 0)),
        ("odoo.tests.result: 1 failed, 2 error(s) of 7 tests when loading database 'x'", 1, (4, 3)),
        ("Traceback: it never came that far", 1, (0, 1)),
        ("installed, and no test was run", 0, (0, 1)),
    ],
)
def test_reading_odoos_test_log(log, returncode, expected):
    outcome = testing.read_log("label", log, returncode)
    assert (outcome.passed, outcome.failed) == expected


def test_failed_tests_are_named():
    log = (
        "2026-01-01 10:00:00,000 12 INFO db odoo.addons.stock.tests.test_move: Starting TestMove.test_good ... \n"
        "2026-01-01 10:00:01,000 12 ERROR db odoo.addons.stock.tests.test_move: FAIL: TestMove.test_bad\nTraceback\n"
        "2026-01-01 10:00:02,000 12 ERROR db odoo.tests.suite: ERROR: setUpClass (odoo.addons.stock.tests.test_x.TestX)\n \n"
    )
    assert testing.failures(log) == ["TestMove.test_bad", "setUpClass (odoo.addons.stock.tests.test_x.TestX)"]


def test_longest_chain_goes_first_and_after_what_it_needs():
    begun = []

    def job(label, expected, *needs):
        return schedule.Job(label, expected, lambda: begun.append(label) or label, needs)

    jobs = [job("short", 1), job("long", 9), job("first", 1), job("last", 20, "first")]
    done = schedule.run_all(jobs, workers=1)
    assert begun == ["first", "last", "long", "short"]
    assert [entry.result for entry in done] == begun


def test_a_job_that_raises_ends_the_run():
    begun = []

    def fails():
        raise Failure("no disk")

    jobs = [
        schedule.Job("fails", 9, fails),
        schedule.Job("waits", 1, lambda: begun.append(1), ("fails",)),
        schedule.Job("other", 1, lambda: begun.append(2)),
    ]
    with pytest.raises(Failure, match="no disk"):
        schedule.run_all(jobs, workers=1)
    assert not begun


def test_halves_weigh_about_the_same():
    assert schedule.halves({"a": 5, "b": 1, "c": 3, "d": 2, "e": 1}) == (["a", "b"], ["c", "d", "e"])


def test_everything_is_planned_once():
    with testplan.SharedDatabases() as shared:
        jobs = testplan.whole(shared)
    labels = [job.label for job in jobs]
    assert len(labels) == len(set(labels))
    assert {*paths.our_addons(), "medical_udi engine", "lint", "cross-addon 1", "cross-addon 2"} <= set(labels)
    crossing = [file for job in jobs if job.label.startswith("cross-addon") for file in job.run.args[1]]
    assert sorted(crossing) == testplan.crossing_files()
    assert paths.ROOT / "tests" / "test_devtools.py" in crossing
    # A database is never made from a template that is made later.
    waiting = {label: set(job.needs) for label, job in zip(labels, jobs, strict=True)}
    while waiting:
        ready = {label for label, needs in waiting.items() if not needs & waiting.keys()}
        assert ready, f"these wait for each other: {waiting}"
        waiting = {label: needs for label, needs in waiting.items() if label not in ready}


def test_lists_of_addons_that_come_to_the_same_share_a_template():
    assert odoo.core_addons(["stock"]) == odoo.core_addons(["barcodes_gs1_nomenclature", "mail", "stock"])
    assert odoo.core_addons(["stock"]) != odoo.core_addons(["product_expiry", "stock"])


def test_minutes_are_said_slowest_first(capsys):
    done = [schedule.Done("quick", 6, None), schedule.Done("slow", 90, None)]
    cmd_test.say_minutes(done)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split() for line in lines[1:3]] == [["1.5", "slow"], ["0.1", "quick"]]
    assert "from beginning to end" in lines[3]
