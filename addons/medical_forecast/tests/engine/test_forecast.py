from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.medical_demand.engine.panel import Panel
from odoo.addons.medical_forecast.engine.forecast import Forecast, Settings, forecast


def panel(values, season=12):
    values = np.atleast_2d(np.asarray(values, dtype=float))
    return Panel(tuple(f"S{row}" for row in range(len(values))), values, season)


def mixed(n=60, periods=48, seed=1):
    """Regular, rare, new and silent series side by side."""
    rng = np.random.default_rng(seed)
    values = rng.poisson(rng.gamma(2, 15, (n, 1)), (n, periods)).astype(float)
    values[: n // 3] *= rng.random((n // 3, periods)) < 0.25
    values[n // 3 : n // 2, : periods - 20] = np.nan
    values[-1] = 0.0
    values[-2, : periods - 4] = np.nan
    return values


def assert_sound(result):
    for name in ("mean", "quantiles", "cover_mean", "cover_sd", "cover_quantiles", "level", "weights", "adi", "cv2"):
        numbers = getattr(result, name)
        assert np.isfinite(numbers).all(), name
        assert (numbers >= 0).all(), name
    assert (np.diff(result.quantiles, axis=2) >= 0).all()
    assert (np.diff(result.cover_quantiles, axis=1) >= 0).all()
    np.testing.assert_allclose(result.weights.sum(axis=1), 1.0)
    assert ((result.season_strength >= 0) & (result.season_strength <= 1)).all()


def seasonal_weight(result):
    """(n,) weight of all candidates with a season."""
    plain = {"ses_plain", "trend_plain", "mean_recent", "tsb_own", "tsb_shared"}
    return result.weights[:, [name not in plain for name in result.models]].sum(axis=1)


def test_shapes_and_order():
    values = mixed()
    result = forecast(panel(values), Settings(horizon=6), cover=2.5)
    n = len(values)
    assert result.keys == tuple(f"S{row}" for row in range(n))
    assert result.mean.shape == (n, 6)
    assert result.quantiles.shape == (n, 6, len(result.levels))
    assert result.cover_quantiles.shape == (n, len(result.cover_levels))
    assert result.weights.shape == (n, len(result.models))
    assert result.recent_error.shape == (n, 12)
    assert_sound(result)
    with pytest.raises(FrozenInstanceError):
        result.keys = ()


def test_nothing_demanded_is_a_forecast_of_nothing():
    result = forecast(panel(np.zeros((1, 30))), Settings(), cover=3)
    assert result.demand_class[0] == "none"
    assert not result.mean.any()
    assert not result.quantiles.any()
    assert not result.cover_quantiles.any()
    assert result.cover_sd[0] == 0


def test_refusals_name_their_reason():
    values = np.full((8, 12), 5.0)
    values[0] = np.nan
    values[1, :-1] = np.nan
    values[2, 3] = np.inf
    values[3, 3] = -2
    values[4, 3] = 1e16
    values[5, :-2] = np.nan
    cover = np.array([1, 1, 1, 1, 1, 1, np.nan, 2.0])
    result = forecast(panel(values), Settings(), cover=cover)
    codes = {refusal.key: refusal.code for refusal in result.refused}
    assert codes == {
        "S0": "all_nan",
        "S1": "too_short",
        "S2": "not_finite",
        "S3": "negative",
        "S4": "too_large",
        "S5": "too_short",
        "S6": "cover",
    }
    assert all(refusal.reason.endswith(".") for refusal in result.refused)
    assert result.keys == ("S7",)
    assert_sound(result)


def test_a_panel_of_refusals_only():
    result = forecast(panel(np.full((2, 5), np.nan)), Settings())
    assert result.keys == ()
    assert result.mean.shape == (0, 12)
    assert len(result.refused) == 2


def test_an_empty_panel():
    result = forecast(Panel((), np.zeros((0, 0)), 12), Settings())
    assert result.keys == ()
    assert result.refused == ()


@pytest.mark.parametrize("season", [1, 7, 12, 52])
def test_one_series_of_any_length(season):
    rng = np.random.default_rng(5)
    for periods in (3, 4, 7, 13, 25, 60, 160):
        result = forecast(panel(rng.poisson(8, (1, periods)), season), Settings(), cover=[4.3])
        assert result.keys == ("S0",)
        assert_sound(result)


def test_cover_is_the_sum_of_its_periods():
    result = forecast(panel(mixed()), Settings(), cover=4)
    regular = result.demand_class != "none"
    np.testing.assert_allclose(result.cover_mean[regular], result.mean[regular, :4].sum(axis=1), rtol=1e-9)


def test_a_fractional_cover_lies_between_its_neighbours():
    values = mixed()
    two, half, three = (forecast(panel(values), Settings(), cover=cover) for cover in (2, 2.5, 3))
    np.testing.assert_allclose(half.cover_mean, (two.cover_mean + three.cover_mean) / 2, rtol=1e-9, atol=1e-9)
    low = np.minimum(two.cover_quantiles, three.cover_quantiles)
    high = np.maximum(two.cover_quantiles, three.cover_quantiles)
    # Interpolated as variances: up to sqrt(2) of a distance from a mean that itself moves.
    room = 0.5 * (two.cover_sd + three.cover_sd)[:, None] + 1e-9
    assert (half.cover_quantiles >= low - room).all()
    assert (half.cover_quantiles <= high + room).all()


def test_a_longer_cover_never_needs_less():
    values = mixed()
    tops = [forecast(panel(values), Settings(), cover=cover).cover_quantiles[:, -1] for cover in (1, 2, 4, 8, 20)]
    growing = np.mean([(after >= before).mean() for before, after in zip(tops, tops[1:], strict=False)])
    assert growing > 0.95


def test_cover_zero_and_a_cover_longer_than_the_history():
    result = forecast(panel(mixed()), Settings(), cover=np.r_[np.zeros(30), np.full(30, 400.0)])
    assert not result.cover_quantiles[:30].any()
    assert_sound(result)


def test_the_same_input_gives_the_same_bits():
    values = mixed()
    one, other = forecast(panel(values), Settings(), 3), forecast(panel(values.copy()), Settings(), 3)
    for part in fields(Forecast):
        left, right = getattr(one, part.name), getattr(other, part.name)
        if isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right, err_msg=part.name)
        else:
            assert left == right, part.name


def test_the_hash_sees_every_input():
    values = mixed(12)
    base = forecast(panel(values), Settings(), 3).data_hash
    assert base == forecast(panel(values.copy()), Settings(), np.full(12, 3.0)).data_hash
    changed = values.copy()
    changed[0, 5] += 1
    others = [
        forecast(panel(changed), Settings(), 3),
        forecast(panel(values), Settings(), 4),
        forecast(panel(values), Settings(horizon=6), 3),
        forecast(panel(values, season=6), Settings(), 3),
        forecast(Panel(tuple(range(12)), values, 12), Settings(), 3),
    ]
    assert len({base, *(other.data_hash for other in others)}) == 6


def test_progress_ends_at_all_series():
    seen = []
    forecast(panel(mixed(20)), Settings(), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (20, 20)
    assert seen == sorted(seen)


def test_a_clear_season_is_found_and_beats_a_flat_line():
    rng = np.random.default_rng(3)
    profile = 100 + 60 * np.sin(2 * np.pi * np.arange(72) / 12)
    values = profile + rng.normal(0, 4, (30, 72))
    result = forecast(panel(values[:, :60]), Settings())
    assert seasonal_weight(result).mean() > 0.8
    assert result.season_strength.mean() > 0.8
    flat = np.abs(values[:, 60:] - values[:, :60].mean(axis=1, keepdims=True)).mean()
    assert np.abs(values[:, 60:] - result.mean).mean() < 0.4 * flat


def test_a_season_that_could_not_be_tested_is_not_used():
    rng = np.random.default_rng(3)
    profile = 100 + 60 * np.sin(2 * np.pi * np.arange(26) / 12)
    result = forecast(panel(profile + rng.normal(0, 4, (10, 26))), Settings())
    assert not seasonal_weight(result).any()


def test_a_young_product_gets_the_season_of_the_others():
    rng = np.random.default_rng(5)
    profile = 100 + 60 * np.sin(2 * np.pi * np.arange(72) / 12)
    values = profile * rng.uniform(0.5, 5, (60, 1)) * rng.normal(1, 0.1, (60, 72))
    values[:10, :42] = np.nan
    result = forecast(panel(values[:, :60]), Settings())
    flat = np.abs(values[:10, 60:] - values[:10, 42:60].mean(axis=1, keepdims=True)).mean()
    assert seasonal_weight(result)[:10].mean() > 0.5
    assert np.abs(values[:10, 60:] - result.mean[:10]).mean() < 0.5 * flat


def test_a_rising_demand_has_a_trend():
    rng = np.random.default_rng(6)
    values = 50 + 3 * np.arange(60) + rng.normal(0, 5, (20, 60))
    result = forecast(panel(values), Settings(), cover=6)
    assert result.trend.mean() == pytest.approx(3, abs=1)
    assert result.mean[:, -1].mean() == pytest.approx(50 + 3 * 71, rel=0.06)


def test_noise_has_no_season_and_is_forecast_better_than_naive():
    rng = np.random.default_rng(4)
    values = rng.poisson(40, (200, 72)).astype(float)
    result = forecast(panel(values[:, :60]), Settings(), cover=12)
    assert result.season_strength.mean() < 0.2
    ours = np.abs(values[:, 60:] - result.mean).mean()
    naive = np.abs(values[:, 60:] - values[:, 48:60]).mean()
    assert ours < 0.8 * naive
    assert (result.fva > 0).mean() > 0.9
    np.testing.assert_allclose(result.fva, result.wape_naive - result.wape)


def test_quantiles_of_regular_demand_cover_what_they_say():
    rng = np.random.default_rng(6)
    values = rng.poisson(rng.uniform(10, 200, (800, 1)), (800, 63)).astype(float)
    result = forecast(panel(values[:, :60]), Settings(), cover=3)
    total = values[:, 60:].sum(axis=1)
    for level in (0.8, 0.9, 0.95, 0.98):
        covered = (total <= result.cover_quantiles[:, result.cover_levels.index(level)]).mean()
        assert covered == pytest.approx(level, abs=0.03)


def test_quantiles_of_rare_demand_cover_what_they_say():
    rng = np.random.default_rng(7)
    values = rng.poisson(rng.uniform(0.1, 0.5, (1500, 1)), (1500, 63)).astype(float)
    values = values[values[:, :60].sum(axis=1) > 0]
    result = forecast(panel(values[:, :60]), Settings(), cover=3)
    total = values[:, 60:].sum(axis=1)
    for level in (0.9, 0.95, 0.99):
        quantile = result.cover_quantiles[:, result.cover_levels.index(level)]
        # With whole numbers the promise is "at least".
        assert (total <= quantile).mean() >= level - 0.01
        assert (total < quantile).mean() <= level + 0.02


def test_scaling_the_unit_scales_the_result():
    values = np.random.default_rng(8).gamma(4, 100, (50, 48))
    one, thousand = forecast(panel(values), Settings(), 2.5), forecast(panel(values * 1000), Settings(), 2.5)
    np.testing.assert_allclose(thousand.mean, one.mean * 1000, rtol=1e-6)
    np.testing.assert_allclose(thousand.cover_quantiles, one.cover_quantiles * 1000, rtol=1e-4)


def test_censored_periods_do_not_pull_the_forecast_down():
    values = np.full((1, 36), 50.0) + np.random.default_rng(9).normal(0, 2, (1, 36))
    values[0, 30:34] = np.nan
    assert forecast(panel(values), Settings()).mean == pytest.approx(50, abs=3)


@pytest.mark.parametrize(
    "bad", [{"levels": (0.5, 0.4)}, {"levels": ()}, {"cover_levels": (0.5, 1.0)}, {"horizon": 0}, {"origins": 0}]
)
def test_settings_are_checked(bad):
    with pytest.raises(ValueError):
        Settings(**bad)


def test_a_panel_is_checked():
    with pytest.raises(ValueError):
        Panel(("a",), np.zeros((2, 3)), 12)
    with pytest.raises(ValueError):
        Panel(("a",), np.zeros((1, 3)), 0)


odd = st.one_of(
    st.sampled_from([np.nan, np.inf, -np.inf, -1.0, 0.0, 1.0, 1e-9, 1e-300, 1e12, 1e15, 1e300]),
    st.floats(0, 1000),
    st.integers(0, 5).map(float),
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(odd, min_size=1, max_size=40), min_size=1, max_size=6),
    season=st.sampled_from([1, 4, 7, 12, 52]),
    horizon=st.sampled_from([1, 3, 12, 30]),
    cover=st.sampled_from([None, 0.0, 0.4, 1.0, 2.7, 12.0, 100.5]),
)
def test_no_value_of_a_series_raises(rows, season, horizon, cover):
    width = max(map(len, rows))
    values = np.full((len(rows), width), np.nan)
    for row, numbers in enumerate(rows):
        values[row, width - len(numbers) :] = numbers
    result = forecast(panel(values, season), Settings(horizon=horizon), cover=cover)
    assert_sound(result)
    assert len(result.keys) + len(result.refused) == len(rows)
    assert all(refusal.reason for refusal in result.refused)
