"""The whole replay of a demand table: our rule and every reference on the same history, one line of figures each."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ....medical_demand.engine.panel import Refusal
from ..sharing import least_service
from . import compare, history, rules, stress
from .lead_times import distribution
from .simulation import Terms

if TYPE_CHECKING:
    from ....medical_demand.engine.table import Table

DAYS = {"month": 365.25 / 12, "week": 7.0, "day": 1.0}


@dataclass(frozen=True)
class Options:
    """lead_time, lead_time_sd: periods, orders are looked at every period. service: in (0, 1); fill: it is a fill rate,
    otherwise a cycle service. start: periods of history before the first simulated one, or the date of that.
    replications: of the lead times. holding: cost of keeping a unit for a year, order_cost: of an order, stockout_cost:
    of a unit not served at once. least: our rule lets the products share the service, down to this much for one of
    them; None for three times the shortages of the target, the service itself for none of that. shelf_life: whole
    periods from receipt, inf for ever. lost: demand that cannot be served is lost. stress: replay the scenarios of
    `stress` as well."""

    lead_time: float
    lead_time_sd: float = 0.5
    service: float = 0.95
    fill: bool = False
    start: int | np.datetime64 = 36
    replications: int = 20
    seed: int = 0
    holding: float = 0.2
    order_cost: float = 50.0
    stockout_cost: float = 5.0
    least: float | None = None
    shelf_life: float = np.inf
    lost: bool = False
    stress: bool = False

    def __post_init__(self):
        if not 0 < self.service < 1:
            raise ValueError("The service lies between 0 and 1 (0.95 for 95 %).")
        if self.least is not None and not 0 <= self.least <= self.service:
            raise ValueError("The least service of a product lies between 0 and the service.")
        if self.replications < 1 or self.replications > 1000:
            raise ValueError("Use 1 to 1,000 replications.")
        if not self.shelf_life >= 1:
            raise ValueError("The shelf life is at least one period.")
        distribution(self.lead_time, self.lead_time_sd)
        if self.stress:
            distribution(stress.LEAD * self.lead_time, stress.LEAD * self.lead_time_sd)


def replay(table: "Table", options: Options) -> tuple[list[dict], tuple[Refusal, ...]]:
    """(lines, refused): a dict per rule (see `DESIGN` of the command), with stress followed by one per scenario and
    rule, and a Refusal per series left out.

    table: `engine.table.Table`. Series need at least one period after the start and three before it.
    """
    panel = table.panel
    started = np.where(
        np.isnan(panel.values).all(axis=1), panel.values.shape[1], (~np.isnan(panel.values)).argmax(axis=1)
    )
    begins = _begins(table, started, options.start)
    good = (begins < panel.values.shape[1]) & (begins - started >= 3)
    refused = tuple(
        Refusal(key, "too_short", "Needs three periods before the start and one after it.")
        for key, fits in zip(panel.keys, good, strict=True)
        if not fits
    )
    if not good.any():
        return [], refused
    panel, started, begins = panel.rows(np.flatnonzero(good)), started[good], begins[good]
    every, classes = _rules(panel, started, begins, options)
    first = int(begins.min())
    experiment = compare.Experiment(
        np.nan_to_num(panel.values)[:, first:],
        begins - first,
        distribution(options.lead_time, options.lead_time_sd),
        options.replications,
        Terms(shelf_life=options.shelf_life, lost=options.lost),
        options.seed,
    )
    usage = experiment.demand.sum(axis=1) / (panel.values.shape[1] - begins)

    def achieved(rule, scenario, outcome):
        return {
            "policy": rule.name,
            "scenario": scenario,
            **_figures(outcome, table.frequency.unit, panel.season, options),
            "classes": compare.by_class(outcome, classes, options.service, options.fill),
        }

    lines, ours = [], None
    for rule in every:
        outcome = experiment.run(*rule.levels())
        factor, stock = compare.at_equal_service(experiment, rule, options.service, options.fill)
        ours = stock if ours is None else ours
        lines.append(achieved(rule, "history", outcome) | _equal(factor, stock, ours, usage))
    if options.stress:
        grown = stress.more_demand(panel.values, begins)
        learned = _rules(replace(panel, values=grown), started, begins, options)[0]
        for name, harder in stress.scenarios(experiment, options.lead_time, options.lead_time_sd).items():
            lines += [achieved(rule, name, harder.run(*rule.levels())) for rule in every]
        more = replace(experiment, demand=np.nan_to_num(grown)[:, first:])
        lines += [achieved(rule, "demand", more.run(*rule.levels())) for rule in learned]
    return lines, refused


def _rules(panel, started, begins, options):
    """Our Rule and all references, and the (n,) demand classes known when each product begins."""
    values = np.nan_to_num(panel.values)
    situation = rules.Situation(
        values,
        started,
        begins,
        panel.season,
        options.lead_time,
        options.lead_time_sd,
        1,
        options.service,
        (values == np.floor(values)).all(axis=1).astype(float),
    )
    least = least_service(options.service) if options.least is None else options.least
    own, classes = history.suite(situation, panel, fill=options.fill, least=float(least), shelf_life=options.shelf_life)
    return (own, *(make(situation) for make in rules.REFERENCES)), classes


def _begins(table, started, start):
    """(n,) column of the first simulated period."""
    if isinstance(start, np.datetime64):
        unit = table.frequency.unit
        width = table.panel.values.shape[1]
        if unit == "month":
            behind = table.last.astype("datetime64[M]").astype(int) - start.astype("datetime64[M]").astype(int)
        else:
            behind = (table.last - start.astype("datetime64[D]")).astype(int) // (7 if unit == "week" else 1)
        return np.clip(width - 1 - behind, started, width)
    return started + int(start)


def _figures(outcome, unit, season, options):
    found = compare.figures(outcome)
    years = outcome.periods / season
    cost = options.holding * (outcome.stock.mean(axis=1) * years).sum()
    cost += options.order_cost * found.orders + options.stockout_cost * found.short
    return {
        "cycle_service": round(found.cycle_service, 5),
        "fill_rate": round(found.fill_rate, 5),
        "stockout_share": round(found.stockout_share, 5),
        "mean_stock": round(found.mean_stock, 3),
        "turnover_days": round(found.turnover_periods * DAYS[unit], 2),
        "orders": round(found.orders, 1),
        "expired": round(found.expired, 3),
        "cost": round(float(cost), 2),
        "worst": round(compare.worst(outcome), 5),
    }


def _equal(factor, stock, ours, usage):
    """Figures at equal service; ratios are ours over this rule's with a 95 % interval over products, in units and in
    periods of each product's demand."""
    found = {"factor": None, "stock_at_equal_service": None, "periods_at_equal_service": None}
    if stock is None:
        return found
    moving = usage > 0
    found["factor"] = round(factor, 4)
    found["stock_at_equal_service"] = round(float(stock.sum()), 3)
    found["periods_at_equal_service"] = round(float((stock[moving] / usage[moving]).mean()), 4) if moving.any() else 0.0
    if ours is not None:
        found["suite_ratio"] = [round(part, 4) for part in compare.ratio_interval(ours, stock)]
        relative = compare.ratio_interval(ours[moving] / usage[moving], stock[moving] / usage[moving])
        found["suite_ratio_periods"] = [round(part, 4) for part in relative]
    return found
