"""Accuracy, confusion matrix, class report, misclassified examples, and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks, tables
from mlcourse.evaluation.predictions import checked, checked_labels


def accuracy(
    y_true: np.typing.ArrayLike, y_pred: np.typing.ArrayLike, *, from_logits: bool = False
) -> float:
    """Return the fraction of examples whose predicted class is the true class.

    Labels need not start at 0. Columns of probabilities belong to the sorted labels, as in
    scikit-learn, unless labels are integers from 0 on: these are the columns' indices.

    Args:
        y_true: labels, (n,) or (n, 1): integers, whole floats, booleans or class names; or
            one-hot, (n, classes). For multi-label data zeros and ones, (n, labels); an example
            is right if all its labels are.
        y_pred: probabilities, (n, classes); of two classes (n, 1) or (n,) for the second one; or
            predicted labels in a form of y_true. For multi-label data labels, or probabilities,
            of which those above 0.5 are labels.
        from_logits: whether y_pred are logits, which a softmax, or the sigmoid of one column,
            makes probabilities.

    Raises:
        ValueError: if lengths differ, or for what is no label or no probability.

    Example:
        >>> accuracy([0, 0], [[0.9, 0.1], [0.2, 0.8]])
        0.5
        >>> accuracy([[1, 1, 0], [0, 0, 0]], [[0.9, 0.6, 0.1], [0.4, 0.7, 0.2]])
        0.5
    """
    several = checked_labels(y_true, y_pred, from_logits)
    if several is not None:
        return float((several[0] == several[1]).all(axis=1).mean())
    found = checked(y_true, y_pred, from_logits=from_logits)
    return float((found.true == found.predicted).mean())


def misclassified(
    y_true: np.typing.ArrayLike, y_pred: np.typing.ArrayLike, *, from_logits: bool = False
) -> np.ndarray:
    """Return the indices of misclassified examples, most confident first.

    Args:
        y_true, y_pred, from_logits: as in `accuracy`, with one class for each example.

    Returns:
        Integers, (misclassified,).

    Raises:
        ValueError: as `accuracy`, and for multi-label data.

    Example:
        >>> misclassified([0, 0], [[0.9, 0.1], [0.2, 0.8]]).tolist()
        [1]
    """
    return checked(y_true, y_pred, from_logits=from_logits).misclassified


def misclassified_pairs(
    y_true: np.typing.ArrayLike,
    y_pred: Sequence[np.typing.ArrayLike],
    *,
    from_logits: bool = False,
) -> np.ndarray:
    """Return the indices of examples with a misclassified output, or two; most confident first.

    Args:
        y_true: labels, (n, 2): of the first output and of the second.
        y_pred: a pair, the predictions of each output, as in `accuracy`.
        from_logits: as in `accuracy`.

    Returns:
        Integers, (misclassified,), by the more confident of the wrong predictions.

    Raises:
        ValueError: if there are not two of both, or lengths differ.

    >>> first, second = [[0.9, 0.1], [0.4, 0.6]], [[0.7, 0.3], [0.8, 0.2]]
    >>> misclassified_pairs([[0, 1], [0, 0]], (first, second)).tolist()  # 70% and 60% confident
    [0, 1]
    """
    y_true = checks.array("y_true", y_true)
    checks.n_features("y_true", y_true, 2)
    if not isinstance(y_pred, list | tuple) or len(y_pred) != 2:
        rule = "y_pred must be a pair, one array an output"
        raise ValueError(f"{rule}. Got {type(y_pred).__name__} instead.")
    highest = np.zeros(len(y_true))
    for predictions, labels in zip(y_pred, y_true.T, strict=True):
        found = checked(labels, predictions, from_logits=from_logits)
        wrong = found.misclassified
        confidence = 1 if found.confidence is None else found.confidence[wrong]
        highest[wrong] = np.maximum(highest[wrong], confidence)
    wrong = np.flatnonzero(highest)
    return wrong[np.argsort(-highest[wrong], kind="stable")]


def confusion_matrix(
    y_true: np.typing.ArrayLike,
    y_pred: np.typing.ArrayLike,
    classes: int | None = None,
    *,
    from_logits: bool = False,
) -> np.ndarray:
    """Return a confusion matrix, the number of examples by true and predicted class.

    Args:
        y_true, y_pred, from_logits: as in `accuracy`, with one class for each example.
        classes: the number of classes; None for as many as y_pred or y_true has columns, or as
            the labels need.

    Returns:
        Integers, (classes, classes), in label order: a row a true class, a column a predicted one.

    Raises:
        ValueError: as `accuracy`, and for multi-label data.

    >>> confusion_matrix([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]).tolist()
    [[1, 0], [1, 1]]
    """
    from sklearn import metrics

    found = checked(y_true, y_pred, count=classes, from_logits=from_logits)
    return metrics.confusion_matrix(found.true, found.predicted, labels=range(len(found.classes)))


HEAD = ["class", "precision", "recall", "F1", "examples"]
NONE = "\N{EN DASH}"  # what cannot be said, for there is nothing to divide by


@dataclass(frozen=True, eq=False)
class ClassReport:
    """Precision, recall and F1 by class; a notebook shows them as a table.

    Attributes:
        class_names: in label order.
        precision: the fraction of the predictions of a class that are right, (classes,).
        recall: the fraction of the examples of a class that are predicted, (classes,).
        f1: the harmonic mean of both, (classes,).
        support: the number of examples of each class, integers (classes,).
        accuracy: the fraction of the examples that are right; of multi-label data, in all labels.
        examples: the number of examples.
        is_multilabel: whether an example may have several labels, or none.

    Precision is NaN without a prediction, recall without an example, F1 without both.

    Example:
        >>> class_report([0, 1, 0], [0, 1, 1]).recall.tolist()
        [0.5, 1.0]
    """

    class_names: tuple
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    accuracy: float
    examples: int
    is_multilabel: bool = False

    @property
    def rows(self) -> list[list[str]]:
        """The table's rows, as text."""
        shares = zip(self.precision, self.recall, self.f1, strict=True)
        return [
            [name, *map(_share, of_class), f"{count:,}"]
            for name, of_class, count in zip(self.class_names, shares, self.support, strict=True)
        ]

    def __str__(self):
        return "\n".join([self._caption(), *tables.as_lines(HEAD, self.rows)])

    __repr__ = __str__

    def _repr_html_(self):
        return tables.as_html(self._caption(), HEAD, self.rows)

    def _caption(self):
        name = "subset accuracy" if self.is_multilabel else "accuracy"
        return f"{name} {tables.number_text(self.accuracy)} on {self.examples:,} examples"


