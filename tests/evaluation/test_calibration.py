import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcourse.evaluation import calibration


def with_confidence(sure):
    """Probabilities of three classes, the first the likeliest with these probabilities."""
    sure = np.asarray(sure, float)
    return np.stack([sure, (1 - sure) * 0.6, (1 - sure) * 0.4], axis=1)


def test_the_error_is_the_weighted_gap_between_sure_and_right():
    found = calibration([0, 0, 0, 1, 1, 1, 0, 0, 0, 1], with_confidence([0.9] * 6 + [0.7] * 4))
    assert found.count.tolist() == [0, 0, 0, 0, 0, 0, 4, 0, 6, 0]
    np.testing.assert_allclose(found.confidence[[6, 8]], [0.7, 0.9])
    np.testing.assert_allclose(found.accuracy[[6, 8]], [0.75, 0.5])
    assert found.error == pytest.approx(0.6 * abs(0.5 - 0.9) + 0.4 * abs(0.75 - 0.7))
    assert np.isnan(found.confidence[0]) and np.isnan(found.accuracy[0])


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 60), bins=st.integers(1, 15), seed=st.integers(0, 2**32 - 1))
def test_each_bin_is_what_a_loop_over_the_bins_finds(n, bins, seed):
    rng = np.random.default_rng(seed)
    predictions, y = rng.dirichlet(np.ones(4), n), rng.integers(0, 4, n)
    found, error = calibration(y, predictions, bins), 0
    for k in range(bins):
        inside = [p for p in range(n) if k / bins < predictions[p].max() <= (k + 1) / bins]
        assert found.count[k] == len(inside)
        if inside:
            sure = np.mean([predictions[p].max() for p in inside])
            right = np.mean([predictions[p].argmax() == y[p] for p in inside])
            np.testing.assert_allclose([found.confidence[k], found.accuracy[k]], [sure, right])
            error += len(inside) / n * abs(sure - right)
    assert found.error == pytest.approx(error)
    assert calibration(np.eye(4)[y], predictions, bins).error == found.error


def test_answers_that_are_as_often_right_as_they_are_sure_have_no_error():
    found = calibration([0] * 6 + [1, 2], with_confidence([0.75] * 8))
    assert found.error == pytest.approx(0)
    assert calibration([0, 1, 2], np.eye(3)).error == 0
    assert calibration([1, 2, 0], np.eye(3)).error == 1


def test_the_second_of_two_classes_has_its_own_confidence():
    found = calibration([0, 0], [0.2, 0.8], bins=2)
    assert found.count.tolist() == [0, 2]
    np.testing.assert_allclose([found.confidence[1], found.accuracy[1]], [0.8, 0.5])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_precision_of_half_floats_is_enough(dtype):
    found = calibration([0, 1, 2, 3], np.full((4, 10), 0.1, dtype))
    assert found.error == pytest.approx(0.25 - 0.1, abs=1e-3)


@pytest.mark.parametrize(
    ("predictions", "bins", "message"),
    [
        ([0, 1], 10, "y_pred must be probabilities. Got class labels instead."),
        ([[3.0, -1.0], [0.0, 1.0]], 10, "each row of y_pred must be probabilities with the"),
        ([[0.9, 0.9], [0.0, 1.0]], 10, r"sum 1\. Got values from 0 on and sums from 1 to 1\.8"),
        ([[0.9, 0.1]], 10, "y_true and y_pred must have the same length. Got 2 and 1 instead."),
        ([[0.9, 0.1], [0.5, 0.5]], 0, "bins must be a whole number of at least 1. Got 0"),
    ],
)
def test_what_is_no_probability_is_refused(predictions, bins, message):
    with pytest.raises(ValueError, match=message):
        calibration([0, 1], predictions, bins)
