"""Surprises, drift and models that are left out."""

import importlib.util
from types import SimpleNamespace

import numpy as np
import pytest

from odoo.addons.medical_base.engine import measure
from odoo.addons.medical_demand.engine.panel import Panel
from odoo.addons.medical_forecast.engine import anomaly, drift, forecast, slow


def surprises(actual, expected, errors, kind="smooth"):
    recent = np.full((1, 12), float(errors))
    found = anomaly.surprises(np.array([actual]), np.array([expected]), recent, np.array([kind]))
    return found.kind[0], found.severity[0]


def test_spikes_and_drops():
    assert surprises(170.0, 100.0, 5.0) == ("spike", "medium")
    assert surprises(300.0, 100.0, 5.0) == ("spike", "high")
    assert surprises(20.0, 100.0, 10.0) == ("drop", "medium")
    assert surprises(0.0, 100.0, 18.0) == ("drop", "high")


def test_what_is_no_surprise():
    # Within half of the forecast; within four spreads; a gap in intermittent demand; unknown.
    assert surprises(140.0, 100.0, 1.0) == ("", "")
    assert surprises(250.0, 100.0, 50.0) == ("", "")
    assert surprises(0.0, 60.0, 1.0, "intermittent") == ("", "")
    assert surprises(np.nan, 100.0, 1.0) == ("", "")
    assert surprises(3.0, 1.0, 0.1, "lumpy") == ("", "")


def test_live_error_against_the_promise():
    actual, issued = np.array([10.0, 20.0, 5.0, np.nan]), np.array([12.0, 16.0, 5.0, 1.0])
    found = drift.live(actual, issued, np.array([2.0, 2.0, 1.0, 1.0]), np.array(["smooth", "smooth", "lumpy", "lumpy"]))
    assert [(one.demand_class, one.number) for one in found] == [("lumpy", 1), ("smooth", 2)]
    assert found[1].ratio == pytest.approx(6 / 4)
    assert found[1].signal == pytest.approx(-2 / 4)
    assert found[0].ratio == 0


def _achieved(actual, issued):
    """The figures of the measures: number of forecasts, mean absolute error, WAPE and MAPE."""
    sums = {code: (above[counts], below[counts]) for code, (above, below, counts) in drift.sums(actual, issued).items()}
    error, demand = sums["forecast_error"]
    figures = [
        measure.figure("ratio", measure.Total(sums[code][0].sum(), sums[code][1].sum())).value
        for code in ("forecast_error", "forecast_mape")
    ]
    return SimpleNamespace(
        number=len(error),
        mae=error.mean() if len(error) else np.nan,
        wape=np.nan if figures[0] is None else figures[0],
        mape=np.nan if figures[1] is None else figures[1],
    )


def test_what_was_achieved():
    found = _achieved(np.array([10.0, 20.0, 0.0, np.nan]), np.array([12.0, 15.0, 1.0, 5.0]))
    assert (found.number, found.mae) == (3, pytest.approx(8 / 3))
    assert found.wape == pytest.approx(8 / 30)
    assert found.mape == pytest.approx((0.2 + 0.25) / 2)
    nothing = _achieved(np.zeros(2), np.ones(2))
    assert np.isnan(nothing.wape) and np.isnan(nothing.mape)
    assert _achieved(np.zeros(0), np.zeros(0)).number == 0
    above, below, counts = drift.sums(np.array([10.0, 20.0]), np.array([12.0, 15.0]))["forecast_bias"]
    assert (above.tolist(), below.tolist(), counts.all()) == ([2.0, -5.0], [10.0, 20.0], True)


def test_bursts_are_what_chance_does_not_explain():
    recent, before = np.array([2, 3, 3, 3, 12, 4]), np.array([0, 0, 40, 2, 40, 0])
    share = np.array([0.5, 0.02, 0.5, 0.5, 0.05, np.nan])
    found = anomaly.bursts(recent, before, 30, 365, share)
    assert found.hit.tolist() == [False, True, False, True, True, True]
    assert found.grave.tolist() == [False, False, False, True, False, True]
    assert found.expected[2] == pytest.approx(40.5 * 30 / 365)


def seasonal():
    months = np.arange(60)
    rng = np.random.default_rng(0)
    values = 100 + 2.0 * months + 40 * np.sin(months * np.pi / 6) + rng.normal(0, 5, (8, 60))
    return Panel(tuple(range(8)), values, 12)


def test_models_that_are_left_out_weigh_nothing():
    panel = seasonal()
    without = tuple(name for name in forecast.smoothing.MODELS if name.startswith("trend"))
    result = forecast.forecast(panel, forecast.Settings(left_out=without))
    weights = dict(zip(result.models, result.weights.T, strict=True))
    assert not any(weights[name].any() for name in without)
    np.testing.assert_allclose(result.weights.sum(axis=1), 1.0)
    assert weights["ses_own"].sum() + weights["ses_shrunk"].sum() + weights["ses_shared"].sum() > 4


def test_an_unknown_model_is_refused():
    with pytest.raises(ValueError, match="No such models: magic"):
        forecast.Settings(left_out=("magic",))


@pytest.mark.skipif(importlib.util.find_spec("statsforecast") is not None, reason="statsforecast is here")
def test_the_slow_pass_says_that_its_library_is_missing():
    panel = seasonal()
    settings = forecast.Settings(horizon=6)
    with pytest.raises(slow.Missing):
        slow.admit(panel, forecast.forecast(panel, settings), lambda past: forecast.forecast(past, settings))


def test_the_slow_pass_leaves_rare_demand_alone():
    rng = np.random.default_rng(1)
    panel = Panel(tuple(range(5)), rng.poisson(0.2, (5, 48)).astype(float), 12)
    settings = forecast.Settings(horizon=6)
    result = forecast.forecast(panel, settings)
    same, admitted = slow.admit(panel, result, lambda past: forecast.forecast(past, settings))
    assert same is result
    assert not admitted.any()
