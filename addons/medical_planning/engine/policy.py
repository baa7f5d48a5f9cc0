"""Min and max from the demand over the cover: service target, order size, shelf life and caps.

The distribution of cover demand is given by its quantiles. Between two of them, and beyond the last, it is
linear in the standard normal quantile of the level, so normal quantiles reproduce the normal exactly.
Fill rate: β = 1 − (E[(D − min)⁺] − E[(D − min − Q)⁺]) / Q, the share of an order quantity Q that is not
backordered; the second term keeps a backorder from being counted in two order cycles.
"""

from dataclasses import dataclass, replace

import numpy as np

from ...medical_demand.engine.scores import at_scores, normal_quantiles, normal_weights
from ...medical_forecast.engine import counts
from ...medical_forecast.engine.forecast import Forecast
from .cover import with_lead_time_spread

_GRID = np.linspace(-4.5, 4.5, 181)
_ROWS = 4000


@dataclass(frozen=True)
class PolicyInput:
    """n rows; arrays of (n,) or scalars unless said otherwise.

    cover_mean, cover_sd, cover_quantiles (n, L) at cover_levels (L,): demand over lead time plus review.
    counted: bool, demand is counted in small whole numbers and its quantiles lie within half a unit of them (see
    `counts`). rate: demand per period. review: periods between orders. target: service in (0, 1); target_fill: bool,
    True for fill rate, False for cycle service. moq, multiple, order_quantity_min: 0 for none; the last is what
    the policy wants to order at least. rounding: smallest unit of min and max, 0 for none.
    shelf_life: inf for none. unit_cost: money per unit. old_min, old_max: NaN without a rule.
    cap: largest relative change of min and of max per run, inf for none.
    """

    cover_mean: np.ndarray
    cover_sd: np.ndarray
    cover_levels: tuple[float, ...]
    cover_quantiles: np.ndarray
    rate: np.ndarray
    review: np.ndarray
    target: np.ndarray
    counted: np.ndarray = False
    target_fill: np.ndarray = False
    moq: np.ndarray = 0.0
    multiple: np.ndarray = 0.0
    order_quantity_min: np.ndarray = 0.0
    rounding: np.ndarray = 1.0
    shelf_life: np.ndarray = np.inf
    unit_cost: np.ndarray = 0.0
    old_min: np.ndarray = np.nan
    old_max: np.ndarray = np.nan
    cap: np.ndarray = np.inf

    def __post_init__(self):
        mean = np.atleast_1d(np.asarray(self.cover_mean, dtype=np.float64))
        for name in self.__dataclass_fields__:
            if name in ("cover_levels", "cover_quantiles"):
                continue
            given = np.asarray(getattr(self, name)).astype(bool if name in ("target_fill", "counted") else np.float64)
            object.__setattr__(self, name, np.broadcast_to(given, mean.shape))
        quantiles = np.asarray(self.cover_quantiles, dtype=np.float64)
        if quantiles.shape != (len(mean), len(self.cover_levels)):
            raise ValueError(f"cover_quantiles must be {(len(mean), len(self.cover_levels))}, got {quantiles.shape}.")
        object.__setattr__(self, "cover_quantiles", quantiles)
        if not ((self.target > 0) & (self.target < 1)).all():
            raise ValueError("A service target lies between 0 and 1 (0.95 for 95 %).")

    def rows(self, part: slice | np.ndarray) -> "PolicyInput":
        """The same input for a slice of rows."""
        fields = {name: getattr(self, name)[part] for name in self.__dataclass_fields__ if name != "cover_levels"}
        return replace(self, **fields)

    def scaled(self, factor: float | np.ndarray) -> "PolicyInput":
        """The same input with so many times the demand; factor: (n,) or scalar."""
        scaled = {name: getattr(self, name) * factor for name in ("cover_mean", "cover_sd", "rate")}
        return replace(self, cover_quantiles=self.cover_quantiles * np.reshape(factor, (-1, 1)), **scaled)


@dataclass(frozen=True)
class PolicyResult:
    """(n,) each. new_min, new_max: the rule; order_quantity: new_max − new_min. safety_stock: new_min less mean
    cover demand (negative where the target allows it). expected_cycle_service, expected_fill_rate: of new_min.
    mean_stock: max(safety_stock, 0) + order_quantity / 2; stock_value: that times unit cost. capped: the cap cut
    the change. limits: per row the codes of what moved the result: moq, multiple, shelf_life, cap, no_demand.
    uncapped_min, uncapped_max: what would have been set without the cap.
    """

    new_min: np.ndarray
    new_max: np.ndarray
    order_quantity: np.ndarray
    safety_stock: np.ndarray
    expected_cycle_service: np.ndarray
    expected_fill_rate: np.ndarray
    mean_stock: np.ndarray
    stock_value: np.ndarray
    capped: np.ndarray
    limits: tuple[tuple[str, ...], ...]
    uncapped_min: np.ndarray
    uncapped_max: np.ndarray

    def without_rules(self, rows: np.ndarray) -> "PolicyResult":
        """The result with minimum and maximum 0 for ``rows``."""
        zeroed = {}
        for name in ("new_min", "new_max", "order_quantity", "safety_stock", "mean_stock", "stock_value"):
            zeroed[name] = getattr(self, name).copy()
            zeroed[name][rows] = 0.0
        return replace(self, **zeroed)


