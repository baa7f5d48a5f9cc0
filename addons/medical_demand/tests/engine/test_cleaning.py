import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.medical_demand.engine.cleaning import RULES, CleaningRules, clean

DAYS = np.full(36, 30)


def restore(cleaned):
    """The (n, T) values before the repairs: the last one is taken back first."""
    values, repairs = cleaned.values.copy(), cleaned.repairs
    for place in range(len(repairs) - 1, -1, -1):
        values[repairs.series[place], repairs.period[place]] = repairs.old[place]
    return values


def steady(periods=36, level=100.0, seed=1):
    return np.round(np.random.default_rng(seed).normal(level, 5, (1, periods)), 0)


def rules_of(cleaned):
    return [(repair.series, repair.period, repair.rule) for repair in cleaned.repairs]


def test_net_returns_are_no_demand():
    values = steady()
    values[0, 4] = -20
    cleaned = clean(values)
    assert cleaned.values[0, 4] == 0
    assert rules_of(cleaned) == [(0, 4, "negative")]
    assert values[0, 4] == -20


def test_a_short_stock_out_is_scaled_up_and_a_long_one_left_out():
    values = steady()
    days_out = np.zeros((1, 36))
    values[0, 10], days_out[0, 10] = 66, 10
    values[0, 11], days_out[0, 11] = 5, 25
    values[0, 12], days_out[0, 12] = 0, 30
    cleaned = clean(values, days_out, DAYS)
    assert cleaned.values[0, 10] == pytest.approx(99)
    assert np.isnan(cleaned.values[0, 11:13]).all()
    assert {rule for _row, _column, rule in rules_of(cleaned)} == {"stockout"}


def test_scaling_up_stops_at_what_was_reached_with_stock():
    values = steady()
    days_out = np.zeros((1, 36))
    values[0, 10], days_out[0, 10] = 95, 15
    assert clean(values, days_out, DAYS).values[0, 10] <= np.nanmax(values)


def test_a_masked_period_is_left_out():
    masks = np.zeros((1, 36), dtype=bool)
    masks[0, 7] = True
    assert np.isnan(clean(steady(), masks=masks).values[0, 7])


def test_a_lone_spike_is_lowered():
    values = steady()
    values[0, 20] = 900
    cleaned = clean(values)
    assert 100 < cleaned.values[0, 20] < 250
    assert rules_of(cleaned) == [(0, 20, "outlier")]


def test_a_recurring_peak_a_new_level_and_a_short_history_are_left_alone():
    peaks = steady()
    peaks[0, [11, 23, 35]] = 400
    step = steady()
    step[0, 30:] += 500
    short = steady(8)
    short[0, 4] = 900
    for values in (peaks, step, short):
        assert not len(clean(values).repairs)


def test_rare_demand_has_its_own_limit():
    values = np.zeros((1, 60))
    values[0, ::6] = [3, 4, 2, 5, 3, 200, 4, 3, 2, 5]
    cleaned = clean(values)
    assert rules_of(cleaned) == [(0, 30, "outlier")]
    assert 5 < cleaned.values[0, 30] < 30


def test_gaps_are_filled_only_when_asked_and_never_at_the_ends():
    values = steady()
    values[0, :3] = values[0, 15] = values[0, -1] = np.nan
    assert np.isnan(clean(values).values[0, 15])
    filled = clean(values, rules=CleaningRules(gap=True)).values
    assert np.isfinite(filled[0, 3:-1]).all()
    assert np.isnan(filled[0, [0, 1, 2, -1]]).all()
    assert filled[0, 15] == pytest.approx((values[0, 3] + values[0, 27]) / 2)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_each_rule_can_be_switched_off(rule):
    values = steady()
    values[0, 4], values[0, 20], values[0, 25] = -20, 900, np.nan
    days_out, masks = np.zeros((1, 36)), np.zeros((1, 36), dtype=bool)
    days_out[0, 10] = 10
    values[0, 10] = 60
    masks[0, 7] = True
    on = dict.fromkeys(RULES, True)
    assert {item[2] for item in rules_of(clean(values, days_out, DAYS, masks, CleaningRules(**on)))} == set(RULES)
    off = clean(values, days_out, DAYS, masks, CleaningRules(**(on | {rule: False})))
    assert rule not in {item[2] for item in rules_of(off)}


def test_a_reverted_repair_stays_reverted():
    values = steady()
    values[0, 4], values[0, 20] = -20, 900
    cleaned = clean(values, reverted={(0, 20, "outlier"), (None, None, "negative")})
    assert cleaned.values[0, 20] == 900
    assert rules_of(cleaned) == [(0, 4, "negative")]


def test_stock_out_days_need_the_length_of_periods():
    with pytest.raises(ValueError):
        clean(steady(), np.ones((1, 36)))


cells = st.one_of(st.sampled_from([np.nan, -5.0, 0.0, 1e12]), st.floats(0, 100))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(cells, min_size=24, max_size=24), min_size=1, max_size=4),
    st.lists(st.integers(0, 40), min_size=24, max_size=24),
)
def test_every_repair_can_be_taken_back(rows, days_out):
    values = np.array(rows)
    out = np.broadcast_to(np.array(days_out, dtype=float), values.shape)
    cleaned = clean(values, out, np.full(24, 30), out > 38, CleaningRules(gap=True))
    assert not (cleaned.values < 0).any()
    np.testing.assert_array_equal(restore(cleaned), values)
