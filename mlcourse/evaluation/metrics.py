"""Accuracy, misclassified examples, confusion matrix, class report and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks, tables
from mlcourse.evaluation.predictions import checked, checked_labels

MAX_CLASSES = 5_000  # of a confusion matrix, 200 MB
MAX_BINS = 10_000


def accuracy(
    y_true: np.typing.ArrayLike, y_pred: np.typing.ArrayLike, *, from_logits: bool = False
) -> float:
    """Return the accuracy, the fraction of correctly classified examples.

    Labels need not start at 0. Integer labels from 0 are column indices of the probabilities;
    other labels correspond to the columns in sorted order, as in scikit-learn.

    Args:
        y_true: labels, (n,) or (n, 1): integers, whole floats, booleans or class names; or
            one-hot, (n, classes). For multi-label data, zeros and ones, (n, labels); an example is
            correct if all its labels are.
        y_pred: probabilities, (n, classes), or for two classes the probability of the second, (n,)
            or (n, 1); or predicted labels in a form of y_true. For multi-label data, labels, or
            probabilities with the threshold 0.5.
        from_logits: whether y_pred holds logits, before the softmax, or with one column before the
            sigmoid.

    Raises:
        ValueError: if lengths differ, or labels or probabilities are invalid.

    Example:
        >>> accuracy([0, 0], [[0.9, 0.1], [0.2, 0.8]])
        0.5
        >>> accuracy([[1, 1, 0], [0, 0, 0]], [[0.9, 0.6, 0.1], [0.4, 0.7, 0.2]])
        0.5
    """
    multi_label = checked_labels(y_true, y_pred, from_logits)
    if multi_label is not None:
        true, predicted = multi_label
        return float((true == predicted).all(axis=1).mean())
    predictions = checked(y_true, y_pred, from_logits=from_logits)
    return float((predictions.true == predictions.predicted).mean())


def misclassified(
    y_true: np.typing.ArrayLike, y_pred: np.typing.ArrayLike, *, from_logits: bool = False
) -> np.ndarray:
    """Return the indices of misclassified examples, most confident first.

    Args:
        y_true, y_pred, from_logits: as in `accuracy`, with one class for each example.

    Returns:
        Indices, integers, (misclassified,).

    Raises:
        ValueError: as in `accuracy`, and for multi-label data.

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
    """Return the indices of examples with one or two misclassified outputs, most confident first.

    Args:
        y_true: labels, (n, 2), of the first and of the second output.
        y_pred: a pair of predictions, one for each output, as in `accuracy`.
        from_logits: as in `accuracy`.

    Returns:
        Indices, integers, (misclassified,), in descending order of the highest confidence among an
        example's wrong predictions.

    Raises:
        ValueError: if y_true or y_pred are not of two outputs, or lengths differ.

    >>> first, second = [[0.9, 0.1], [0.4, 0.6]], [[0.7, 0.3], [0.8, 0.2]]
    >>> misclassified_pairs([[0, 1], [0, 0]], (first, second)).tolist()  # 70% and 60% confident
    [0, 1]
    """
    y_true = checks.array("y_true", y_true)
    checks.n_features("y_true", y_true, 2)
    if not isinstance(y_pred, list | tuple) or len(y_pred) != 2:
        rule = "y_pred must be a pair, one array for each output"
        raise ValueError(f"{rule}. Got {type(y_pred).__name__} instead.")
    max_confidence = np.zeros(len(y_true))
    for labels, scores in zip(y_true.T, y_pred, strict=True):
        predictions = checked(labels, scores, from_logits=from_logits)
        wrong = predictions.misclassified
        confidence = 1 if predictions.confidence is None else predictions.confidence[wrong]
        max_confidence[wrong] = np.maximum(max_confidence[wrong], confidence)
    wrong = np.flatnonzero(max_confidence)
    return wrong[np.argsort(-max_confidence[wrong], kind="stable")]


