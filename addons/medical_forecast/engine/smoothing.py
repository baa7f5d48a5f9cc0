"""The candidate models, for all series and parameters at once.

Every candidate is linear in the demand before the origin, so the states of all of them are one product of the
demand with a matrix of weights: no loop over series, parameters or time. Weights decay exponentially with age
and are normalised over the observed periods; a constant series of any length so has its value as level.
"""

import numpy as np

# Regular demand. Level gains; discounts of the trend line (0: least squares over the whole past).
ALPHAS = (0.06, 0.16, 0.35, 0.7, 0.95)
DISCOUNTS = (0.0, 0.03, 0.12)
# Share of the trend that is followed, its discount (place in DISCOUNTS), damping per period. A share of one
# half of the undiscounted trend is the theta method (Hyndman and Billah, IJF 19 (2003), 287–290).
TRENDS = ((0.0, 0, 1.0), (0.5, 0, 1.0), (0.5, 1, 1.0), (1.0, 1, 1.0), (1.0, 1, 0.9), (1.0, 2, 0.85))
# Seasonal treatments: none, own indices, own shrunk to shared, shared (see `season`).
TREATMENTS = ("plain", "own", "shrunk", "shared")
PER_TREATMENT = len(ALPHAS) * len(TRENDS)
REGULAR = len(TREATMENTS) * PER_TREATMENT + 1
# A trend from few observations is held back: weight of "no trend", in observations.
_NO_TREND = 10.0

# Rare demand: levels; means of the last half, one and two seasons; size times chance of demand (TSB: Teunter,
# Syntetos and Babai, EJOR 214 (2011), 606–615) by (size gain, chance gain); the same with the chance leaning on
# that of all series, by weight of those in observations.
RARE_ALPHAS = (0.04, 0.08, 0.15, 0.3)
RARE_MEANS = (0.5, 1.0, 2.0)
TSB = ((0.05, 0.03), (0.05, 0.08), (0.05, 0.2), (0.2, 0.08), (0.2, 0.2))
LEANING = (2.0, 6.0)
LEANING_GAINS = (0.03, 0.1)
RARE = len(RARE_ALPHAS) + len(RARE_MEANS) + len(TSB) + len(LEANING)

# What is reported: candidates of one kind together.
MODELS = (
    *(f"{kind}_{name}" for kind in ("ses", "trend") for name in TREATMENTS),
    "seasonal_naive",
    "mean_recent",
    "tsb_own",
    "tsb_shared",
)
SEASONAL = MODELS[len(TREATMENTS) * 2]


def regular_models() -> np.ndarray:
    """(REGULAR,) place in MODELS of each candidate for regular demand."""
    kinds = [len(TREATMENTS) * (share > 0) for share, _discount, _damping in TRENDS]
    one = np.array(kinds * len(ALPHAS))
    return np.append(np.concatenate([one + place for place in range(len(TREATMENTS))]), MODELS.index(SEASONAL))


def rare_models() -> np.ndarray:
    """(RARE,) place in MODELS of each candidate for rare demand."""
    names = ["ses_plain"] * len(RARE_ALPHAS) + ["mean_recent"] * len(RARE_MEANS)
    names += ["tsb_own"] * len(TSB) + ["tsb_shared"] * len(LEANING)
    return np.array([MODELS.index(name) for name in names])


def _decay(gains, ages):
    return (1.0 - np.asarray(gains)) ** ages[:, None]


