"""Nixtla's statsforecast, one process: point forecasts of a table, or the cross-validation of one model."""

import argparse
import json
import time
import warnings

import pandas as pd
from forecast_data import load
from session import peak_mb
from statsforecast import StatsForecast
from statsforecast.models import IMAPA, AutoETS, DynamicOptimizedTheta, Theta


def _models(season):
    return [
        Theta(season_length=season),
        DynamicOptimizedTheta(season_length=season, alias="DOT"),
        IMAPA(),
        AutoETS(season_length=season),
    ]


def _forecast(frame, known) -> dict:
    seconds, found = {}, None
    for model in _models(known.season):
        begin = time.process_time()
        answer = StatsForecast([model], freq=known.freq, n_jobs=1).forecast(df=frame, h=known.horizon)
        seconds[str(model)] = time.process_time() - begin
        found = answer if found is None else found.merge(answer, on=["unique_id", "ds"], validate="one_to_one")
    found["ds"] = found["ds"].dt.strftime("%Y-%m-%d")
    found.to_csv(known.output, index=False)
    return seconds


def _backtest(frame, known) -> dict:
    frame = frame[frame.groupby("unique_id").cumcount() < known.periods]
    models = [DynamicOptimizedTheta(season_length=known.season, alias="DOT")]
    wall, processor = time.perf_counter(), time.process_time()
    StatsForecast(models, freq=known.freq, n_jobs=1).cross_validation(
        df=frame, h=known.horizon, n_windows=known.windows, step_size=known.step
    )
    return {
        "series": int(frame["unique_id"].nunique()),
        "seconds": time.perf_counter() - wall,
        "cpu": time.process_time() - processor,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("table", help="the part that may be seen")
    options.add_argument("--output", help="where to write the forecasts; without it: cross-validation")
    options.add_argument("--freq", required=True)
    options.add_argument("--season", type=int, required=True)
    options.add_argument("--horizon", type=int, required=True)
    options.add_argument("--periods", type=int, default=72)
    options.add_argument("--windows", type=int, default=8)
    options.add_argument("--step", type=int, default=3)
    options.add_argument("--addons-path", help="given to every stage of the peers' environment; not used")
    known = options.parse_args()
    warnings.simplefilter("ignore")
    frame = load(known.table)
    frame["ds"] = pd.to_datetime(frame["ds"])
    frame["y"] = frame["y"].astype(float)
    answer = _forecast(frame, known) if known.output else _backtest(frame, known)
    print(json.dumps(answer | {"peak_mb": peak_mb()}))


if __name__ == "__main__":
    main()
