"""Classes with a band around their limits, and demand that turns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.medical_planning.engine import cells, turns


def test_value_classes_by_hand():
    classes, ahead = cells.by_value([10, 800, 150, 40, 0], [""] * 5)
    assert classes.tolist() == ["C", "A", "B", "C", "C"]
    assert ahead.tolist()[:4] == [99.0, 0.0, 80.0, 95.0]


def test_the_band_holds_and_lets_go():
    value = [77, 10, 13]
    assert cells.by_value(value, ["A", "B", "A"])[0].tolist() == ["A", "B", "A"]
    assert cells.by_value(value, ["A", "A", "A"], band=5.0)[0].tolist() == ["A", "B", "A"]
    assert cells.by_variation(np.array([0.55, 0.65, np.nan]), ["X", "X", "X"]).tolist() == ["X", "Y", "Z"]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30))
def test_a_second_look_moves_nothing(value):
    first, _ahead = cells.by_value(value, [""] * len(value))
    assert cells.by_value(value, first)[0].tolist() == first.tolist()


def test_variation_by_hand():
    found = cells.variation(np.array([[2.0, 4.0, 6.0], [np.nan, np.nan, 1.0], [0.0, 0.0, 0.0]]))
    assert found[0] == 0.5
    assert np.isnan(found[1:]).all()


def test_surges_and_declines_by_hand():
    recent = np.tile([1.0, -1.0], (3, 6))
    recent[:, -1] = [-300.0, -300.0, -1.0]
    found = turns.surges(
        np.array([400.0, 400.0, 101.0]), np.full(3, 100.0), recent, np.array(["smooth"] * 3), np.array([0.5, 0, 0.5])
    )
    assert found.tolist() == [1.5, 1.0, 1.0]
    actual = np.array(
        [[100, 50, 55, 60.0], [100, 50, 90, 60], [100, 50, 55, 60], [100, 1, 1, 1], [100, np.nan, 50, 50]]
    )
    expected = np.full(actual.shape, 100.0)
    classes = np.array(["smooth", "smooth", "lumpy", "smooth", "smooth"])
    assert turns.declines(actual, expected, classes, np.full(5, 3)).tolist() == [0.8, 0.8, 1.0, 0.505, 1.0]
    assert turns.declines(actual, expected, classes, np.zeros(5, dtype=int)).tolist() == [1.0] * 5