class Lines:
    """Levels and trend lines at one origin, (n, A) and (n, D), for any number of treatments.

    weights: (n, origin) 1.0 where observed. `at` gives them for deseasonalised demand.
    """

    def __init__(self, weights):
        ages = np.arange(weights.shape[1] - 1, -1, -1.0)
        level, line = _decay(ALPHAS, ages), _decay(DISCOUNTS, ages)
        self._columns = np.concatenate([level, line, line * ages[:, None]], axis=1)
        moments = weights @ np.concatenate(
            [level, level * ages[:, None], line, line * ages[:, None], line * ages[:, None] ** 2], axis=1
        )
        a, d = len(ALPHAS), len(DISCOUNTS)
        self._sum = np.maximum(moments[:, :a], 1e-12)
        self.age = moments[:, a : 2 * a] / self._sum
        zero, one, two = (moments[:, 2 * a + d * k : 2 * a + d * (k + 1)] for k in range(3))
        spread = zero * two - one**2
        usable = spread > 1e-6 * np.maximum(zero * two, 1e-9)
        self._zero, self._one = zero, one
        self._held = np.where(usable, zero / (zero + _NO_TREND) / np.where(usable, spread, 1.0), 0.0)

    def at(self, demand: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Level (n, A) and slope per period (n, D) of (n, origin) demand, 0 where not observed."""
        states = demand @ self._columns
        a, d = len(ALPHAS), len(DISCOUNTS)
        slope = (self._one * states[:, a : a + d] - self._zero * states[:, a + d :]) * self._held
        return states[:, :a] / self._sum, slope


def one_step_errors(demand: np.ndarray, observed: np.ndarray, factor: np.ndarray, after: int) -> np.ndarray:
    """(n, ALPHAS) absolute errors of each level as forecast of the next period, summed; all arguments (n, T).

    factor: what an error of deseasonalised demand is worth; after: observations before errors count.
    """
    keep = (1.0 - np.array(ALPHAS)).astype(np.float32)
    total = np.zeros((len(demand), len(ALPHAS)), dtype=np.float32)
    top, base = total.copy(), total.copy()
    seen = observed.astype(np.float32)
    counted = np.where(observed & (np.cumsum(observed, axis=1) > max(after, 3)), factor, 0.0).astype(np.float32)
    demand = demand.astype(np.float32)
    for t in range(demand.shape[1]):
        total += np.abs(demand[:, t, None] - top / np.maximum(base, 1e-12)) * counted[:, t, None]
        top = top * keep + (demand[:, t] * seen[:, t])[:, None]
        base = base * keep + seen[:, t, None]
    return total


def reach(steps: int) -> np.ndarray:
    """(steps, TRENDS) how many slopes ahead each trend is after 1 … steps periods, without its share."""
    ahead = np.arange(1.0, steps + 1)[:, None]
    damping = np.array([trend[2] for trend in TRENDS])
    damped = np.where(damping < 1, damping, 0.5)
    return np.where(damping < 1, damped * (1 - damped**ahead) / (1 - damped), ahead)


def starts(level: np.ndarray, age: np.ndarray, slope: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, A, TRENDS) value at the origin, the lag of the level made up for, and (n, TRENDS) slope followed."""
    followed = slope[:, [trend[1] for trend in TRENDS]] * np.array([trend[0] for trend in TRENDS])
    return level[:, :, None] + followed[:, None, :] * age[:, :, None], followed


def rare_levels(values: np.ndarray, observed: np.ndarray, season: int, origin: int, chance: float) -> np.ndarray:
    """(n, RARE) level of each candidate for rare demand from the columns before `origin`.

    chance: (LEANING_GAINS,) chance of demand in a period, of all series. All 0 before the first demand.
    """
    demand = np.where(observed[:, :origin], values[:, :origin], 0.0)
    seen = observed[:, :origin].astype(np.float64)
    hits = (demand > 0).astype(np.float64)
    ages = np.arange(origin - 1, -1, -1.0)
    spans = np.maximum(np.round(np.array(RARE_MEANS) * season), 6.0)
    flat = np.concatenate([_decay(RARE_ALPHAS, ages), (ages[:, None] < spans).astype(np.float64)], axis=1)
    levels = (demand @ flat) / np.maximum(seen @ flat, 1e-9)
    gains = sorted({pair[0] for pair in TSB} | {LEANING_GAINS[0]})
    rates = sorted({pair[1] for pair in TSB} | {LEANING_GAINS[1]})
    by_gain, by_rate = _decay(gains, ages), _decay(rates, ages)
    weight = hits @ by_gain
    size = np.where(weight > 1e-12, (demand @ by_gain) / np.where(weight > 1e-12, weight, 1.0), 0.0)
    happened, watched = hits @ by_rate, seen @ by_rate
    rate = happened / np.maximum(watched, 1e-9)
    pairs = [size[:, gains.index(gain)] * rate[:, rates.index(chance_gain)] for gain, chance_gain in TSB]
    at = rates.index(LEANING_GAINS[1])
    for lean in LEANING:
        leaning = (happened[:, at] + lean * chance) / (watched[:, at] + lean)
        pairs.append(size[:, gains.index(LEANING_GAINS[0])] * leaning)
    return np.concatenate([levels, np.stack(pairs, axis=1)], axis=1)


def shared_chance(values: np.ndarray, observed: np.ndarray, origin: int) -> float:
    """Chance of demand in a period over all series that had any before `origin`."""
    seen = observed[:, :origin]
    hits = seen & (values[:, :origin] > 0)
    known = hits.any(axis=1)
    fade = _decay(LEANING_GAINS[1:], np.arange(origin - 1, -1, -1.0))[:, 0]
    watched = seen[known] @ fade
    return float((hits[known] @ fade).sum() / max(watched.sum(), 1e-9)) if known.any() else 0.0
