"""The accuracy of predictions, and the misclassified examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcourse import checks
from mlcourse.evaluation.answers import checked, checked_labels


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


def mistakes(
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
        >>> mistakes([0, 0], [[0.9, 0.1], [0.2, 0.8]]).tolist()
        [1]
    """
    return checked(y_true, y_pred, from_logits=from_logits).misclassified


def pair_mistakes(
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
    >>> pair_mistakes([[0, 1], [0, 0]], (first, second)).tolist()  # 70% and 60% confident
    [0, 1]
    """
    y_true = checks.array("y_true", y_true)
    checks.columns("y_true", y_true, 2)
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
