"""Our own rule over time: each refresh forecasts from what was known then and asks the policy for min and max."""

from dataclasses import replace

import numpy as np

from ....medical_demand.engine.panel import Panel
from ....medical_forecast.engine import forecast as engine
from ..cover import over_lead_times
from ..policy import PolicyInput, cover_quantile, decide
from ..sharing import shared_targets
from .lead_times import distribution
from .rules import Rule, Situation

# A forecast for every period of a daily series would be no better than one a week.
_REFRESHES = 60


def refreshes(periods: int) -> np.ndarray:
    """Simulated periods (0 …) before which the forecast is made anew: all of them, or about sixty."""
    return np.arange(0, periods, max(1, -(-periods // _REFRESHES)))


def suite(
    situation: Situation, panel: Panel, fill: bool = False, least: float | None = None, shelf_life: float = np.inf
) -> tuple[Rule, np.ndarray]:
    """Rule of the suite, and the (n,) demand classes known when each product begins.

    panel: the demand with NaN where not observed, its last columns those of the situation. fill: the service is a
    fill rate. Each look orders up to the min: nothing to gain from more where orders cost nothing.
    least: the products share the service (see `sharing`; groups are the demand classes), down to that much for one of
    them; None: every product gets the same. shelf_life: periods; what is stocked has to sell within them.
    """
    n, periods = len(panel.keys), situation.periods
    cover = situation.lead_time + situation.review
    base, buffer = np.zeros((n, periods)), np.zeros((n, periods))
    counted = np.zeros((n, periods), dtype=bool)
    classes = np.full(n, "new", dtype=object)
    starts = refreshes(periods)
    for place, at in enumerate(starts):
        until = periods if place + 1 == len(starts) else starts[place + 1]
        known = Panel(tuple(range(n)), panel.values[:, : situation.begin + at], panel.season)
        found = engine.forecast(known, engine.Settings(), cover=cover)
        rows = np.array(found.keys, dtype=int)
        if len(rows):
            low, mean, whole = _rule(situation, found, rows, fill, least)
            if np.isfinite(shelf_life):
                low = np.minimum(low, found.mean.mean(axis=1) * shelf_life)
            base[rows, at:until] = mean[:, None]
            buffer[rows, at:until] = (low - mean)[:, None]
            counted[rows, at:until] = whole[:, None]
            fresh = situation.begins[rows] >= situation.begin + at
            classes[rows[fresh]] = found.demand_class[fresh]
    return Rule("suite", base, buffer, np.zeros((n, periods)), situation.step, counted), classes


def _rule(situation, found, rows, fill, least):
    """(k,) continuous min, expected demand over the cover, and whether the min is a quantile of counts."""
    cover = situation.lead_time + situation.review
    chances = distribution(situation.lead_time, situation.lead_time_sd)
    sd, quantiles = over_lead_times(
        found.cover_mean,
        found.cover_sd,
        found.cover_levels,
        found.cover_quantiles,
        (np.arange(len(chances)) + situation.review) / cover,
        chances,
    )
    rate = found.mean[:, : max(1, round(cover))].mean(axis=1)
    asked = PolicyInput(
        cover_mean=found.cover_mean,
        cover_sd=sd,
        cover_levels=found.cover_levels,
        cover_quantiles=quantiles,
        rate=rate,
        review=situation.review,
        target=situation.service,
        target_fill=fill,
        rounding=situation.step[rows],
        counted=found.counted & (not fill),
    )
    if least is not None:
        asked = replace(asked, target=shared_targets(asked, least, groups=found.demand_class))
    # The buffer is scaled before the min is rounded.
    if fill:
        return decide(replace(asked, rounding=0.0)).new_min, found.cover_mean, asked.counted
    return cover_quantile(asked), found.cover_mean, asked.counted
