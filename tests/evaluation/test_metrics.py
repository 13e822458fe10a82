"""Accuracy and misclassified examples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score

from mlcourse.evaluation import accuracy, confusion_matrix, misclassified

few = settings(max_examples=25, deadline=None)
sizes, seeds = st.integers(1, 20), st.integers(0, 2**32 - 1)


@few
@given(n=sizes, classes=st.integers(2, 5), seed=seeds)
def test_the_predicted_class_is_the_most_probable_one(n, classes, seed):
    rng = np.random.default_rng(seed)
    predictions, y = rng.dirichlet(np.ones(classes), n), rng.integers(0, classes, n)
    predicted = [max(range(classes), key=row.__getitem__) for row in predictions.tolist()]
    expected = accuracy_score(y, predicted)
    for same in (y, y.reshape(n, 1), y.astype("uint8"), np.eye(classes)[y], y.tolist()):
        assert accuracy(same, predictions) == pytest.approx(expected)
    wrong = [place for place in range(n) if predicted[place] != y[place]]
    wrong.sort(key=lambda place: -max(predictions[place]))
    assert misclassified(y, predictions).tolist() == wrong
    assert misclassified(np.eye(classes)[y], predictions.tolist()).tolist() == wrong


@few
@given(n=sizes, seed=seeds)
def test_a_single_probability_is_that_of_the_second_class(n, seed):
    rng = np.random.default_rng(seed)
    p, y = rng.random(n), rng.integers(0, 2, n)
    expected = accuracy_score(y, p > 0.5)
    wrong = [place for place in range(n) if (p[place] > 0.5) != y[place]]
    wrong.sort(key=lambda place: -abs(p[place] - 0.5))
    for predictions in (p, p.reshape(n, 1), p.tolist(), np.stack([1 - p, p], axis=1)):
        for same in (y, y.reshape(n, 1), y == 1, y.astype(float), np.eye(2)[y]):
            assert accuracy(same, predictions) == pytest.approx(expected)
            assert misclassified(same, predictions).tolist() == wrong


def test_misclassified_examples_are_sorted_by_confidence_and_stable():
    predictions = np.array([[0.6, 0.4], [0.1, 0.9], [0.6, 0.4], [1.0, 0.0], [0.3, 0.7]])
    assert misclassified([1, 0, 1, 0, 0], predictions).tolist() == [1, 4, 0, 2]
    many = np.tile([0.9, 0.2, 0.7], 100)  # of the second class; all are of the first one
    expected = [*range(0, 300, 3), *range(2, 300, 3)]
    assert misclassified(np.zeros(300), many).tolist() == expected


def test_all_may_be_right_or_all_wrong():
    assert accuracy([0, 1], [0.2, 0.9]) == 1
    assert misclassified([0, 1], [0.2, 0.9]).tolist() == []
    assert accuracy([1, 0], [0.2, 0.9]) == 0
    assert misclassified([1, 0], [0.2, 0.9]).tolist() == [1, 0]


def test_a_half_is_the_first_class_as_in_keras():
    assert accuracy([0], np.array([0.5], "float32")) == 1


@pytest.mark.parametrize("function", [accuracy, misclassified])
def test_arguments_are_not_modified(function):
    predictions, y = np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([1, 1])
    predictions.flags.writeable = y.flags.writeable = False
    function(y, predictions)


@pytest.mark.parametrize("function", [accuracy, misclassified])
def test_y_true_and_y_pred_must_have_the_same_length(function):
    with pytest.raises(ValueError) as error:
        function([0, 1], np.ones((3, 2)))
    assert str(error.value) == "y_true and y_pred must have the same length. Got 2 and 3 instead."


@pytest.mark.parametrize("function", [accuracy, misclassified, confusion_matrix])
@pytest.mark.parametrize(
    ("predictions", "y", "message"),
    [
        (np.full((3, 2), np.nan), [0, 0, 1], r"y_pred must be finite\. Got nan at \[0, 0\]"),
        ([[0.9, 0.1]], [7], r"y_true must hold whole numbers from 0 to 1, .* Got 7 instead"),
        ([-2.5, 3.5], [0, 1], r"one column must be probabilities, .* Got float64 from -2\.5 to 3"),
        (
            [0, 1],
            [0.5, 1],
            r"y_true must hold class labels, .* Got 0\.5 instead\. Are y_true and y_pred swapped",
        ),
        ([0, 3], np.eye(3)[:2], r"y_pred must hold whole numbers from 0 to 2, .* Got 3 inst"),
    ],
)
def test_invalid_predictions_raise(function, predictions, y, message):
    with pytest.raises(ValueError, match=message):
        function(y, predictions)


def test_integer_predictions_with_one_hot_labels():
    predicted, y = [0, 1], np.eye(3)[[0, 2]]
    assert accuracy(y, predicted) == accuracy(y, np.reshape(predicted, (2, 1))) == 0.5
    assert misclassified(y, predicted).tolist() == [1]
    assert confusion_matrix(y, predicted).tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