def asked(
    forecast: Forecast,
    rows: slice | np.ndarray,
    days: float,
    turn: np.ndarray,
    lead_sd: np.ndarray,
    shelf_life: np.ndarray,
    review: np.ndarray,
    **terms: object,
) -> PolicyInput:
    """PolicyInput of ``rows`` of a Forecast whose periods have so many days; lead_sd, shelf_life, review: (n,) in days.

    turn: (n,) factor on demand that has turned: a jump raises what has to be covered, not what is ordered at a time, a
    decline lowers both. terms: the other fields of `PolicyInput`.
    """
    rate = forecast.mean[rows].mean(axis=1)
    levels, quantiles = forecast.cover_levels, forecast.cover_quantiles[rows]
    sd, quantiles = with_lead_time_spread(
        forecast.cover_mean[rows], forecast.cover_sd[rows], levels, quantiles, rate, lead_sd / days
    )
    return PolicyInput(
        cover_mean=forecast.cover_mean[rows] * turn,
        cover_sd=sd * turn,
        cover_levels=levels,
        cover_quantiles=quantiles * turn[:, None],
        counted=forecast.counted[rows],
        rate=rate * np.minimum(turn, 1.0),
        review=review / days,
        shelf_life=shelf_life / days,
        **terms,
    )


def decide(inp: PolicyInput) -> PolicyResult:
    """Min and max for every row.

    1. min: the quantile of cover demand at the target (the whole one where demand is counted), or the smallest
       min that meets the fill rate; rounded up to `rounding`.
    2. order quantity: the largest of moq, order_quantity_min, demand per review and multiple, rounded up to
       whole multiples; max = min + it.
    3. shelf life: max must sell (at the mean rate) before it expires, so it is lowered to rate · shelf life, if
       need be below the minimum order, and min is lowered with it where it lies above. Service then falls
       short of the target, which the expected figures show.
    4. cap: min and max move at most by the cap from the old values (an old value of 0 has no cap).
    Rows without demand get 0 and 0.
    """
    demand = (inp.rate > 0) | (inp.cover_mean > 0) | (inp.cover_quantiles > 0).any(axis=1)
    quantity, moved_by_moq, moved_by_multiple = order_size(inp, demand)
    low = round_up(_target_min(inp, quantity), inp.rounding)
    low = np.where(demand, low, 0.0)
    high = low + quantity

    lasts = np.isinf(inp.shelf_life)
    sells = np.where(lasts, np.inf, inp.rate * np.where(lasts, 0.0, inp.shelf_life))
    sells = _round_down(sells, inp.rounding)
    aged = demand & (high > sells)
    high = np.where(aged, sells, high)
    low = np.minimum(low, high)

    free_low, free_high = low, high
    low, high = _capped(low, inp.old_min, inp), _capped(high, inp.old_max, inp)
    high = np.maximum(low, high)
    capped = (low != free_low) | (high != free_high)

    cycle, fill = service_at(inp, low, high - low)
    safety = low - inp.cover_mean
    stock = np.maximum(safety, 0.0) + (high - low) / 2
    codes = {
        "no_demand": ~demand,
        "moq": demand & moved_by_moq,
        "multiple": demand & moved_by_multiple,
        "shelf_life": aged,
        "cap": capped,
    }
    flags = np.column_stack(list(codes.values())).tolist()
    return PolicyResult(
        new_min=low,
        new_max=high,
        order_quantity=high - low,
        safety_stock=safety,
        expected_cycle_service=cycle,
        expected_fill_rate=fill,
        mean_stock=stock,
        stock_value=stock * inp.unit_cost,
        capped=capped,
        limits=tuple(tuple(name for name, hit in zip(codes, row, strict=True) if hit) for row in flags),
        uncapped_min=free_low,
        uncapped_max=free_high,
    )


def cover_quantile(inp: PolicyInput) -> np.ndarray:
    """(n,) quantile of cover demand at the target, continuous also where demand is counted."""
    return at_scores(inp.cover_levels, inp.cover_quantiles, normal_quantiles(inp.target)[:, None])[:, 0]


