"""Labels in every form, logits, and multi-label data, against scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, softmax
from sklearn import metrics

from mlcourse.evaluation import (
    accuracy,
    calibration,
    checked,
    class_report,
    confusion_matrix,
    encode,
    misclassified,
    misclassified_pairs,
)

RNG = np.random.default_rng(0)
Y, P = RNG.integers(0, 3, 60), RNG.dirichlet(np.ones(3), 60)
NAMES = np.array(["bird", "cat", "dog"])  # sorted
FUNCTIONS = [accuracy, misclassified, confusion_matrix, class_report, calibration, checked]
FORMS = {
    "integers": lambda y: y,
    "floats": lambda y: y.astype(float),
    "column": lambda y: y[:, None],
    "one-hot": lambda y: np.eye(3)[y],
    "one-hot integers": lambda y: np.eye(3, dtype=int)[y],
    "one-hot booleans": lambda y: np.eye(3, dtype=bool)[y],
    "objects": lambda y: y.astype(object),
    "from 1": lambda y: y + 1,
    "names": lambda y: NAMES[y],
    "column of names": lambda y: NAMES[y][:, None],
    "names as objects": lambda y: NAMES[y].astype(object),
    "list of names": lambda y: NAMES[y].tolist(),
}


@pytest.mark.parametrize("form", FORMS)
def test_labels_in_every_form_are_counted_as_scikit_learn_counts_them(form):
    predicted = P.argmax(axis=1)
    expected = metrics.confusion_matrix(Y, predicted)
    y_true = FORMS[form](Y)
    np.testing.assert_array_equal(confusion_matrix(y_true, P), expected)
    assert accuracy(y_true, P) == pytest.approx(metrics.accuracy_score(Y, predicted))
    assert misclassified(y_true, P).tolist() == misclassified(Y, P).tolist()
    if form not in ("one-hot", "from 1"):  # one-hot floats are probabilities
        np.testing.assert_array_equal(confusion_matrix(y_true, FORMS[form](predicted)), expected)
    if form == "from 1":
        np.testing.assert_array_equal(confusion_matrix(y_true, predicted + 1), expected)
        assert class_report(y_true, P).class_names == ("1", "2", "3")


@pytest.mark.parametrize("dtype", [int, float])
def test_labels_of_minus_one_and_one(dtype):
    y = np.where(RNG.random(40) > 0.4, 1, -1).astype(dtype)
    p = RNG.random(40)
    hard = np.where(p > 0.5, 1, -1).astype(dtype)
    expected = metrics.confusion_matrix(y, hard)
    for y_pred in (p, p[:, None], hard, np.stack([1 - p, p], axis=1)):
        np.testing.assert_array_equal(confusion_matrix(y, y_pred), expected)
    assert accuracy(y, p) == pytest.approx(metrics.accuracy_score(y, hard))
    assert class_report(y, hard).class_names == ("-1", "1")
    assert accuracy([-1, -1, 1], [0.0, 1.0, 1.0]) == pytest.approx(2 / 3)


def test_names_are_found_in_class_names_and_are_sorted_without():
    order = ["dog", "bird", "cat"]
    report = class_report(NAMES[Y], NAMES[P.argmax(axis=1)], order)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        NAMES[Y], NAMES[P.argmax(axis=1)], labels=order
    )
    assert report.class_names == tuple(order)
    for found, expected in zip(
        (report.precision, report.recall, report.f1, report.support),
        (precision, recall, f1, support),
        strict=True,
    ):
        np.testing.assert_allclose(found, expected)
    assert checked(["dog", "cat"], [0, 2], order).true.tolist() == [0, 2]  # columns' order
    assert encode(["b", "a", "b"])[1] == ["a", "b"]
    with pytest.raises(ValueError, match=r"y_true must hold class names, .* Got 'fox' instead"):
        checked(["fox"], ["dog"], order)
    with pytest.raises(ValueError, match=r"all names\. Got one of each instead: pass class_names"):
        accuracy(["dog"], [1])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_swapped_arguments_are_refused(function):
    for y_true, y_pred in ((P, Y), (P, np.eye(3)[Y]), (P[:, 0], Y > 0)):
        with pytest.raises(ValueError, match="y_true and y_pred swapped"):
            function(y_true, y_pred)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("shape", [(4, 5, 3), (4, 5, 1), (4, 5)])
def test_labels_of_sequences_and_pixels_must_be_flattened(function, shape):
    labels = RNG.integers(0, 3, shape[:2])
    labels[0] = 2
    scores = np.full(shape, 1 / 3) if len(shape) == 3 else labels
    with pytest.raises(ValueError, match="flatten"):
        function(labels, scores)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_logits_need_from_logits(function):
    z = RNG.normal(size=(60, 3)) * 3
    with pytest.raises(ValueError, match=r"softmax .*, or pass from_logits=True"):
        function(Y, z)
    with pytest.raises(ValueError, match=r"sigmoid .*, or pass from_logits=True"):
        function(Y % 2, z[:, :1])
    function(Y, z, from_logits=True)


def test_logits_are_the_probabilities_of_a_softmax_or_a_sigmoid():
    z = RNG.normal(size=(60, 3)) * 300
    found = checked(Y, z, from_logits=True)
    np.testing.assert_allclose(found.probabilities, softmax(z, axis=1))
    one = checked(Y % 2, z[:, 0], from_logits=True)
    np.testing.assert_allclose(one.probabilities[:, 1], expit(z[:, 0]))
    assert accuracy([0, 1, 1], [0.0, 1e-20, -0.3], from_logits=True) == pytest.approx(2 / 3)
    assert accuracy([-1, 1, 1], [-2.0, 1.0, -0.3], from_logits=True) == pytest.approx(2 / 3)
    y, z = Y, RNG.normal(size=(60, 3))
    assert calibration(y, z, from_logits=True).error == calibration(y, softmax(z, axis=1)).error
    pair = misclassified_pairs(np.stack([y, y], axis=1), (z, z), from_logits=True)
    assert sorted(pair) == np.flatnonzero(z.argmax(axis=1) != y).tolist()


@pytest.mark.parametrize("hard", [False, True])
def test_multi_label_data_is_reported_label_by_label(hard):
    y, p = RNG.integers(0, 2, (50, 4)), RNG.random((50, 4))
    y[0] = 0
    y_pred = p > 0.5 if hard else p
    assert accuracy(y, y_pred) == pytest.approx(metrics.accuracy_score(y, p > 0.5))
    found = class_report(y, y_pred, list("abcd"))
    expected = metrics.precision_recall_fscore_support(y, p > 0.5)
    for own, theirs in zip(
        (found.precision, found.recall, found.f1, found.support), expected, strict=True
    ):
        np.testing.assert_allclose(own, theirs)
    assert found.accuracy == accuracy(y, y_pred)
    assert str(found).startswith(f"subset accuracy {found.accuracy:.4f} on 50 examples")
    logits = np.log(p / (1 - p))
    assert accuracy(y, logits, from_logits=True) == accuracy(y, p)
    for function in (misclassified, confusion_matrix, calibration, checked):
        with pytest.raises(ValueError, match=r"multi-label data, .*multilabel_confusion_matrix"):
            function(y, y_pred)
    with pytest.raises(ValueError, match=r"from 0 to 1, .* apply a sigmoid"):
        accuracy(y, logits)


def test_several_predicted_labels_are_multi_label_even_beside_one_hot_labels():
    y, predicted = np.eye(3, dtype=int), np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]])
    assert accuracy(y, predicted) == pytest.approx(metrics.accuracy_score(y, predicted))
    with pytest.raises(ValueError, match="multi-label"):
        confusion_matrix(y, predicted)


def test_labels_that_could_be_shifted_are_refused():
    for y in ([0, 3], [-1, 0]):
        with pytest.raises(ValueError, match=r"y_true must hold whole numbers from 0 to 1, "):
            accuracy(y, [[0.5, 0.5]] * 2)
    with pytest.raises(ValueError, match=r"y_pred must hold whole numbers from 0 to 2, .* Got 3"):
        accuracy(np.eye(3)[[1, 2]], [1, 3])


def test_ordered_categories_in_another_order_than_sorted_are_refused():
    levels = pd.Categorical(["low", "mid", "high"], ["low", "mid", "high"], ordered=True)
    for y, codes in ((levels, r"y\.codes"), (pd.Series(levels), r"y\.cat\.codes")):
        with pytest.raises(ValueError, match=f"Got low, mid, high instead: pass {codes} and"):
            encode(y, name="y")
    grades = pd.Categorical(["b", "a"], ["a", "b"], ordered=True)
    assert encode(grades)[0].tolist() == [1, 0]
    assert encode(levels.as_unordered())[1] == ["high", "low", "mid"]
