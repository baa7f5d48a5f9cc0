import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.medical_forecast.engine import reconcile


def test_levels_are_sums_of_their_members():
    hierarchy = reconcile.levels({"all": ["x"] * 3, "site": ["n", "s", "n"], "some": [None, "k", None]})
    assert hierarchy.keys == (("all", "x"), ("site", "n"), ("site", "s"), ("some", "k"))
    values = np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]])
    assert hierarchy.sums(values).tolist() == [[111, 222], [101, 202], [10, 20], [10, 20]]


def test_a_level_begins_with_its_first_member():
    hierarchy = reconcile.levels({"all": ["x", "x"]})
    found = hierarchy.histories(np.array([[np.nan, 1.0, np.nan], [np.nan, np.nan, 5.0]]))
    np.testing.assert_array_equal(found, [[np.nan, 1.0, 5.0]])


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(st.lists(st.floats(0, 1e6), min_size=3, max_size=3), min_size=1, max_size=5),
    total=st.lists(st.floats(0, 1e6), min_size=3, max_size=3),
)
def test_parts_add_up(parts, total):
    shared = reconcile.share_out(np.array(parts), np.array(total))
    assert (shared >= 0).all()
    np.testing.assert_allclose(shared.sum(axis=0), total, rtol=1e-9, atol=1e-9)


def test_parts_keep_their_proportion_and_share_evenly_without_any():
    shared = reconcile.share_out(np.array([[1.0, 0.0], [3.0, 0.0]]), np.array([8.0, 4.0]))
    assert shared.tolist() == [[2, 1], [6, 3]]
    assert reconcile.share_out(np.zeros((2, 1)), np.array([6.0])).tolist() == [[3], [3]]


def test_a_band_moves_with_its_mean():
    quantiles = np.array([[[5.0, 10.0, 20.0]]])
    assert reconcile.around(quantiles, np.array([[10.0]]), np.array([[20.0]])).tolist() == [[[10, 20, 40]]]
    assert reconcile.around(quantiles, np.array([[0.0]]), np.array([[20.0]])).tolist() == [[[0, 0, 0]]]


def steady(values):
    """A forecast for tests: twice the mean, the band a tenth each side; rows without demand cannot be forecast."""
    rows = np.flatnonzero(np.nansum(values, axis=1) > 0)
    mean = np.repeat(2 * np.nanmean(values[rows], axis=1)[:, None], 2, axis=1)
    return rows, np.stack([mean, 0.9 * mean, 1.1 * mean], axis=2)


def test_the_band_of_a_sum_is_its_own_and_that_of_one_member_its_own_too():
    figures = np.array([[[10.0, 5, 15]] * 2, [[20.0, 5, 35]] * 2, [[5.0, 4, 6]] * 2])
    keys, total = reconcile.summed({"site": ["n", "n", "s"]}, figures, np.ones((3, 4)), steady)
    assert keys == (("site", "n"), ("site", "s"))
    np.testing.assert_allclose(total[0, 0], [30, 27, 33])
    np.testing.assert_allclose(total[1, 0], [5, 4, 6])


def test_parts_add_up_to_their_series():
    figures = np.array([[[10.0, 5, 15], [20.0, 10, 30]]])
    found = reconcile.parts(np.array([[1.0] * 4, [3.0] * 4, [0.0] * 4]), [(0, "by")] * 3, figures, steady)
    np.testing.assert_allclose(found[:, :, 0], [[2.5, 5], [7.5, 15], [0, 0]])
    np.testing.assert_allclose(found[0, 0], [2.5, 2.25, 2.75])
