"""Calibration, confidence against accuracy: Guo, Pleiss, Sun and Weinberger (2017)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcourse import checks
from mlcourse.evaluation.answers import checked


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
