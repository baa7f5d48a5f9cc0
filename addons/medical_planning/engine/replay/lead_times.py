"""Random lead times in whole periods with a given mean and deviation."""

import numpy as np


def distribution(mean: float, sd: float) -> np.ndarray:
    """(K,) chances of a lead time of 0 … K − 1 whole periods: a normal cut into periods, with that mean and sd.

    mean, sd: periods, sd ≥ 0. What is left between two whole numbers when sd is smaller than cutting allows (a mean
    of 2.5 has at least 0.5) is as narrow as can be. Raises ValueError for a negative or endless value.
    """
    if not (0 <= mean <= 250 and 0 <= sd <= 250):
        raise ValueError("A lead time and its deviation lie between 0 and 250 periods.")
    low = int(np.floor(mean))
    share = mean - low
    narrowest = np.zeros(low + 2)
    narrowest[low], narrowest[low + 1] = 1 - share, share
    if sd**2 <= share * (1 - share) + 1e-12:
        return narrowest
    from scipy.optimize import least_squares

    places = np.arange(min(int(np.ceil(mean + 6 * sd)) + 7, 256))

    def moments(guess):
        chances = _cut_normal(places, guess[0], np.exp(guess[1]))
        centre = chances @ places
        return np.array([centre - mean, np.sqrt(chances @ (places - centre) ** 2) - sd])

    guess = least_squares(moments, [mean, np.log(max(sd, 0.1))]).x
    return _cut_normal(places, guess[0], np.exp(guess[1]))


def _cut_normal(places, centre, sd):
    from scipy.special import ndtr

    upper = ndtr((places + 0.5 - centre) / sd)
    chances = np.diff(upper, prepend=0.0)
    chances[-1] += 1.0 - upper[-1]
    return chances / chances.sum()


def draws(chances: np.ndarray, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Lead times of the given shape, uint8, from `chances` of `distribution` (to 1 in 65,536)."""
    edges = np.round(np.cumsum(chances)[:-1] * 65536).astype(np.int64)
    table = np.searchsorted(edges, np.arange(65536), side="right").astype(np.uint8)
    return table[rng.integers(0, 65536, shape, dtype=np.uint16)]
