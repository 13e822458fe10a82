"""The confusion matrix, compared with a loop and scikit-learn."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from mlcourse.evaluation import accuracy, confusion_matrix, misclassified, most_confused

few = settings(max_examples=25, deadline=None)
sizes, seeds = st.integers(1, 30), st.integers(0, 2**32 - 1)


@few
@given(n=sizes, classes=st.integers(2, 6), seed=seeds)
def test_rows_are_true_and_columns_predicted_classes(n, classes, seed):
    rng = np.random.default_rng(seed)
    predictions, y = rng.dirichlet(np.ones(classes), n), rng.integers(0, classes, n)
    predicted_classes = predictions.argmax(axis=1)
    expected = np.zeros((classes, classes), int)
    for true, predicted in zip(y, predicted_classes, strict=True):
        expected[true, predicted] += 1
    labels = range(classes)
    np.testing.assert_array_equal(
        metrics.confusion_matrix(y, predicted_classes, labels=labels), expected
    )
    for same in (y, y.reshape(n, 1), np.eye(classes)[y], y.astype("uint8"), y.tolist()):
        found = confusion_matrix(same, predictions)
        np.testing.assert_array_equal(found, expected)
        assert found.dtype.kind == "i"
        np.testing.assert_array_equal(confusion_matrix(same, predicted_classes, classes), expected)
    assert np.trace(found) / n == pytest.approx(accuracy(y, predictions))


@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_a_single_probability_is_that_of_the_second_class(shape):
    found = confusion_matrix([0, 1, 0], np.reshape([0.2, 0.9, 0.7], shape))
    assert found.tolist() == [[1, 1], [0, 1]]


def test_the_largest_integer_label_determines_the_number_of_classes():
    assert confusion_matrix([0, 1], [0, 0]).tolist() == [[1, 0], [1, 0]]
    assert confusion_matrix([0, 1], [0, 2]).tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert confusion_matrix([0, 0], [0, 0]).tolist() == [[2, 0], [0, 0]]
    assert confusion_matrix([0, 0], np.full((2, 3), 1 / 3)).shape == (3, 3)
    assert confusion_matrix([0, 1], np.array([0, 1], "uint8"), 4).shape == (4, 4)


def test_integer_labels_are_predictions_for_other_metrics_too():
    assert accuracy([0, 2, 1, 1], [0, 2, 1, 2]) == 0.75
    assert misclassified([0, 2, 1, 1], [0, 2, 1, 2]).tolist() == [3]


@pytest.mark.parametrize(
    ("predictions", "y", "classes", "message"),
    [
        (np.ones((3, 2)), [0, 1], None, "y_true and y_pred must have the same length. Got 2 and 3"),
        (
            np.ones((2, 2)) / 2,
            [0, 2],
            None,
            "y_true must hold whole numbers from 0 to 1, .* Got 2 instead",
        ),
        (
            np.ones((2, 2)) / 2,
            [0, -1],
            None,
            "y_true must hold whole numbers from 0 to 1, .* Got -1",
        ),
        (np.ones((2, 2)) / 2, [0, 0.5], None, "y_true must hold class labels, .* Got 0.5 instead"),
        ([0, 3], [0, 1], 3, "y_pred must hold whole numbers from 0 to 2, .* Got 3 instead"),
        (
            [0.5, 3],
            [0, 1],
            None,
            r"in one column must be probabilities, .* Got float64 from 0\.5",
        ),
        (np.ones((2, 3)) / 3, [0, 1], 4, r"y_pred must be of shape \(n, 4\)\. Got \(2, 3\)"),
        (
            np.ones((2, 3, 4)),
            [0, 1],
            None,
            r"of shape \(n,\) or \(n, classes\)\. Got \(2, 3, 4\) .* flatten",
        ),
        (
            np.ones((2, 3)) / 3,
            np.eye(4)[:2],
            None,
            r"y_true must be of shape \(n, 3\)\. Got \(2, 4\)",
        ),
        (np.ones((2, 2)) / 2, [0, 1], 1, "number of classes must be a whole number of at least 2"),
        (np.ones((2, 2)) / 2, ["cat", "cat"], None, "class_names must be given .* Got cat instead"),
        ([[0.5, np.nan]], [0], None, r"y_pred must be finite\. Got nan at \[0, 1\] instead"),
        (np.ones((0, 2)), [], None, "y_true must have at least one example"),
    ],
)
def test_invalid_arguments_raise(predictions, y, classes, message):
    with pytest.raises(ValueError, match=message):
        confusion_matrix(y, predictions, classes)


@pytest.mark.slow
def test_scikit_learn_is_not_imported_before_it_is_needed():
    code = "import sys, mlcourse.evaluation; print({'sklearn', 'keras'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_most_confused_are_the_largest_errors():
    cm = np.random.default_rng(0).permutation(25).reshape(5, 5)
    pairs = most_confused(cm, max_pairs=4)
    errors = cm[~np.eye(5, dtype=bool)]
    assert [value for *_, value in pairs] == sorted(errors, reverse=True)[:4]
    assert all(cm[true, predicted] == value for true, predicted, value in pairs)
    assert most_confused(np.eye(3)) == []


def test_a_single_class_is_counted_without_a_warning():
    assert confusion_matrix([2, 2], [2, 2]).tolist() == [[2]]
