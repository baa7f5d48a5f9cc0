"""Plans for products that begin, end or stand in for others."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from odoo.addons.medical_demand.engine.panel import Panel
from odoo.addons.medical_forecast.engine.forecast import Settings, forecast
from odoo.addons.medical_planning.engine import lifecycle


@pytest.fixture(scope="module")
def plain():
    rng = np.random.default_rng(1)
    values = rng.poisson(50, (3, 36)).astype(float)
    values[1] = np.nan
    return forecast(Panel((0, 1, 2), values, 12), Settings(), np.full(3, 1.5))


def test_a_refused_series_gets_the_launch_alone(plain):
    launch = np.full(12, 20.0)
    found, amounts = lifecycle.apply(plain, [lifecycle.Plan(row=1, launch=launch, band=0.5)], np.full(3, 1.5))
    assert found.keys == (0, 2, 1)
    assert not found.refused
    assert found.mean[2] == pytest.approx(launch)
    assert found.cover_mean[2] == pytest.approx(30.0)
    assert found.cover_sd[2] == pytest.approx(15.0)
    assert found.quantiles[2, 0, list(found.levels).index(0.9)] == pytest.approx(20 + 1.2815515655 * 10, rel=1e-6)
    assert amounts[1] == pytest.approx(launch)
    assert np.array_equal(found.mean[:2], plain.mean)


def test_the_weight_of_own_history_grows(plain):
    launch = np.full(12, 200.0)
    means = [
        lifecycle.apply(plain, [lifecycle.Plan(row=0, launch=launch, own=own, blend=6.0)], np.full(3, 1.5))[0].mean[
            0, 0
        ]
        for own in (0, 6, 60)
    ]
    assert means[0] == pytest.approx(200.0)
    assert means[1] == pytest.approx((200 + plain.mean[0, 0]) / 2)
    assert means[1] > means[2] > plain.mean[0, 0]


def test_what_ends_and_what_is_added_move_everything_alike(plain):
    half = lifecycle.apply(plain, [lifecycle.Plan(row=0, remains=np.full(12, 0.5))], np.full(3, 1.5))[0]
    assert half.mean[0] == pytest.approx(plain.mean[0] / 2)
    assert half.cover_quantiles[0] == pytest.approx(plain.cover_quantiles[0] / 2)
    more = lifecycle.apply(plain, [lifecycle.Plan(row=0, added=np.full(12, 10.0))], np.full(3, 1.5))[0]
    assert more.mean[0] == pytest.approx(plain.mean[0] + 10)
    assert more.cover_mean[0] == pytest.approx(plain.cover_mean[0] + 15)
    assert more.cover_quantiles[0] == pytest.approx(plain.cover_quantiles[0] + 15)
    assert np.array_equal(more.mean[1], plain.mean[1])


def test_last_buy_by_hand():
    assert lifecycle.last_buy(100.0, 20.0, 1.0, 1.0) == pytest.approx(100.0)
    assert lifecycle.last_buy(100.0, 20.0, 1.0, 9.0) == pytest.approx(100 + 1.2815515655 * 20)
    assert lifecycle.last_buy(1.0, 20.0, 9.0, 1.0) == 0.0
    assert replace(lifecycle.Plan(row=0), row=1).launch is None


def test_a_launch_ramps_up_to_its_like_products():
    like = np.array([[100.0, 100, 100, np.nan], [200, 200, 200, 200]])
    plan = np.array([np.nan, np.nan, 7, np.nan])
    curve = lifecycle.launch(like, np.array([-1, 0, 1, 2]), 3, plan)
    np.testing.assert_allclose(curve, [0, 50, 7, 150])
    np.testing.assert_array_equal(lifecycle.launch(np.zeros((0,)), np.array([0, 1]), 0, np.full(2, np.nan)), [0, 0])


def test_what_remains_after_the_end_of_sale():
    starts, lengths = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)], np.array([31, 28, 31])
    sold = lifecycle.before(date(2026, 2, 15), starts, lengths)
    served = lifecycle.before(date(2026, 3, 1), starts, lengths)
    np.testing.assert_allclose(lifecycle.remains(sold, served, 0.1), [1, 0.55, 0])
    np.testing.assert_array_equal(lifecycle.before(False, starts, lengths), [1, 1, 1])


def test_the_demand_to_the_end_goes_on_beyond_the_horizon():
    mean, wide = lifecycle.to_the_end(np.array([50.0, 100]), np.array([50.0, 112.815515655]), 1, 4, 0.5)
    assert (mean, wide) == (pytest.approx(350), pytest.approx(30))
