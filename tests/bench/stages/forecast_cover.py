"""Score quantiles of the demand summed over the lead time, one origin after the other.

Scaled pinball: the loss over the mean absolute first difference before the origin times the lead time, series
of zero scale left out; averaged over series, then over origins. Coverage: share of the same cases with
demand ≤ level; randomised: P(D < q) + u · P(D = q) with u uniform, so a half on average. Where zero alone is
likelier than the level, that stays below it even for a perfect forecast: read it beside the plain one. Both
are given over all series too, those of zero scale included.
"""

import argparse
import json

import numpy as np
import pandas as pd
from forecast_data import load, pinball, split

LEVELS = (0.90, 0.95, 0.99)


def _origin(frame, back, lead_time, path):
    train, test = split(frame, back, lead_time)
    demand = test.groupby("unique_id")["y"].sum()
    scale = train.groupby("unique_id")["y"].diff().abs().groupby(train["unique_id"]).mean() * lead_time
    forecast = pd.read_csv(path, dtype={"unique_id": str}).set_index("unique_id").reindex(demand.index)
    missing = int(forecast["mean"].isna().sum())
    forecast = forecast.fillna(0.0)
    kept = (scale.reindex(demand.index) > 0).to_numpy()
    rows = {}
    for level in LEVELS:
        quantile = forecast[f"q{round(level * 100)}"]
        loss = (pinball(demand, quantile, level) / scale.reindex(demand.index))[kept]
        # Written with six decimals: nearer than that is the same number.
        same = np.isclose(demand, quantile, rtol=0, atol=1e-5)
        below = (demand < quantile) & ~same
        rows[level] = {
            "pinball": loss.mean(),
            "coverage": (below | same)[kept].mean(),
            "randomised": (below + 0.5 * same)[kept].mean(),
            "coverage_all": (below | same).mean(),
            "randomised_all": (below + 0.5 * same).mean(),
        }
    return rows, missing, int(kept.sum())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("table")
    options.add_argument("--least", type=int, required=True)
    options.add_argument("--lead-time", type=int, required=True)
    options.add_argument("--origin", nargs=2, action="append", metavar=("BACK", "FORECAST"), required=True)
    known = options.parse_args()
    frame = load(known.table)
    frame = frame[frame.groupby("unique_id")["y"].transform("size") >= known.least]
    found = [_origin(frame, int(back), known.lead_time, path) for back, path in known.origin]
    answer = {"missing": max(missing for _rows, missing, _kept in found), "kept": [kept for *_both, kept in found]}
    answer["levels"] = {
        f"{level:.2f}": {
            name: float(np.mean([rows[level][name] for rows, *_counts in found])) for name in found[0][0][level]
        }
        for level in LEVELS
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
