"""Random demand of many products, period by period, from the chances of each amount."""

import numpy as np

# What lies above has less chance than this and is added to the largest amount kept.
_TAIL = 1e-7
_LONGEST = 4000


def count_chances(mean, variance):
    """(n, K) chances of 0 … K − 1 units: negative binomial, Poisson where the variance is not above the mean.

    mean, variance: (n,) per period, mean ≥ 0. K is large enough for all of them but 1e-7.
    """
    from scipy.special import gammaln

    mean = np.asarray(mean, dtype=np.float64)[:, None]
    variance = np.maximum(np.asarray(variance, dtype=np.float64)[:, None], mean)
    longest = int(min(np.max(mean + 12 * np.sqrt(variance) + 12, initial=12), _LONGEST))
    while True:
        number = np.arange(longest, dtype=np.float64)
        over = np.where(variance > mean * (1 + 1e-9), variance - mean, 1.0)
        size, fail = mean**2 / over, over / np.maximum(variance, 1e-300)
        with np.errstate(divide="ignore", invalid="ignore"):
            wide = gammaln(number + size) - gammaln(size) - gammaln(number + 1)
            wide += size * np.log1p(-fail) + number * np.log(fail)
            narrow = number * np.log(mean) - mean - gammaln(number + 1)
        chances = np.exp(np.where(variance > mean * (1 + 1e-9), wide, narrow))
        chances = np.where(mean > 0, chances, number == 0)
        rest = 1 - chances.sum(axis=1)
        if longest >= _LONGEST or rest.max(initial=0.0) < _TAIL:
            break
        longest = min(2 * longest, _LONGEST)
    chances[:, -1] += np.maximum(rest, 0.0)
    return chances / chances.sum(axis=1, keepdims=True)


def sampler(chances, periods, replications):
    """A function (rows, rng) → (T, len(rows), R) for `simulate`: independent draws from chances (n, K).

    The number of times each amount comes is drawn first, then the order: as exact as drawing one by one.
    """

    def draw(rows, rng):
        number = rng.multinomial(periods * replications, chances[rows])
        amounts = np.tile(np.arange(chances.shape[1], dtype=np.float32), len(rows))
        drawn = np.repeat(amounts, number.ravel()).reshape(len(rows), -1)
        drawn = rng.permuted(drawn, axis=1)
        return np.ascontiguousarray(np.moveaxis(drawn.reshape(len(rows), periods, replications), 1, 0))

    return draw
