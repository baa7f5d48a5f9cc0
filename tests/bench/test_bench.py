"""The frame of ./dev bench; the benchmarks themselves are measured, not tested."""

import json

import pytest

from devtools import benching, cmd_bench

KEYS = ["bench", "what", "value", "unit", "limit", "peer", "peer_value", "holds", "machine"]


@pytest.mark.parametrize("name", benching.names())
def test_every_file_is_a_benchmark(name):
    module = benching.load(name)
    assert callable(module.measure)
    assert module.__doc__


def test_unknown_name_is_refused(capsys):
    assert cmd_bench.main(["nosuch"]) == 2
    assert "plan" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "limit", "at_least", "holds"),
    [
        (1.0, 2.0, False, True),
        (2.0, 2.0, False, True),
        (3.0, 2.0, False, False),
        (3.0, 2.0, True, True),
        (1.0, 2.0, True, False),
        (1.0, None, False, None),
    ],
)
def test_limits(value, limit, at_least, holds):
    assert benching.Figure("x", value, "s", limit, at_least=at_least).holds is holds


def test_a_line_has_the_agreed_keys():
    line = json.loads(benching.Figure("x", 1.0, "s", 2.0, "peer", 4.0).as_line("plan", "a machine"))
    assert list(line) == KEYS
    assert line["holds"] is True and line["machine"] == "a machine"
