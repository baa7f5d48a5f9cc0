"""Does a forecast that was issued keep what its backtest promised, and what people ask of it?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Live:
    """One class and period: number of series, ratio of the issued forecasts' error to the promised one, and signal:
    signed error over promised error, positive when more was forecast than came."""

    demand_class: str
    number: int
    ratio: float
    signal: float


def live(actual: np.ndarray, issued: np.ndarray, promised: np.ndarray, demand_class: np.ndarray) -> list[Live]:
    """List of Live, a row per class. All (n,): demand, its one-step forecast, mean absolute error of the backtest.

    Series with NaN are left out, and classes that were promised no error at all.
    """
    known = ~(np.isnan(actual) | np.isnan(issued) | np.isnan(promised))
    found = []
    for name in np.unique(demand_class[known]):
        rows = known & (demand_class == name)
        base = promised[rows].sum()
        if base > 0:
            error = issued[rows] - actual[rows]
            found.append(Live(str(name), int(rows.sum()), float(np.abs(error).sum() / base), float(error.sum() / base)))
    return found


def sums(actual: ArrayLike, issued: ArrayLike) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Code of a measure → (numerator, denominator, whether it counts), each (n,), of demand and its forecast.

    forecast_error: absolute errors over demand. forecast_bias: signed ones, positive where more was forecast than came.
    forecast_mape: each error over its demand, where there was any. What is NaN does not count.
    """
    actual, error = np.asarray(actual, dtype=float), np.asarray(issued, dtype=float) - actual
    known = ~np.isnan(error)
    some = known & (actual > 0)
    share = np.divide(np.abs(error), actual, out=np.zeros_like(error), where=some)
    return {
        "forecast_error": (np.abs(error), actual, known),
        "forecast_bias": (error, actual, known.copy()),
        "forecast_mape": (share, np.ones_like(error), some),
    }
