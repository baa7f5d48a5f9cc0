import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.medical_demand.engine import effects, external
from odoo.addons.medical_demand.engine.effects import Event
from odoo.addons.medical_demand.engine.panel import Panel
from odoo.addons.medical_forecast.engine.forecast import Settings, forecast

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
