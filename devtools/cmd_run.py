"""./dev run: the main job on the demo company, or on a demand history of one's own."""

import json
import subprocess
import sys
import time
from pathlib import Path

from . import environment, odoo, paths, postgres
from .locks import exclusive
from .main import parser
from .term import Failure, say

DEMO, HISTORY = "medical_demo", "medical_history"
PORT = 8069
# Parameter of a demo database: digest of the addons it was installed or updated from.
SOURCES = "medical.dev_sources"


def main(arguments: list[str]) -> int:
    options = parser("run")
    options.add_argument("--no-serve", action="store_true", help="stop after the result; its last line is JSON")
    options.add_argument("--history", metavar="FILE", type=Path, help="plan this demand history (.csv or .csv.gz)")
    options.add_argument("--as-of", metavar="DATE", help="plan with what was known at the end of this day (YYYY-MM-DD)")
    known = options.parse_args(arguments)
    if known.as_of and not known.history:
        options.error("--as-of goes with --history")
    if known.history and not known.history.is_file():
        raise Failure(f"--history {known.history}: there is no such file")
    begin = time.monotonic()
    environment.ensure()
    with postgres.server():
        database = HISTORY if known.history else DEMO
        with exclusive(database):
            prepare(database, known.history)
            answer = plan(database, known.history, known.as_of)
        answer["seconds"] = round(time.monotonic() - begin, 1)
        _print_result(answer)
        if known.no_serve:
            print(json.dumps(answer), flush=True)
            return 0
        return _serve(database)


def prepare(database: str, history: Path | None = None) -> None:
    """The demo database is made when absent, the history database always anew."""
    if database in postgres.databases():
        if not history:
            _bring_up_to_date(database)
            return
        postgres.drop(database)
    # What a killed ./dev left half-made bears the same name.
    making = f"making_{database}"
    postgres.drop(making)
    ours = paths.main_addons()
    source = odoo.template(paths.core_dependencies(ours))
    try:
        postgres.copy(source, making)
        if history:
            say("installing the suite")
            odoo.quiet("-d", making, "-i", ",".join(ours), "--stop-after-init", "--no-http")
            _set_parameter(making, "medical_demand.demo_database", "1")
        else:
            _install_demo(making, ours)
        _set_parameter(making, SOURCES, paths.sources_digest())
        postgres.rename(making, database)
    finally:
        postgres.drop(making)


def _set_parameter(database: str, key: str, value: str) -> None:
    postgres.psql(
        f"INSERT INTO ir_config_parameter (key, value) VALUES ('{key}', '{value}') "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        database,
    )


def _bring_up_to_date(database: str) -> None:
    """Update the addons in a demo database that was made from other sources."""
    digest = paths.sources_digest()
    if postgres.psql(f"SELECT value FROM ir_config_parameter WHERE key = '{SOURCES}'", database) == digest:
        return
    say(f"updating the addons in {database}")
    installed = set(postgres.psql("SELECT name FROM ir_module_module WHERE state = 'installed'", database).split())
    ours = paths.main_addons()
    present = [name for name in paths.our_addons() if name in installed]
    new = [name for name in ours if name not in installed]
    odoo.quiet("-d", database, "-u", ",".join(present), "--stop-after-init", "--no-http")
    if new:
        odoo.quiet("-d", database, "-i", ",".join(new), "--stop-after-init", "--no-http")
    _set_parameter(database, SOURCES, digest)


def _install_demo(database: str, ours: list[str]) -> None:
    """Our demo data without that of Odoo's own apps.

    Odoo loads an addon's demo data only where its dependencies have theirs; for the time
    of the installation they are said to.
    """
    say("installing the suite with its demo company")
    postgres.psql("UPDATE ir_module_module SET demo = true WHERE state = 'installed'", database)
    odoo.quiet("-d", database, "-i", ",".join(ours), "--with-demo", "--stop-after-init", "--no-http")
    names = ", ".join(f"'{name}'" for name in ours)
    postgres.psql(f"UPDATE ir_module_module SET demo = false WHERE name NOT IN ({names})", database)
    say("writing 30 months of moves, lots and orders")
    odoo.quiet("medical_demo", "-d", database, "--history-file", paths.STATE / "demo_history.csv")


def plan(database: str, history: Path | None = None, as_of: str | None = None) -> dict:
    """Run ``odoo plan``; what it says on standard error is shown as it comes."""
    say(f"planning {database}")
    arguments = ["plan", "-d", database, "--pilot"]
    if history:
        arguments += ["--history", history.resolve()]
    if as_of:
        arguments += ["--as-of", as_of]
    result = subprocess.run(
        odoo.command(*arguments),
        env=odoo.process_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = result.stdout.splitlines()
    if result.returncode or not lines:
        raise Failure(f"planning {database} failed")
    return json.loads(lines[-1])


def _print_result(answer: dict) -> None:
    out = sys.stdout
    out.write(
        f"\nDatabase {answer['database']}, data up to {answer['as_of']}\n"
        f"  {answer['planned']} of {answer['series']} product-warehouses planned, {answer['refused']} not plannable\n"
        f"  {answer['proposals']} proposals made, {answer['rules_written']} reorder rules written\n"
        f"  {answer['rfqs']} requests for quotation with {answer['rfq_lines']} lines wait for the buyer\n"
        f"  {answer['seconds']} seconds\n"
    )
    out.flush()


def _serve(database: str) -> int:
    print(
        f"\nOpen http://127.0.0.1:{PORT} and log in as admin / admin (administrator)"
        + (
            ", planner / planner, buyer / buyer, quality / quality, approver / approver or auditor / auditor.\n"
            if database == DEMO
            else ".\n"
        )
        + "  Inventory → Operations → Reorder Proposals: what waits for the planner\n"
        "  Purchase → Orders → Requests for Quotation: what waits for the buyer\n"
        "Stop with Ctrl+C.",
        flush=True,
    )
    command = odoo.command("-d", database, "--http-port", PORT, "--max-cron-threads", 1)
    process = subprocess.Popen(command, env=odoo.process_environment(), stdin=subprocess.DEVNULL)
    try:
        return process.wait()
    except (KeyboardInterrupt, SystemExit):
        process.terminate()
        process.wait()
        return 0
