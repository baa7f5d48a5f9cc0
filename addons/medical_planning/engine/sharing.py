"""One service target shared by many products: each gets its own, so that together they reach it with the least stock.

A point of service costs little stock where demand is small or even, and much where it is large or where only a late
vendor is left to guard against. Least Σ w·stock with Σ b·service = target·Σ b: every product takes the candidate that
is best at one price of service, found by bisection (marginal analysis; Sherbrooke, Optimal Inventory Modeling of
Systems, 2004, chapter 2). No product is planned below its floor, and none above half of the shortages the target
allows: what lies beyond pays for little and makes small products pile up.
"""

from dataclasses import dataclass, replace

import numpy as np

from ...medical_demand.engine.scores import at_scores, normal_quantiles
from ...medical_forecast.engine import counts
from .policy import PolicyInput, below, distribution, fill_rate, loss, order_size, round_up

# Candidates of a product, from its floor up to this part of the shortages that the target allows.
_CANDIDATES = 60
_HIGHEST = 0.5
# Shortages that a group may have above its target where the others make it up.
APART = 0.2
# A min that low still serves a good part of demand where it is ordered in large lots.
_LOWEST_SCORE = -3.0
_HALVINGS = 60
_ROWS = 1000


@dataclass(frozen=True)
class _Choices:
    """(n, A) ascending candidates: target to plan with, service expected of it, mean stock besides half an order, and
    whether the floor allows it."""

    target: np.ndarray
    service: np.ndarray
    stock: np.ndarray
    allowed: np.ndarray

    def rows(self, part):
        return _Choices(self.target[part], self.service[part], self.stock[part], self.allowed[part])


def least_service(target: float | np.ndarray, times: float = 3.0) -> np.ndarray:
    """Service of a product that runs short `times` as often as the target allows."""
    return np.maximum(1 - times * (1 - np.asarray(target, dtype=np.float64)), 0.0)


def shared_targets(
    inp: PolicyInput,
    floor: float | np.ndarray,
    weight: float | np.ndarray = 1.0,
    groups: np.ndarray | None = None,
    apart: float = APART,
) -> np.ndarray:
    """(n,) targets to plan with instead of `inp.target` (a `PolicyInput`).

    floor: (n,) or scalar, the least service any product gets; where it is not below the target nothing changes.
    weight: (n,) or scalar ≥ 0, money per unit of stock. groups: (n,) labels; together they reach the mean of the
    targets, and each of them may run short `apart` more often than its own targets allow (0.2: 6 % instead of 5 %).
    A cycle service counts every product alike, a fill rate by its demand; they are never mixed.
    """
    n = len(inp.target)
    floor = np.broadcast_to(np.asarray(floor, dtype=np.float64), (n,))
    weight = np.broadcast_to(np.asarray(weight, dtype=np.float64), (n,))
    labels = np.zeros(n, dtype=int) if groups is None else np.unique(groups, return_inverse=True)[1]
    out = np.array(inp.target)
    moves = (floor < inp.target - 1e-9) & (inp.rate > 0) & (inp.cover_quantiles > 0).any(axis=1)
    for fill in (False, True):
        rows = np.flatnonzero(moves & (inp.target_fill == fill))
        if len(rows):
            part = inp.rows(rows)
            benefit = part.rate / part.rate.mean() if fill else np.ones(len(rows))
            out[rows] = _shared(_choices(part, floor[rows]), part.target, weight[rows], benefit, labels[rows], apart)
    return out


def with_shared_targets(inp: PolicyInput, least: np.ndarray, owner: np.ndarray, groups: np.ndarray) -> PolicyInput:
    """The `PolicyInput` with each product's own target where those of one owner share theirs.

    least: (n,) least service, owner: (n,) who shares; groups: (n,) demand classes. Money in stock is what is kept low.
    """
    target = inp.target.copy()
    for number in np.unique(owner[least < inp.target]):
        rows = np.flatnonzero(owner == number)
        money = np.maximum(inp.unit_cost[rows], 1e-6)
        target[rows] = shared_targets(inp.rows(rows), least[rows], money, groups[rows])
    return replace(inp, target=target)


