import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.medical_forecast.engine import effects, external, holidays
from odoo.addons.medical_forecast.engine.effects import Event
from odoo.addons.medical_forecast.engine.forecast import Settings, forecast
from odoo.addons.medical_forecast.engine.panel import Panel
from odoo.addons.medical_forecast.engine.scores import GRID, at_scores, mixture

HORIZON = 6
SETTINGS = Settings(horizon=HORIZON)


def demand(n=30, width=60, seed=0, noise=0.05):
    rng = np.random.default_rng(seed)
    level = rng.uniform(50, 500, n)[:, None]
    season = 1 + 0.25 * np.sin(2 * np.pi * np.arange(width) / 12)
    return level * season * (1 + noise * rng.normal(size=(n, width)))


def event(kind, periods, rows, share=1.0, key=None, **other):
    periods = np.asarray(periods)
    return Event(key or f"{kind}{periods[0]}", kind, np.asarray(rows), periods, np.full(len(periods), share), **other)


def run(values, events, cover=None):
    cleaned, sizes = effects.clean(values, events, 12)
    result = forecast(Panel(tuple(range(len(values))), cleaned, 12), SETTINGS, cover=cover)
    return (*effects.apply(result, events, sizes, np.array(result.keys)), result)


# Past events


def test_a_planted_promotion_is_recovered():
    values, rows = demand(), np.arange(30)
    past = [event("promotion", [-at], rows) for at in (30, 22, 9)]
    for one in past:
        values[:, one.periods + 59] *= 1.4
    cleaned, sizes = effects.clean(values, past, 12)
    size = sizes["promotion"]
    assert size.records == 90
    np.testing.assert_allclose(size.effect, 0.4, atol=0.08)
    plain = demand()
    touched = np.array([29, 37, 50])
    off = np.abs(cleaned[:, touched] / plain[:, touched] - 1)
    assert off.mean() < 0.03
    untouched = np.setdiff1d(np.arange(60), touched)
    np.testing.assert_array_equal(cleaned[:, untouched], values[:, untouched])


def test_a_series_that_reacts_differently_has_its_own_size():
    values, rows = demand(noise=0.02), np.arange(30)
    past = [event("promotion", [-at], rows) for at in (45, 40, 34, 28, 22, 15, 9, 4)]
    for one in past:
        values[:29, one.periods + 59] *= 1.2
        values[29, one.periods + 59] *= 2.0
    _cleaned, sizes = effects.clean(values, past, 12)
    assert 0.6 < sizes["promotion"].effect[29] < 1.0
    assert sizes["promotion"].effect[:29].mean() == pytest.approx(0.2, abs=0.06)


def test_recalls_are_masked():
    values = demand(4)
    cleaned, sizes = effects.clean(values, [event("recall", [-3, -2], [1])], 12)
    assert np.isnan(cleaned[1, [56, 57]]).all()
    assert np.isnan(cleaned).sum() == 2
    assert sizes == {}


def test_an_event_of_unknown_size_is_masked_and_a_given_one_divided_out():
    values = demand(4)
    cleaned, _sizes = effects.clean(values, [event("golive", [-5], [0])], 12)
    assert np.isnan(cleaned[0, 54])
    cleaned, _sizes = effects.clean(values, [event("golive", [-5], [0], percent=0.25)], 12)
    assert cleaned[0, 54] == pytest.approx(values[0, 54] / 1.25)
    cleaned, _sizes = effects.clean(values, [event("tender", [-5, -4], [0], units=20.0)], 12)
    np.testing.assert_allclose(cleaned[0, 54:56], np.maximum(values[0, 54:56] - 10, 0))


def test_without_events_nothing_changes():
    values = demand(5)
    moved, applied, result = run(values, [])
    assert moved is result
    assert applied.amounts == {}
    np.testing.assert_array_equal(effects.clean(values, [], 12)[0], values)


# Future events


