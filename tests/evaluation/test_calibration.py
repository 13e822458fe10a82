"""Calibration of predictions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcourse.evaluation import calibration


def with_confidence(confidence):
    """Return probabilities of three classes; the first class has the given confidence."""
    confidence = np.asarray(confidence, float)
    others = 1 - confidence
    return np.stack([confidence, others * 0.6, others * 0.4], axis=1)


def test_the_error_is_the_weighted_gap_between_confidence_and_accuracy():
    found = calibration([0, 0, 0, 1, 1, 1, 0, 0, 0, 1], with_confidence([0.9] * 6 + [0.7] * 4))
    assert found.n_examples.tolist() == [0, 0, 0, 0, 0, 0, 4, 0, 6, 0]
    np.testing.assert_allclose(found.confidence[[6, 8]], [0.7, 0.9])
    np.testing.assert_allclose(found.accuracy[[6, 8]], [0.75, 0.5])
    assert found.error == pytest.approx(0.6 * abs(0.5 - 0.9) + 0.4 * abs(0.75 - 0.7))
    assert np.isnan(found.confidence[0]) and np.isnan(found.accuracy[0])


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 60), n_bins=st.integers(1, 15), seed=st.integers(0, 2**32 - 1))
def test_each_bin_agrees_with_a_loop_over_the_bins(n, n_bins, seed):
    rng = np.random.default_rng(seed)
    predictions, y = rng.dirichlet(np.ones(4), n), rng.integers(0, 4, n)
    found, error = calibration(y, predictions, n_bins), 0
    for k in range(n_bins):
        inside = [p for p in range(n) if k / n_bins < predictions[p].max() <= (k + 1) / n_bins]
        assert found.n_examples[k] == len(inside)
        if inside:
            confidence = np.mean([predictions[p].max() for p in inside])
            accuracy = np.mean([predictions[p].argmax() == y[p] for p in inside])
            np.testing.assert_allclose(found.confidence[k], confidence)
            np.testing.assert_allclose(found.accuracy[k], accuracy)
            error += len(inside) / n * abs(confidence - accuracy)
    assert found.error == pytest.approx(error)
    assert calibration(np.eye(4)[y], predictions, n_bins).error == found.error


def test_well_calibrated_predictions_have_error_0():
    found = calibration([0] * 6 + [1, 2], with_confidence([0.75] * 8))
    assert found.error == pytest.approx(0)
    assert calibration([0, 1, 2], np.eye(3)).error == 0
    assert calibration([1, 2, 0], np.eye(3)).error == 1


def test_the_second_of_two_classes_has_its_own_confidence():
    found = calibration([0, 0], [0.2, 0.8], n_bins=2)
    assert found.n_examples.tolist() == [0, 2]
    np.testing.assert_allclose([found.confidence[1], found.accuracy[1]], [0.8, 0.5])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_precision_of_half_floats_is_enough(dtype):
    found = calibration([0, 1, 2, 3], np.full((4, 10), 0.1, dtype))
    assert found.error == pytest.approx(0.25 - 0.1, abs=1e-3)


@pytest.mark.parametrize(
    ("predictions", "n_bins", "message"),
    [
        ([0, 1], 10, "y_pred must be probabilities. Got class labels instead."),
        ([[3.0, -1.0], [0.0, 1.0]], 10, "each row of y_pred must be probabilities with the"),
        ([[0.9, 0.9], [0.0, 1.0]], 10, r"sum 1\. Got values of at least 0 and sums from 1 to 1\.8"),
        ([[0.9, 0.1]], 10, "y_true and y_pred must have the same length. Got 2 and 1 instead."),
        ([[0.9, 0.1], [0.5, 0.5]], 0, "n_bins must be a whole number of at least 1. Got 0"),
    ],
)
def test_invalid_probabilities_raise(predictions, n_bins, message):
    with pytest.raises(ValueError, match=message):
        calibration([0, 1], predictions, n_bins)
