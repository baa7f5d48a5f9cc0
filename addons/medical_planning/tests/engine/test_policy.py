import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from odoo.addons.medical_forecast.engine import counts
from odoo.addons.medical_planning.engine.cover import with_lead_time_spread
from odoo.addons.medical_planning.engine.policy import PolicyInput, decide, service_at

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.98, 0.99, 0.995)

# 100 a day, σ 25, lead time 9 days with σ 2: the worked example of the planning formulas.
MEAN = 900.0
SIGMA = np.sqrt(9 * 25**2 + 100**2 * 2**2)


def normal_loss(level, mean, sd):
    """E[(D − level)⁺] of a normal demand: σ·G(k), G(k) = φ(k) − k(1 − Φ(k)), k = (level − mean)/σ."""
    level, mean, sd = (np.asarray(part, dtype=np.float64) for part in (level, mean, sd))
    k = (level - mean) / np.where(sd > 0, sd, 1.0)
    loss = sd * (np.exp(-(k**2) / 2) / np.sqrt(2 * np.pi) - k * ndtr(-k))
    return np.where(sd > 0, loss, np.maximum(mean - level, 0.0))


def normal_input(mean=MEAN, sigma=SIGMA, **other):
    quantiles = np.maximum(mean + sigma * ndtri(np.array(LEVELS)), 0)[None]
    values = {
        "cover_mean": [mean],
        "cover_sd": sigma,
        "cover_levels": LEVELS,
        "cover_quantiles": quantiles,
        "rate": 100.0,
        "review": 10.0,
        "target": 0.95,
        "rounding": 0.0,
    }
    return PolicyInput(**(values | other))


def test_cycle_service_golden_values():
    result = decide(normal_input())
    assert result.safety_stock[0] == pytest.approx(351.3, abs=0.05)
    assert result.new_min[0] == pytest.approx(1251.3, abs=0.05)
    assert result.expected_cycle_service[0] == pytest.approx(0.95, abs=1e-4)
    assert result.expected_fill_rate[0] == pytest.approx(0.9955, abs=5e-5)


def test_fill_rate_golden_values():
    result = decide(normal_input(target=0.98, target_fill=True))
    assert result.safety_stock[0] == pytest.approx(200.4, abs=0.1)
    assert result.expected_cycle_service[0] == pytest.approx(0.826, abs=5e-4)
    assert result.expected_fill_rate[0] == pytest.approx(0.98, abs=1e-4)


def test_normal_loss_golden_values():
    assert 1 - normal_loss(1251.3, MEAN, SIGMA) / 1000 == pytest.approx(0.9955, abs=5e-5)
    level = brentq(lambda level: float(normal_loss(level, MEAN, SIGMA)) - 20, 900, 1500)
    assert level - MEAN == pytest.approx(200.4, abs=0.1)
    assert normal_loss(7.0, 10.0, 0.0) == 3.0


def test_counted_demand_gets_the_whole_quantile():
    stats = pytest.importorskip("scipy.stats")
    mean, variance = np.array([0.3, 2.0, 8.0]), np.array([0.6, 4.0, 24.0])
    held = counts.quantiles(mean, variance, np.zeros(3), np.ones(3, dtype=bool), LEVELS)
    size, share = mean**2 / (variance - mean), mean / variance
    for target in (0.9, 0.95, 0.99):
        rule = PolicyInput(
            cover_mean=mean,
            cover_sd=np.sqrt(variance),
            cover_levels=LEVELS,
            cover_quantiles=held,
            counted=True,
            rate=mean,
            review=1.0,
            target=target,
        )
        result = decide(rule)
        np.testing.assert_array_equal(result.new_min, stats.nbinom.ppf(target, size, share))
        # Between the levels the distribution is interpolated.
        np.testing.assert_allclose(
            result.expected_cycle_service, stats.nbinom.cdf(result.new_min, size, share), atol=0.02
        )
        assert (result.expected_cycle_service >= target - 1e-6).all()


def test_lead_time_spread_is_the_formula():
    sd, quantiles = with_lead_time_spread([900.0], 75.0, LEVELS, 900 + 75 * ndtri(np.array(LEVELS))[None], 100.0, 2.0)
    assert sd[0] == pytest.approx(SIGMA)
    np.testing.assert_allclose(quantiles, 900 + SIGMA * ndtri(np.array(LEVELS))[None])


@settings(max_examples=60, deadline=None)
@given(
    mean=st.floats(0, 1e6),
    sd=st.floats(0, 1e5),
    rate=st.floats(0, 1e5),
    spread=st.floats(0, 5),
    more=st.floats(0, 5),
    steps=st.lists(st.floats(0, 1e5), min_size=len(LEVELS), max_size=len(LEVELS)),
)
def test_a_less_reliable_lead_time_never_lowers_a_quantile(mean, sd, rate, spread, more, steps):
    quantiles = np.cumsum(steps)[None]
    before = with_lead_time_spread([mean], sd, LEVELS, quantiles, rate, spread)
    after = with_lead_time_spread([mean], sd, LEVELS, quantiles, rate, spread + more)
    assert after[0] >= before[0]
    assert (after[1] >= before[1] * (1 - 1e-12) - 1e-9).all()
    assert (np.diff(after[1]) >= 0).all()


def test_a_less_reliable_lead_time_raises_the_reorder_point():
    before, after = (
        with_lead_time_spread([900.0], 75.0, LEVELS, 900 + 75 * ndtri(np.array(LEVELS))[None], 100.0, deviation)
        for deviation in (1.0, 2.0)
    )
    mins = [decide(normal_input(cover_quantiles=quantiles)).new_min[0] for _sd, quantiles in (before, after)]
    assert mins[1] > mins[0]


