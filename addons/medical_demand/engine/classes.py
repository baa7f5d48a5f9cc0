"""Demand classes by how often and how evenly a product is asked for.

Cut-offs ADI 1.32 and CV² 0.49: Syntetos, Boylan and Croston, "On the categorization of demand patterns",
Journal of the Operational Research Society 56 (2005), 495–503.
"""

from dataclasses import dataclass

import numpy as np

ADI_CUT = 1.32
CV2_CUT = 0.49


@dataclass(frozen=True)
class Classes:
    """demand_class: (n,) str; adi: (n,) periods per demand, 0 without demand; cv2: (n,) squared
    coefficient of variation of the non-zero demands, 0 with fewer than two; observed: (n,) observations."""

    demand_class: np.ndarray
    adi: np.ndarray
    cv2: np.ndarray
    observed: np.ndarray


def new_below(season: int) -> int:
    """A series with fewer observations than this is "new": half a season, between 4 and 12 periods."""
    return int(min(12, max(4, season // 2)))


def classify(values: np.ndarray, season: int) -> Classes:
    """Classes of the rows of an (n, T) array of non-negative demand, NaN where not observed."""
    seen = ~np.isnan(values)
    observed = seen.sum(axis=1)
    filled = np.where(seen, values, 0.0)
    positive = filled > 0
    hits = positive.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        adi = np.where(hits > 0, observed / hits, 0.0)
        mean = filled.sum(axis=1) / hits
        spread = np.where(positive, filled / mean[:, None] - 1.0, 0.0)
        cv2 = np.where(hits > 1, (spread**2).sum(axis=1) / (hits - 1), 0.0)
    rare, uneven = adi >= ADI_CUT, cv2 >= CV2_CUT
    names = np.select(
        [hits == 0, observed < new_below(season), rare & uneven, rare, uneven],
        ["none", "new", "lumpy", "intermittent", "erratic"],
        "smooth",
    )
    return Classes(names, adi, cv2, observed)
