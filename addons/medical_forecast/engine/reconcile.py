"""Levels that agree: sums of forecasts, parts of a forecast, and the bands around both.

Every level is the sum of its members (bottom-up), so all of them add up to the same; what a level's own history tells is
how wide its band is.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Levels:
    """m sums of n series. member: (k,) series and level: (k,) sum of each membership; keys: m keys of the sums."""

    keys: tuple
    member: np.ndarray
    level: np.ndarray

    def sums(self, values):
        """(m, …) sums over the members of values (n, …)."""
        out = np.zeros((len(self.keys), *values.shape[1:]))
        np.add.at(out, self.level, values[self.member])
        return out

    def histories(self, values):
        """(m, T) demand of the sums; a period is NaN before the first member begins; a censored member counts 0."""
        seen = ~np.isnan(values)
        return np.where(self.sums(seen.astype(float)) > 0, self.sums(np.where(seen, values, 0.0)), np.nan)


def levels(columns):
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


def share_out(parts, total):
    """(k, h) parts of one series scaled in every period to add up to total (h,).

    Where all parts of a period are 0 they share by their sums over the horizon, evenly when those are 0 too.
    """
    size = parts.sum(axis=1)
    even = size / size.sum() if size.sum() > 0 else np.full(len(parts), 1.0 / len(parts))
    found = parts.sum(axis=0)
    shares = np.where(found > 0, parts / np.where(found > 0, found, 1.0), even[:, None])
    return shares * total


def around(quantiles, own_mean, mean):
    """Quantiles (m, h, q) of a level's own forecast moved to its coherent mean (m, h), its spread kept in proportion.

    The spread of a sum is not that of its members summed: members rise and fall together or not, and only the
    history of the sum knows.
    """
    scale = np.where(own_mean > 0, mean / np.where(own_mean > 0, own_mean, 1.0), 0.0)
    return quantiles * scale[:, :, None]