def test_order_size_from_review_minimum_and_multiple():
    assert decide(normal_input()).order_quantity[0] == 1000
    by_moq = decide(normal_input(moq=1500.0))
    assert by_moq.order_quantity[0] == 1500
    assert by_moq.limits == (("moq",),)
    both = decide(normal_input(moq=1500.0, multiple=400.0))
    assert both.order_quantity[0] == 1600
    assert both.limits == (("moq", "multiple"),)
    assert decide(normal_input(order_quantity_min=2000.0)).order_quantity[0] == 2000


def test_min_is_rounded_up():
    result = decide(normal_input(rounding=50.0))
    assert result.new_min[0] == 1300
    assert result.new_max[0] % 50 == 0


def test_shelf_life_lowers_max_first_and_then_min():
    some = decide(normal_input(shelf_life=15.0))
    assert some.new_max[0] == 1500
    assert some.new_min[0] == pytest.approx(1251.3, abs=0.05)
    assert some.limits == (("shelf_life",),)
    much = decide(normal_input(shelf_life=10.0))
    assert much.new_min[0] == much.new_max[0] == 1000
    assert much.expected_cycle_service[0] < 0.95


def test_the_cap_bounds_the_change():
    result = decide(normal_input(old_min=600.0, old_max=1000.0, cap=0.25))
    assert result.capped[0]
    assert "cap" in result.limits[0]
    assert result.new_min[0] == 750
    assert result.new_max[0] == 1250
    assert result.uncapped_min[0] == pytest.approx(1251.3, abs=0.05)
    assert not decide(normal_input(old_min=np.nan, old_max=np.nan, cap=0.25)).capped[0]
    assert not decide(normal_input(old_min=0.0, old_max=0.0, cap=0.25)).capped[0]


def test_without_demand_nothing_is_stocked():
    result = decide(normal_input(mean=0.0, sigma=0.0, rate=0.0, moq=10.0))
    assert result.new_min[0] == result.new_max[0] == 0
    assert result.limits == (("no_demand",),)
    assert result.expected_cycle_service[0] == result.expected_fill_rate[0] == 1


def test_service_of_an_old_rule():
    rule = normal_input(old_min=900.0, old_max=1900.0)
    cycle, fill = service_at(rule, rule.old_min)
    assert cycle[0] == pytest.approx(0.5, abs=0.01)
    assert fill[0] == pytest.approx(1 - float(normal_loss(900, MEAN, SIGMA)) / 1000, abs=1e-3)
    assert np.isnan(service_at(normal_input(), np.nan)[0])


def test_stock_value():
    result = decide(normal_input(unit_cost=2.0))
    assert result.mean_stock[0] == pytest.approx(351.3 + 500, abs=0.1)
    assert result.stock_value[0] == pytest.approx(2 * result.mean_stock[0])


def test_a_target_outside_the_levels_is_extrapolated():
    assert decide(normal_input(target=0.999)).new_min[0] == pytest.approx(MEAN + SIGMA * ndtri(0.999), rel=1e-6)
    assert decide(normal_input(target=0.3)).new_min[0] == pytest.approx(MEAN + SIGMA * ndtri(0.3), rel=1e-6)


def test_input_is_checked():
    with pytest.raises(ValueError):
        normal_input(target=95.0)
    with pytest.raises(ValueError):
        normal_input(cover_quantiles=np.zeros((1, 3)))


numbers = st.one_of(st.just(0.0), st.floats(0, 1e6), st.just(1e12))


@settings(max_examples=80, deadline=None)
@given(
    steps=st.lists(numbers, min_size=len(LEVELS), max_size=len(LEVELS)),
    rate=numbers,
    review=st.floats(0, 20),
    target=st.floats(0.01, 0.999),
    fill=st.booleans(),
    moq=numbers,
    multiple=st.sampled_from([0.0, 1.0, 12.0]),
    life=st.sampled_from([0.0, 3.0, np.inf]),
    old=st.sampled_from([np.nan, 0.0, 50.0]),
    cap=st.sampled_from([0.0, 0.3, np.inf]),
    counted=st.booleans(),
)
def test_any_input_gives_a_sound_rule(steps, rate, review, target, fill, moq, multiple, life, old, cap, counted):
    quantiles = np.cumsum(steps)[None]
    rule = PolicyInput(
        cover_mean=quantiles[:, 3],
        cover_sd=1.0,
        cover_levels=LEVELS,
        cover_quantiles=quantiles,
        rate=rate,
        review=review,
        target=target,
        target_fill=fill,
        moq=moq,
        multiple=multiple,
        shelf_life=life,
        old_min=old,
        old_max=old,
        cap=cap,
        counted=counted,
    )
    result = decide(rule)
    assert np.isfinite([result.new_min[0], result.new_max[0], result.safety_stock[0], result.stock_value[0]]).all()
    assert 0 <= result.new_min[0] <= result.new_max[0]
    assert 0 <= result.expected_cycle_service[0] <= 1
    assert 0 <= result.expected_fill_rate[0] <= 1


@settings(max_examples=40, deadline=None)
@given(low=st.floats(0.5, 0.98), more=st.floats(0.001, 0.015), fill=st.booleans())
def test_more_service_never_needs_less(low, more, fill):
    mins = [decide(normal_input(target=target, target_fill=fill)).new_min[0] for target in (low, low + more)]
    assert mins[1] >= mins[0]
