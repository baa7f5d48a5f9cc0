"""The same rules when something goes wrong that nobody told them of, with the same random numbers.

Every scenario changes one thing of an `Experiment`; a lead time that was long stays long in each of them, so that only
the scenario makes the difference.
"""

from dataclasses import replace

import numpy as np

from .compare import Experiment
from .lead_times import distribution

DEMAND = 1.5
LEAD = 2.0
# Length of the two interruptions in mean lead times; they begin in the middle of the time simulated.
STOP = 2.0
DOWN = 0.5


def scenarios(experiment: Experiment, lead_time: float, lead_time_sd: float) -> dict[str, Experiment]:
    """{name: Experiment}: lead time × 2, a vendor that takes no orders for two lead times, a warehouse that lets nothing
    out for half of one. lead_time, lead_time_sd: periods, those of the experiment."""
    terms = experiment.terms
    return {
        "lead_time": replace(experiment, leads=distribution(LEAD * lead_time, LEAD * lead_time_sd)),
        "vendor_stop": replace(experiment, terms=replace(terms, no_orders=_window(experiment, STOP * lead_time))),
        "warehouse_down": replace(experiment, terms=replace(terms, closed=_window(experiment, DOWN * lead_time))),
    }


def more_demand(values: np.ndarray, begins: np.ndarray, factor: float = DEMAND) -> np.ndarray:
    """(n, T) demand that is `factor` times as high from the columns `begins` (n,) on; NaN stays.

    Rules find out as it comes in. Whole demand stays whole: what is cut off of one period comes in a later one.
    """
    later = np.arange(values.shape[1]) >= begins[:, None]
    amounts = np.where(later, np.nan_to_num(values), 0.0)
    whole = (amounts == np.floor(amounts)).all(axis=1)
    units = np.diff(np.floor(np.cumsum(amounts, axis=1) * factor + 1e-6), axis=1, prepend=0.0)
    grown = np.where(whole[:, None], units, amounts * factor)
    return np.where(later & ~np.isnan(values), grown, values)


def _window(experiment, length):
    """(T,) bool, true for `length` periods (at least one) from the middle on."""
    periods = experiment.demand.shape[1]
    at, begin = np.arange(periods), periods // 2
    return (at >= begin) & (at < begin + max(1, round(length)))
