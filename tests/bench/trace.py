"""Trace of a lot with 3,000 descendants and 300,000 delivery lines, beside core's own report and delivery search.

The raw lot is in everything; a planted loop (a kit reworked into the raw lot) has to end. As many lines of other lots lie
in the same tables. Each way is measured in a process of its own on the same database. Core's report shows one lot at a
time, without quantities per consignee; it is opened for thirty of the lots and its time scaled to all.
"""

from devtools import benching, odoo, paths
from devtools.benching import Figure, stage
from devtools.term import say

LOTS, LINES_PER_LOT = 3_000, 100
SECONDS_LIMIT, MEMORY_LIMIT = 5.0, 300


def measure(options: benching.Options) -> list[Figure]:
    lots = options.size or LOTS
    lines = lots * LINES_PER_LOT
    with odoo.fresh_database("bench_trace", paths.core_dependencies(["medical_base", "medical_udi"])) as database:
        odoo.quiet("-d", database, "-i", "medical_udi", "--stop-after-init", "--no-http")
        say(f"writing a lot with {lots} descendants and {lines} delivery lines")
        data = stage("trace_data", database, "--lots", lots, "--lines", lines)
        say("our trace")
        ours = stage("trace_run", database, "--seed", data["seed"], "--what", "ours")
        say("core's search for deliveries")
        search = stage("trace_run", database, "--seed", data["seed"], "--what", "search")
        say("core's traceability report")
        report = stage("trace_run", database, "--seed", data["seed"], "--what", "report")
    scaled = round(report["report_seconds"] * (lots + 1) / report["report_lots"], 1)
    peer, other = "core's delivery search", f"core's report, scaled from {report['report_lots']} lots"
    return [
        Figure(f"lots reached of {lots + 1}, with a loop", ours["lots"], "lots", lots + 1, at_least=True),
        Figure(
            f"forward: {ours['rows']} rows, {ours['consignees']} net quantities",
            ours["forward_seconds"],
            "s",
            SECONDS_LIMIT,
            peer,
            search["search_seconds"],
        ),
        Figure("forward", ours["forward_seconds"], "s", SECONDS_LIMIT, other, scaled),
        Figure("forward, processor time with the database", ours["forward_cpu"], "s", None, peer, search["search_cpu"]),
        Figure(
            "forward, memory over idle",
            ours["forward_over_idle_mb"],
            "MB",
            MEMORY_LIMIT,
            peer,
            search["search_over_idle_mb"],
        ),
        Figure("a late page of 10,000 rows", ours["page_seconds"], "s", SECONDS_LIMIT),
        Figure(f"backward from a kit, {ours['backward_lots']} lots", ours["backward_seconds"], "s", SECONDS_LIMIT),
        Figure("the screen with its graph", ours["screen_seconds"], "s", SECONDS_LIMIT),
        Figure("the screen, memory over idle", ours["screen_over_idle_mb"], "MB", MEMORY_LIMIT),
        Figure("the whole workbook", ours["workbook_seconds"], "s"),
        Figure("the workbook, memory over idle", ours["workbook_over_idle_mb"], "MB", MEMORY_LIMIT),
    ]
