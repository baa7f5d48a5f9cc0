"""From backtest errors to quantiles: own errors shrunk to those of the demand class, never z·σ·√L.

Regular demand: the forecast plus a scale of the series times a quantile of the standardised errors of its
class. Rare demand: a non-negative distribution with the forecast as mean and a shrunk variance.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...medical_demand.engine.scores import normal_quantiles, tidy
from . import counts
from .evaluate import Tables

# Prior weight of the class in a scale, in backtest windows, and of the normal shape in a pool, in errors.
SCALE_PRIOR = 24.0
SHAPE_PRIOR = 20.0
# Prior weight of what series of that size have in a one-step scale, in errors: between.
LEVEL_PRIOR = (2.0, 40.0)
# Prior weight of all rare series in how much the size of a demand varies, in demands.
SIZE_PRIOR = 4.0
# A cover longer than the windows history allows: growth between independent (.5) and common (1) errors.
BEYOND = 0.75
_POOL = 400_000


def level_scale(scale: np.ndarray, weight: np.ndarray, size: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(n,) one-step scales shrunk to what series of that size in the class have.

    scale: (n,) root mean square one-step error, made of `weight` errors; size: (n,) mean demand > 0. In each
    group log(scale) = a + b·log(size); groups with under 8 usable series use b = 1.
    """
    out = scale.copy()
    for group in np.unique(groups):
        rows = groups == group
        usable = rows & (scale > 0) & (size > 0) & (weight >= 3)
        if not usable.any():
            continue
        x, y = np.log(size[usable]), np.log(scale[usable])
        slope = 1.0
        if usable.sum() >= 8 and np.ptp(x) > 0.5:
            centred = x - x.mean()
            slope = float(np.clip((centred * (y - y.mean())).sum() / (centred**2).sum(), 0.4, 1.2))
        typical = np.exp(np.median(y - slope * x) + slope * np.log(np.maximum(size[rows], 1e-12)))
        own = weight[rows]
        prior = _prior_weight(y - np.log(typical[usable[rows]]), weight[usable])
        out[rows] = np.sqrt((own * scale[rows] ** 2 + prior * typical**2) / (own + prior))
    return out


def _prior_weight(apart, weight):
    """Weight of the typical scale in errors, from how far log scales lie apart beyond what chance explains."""
    chance = float((0.5 / np.maximum(weight, 1)).mean())
    real = max(float(np.var(apart)) - chance, 1e-6) if len(apart) >= 8 else 0.1
    return float(np.clip(0.5 / real, *LEVEL_PRIOR))


