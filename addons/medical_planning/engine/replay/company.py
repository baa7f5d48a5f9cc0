"""Policies replayed on a company's own products, day by day: beside references, and under stress.

Every look forecasts from the demand recorded until then, cleaned by what was known then, and asks the policy for min and
max. Between two looks stock is simulated by days (weeks where lead times are long), because the rules are worked off
every night. Demand is known per planning period: its units fall on the days of the period at random, the same for all
rules and scenarios.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ....medical_demand.engine import cleaning
from ....medical_demand.engine.panel import Panel
from ....medical_forecast.engine import forecast as engine
from ..policy import asked, decide
from ..sharing import with_shared_targets
from . import rules
from .compare import own_fill, own_service
from .lead_times import distribution
from .simulation import Terms, simulate

REFERENCES = {make.__name__: make for make in rules.REFERENCES}
# A forecast every night would take a night: so many looks at most.
_LOOKS = 13
# Lead times are drawn as whole steps below 256.
_LONGEST_LEAD = 240.0
FIGURES = ("served", "fill", "short", "demand", "stock", "orders", "expired", "asked", "missed")


@dataclass(frozen=True)
class Products:
    """n products. values, stockout_days: (n, T) demand as recorded, NaN where not observed, and days without stock;
    days: (T,) length of the periods; begin: first simulated column. lead, lead_sd, shelf_life: (n,) days; moq,
    multiple, rounding: (n,), 0 for none; unit_cost: (n,)."""

    values: np.ndarray
    stockout_days: np.ndarray
    days: np.ndarray
    season: int
    begin: int
    lead: np.ndarray
    lead_sd: np.ndarray
    shelf_life: np.ndarray
    moq: np.ndarray
    multiple: np.ndarray
    rounding: np.ndarray
    unit_cost: np.ndarray

    @property
    def period(self) -> float:
        """Mean days of a period."""
        return float(self.days.mean())


@dataclass(frozen=True)
class PolicySet:
    """What decides about each of n products: review in days, target in (0, 1), target_fill bool, cap: largest relative
    change per look, inf for none. least: least service where the target is shared over the products of an owner (see
    `sharing`), 1 where it is not; owner: number of the policy."""

    review: np.ndarray
    target: np.ndarray
    target_fill: np.ndarray
    cap: np.ndarray
    least: np.ndarray | float = 1.0
    owner: np.ndarray | int = 0


@dataclass(frozen=True)
class Scenario:
    """(n,) unless said otherwise. demand, lead: factors; known: the plan counts with the demand factor, otherwise it is
    surprised. stopped, closed: products whose vendor takes no orders, whose warehouse lets nothing out; stop_days,
    close_days: how long, from the middle of the time simulated. lost: unserved demand is lost."""

    demand: np.ndarray
    lead: np.ndarray
    known: bool = False
    stopped: np.ndarray | None = None
    closed: np.ndarray | None = None
    stop_days: int = 0
    close_days: int = 0
    lost: bool = False


class Replay:
    """One batch of products; every rule and scenario meets the same days and lead times."""

    def __init__(self, products, settings, replications=20, seed=0):
        self.products, self.settings = products, settings
        self.replications, self.seed = replications, seed
        self.known = np.maximum(np.nan_to_num(products.values), 0.0)
        self._looks_by_cover, self._days_by_factor = {}, {}
        longest = (2 * products.lead + 6 * 2 * products.lead_sd).max(initial=0.0)
        self.step = 1 if longest <= _LONGEST_LEAD else 7
        edges = np.concatenate(([0], np.cumsum(products.days[products.begin :]))) / self.step
        widths = np.diff(np.round(edges).astype(int))
        self.steps = int(widths.sum())
        self.period_of_step = np.repeat(np.arange(len(widths)), widths)
        self.widths = widths

    @property
    def looks(self) -> range:
        """Columns before which the rules are made anew."""
        width = self.products.values.shape[1]
        length = width - self.products.begin
        return range(self.products.begin, width, max(1, -(-length // _LOOKS)))

    def policy_levels(self, policy: PolicySet, factor: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(n, steps) min and max of a policy; factor (n,) is on the demand the plan counts with."""
        p, period = self.products, self.products.period
        n = len(p.values)
        low, high = np.zeros((n, len(self.widths))), np.zeros((n, len(self.widths)))
        before = np.full((2, n), np.nan)
        cover = np.maximum((p.lead + policy.review) / period, 0.1)
        factor = np.ones(n) if factor is None else factor
        for at, found in self._forecasts(cover):
            rows = np.array(found.keys, dtype=int)
            now = np.zeros((2, n))
            if len(rows):
                decided = self._decide(found, rows, policy, factor[rows], before[:, rows])
                now[:, rows] = decided.new_min, decided.new_max
            low[:, at - p.begin :], high[:, at - p.begin :] = now[0][:, None], now[1][:, None]
            before = now
        return low[:, self.period_of_step], high[:, self.period_of_step]

    def classes(self, policy: PolicySet) -> np.ndarray:
        """(n,) demand class at the first look, "new" where there was too little."""
        cover = np.maximum((self.products.lead + policy.review) / self.products.period, 0.1)
        found = self._forecasts(cover)[0][1]
        classes = np.full(len(self.products.values), "new", dtype=object)
        classes[np.array(found.keys, dtype=int)] = found.demand_class
        return classes

    def reference_levels(self, name: str, policy: PolicySet) -> tuple[np.ndarray, np.ndarray]:
        """(n, steps) min and max of a reference for the policy's targets; they order at least the demand of a review."""
        p, period = self.products, self.products.period
        seen = ~np.isnan(p.values)
        started = np.where(seen.any(axis=1), seen.argmax(axis=1), p.values.shape[1] - 1)
        terms = np.column_stack([np.round(p.lead), np.round(p.lead_sd), policy.review, policy.target])
        low, high = np.zeros((len(terms), len(self.widths))), np.zeros((len(terms), len(self.widths)))
        for kind in np.unique(terms, axis=0):
            rows = np.flatnonzero((terms == kind).all(axis=1))
            lead, sd, review, target = kind
            situation = rules.Situation(
                self.known[rows],
                started[rows],
                np.full(len(rows), p.begin),
                p.season,
                lead / period,
                sd / period,
                review / period,
                target,
                p.rounding[rows],
            )
            least, most = REFERENCES[name](situation).levels()
            rate = situation.trailing(1.0)[0]
            low[rows] = least
            high[rows] = least + np.ceil(np.maximum(most - least, np.maximum(rate * review / period, 1.0)))
        return low[:, self.period_of_step], high[:, self.period_of_step]

    def run(self, low: np.ndarray, high: np.ndarray, scenario: Scenario) -> dict[str, np.ndarray]:
        """Dict of the FIGURES, (n,) each: means over the replications; stock in units, the others over the whole time."""
        stop, close = self._window(scenario.stop_days), self._window(scenario.close_days)
        plain = self._simulate(low, high, scenario)
        if scenario.stop_days and scenario.stopped.any():
            hit = self._simulate(low, high, scenario, no_orders=stop)
            plain = {name: np.where(scenario.stopped, hit[name], plain[name]) for name in plain}
        if scenario.close_days and scenario.closed.any():
            hit = self._simulate(low, high, scenario, closed=close)
            plain = {name: np.where(scenario.closed, hit[name], plain[name]) for name in plain}
        return plain

    def _simulate(self, low, high, scenario, **periods):
        p = self.products
        lead, sd = np.minimum(p.lead * scenario.lead, _LONGEST_LEAD * self.step), p.lead_sd * scenario.lead
        life = np.where(np.isfinite(p.shelf_life), np.maximum(np.round(p.shelf_life / self.step), 1.0), np.inf)
        terms = Terms(moq=p.moq, multiple=p.multiple, shelf_life=life, lost=scenario.lost, **periods)
        demand = self._days(scenario.demand)
        outcome = simulate(
            lambda rows, _rng: demand[:, rows],
            low,
            high,
            _chances(lead / self.step, sd / self.step),
            self.replications,
            terms,
            self.seed,
        )
        means = {name: getattr(outcome, name).mean(axis=1) for name in FIGURES if name not in ("served", "fill")}
        return {"served": own_service(outcome), "fill": own_fill(outcome)} | means

    def _window(self, days):
        at = np.arange(self.steps)
        begin = self.steps // 2
        return (at >= begin) & (at < begin + -(-days // self.step))

    def _forecasts(self, cover):
        """[(column, Forecast from what was known before it)]; keys are row numbers."""
        key = cover.tobytes()
        if key not in self._looks_by_cover:
            p = self.products
            found = []
            for at in self.looks:
                known = cleaning.clean(
                    p.values[:, :at], stockout_days=p.stockout_days[:, :at], days=p.days[:at], season=p.season
                )
                panel = Panel(tuple(range(len(p.values))), known.values, p.season)
                found.append((at, engine.forecast(panel, self.settings, cover)))
            self._looks_by_cover[key] = found
        return self._looks_by_cover[key]

    def _decide(self, found, rows, policy, factor, before):
        p, shape = self.products, (len(self.products.values),)
        known = ("lead_sd", "shelf_life", "moq", "multiple", "rounding", "unit_cost")
        terms = {name: getattr(p, name)[rows] for name in known}
        terms |= {name: getattr(policy, name)[rows] for name in ("review", "target", "target_fill", "cap")}
        plain = asked(
            found, slice(None), p.period, np.ones(len(rows)), old_min=before[0], old_max=before[1], **terms
        ).scaled(factor)
        least, owner = np.broadcast_to(policy.least, shape)[rows], np.broadcast_to(policy.owner, shape)[rows]
        return decide(with_shared_targets(plain, least, owner, found.demand_class))

    def _days(self, factor):
        """(steps, n, R) demand of each step: whole units fall at random, what is not whole is spread evenly."""
        key = factor.tobytes()
        if key not in self._days_by_factor:
            rng = np.random.default_rng((self.seed, 1))
            begin, n = self.products.begin, len(self.known)
            out = np.zeros((self.steps, n, self.replications), dtype=np.float32)
            at = 0
            for place, width in enumerate(self.widths.tolist()):
                total = self.known[:, begin + place]
                whole = total == np.floor(total)
                # The same numbers are drawn whatever the factor.
                lot = rng.random((n, self.replications))
                scaled = total * factor
                units = np.where(whole[:, None], np.floor(scaled[:, None] + lot), 0.0).astype(np.int64)
                units = np.where((factor == 1.0)[:, None] & whole[:, None], total[:, None].astype(np.int64), units)
                drawn = np.random.default_rng((self.seed, 2, place)).multinomial(units, np.full(width, 1 / width))
                out[at : at + width] = np.moveaxis(drawn, 2, 0)
                out[at : at + width] += np.where(whole, 0.0, scaled / width)[None, :, None].astype(np.float32)
                at += width
            self._days_by_factor = {key: out}
        return self._days_by_factor[key]


def pooled(
    rows: Mapping[str, np.ndarray],
    unit_cost: np.ndarray,
    volume: np.ndarray,
    years: float,
    holding: float,
    order_cost: float,
    stockout_share: float,
) -> dict[str, float]:
    """Figures of many products together, from their FIGURES: service and shares in [0, 1], money per year.

    rows: dict of (n,) arrays; unit_cost, volume: (n,); holding: cost of keeping one unit of money for a year;
    stockout_share: cost of a unit not served at once, as a share of its cost.
    """
    demand, asked = rows["demand"].sum(), rows["asked"].sum()
    value = float((rows["stock"] * unit_cost).sum())
    sold = float((rows["demand"] * unit_cost).sum()) / years
    expired = float((rows["expired"] * unit_cost).sum()) / years
    orders = float(rows["orders"].sum()) / years
    missed = float((rows["short"] * unit_cost).sum()) / years
    served = np.sort(rows["served"])
    worst = served[: max(1, int(np.ceil(0.05 * len(served))))]
    return {
        "products": len(served),
        "cycle_service": float(served.mean()) if len(served) else 1.0,
        "fill_rate": float(1 - rows["short"].sum() / demand) if demand else 1.0,
        "stockout_share": float(rows["missed"].sum() / asked) if asked else 0.0,
        "worst_service": float(worst.mean()) if len(served) else 1.0,
        "stock_value": value,
        "turnover_days": 365.25 * value / sold if sold else 0.0,
        "orders": orders,
        "expired_value": expired,
        "volume": float((rows["stock"] * volume).sum()),
        "cost": holding * value + order_cost * orders + stockout_share * missed + expired,
    }


def summed(
    batches: Sequence[Mapping], holding: float, order_cost: float, stockout_share: float
) -> list[tuple[str, str, dict[str, float]]]:
    """[(key, demand class or "all", figures of `pooled`, shares in percent)] of all products of ``batches``.

    Each batch is a dict: classes, unit_cost, volume, rules: key → figure → list, one per product; years.
    """
    classes, unit_cost, volume = (_joined(batches, name) for name in ("classes", "unit_cost", "volume"))
    found = []
    for key, names in batches[0]["rules"].items():
        rows = {name: _joined([batch["rules"][key] for batch in batches], name) for name in names}
        for demand_class in ("all", *np.unique(classes).tolist()):
            part = (classes == demand_class) | (demand_class == "all")
            figures = pooled(
                {name: numbers[part] for name, numbers in rows.items()},
                unit_cost[part],
                volume[part],
                batches[0]["years"],
                holding,
                order_cost,
                stockout_share,
            )
            for name in ("fill_rate", "cycle_service", "stockout_share", "worst_service"):
                figures[name] *= 100.0
            found.append((key, demand_class, figures))
    return found


def least_served(batches: Sequence[Mapping], key: str, count: int = 20) -> list[tuple[int, float, float]]:
    """[(series, cycle service in percent, fill rate in percent)] of the products that a rule served least."""
    rules, series = [batch["rules"][key] for batch in batches], _joined(batches, "series")
    served, fill = (100.0 * _joined(rules, name) for name in ("served", "fill"))
    least = np.argsort(served, kind="stable")[:count]
    return list(
        zip(series[least].tolist(), served[least].round(2).tolist(), fill[least].round(2).tolist(), strict=True)
    )


def _joined(batches, name):
    return np.concatenate([np.array(batch[name]) for batch in batches])


def _chances(lead, sd):
    """Chances of lead times in whole steps, one array per product; alike products share theirs."""
    made = {}
    keys = [(round(float(mean), 1), round(float(deviation), 1)) for mean, deviation in zip(lead, sd, strict=True)]
    for key in keys:
        if key not in made:
            made[key] = distribution(*key)
    return [made[key] for key in keys]
