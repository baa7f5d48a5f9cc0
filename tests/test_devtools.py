"""The parts of ./dev that decide something."""

import hashlib
import subprocess
import sys

import pytest

from devtools import index, paths, testing
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
