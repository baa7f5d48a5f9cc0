"""Panel in, forecast out: batched over series and candidates, no Python per series, cost linear in series.

Regular demand: smoothing with and without trend on four seasonal treatments. Rare demand: levels and size times
chance, calibrated on what followed. Both are weighted by a rolling-origin backtest; quantiles of periods and of the
demand summed over a cover (lead time plus review) come from its errors. Two passes over blocks of series: the first
collects the candidates' errors, the second, with the weights known, everything else.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...medical_demand.engine.classes import ADI_CUT, classify
from ...medical_demand.engine.panel import Panel, Refusal
from . import backtest, evaluate, smoothing, spread

LARGEST = 1e15
# Series worked on at once, and series that shared seasons and chances are learned from.
_BLOCK = 512
_LEARN_FROM = 2000


@dataclass(frozen=True)
class Settings:
    """How to forecast.

    horizon: periods ahead. origins: backtest origins, each a true refit. origin_step: periods between them;
    None spreads them over two seasons. levels, cover_levels: quantile levels of period and cover demand,
    ascending in (0, 1). min_observations: fewer are refused. left_out: names of smoothing.MODELS that take no part.
    version: name of the method.
    """

    horizon: int = 12
    origins: int = 8
    origin_step: int | None = None
    levels: tuple[float, ...] = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
    cover_levels: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.98, 0.99, 0.995)
    min_observations: int = 3
    left_out: tuple[str, ...] = ()
    version: str = "2"

    def __post_init__(self):
        for name in ("levels", "cover_levels"):
            levels = tuple(float(level) for level in getattr(self, name))
            inside = all(0 < level < 1 for level in levels)
            if not levels or not inside or list(levels) != sorted(set(levels)):
                raise ValueError(f"{name} must ascend strictly between 0 and 1, got {levels}.")
            object.__setattr__(self, name, levels)
        if self.horizon < 1 or self.origins < 1 or (self.origin_step is not None and self.origin_step < 1):
            raise ValueError("horizon, origins and origin_step are at least 1.")
        if unknown := set(self.left_out) - set(smoothing.MODELS):
            raise ValueError(f"No such models: {', '.join(sorted(unknown))}.")


@dataclass(frozen=True)
class Forecast:
    """Result for the n accepted series, in input order; h = horizon, m candidates.

    mean (n, h), quantiles (n, h, len(levels)): demand per period, unit of the series.
    cover (n,): periods asked; cover_mean, cover_sd (n,), cover_quantiles (n, len(cover_levels)): demand
    summed over them; cover_sd is the scale of the backtest errors of that sum; counted (n,) bool: the sum is a
    small whole number k, whose quantiles lie within k − ½ … k + ½ (see `counts.whole_quantile`).
    models, weights (n, m): kinds of candidates and their weights, rows sum to 1.
    demand_class (n,) str, adi, cv2 (n,): see `classes`.
    level, trend (n,): without season, per period, unit of the series; season_strength (n,): 0 no season … 1
    nothing but season.
    wape, wape_naive, mase, bias (n,): backtest accuracy over the cover's periods (the horizon's where no cover
    was asked), NaN where undefined. bias is Σ(forecast − actual)/Σ actual; naive repeats the last season
    where one is behind the origin, else the last value; fva = wape_naive − wape, positive is good. The
    weights come from the same windows, held to those of alike series, so these figures flatter slightly.
    recent_error (n, 12): one-step forecast − actual of the last 12 periods, oldest first, NaN where none.
    made_by (n, h): "" for the methods above, else the name of the model that made this period's forecast
    (see `pooled` and `slow`).
    refused: the other series. data_hash: SHA-256 of keys, values, season, cover and settings.
    """

    keys: tuple
    mean: np.ndarray
    levels: tuple[float, ...]
    quantiles: np.ndarray
    cover: np.ndarray
    cover_mean: np.ndarray
    cover_sd: np.ndarray
    cover_levels: tuple[float, ...]
    cover_quantiles: np.ndarray
    counted: np.ndarray
    models: tuple[str, ...]
    weights: np.ndarray
    demand_class: np.ndarray
    adi: np.ndarray
    cv2: np.ndarray
    level: np.ndarray
    trend: np.ndarray
    season_strength: np.ndarray
    wape: np.ndarray
    wape_naive: np.ndarray
    fva: np.ndarray
    mase: np.ndarray
    bias: np.ndarray
    recent_error: np.ndarray
    made_by: np.ndarray
    refused: tuple[Refusal, ...]
    settings: Settings
    data_hash: str


def forecast(
    panel: Panel,
    settings: Settings,
    cover: float | np.ndarray | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Forecast:
    """Forecast every series of the panel.

    cover: periods, may be fractional, whose summed demand must be covered; one number or (n,) in the
    panel's order; None means one period. progress: called with (done, total) series. No value of a series
    raises: what cannot be forecast is in `refused`.
    """
    asked = np.ones(len(panel.keys)) if cover is None else np.asarray(cover, dtype=np.float64)
    asked = np.array(np.broadcast_to(asked, (len(panel.keys),)))
    digest = _digest(panel, settings, asked)
    good, refused = _screen(panel, settings, asked)
    values, asked = panel.values[good], asked[good]
    keys = tuple(panel.keys[i] for i in good)
    groups = classify(values, panel.season)
    sparse = (groups.adi >= ADI_CUT) & (groups.demand_class != "none")
    if len(keys):
        values = values[:, int(np.argmax((~np.isnan(values)).any(axis=0))) :]
    n, width = values.shape
    horizon = settings.horizon
    offsets = backtest.origin_offsets(width, panel.season, horizon, settings.origins, settings.origin_step)
    high = np.ceil(asked).astype(np.int64)
    covers = (np.floor(asked).astype(np.int64), high)
    steps = np.full(n, horizon) if cover is None else np.clip(high, 1, horizon)
    longest = int(np.clip(high.max(initial=1), 1, max(horizon, panel.season, 1)))
    tables = evaluate.Tables(n, horizon, len(offsets), len(evaluate.windows(width, panel.season, longest)))
    weights = np.zeros((n, len(smoothing.MODELS)))
    done = 0
    for rare in (False, True):
        rows = np.flatnonzero(sparse if rare else ~sparse)
        if not len(rows):
            continue
        sample = values[rows[np.unique(np.linspace(0, len(rows) - 1, _LEARN_FROM).astype(int))]]
        model = (evaluate.Rare if rare else evaluate.Regular)(sample, panel.season, [*(width - offsets), width])
        parts = [rows[at : at + _BLOCK] for at in range(0, len(rows), _BLOCK)]
        own = _weights(model, rare, values, parts, offsets, panel.season, settings)
        np.add.at(weights, (rows[:, None], model.models[None, :]), own)
        for place, part in enumerate(parts):
            evaluate.second_pass(
                tables,
                part,
                evaluate.Block(values[part], panel.season, rare),
                model,
                own[place * _BLOCK : place * _BLOCK + len(part)],
                offsets,
                tuple(side[part] for side in covers),
                steps[part],
            )
            done += len(part)
            if progress:
                progress(done, n)
    found = _result(values, tables, groups, sparse, asked, settings)
    return Forecast(keys=keys, weights=weights, refused=refused, data_hash=digest, **found)


def _weights(model, rare, values, parts, offsets, season, settings):
    """(k, m) weights of the model's candidates for the k series of the parts, in their order."""
    found = [model.score(evaluate.Block(values[part], season, rare), offsets, settings.horizon) for part in parts]
    scores = backtest.joined([part for part, _labels in found])
    alike = np.concatenate([labels for _part, labels in found])
    tilts = backtest.RARE_TILTS if rare else backtest.REGULAR_TILTS
    own = backtest.weigh(scores, model.kinds, alike, len(offsets), tilts)
    if settings.left_out:
        own = _without(own, np.isin(np.array(smoothing.MODELS)[model.models], settings.left_out), model.kinds)
    if rare:
        found = []
        for place, part in enumerate(parts):
            block = evaluate.Block(values[part], season, rare)
            shares = own[place * _BLOCK : place * _BLOCK + len(part)]
            found.append((*model.backtest(block, shares, offsets, settings.horizon), block.unit))
        model.factor, model.power = backtest.calibration(*map(np.concatenate, zip(*found, strict=True)), offsets)
    return own


