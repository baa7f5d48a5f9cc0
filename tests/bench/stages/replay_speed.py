"""Time and memory of the simulation alone: one process, one thread, random demand and lead times, expiry."""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from session import peak_mb

import odoo.addons


def main() -> None:
    addons = Path(__file__).resolve().parents[3] / "addons"
    odoo.addons.__path__.append(str(addons))
    sys.path.append(str(addons / "medical_planning" / "tests" / "engine"))
    from sampling import count_chances, sampler

    from odoo.addons.medical_planning.engine.replay.lead_times import distribution
    from odoo.addons.medical_planning.engine.replay.simulation import Terms, simulate

    options = argparse.ArgumentParser(description=__doc__)
    for name in ("products", "days", "replications"):
        options.add_argument(f"--{name}", type=int, required=True)
    known = options.parse_args()

    def run(products, days):
        rate = np.random.default_rng(1).gamma(0.7, 2.0, products)
        demand = sampler(count_chances(rate, 1.6 * rate), days, known.replications)
        low = np.repeat(np.ceil(8 * rate + 2 * np.sqrt(13 * rate))[:, None], days, axis=1)
        terms = Terms(shelf_life=np.random.default_rng(2).integers(60, 400, products))
        return simulate(demand, low, low + np.ceil(7 * rate)[:, None], distribution(7, 2), known.replications, terms)

    run(10, 20)
    before = peak_mb()
    begin, cpu = time.perf_counter(), time.process_time()
    out = run(known.products, known.days)
    answer = {
        "seconds": time.perf_counter() - begin,
        "cpu": time.process_time() - cpu,
        "above_mb": peak_mb() - before,
        "service": float(out.served.mean() / known.days),
        "expired": float(out.expired.sum() / known.replications),
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
