"""Trace the lot of ``trace_data``: by the suite, by core's search for deliveries, or by core's report."""

import time
from pathlib import Path

import session

# Of core's report, this many lots are opened; all of them would take too long.
SAMPLE = 30


def _status(name: str) -> float:
    """MiB of a line of this process's status."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name)]
    return int(line.split()[1]) / 1024


def timed(env, answer: dict, name: str, work):
    """Seconds, processor seconds and what memory the process needed over its idle size."""
    env.invalidate_all()
    Path("/proc/self/clear_refs").write_text("5")
    idle = _status("VmRSS")
    with session.measured(env, answer, name):
        result = work()
    answer[f"{name}_over_idle_mb"] = round(_status("VmHWM") - idle, 1)
    return result


def ours(env, seed, answer: dict) -> None:
    lot = env["stock.lot"].browse(seed)
    # What the first call of a process loads is not the trace.
    lot.search([("id", "!=", seed)], order="id desc", limit=1).medical_trace()
    result = timed(env, answer, "forward", lot.medical_trace)
    answer.update(rows=result["total"], lots=result["lots"], consignees=len(result["totals_by_consignee"]))
    answer["net"] = sum(row["quantity"] for row in result["totals_by_consignee"])
    timed(env, answer, "page", lambda: lot.medical_trace(limit=10_000, offset=200_000))
    kit = lot.search([("name", "=", "KIT1")], limit=1)
    result = timed(env, answer, "backward", lambda: kit.medical_trace("backward"))
    answer["backward_lots"] = result["lots"]
    timed(env, answer, "screen", lambda: env["medical.trace.screen"].open_trace("stock.lot", lot.ids, "forward"))
    timed(env, answer, "workbook", lambda: env["medical.trace.workbook"]._workbook("stock.lot", lot.ids, "forward"))


def search(env, seed, answer: dict) -> None:
    lot = env["stock.lot"].browse(seed)
    result = timed(env, answer, "search", lot._find_delivery_ids_by_lot_iterative)
    answer["deliveries"] = len(result[seed])


def report(env, seed, answer: dict) -> None:
    """Core's report shows one lot; whoever wants all opens it for each lot it went into."""
    lots = env["stock.lot"].search([("name", "=like", "KIT%")], order="id", limit=SAMPLE)
    model = env["stock.traceability.report"]

    def work():
        for lot in lots:
            model.with_context(active_id=lot.id, model="stock.lot").get_lines()

    timed(env, answer, "report", work)
    answer["report_lots"] = len(lots)


def main() -> None:
    options = session.parser(__doc__)
    options.add_argument("--seed", type=int, required=True)
    options.add_argument("--what", choices=("ours", "search", "report"), required=True)
    known = options.parse_args()
    answer = {"started": time.time()}
    with session.environment(known) as env:
        {"ours": ours, "search": search, "report": report}[known.what](env, known.seed, answer)
    session.finish(answer)


if __name__ == "__main__":
    main()
