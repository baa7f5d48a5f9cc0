"""Quality at work: a hold on a lot with 10,000 stock lines and 2,000 open reservations, set in one transaction and lifted again;
a receipt of 1,000 lots that are all inspected."""

from devtools import benching, odoo, paths
from devtools.benching import Figure, stage
from devtools.term import say

QUANTS, RESERVATIONS, LOTS = 10_000, 2_000, 1_000
SECONDS_LIMIT = 60.0


def measure(options: benching.Options) -> list[Figure]:
    quants = options.size or QUANTS
    reservations = quants * RESERVATIONS // QUANTS
    with odoo.fresh_database("bench_hold", paths.core_dependencies(["medical_quality"])) as database:
        odoo.quiet("-d", database, "-i", "medical_quality", "--stop-after-init", "--no-http")
        say(f"hold: {quants} stock lines, {reservations} reservations")
        took = stage("hold_set", database, "--quants", quants, "--reservations", reservations)
        lots = quants * LOTS // QUANTS
        say(f"hold: a receipt of {lots} lots")
        received = stage("receive_lots", database, "--lots", lots)
    what = f"a lot with {quants} stock lines and {took['before']} open reservations"
    return [
        Figure(f"hold on {what}, one transaction", took["set_seconds"], "s", SECONDS_LIMIT),
        Figure("hold: processor time", took["set_cpu"], "s"),
        Figure("hold: statements", took["queries"], "queries"),
        Figure("hold: reservations left", took["left"], "lines", 0),
        Figure("hold: available quantity left", took["free"], "units", 0),
        Figure("lifted again, what waits is reserved anew", took["lift_seconds"], "s"),
        Figure("lifted again: reservations", took["again"], "lines"),
        Figure(
            f"receipt of {lots} lots, each with its inspection",
            received["inspected_seconds"],
            "s",
            None,
            "lots outside quality control",
            received["free_seconds"],
        ),
        Figure("receipt: inspections opened", received["opened"], "inspections"),
    ]
