"""Time and memory of the engine alone: one process, one thread, default settings, quantiles included."""

import argparse
import json
import statistics
import time
from pathlib import Path

import numpy as np
from forecast_data import load, weekly_demand
from session import peak_mb

import odoo.addons


def _table(path, periods) -> np.ndarray:
    """(n, periods) first periods of every series that has as many."""
    groups = load(path).groupby("unique_id")["y"]
    return np.array([values.to_numpy()[:periods] for _key, values in groups if len(values) >= periods], dtype=float)


def main() -> None:
    odoo.addons.__path__.append(str(Path(__file__).resolve().parents[3] / "addons"))
    from odoo.addons.medical_demand.engine.panel import Panel
    from odoo.addons.medical_forecast.engine import forecast as engine

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--table", help="the first periods of these series; else synthetic weekly ones")
    options.add_argument("--series", type=int, help="so many synthetic ones")
    options.add_argument("--periods", type=int, required=True)
    options.add_argument("--season", type=int, required=True)
    options.add_argument("--horizon", type=int, required=True)
    options.add_argument("--cover", type=float, help="with quantiles of the demand summed over so many periods")
    options.add_argument("--repeats", type=int, default=1)
    known = options.parse_args()
    settings = engine.Settings(horizon=known.horizon)
    # What is imported at the first forecast is an import too.
    engine.forecast(Panel(("a", "b"), weekly_demand(2, 60), known.season), settings, cover=known.cover)
    before = peak_mb()
    values = _table(known.table, known.periods) if known.table else weekly_demand(known.series, known.periods)
    panel = Panel(tuple(range(len(values))), values, known.season)
    wall, processor = [], []
    for _number in range(known.repeats):
        begin = time.perf_counter(), time.process_time()
        result = engine.forecast(panel, settings, cover=known.cover)
        wall.append(time.perf_counter() - begin[0])
        processor.append(time.process_time() - begin[1])
    print(
        json.dumps(
            {
                "series": len(result.keys),
                "origins": settings.origins,
                "seconds": statistics.median(wall),
                "cpu": statistics.median(processor),
                "above_mb": peak_mb() - before,
            }
        )
    )


if __name__ == "__main__":
    main()
