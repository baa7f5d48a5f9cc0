"""Scanning a receipt of 500 lines and 1,000 serial numbers, and validating one, beside core.

A scan is what the browser asks for: one call in a transaction of its own, with an empty cache, by a stock user. The
receipt is validated with its serial numbers on the lines; core does it in a database without the addon, in turns
with ours, as the machine's pace changes.
"""

import statistics

from devtools import benching, odoo, paths
from devtools.benching import Figure, stage
from devtools.term import say

SERIALS = 1_000
SCAN_LIMIT = 0.150
SLOWER = 1.15
TURNS, REPEATS = 3, 1


def measure(options: benching.Options) -> list[Figure]:
    serials = max(options.size or SERIALS, 10)
    core = paths.core_dependencies(["medical_udi"])
    took = {"ours": {"seconds": [], "cpu": []}, "core": {"seconds": [], "cpu": []}}
    with odoo.fresh_database("bench_scan", core) as ours, odoo.fresh_database("bench_scan_core", core) as peer:
        odoo.quiet("-d", ours, "-i", "medical_udi", "--stop-after-init", "--no-http")
        say(f"scan: {serials} serial numbers on a receipt")
        scanned = stage("scan_suite", ours, "--serials", serials)
        for turn in range(TURNS):
            for name, database, more in (("ours", ours, ()), ("core", peer, ("--core",))):
                say(f"scan: receipts of {serials} serial numbers validated, {name}, {turn + 1} of {TURNS}")
                answer = stage("scan_suite", database, "--serials", serials, "--repeats", REPEATS, *more)
                for kind, values in took[name].items():
                    values += answer[f"validate_{kind}"]
    middle = {name: {kind: statistics.median(values) for kind, values in kinds.items()} for name, kinds in took.items()}
    figures = [
        Figure(
            f"scan, {scanned['scans']} boxes on {serials // 2} lines: median",
            round(1000 * scanned["scan_median"], 1),
            "ms",
            1000 * SCAN_LIMIT,
        ),
        Figure("  processor time of the server's process: median", round(1000 * scanned["scan_cpu"], 1), "ms"),
        Figure("  95 % of the scans within", round(1000 * scanned["scan_p95"], 1), "ms"),
        Figure("  queries per scan, first 50", scanned["scan_queries_first"], "queries"),
        Figure(
            "  queries per scan, last 50", scanned["scan_queries_last"], "queries", scanned["scan_queries_first"] + 2
        ),
        Figure("  queries per scan, most", scanned["scan_queries_max"], "queries"),
    ]
    for kind, words in (("seconds", "seconds"), ("cpu", "processor seconds, database included")):
        value, peer_value = middle["ours"][kind], middle["core"][kind]
        figures.append(
            Figure(
                f"{serials} serial numbers validated: {words}",
                round(value, 2),
                "s",
                round(SLOWER * peer_value, 2),
                "core",
                round(peer_value, 2),
            )
        )
    return figures
