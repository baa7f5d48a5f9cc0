"""Replay of policies on a company's own products: what changes service, what is known when, the same for everybody."""

import numpy as np
import pytest

from odoo.addons.medical_forecast.engine.forecast import Settings
from odoo.addons.medical_planning.engine.replay import company


def products(values, **changes):
    n, periods = values.shape
    given = {
        "values": values,
        "stockout_days": np.zeros(values.shape),
        "days": np.full(periods, 30.0),
        "season": 12,
        "begin": periods - 12,
        "lead": np.full(n, 14.0),
        "lead_sd": np.full(n, 3.0),
        "shelf_life": np.full(n, np.inf),
        "moq": np.ones(n),
        "multiple": np.zeros(n),
        "rounding": np.ones(n),
        "unit_cost": np.full(n, 4.0),
    }
    return company.Products(**{**given, **changes})


def decides(n, target=0.95, review=7.0, **changes):
    given = {
        "review": np.full(n, review),
        "target": np.full(n, target),
        "target_fill": np.zeros(n, dtype=bool),
        "cap": np.full(n, np.inf),
    }
    return company.PolicySet(**{**given, **changes})


def plain(n, **changes):
    return company.Scenario(**{"demand": np.ones(n), "lead": np.ones(n), **changes})


@pytest.fixture(scope="module")
def history():
    rng = np.random.default_rng(3)
    return rng.poisson(rng.uniform(2, 60, (20, 1)), (20, 42)).astype(float)


@pytest.fixture(scope="module")
def replay(history):
    return company.Replay(products(history), Settings(), replications=4)


@pytest.fixture(scope="module")
def levels(replay):
    return replay.policy_levels(decides(20))


def test_every_unit_of_the_history_is_asked_for(replay, levels, history):
    found = replay.run(*levels, plain(20))
    assert found["demand"] == pytest.approx(history[:, -12:].sum(axis=1))
    assert replay.steps == 360


def test_stress_costs_service_and_stops_hit_only_whom_they_concern(replay, levels):
    base = replay.run(*levels, plain(20))
    harder = replay.run(*levels, plain(20, demand=np.full(20, 1.5)))
    assert harder["demand"].sum() == pytest.approx(1.5 * base["demand"].sum(), rel=0.01)
    assert harder["short"].sum() > base["short"].sum()
    later = replay.run(*levels, plain(20, lead=np.full(20, 2.0)))
    assert later["served"].mean() < base["served"].mean()
    half = np.arange(20) < 10
    stopped = replay.run(*levels, plain(20, stopped=half, stop_days=60))
    assert stopped["served"][half].mean() < base["served"][half].mean()
    assert np.array_equal(stopped["served"][~half], base["served"][~half])
    closed = replay.run(*levels, plain(20, closed=half, close_days=10))
    assert closed["missed"][half].sum() > base["missed"][half].sum()
    assert np.array_equal(closed["missed"][~half], base["missed"][~half])


def test_nothing_is_known_before_it_happened(history):
    """A history that ends differently gives the same rules until then."""
    other = history.copy()
    other[:, -3:] *= 7
    first = company.Replay(products(history), Settings(), replications=2).policy_levels(decides(20))[0]
    second = company.Replay(products(other), Settings(), replications=2).policy_levels(decides(20))[0]
    assert np.array_equal(first[:, : 9 * 30], second[:, : 9 * 30])
    assert not np.array_equal(first[:, 330:], second[:, 330:])


def test_more_service_takes_more_stock(replay, levels):
    low = replay.run(*levels, plain(20))
    high = replay.run(*replay.policy_levels(decides(20, target=0.999)), plain(20))
    assert high["stock"].sum() > low["stock"].sum()
    assert high["served"].mean() >= low["served"].mean()


