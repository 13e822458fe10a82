import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcourse.figures.value_scale import ValueScale

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
    assert scale.ticks == {0: "0", 0.25: "25", 0.5: "50", 0.75: "75", 1: "100"}


def test_numbers_over_orders_of_magnitude_lie_on_a_logarithmic_scale():
    scale = ValueScale([float(one) for one in np.geomspace(1e-4, 1e-1, 10)])
    np.testing.assert_allclose([scale(1e-3), scale(1e-2)], [1 / 3, 2 / 3])
    assert list(scale.ticks.values()) == ["0.0001", "0.001", "0.01", "0.1"]


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
