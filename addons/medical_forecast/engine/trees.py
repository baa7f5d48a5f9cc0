"""Boosted trees in plain numpy: few rows, few features, no library to install.

Trees whose every level asks one question of all rows (as CatBoost's; Prokhorenkova et al., NeurIPS 2018), grown on binned
features and clipped residuals, so that no single wild demand leads them.
"""

from dataclasses import dataclass

import numpy as np

_ROUNDS, _DEPTH, _RATE, _BINS = 60, 3, 0.1, 24
# Residuals beyond this pull no harder, and the weight of "nothing" in a leaf, in rows.
_WILD, _HELD = 0.5, 40.0
_ROWS = 20_000


@dataclass(frozen=True)
class Trees:
    """edges: per feature, ascending bin edges; questions: per tree, (feature, bin) of each level; leaves: per tree values."""

    edges: tuple
    questions: tuple
    leaves: tuple

    def predict(self, features: np.ndarray) -> np.ndarray:
        """(k,) of features (k, F)."""
        codes = _codes(features, self.edges)
        out = np.zeros(len(features))
        for questions, leaves in zip(self.questions, self.leaves, strict=True):
            out += leaves[_leaf(codes, questions)]
        return out


def fit(features: np.ndarray, target: np.ndarray) -> Trees:
    """Trees that predict target (k,) from features (k, F); only every so-maniest row of a large table is learned from."""
    step = -(-len(target) // _ROWS) or 1
    features, target = features[::step], target[::step]
    inner = np.linspace(0, 1, _BINS + 1)[1:-1]
    edges = tuple(np.unique(np.quantile(column, inner)) if len(column) else np.zeros(0) for column in features.T)
    codes = _codes(features, edges)
    found, questions, leaves = np.zeros(len(target)), [], []
    for _round in range(_ROUNDS if len(target) else 0):
        pull = np.clip(target - found, -_WILD, _WILD)
        asked, leaf = _grow(codes, pull)
        if not asked:
            break
        size = 2 ** len(asked)
        count = np.bincount(leaf, minlength=size)
        value = _RATE * np.bincount(leaf, pull, minlength=size) / (count + _HELD)
        found += value[leaf]
        questions.append(asked)
        leaves.append(value)
    return Trees(edges, tuple(questions), tuple(leaves))


def _codes(features, edges):
    """(F, k) bin of each value."""
    columns = [np.searchsorted(edge, column, side="left") for edge, column in zip(edges, features.T, strict=True)]
    return np.array(columns, dtype=np.int64).reshape(len(edges), len(features))


def _leaf(codes, questions):
    leaf = np.zeros(codes.shape[1], dtype=np.int64)
    for feature, place in questions:
        leaf = 2 * leaf + (codes[feature] > place)
    return leaf


def _grow(codes, pull):
    """(questions, leaf of each row) of one tree; a level without a question that helps ends it."""
    asked, leaf = [], np.zeros(len(pull), dtype=np.int64)
    for level in range(_DEPTH):
        size = 2**level
        best, question = 1e-9, None
        for feature, column in enumerate(codes):
            cell = leaf * _BINS + column
            total = np.bincount(cell, pull, minlength=size * _BINS).reshape(size, _BINS).cumsum(axis=1)
            count = np.bincount(cell, minlength=size * _BINS).reshape(size, _BINS).cumsum(axis=1)
            whole, number = total[:, -1:], count[:, -1:]
            gain = total**2 / (count + _HELD) + (whole - total) ** 2 / (number - count + _HELD)
            gain = (gain - whole**2 / (number + _HELD)).sum(axis=0)
            place = int(np.argmax(gain[:-1]))
            if gain[place] > best:
                best, question = gain[place], (feature, place)
        if question is None:
            break
        asked.append(question)
        leaf = 2 * leaf + (codes[question[0]] > question[1])
    return tuple(asked), leaf