def test_a_cap_slows_the_rule(history):
    jump = history.copy()
    jump[:, -8:] *= 4
    of = company.Replay(products(jump), Settings(), replications=1)
    free, held = (of.policy_levels(decides(20, cap=np.full(20, cap)))[0] for cap in (np.inf, 0.1))
    assert (held[:, -1] < free[:, -1]).mean() > 0.9
    changes = held[:, 30::30] / np.maximum(held[:, :-30:30], 1.0)
    assert changes.max() <= 1.1 + 1e-9


def test_a_planned_market_is_stocked_for(replay):
    twice = np.full(20, 2.0)
    planned = replay.run(*replay.policy_levels(decides(20), twice), plain(20, demand=twice, known=True))
    surprised = replay.run(*replay.policy_levels(decides(20)), plain(20, demand=twice))
    assert planned["short"].sum() < surprised["short"].sum()


def test_short_lives_expire(history):
    of = company.Replay(products(history[:, :], shelf_life=np.full(20, 20.0)), Settings(), replications=2)
    lasting = company.Replay(products(history), Settings(), replications=2)
    generous = tuple(level * 3 for level in lasting.policy_levels(decides(20)))
    assert lasting.run(*generous, plain(20))["expired"].sum() == 0
    assert of.run(*generous, plain(20))["expired"].sum() > 0


def test_long_lead_times_are_simulated_by_weeks(history):
    of = company.Replay(products(history, lead=np.full(20, 150.0)), Settings(), replications=2)
    assert of.step == 7
    found = of.run(*of.policy_levels(decides(20)), plain(20, lead=np.full(20, 2.0)))
    assert np.isfinite(found["served"]).all()


def test_references_and_classes(replay):
    for name in company.REFERENCES:
        low, high = replay.reference_levels(name, decides(20))
        assert low.shape == (20, replay.steps)
        assert (high > low).all()
    assert set(replay.classes(decides(20))) <= {"smooth", "erratic", "intermittent", "lumpy", "new", "none"}


def test_pooled_figures_by_hand():
    rows = {
        "served": np.array([1.0, 0.9]),
        "fill": np.array([1.0, 0.5]),
        "short": np.array([0.0, 50.0]),
        "demand": np.array([100.0, 100.0]),
        "stock": np.array([10.0, 20.0]),
        "orders": np.array([4.0, 6.0]),
        "expired": np.array([0.0, 5.0]),
        "asked": np.array([50.0, 50.0]),
        "missed": np.array([0.0, 10.0]),
    }
    found = company.pooled(rows, np.array([2.0, 1.0]), np.array([0.5, 0.0]), 0.5, 0.2, 50.0, 1.0)
    assert found["fill_rate"] == pytest.approx(0.75)
    assert found["cycle_service"] == pytest.approx(0.95)
    assert found["worst_service"] == pytest.approx(0.9)
    assert found["stockout_share"] == pytest.approx(0.1)
    assert found["stock_value"] == pytest.approx(40.0)
    assert found["orders"] == pytest.approx(20.0)
    assert found["turnover_days"] == pytest.approx(365.25 * 40 / 600)
    assert found["expired_value"] == pytest.approx(10.0)
    assert found["volume"] == pytest.approx(5.0)
    assert found["cost"] == pytest.approx(0.2 * 40 + 50 * 20 + 100 + 10)


def test_a_shared_target_spends_less_money(history):
    """Dear products get less service and cheap ones more; together they serve about as well with less in stock."""
    cost = np.where(np.arange(20) % 2, 100.0, 1.0)
    of = company.Replay(products(history, unit_cost=cost), Settings(), replications=4)
    alone = of.run(*of.policy_levels(decides(20, target=0.95)), plain(20))
    shared = of.run(*of.policy_levels(decides(20, target=0.95, least=np.full(20, 0.8))), plain(20))
    assert (shared["stock"] * cost).sum() < (alone["stock"] * cost).sum()
    assert shared["served"].mean() > alone["served"].mean() - 0.02
    same = of.run(*of.policy_levels(decides(20, target=0.95, least=np.ones(20))), plain(20))
    assert np.array_equal(same["stock"], alone["stock"])
