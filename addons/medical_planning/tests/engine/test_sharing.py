from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.medical_demand.engine.scores import normal_quantiles
from odoo.addons.medical_forecast.engine import counts
from odoo.addons.medical_planning.engine.policy import PolicyInput, decide, service_at
from odoo.addons.medical_planning.engine.sharing import least_service, shared_targets

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.98, 0.99, 0.995)


def normal(mean, sd, **other):
    mean, sd = np.asarray(mean, dtype=float), np.asarray(sd, dtype=float)
    quantiles = np.maximum(mean[:, None] + sd[:, None] * normal_quantiles(LEVELS), 0.0)
    given = {"rate": mean / 3, "review": 1.0, "target": 0.95, "rounding": 0.0}
    return PolicyInput(cover_mean=mean, cover_sd=sd, cover_levels=LEVELS, cover_quantiles=quantiles, **(given | other))


def stock(inp, targets):
    result = decide(replace(inp, target=targets))
    grid = np.random.default_rng(0).normal(size=20_000)
    left = np.maximum(
        result.new_min[:, None] - np.maximum(inp.cover_mean[:, None] + inp.cover_sd[:, None] * grid, 0), 0
    )
    return left.mean(axis=1)


def test_two_products_agree_with_the_best_of_all_pairs():
    inp = normal([300.0, 3000.0], [10.0, 400.0])
    shared = shared_targets(inp, 0.85)
    assert shared.mean() == pytest.approx(0.95, abs=2e-3)
    small = np.linspace(0.9, 0.975, 300)
    totals = [stock(inp, np.array([one, 1.9 - one])).sum() for one in small]
    assert stock(inp, shared).sum() <= 1.005 * min(totals)
    assert stock(inp, shared).sum() < 0.9 * stock(inp, inp.target).sum()


def test_the_target_is_reached_by_every_group():
    rng = np.random.default_rng(1)
    groups = np.repeat(["lumpy", "smooth"], 200)
    inp = normal(rng.uniform(200, 5000, 400), rng.uniform(10, 50, 400), target=np.where(groups == "lumpy", 0.9, 0.97))
    shared = shared_targets(inp, np.where(groups == "lumpy", 0.7, 0.9), groups=groups, apart=0.0)
    assert shared[:200].mean() == pytest.approx(0.9, abs=2e-3)
    assert shared[200:].mean() == pytest.approx(0.97, abs=2e-3)
    assert shared[:200].min() >= 0.7 - 1e-9 and shared[200:].min() >= 0.9 - 1e-9
    assert stock(inp, shared).sum() < stock(inp, inp.target).sum()


def test_a_group_may_fall_a_little_short_where_another_makes_it_up():
    rng = np.random.default_rng(1)
    groups = np.repeat(["erratic", "smooth"], 200)
    inp = normal(rng.uniform(200, 5000, 400), np.where(groups == "smooth", 30.0, 900.0))
    alone, near, free = (shared_targets(inp, 0.85, groups=groups, apart=apart) for apart in (0.0, 0.2, 9.0))
    for shared in (alone, near, free):
        assert shared.mean() == pytest.approx(0.95, abs=2e-3)
    assert alone[:200].mean() == pytest.approx(0.95, abs=2e-3)
    assert near[:200].mean() == pytest.approx(0.94, abs=2e-3)
    assert free[:200].mean() < 0.93
    assert stock(inp, free).sum() < stock(inp, near).sum() < stock(inp, alone).sum()


def test_what_is_dear_gets_less():
    inp = normal([300.0] * 2, [60.0] * 2)
    cheap, dear = shared_targets(inp, 0.85, weight=np.array([1.0, 20.0]))
    assert dear < 0.95 < cheap


def test_a_floor_at_the_target_changes_nothing():
    inp = normal([300.0, 30.0], [60.0, 20.0])
    np.testing.assert_array_equal(shared_targets(inp, 0.95), inp.target)


def test_a_product_alone_keeps_its_target():
    inp = normal([300.0], [60.0])
    assert shared_targets(inp, 0.5)[0] == pytest.approx(0.95, abs=3e-3)
    assert shared_targets(inp, 0.5)[0] >= 0.95


def test_a_fill_rate_is_shared_by_demand():
    inp = normal([300.0, 3000.0], [100.0, 400.0], target_fill=True, target=0.97)
    shared = shared_targets(inp, 0.9)
    fill = decide(replace(inp, target=shared)).expected_fill_rate
    assert fill @ inp.rate / inp.rate.sum() == pytest.approx(0.97, abs=2e-3)
    assert stock(inp, shared).sum() <= stock(inp, inp.target).sum()


def test_whole_units_are_counted_as_what_they_reach():
    rng = np.random.default_rng(2)
    mean = rng.uniform(0.2, 3, 300)
    quantiles = counts.quantiles(mean, 1.5 * mean, np.exp(-mean), np.ones(300, dtype=bool), LEVELS)
    inp = PolicyInput(
        cover_mean=mean,
        cover_sd=np.sqrt(1.5 * mean),
        cover_levels=LEVELS,
        cover_quantiles=quantiles,
        rate=mean / 3,
        review=1.0,
        target=0.95,
        counted=True,
    )
    single, shared = decide(inp), decide(replace(inp, target=shared_targets(inp, 0.85)))
    reached = service_at(inp, shared.new_min)[0]
    # Each for itself, whole units carry all of them over the target.
    assert service_at(inp, single.new_min)[0].mean() > 0.96
    assert reached.mean() == pytest.approx(0.95, abs=4e-3)
    assert shared.new_min.sum() < single.new_min.sum()


def test_no_demand_and_no_series():
    inp = normal([0.0, 300.0], [0.0, 60.0])
    assert shared_targets(inp, 0.85)[0] == 0.95
    assert len(shared_targets(inp.rows(slice(0, 0)), 0.85)) == 0


def test_least_service():
    assert least_service(0.95) == pytest.approx(0.85)
    assert least_service(0.6) == 0


@settings(max_examples=60, deadline=None)
@given(
    mean=st.lists(st.floats(0, 1e6), min_size=1, max_size=8),
    spread=st.floats(0, 3),
    floor=st.floats(0, 1),
    target=st.floats(0.5, 0.999),
    fill=st.booleans(),
    rounding=st.sampled_from([0.0, 1.0]),
    weight=st.sampled_from([0.0, 1.0, 1e9]),
)
def test_any_input_gives_sound_targets(mean, spread, floor, target, fill, rounding, weight):
    inp = normal(mean, spread * np.array(mean), target=target, target_fill=fill, rounding=rounding)
    shared = shared_targets(inp, floor, weight)
    assert ((shared > 0) & (shared < 1)).all()
    assert (shared >= min(floor, target) - 1e-9).all()
    decide(replace(inp, target=shared))
