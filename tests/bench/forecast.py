"""Accuracy, coverage and speed of the forecast on public data, with statsforecast's models beside it.

One default configuration, through ``./dev odoo forecast``: each set without its last rows goes in as a table,
what comes out is scored against those rows by a scorer that shares nothing with the engine. Lead-time demand
is scored at four rolling origins. Speed is the engine's alone, one process on one core. The sets are not part
of the project; those that are not there are skipped and named.
"""

import json
import math
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from devtools import benching, odoo, paths
from devtools.benching import Figure, stage
from devtools.term import Failure, say

DATA = paths.SHARED / "data"
PEERS = "statsforecast"
BEST_OF_PEERS = "best of Theta, DOT, IMAPA, AutoETS"


@dataclass(frozen=True)
class Set:
    """One table; ``limits``: metric → (must, aim as text); ``against``: metric not to be worse than the peers'."""

    name: str
    horizon: int
    freq: str = "MS"
    season: int = 12
    limits: dict = field(default_factory=dict)
    against: str | None = None

    @property
    def file(self) -> Path:
        return DATA / f"{self.name}.csv.gz"


SETS = (
    Set(
        "hospital",
        12,
        limits={
            "mase": (0.750, "0.735"),
            "mae": (17.0, ""),
            "rmse": (20.8, ""),
            "wql": (0.0495, "0.0465"),
        },
    ),
    Set("carparts", 12, limits={"rmse": (0.728, "0.718"), "wql": (0.880, "0.860"), "bias": (0.05, "")}),
    Set("m3_monthly", 18, limits={"mase": (0.865, "0.830")}),
    Set("m1_monthly", 18, against="mase"),
    Set("pasta_weekly", 13, freq="W-MON", season=52, against="mase"),
    Set("auto", 6, against="rmse"),
    Set("scms_hiv", 6, against="rmse"),
)
LEAD_TIME = 3
LEAD_TIME_BACK = (12, 9, 6, 3)
LEAD_TIME_LEAST = 36
# Mean of the three scaled pinballs: must, aim.
LEAD_TIME_SETS = {"hospital": (0.0812, 0.0771), "carparts": (0.2151, 0.2043)}
COVERAGE_POINTS = 2.0
MONTHS, MONTHLY_HORIZON, REPEATS = 72, 12, 5
WEEKS, WEEKLY_HORIZON = 156, 13
SIZE = 10_000
SLOW_SERIES = 60
SPEED_LIMIT, SECONDS_LIMIT, MEMORY_LIMIT, PEER_TIMES = 2000, 15.0, 400.0, 20.0
# Exponent of time over size; 1 is linear. What is above is noise of the machine.
SLOPE_LIMIT = 1.1


