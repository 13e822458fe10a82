"""What is taken for what: the examples counted by their class and by the answer."""

from __future__ import annotations

import numpy as np

from mlcourse.evaluation.answers import checked


def confusion_matrix(
    predictions: np.typing.ArrayLike, y: np.typing.ArrayLike, classes: int | None = None
) -> np.ndarray:
    """Returns how many examples of each class are taken for each class.

    Args:
        predictions: as in `accuracy`.
        y: true classes, as in `accuracy`.
        classes: how many there are; None for as many as the predictions have columns, or as the
            numbers need.

    Returns:
        Whole numbers, (classes, classes): a row a true class, a column an answer.

    Raises:
        ValueError: if there are not as many of both, or what is no number or no class.

    >>> confusion_matrix([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], [0, 1, 1]).tolist()
    [[1, 0], [1, 1]]
    """
    from sklearn import metrics

    shares, true = checked(predictions, y, classes)
    return metrics.confusion_matrix(true, shares.argmax(axis=1), labels=range(shares.shape[1]))
