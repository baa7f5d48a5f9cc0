"""The story of Meridian Medical: who supplies it, what sells how, and what went wrong.

Everything here names demo records by XML id or product code; products that are not
named behave as their category says.
"""

from dataclasses import dataclass
from datetime import date

MODULE = "medical_demo"

# Warehouses in the order of their size, with the regions whose hospitals they serve.
WAREHOUSES = {
    "stock.warehouse0": ("East", "North"),
    f"{MODULE}.demo_warehouse_south": ("South",),
    f"{MODULE}.demo_warehouse_hub": ("West",),
}

# How well vendors keep their promises; a vendor that is not named is on time.
VENDOR_BEHAVIOUR = {
    f"{MODULE}.demo_vendor_taihu": "late",
    f"{MODULE}.demo_vendor_castelli": "erratic",
    f"{MODULE}.demo_vendor_northlight": "late",
    f"{MODULE}.demo_vendor_steinbrueck": "late",
    f"{MODULE}.demo_vendor_pacific": "erratic",
}

GRADE_WEIGHT = {"tertiary_a": 6.0, "tertiary_b": 3.0, "secondary": 2.0, "primary": 0.7}


@dataclass(frozen=True)
class Pattern:
    """How the products of one category sell and how they were ordered so far.

    ``level`` is the median weekly demand in the main warehouse and ``spread`` the
    standard deviation of its logarithm between products; ``chance`` is the probability
    of any demand in a week (1: every week); ``noise`` the coefficient of variation of a
    week (or of the size of a demand); ``season`` the relative amplitude over the year;
    ``shares`` the level of each warehouse relative to the first, ``held`` the probability
    that it holds the product at all; ``customers`` the largest number of hospitals that
    order in one week; ``cover`` and ``safety`` the weeks of stock of the hand-made rules.
    """

    level: float
    spread: float
    chance: float
    noise: float
    season: float
    trend: float
    shares: tuple[float, ...]
    held: tuple[float, ...]
    customers: int
    multiple: int
    cover: float
    safety: float


PATTERNS = {
    "disposables": Pattern(160, 0.7, 1.0, 0.14, 0.18, 0.07, (1.0, 0.45, 0.2), (1.0, 1.0, 0.4), 3, 10, 4, 2.0),
    "implants": Pattern(1.3, 0.3, 0.4, 0.5, 0.1, 0.05, (1.0, 0.6, 0.4), (1.0, 0.5, 0.2), 2, 1, 8, 3.0),
    "reagents": Pattern(16, 0.5, 1.0, 0.12, 0.06, 0.05, (1.0, 0.5, 0.3), (1.0, 0.65, 0.0), 2, 1, 3, 1.5),
    "instruments": Pattern(4, 0.5, 0.6, 0.6, 0.0, 0.0, (1.0, 0.5, 0.3), (1.0, 0.35, 0.0), 1, 1, 8, 3.0),
    "spare_parts": Pattern(7, 0.6, 0.14, 1.1, 0.0, 0.0, (1.0, 0.4, 0.3), (1.0, 0.0, 0.0), 1, 1, 12, 4.0),
    "equipment": Pattern(1.6, 0.3, 0.3, 0.4, 0.05, 0.08, (1.0, 0.4, 0.3), (1.0, 0.0, 0.0), 1, 1, 8, 3.0),
}
DEFAULT_PATTERN = "disposables"

# Sizes in the middle of a range sell more often than those at its ends.
SIZE_CURVE = (0.35, 0.8, 1.3, 1.2, 0.75, 0.35)
SIZES = {
    "MI-LCP-": ("04", "06", "08", "10", "12", "14"),
    "MI-SCR-": ("20", "24", "28", "32", "36", "40"),
    "MI-TIB-": ("260", "280", "300", "320", "340", "360"),
    "MI-CUP-": ("46", "48", "50", "52", "54", "56"),
    "MI-STN-": ("250-15", "275-18", "300-18", "300-23", "350-18", "350-23"),
}
SIZE_FACTORS = {
    family + size: factor for family, sizes in SIZES.items() for size, factor in zip(sizes, SIZE_CURVE, strict=True)
}

# Weekly levels and seasons that the story asks for.
LEVELS = {
    "MR-FLU": 22.0,
    "MR-BGC": 18.0,
    "MD-GLV-M": 420.0,
    "MD-MSK-2R": 260.0,
    "MD-INF-20": 320.0,
    "MD-INF-20F": 300.0,
}
SEASONS = {"MR-FLU": 0.9, "MD-MSK-2R": 0.45, "MD-MSK-N95": 0.4, "MD-HDL-A": 0.03}

# Sold since so many weeks; replaces the product below.
LAUNCHED = {"MD-INF-20F": 22}
# At the end of its life: demand fades over the last weeks and nothing is ordered any more.
ENDING = {"MD-INF-20": 26}

# One-off demand: (weeks before today, weeks it lasted, factor), in the main warehouse.
SPIKES = {
    "MD-GLV-M": (61, 3, 2.6),
    "MD-MSK-N95": (88, 4, 4.0),
    "MD-ALC-P": (35, 2, 2.2),
    "MD-SYR-05": (75, 2, 2.4),
    "MN-HMS-C": (50, 1, 6.0),
}

# Vendors that could not deliver: (warehouse number, weeks before today, weeks it lasted).
SHORTAGES = {
    "MD-ETT-75": (0, 58, 12),
    "MD-FOL-16": (1, 40, 11),
    "MI-CUP-50": (0, 70, 24),
    "MI-SCR-28": (0, 33, 20),
    "MR-TNI": (1, 46, 9),
    "MR-HIV": (0, 27, 9),
    "MS-BAT-PM": (0, 64, 30),
    "MD-HDL-A": (0, 22, 10),
}

# Purchases that somebody regrets: (warehouse number, weeks before today, weeks of demand bought).
# They leave stock that ages, expires or outlives its product.
BULK_BUYS = {
    "MD-MSK-N95": (0, 82, 140),
    "MD-INF-20": (0, 29, 30),
    "MD-ETT-80": (1, 52, 70),
    "MR-FER": (0, 42, 52),
    "MR-APT": (0, 38, 44),
    "MR-GCH": (1, 27, 30),
    "MI-TIB-360": (0, 96, 180),
    "MI-LCP-14": (0, 80, 200),
    "MN-DRG-35": (0, 60, 120),
    "MS-PSU-M8": (0, 75, 150),
}

# First days of the Chinese New Year holiday.
NEW_YEARS = [
    date.fromisoformat(day)
    for day in (
        "2020-01-25 2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 "
        "2029-02-13 2030-02-03 2031-01-23 2032-02-11 2033-01-31 2034-02-19 2035-02-08 2036-01-28"
    ).split()
]
