import numpy as np
import pytest

from odoo.addons.medical_demand.engine import panel
from odoo.addons.medical_demand.engine.classes import classify
from odoo.addons.medical_forecast.engine import smoothing
from odoo.addons.medical_forecast.engine.counts import quantiles, whole_quantile


def weighted(values, gain):
    """Exponentially weighted mean of the observed values, the last one heaviest."""
    weights = [(1 - gain) ** age for age in range(len(values) - 1, -1, -1)]
    known = [(weight, value) for weight, value in zip(weights, values, strict=True) if not np.isnan(value)]
    return sum(weight * value for weight, value in known) / sum(weight for weight, _value in known)


def sample():
    rng = np.random.default_rng(0)
    values = rng.poisson(1.5, (5, 30)).astype(float)
    values[1, :8] = np.nan
    values[2, 12:15] = np.nan
    return values


def test_levels_equal_the_plain_formula():
    values = sample()
    filled, observed, _started = panel.filled(values, 12)
    level, _slope = smoothing.Lines(observed.astype(float)).at(filled * observed)
    expected = [[weighted(row, gain) for gain in smoothing.ALPHAS] for row in values]
    np.testing.assert_allclose(level, expected, atol=1e-12)


def test_slopes_are_those_of_weighted_least_squares():
    values = sample()
    filled, observed, _started = panel.filled(values, 12)
    _level, slope = smoothing.Lines(observed.astype(float)).at(filled * observed)
    periods = np.arange(30.0)
    for row in range(5):
        known = observed[row]
        for place, discount in enumerate(smoothing.DISCOUNTS):
            weights = (1 - discount) ** (29 - periods[known])
            fit = np.polyfit(periods[known], values[row, known], 1, w=np.sqrt(weights))[0]
            held = weights.sum() / (weights.sum() + 10)
            assert slope[row, place] == pytest.approx(fit * held, abs=1e-9)


def test_a_straight_line_is_continued():
    values = 5 + 2 * np.arange(400.0)[None]
    lines = smoothing.Lines(np.ones_like(values))
    start, followed = smoothing.starts(*lines.at(values)[:1], lines.age, lines.at(values)[1])
    full = smoothing.TRENDS.index((1.0, 1, 1.0))
    path = start[0, :, full, None] + followed[0, full] * smoothing.reach(3)[:, full]
    # Up to what is held back for want of observations.
    np.testing.assert_allclose(path, np.tile([805, 807, 809], (len(smoothing.ALPHAS), 1)), rtol=0.05)


def test_damped_trends_add_up():
    damping = smoothing.TRENDS[-1][2]
    expected = np.cumsum(damping ** np.arange(1, 6))
    np.testing.assert_allclose(smoothing.reach(5)[:, -1], expected)
    np.testing.assert_allclose(smoothing.reach(5)[:, 0], np.arange(1, 6))


def test_rare_levels_equal_the_plain_formula():
    values = sample()
    filled, observed, _started = panel.filled(values, 12)
    levels = smoothing.rare_levels(filled, observed, 12, 30, 0.3)
    assert levels.shape == (5, smoothing.RARE) == (5, len(smoothing.rare_models()))
    for row, series in enumerate(values):
        np.testing.assert_allclose(levels[row, 0], weighted(series, smoothing.RARE_ALPHAS[0]))
        np.testing.assert_allclose(levels[row, len(smoothing.RARE_ALPHAS) + 1], np.nanmean(series[-12:]))
        hits = np.where(np.isnan(series), np.nan, (series > 0).astype(float))
        gain, chance = smoothing.TSB[1]
        size = weighted(np.where(series > 0, series, np.nan), gain)
        place = len(smoothing.RARE_ALPHAS) + len(smoothing.RARE_MEANS) + 1
        assert levels[row, place] == pytest.approx(size * weighted(hits, chance))


def test_no_demand_yet_is_a_level_of_nothing():
    levels = smoothing.rare_levels(np.zeros((2, 9)), np.ones((2, 9), dtype=bool), 12, 9, 0.4)
    assert not levels.any()


def test_every_candidate_has_a_reported_name():
    for places in (smoothing.regular_models(), smoothing.rare_models()):
        assert ((places >= 0) & (places < len(smoothing.MODELS))).all()
    assert len(smoothing.regular_models()) == smoothing.REGULAR
    assert len(set(smoothing.MODELS)) == len(smoothing.MODELS) <= 12


def test_censored_periods_are_filled_from_a_season_before():
    values = np.tile([1.0, 2.0, 3.0, 4.0], 3)[None, :]
    values[0, 9] = np.nan
    filled, observed, started = panel.filled(values, 4)
    assert filled[0, 9] == 2.0
    assert not observed[0, 9]
    assert started.all()


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ([5, 6, 5, 4, 5, 6, 5, 5], "smooth"),
        ([1, 30, 2, 1, 25, 1, 2, 1], "erratic"),
        ([0, 5, 0, 5, 0, 0, 5, 5], "intermittent"),
        ([0, 50, 0, 1, 0, 0, 2, 1], "lumpy"),
        ([0, 0, 0, 0, 0, 0, 0, 0], "none"),
        ([np.nan, np.nan, np.nan, np.nan, np.nan, 2, 3, 1], "new"),
    ],
)
def test_demand_classes(values, name):
    assert classify(np.array([values], dtype=float), 12).demand_class[0] == name


def test_adi_and_cv2_by_hand():
    found = classify(np.array([[0.0, 2, 0, 4, 0, 0, 6, 0]]), 12)
    assert found.adi[0] == pytest.approx(8 / 3)
    assert found.cv2[0] == pytest.approx(np.var([2, 4, 6], ddof=1) / 16)


def test_counts_follow_the_negative_binomial():
    stats = pytest.importorskip("scipy.stats")
    mean, variance = np.array([0.3, 2.0, 20.0, 5.0]), np.array([0.6, 9.0, 80.0, 5.5])
    levels = np.array([0.5, 0.9, 0.95, 0.99])
    found = quantiles(mean, variance, np.zeros(4), np.ones(4, dtype=bool), levels)
    size, share = (mean**2 / (variance - mean))[:, None], (mean / variance)[:, None]
    number = stats.nbinom.ppf(levels, size, share)
    np.testing.assert_array_equal(whole_quantile(found), number)
    under = stats.nbinom.cdf(number - 1, size, share)
    part = (levels - under) / stats.nbinom.pmf(number, size, share)
    np.testing.assert_allclose(found, np.maximum(number - 0.5 + part, 0), atol=1e-9)


def test_amounts_keep_their_chance_of_nothing():
    found = quantiles(np.array([100.0]), np.array([90000.0]), np.array([0.7]), np.array([False]), [0.5, 0.69, 0.8])
    assert found[0, :2].tolist() == [0.0, 0.0]
    assert found[0, 2] > 0
