"""Does a forecast that was issued keep what its backtest promised, and what people ask of it?"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Live:
    """One class and period: number of series, ratio of the issued forecasts' error to the promised one, and signal:
    signed error over promised error, positive when more was forecast than came."""

    demand_class: str
    number: int
    ratio: float
    signal: float


def live(actual, issued, promised, demand_class):
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


@dataclass(frozen=True)
class Achieved:
    """Accuracy of issued forecasts in one period. number: series; mae: mean absolute error per series; wape: absolute
    errors over demand, NaN without demand; mape: mean of error over demand of the series that had any, NaN without."""

    number: int
    mae: float
    wape: float
    mape: float


def achieved(actual, issued):
    """Achieved of (n,) demand and its one-step forecast; series with NaN are left out."""
    known = ~(np.isnan(actual) | np.isnan(issued))
    demand, error = actual[known], np.abs(issued[known] - actual[known])
    some = demand > 0
    return Achieved(
        number=int(known.sum()),
        mae=float(error.mean()) if len(error) else np.nan,
        wape=float(error.sum() / demand.sum()) if some.any() else np.nan,
        mape=float((error[some] / demand[some]).mean()) if some.any() else np.nan,
    )
