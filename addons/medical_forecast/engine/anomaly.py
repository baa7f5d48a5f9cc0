"""Demand that surprises: the last period against what was forecast for it one period before; bursts of rejects."""

from dataclasses import dataclass

import numpy as np

# Spreads away from the forecast, and share of it, that make a surprise; spreads that make a grave one.
SURPRISE, SHARE, GRAVE = 4.0, 0.5, 8.0
_LEAST_ERRORS = 6
REGULAR = ("smooth", "erratic")
# Rejects that make a burst at the least, the chance that they are none, rejects a year where there were none so far,
# and the share of what was received that makes a burst a grave one.
BURST, BURST_CHANCE, BURST_RATE, BURST_SHARE = 3, 0.01, 0.5, 0.1


@dataclass(frozen=True)
class Surprises:
    """kind: (n,) "spike", "drop" or ""; severity: (n,) "high", "medium" or ""; expected, spread: (n,) floats."""

    kind: np.ndarray
    severity: np.ndarray
    expected: np.ndarray
    spread: np.ndarray


def newest(
    demand: np.ndarray, cleaned: np.ndarray, recent_error: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(demand (n,) of the last period, its forecast and those before it (n, k), recent error (n, k)), as demand came.

    demand, cleaned: (n, T) as it came and without errors; recent_error: one-step forecast − cleaned, oldest first.
    """
    recent = recent_error.copy()
    length = min(recent.shape[1], cleaned.shape[1])
    expected = cleaned[:, -length:] + recent[:, -length:]
    recent[:, -1] = expected[:, -1] - demand[:, -1]
    return demand[:, -1], expected, recent


def surprises(
    actual: np.ndarray, expected: np.ndarray, recent_error: np.ndarray, demand_class: np.ndarray
) -> Surprises:
    """Surprises among n series.

    actual, expected: (n,) demand of the last period and its forecast; recent_error: (n, 12) one-step forecast −
    actual, oldest first, the last one that of this period; demand_class: (n,). The spread is the mean absolute
    error of the periods before, at least what chance alone does to counted demand (the root of the forecast).
    A drop is one only where demand comes every period. NaN anywhere means no surprise.
    """
    before = np.abs(recent_error[:, :-1])
    known = ~np.isnan(before)
    number = known.sum(axis=1)
    error = np.where(known, before, 0.0).sum(axis=1) / np.maximum(number, 1)
    base = np.where(np.isnan(expected), 0.0, np.maximum(expected, 0.0))
    spread = np.maximum(1.25 * error, np.sqrt(base))
    off = np.where(np.isnan(actual) | np.isnan(expected), 0.0, actual - base)
    far = (np.abs(off) > SURPRISE * spread) & (np.abs(off) > SHARE * base) & (number >= _LEAST_ERRORS)
    regular = np.isin(demand_class, REGULAR)
    kind = np.where(far & (off > 0), "spike", np.where(far & (off < 0) & regular, "drop", ""))
    grave = np.abs(off) > GRAVE * np.where(spread > 0, spread, 1.0)
    severity = np.where(kind == "", "", np.where(grave | (kind == "drop") & (actual <= 0), "high", "medium"))
    return Surprises(kind, severity, base, spread)


@dataclass(frozen=True)
class Bursts:
    """hit, grave: (n,) bool; expected: (n,) rejects that were to be expected."""

    hit: np.ndarray
    grave: np.ndarray
    expected: np.ndarray


def bursts(recent: np.ndarray, before: np.ndarray, recent_days: int, before_days: int, share: np.ndarray) -> Bursts:
    """Bursts among n products.

    recent, before: (n,) rejects in the last `recent_days` and in the `before_days` before those; share: (n,) of what
    was received lately that was rejected, NaN where nothing was. Rejects that come by chance follow a Poisson
    distribution; what it hardly ever does is a burst.
    """
    from scipy.special import pdtrc

    expected = (before + BURST_RATE * before_days / 365) * recent_days / before_days
    hit = (recent >= BURST) & (pdtrc(np.maximum(recent - 1, 0), expected) < BURST_CHANCE)
    return Bursts(hit, hit & ~(share < BURST_SHARE), expected)