def test_a_certain_event_moves_everything_by_its_size():
    values = demand(6)
    moved, applied, base = run(values, [event("promotion", [2], [0, 3], percent=0.5, key="x")], cover=3.0)
    np.testing.assert_allclose(moved.mean[0, 1], base.mean[0, 1] * 1.5)
    np.testing.assert_allclose(moved.mean[:, 2:], base.mean[:, 2:])
    np.testing.assert_array_equal(moved.mean[1], base.mean[1])
    np.testing.assert_allclose(moved.quantiles[0, 1], base.quantiles[0, 1] * 1.5, rtol=0.02)
    rows, added = applied.amounts["x"]
    assert rows.tolist() == [0, 3]
    np.testing.assert_allclose(moved.mean[rows], base.mean[rows] + added)
    np.testing.assert_allclose(moved.cover_mean[0] - base.cover_mean[0], base.mean[0, 1] * 0.5)
    assert (moved.cover_quantiles[0] > base.cover_quantiles[0]).all()
    np.testing.assert_array_equal(moved.cover_quantiles[1], base.cover_quantiles[1])


def test_a_tender_that_may_be_lost_has_two_futures():
    values = demand(3, noise=0.02)
    moved, _applied, base = run(values, [event("tender", [1], [0], units=1000.0, probability=0.3)])
    assert moved.mean[0, 0] == pytest.approx(base.mean[0, 0] + 300)
    low, high = base.levels.index(0.5), base.levels.index(0.9)
    assert moved.quantiles[0, 0, low] == pytest.approx(base.quantiles[0, 0, low], rel=0.1)
    assert moved.quantiles[0, 0, high] == pytest.approx(base.quantiles[0, 0, low] + 1000, rel=0.1)


def test_a_recall_ahead_forecasts_nothing_by_itself():
    values = demand(3)
    moved, _applied, base = run(values, [event("recall", [1], [0], percent=-0.5)])
    np.testing.assert_array_equal(moved.mean, base.mean)


def test_an_uncertain_size_widens_the_band():
    values, rows = demand(noise=0.3), np.arange(30)
    events = [event("promotion", [-at], rows[:4]) for at in (30, 20, 9)] + [event("promotion", [1], rows, key="next")]
    for one in events[:3]:
        values[:4, one.periods + 59] *= 1.5
    moved, _applied, base = run(values, events)
    spread = moved.quantiles[:, 0, -2] - moved.quantiles[:, 0, 1]
    assert (spread >= 0.99 * (base.quantiles[:, 0, -2] - base.quantiles[:, 0, 1])).all()
    assert (
        spread > 1.05 * moved.mean[:, 0] / base.mean[:, 0] * (base.quantiles[:, 0, -2] - base.quantiles[:, 0, 1])
    ).any()


@settings(max_examples=40, deadline=None)
@given(
    percent=st.one_of(st.just(np.nan), st.floats(-3, 50)),
    units=st.floats(-1e6, 1e6),
    probability=st.floats(0, 1),
    periods=st.lists(st.integers(-60, 12), min_size=1, max_size=6, unique=True),
    share=st.floats(-1, 1),
    kind=st.sampled_from(["promotion", "recall", "golive"]),
    zeros=st.booleans(),
)
def test_never_a_nan_nor_a_negative(percent, units, probability, periods, share, kind, zeros):
    values = np.zeros((3, 40)) if zeros else demand(3, 40)
    one = event(kind, periods, [0, 2], share, percent=percent, units=units, probability=probability)
    moved, _applied, _base = run(values, [one], cover=2.5)
    for name in ("mean", "quantiles", "cover_mean", "cover_quantiles"):
        found = getattr(moved, name)
        assert np.isfinite(found).all() and (found >= 0).all(), name
    assert (np.diff(moved.quantiles, axis=2) >= -1e-9).all()


def test_mixture_of_equals_is_the_same():
    levels = (0.1, 0.5, 0.9, 0.99)
    quantiles = np.array([[1.0, 4.0, 8.0, 12.0]])
    grid = at_scores(levels, quantiles, GRID)
    np.testing.assert_allclose(mixture(np.stack([grid, grid], axis=1), [0.3, 0.7], levels), quantiles, rtol=0.04)


# Holidays


def months(first, count):
    starts = np.arange(np.datetime64(first, "M"), np.datetime64(first, "M") + count)
    return starts.astype("datetime64[D]"), (starts + 1).astype("datetime64[D]") - 1


