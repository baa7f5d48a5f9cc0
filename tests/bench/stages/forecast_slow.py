"""The slow pass on some series, in the environment that has statsforecast: error with and without, and its time."""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from forecast_data import load

import odoo.addons


def main() -> None:
    odoo.addons.__path__.append(str(Path(__file__).resolve().parents[3] / "addons"))
    from odoo.addons.medical_demand.engine.panel import Panel
    from odoo.addons.medical_forecast.engine import forecast as engine
    from odoo.addons.medical_forecast.engine import slow

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("table")
    options.add_argument("--season", type=int, required=True)
    options.add_argument("--horizon", type=int, required=True)
    options.add_argument("--series", type=int, required=True, help="so many, evenly spread over those of equal length")
    options.add_argument("--addons-path", help="not used: the engine needs no Odoo")
    known = options.parse_args()
    groups = [values.to_numpy(dtype=float) for _key, values in load(known.table).groupby("unique_id")["y"]]
    longest = max(map(len, groups))
    values = np.array([group for group in groups if len(group) == longest])
    train, test = values[:, : -known.horizon], values[:, -known.horizon :]
    settings = engine.Settings(horizon=known.horizon)
    panel = Panel(tuple(range(len(train))), train, known.season)
    quick = engine.forecast(panel, settings)
    chosen = np.unique(np.linspace(0, len(train) - 1, known.series).astype(int))
    begin = time.perf_counter()
    found, admitted = slow.admit(panel, quick, lambda past: engine.forecast(past, settings), only=chosen.tolist())
    seconds = time.perf_counter() - begin
    scale = np.abs(train[:, known.season :] - train[:, : -known.season]).mean(axis=1)

    def mase(result):
        off = np.abs(result.mean[chosen] - test[chosen]).mean(axis=1)
        good = scale[chosen] > 0
        return float((off[good] / scale[chosen][good]).mean())

    print(
        json.dumps(
            {
                "series": len(chosen),
                "admitted": int(admitted.sum()),
                "seconds": seconds,
                "quick": mase(quick),
                "slow": mase(found),
            }
        )
    )


if __name__ == "__main__":
    main()
