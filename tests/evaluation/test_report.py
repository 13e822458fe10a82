"""The class report."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from mlcourse.evaluation import class_report, confusion_matrix


@settings(max_examples=25, deadline=None)
@given(n=st.integers(1, 40), classes=st.integers(2, 5), seed=st.integers(0, 2**32 - 1))
def test_scores_agree_with_the_confusion_matrix(n, classes, seed):
    rng = np.random.default_rng(seed)
    predictions, y = rng.dirichlet(np.ones(classes), n), rng.integers(0, classes, n)
    found, cm = class_report(y, predictions), confusion_matrix(y, predictions)
    correct, true, predicted = np.diag(cm), cm.sum(axis=1), cm.sum(axis=0)
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(found.precision, correct / predicted)
        np.testing.assert_allclose(found.recall, correct / true)
        np.testing.assert_allclose(found.f1, 2 * correct / (true + predicted))
    np.testing.assert_array_equal(found.support, true)
    assert found.accuracy == pytest.approx(correct.sum() / n)
    theirs = metrics.classification_report(
        y, predictions.argmax(1), labels=range(classes), output_dict=True, zero_division=np.nan
    )
    for number in range(classes):
        expected = theirs[str(number)]
        np.testing.assert_allclose(found.precision[number], expected["precision"])
        np.testing.assert_allclose(found.recall[number], expected["recall"])
        np.testing.assert_allclose(found.f1[number], expected["f1-score"])


def report():
    return class_report([0, 1, 1, 1], [0, 0, 1, 1], ["cat", "<b>dog", "owl"])


def test_the_table_has_one_row_per_class_and_a_dash_for_undefined_scores():
    assert report().rows == [
        ["cat", "0.5000", "1.0000", "0.6667", "1"],
        ["<b>dog", "1.0000", "0.6667", "0.8000", "3"],
        ["owl", "\N{EN DASH}", "\N{EN DASH}", "\N{EN DASH}", "0"],
    ]
    first, head, *rows = str(report()).splitlines()
    assert first == "accuracy 0.7500 on 4 examples"
    assert head.split() == ["class", "precision", "recall", "F1", "examples"]
    assert len(rows) == 3
    assert repr(report()) == str(report())


def test_a_notebook_shows_a_table_with_names_escaped():
    page = report()._repr_html_()
    assert page.startswith("<table><caption>accuracy 0.7500 on 4 examples</caption>")
    assert "&lt;b&gt;dog" in page
    assert page.count("<tr>") == 4


def test_the_default_class_names_are_the_labels():
    assert class_report([0, 1], [0.2, 0.9]).class_names == ("0", "1")


def test_each_class_must_have_a_name():
    with pytest.raises(ValueError, match=r"y_pred must be of shape \(n, 2\)\. Got \(1, 3\)"):
        class_report([0], [[0.5, 0.3, 0.2]], ["cat", "dog"])
    with pytest.raises(
        ValueError, match=r"y_true must hold whole numbers from 0 to 1, .* Got 2 inst"
    ):
        class_report([0, 2], [0, 1], ["cat", "dog"])
