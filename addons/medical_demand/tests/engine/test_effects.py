import numpy as np
import pytest

from odoo.addons.medical_demand.engine import effects, holidays
from odoo.addons.medical_demand.engine.effects import Event
from odoo.addons.medical_demand.engine.scores import GRID, at_scores, mixture


def demand(n=30, width=60, seed=0, noise=0.05):
    rng = np.random.default_rng(seed)
    level = rng.uniform(50, 500, n)[:, None]
    season = 1 + 0.25 * np.sin(2 * np.pi * np.arange(width) / 12)
    return level * season * (1 + noise * rng.normal(size=(n, width)))


def event(kind, periods, rows, share=1.0, key=None, **other):
    periods = np.asarray(periods)
    return Event(key or f"{kind}{periods[0]}", kind, np.asarray(rows), periods, np.full(len(periods), share), **other)


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
