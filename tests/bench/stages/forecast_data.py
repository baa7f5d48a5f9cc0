"""What the stages of the forecast benchmark share: tables of unique_id, ds, y and an independent scorer.

Nothing here imports the engine: what is measured must not measure itself.
"""

import numpy as np
import pandas as pd

DECILES = tuple(range(10, 100, 10))


def load(path) -> pd.DataFrame:
    """unique_id, ds (text), y, each series in the order of its dates."""
    frame = pd.read_csv(path, dtype={"unique_id": str, "ds": str})
    return frame.sort_values(["unique_id", "ds"], kind="stable", ignore_index=True)


def split(frame: pd.DataFrame, last: int, ahead: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each series without its last rows, and the first ``ahead`` (default: all) of those rows."""
    back = frame.groupby("unique_id").cumcount(ascending=False)
    ahead = last if ahead is None else ahead
    return frame[back >= last], frame[(back < last) & (back >= last - ahead)]


def pinball(actual, quantile, level):
    error = actual - quantile
    return np.maximum(level * error, (level - 1) * error)


def scales(train: pd.DataFrame, season: int) -> pd.Series:
    """Mean absolute seasonal difference per series; at lag 1 where the series is no longer than a season."""
    groups = train.groupby("unique_id")["y"]
    seasonal = groups.diff(season).abs().groupby(train["unique_id"]).mean()
    return seasonal.fillna(groups.diff(1).abs().groupby(train["unique_id"]).mean())


def scores(train: pd.DataFrame, test: pd.DataFrame, forecast: pd.DataFrame, season: int, column="mean") -> dict:
    """Point metrics, and WQL where the forecast has deciles; a missing forecast counts as zero.

    MASE, MAE and RMSE are means of per-series figures; series of infinite or undefined MASE are left out
    of MASE only. Bias is Σ(forecast − actual) / Σ actual. WQL is the mean over the deciles of
    2 Σ pinball / Σ |actual|.
    """
    both = test.merge(forecast, on=["unique_id", "ds"], how="left", validate="one_to_one")
    missing = both[column].isna()
    actual, error = both["y"], both[column].fillna(0.0) - both["y"]
    absolute = error.abs().groupby(both["unique_id"]).mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = (absolute / scales(train, season).reindex(absolute.index)).to_numpy()
    kept = np.isfinite(scaled)
    answer = {
        "mase": float(scaled[kept].mean()),
        "dropped": int((~kept).sum()),
        "mae": float(absolute.mean()),
        "rmse": float(np.sqrt((error**2).groupby(both["unique_id"]).mean()).mean()),
        "bias": float(error.sum() / actual.sum()),
        "missing": int(both.loc[missing, "unique_id"].nunique()),
    }
    deciles = [f"q{level}" for level in DECILES]
    if set(deciles) <= set(both.columns):
        losses = [
            2 * pinball(actual, both[name].fillna(0.0), level / 100).sum() / actual.abs().sum()
            for name, level in zip(deciles, DECILES, strict=True)
        ]
        answer["wql"] = float(np.mean(losses))
    return answer


def weekly_demand(series: int, weeks: int, seed: int = 7) -> np.ndarray:
    """(series, weeks) synthetic demand of whole units: level, yearly season and trend; each third one lumpy."""
    random = np.random.default_rng(seed)
    level = random.lognormal(3.0, 1.0, (series, 1))
    phase = random.uniform(0, 2 * np.pi, (series, 1))
    week = np.arange(weeks)
    season = 1 + random.uniform(0, 0.5, (series, 1)) * np.sin(2 * np.pi * week / 52 + phase)
    trend = 1 + random.uniform(-0.3, 0.3, (series, 1)) * week / weeks
    demand = random.poisson(level * season * trend * random.gamma(8, 1 / 8, (series, weeks)))
    happens = random.random((series, weeks)) < random.uniform(0.05, 0.4, (series, 1))
    lumpy = np.arange(series)[:, None] % 3 == 0
    return np.where(lumpy & ~happens, 0, demand).astype(np.float64)
