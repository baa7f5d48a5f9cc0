"""Installing medical_udi and medical_quality on a database full of stock, and uninstalling them again.

The database holds the addons of Odoo that ours depend on, 1,000,000 quants, 300,000 lots, 3,000,000 move lines on
1,000,000 moves. Memory is that of the whole Odoo process that installs.
"""

import os
import subprocess
import time

from devtools import benching, odoo, paths
from devtools.benching import Figure, stage
from devtools.term import Failure, say

QUANTS, LOTS, LINES = 1_000_000, 300_000, 3_000_000
SECONDS_LIMIT, MEMORY_LIMIT = 180, 1024
ADDONS = ["medical_base", "medical_udi", "medical_quality"]


def _run(*arguments) -> tuple[float, float]:
    """Seconds and peak memory in MiB of an Odoo process that has to end well."""
    started = time.perf_counter()
    process = subprocess.Popen(
        odoo.command(*arguments),
        env=odoo.process_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Failure(f"odoo {' '.join(map(str, arguments))} ended with {process.returncode}")
    return round(time.perf_counter() - started, 1), round(usage.ru_maxrss / 1024, 1)


def measure(options: benching.Options) -> list[Figure]:
    quants = options.size or QUANTS
    lots, lines = quants * LOTS // QUANTS, quants * LINES // QUANTS
    with odoo.fresh_database("bench_install", paths.core_dependencies(ADDONS)) as database:
        say(f"writing {quants} quants, {lots} lots, {lines} move lines")
        stage("install_data", database, "--lots", lots, "--quants", quants, "--lines", lines)
        idle, idle_memory = _run("-d", database, "--stop-after-init", "--no-http")
        say("installing medical_udi")
        seconds, memory = _run("-d", database, "-i", "medical_udi", "--stop-after-init", "--no-http")
        say("installing medical_quality")
        quality, quality_memory = _run("-d", database, "-i", "medical_quality", "--stop-after-init", "--no-http")
        say("a trace on it")
        after_quality = stage("install_quality", database)
        trace = stage("install_trace", database)
        say("uninstalling all of it")
        away, _memory = _run("module", "uninstall", "-d", database, "medical_base")
        after = stage("install_after", database)
    size = f"{quants} quants, {lots} lots, {lines} move lines"
    return [
        Figure(f"install medical_udi on {size}", seconds, "s", SECONDS_LIMIT, "starting Odoo on it", idle),
        Figure("install medical_udi, peak memory", memory, "MB", MEMORY_LIMIT, "starting Odoo on it", idle_memory),
        Figure("install medical_quality on it", quality, "s", SECONDS_LIMIT),
        Figure("install medical_quality, peak memory", quality_memory, "MB", MEMORY_LIMIT),
        Figure("lots that medical_quality blocks", after_quality["blocked"], "lots", 0),
        Figure("trace of one lot on it", trace["trace_seconds"], "s"),
        Figure("uninstall", away, "s"),
        Figure(
            "stock works after uninstalling, and nothing of ours is left",
            int(after["works"] and not after["columns"]),
            "",
            1,
            at_least=True,
        ),
    ]