def _shared(choices, target, weight, benefit, labels, apart):
    """(n,) targets; a group that would fall too low is taken out and brought to the least it may have."""
    out, open_ = np.array(target), np.ones(len(target), dtype=bool)
    need = benefit @ target
    while open_.any():
        rows = np.flatnonzero(open_)
        found, reached = _share(choices.rows(rows), need, weight[rows], benefit[rows])
        out[rows] = found
        low = []
        for label in np.unique(labels[rows]):
            inside = rows[labels[rows] == label]
            least = benefit[inside] @ (1 - (1 + apart) * (1 - target[inside]))
            if benefit[inside] @ reached[labels[rows] == label] < least - 1e-9 * len(inside):
                low.append((inside, least))
        if not low or len(np.unique(labels[rows])) == 1:
            break
        for inside, least in low:
            out[inside], got = _share(choices.rows(inside), least, weight[inside], benefit[inside])
            need -= benefit[inside] @ got
            open_[inside] = False
    return out


def _choices(inp, floor):
    """_Choices of rows that are all of one kind of target."""
    fill = bool(inp.target_fill[0])
    lowest = _LOWEST_SCORE if fill else normal_quantiles(np.clip(floor.min(), 1e-3, 1 - 1e-3))
    scores = np.linspace(lowest, normal_quantiles(1 - _HIGHEST * (1 - inp.target.max())), _CANDIDATES)
    parts = [
        _part(inp.rows(slice(at, at + _ROWS)), floor[at : at + _ROWS], scores, fill)
        for at in range(0, len(floor), _ROWS)
    ]
    return _Choices(*(np.concatenate(side) for side in zip(*parts, strict=True)))


def _part(inp, floor, scores, fill):
    from scipy.special import ndtr

    levels = at_scores(inp.cover_levels, inp.cover_quantiles, scores)
    grid, weight = distribution(inp.cover_levels, inp.cover_quantiles)
    mean = grid @ weight
    size = np.maximum(order_size(inp, np.ones(len(mean), dtype=bool))[0], 1e-9)
    target, service, stock = (np.empty(levels.shape) for _side in range(3))
    for place in range(len(scores)):
        level = levels[:, place]
        if fill:
            target[:, place] = fill_rate(grid, weight, level, size)
            level = round_up(level, inp.rounding)
            service[:, place] = fill_rate(grid, weight, level, size)
        else:
            target[:, place] = ndtr(scores[place])
            level = np.where(inp.counted, np.maximum(counts.whole_quantile(level), 0.0), level)
            level = round_up(level, inp.rounding)
            service[:, place] = below(grid, level + 0.5 * inp.counted)
        stock[:, place] = level - mean + loss(grid, weight, level)
    # Where even the highest candidate lies under the floor, it is the only one left.
    allowed = target >= floor[:, None] - 1e-9
    allowed[:, -1] = True
    return np.clip(target, 1e-6, 1 - 1e-6), service, stock, allowed


def _share(choices, need, weight, benefit):
    """(n,) targets that together need least and give Σ benefit · service = need, and (n,) the service of each."""
    rows = np.arange(len(weight))
    cost = np.where(choices.allowed, weight[:, None] * choices.stock, np.inf)
    gain = benefit[:, None] * choices.service

    def best(price):
        return np.argmin(cost - price * gain, axis=1)

    def chosen(places):
        return choices.target[rows, places], choices.service[rows, places]

    low, high = -30.0, 30.0
    scale = max(float(np.abs(cost[choices.allowed]).max()), 1e-200)
    less, more = best(scale * 10**low), best(scale * 10**high)
    if gain[rows, less].sum() >= need:
        return chosen(less)
    if gain[rows, more].sum() <= need:
        return chosen(more)
    for _halving in range(_HALVINGS):
        middle = (low + high) / 2
        found = best(scale * 10**middle)
        if gain[rows, found].sum() >= need:
            high, more = middle, found
        else:
            low, less = middle, found
    # Between the two lie products that may as well take either: as many of them as it takes, the last one in part.
    missing = need - gain[rows, less].sum()
    adds = gain[rows, more] - gain[rows, less]
    order = np.argsort(-adds, kind="stable")
    reached = np.cumsum(adds[order])
    last = int(np.searchsorted(reached, missing - 1e-12))
    less[order[:last]] = more[order[:last]]
    target, service = chosen(less)
    if last < len(order):
        row = order[last]
        asked = missing - (reached[last] - adds[row]) + gain[row, less[row]]
        enough = choices.allowed[row] & (gain[row] >= asked - 1e-12)
        place = int(np.argmax(enough)) if enough.any() else more[row]
        lowest = choices.target[row, choices.allowed[row]].min()
        target[row] = np.clip(asked / benefit[row], lowest, choices.target[row, place])
        service[row] = min(asked / benefit[row], choices.service[row, place])
    return target, service