def confusion_matrix(
    y_true: np.typing.ArrayLike,
    y_pred: np.typing.ArrayLike,
    n_classes: int | None = None,
    *,
    from_logits: bool = False,
) -> np.ndarray:
    """Return the confusion matrix: the number of examples by true and predicted class.

    Args:
        y_true, y_pred, from_logits: as in `accuracy`, with one class for each example.
        n_classes: number of classes, at most 5,000; None to infer it from the columns or the
            labels.

    Returns:
        Counts, integers, (classes, classes): rows are true, columns predicted classes.

    Raises:
        ValueError: as in `accuracy`, and for multi-label data.

    >>> confusion_matrix([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]).tolist()
    [[1, 0], [1, 1]]
    """
    predictions = checked(y_true, y_pred, n_classes=n_classes, from_logits=from_logits)
    n_classes = len(predictions.classes)
    checks.at_most("the number of classes", n_classes, MAX_CLASSES)
    pairs = n_classes * predictions.true + predictions.predicted
    return np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)


def most_confused(cm: np.typing.ArrayLike, *, max_pairs: int = 10) -> list[tuple[int, int, float]]:
    """Return the most frequent errors of a confusion matrix, most frequent first.

    Args:
        cm: confusion matrix, (classes, classes), of counts or percentages.
        max_pairs: the largest number of errors.

    Returns:
        Tuples of true class, predicted class and value, without those of value 0.

    Raises:
        ValueError: if cm is not square, or not finite.

    >>> most_confused([[8, 2, 0], [0, 9, 1], [3, 0, 7]], max_pairs=2)
    [(2, 0, 3), (0, 1, 2)]
    """
    cm = checks.finite("cm", cm)
    if cm.ndim != 2 or cm.shape[0] != cm.shape[1]:
        raise ValueError(f"cm must be square, (classes, classes). Got {cm.shape} instead.")
    max_pairs = checks.integer("max_pairs", max_pairs, 1)
    errors = np.where(np.eye(len(cm), dtype=bool), 0, cm)
    largest = np.argsort(-errors, axis=None, kind="stable")[:max_pairs]
    rows, columns = np.unravel_index(largest, cm.shape)
    pairs = zip(rows.tolist(), columns.tolist(), errors[rows, columns].tolist(), strict=True)
    return [pair for pair in pairs if pair[2] > 0]


UNDEFINED = "\N{EN DASH}"


