import numpy as np
import pytest

from odoo.addons.medical_demand.engine import profiles
from odoo.addons.medical_forecast.engine import backtest
from odoo.addons.medical_forecast.engine.counts import hurdle


@pytest.mark.parametrize(
    ("periods", "season", "horizon"), [(72, 12, 12), (156, 52, 13), (30, 12, 18), (5, 12, 12), (3, 52, 1), (90, 7, 28)]
)
def test_origins_fit_the_history(periods, season, horizon):
    offsets = backtest.origin_offsets(periods, season, horizon, 8)
    assert 1 <= len(offsets) <= 8
    assert (np.diff(offsets) > 0).all()
    assert offsets[0] >= 1
    assert offsets[-1] <= periods - 2


def test_origins_spread_over_more_than_a_season():
    offsets = backtest.origin_offsets(72, 12, 12, 8)
    assert offsets[-1] - offsets[0] >= 12
    assert backtest.origin_offsets(72, 12, 12, 3, step=5).tolist() == [4, 9, 14]


def scores(error, admitted=True):
    """Scores of (n, m) errors that were the same in both halves, against a reference of 1 per half."""
    n, m = error.shape
    return backtest.Scores(
        np.stack([error, error]),
        np.ones((2, n, 2)),
        np.full(n, 8.0),
        np.zeros((n, m)),
        np.tile([True, admitted], (n, 1)),
    )


KINDS = np.array([0, 0, 1])


def test_weights_follow_the_errors_of_all_and_of_the_series():
    rng = np.random.default_rng(0)
    error = np.array([1.0, 0.9, 0.95]) + rng.normal(0, 0.05, (300, 3))
    weights = backtest.weigh(scores(error), KINDS, np.zeros(300), 8, backtest.REGULAR_TILTS)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert weights.mean(axis=0).argmax() == 1
    better = error[:, 1] - error[:, 0]
    assert np.corrcoef(better, weights[:, 0])[0, 1] > 0.2


def test_a_season_that_was_not_tested_gets_no_weight():
    weights = backtest.weigh(
        scores(np.full((4, 3), 0.5), admitted=False), KINDS, np.zeros(4), 8, backtest.REGULAR_TILTS
    )
    assert not weights[:, 2].any()


def test_series_without_a_backtest_follow_the_others():
    error = np.tile([1.0, 0.8, 0.9], (50, 1))
    found = scores(error)
    found.error[:, 0] = 0
    found.reference[:, 0] = 0
    found.origins[0] = 0
    found.admitted[0, 1] = False
    weights = backtest.weigh(found, KINDS, np.zeros(50), 8, backtest.REGULAR_TILTS)
    assert weights[0].argmax() == 1
    assert weights[0, 2] == 0


def test_reliability_is_high_where_errors_repeat_and_low_where_not():
    rng = np.random.default_rng(1)
    lasting, chance = rng.normal(0, 0.2, (400, 5)), rng.normal(0, 0.2, (2, 400, 5))
    assert backtest.reliability((lasting, lasting), 0.5) > 0.9
    assert backtest.reliability(tuple(chance), 0.5) < 0.15
    nothing = np.full((3, 5), np.nan)
    assert backtest.reliability((nothing, nothing), 0.5) == pytest.approx(0.5)


def test_calibration_finds_the_power_and_the_sum():
    rng = np.random.default_rng(2)
    level = rng.gamma(1.0, 0.4, (3000, 6))
    demand = rng.poisson(0.5 * level**0.7 * 12) / 12
    factor, power = backtest.calibration(level, demand, np.full(level.shape, 12.0), np.ones(3000), np.arange(4, 10))
    assert power == pytest.approx(0.7, abs=0.08)
    assert (factor * level**power).sum() == pytest.approx(demand.sum(), rel=0.03)


def test_calibration_leaves_chance_and_nothing_alone():
    rng = np.random.default_rng(3)
    level = rng.gamma(1.0, 0.4, (5, 6))
    demand = rng.poisson(level * 2) / 2
    factor, power = backtest.calibration(level, demand, np.full(level.shape, 2.0), np.ones(5), np.arange(4, 10))
    assert factor == pytest.approx(1, abs=0.2)
    assert power == pytest.approx(1, abs=0.05)
    nothing = np.zeros((5, 6))
    assert backtest.calibration(nothing, nothing, nothing, np.ones(5), np.arange(4, 10)) == (1.0, 1.0)


def seasonal(n, noise, seed=0):
    rng = np.random.default_rng(seed)
    common = 1 + 0.3 * np.sin(2 * np.pi * np.arange(12) / 12)
    own = common + rng.normal(0, 0.1, (n, 12))
    own /= own.mean(axis=1, keepdims=True)
    values = 100 * np.tile(own, 6) * (1 + rng.normal(0, noise, (n, 72)))
    return own, values


@pytest.mark.parametrize("n", [60, 400])
def test_shrunk_indices_are_nearer_the_truth_than_own_and_shared(n):
    truth, values = seasonal(n, 0.3)
    found = profiles.raw(values, np.ones(values.shape, dtype=bool), 12, 72)
    (own, shrunk, shared), belief = profiles.treatments(found, profiles.learn(found, 12))
    far = [np.square(indices - truth).mean() for indices in (own, shrunk, shared)]
    assert far[1] < min(far[0], far[2])
    assert ((belief >= 0) & (belief <= 1)).all()


def test_indices_of_a_clean_season_are_exact():
    truth, values = seasonal(5, 0.0)
    found = profiles.raw(values, np.ones(values.shape, dtype=bool), 12, 72)
    np.testing.assert_allclose(found.own, truth, atol=0.02)
    assert found.ready.all()


def test_no_indices_without_a_season_of_data():
    _truth, values = seasonal(3, 0.1)
    assert profiles.raw(values, np.ones(values.shape, dtype=bool), 12, 13) is None
    started = np.arange(72) >= np.array([[0], [40], [66]])
    found = profiles.raw(np.where(started, values, 0.0), started, 12, 72)
    assert found.ready.tolist() == [True, True, False]
    assert found.twice.tolist() == [True, True, False]
    assert not profiles.learn(profiles.raw(values[:1], started[:1], 12, 72), 12).known


def test_hurdle_quantiles_by_hand():
    chance, size, cv2 = np.array([0.3, 0.0, 1.0]), np.array([1.0, 5.0, 4.0]), np.array([0.0, 0.5, 0.0])
    found = hurdle(chance, size, cv2, np.ones(3, dtype=bool), [0.5, 0.7, 0.8])
    assert found[0].tolist() == [0, 0, 1]
    assert not found[1].any()
    assert found[2, 0] == 4


def test_hurdle_amounts_have_their_mean():
    levels = (np.arange(4000) + 0.5) / 4000
    for whole in (True, False):
        found = hurdle(np.array([0.4]), np.array([20.0]), np.array([0.3]), np.array([whole]), levels)
        assert found.mean() == pytest.approx(8.0, rel=0.02)
