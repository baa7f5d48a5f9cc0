"""Forecasts as tables: what the command line writes."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ...medical_demand.engine.table import Table, following
from .forecast import Forecast


def leading_model(result: Forecast) -> np.ndarray:
    """(n,) name of the candidate with the largest weight."""
    return np.array(result.models, dtype=object)[result.weights.argmax(axis=1)]


def level_name(level: float) -> str:
    """Column of a quantile level: q05, q99."""
    return f"q{round(level * 100):02d}"


def frame(result: Forecast, table: Table) -> pd.DataFrame:
    """Data frame unique_id, ds, mean, q.., model; horizon rows per accepted series."""
    n, horizon = result.mean.shape
    where = {key: row for row, key in enumerate(table.panel.keys)}
    rows = [where[key] for key in result.keys]
    dates = following(table, horizon)[rows]
    columns = {
        "unique_id": np.repeat(np.array(result.keys, dtype=object), horizon),
        "ds": np.datetime_as_string(dates.reshape(-1), unit="D") if n else np.array([], dtype=object),
        "mean": result.mean.reshape(-1).round(6),
    }
    for place, level in enumerate(result.levels):
        columns[level_name(level)] = result.quantiles[:, :, place].reshape(-1).round(6)
    columns["model"] = np.repeat(leading_model(result), horizon)
    return pd.DataFrame(columns)


def cover_frame(result: Forecast, levels: Sequence[float] = (0.9, 0.95, 0.99)) -> pd.DataFrame:
    """Data frame unique_id, mean, q90, q95, q99 of the demand summed over the cover."""
    columns = {"unique_id": np.array(result.keys, dtype=object), "mean": result.cover_mean.round(6)}
    for level in levels:
        columns[level_name(level)] = result.cover_quantiles[:, result.cover_levels.index(level)].round(6)
    return pd.DataFrame(columns)
