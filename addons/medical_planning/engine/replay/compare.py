"""Rules side by side on the same history: what each achieves, and what stock each needs for the same service."""

from dataclasses import dataclass

import numpy as np

from .rules import Rule
from .simulation import Outcome, Terms, simulate

# The buffer is scaled by at most this; a rule that needs more has lost.
_WIDEST = 10.0
_HALVINGS = 24
_RESAMPLES = 2000


@dataclass(frozen=True)
class Experiment:
    """demand: (n, T) of the simulated periods, no gaps; begins: (n,) first of them for each product. leads: chances of
    lead times. replications: of lead times."""

    demand: np.ndarray
    begins: np.ndarray
    leads: np.ndarray
    replications: int = 20
    terms: Terms = Terms()
    seed: int = 0

    def run(self, low: np.ndarray, high: np.ndarray) -> Outcome:
        return simulate(self.demand, low, high, self.leads, self.replications, self.terms, self.seed, self.begins)


@dataclass(frozen=True)
class Figures:
    """Pooled over products and replications. cycle_service: periods that ended without backorders; fill_rate: units
    served at once; stockout_share: periods with demand that was not wholly served at once, of those with demand;
    mean_stock: units over all products; turnover_periods: that over the demand per period; orders, expired, short: per replication."""

    cycle_service: float
    fill_rate: float
    stockout_share: float
    mean_stock: float
    orders: float
    expired: float
    short: float
    turnover_periods: float


def figures(outcome: Outcome, rows: slice | np.ndarray = slice(None)) -> Figures:
    """Figures of some rows of an Outcome."""
    replications = outcome.served.shape[1]
    cells = outcome.periods[rows].sum() * replications
    stock = outcome.stock[rows].mean(axis=1)
    rate = (outcome.demand[rows].mean(axis=1) / np.maximum(outcome.periods[rows], 1)).sum()
    demand, short = outcome.demand[rows].sum(), outcome.short[rows].sum()
    wanted = outcome.asked[rows].sum()
    return Figures(
        cycle_service=float(outcome.served[rows].sum() / cells) if cells else 1.0,
        fill_rate=float(1 - short / demand) if demand else 1.0,
        stockout_share=float(outcome.missed[rows].sum() / wanted) if wanted else 0.0,
        mean_stock=float(stock.sum()),
        orders=float(outcome.orders[rows].sum() / replications),
        expired=float(outcome.expired[rows].sum() / replications),
        short=float(short / replications),
        turnover_periods=float(stock.sum() / rate) if rate else 0.0,
    )


def own_service(outcome: Outcome) -> np.ndarray:
    """(n,) cycle service of each product."""
    return outcome.served.mean(axis=1) / np.maximum(outcome.periods, 1)


def own_fill(outcome: Outcome) -> np.ndarray:
    """(n,) fill rate of each product, 1 where nothing was asked for."""
    demand = outcome.demand.sum(axis=1)
    return np.where(demand > 0, 1 - outcome.short.sum(axis=1) / np.where(demand > 0, demand, 1.0), 1.0)


def worst(outcome: Outcome, share: float = 0.05, rows: slice | np.ndarray = slice(None)) -> float:
    """Pooled cycle service of the worst `share` of the products `rows`, by their own."""
    own = own_service(outcome)[rows]
    number = max(1, int(np.ceil(share * len(own))))
    return float(np.sort(own)[:number].mean())


def service(outcome: Outcome, fill: bool) -> float:
    """Pooled service of an Outcome: fill rate or cycle service."""
    pooled = figures(outcome)
    return pooled.fill_rate if fill else pooled.cycle_service


def at_equal_service(
    experiment: Experiment, rule: Rule, target: float, fill: bool = False
) -> tuple[float | None, np.ndarray | None]:
    """(factor, (n,) mean stock per product) at the smallest buffer that reaches the target; (None, None) where even ten
    times the buffer does not."""

    def run(factor):
        outcome = experiment.run(*rule.levels(factor))
        return service(outcome, fill), outcome.stock.mean(axis=1)

    reached, stock = run(_WIDEST)
    if reached < target:
        return None, None
    low, high = 0.0, _WIDEST
    reached, least = run(low)
    if reached >= target:
        return low, least
    for _halving in range(_HALVINGS):
        middle = (low + high) / 2
        reached, found = run(middle)
        if reached >= target:
            high, stock = middle, found
        else:
            low = middle
        if high - low < 1e-4 * high:
            break
    return high, stock


def ratio_interval(
    ours: np.ndarray, theirs: np.ndarray, seed: int = 0, level: float = 0.95
) -> tuple[float, float, float]:
    """(ratio, low, high) of pooled stock, ours over theirs, both (n,), with a bootstrap interval over products."""
    rng = np.random.default_rng(seed)
    number = len(ours)
    drawn = rng.integers(0, number, (_RESAMPLES, number))
    ratios = ours[drawn].sum(axis=1) / np.maximum(theirs[drawn].sum(axis=1), 1e-12)
    edge = (1 - level) / 2
    low, high = np.quantile(ratios, [edge, 1 - edge])
    return float(ours.sum() / max(theirs.sum(), 1e-12)), float(low), float(high)


def by_class(
    outcome: Outcome, classes: np.ndarray, target: float, fill: bool = False
) -> dict[str, dict[str, float | bool | None]]:
    """Demand class → figures: number of products, service (of the kind of the target, mean over products), its standard
    error over products and whether the promise holds: not under the target by more than two points or two standard
    errors, whichever is wider (None for products without any demand before they began: nothing is promised for them);
    then pooled as in `Figures`, and the worst 5 %."""
    own = own_fill(outcome) if fill else own_service(outcome)
    found = {}
    for name in np.unique(classes.astype(str)):
        rows = classes == name
        error = float(own[rows].std(ddof=1) / np.sqrt(rows.sum())) if rows.sum() > 1 else 0.0
        achieved = float(own[rows].mean())
        pooled = figures(outcome, rows)
        found[name] = {
            "products": int(rows.sum()),
            "service": round(achieved, 5),
            "standard_error": round(error, 5),
            "holds": None if name == "none" else bool(achieved >= target - max(0.02, 2 * error)),
            "cycle_service": round(pooled.cycle_service, 5),
            "fill_rate": round(pooled.fill_rate, 5),
            "stockout_share": round(pooled.stockout_share, 5),
            "mean_stock": round(pooled.mean_stock, 3),
            "worst": round(worst(outcome, rows=rows), 5),
        }
    return found
