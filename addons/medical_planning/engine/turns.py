"""Demand that has turned: a sudden rise lifts targets at once, a lasting fall lowers them."""

import numpy as np

from ...medical_forecast.engine import anomaly

# A decline begins with less than LOW of the forecast, and over all its periods less than TOGETHER of it is asked for.
LOW, TOGETHER = 0.8, 0.9


def surges(
    actual: np.ndarray,
    expected: np.ndarray,
    recent_error: np.ndarray,
    demand_class: np.ndarray,
    limit: float | np.ndarray,
) -> np.ndarray:
    """(n,) factors ≥ 1 on the demand to cover, after a spike in the last period.

    actual, expected: (n,) of the last period; recent_error: (n, 12), see `anomaly.surprises`; limit: (n,) largest rise as
    a share, 0 for none.
    """
    found = anomaly.surprises(actual, expected, recent_error, demand_class)
    ratio = np.where(found.expected > 0, actual / np.where(found.expected > 0, found.expected, 1.0), np.inf)
    lifted = np.clip(ratio, 1.0, 1.0 + np.asarray(limit, dtype=np.float64))
    return np.where(found.kind == "spike", lifted, 1.0)


def declines(actual: np.ndarray, expected: np.ndarray, demand_class: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """(n,) factors in [½, 1] on the demand to cover, after periods in a row that each stayed under their forecast.

    actual, expected: (n, K) of the last periods and what was forecast one period before each, oldest first, NaN where
    unknown; periods: (n,) how many low ones it takes, 0 for never. The forecast follows by itself; the factor takes off
    half of what the last period was still short of it. Rare demand is never low: a gap is part of it.
    """
    base = np.maximum(expected, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(base > 0, actual / base, 1.0)
    ratio = np.nan_to_num(ratio, nan=1.0)
    factors = np.ones(len(ratio))
    regular = np.isin(demand_class, anomaly.REGULAR)
    for number in np.unique(periods[periods > 0]).astype(int).tolist():
        if number > ratio.shape[1]:
            continue
        last = ratio[:, -number:]
        share = np.nansum(actual[:, -number:], axis=1) / np.maximum(np.nansum(base[:, -number:], axis=1), 1e-12)
        low = (last < 1.0).all(axis=1) & (last[:, 0] < LOW) & (share < TOGETHER) & regular & (periods == number)
        factors[low] = (1.0 + last[low, -1]) / 2
    return factors