def test_chinese_new_year_moves_and_new_year_does_not():
    starts, ends = months("2018-01", 84)
    found = {one.kind: one for one in holidays.events("cn", starts, ends, 12, 72, np.arange(3))}
    spring = found["holiday:Chinese New Year"]
    assert "holiday:New Year's Day" not in found
    columns = spring.periods + 71
    assert set(columns % 12) <= {0, 1}
    year = {int(column): share for column, share in zip(columns, spring.shares, strict=True)}
    assert year[12 * 2] > 0.1, "January 2020 had it"
    assert year[12 * 2 + 1] < -0.05, "February 2020 had less than usual"
    assert (spring.periods > 0).any(), "the years to come are known"


def test_an_unknown_country_is_named():
    with pytest.raises(holidays.UnknownCountry, match="Atlantis"):
        holidays.check("Atlantis")


def planted(strength):
    starts, ends = months("2018-01", 84)
    values = demand(40, 72, seed=4, noise=0.03)
    events = holidays.events("CN", starts, ends, 12, 72, np.arange(40))
    spring = next(one for one in events if one.kind == "holiday:Chinese New Year")
    past = spring.periods <= 0
    values[:, spring.periods[past] + 71] *= 1 + strength * spring.shares[past]
    return values, events


def test_a_holiday_that_matters_is_used():
    values, events = planted(-1.5)
    kept = effects.admitted(values, events, 12)
    assert {one.kind for one in kept} == {"holiday:Chinese New Year"}
    _cleaned, sizes = effects.clean(values, kept, 12)
    assert sizes["holiday:Chinese New Year"].effect.mean() == pytest.approx(-0.95, abs=0.01), "held to what is possible"


def test_a_holiday_that_does_not_matter_is_left_out():
    values, events = planted(0.0)
    assert effects.admitted(values, events, 12) == []


def test_days_off_in_lieu_belong_to_their_holiday():
    starts, ends = months("2023-01", 12)
    lost = holidays.working_days_lost("CN", starts, ends)
    assert lost["Chinese New Year"][0] == 5
    assert "Day off" not in lost


# External series


def driven(strength, lag=3, seed=2):
    rng = np.random.default_rng(seed)
    index = 100 + np.cumsum(rng.normal(0, 6, 90))
    values = rng.uniform(50, 200, 25)[:, None] * (1 + 0.02 * rng.normal(size=(25, 72)))
    shifted = index[12 - lag : 12 - lag + 72]
    values = values * (1 + strength * (shifted / shifted.mean() - 1))
    return Panel(tuple(range(25)), values, 12), index[12:]


def drive(panel, series):
    return external.drivers(panel, series, lambda past: forecast(past, SETTINGS), HORIZON)


def test_a_series_that_drives_demand_is_found_with_its_lag():
    panel, index = driven(2.0)
    found, others = drive(panel, [external.Series("beds", index[:72], 72, np.arange(25))])
    assert not others
    (driver,) = found
    assert driver.lag in (2, 3, 4)
    assert driver.slope > 0.5
    assert driver.gain > 0.02
    assert driver.carried, "a lag of 3 reaches only 3 of 6 periods ahead"
    result = forecast(panel, SETTINGS)
    moved, amounts = external.apply(result, found, np.array(result.keys))
    np.testing.assert_allclose(moved.mean, result.mean * driver.factors)
    np.testing.assert_allclose(amounts["beds"][1], moved.mean - result.mean)


def test_a_useless_series_is_refused():
    panel, _index = driven(0.0)
    noise = 100 + np.random.default_rng(9).normal(0, 10, 72)
    found, others = drive(panel, [external.Series("noise", noise, 72, np.arange(25))])
    assert found == []
    assert set(others) == {"noise"}


def test_a_constant_or_short_series_is_refused():
    panel, _index = driven(0.0)
    series = [
        external.Series("constant", np.full(72, 5.0), 72, np.arange(25)),
        external.Series("empty", np.full(72, np.nan), 72, np.arange(25)),
        external.Series("zero", np.zeros(72), 72, np.arange(25)),
    ]
    found, others = drive(panel, series)
    assert found == []
    assert set(others) == {"constant", "empty", "zero"}
