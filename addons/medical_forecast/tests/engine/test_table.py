import gzip
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.cli.command import commands, load_addons_commands

from odoo.addons.medical_demand.engine import table
from odoo.addons.medical_forecast.engine import frames
from odoo.addons.medical_forecast.engine.forecast import Settings, forecast


def rows(*items):
    return pd.DataFrame(items, columns=["unique_id", "ds", "y"], dtype=object)


def monthly(name, begin, values, freq="MS"):
    days = pd.date_range(begin, periods=len(values), freq=freq).strftime("%Y-%m-%d")
    return [(name, day, str(value)) for day, value in zip(days, values, strict=True)]


def test_the_written_table():
    frame = rows(*monthly("01", "2020-01-01", range(10, 46)), *monthly("2", "2020-01-01", [3] * 36))
    read = table.read(frame, table.frequency("MS"))
    result = forecast(read.panel, Settings(horizon=4), cover=3)
    written = frames.frame(result, read)
    assert list(written.columns) == [
        "unique_id",
        "ds",
        "mean",
        "q05",
        "q10",
        "q20",
        "q30",
        "q40",
        "q50",
        "q60",
        "q70",
        "q80",
        "q90",
        "q95",
        "q99",
        "model",
    ]
    assert written["unique_id"].tolist() == ["01"] * 4 + ["2"] * 4
    assert written["ds"].iloc[0] == "2023-01-01"
    assert list(frames.cover_frame(result).columns) == ["unique_id", "mean", "q90", "q95", "q99"]


text = st.one_of(
    st.sampled_from(["2024-01-01", "2024-02-01", "1", "-1", "1e400", "nan", "", "0001-01-01", "9999-12-31", "x"]),
    st.text(max_size=5),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "", "0"]), text, text), max_size=12), st.sampled_from("DWM"))
def test_no_content_raises(items, alias):
    read = table.read(rows(*items), table.frequency(alias))
    result = forecast(read.panel, Settings(horizon=2), cover=2)
    written = frames.frame(result, read)
    assert len(written) == 2 * len(result.keys)
    assert np.isfinite(written.drop(columns=["unique_id", "ds", "model"]).to_numpy(dtype=float)).all()
    assert {key for key, _day, _value in items} == set(result.keys) | {
        item.key for item in (*read.refused, *result.refused)
    }


@pytest.fixture
def command():
    load_addons_commands("forecast")
    return commands["forecast"]()


@pytest.mark.parametrize(
    ("option", "value"), [("--horizon", "0"), ("--horizon", "x"), ("--lead-time", "0"), ("--season", "-1")]
)
def test_wrong_options_end_with_2_and_a_sentence(command, tmp_path, capsys, option, value):
    with pytest.raises(SystemExit) as ended:
        command.run(["--input", "x.csv", "--freq", "MS", "--output", str(tmp_path / "out.csv"), option, value])
    assert ended.value.code == 2
    assert f"{value!r} is not a" in capsys.readouterr().err


def test_the_command(command, tmp_path, capsys):
    source, output = tmp_path / "demand.csv.gz", tmp_path / "out.csv"
    lines = ["unique_id,ds,y"]
    lines += [",".join(row) for row in monthly("007", "2020-01-01", range(10, 46)) + monthly("one", "2020-01-01", [1])]
    with gzip.open(source, "wt", encoding="utf-8-sig") as stream:
        stream.write("\n".join(lines))
    command.run(
        ["--input", str(source), "--freq", "MS", "--horizon", "3", "--lead-time", "2.5", "--output", str(output)]
    )
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(summary) == {"series", "refused", "seconds", "peak_mb", "models"}
    assert summary["series"] == 1
    assert [item["unique_id"] for item in summary["refused"]] == ["one"]
    assert sum(summary["models"].values()) == 1
    written = pd.read_csv(output, dtype={"unique_id": str})
    assert written["unique_id"].tolist() == ["007"] * 3
    assert pd.read_csv(tmp_path / "out.ltd.csv", dtype={"unique_id": str})["unique_id"].tolist() == ["007"]


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"a,b\n1,2\n",
        b"\xff\xfe\x00\x81",
        b'unique_id,ds,y\n"1,2\n',
        b"unique_id,ds,y\na,2024-01-01,1,5\n",
        b"unique_id,ds,y\na,2024-01-01,1\nb,2024-01-01,1,5\n",
    ],
)
def test_an_unreadable_table_ends_with_2_and_a_sentence(command, tmp_path, capsys, content):
    source = tmp_path / "demand.csv"
    if content is not None:
        source.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        command.run(["--input", str(source), "--freq", "MS", "--output", str(tmp_path / "out.csv")])
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert str(source) in message or "column" in message
