"""Confusion matrix: examples counted by true and predicted class."""

from __future__ import annotations

import numpy as np

from mlcourse.evaluation.answers import checked


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