def _without(weights, out, kinds):
    """Weights of the candidates that stay, rows summing to 1; the plain ones share where none of them had any."""
    kept = np.where(out, 0.0, weights)
    bare = kept.sum(axis=1) <= 0
    kept[bare] = np.where((kinds == 0) & ~out, 1.0, 0.0)
    return kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-300)


def _digest(panel, settings, asked):
    """SHA-256, equal for equal input (all NaN and both zeros count as equal)."""
    sha = hashlib.sha256()
    sha.update(repr((panel.keys, panel.season, panel.values.shape, settings)).encode())
    for numbers in (panel.values, asked):
        for at in range(0, len(numbers), 5000):
            block = numbers[at : at + 5000]
            sha.update((np.where(np.isnan(block), np.nan, block) + 0.0).tobytes())
    return sha.hexdigest()


def _screen(panel, settings, asked):
    """Row numbers that can be forecast, and a Refusal for each of the others."""
    values = panel.values
    seen = ~np.isnan(values)
    count = seen.sum(axis=1)
    with np.errstate(invalid="ignore"):
        tests = (
            ("not_finite", np.isinf(values).any(axis=1)),
            ("all_nan", count == 0),
            ("negative", (values < 0).any(axis=1)),
            ("too_large", (np.abs(values) > LARGEST).any(axis=1)),
            ("too_short", count < settings.min_observations),
            ("cover", ~((asked >= 0) & (asked < 1e6))),
        )
    code = np.select([hit for _name, hit in tests], [name for name, _hit in tests], "")
    reasons = {
        "not_finite": lambda i: "The demand holds an infinite number: correct the record.",
        "all_nan": lambda i: "There is no observed period at all.",
        "negative": lambda i: (
            f"{int((values[i] < 0).sum())} periods have negative demand (more returned "
            f"than delivered); the lowest is {np.nanmin(values[i]):g}. Clean them first."
        ),
        "too_large": lambda i: f"The demand of {np.nanmax(values[i]):g} in one period is no quantity: check its unit.",
        "too_short": lambda i: f"{int(count[i])} observed periods, at least {settings.min_observations} are needed.",
        "cover": lambda i: f"The time to cover is {asked[i]:g} periods: it must be between 0 and a million.",
    }
    refused = tuple(Refusal(panel.keys[i], str(code[i]), reasons[code[i]](i)) for i in np.flatnonzero(code != ""))
    return np.flatnonzero(code == ""), refused


