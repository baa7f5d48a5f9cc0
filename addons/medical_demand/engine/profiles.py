"""Seasonal indices: each series' own, those all series share, and own ones shrunk towards the shared.

Own indices are ratios to a centred moving average (classical decomposition), whose ends are continued with
the slope of the season next to them, so that no half season of data is lost. Shrinking is empirical
Bayes: the covariance of the indices between series, less the noise, says how far an own deviation can be believed
(Efron and Morris, JASA 70 (1975), 311–319; here with the full covariance).
"""

from dataclasses import dataclass

import numpy as np

# Long seasons are smoothed over neighbouring periods; what that leaves of the noise.
_KERNEL = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
_KERNEL_NOISE = float((_KERNEL**2).sum())
_SMOOTHED_ABOVE = 13
# Weight that a season loses to the next newer one in a series' own indices: seasons drift. What is shrunk
# takes all seasons alike, because there noise costs more than age.
_FADE = 1 / 3
# Series per period of the season from which their covariance can be estimated.
_COVARIANCE_FROM = 20
_LOWEST = 0.05


@dataclass(frozen=True)
class Raw:
    """Own indices (n, season) by column number modulo the season, mean 1: own of all seasons alike, newer with
    the newer counting more; noise (n,) error variance of own; ready, twice (n,) whether there were data for
    every period of the season, and two seasons of them."""

    own: np.ndarray
    newer: np.ndarray
    noise: np.ndarray
    ready: np.ndarray
    twice: np.ndarray


@dataclass(frozen=True)
class Shared:
    """profile (season,) of all series; axes, spread: how series really differ from it; None when not known;
    known: whether the profile is more than "no season"."""

    profile: np.ndarray
    axes: np.ndarray | None
    spread: np.ndarray | None
    known: bool = True


def raw(values: np.ndarray, started: np.ndarray, season: int, origin: int) -> Raw | None:
    """Raw of the columns before `origin`; None where no moving average fits.

    values: (n, T) without NaN; started: (n, T) bool, from the first observation on.
    """
    even = season % 2 == 0
    if origin < season + even + 1:
        return None
    trend, started = _trend(values[:, :origin], started[:, :origin], season)
    demand = np.where(started, values[:, :origin], 0.0)
    base = _by_period(trend, season)
    laps = _by_period(started.astype(np.float64), season)
    ready = (laps.min(axis=1) >= 1) & (base.min(axis=1) > 0)
    own = _indices(demand, trend, season, ready)
    fade = (1 - _FADE) ** (np.arange(origin - 1, -1, -1) // season)
    newer = _indices(demand * fade, trend * fade, season, ready)
    shift = _KERNEL_NOISE if season > _SMOOTHED_ABOVE else 1.0
    fit = own[:, np.arange(origin) % season] * trend
    number = started.sum(axis=1)
    square = np.maximum((trend**2).sum(axis=1), 1e-300)
    relative = ((demand - fit) ** 2).sum(axis=1) / square * number / np.maximum(number - season, 1)
    noise = shift * relative / np.maximum(laps.mean(axis=1), 1.0)
    return Raw(own, newer, noise, ready, ready & (laps.mean(axis=1) >= 2))


def _indices(demand, trend, season, ready):
    """(n, season) ratios of demand to trend, both (n, origin), with mean 1; 1 where not ready."""
    top, base = _by_period(demand, season), _by_period(trend, season)
    found = np.where(ready[:, None], top / np.where(base > 0, base, 1.0), 1.0)
    if season > _SMOOTHED_ABOVE:
        found = sum(part * np.roll(found, place - 2, axis=1) for place, part in enumerate(_KERNEL))
    return found / np.maximum(found.mean(axis=1, keepdims=True), 1e-12)


def _trend(values, started, season):
    """Moving average (n, origin), 0 where a series has none, and where it has one."""
    n, periods = values.shape
    sums = np.zeros((n, periods + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    middle = (sums[:, season:] - sums[:, :-season]) / season
    if season % 2 == 0:
        middle = (middle[:, 1:] + middle[:, :-1]) / 2
    before = season // 2
    width = middle.shape[1]
    has = started[:, :width]
    rows = np.arange(n)
    first = np.minimum(np.argmax(has, axis=1), width - 1)
    lag = min(season, width - 1)
    second = np.minimum(first + lag, width - 1)
    early = (middle[rows, second] - middle[rows, first]) / np.maximum(second - first, 1)
    late = (middle[:, -1] - middle[:, width - 1 - lag]) / max(lag, 1)
    after = periods - before - width
    out = np.zeros((n, periods))
    out[:, before : before + width] = middle
    out[:, before + width :] = middle[:, -1:] + late[:, None] * np.arange(1, after + 1)
    ahead = np.arange(periods) - (first + before)[:, None]
    start = middle[rows, first][:, None]
    out = np.where(ahead < 0, start + early[:, None] * ahead, out)
    started = started & has.any(axis=1)[:, None]
    return np.where(started, np.maximum(out, 0.0), 0.0), started


def _by_period(values, season):
    """(n, season) sums of the columns with the same number modulo the season."""
    n, periods = values.shape
    padded = np.zeros((n, -(-periods // season) * season))
    padded[:, :periods] = values
    return padded.reshape(n, -1, season).sum(axis=1)


def learn(found: Raw | None, season: int) -> Shared:
    """Shared of the series in `found` (a Raw, or None); without two that have two seasons of data not known."""
    if found is None or found.twice.sum() < 2:
        return Shared(np.ones(season), None, None, known=False)
    own, noise = found.own[found.twice], found.noise[found.twice]
    typical = max(float(np.median(np.maximum(((own - 1) ** 2).mean(axis=1) - noise, 0.0))), 1e-3)
    weight = 1.0 / (noise + typical)
    profile = (weight[:, None] * np.minimum(own, 5.0)).sum(axis=0) / weight.sum()
    profile /= max(profile.mean(), 1e-12)
    if len(own) < _COVARIANCE_FROM * season:
        return Shared(profile, None, None)
    apart = np.clip(own - profile, -3.0, 3.0)
    covariance = (apart * weight[:, None]).T @ apart / weight.sum()
    spread, axes = np.linalg.eigh(covariance)
    spread = np.maximum(spread - (weight * noise).sum() / weight.sum(), 0.0)
    return Shared(profile, axes, spread)


def treatments(found: Raw, shared: Shared) -> tuple[np.ndarray, np.ndarray]:
    """(3, n, season) indices own (newer seasons counting more), shrunk and shared, and (n,) belief in an own season, 0 … 1."""
    season = len(shared.profile)
    apart = found.own - shared.profile
    far = (apart**2).sum(axis=1) / max(season - 3, 1)
    belief = np.clip(1.0 - found.noise / np.maximum(far, 1e-12), 0.0, 1.0)
    if shared.axes is None:
        shrunk = shared.profile + belief[:, None] * apart
    else:
        keep = shared.spread / (shared.spread + found.noise[:, None] + 1e-12)
        shrunk = shared.profile + ((apart @ shared.axes) * keep) @ shared.axes.T
    shrunk = np.where(found.ready[:, None], shrunk, shared.profile)
    same = np.broadcast_to(shared.profile, shrunk.shape)
    return np.maximum(np.stack([found.newer, shrunk, same]), _LOWEST), np.where(found.ready, belief, 0.0)