def _forecast(table: Path, output: Path, one: Set, *more) -> dict:
    """Our own command, in a process of its own; its last line."""
    result = subprocess.run(
        odoo.command(
            "forecast",
            "--input",
            table,
            "--freq",
            one.freq,
            "--season",
            one.season,
            "--horizon",
            one.horizon,
            "--output",
            output,
            *more,
        ),
        env=odoo.process_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if result.returncode or not result.stdout.strip():
        raise Failure(f"./dev odoo forecast on {one.name} ended with {result.returncode}\n{result.stderr[-2000:]}")
    return json.loads(result.stdout.splitlines()[-1])


def _points(one: Set, folder: Path) -> list[Figure]:
    train, output, peers = (folder / f"{one.name}_{part}.csv" for part in ("train", "ours", "peers"))
    train = train.with_suffix(".csv.gz")
    say(f"{one.name}: forecast of the last {one.horizon} periods")
    stage("forecast_cut", one.file, train, "--last", one.horizon)
    answer = _forecast(train, output, one)
    say(f"{one.name}: Theta, DOT, IMAPA, AutoETS of {PEERS}")
    took = stage(
        "forecast_peers",
        train,
        "--output",
        peers,
        "--freq",
        one.freq,
        "--season",
        one.season,
        "--horizon",
        one.horizon,
        peer=True,
    )
    scored = stage(
        "forecast_score", one.file, output, "--horizon", one.horizon, "--season", one.season, "--peers", peers
    )
    ours, theirs = scored["ours"], scored["peers"]
    figures = []
    for metric in ("mase", "mae", "rmse", "wql", "bias"):
        figures.append(_point(one, metric, ours[metric], {name: row.get(metric) for name, row in theirs.items()}))
    for metric in ("mase", "rmse"):
        for name, row in theirs.items():
            figures.append(Figure(f"  {one.name} {metric.upper()} of {name}", round(row[metric], 6), ""))
    figures += [
        Figure(f"{one.name} series without a forecast, scored as zero", ours["missing"], "series", 0),
        Figure(
            f"{one.name} through the command line",
            answer["seconds"],
            "s",
            None,
            "AutoETS, processor",
            round(took["AutoETS"], 1),
        ),
    ]
    return figures


def _point(one: Set, metric: str, value: float, theirs: dict) -> Figure:
    label = f"{one.name} {metric.upper() if metric != 'bias' else 'bias, either way'}"
    value = abs(value) if metric == "bias" else value
    known = {name: abs(other) for name, other in theirs.items() if other is not None}
    peer = min(known, key=known.get, default=None)
    beside = (peer, round(known[peer], 6)) if peer else (None, None)
    if metric == one.against:
        return Figure(f"{label}, limit: {BEST_OF_PEERS} (aim: better)", round(value, 6), "", beside[1], *beside)
    limit, aim = one.limits.get(metric, (None, ""))
    return Figure(f"{label} (aim {aim})" if aim else label, round(value, 6), "", limit, *beside)


def _lead_time(one: Set, folder: Path) -> list[Figure]:
    origins = []
    for back in LEAD_TIME_BACK:
        say(f"{one.name}: demand of {LEAD_TIME} periods, {back} before the end")
        train, output = folder / f"{one.name}_{back}.csv.gz", folder / f"{one.name}_{back}_ours.csv"
        stage("forecast_cut", one.file, train, "--last", back, "--least", LEAD_TIME_LEAST)
        _forecast(train, output, one, "--lead-time", LEAD_TIME)
        origins += ["--origin", back, output.with_suffix(".ltd.csv")]
    scored = stage("forecast_cover", one.file, "--least", LEAD_TIME_LEAST, "--lead-time", LEAD_TIME, *origins)
    limit, aim = LEAD_TIME_SETS[one.name]
    levels = scored["levels"]
    mean = sum(row["pinball"] for row in levels.values()) / len(levels)
    label = f"{one.name} lead-time"
    figures = [Figure(f"{label} pinball, mean of the three (aim {aim})", round(mean, 6), "", limit)]
    figures += [Figure(f"{label} pinball {level}", round(row["pinball"], 6), "") for level, row in levels.items()]
    for level, row in levels.items():
        target = float(level)
        figures.append(Figure(f"{label} coverage of {level}", round(100 * row["coverage"], 2), "%"))
        if one.name == "carparts":
            under = 100 * (target - row["coverage"])
            astray = 100 * abs(row["randomised"] - target)
            figures += [
                Figure(f"{label} coverage {level}, points under (aim 1)", round(under, 2), "points", COVERAGE_POINTS),
                Figure(f"{label} randomised coverage of {level}", round(100 * row["randomised"], 2), "%"),
                Figure(
                    f"{label} randomised coverage {level}, points astray (aim 1)",
                    round(astray, 2),
                    "points",
                    COVERAGE_POINTS,
                ),
                Figure(
                    f"{label} randomised coverage of {level}, with parts that never varied",
                    round(100 * row["randomised_all"], 2),
                    "%",
                ),
            ]
        else:
            astray = 100 * abs(row["coverage"] - target)
            figures.append(
                Figure(f"{label} coverage {level}, points astray (aim 1)", round(astray, 2), "points", COVERAGE_POINTS)
            )
    return figures


def _speed(monthly: Set | None, size: int) -> list[Figure]:
    figures = []
    if monthly:
        say(f"speed: backtest, weights and forecast of {MONTHS} months")
        ours = stage(
            "forecast_speed",
            "--table",
            monthly.file,
            "--periods",
            MONTHS,
            "--season",
            12,
            "--horizon",
            MONTHLY_HORIZON,
            "--repeats",
            REPEATS,
        )
        say("speed: cross-validation of DOT")
        dot = stage(
            "forecast_peers",
            monthly.file,
            "--freq",
            "MS",
            "--season",
            12,
            "--horizon",
            MONTHLY_HORIZON,
            "--periods",
            MONTHS,
            "--windows",
            ours["origins"],
            "--step",
            3,
            peer=True,
        )
        rate, theirs = ours["series"] / ours["seconds"], dot["series"] / dot["seconds"]
        label = f"{ours['series']} series × {MONTHS} months, h {MONTHLY_HORIZON}"
        figures += [
            Figure(
                f"{label}: {ours['origins']}-origin backtest, weights, forecast with quantiles (aim 5,000)",
                round(rate),
                "series/s",
                SPEED_LIMIT,
                "DOT cross-validation",
                round(theirs, 1),
                at_least=True,
            ),
            Figure(
                f"{label}: over DOT's cross-validation of the same series",
                round(rate / theirs, 1),
                "times",
                PEER_TIMES,
                at_least=True,
            ),
            Figure(
                f"{label}: by processor time",
                round(ours["series"] / ours["cpu"]),
                "series/s",
                SPEED_LIMIT,
                "DOT cross-validation",
                round(dot["series"] / dot["cpu"], 1),
                at_least=True,
            ),
        ]
    sizes = sorted({max(size // 10, 20), size})
    took = {}
    for series in sizes:
        say(f"speed: {series} series × {WEEKS} weeks")
        took[series] = stage(
            "forecast_speed",
            "--series",
            series,
            "--periods",
            WEEKS,
            "--season",
            52,
            "--horizon",
            WEEKLY_HORIZON,
            "--cover",
            LEAD_TIME,
            "--repeats",
            3,
        )
    label = f"{size} series × {WEEKS} weeks with quantiles of periods and lead time"
    figures += [
        Figure(f"{label} (aim 6 s)", round(took[size]["seconds"], 2), "s", SECONDS_LIMIT),
        Figure(f"{label}: memory above the imports", round(took[size]["above_mb"], 1), "MB", MEMORY_LIMIT),
    ]
    for clock, words in (("seconds", "time"), ("cpu", "processor time")):
        slope = math.log(took[sizes[-1]][clock] / took[sizes[0]][clock]) / math.log(sizes[-1] / sizes[0])
        figures.append(
            Figure(
                f"exponent of {words} over size, {sizes[0]} to {sizes[-1]} (1 = linear)",
                round(slope, 3),
                "",
                SLOPE_LIMIT,
            )
        )
    return figures


def _slow(one: Set) -> list[Figure]:
    say(f"{one.name}: slow pass of {SLOW_SERIES} series")
    took = stage(
        "forecast_slow", one.file, "--season", one.season, "--horizon", one.horizon, "--series", SLOW_SERIES, peer=True
    )
    label = f"slow pass, apart: {took['series']} series of {one.name}"
    return [
        Figure(
            f"{label}, MASE with it ({took['admitted']} won their backtest)",
            round(took["slow"], 6),
            "",
            None,
            "without",
            round(took["quick"], 6),
        ),
        Figure(f"{label}, time", round(took["seconds"] / took["series"], 2), "s a series"),
    ]


def measure(options: benching.Options) -> list[Figure]:
    there = [one for one in SETS if one.file.is_file()]
    for one in SETS:
        if one not in there:
            say(f"{one.name}: skipped, there is no {one.file.name} in ../shared/data beside the project")
    hospital = next((one for one in there if one.name == "hospital"), None)
    if hospital is None:
        say(f"speed on {MONTHS} months and beside DOT: skipped, it is measured on hospital")
    figures = _speed(hospital, options.size or SIZE)
    with tempfile.TemporaryDirectory() as folder:
        for one in there:
            figures += _points(one, Path(folder))
            if one.name in LEAD_TIME_SETS:
                figures += _lead_time(one, Path(folder))
    if hospital:
        figures += _slow(hospital)
    return figures
