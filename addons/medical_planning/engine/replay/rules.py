"""Stocking rules over time, ours and those it is compared with: min and max before each period from what was known then.

Every rule is a part that covers the expected demand plus a buffer; scaling the buffer is how rules are brought to the
same service before their stock is compared. L: lead time, R: review, both in periods; z: normal score of the service.
"""

from dataclasses import dataclass

import numpy as np

from ....medical_forecast.engine.counts import whole_quantile
from ..policy import round_up

# What the references look back on: a year is what such rules are usually set with.
_FIRST = 1.0
_TRAILING = 1.0
_DDMRP_USAGE = 0.25
_DDMRP_LEAD_TIME = 0.5
_DDMRP_VARIABILITY = (0.3, 0.6, 0.9)
_DDMRP_CUTS = (0.5, 1.0)


@dataclass(frozen=True)
class Rule:
    """base, buffer, gap: (n, T); min = base + buffer, max = min + gap. step: (n,) smallest unit of min and max, 0 for
    none. counted: (n,) or (n, T) bool, base + buffer is a continuous quantile of counted demand (see `counts`)."""

    name: str
    base: np.ndarray
    buffer: np.ndarray
    gap: np.ndarray
    step: np.ndarray
    counted: np.ndarray | bool = False

    def levels(self, factor: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """(n, T) min and max with the buffer times `factor`."""
        low = np.maximum(self.base + factor * self.buffer, 0.0)
        step = self.step[:, None]
        low = np.where(self.counted, np.maximum(whole_quantile(low), 0.0), round_up(low, step))
        return low, low + round_up(self.gap, step)


@dataclass(frozen=True)
class Situation:
    """What a rule needs to know. values: (n, W) demand without gaps, 0 before a series starts; started: (n,) first
    column of each; begins: (n,) column of the first simulated period of each; season: periods a year; lead_time, lead_time_sd,
    review: periods; service: in (0, 1); step: (n,) unit of min and max."""

    values: np.ndarray
    started: np.ndarray
    begins: np.ndarray
    season: int
    lead_time: float
    lead_time_sd: float
    review: int
    service: float
    step: np.ndarray

    @property
    def begin(self) -> int:
        """The first simulated column of all; series that begin later wait."""
        return int(self.begins.min())

    @property
    def periods(self) -> int:
        return self.values.shape[1] - self.begin

    @property
    def score(self) -> float:
        from scipy.special import ndtri

        return float(ndtri(self.service))

    def moments(self, begin: int | np.ndarray, end: int | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) mean and sample deviation of the columns begin … end − 1 that lie in each series."""
        columns = np.arange(self.values.shape[1])
        begin, end = np.maximum(begin, self.started), np.broadcast_to(end, self.started.shape)
        seen = (columns >= begin[:, None]) & (columns < end[:, None])
        number = np.maximum(seen.sum(axis=1), 1)
        mean = np.where(seen, self.values, 0.0).sum(axis=1) / number
        apart = np.where(seen, self.values - mean[:, None], 0.0)
        return mean, np.sqrt((apart**2).sum(axis=1) / np.maximum(number - 1, 1))

    def trailing(self, years: float) -> tuple[np.ndarray, np.ndarray]:
        """(n, T) mean and deviation of the last `years` before each simulated period."""
        length = max(2, round(years * self.season))
        found = [self.moments(at - length, at) for at in range(self.begin, self.values.shape[1])]
        return tuple(np.stack(part, axis=1) for part in zip(*found, strict=True))


def fixed(situation: Situation) -> Rule:
    """Min and max set once from each series' first year and never looked at again.

    min = d·(L + R) + z·σ·√(L + R), max = min.
    """
    year = round(_FIRST * situation.season)
    mean, deviation = situation.moments(situation.started, np.minimum(situation.started + year, situation.begins))
    cover = situation.lead_time + situation.review
    wide = (len(mean), situation.periods)
    base = np.broadcast_to((mean * cover)[:, None], wide)
    buffer = np.broadcast_to((situation.score * deviation * np.sqrt(cover))[:, None], wide)
    return Rule("fixed", base, buffer, np.zeros(wide), situation.step)


def textbook(situation: Situation) -> Rule:
    """z·σ·√L recomputed every period from the year before it: σ_L² = (L + R)·σ² + d²·σ_LT²; max = min."""
    mean, deviation = situation.trailing(_TRAILING)
    cover = situation.lead_time + situation.review
    spread = np.sqrt(cover * deviation**2 + (mean * situation.lead_time_sd) ** 2)
    return Rule("textbook", mean * cover, situation.score * spread, np.zeros(mean.shape), situation.step)


def oca_safety_stock(situation: Situation) -> Rule:
    """The formula of OCA's stock_orderpoint_safety_stock, recomputed every period from the year before it.

    min = d·L + z·σ·√L, max = min + d·R; growth 0, lead time taken as certain.
    """
    mean, deviation = situation.trailing(_TRAILING)
    buffer = situation.score * deviation * np.sqrt(situation.lead_time)
    return Rule("oca_safety_stock", mean * situation.lead_time, buffer, mean * situation.review, situation.step)


def ddmrp(situation: Situation) -> Rule:
    """A DDMRP buffer, recomputed every period: usage of the last quarter, medium lead time factor.

    red = usage·L·f·(1 + v), yellow = usage·L, green = max(usage·L·f, usage·R); ordered up to the top of green below the
    top of yellow. v by the coefficient of variation of the year: 0.3 below 0.5, 0.9 from 1. (Ptak and Smith, Demand
    Driven Material Requirements Planning, 2016, chapters 7 and 8.)
    """
    usage = situation.trailing(_DDMRP_USAGE)[0]
    mean, deviation = situation.trailing(_TRAILING)
    variation = np.where(mean > 0, deviation / np.where(mean > 0, mean, 1.0), 0.0)
    factor = np.array(_DDMRP_VARIABILITY)[np.digitize(variation, _DDMRP_CUTS)]
    yellow = usage * situation.lead_time
    red = yellow * _DDMRP_LEAD_TIME * (1 + factor)
    green = np.maximum(yellow * _DDMRP_LEAD_TIME, usage * situation.review)
    return Rule("ddmrp", yellow, red, green, situation.step)


REFERENCES = (fixed, textbook, oca_safety_stock, ddmrp)
