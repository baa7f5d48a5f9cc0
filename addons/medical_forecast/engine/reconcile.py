"""Levels that agree: sums of forecasts, parts of a forecast, and the bands around both.

Every level is the sum of its members (bottom-up), so all of them add up to the same; what a level's own history tells is
how wide its band is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Levels:
    """m sums of n series. member: (k,) series and level: (k,) sum of each membership; keys: m keys of the sums."""

    keys: tuple
    member: np.ndarray
    level: np.ndarray

    def sums(self, values: np.ndarray) -> np.ndarray:
        """(m, …) sums over the members of values (n, …)."""
        out = np.zeros((len(self.keys), *values.shape[1:]))
        np.add.at(out, self.level, values[self.member])
        return out

    def histories(self, values: np.ndarray) -> np.ndarray:
        """(m, T) demand of the sums; a period is NaN before the first member begins; a censored member counts 0."""
        seen = ~np.isnan(values)
        return np.where(self.sums(seen.astype(float)) > 0, self.sums(np.where(seen, values, 0.0)), np.nan)


def levels(columns: Mapping[str, Sequence]) -> Levels:
    """Levels of columns name → (n,) labels; None as label: the series is in none. Keys are (name, label)."""
    keys, member, level = [], [], []
    for name, labels in columns.items():
        place = {}
        for row, label in enumerate(labels):
            if label is None:
                continue
            if label not in place:
                place[label] = len(keys)
                keys.append((name, label))
            member.append(row)
            level.append(place[label])
    return Levels(tuple(keys), np.array(member, dtype=np.int64), np.array(level, dtype=np.int64))


def share_out(parts: np.ndarray, total: np.ndarray) -> np.ndarray:
    """(k, h) parts of one series scaled in every period to add up to total (h,).

    Where all parts of a period are 0 they share by their sums over the horizon, evenly when those are 0 too.
    """
    size = parts.sum(axis=1)
    even = size / size.sum() if size.sum() > 0 else np.full(len(parts), 1.0 / len(parts))
    found = parts.sum(axis=0)
    shares = np.where(found > 0, parts / np.where(found > 0, found, 1.0), even[:, None])
    return shares * total


def around(quantiles: np.ndarray, own_mean: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Quantiles (m, h, q) of a level's own forecast moved to its coherent mean (m, h), its spread kept in proportion.

    The spread of a sum is not that of its members summed: members rise and fall together or not, and only the
    history of the sum knows.
    """
    scale = np.where(own_mean > 0, mean / np.where(own_mean > 0, own_mean, 1.0), 0.0)
    return quantiles * scale[:, :, None]


def summed(
    columns: Mapping[str, Sequence],
    figures: np.ndarray,
    values: np.ndarray,
    forecast: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> tuple[tuple, np.ndarray]:
    """(keys (name, label), (m, h, 1 + q) figures) of the sums of n series by `levels`.

    figures: (n, h, 1 + q) mean and quantiles; values: (n, T) demand; forecast: function (m, T) → (rows that could be forecast,
    their figures). The band of a sum is that of its own forecast; of one member, or without a forecast, its members' added.
    """
    found = levels(columns)
    total = found.sums(figures)
    rows, own = forecast(found.histories(values))
    lone = np.bincount(found.level, minlength=len(found.keys)) == 1
    usable = ~lone[rows] & (own[:, :, 0] > 0).all(axis=1)
    rows, own = rows[usable], own[usable]
    total[rows, :, 1:] = around(own[:, :, 1:], own[:, :, 0], total[rows, :, 0])
    return found.keys, total


def parts(
    values: np.ndarray,
    owners: Sequence[tuple],
    figures: np.ndarray,
    forecast: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> np.ndarray:
    """(m, h, 1 + q) figures of parts that add up to their series in every period.

    values: (m, T) demand of the parts; owners: m keys whose first is the series; those of one key add up to figures[series].
    A part that cannot be forecast goes on with its mean of the last year, without a band.
    """
    own = np.zeros((len(values), *figures.shape[1:]))
    own[:, :, 0] = values[:, -12:].mean(axis=1)[:, None]
    rows, found = forecast(np.where(np.maximum.accumulate(values > 0, axis=1), values, np.nan))
    own[rows] = found
    mean = np.zeros_like(own[:, :, 0])
    members = {}
    for place, owner in enumerate(owners):
        members.setdefault(owner, []).append(place)
    for owner, places in members.items():
        mean[places] = share_out(own[places, :, 0], figures[owner[0], :, 0])
    return np.concatenate([mean[:, :, None], around(own[:, :, 1:], own[:, :, 0], mean)], axis=2)
