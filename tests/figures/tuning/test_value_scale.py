import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcourse.figures.tuning.parallel_coordinates import ValueScale

VALUES = st.lists(
    st.none()
    | st.booleans()
    | st.integers(-1000, 1000)
    | st.floats(-1e9, 1e9)
    | st.text(max_size=5),
    min_size=1,
    max_size=20,
)


@given(VALUES)
def test_each_value_has_a_place_on_the_axis(values):
    scale = ValueScale(values)
    places = [scale(value) for value in values]
    assert all(0 <= place <= 1 for place in places)
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in scale.ticks)


def test_a_few_numbers_get_evenly_spaced_places_in_their_order():
    scale = ValueScale([1e-2, 1e-4, 1e-3, 1e-2])
    assert [scale(value) for value in (1e-4, 1e-3, 1e-2)] == [0, 0.5, 1]
    assert list(scale.ticks.values()) == ["0.0001", "0.001", "0.01"]


def test_many_numbers_lie_on_a_scale():
    scale = ValueScale(list(range(0, 101, 10)))
    np.testing.assert_allclose([scale(value) for value in (0, 30, 100)], [0, 0.3, 1])
    assert scale.ticks == {k / 5: str(20 * k) for k in range(6)}


def test_numbers_over_orders_of_magnitude_lie_on_a_logarithmic_scale():
    scale = ValueScale([float(one) for one in np.geomspace(1e-4, 1e-1, 10)])
    np.testing.assert_allclose([scale(1e-3), scale(1e-2)], [1 / 3, 2 / 3])
    assert list(scale.ticks.values()) == ["0.0001", "0.001", "0.01", "0.1"]


def test_ticks_of_a_scale_are_round_numbers_within_it():
    assert list(ValueScale(range(32, 513, 32)).ticks.values()) == [
        "100",
        "200",
        "300",
        "400",
        "500",
    ]
    sizes = [2**k for k in range(4, 11)]
    assert list(ValueScale(sizes).ticks.values()) == ["20", "50", "100", "200", "500", "1000"]


@given(st.lists(st.floats(1e-12, 1e12), min_size=7, max_size=20, unique=True))
def test_a_scale_has_at_least_two_ticks_and_no_more_than_there_is_room_for(values):
    scale = ValueScale(values)
    if max(values) > 1.01 * min(values):
        assert 2 <= len(scale.ticks) <= 12
    for value, place in zip(sorted(values), sorted(map(scale, values)), strict=True):
        assert scale(value) == place


def test_of_many_texts_some_have_a_label():
    names = [f"kind {k}" for k in range(40)]
    scale = ValueScale(names)
    assert len(scale.ticks) == 10
    assert all(scale(label) == place for place, label in scale.ticks.items())


def test_lists_numpy_s_numbers_and_what_is_not_finite_have_places():
    scale = ValueScale([[64, 64], np.int64(3), np.float32(0.5), np.nan, np.True_, 3])
    assert scale(3) == scale(np.int64(3))
    assert list(scale.ticks.values()) == ["[64, 64]", "3", "0.5", "nan", "True"]


def test_true_is_not_one():
    scale = ValueScale([True, 1, "1"])
    assert len({scale(True), scale(1), scale("1")}) == 3


def test_trials_without_the_hyperparameter_have_a_place_of_their_own():
    scale = ValueScale([0.1, None, 0.2])
    assert scale(None) == 0
    assert scale.ticks[0] == "none"
    assert min(scale(0.1), scale(0.2)) > 0.1


@pytest.mark.parametrize("value", [3, "adam", True, 0.5])
def test_a_value_that_never_changes_is_in_the_middle(value):
    scale = ValueScale([value, value])
    assert scale(value) == 0.5
    assert list(scale.ticks.values()) == [str(value)]
