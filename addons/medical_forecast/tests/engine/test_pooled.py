"""Models learned over all series: what they learn, and that they count only where they win."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.medical_demand.engine.external import Series
from odoo.addons.medical_demand.engine.panel import Panel
from odoo.addons.medical_forecast.engine import pooled, trees
from odoo.addons.medical_forecast.engine.forecast import Settings, forecast


def made(values, horizon=12, season=12, **more):
    panel = Panel(tuple(range(len(values))), np.asarray(values, dtype=float), season)
    plain = forecast(panel, Settings(horizon=horizon), cover=3)
    return plain, *pooled.admit(panel, plain, lambda past: forecast(past, Settings(horizon=horizon)), **more)


def alternating(n=60, periods=72, seed=0):
    """Every other period is high: a pattern that no method of a single series has, and a season of 7 hides."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(50, 500, (n, 1))
    return level * (1 + 0.35 * np.where(np.arange(periods) % 2, 1, -1)) * rng.normal(1, 0.04, (n, periods))


def test_trees_learn_a_step_and_an_interaction():
    rng = np.random.default_rng(1)
    features = rng.uniform(-1, 1, (4000, 4))
    target = np.where((features[:, 0] > 0.2) & (features[:, 2] < 0), 0.5, -0.1)
    model = trees.fit(features[:3000], target[:3000] + rng.normal(0, 0.05, 3000))
    left = np.abs(model.predict(features[3000:]) - target[3000:]).mean()
    assert left < 0.25 * np.abs(target[3000:] - target.mean()).mean()


def test_trees_of_nothing_predict_nothing():
    assert trees.fit(np.zeros((0, 3)), np.zeros(0)).predict(np.ones((2, 3))).tolist() == [0, 0]
    constant = trees.fit(np.ones((50, 2)), np.zeros(50))
    assert constant.predict(np.ones((3, 2))).tolist() == [0, 0, 0]


def test_trees_give_the_same_bits():
    rng = np.random.default_rng(2)
    features, target = rng.normal(size=(500, 3)), rng.normal(size=500)
    np.testing.assert_array_equal(
        trees.fit(features, target).predict(features), trees.fit(features, target).predict(features)
    )


@pytest.mark.parametrize("kind", pooled.KINDS)
def test_a_pattern_of_all_series_wins_and_holds_on_what_comes(kind):
    values = alternating()
    plain, result, verdicts = made(values[:, :60], season=7, horizon=6, kinds=(kind,))
    assert any(one.won and one.gain > pooled.WORTH for one in verdicts)
    assert set(np.unique(result.made_by)) <= {"", kind}
    assert (result.made_by == kind).any()
    actual = values[:, 60:66]
    assert np.abs(result.mean - actual).mean() < 0.85 * np.abs(plain.mean - actual).mean()
    np.testing.assert_allclose(result.weights.sum(axis=1), 1.0)
    assert result.weights.shape[1] == len(result.models)
    assert (np.diff(result.quantiles, axis=2) >= 0).all()
    middle = result.quantiles[:, :, result.levels.index(0.5)]
    np.testing.assert_allclose(middle / plain.quantiles[:, :, plain.levels.index(0.5)], result.mean / plain.mean)
    np.testing.assert_allclose(result.cover_mean, result.mean[:, :3].sum(axis=1))


def test_noise_is_left_to_the_methods_of_the_series():
    rng = np.random.default_rng(3)
    plain, result, verdicts = made(rng.poisson(60, (80, 72)))
    assert not any(one.won for one in verdicts)
    assert result is plain
    assert {one.part for one in verdicts} == {"near", "far"}


def test_rare_demand_is_left_alone():
    rng = np.random.default_rng(4)
    plain, result, verdicts = made(rng.poisson(0.2, (60, 60)))
    assert not verdicts
    assert result is plain


def test_a_few_series_are_no_evidence():
    plain, result, verdicts = made(alternating(n=8)[:, :60], season=7, horizon=6)
    assert result is plain
    assert not verdicts


def test_an_outside_series_drives_what_lies_far_ahead():
    rng = np.random.default_rng(5)
    index, wave = np.empty(96), 0.0
    for period in range(96):
        wave = 0.7 * wave + rng.normal(0, 0.12)
        index[period] = 100 * np.exp(wave)
    level = rng.uniform(50, 500, (60, 1))
    values = level * (index / index.mean()) * rng.normal(1, 0.03, (60, 96))
    outside = [Series("index", index, 84, np.arange(60))]
    plain, alone, _verdicts = made(values[:, :84])
    _plain, led, verdicts = made(values[:, :84], kinds=("regression",), outside=outside)
    assert any(one.won and one.part == "far" for one in verdicts)
    actual, far = values[:, 87:], slice(3, 12)
    assert np.abs(led.mean[:, far] - actual).mean() < 0.8 * np.abs(plain.mean[:, far] - actual).mean()
    assert np.abs(led.mean[:, far] - actual).mean() < 0.9 * np.abs(alone.mean[:, far] - actual).mean()


def test_what_another_model_made_stays():
    values = alternating()[:, :60]
    panel = Panel(tuple(range(60)), values, 7)
    plain = forecast(panel, Settings(horizon=6))
    plain.made_by[0] = "slow_median"
    result, _verdicts = pooled.admit(panel, plain, lambda past: forecast(past, Settings(horizon=6)))
    assert (result.made_by[0] == "slow_median").all()
    np.testing.assert_array_equal(result.mean[0], plain.mean[0])
    assert not np.array_equal(result.mean[1], plain.mean[1])


@settings(max_examples=25, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.sampled_from([np.nan, 0.0, 1.0, 1e-9, 1e12, 7.0, -1.0]), min_size=1, max_size=50),
        min_size=1,
        max_size=5,
    ),
    season=st.sampled_from([1, 4, 12]),
    horizon=st.sampled_from([1, 5, 12]),
)
def test_no_value_raises(rows, season, horizon):
    width = max(map(len, rows))
    values = np.full((len(rows), width), np.nan)
    for row, numbers in enumerate(rows):
        values[row, width - len(numbers) :] = numbers
    _plain, result, _verdicts = made(values, horizon, season)
    assert np.isfinite(result.mean).all() and (result.mean >= 0).all()