def window_scale(errors: np.ndarray, prior: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scales of cumulated errors, and the standardised errors.

    errors: (n, Q) actual − forecast, NaN where a window was not available; prior: (n,) scale expected from
    one-step errors up to a factor of the group, which is measured here. Returns (n,) scales and (n, Q)
    errors, each over the scale made from the *other* windows (else tails look thinner than they are).
    """
    seen = ~np.isnan(errors)
    square = np.where(seen, errors, 0.0) ** 2
    expected = np.ones(len(prior))
    for group in np.unique(groups):
        rows = groups == group
        usable = seen[rows] & (prior[rows] > 0)[:, None]
        if usable.sum() >= 8:
            ratio = square[rows] / np.where(prior[rows] > 0, prior[rows], 1.0)[:, None] ** 2
            # One wild series must not widen all others.
            expected[rows] = np.sqrt(np.minimum(ratio[usable], 100.0).mean())
    expected = (expected * prior) ** 2
    total, count = square.sum(axis=1), seen.sum(axis=1)
    scale = np.sqrt((total + SCALE_PRIOR * expected) / (count + SCALE_PRIOR))
    others = (total[:, None] - square + SCALE_PRIOR * expected[:, None]) / (count + SCALE_PRIOR - 1)[:, None]
    others = np.sqrt(np.maximum(others, 0.0))
    standard = np.where(seen & (others > 0), errors / np.where(others > 0, others, 1.0), np.nan)
    return scale, standard


def pooled_quantiles(
    standard: np.ndarray, groups: np.ndarray, levels: Sequence[float], everyone: np.ndarray
) -> dict[str, np.ndarray]:
    """{group: (L,) quantiles of its standardised errors}; small groups lean on `everyone`, that on a normal."""
    base = _blend(standard[everyone], levels, normal_quantiles(levels))
    return {group: _blend(standard[groups == group], levels, base) for group in np.unique(groups)}


def _blend(standard, levels, prior):
    sample = standard[~np.isnan(standard)]
    if not len(sample):
        return prior
    if len(sample) > _POOL:
        sample = sample[:: -(-len(sample) // _POOL)]
    own = np.quantile(sample, levels) - np.median(sample)
    share = len(sample) / (len(sample) + SHAPE_PRIOR)
    return share * own + (1 - share) * prior


def growth(errors: np.ndarray, base: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(n, h) error scale at each period ahead over the one-step scale; measured per group, never shrinking."""
    n, _origins, horizon = errors.shape
    out = np.ones((n, horizon))
    for group in np.unique(groups):
        rows = (groups == group) & (base > 0)
        ratio = (errors[rows] / base[rows, None, None]) ** 2
        seen = ~np.isnan(ratio)
        number = seen.sum(axis=(0, 1))
        total = np.where(seen, np.minimum(ratio, 100.0), 0.0).sum(axis=(0, 1))
        # A normal start: steps nobody could test grow no further than those before.
        typical = np.sqrt((total + 20.0) / (number + 20.0))
        out[groups == group] = np.maximum.accumulate(typical)
    return out


@dataclass(frozen=True)
class Context:
    """What quantiles need to know of the n series. base: one-step error scale, shrunk to the class; pools:
    labels sharing evidence; sparse, none, whole_units: bool; hit_size, hit_cv2: mean demand where there is
    any and its squared coefficient of variation, the latter shrunk to that of all rare series."""

    base: np.ndarray
    pools: np.ndarray
    sparse: np.ndarray
    none: np.ndarray
    whole_units: np.ndarray
    hit_size: np.ndarray
    hit_cv2: np.ndarray

    @property
    def regular(self) -> np.ndarray:
        return ~self.sparse & ~self.none


def context(
    tables: Tables,
    pools: np.ndarray,
    sparse: np.ndarray,
    none: np.ndarray,
    whole_units: np.ndarray,
    size: np.ndarray,
    observed: np.ndarray,
    hits: np.ndarray,
    cv2: np.ndarray,
) -> Context:
    """Context from the second pass; size: (n,) mean demand, observed: (n,) observations."""
    base = level_scale(tables.one_step, tables.one_step_count, size, pools)
    # Few observations: the level itself is uncertain.
    base = np.where(none, 0.0, base * np.sqrt(1 + 3.0 / np.maximum(observed, 1)))
    rows = sparse & (hits > 1)
    typical = np.average(cv2[rows], weights=hits[rows] - 1) if rows.any() else 0.5
    share = (hits - 1) / (hits + SIZE_PRIOR)
    held = np.where(hits > 1, share * cv2 + (1 - share) * typical, typical)
    return Context(base, pools, sparse, none, whole_units, size * observed / np.maximum(hits, 1), held)


def periods(tables: Tables, context: Context, levels: Sequence[float]) -> np.ndarray:
    """(n, h, L) quantiles of the demand of each period ahead."""
    n, _origins, horizon = tables.step_error.shape
    out = np.zeros((n, horizon, len(levels)))
    grown = growth(tables.step_error, context.base, context.pools)
    scaled = tables.step_error / grown[:, None, :].astype(np.float32)
    seen = ~np.isnan(scaled)
    windows = seen.any(axis=2).sum(axis=1)
    own = np.square(np.where(seen, scaled, 0.0), dtype=np.float64).sum(axis=(1, 2))
    own /= np.maximum(seen.sum(axis=(1, 2)), 1)
    scale = np.sqrt((windows * own + SCALE_PRIOR * context.base**2) / (windows + SCALE_PRIOR))
    divisor = np.where(scale > 0, scale, np.nan)[:, None, None]
    shapes = pooled_quantiles(scaled / divisor, context.pools, levels, context.regular)
    for pool, shape in shapes.items():
        rows = context.regular & (context.pools == pool)
        out[rows] = tables.mean[rows][:, :, None] + (scale[rows, None] * grown[rows])[:, :, None] * shape
    rare = context.sparse
    average = tables.mean[rare].mean(axis=1)
    size = context.hit_size[rare]
    flat = counts.hurdle(
        average / np.where(size > 0, size, 1.0), size, context.hit_cv2[rare], context.whole_units[rare], levels
    )
    relative = tables.mean[rare] / np.where(average > 0, average, 1.0)[:, None]
    out[rare] = relative[:, :, None] * flat[:, None, :]
    return tidy(out)


def cover(
    tables: Tables, context: Context, asked: np.ndarray, levels: Sequence[float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(n,) mean, (n,) error scale and (n, L) quantiles of the demand summed over `asked` (n,) periods, and (n,) bool
    where it is counted (see `counts`).

    Between two whole numbers of periods the mean is interpolated linearly, the distances from it as
    standard deviations are: their squares.
    """
    share = asked - np.floor(asked)
    low, high = (_whole_cover(table, context, levels) for table in tables.covers)
    mean = np.where(context.none, 0.0, (1 - share) * low[0] + share * high[0])
    scale = np.sqrt((1 - share) * low[1] ** 2 + share * high[1] ** 2)
    near, far = low[2] - low[0][:, None], high[2] - high[0][:, None]
    mixed = (1 - share)[:, None] * near * np.abs(near) + share[:, None] * far * np.abs(far)
    quantiles = mean[:, None] + np.sign(mixed) * np.sqrt(np.abs(mixed))
    quantiles = np.where((context.none | (asked == 0))[:, None], 0.0, quantiles)
    return mean, np.where(context.none, 0.0, scale), tidy(quantiles), context.sparse & low[3] & high[3]


def _whole_cover(table, context, levels):
    prior = context.base * np.sqrt(table.tested)
    # Windows of similar length share their evidence.
    length = np.ceil(np.log2(np.maximum(table.tested, 1))).astype(int).astype(str)
    groups = np.char.add(np.char.add(context.pools, " "), length)
    scale, standard = window_scale(table.error, prior, groups)
    scale = scale * (table.periods / np.maximum(table.tested, 1)) ** BEYOND
    quantiles = np.zeros((len(scale), len(levels)))
    shapes = pooled_quantiles(standard, context.pools, levels, context.regular)
    for pool, shape in shapes.items():
        rows = context.regular & (context.pools == pool)
        quantiles[rows] = table.mean[rows, None] + scale[rows, None] * shape
    rare = context.sparse
    quantiles[rare] = counts.quantiles(
        table.mean[rare], scale[rare] ** 2, table.zero[rare], context.whole_units[rare], levels
    )
    return table.mean, scale, quantiles, counts.counted(table.mean, scale**2, context.whole_units)