def service_at(
    inp: PolicyInput, level: np.ndarray, order_quantity: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Expected (cycle service, fill rate), (n,) each, of an arbitrary min `level` (n,).

    order_quantity: (n,) of the rule looked at; None takes old_max − old_min where both are known and
    positive, else the quantity `decide` would order. Rows without demand have service 1; NaN levels give NaN.
    """
    level = np.broadcast_to(np.asarray(level, dtype=np.float64), inp.cover_mean.shape)
    if order_quantity is None:
        demand = inp.rate > 0
        held = inp.old_max - inp.old_min
        order_quantity = np.where(held > 0, held, order_size(inp, demand)[0])
    order_quantity = np.broadcast_to(np.asarray(order_quantity, dtype=np.float64), level.shape)
    cycle, fill = np.ones(len(level)), np.ones(len(level))
    for part in _parts(len(level)):
        grid, weight = distribution(inp.cover_levels, inp.cover_quantiles[part])
        # All of the chance of k lies below k + ½.
        cycle[part] = below(grid, level[part] + 0.5 * inp.counted[part])
        fill[part] = fill_rate(grid, weight, level[part], np.maximum(order_quantity[part], 1e-9))
    still = (inp.cover_quantiles <= 0).all(axis=1) & (inp.cover_mean <= 0)
    unknown = np.isnan(level)
    return tuple(np.where(unknown, np.nan, np.where(still, 1.0, figure)) for figure in (cycle, fill))


def order_size(inp: PolicyInput, demand: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n,) order quantity and which rows the minimum order and the multiple moved."""
    wanted = np.maximum(inp.rate * inp.review, inp.order_quantity_min)
    wanted = np.where(demand, np.maximum(wanted, inp.rounding), 0.0)
    with_moq = np.where(demand, np.maximum(wanted, inp.moq), 0.0)
    rounded = round_up(with_moq, np.where(inp.multiple > 0, inp.multiple, inp.rounding))
    return rounded, with_moq > wanted, (inp.multiple > 0) & (rounded > round_up(with_moq, inp.rounding))


def round_up(amount: np.ndarray, step: float | np.ndarray) -> np.ndarray:
    safe = np.where(step > 0, step, 1.0)
    # An amount that is whole but for the last bits stays.
    return np.where(step > 0, np.ceil(amount / safe - 1e-9) * safe, amount)


def _round_down(amount, step):
    safe = np.where(step > 0, step, 1.0)
    return np.where((step > 0) & np.isfinite(amount), np.floor(amount / safe + 1e-9) * safe, amount)


def _capped(new, old, inp):
    limited = np.isfinite(inp.cap) & (old > 0)
    old, cap = np.where(limited, old, 0.0), np.where(limited, inp.cap, 0.0)
    lowest = round_up(old * (1 - cap), inp.rounding)
    highest = _round_down(old * (1 + cap), inp.rounding)
    return np.where(limited, np.clip(new, np.minimum(lowest, highest), highest), new)


def _parts(n):
    return [slice(at, at + _ROWS) for at in range(0, n, _ROWS)]


def distribution(levels: tuple[float, ...], quantiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, J) demand at the grid of normal scores, and the (J,) probability of each point."""
    return at_scores(levels, quantiles, _GRID), normal_weights(_GRID)


def below(grid: np.ndarray, level: np.ndarray) -> np.ndarray:
    """(n,) P(D ≤ level), grid from `distribution`."""
    from scipy.special import ndtr

    rows = np.arange(len(grid))
    at = (grid <= level[:, None]).sum(axis=1)
    left = np.clip(at - 1, 0, len(_GRID) - 2)
    low, high = grid[rows, left], grid[rows, left + 1]
    place = np.where(high > low, (level - low) / np.where(high > low, high - low, 1.0), 1.0)
    score = _GRID[left] + np.clip(place, 0.0, 1.0) * (_GRID[1] - _GRID[0])
    return np.where(at == 0, 0.0, np.where(at == len(_GRID), 1.0, ndtr(score)))


def loss(grid: np.ndarray, weight: np.ndarray, level: np.ndarray) -> np.ndarray:
    """(n,) E[(D − level)⁺]."""
    return (np.maximum(grid - level[:, None], 0.0) * weight).sum(axis=1)


def fill_rate(grid: np.ndarray, weight: np.ndarray, level: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    """(n,) share of an order quantity that is not backordered."""
    short = loss(grid, weight, level) - loss(grid, weight, level + quantity)
    return np.clip(1 - short / quantity, 0.0, 1.0)


def _target_min(inp, quantity):
    """(n,) smallest non-negative min that meets the target, not rounded."""
    out = np.zeros(len(inp.target))
    for part in _parts(len(out)):
        rows = inp.rows(part)
        by_cycle = cover_quantile(rows)
        by_cycle = np.where(rows.counted, np.maximum(counts.whole_quantile(by_cycle), 0.0), by_cycle)
        out[part] = by_cycle
        if rows.target_fill.any():
            grid, weight = distribution(inp.cover_levels, rows.cover_quantiles)
            size = np.maximum(quantity[part], 1e-9)
            low, high = np.zeros(len(grid)), grid[:, -1].copy()
            for _halving in range(50):
                middle = (low + high) / 2
                enough = fill_rate(grid, weight, middle, size) >= rows.target
                low, high = np.where(enough, low, middle), np.where(enough, middle, high)
            high = np.where(fill_rate(grid, weight, np.zeros(len(grid)), size) >= rows.target, 0.0, high)
            out[part] = np.where(rows.target_fill, high, by_cycle)
    return out