@dataclass(frozen=True, eq=False, repr=False)
class ClassReport(tables.Table):
    """Precision, recall and F1 by class, shown as a table in notebooks.

    Attributes:
        class_names: in label order.
        precision: correct predictions of a class / predictions of the class, (classes,); NaN
            without predictions.
        recall: correct predictions of a class / examples of the class, (classes,); NaN without
            examples.
        f1: harmonic mean of precision and recall, (classes,); NaN without both.
        support: number of examples of each class, integers, (classes,).
        accuracy: fraction of correctly classified examples; for multi-label data the subset
            accuracy.
        examples: number of examples.
        is_multilabel: whether the data is multi-label.

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
    def head(self) -> list[str]:
        """The column names of the table."""
        return ["class", "precision", "recall", "F1", "examples"]

    @property
    def rows(self) -> list[list[str]]:
        """The rows of the table, as text."""
        scores = zip(self.precision, self.recall, self.f1, strict=True)
        return [
            [name, *map(_format_score, class_scores), f"{count:,}"]
            for name, class_scores, count in zip(
                self.class_names, scores, self.support, strict=True
            )
        ]

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
    """Return the precision, recall and F1 score of each class.

    Args:
        y_true, y_pred, from_logits: as in `accuracy`; for multi-label data, one row per label.
        class_names: in label order; None for the labels themselves.

    Returns:
        A `ClassReport`.

    Raises:
        ValueError: as in `accuracy`, or if class_names has not one name for each class.

    >>> y_pred = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]]
    >>> print(class_report([0, 1, 1, 0], y_pred, ["cat", "dog"]))
    accuracy 0.7500 on 4 examples
    class  precision  recall      F1  examples
    cat       0.6667  1.0000  0.8000         2
    dog       1.0000  0.5000  0.6667         2
    """
    from sklearn.metrics import precision_recall_fscore_support

    multi_label = checked_labels(y_true, y_pred, from_logits)
    if multi_label is None:
        predictions = checked(y_true, y_pred, class_names, from_logits=from_logits)
        true = predictions.true
        predicted = predictions.predicted
        names = predictions.names
        is_correct = true == predicted
    else:
        true, predicted = multi_label
        names = _label_names(class_names, true.shape[1])
        is_correct = (true == predicted).all(axis=1)
    precision, recall, f1, support = precision_recall_fscore_support(
        true, predicted, labels=range(len(names)), zero_division=np.nan
    )
    return ClassReport(
        class_names=tuple(names),
        precision=precision,
        recall=recall,
        f1=f1,
        support=support,
        accuracy=float(is_correct.mean()),
        examples=len(is_correct),
        is_multilabel=multi_label is not None,
    )


def _label_names(class_names, n_labels):
    """Return the names of the labels of multi-label data; by default their indices."""
    names = checks.texts("class_names", range(n_labels) if class_names is None else class_names)
    checks.same_length("class_names", names, "the labels", range(n_labels))
    return names


def _format_score(score):
    """Return a score as text, a dash for NaN."""
    return UNDEFINED if np.isnan(score) else tables.number_text(score)


@dataclass(frozen=True, eq=False)
class Calibration:
    """Confidence and accuracy of predictions, in bins of equal width from 0 to 1.

    Attributes:
        confidence: mean confidence of the predictions in each bin, (bins,); NaN for empty bins.
        accuracy: accuracy of the predictions in each bin, (bins,); NaN for empty bins.
        n_examples: number of predictions in each bin, (bins,).
        error: expected calibration error, from 0 to 1.

    Example:
        >>> calibration([0], [[0.75, 0.25]], n_bins=1).confidence.tolist()
        [0.75]
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    n_examples: np.ndarray
    error: float


def calibration(
    y_true: np.typing.ArrayLike,
    y_pred: np.typing.ArrayLike,
    n_bins: int = 10,
    *,
    from_logits: bool = False,
) -> Calibration:
    """Return the calibration of predictions: confidence and accuracy in bins of confidence.

    A prediction's confidence is the probability of the predicted class. Bin k of M holds
    predictions with a confidence in ((k - 1) / M, k / M]. The expected calibration error is the
    mean absolute difference between confidence and accuracy, weighted by the bins' counts:

        ECE = sum over the bins of n_k / n * abs(accuracy_k - confidence_k)

    Source: Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, 2017.

    Args:
        y_true: labels, as in `accuracy`.
        y_pred: probabilities, as in `accuracy`.
        n_bins: number of bins, at most 10,000.
        from_logits: as in `accuracy`.

    Returns:
        A `Calibration`.

    Raises:
        ValueError: as in `accuracy`, or if y_pred holds labels.

    >>> y_pred = [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.4, 0.6]]
    >>> result = calibration([0, 1, 1, 1], y_pred, n_bins=2)
    >>> result.n_examples.tolist(), round(float(result.accuracy[1]), 2), round(result.error, 3)
    ([0, 4], 0.75, 0.025)
    """
    n_bins = checks.integer("n_bins", n_bins, 1, limit=MAX_BINS)
    predictions = checked(y_true, y_pred, from_logits=from_logits)
    if predictions.confidence is None:
        raise ValueError("y_pred must be probabilities. Got class labels instead.")
    confidence = predictions.confidence.astype(float)
    is_correct = predictions.predicted == predictions.true
    bins = np.digitize(confidence, np.linspace(0, 1, n_bins + 1)[1:-1], right=True)
    count = np.bincount(bins, minlength=n_bins)
    confidence_sum = np.bincount(bins, confidence, minlength=n_bins)
    correct_count = np.bincount(bins, is_correct, minlength=n_bins)
    error = np.abs(correct_count - confidence_sum).sum() / len(is_correct)
    divisor = np.where(count, count, np.nan)
    return Calibration(confidence_sum / divisor, correct_count / divisor, count, float(error))