def class_report(
    y_true: np.typing.ArrayLike,
    y_pred: np.typing.ArrayLike,
    class_names: Sequence[str] | None = None,
    *,
    from_logits: bool = False,
) -> ClassReport:
    """Return precision, recall and F1 of each class, as a `ClassReport`.

    Args:
        y_true, y_pred, from_logits: as in `accuracy`; for multi-label data each label has a row.
        class_names: in label order; None for the labels themselves.

    Returns:
        A `ClassReport`.

    Raises:
        ValueError: if y_pred do not fit y_true, or there is not one name for each class.

    >>> y_pred = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]]
    >>> print(class_report([0, 1, 1, 0], y_pred, ["cat", "dog"]))
    accuracy 0.7500 on 4 examples
    class  precision  recall      F1  examples
    cat       0.6667  1.0000  0.8000         2
    dog       1.0000  0.5000  0.6667         2
    """
    from sklearn.metrics import precision_recall_fscore_support

    several = checked_labels(y_true, y_pred, from_logits)
    if several is None:
        found = checked(y_true, y_pred, class_names, from_logits=from_logits)
        true, predicted, names = found.true, found.predicted, found.names
        right = true == predicted
    else:
        true, predicted = several
        names = _names(class_names, true.shape[1])
        right = (true == predicted).all(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(
        true, predicted, labels=range(len(names)), zero_division=np.nan
    )
    accuracy, is_multilabel = float(right.mean()), several is not None
    return ClassReport(
        tuple(names), precision, recall, f1, support, accuracy, len(right), is_multilabel
    )


def _names(class_names, count):
    """Return the names of labels; None for their numbers."""
    names = checks.texts("class_names", range(count) if class_names is None else class_names)
    checks.same_length("class_names", names, "the labels", range(count))
    return names


def _share(value):
    return NONE if np.isnan(value) else tables.number_text(value)


@dataclass(frozen=True, eq=False)
class Calibration:
    """The confidence and the accuracy of predictions, in bins of equal width from 0 to 1.

    Attributes:
        confidence: the mean confidence of the predictions in each bin, (bins,); NaN without any.
        accuracy: the fraction of them that is right, (bins,); NaN without any.
        count: the number of predictions in each bin, (bins,).
        error: the expected calibration error, from 0 to 1.

    Example:
        >>> calibration([0], [[0.75, 0.25]], bins=1).confidence.tolist()
        [0.75]
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray
    error: float


def calibration(
    y_true: np.typing.ArrayLike,
    y_pred: np.typing.ArrayLike,
    bins: int = 10,
    *,
    from_logits: bool = False,
) -> Calibration:
    """Return the confidence and the accuracy of predictions in bins, as a `Calibration`.

    A prediction's confidence is the probability of the likeliest class. Bin k of M has those from
    (k - 1) / M, exclusive, to k / M. The expected calibration error is the mean difference between
    confidence and accuracy, weighted by the bins' examples:

        ECE = sum over the bins of n_k / n * abs(accuracy_k - confidence_k)

    Source: Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, 2017.

    Args:
        y_true: labels, as in `accuracy`.
        y_pred: probabilities, as in `accuracy`.
        bins: the number of bins.
        from_logits: as in `accuracy`.

    Returns:
        A `Calibration`.

    Raises:
        ValueError: if y_pred are no probabilities, or do not fit y_true.

    >>> y_pred = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.4, 0.6]]
    >>> found = calibration([0, 1, 1, 1], y_pred, bins=2)
    >>> found.count.tolist(), round(float(found.accuracy[1]), 2), round(found.error, 3)
    ([0, 4], 0.75, 0.025)
    """
    bins = checks.integer("bins", bins, 1)
    found = checked(y_true, y_pred, from_logits=from_logits)
    if found.confidence is None:
        raise ValueError("y_pred must be probabilities. Got class labels instead.")
    sure, right = found.confidence.astype(float), found.predicted == found.true
    places = np.digitize(sure, np.linspace(0, 1, bins + 1)[1:-1], right=True)
    count, confidence, accuracy = (
        np.bincount(places, weights, minlength=bins) for weights in (None, sure, right)
    )
    error = np.abs(accuracy - confidence).sum() / len(right)
    some = np.where(count, count, np.nan)
    return Calibration(confidence / some, accuracy / some, count, float(error))