def _result(values, tables, groups, sparse, asked, settings):
    """The computed fields of a Forecast."""
    none = groups.demand_class == "none"
    seen = ~np.isnan(values)
    filled = np.where(seen, values, 0.0)
    context = spread.context(
        tables,
        # Series that share their evidence: the class, and rare demand apart.
        pools=np.char.add(np.where(sparse, "rare ", ""), groups.demand_class),
        sparse=sparse,
        none=none,
        whole_units=(filled == np.floor(filled)).all(axis=1),
        size=filled.sum(axis=1) / np.maximum(groups.observed, 1),
        observed=groups.observed,
        hits=(filled > 0).sum(axis=1),
        cv2=groups.cv2,
    )
    cover_mean, cover_sd, cover_quantiles, counted = spread.cover(tables, context, asked, settings.cover_levels)
    wape, wape_naive, bias, mase = tables.accuracy.T
    return {
        "settings": settings,
        "models": smoothing.MODELS,
        "mean": np.where(none[:, None], 0.0, tables.mean),
        "levels": settings.levels,
        "quantiles": spread.periods(tables, context, settings.levels),
        "cover": asked,
        "cover_mean": cover_mean,
        "cover_sd": cover_sd,
        "cover_levels": settings.cover_levels,
        "cover_quantiles": cover_quantiles,
        "counted": counted,
        "demand_class": groups.demand_class,
        "adi": groups.adi,
        "cv2": groups.cv2,
        "level": tables.level,
        "trend": tables.trend,
        "season_strength": tables.strength,
        "wape": wape,
        "wape_naive": wape_naive,
        "fva": wape_naive - wape,
        "mase": mase,
        "bias": bias,
        "recent_error": tables.recent,
        "made_by": np.full(tables.mean.shape, "", dtype="U12"),
    }
