import numpy as np
import pytest

from odoo.addons.medical_forecast.engine import smoothing
from odoo.addons.medical_forecast.engine.classes import classify
from odoo.addons.medical_forecast.engine.counts import quantiles


def plain_ses(values, alpha):
    level, count = 0.0, 0
    for value in values:
        if not np.isnan(value):
            count += 1
            level += max(alpha, 1 / count) * (value - level)
    return level


def plain_tsb(values, alpha, beta):
    size, chance, count, hits = 0.0, 0.0, 0, 0
    for value in values:
        if np.isnan(value):
            continue
        count += 1
        chance += max(beta, 1 / count) * ((value > 0) - chance)
        if value > 0:
            hits += 1
            size += max(alpha, 1 / hits) * (value - size)
    return size * chance


def test_levels_equal_the_recursions_one_series_at_a_time():
    rng = np.random.default_rng(0)
    values = rng.poisson(1.5, (5, 30)).astype(float)
    values[1, :8] = np.nan
    values[2, 12:15] = np.nan
    levels = smoothing.flat_levels(values.T)
    for row in range(5):
        for end in (1, 10, 30):
            expected = [plain_ses(values[row, :end], alpha) for alpha in smoothing.SES]
            expected += [plain_tsb(values[row, :end], *pair) for pair in smoothing.TSB]
            np.testing.assert_allclose(levels[:, end, row], expected, atol=1e-12)


def test_seasonal_sums_repeat_the_last_season():
    rng = np.random.default_rng(1)
    columns = rng.random((20, 3))
    sums = smoothing.prefix(columns)
    for length in (0, 1, 5, 12, 17, 40):
        expected = sum((columns[20 - 6 + step % 6] for step in range(length)), np.zeros(3))
        found = smoothing.seasonal_sum(sums, np.full(3, 20), np.full(3, length), 6)
        np.testing.assert_allclose(found, expected, atol=1e-9)


def test_censored_periods_are_filled_from_a_season_before():
    values = np.tile([1.0, 2.0, 3.0, 4.0], 3)[None, :]
    values[0, 9] = np.nan
    columns = values.T
    assert smoothing.filled(columns, smoothing.flat_levels(columns), 4)[9, 0] == 2.0


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
    size, share = mean**2 / (variance - mean), mean / variance
    expected = stats.nbinom.ppf(levels, size[:, None], share[:, None])
    np.testing.assert_array_equal(found, expected)


def test_amounts_keep_their_chance_of_nothing():
    found = quantiles(np.array([100.0]), np.array([90000.0]), np.array([0.7]), np.array([False]), [0.5, 0.69, 0.8])
    assert found[0, :2].tolist() == [0.0, 0.0]
    assert found[0, 2] > 0
