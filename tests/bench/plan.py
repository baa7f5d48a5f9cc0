"""Planning 10,000 product-warehouses with three years of weeks, beside OCA's ddmrp.

Ours: demand panel → forecast → policy → proposals → reorder rules written, in one run, as the
nightly job does it. The peer: the two crons of ddmrp, average daily usage and buffers, on as many
buffers. Both work on the same history in a database of their own, each without the other's code;
both are timed inside a loaded Odoo process, so starting Odoo counts for neither. Memory is that of
the whole process. Ordering (core's scheduler; the peer's own procurement) is timed apart.
"""

import math
from contextlib import contextmanager
from datetime import date, timedelta

from devtools import benching, odoo, paths, postgres
from devtools.benching import Figure, stage
from devtools.term import run, say

SIZE = 10_000
MEMORY_LIMIT = 1024
# Exponent of time over size; 1 is linear. What is above is noise of the machine.
SLOPE_LIMIT = 1.1
PEER = "ddmrp"
# Shared machines change their pace within minutes: planning from nothing is measured three times.
REPEATS = 3


@contextmanager
def _suite_database(pairs: int):
    ours = paths.main_addons()
    with odoo.fresh_database("bench_plan", paths.core_dependencies(ours)) as database:
        odoo.quiet("-d", database, "-i", ",".join(ours), "--stop-after-init", "--no-http")
        say(f"writing the history of {pairs} product-warehouses")
        answer = stage("plan_data", database, "--pairs", pairs)
        yield database, date.fromisoformat(answer["last_day"])


@contextmanager
def _peer_database(pairs: int):
    addons = benching.peer_addons()
    with odoo.fresh_database("bench_ddmrp", ["mrp", "product_expiry", "purchase_stock"]) as database:
        run(
            odoo.command(
                "-d",
                database,
                "-i",
                "ddmrp",
                "--addons-path",
                addons,
                "--stop-after-init",
                "--no-http",
                python=paths.venv_python(paths.BENCH_VENV),
            ),
            quiet=True,
            env=odoo.process_environment(),
        )
        say(f"writing the same history and {pairs} buffers for ddmrp")
        stage("plan_data", database, "--pairs", pairs, "--buffers", pairs, peer=True)
        yield database


@contextmanager
def _copy(database: str):
    name = f"{database}_copy"
    postgres.copy(database, name)
    try:
        yield name
    finally:
        postgres.drop(name)


def _measure_suite(pairs: int, *, whole: bool) -> dict:
    """Plan from nothing ``REPEATS`` times; with ``whole`` also a week later, and Odoo's scheduler after it.

    The answer is the repetition of median time.
    """
    answers = []
    with _suite_database(pairs) as (database, last_day):
        for number in range(REPEATS):
            say(f"planning {pairs} product-warehouses ({number + 1} of {REPEATS})")
            with _copy(database) as fresh:
                answers.append(stage("plan_suite", fresh, "--as-of", last_day - timedelta(days=7), "--name", "first"))
                if not whole or number + 1 < REPEATS:
                    continue
                say("planning them again with a week more")
                again = stage("plan_suite", fresh, "--as-of", last_day, "--name", "again")
                say("Odoo's scheduler")
                again |= stage("plan_suite", fresh, "--as-of", last_day, "--scheduler", "--name", "scheduler")
    answers.sort(key=lambda answer: answer["first_seconds"])
    return answers[REPEATS // 2] | (again if whole else {})


def _measure_peer(pairs: int) -> dict:
    with _peer_database(pairs) as database:
        say(f"ddmrp's crons on {pairs} buffers")
        answer = stage("plan_ddmrp", database, peer=True)
        say("ddmrp's procurement")
        ordered = stage("plan_ddmrp", database, "--procure", peer=True)
    return answer | {"procure_lines": ordered.pop("lines")} | ordered


def measure(options: benching.Options) -> list[Figure]:
    size = options.size or SIZE
    sizes = sorted({max(size // 10, 20), max(3 * size // 10, 30), size})
    suite = {pairs: _measure_suite(pairs, whole=pairs == size) for pairs in sizes}
    ours, peer = suite[size], _measure_peer(size)
    theirs = peer["adu_seconds"] + peer["buffers_seconds"]
    theirs_cpu = peer["adu_cpu"] + peer["buffers_cpu"]
    crons = f"{PEER} crons"
    peak = max(value for key, value in ours.items() if key in ("first_peak_mb", "again_peak_mb"))
    smallest = sizes[0]
    slope = math.log(ours["first_seconds"] / suite[smallest]["first_seconds"]) / math.log(size / smallest)
    slope_cpu = math.log(ours["first_cpu"] / suite[smallest]["first_cpu"]) / math.log(size / smallest)
    figures = [
        Figure(
            f"{size} pairs, new: forecast to {ours['first_rules']} rules created",
            ours["first_seconds"],
            "s",
            round(theirs / 2, 1),
            crons,
            round(theirs, 1),
        ),
        Figure(
            f"{size} pairs, a week later: forecast to {ours['again_rules']} rules changed",
            ours["again_seconds"],
            "s",
            round(theirs / 2, 1),
            crons,
            round(theirs, 1),
        ),
        Figure(
            "processor time with the database, new",
            ours["first_cpu"],
            "s",
            round(theirs_cpu / 2, 1),
            crons,
            round(theirs_cpu, 1),
        ),
        Figure(
            "processor time with the database, a week later",
            ours["again_cpu"],
            "s",
            round(theirs_cpu / 2, 1),
            crons,
            round(theirs_cpu, 1),
        ),
        Figure("peak memory of the whole process", peak, "MB", MEMORY_LIMIT, crons, peer["buffers_peak_mb"]),
        Figure(f"exponent of time over size, {smallest} to {size} (1 = linear)", round(slope, 3), "", SLOPE_LIMIT),
        Figure(f"exponent of processor time over size, {smallest} to {size}", round(slope_cpu, 3), "", SLOPE_LIMIT),
    ]
    for pairs in sizes:
        figures.append(
            Figure(f"seconds per 1,000 pairs at {pairs}", round(1000 * suite[pairs]["first_seconds"] / pairs, 2), "s")
        )
    for name, label in (("first", "new"), ("again", "a week later")):
        for phase in ("watch", "forecast", "apply", "finish"):
            figures.append(Figure(f"phase {phase}, {label}", ours[f"{name}_phases"][phase], "s"))
    figures += [
        Figure(f"{PEER}: average daily usage", peer["adu_seconds"], "s"),
        Figure(f"{PEER}: buffers", peer["buffers_seconds"], "s"),
        Figure(
            f"ordering apart: core's scheduler, {ours['lines']} order lines",
            ours["scheduler_seconds"],
            "s",
            None,
            f"{PEER} procurement, {peer['procure_lines']} lines",
            peer["procure_seconds"],
        ),
        Figure(
            "ordering apart: peak memory",
            ours["scheduler_peak_mb"],
            "MB",
            MEMORY_LIMIT,
            f"{PEER} procurement",
            peer["procure_peak_mb"],
        ),
    ]
    return figures
