import io
import json
import sys

from odoo.cli.command import commands, load_addons_commands

KEYS = [
    "issuing_agency",
    "di",
    "lot",
    "serial",
    "expiry",
    "production_date",
    "quantity",
    "valid",
    "errors",
    "warnings",
    "extra",
]


def run(arguments, capsys, monkeypatch=None, lines=None):
    load_addons_commands("udi")
    if lines is not None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    commands["udi"]().run(arguments)
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_scans_as_arguments(capsys):
    first, second = run(["--", "0104012345123456" + "10L1", "-nonsense"], capsys)
    assert list(first) == KEYS
    assert (first["di"], first["lot"], first["valid"]) == ("04012345123456", "L1", True)
    assert second["valid"] is False
    assert second["errors"][0]["code"] == "not_a_udi"


def test_one_line_out_per_line_in(capsys, monkeypatch):
    lines = b'{"raw": "(10)A"}\nnot json\n{"raw": 5}\n\n{"raw": "\\u001d10B"}\n\xff\xfe\n'
    found = run(["--jsonl"], capsys, monkeypatch, lines)
    assert [row["lot"] for row in found] == ["A", None, None, None, "B", None]
    assert [row["errors"][0]["code"] if row["errors"] else None for row in found] == [
        None,
        "bad_input",
        "bad_input",
        "bad_input",
        None,
        "bad_input",
    ]


def test_a_separator_of_the_scanner(capsys):
    (found,) = run(["--separator", "|", "10A|21B"], capsys)
    assert (found["lot"], found["serial"]) == ("A", "B")


def test_input_that_is_closed_or_odd(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert run(["--jsonl"], capsys) == []
    assert run([], capsys) == []
    lines = (
        b'[1]\n{"raw": null}\n'
        + b"[" * 5000
        + b'\n{"raw": "\\ud800"}\n{"raw": "'
        + b"5" * 20000
        + b'"}\n{"raw": "4012345123456"}'
    )
    found = run(["--jsonl"], capsys, monkeypatch, lines)
    assert [row["errors"][0]["code"] if row["errors"] else None for row in found] == [
        "bad_input",
        "bad_input",
        "bad_input",
        "not_a_udi",
        "oversized",
        None,
    ]
    assert found[-1]["di"] == "04012345123456"
    assert [row["errors"][0]["code"] for row in run(["--", "--jsonl", "--help"], capsys)] == ["not_a_udi"] * 2
