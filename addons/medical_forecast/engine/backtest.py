"""Rolling-origin backtest: where the origins lie, and the weights that follow from the candidates' errors.

Evidence is pooled: a candidate's error on one series is judged against its error on all series that behave alike,
and candidates are weighted, not picked. Picking the winner per series by its own backtest is measurably worse than
one model for all. How far a series' own evidence counts is measured: by how well the errors of its older origins
foretell those of its newer ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Log-weight per relative error: of the pool, of a series' own deviation from it and of its one-step errors in the
# past, the latter two at even reliability.
REGULAR_TILTS = (50.0, 10.0, 10.0)
RARE_TILTS = (50.0, 2.0, 0.0)
_TRUST = (0.25, 3.0)
# Prior weight in series: of even reliability, and of all series in a pool of alike ones.
_RELIABILITY_PRIOR = 50.0
_ALIKE_PRIOR = 50.0
# Weight in series of "all candidates are equal": a handful of series is no evidence.
INDIFFERENT = 15.0
# Errors above 5x the average say "useless" loudly enough; more would only tilt the pooled figure.
_WORST = 5.0
# Powers of a level tried, and the weight of "as it is" in series.
_POWERS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5)
_POWER_PRIOR = 200.0
_FACTORS = (0.5, 2.0)
# Errors of origins that overlap are no independent chances.
_TINY = 1e-300
_LARGEST_RATIO = 1e6
_CAUTION = 4.0
# Part of the error variance that does not grow with the level, in units of the series.
_LEAST_VARIANCE = 0.05


def origin_offsets(periods: int, season: int, horizon: int, origins: int, step: int | None = None) -> np.ndarray:
    """Origins as numbers of periods before the end, ascending.

    They spread over two seasons (a window inside one season lets the model win that fits this season), but not
    beyond half the history.
    """
    first = max(1, min(horizon, max(4, season // 3), (periods - 2) // 3))
    if step is None:
        last = min(max(9 * season // 4, 3 * horizon // 2), periods // 2)
        offsets = np.round(np.linspace(first, max(first, last), origins))
    else:
        offsets = first + step * np.arange(origins)
    offsets = np.unique(offsets.astype(int))
    return offsets[offsets <= periods - 2]


@dataclass
class Scores:
    """Backtest errors of m candidates on n series.

    error, reference: (2, n, m) and (2, n, kinds) sums over older and newer origins: the candidate's error, and the
    mean error of the plain candidates over the origins of each kind (0 plain, 1 needing
    two seasons of own data, 2 seasonal by those of all series); origins: (n,) origins
    that counted; fit: (n, m) relative one-step error over the whole past, above the best candidate of the same season;
    admitted: (n, kinds) whether candidates of the kind were tested enough, seasonal ones over half a season.
    """

    error: np.ndarray
    reference: np.ndarray
    origins: np.ndarray
    fit: np.ndarray
    admitted: np.ndarray


def joined(parts: Sequence[Scores]) -> Scores:
    """Scores of several blocks of series as one."""
    return Scores(
        *(np.concatenate([getattr(part, name) for part in parts], axis=1) for name in ("error", "reference")),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("origins", "fit", "admitted")),
    )


def relative(scores: Scores, kinds: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """(n, m) error over the reference of the same origins, NaN where it was not tested, and the same by halves.

    kinds: (m,) the kind of each candidate, see Scores.
    """
    allowed = scores.admitted[:, kinds]

    def ratio(error, reference):
        reference = reference[:, kinds]
        return np.where(allowed & (reference > 0), error / np.where(reference > 0, reference, 1.0), np.nan)

    return (
        ratio(scores.error.sum(axis=0), scores.reference.sum(axis=0)),
        tuple(ratio(scores.error[half], scores.reference[half]) for half in range(2)),
    )


def reliability(halves: Sequence[np.ndarray], prior: float) -> float:
    """How well relative errors of older origins foretell those of newer ones: a correlation, held to `prior`."""
    usable = ~np.isnan(halves[0]) & ~np.isnan(halves[1])
    number = usable.any(axis=1).sum()
    found = prior
    if number:
        apart = []
        for half in halves:
            values = np.where(usable, half, 0.0)
            centre = values.sum(axis=0) / np.maximum(usable.sum(axis=0), 1)
            apart.append(np.where(usable, np.clip(values - centre, -1.0, 1.0), 0.0))
        spread = np.sqrt((apart[0] ** 2).sum() * (apart[1] ** 2).sum())
        found = (apart[0] * apart[1]).sum() / spread if spread > 0 else 0.0
    return (number * found + prior * _RELIABILITY_PRIOR) / (number + _RELIABILITY_PRIOR)


def weigh(
    scores: Scores, kinds: np.ndarray, alike: np.ndarray, planned: int, tilts: tuple[float, float, float]
) -> np.ndarray:
    """(n, m) weights, rows sum to 1.

    kinds: as in `relative`; alike: (n,) labels of series that behave alike; planned: origins of a full backtest; tilts:
    REGULAR_TILTS or RARE_TILTS.
    """
    errors, halves = relative(scores, kinds)
    tested = ~np.isnan(errors)
    filled = np.where(tested, np.minimum(errors, _WORST), 0.0)
    everywhere = _mean(filled, tested, np.ones(len(kinds)), INDIFFERENT)
    pooled, trust = np.empty_like(filled), np.empty(len(filled))
    overall = reliability(halves, 0.5)
    for label in np.unique(alike):
        rows = alike == label
        pooled[rows] = _mean(filled[rows], tested[rows], everywhere, _ALIKE_PRIOR)
        # Within a narrow group little differs between series: that is no reason to trust them less.
        trust[rows] = max(reliability([half[rows] for half in halves], overall), overall)
    trust = np.clip(trust, 0.0, 0.9)
    odds = np.clip(trust / (1 - trust), *_TRUST)[:, None]
    own = tilts[1] * odds
    share = (scores.origins / max(planned, 1))[:, None]
    log = -tilts[0] * pooled - own * share * np.where(tested, np.minimum(errors, 10.0) - pooled, 0.0)
    log -= tilts[2] * odds * np.minimum(scores.fit, 10.0)
    log = np.where(tested | ((kinds == 0) & ~tested.any(axis=1)[:, None]), log, -np.inf)
    raw = np.exp(log - log.max(axis=1, keepdims=True))
    return raw / raw.sum(axis=1, keepdims=True)


def _mean(values, tested, prior, weight):
    return (values.sum(axis=0) + weight * prior) / (tested.sum(axis=0) + weight)


def calibration(
    level: np.ndarray, demand: np.ndarray, periods: np.ndarray, unit: np.ndarray, offsets: np.ndarray
) -> tuple[float, float]:
    """(factor, power) that take levels to the demand that followed them, factor · level ** power.

    level, demand, periods: (n, Q) forecast, mean demand after it and periods of that, in units (n,) of the series,
    at the origins `offsets` (Q,) periods before the end. High levels are followed by less and low ones by more than
    they say; the power is how much, found by the error relative to the level. The factor makes the sum right, newer
    origins counting more, held to 1 as far as chance explains the difference. Series without demand before an origin
    stay out: that they had some later is why they are here.
    """
    known = level > 0
    cells = periods * known
    number = (cells.max(axis=1, initial=0) > 0).sum()
    if not number:
        return 1.0, 1.0
    base = np.where(known, level, 1.0)

    def raised(power):
        return np.where(known, base**power, 0.0)

    def loss(power):
        fitted = raised(power)
        fitted *= (cells * demand).sum() / (cells * fitted).sum()
        return (cells * (demand - fitted) ** 2 / (fitted + _LEAST_VARIANCE)).sum()

    power = (number * min(_POWERS, key=loss) + _POWER_PRIOR) / (number + _POWER_PRIOR)
    cells = cells / np.asarray(offsets)
    fitted = raised(power)
    plain = (cells * level).sum() / (cells * fitted).sum()
    forecast = (cells * fitted * plain * unit[:, None]).sum(axis=1)
    actual = (cells * demand * unit[:, None]).sum(axis=1)
    # One absurd record must not overflow the squares; what is held to _FACTORS needs no more.
    ratio = min(actual.sum() / max(forecast.sum(), _TINY), _LARGEST_RATIO)
    chance = np.sqrt(((actual - ratio * forecast) ** 2).sum()) / max(forecast.sum(), _TINY)
    chance = min(chance, _LARGEST_RATIO)
    signal = (ratio - 1) ** 2
    held = 1 + (ratio - 1) * signal / (signal + _CAUTION * chance**2) if signal > 0 else 1.0
    return float(np.clip(held, *_FACTORS) * plain), float(power)
