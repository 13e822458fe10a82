"""Whether a model is as often right as it is sure: Guo, Pleiss, Sun and Weinberger (2017)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcourse import checks
from mlcourse.evaluation.answers import are_classes, checked


@dataclass(frozen=True, eq=False)
class Calibration:
    """How sure answers are, and how often right, in bins of equal width from 0 to 1.

    Attributes:
        confidence: the mean probability of the answers in each bin, (bins,); NaN without any.
        accuracy: the share of them that is right, (bins,); NaN without any.
        count: how many answers there are in each bin, (bins,).
        error: the expected calibration error, from 0 to 1.

    Example:
        >>> calibration([[0.75, 0.25]], [0], bins=1).confidence.tolist()
        [0.75]
    """

    confidence: np.ndarray
    accuracy: np.ndarray
    count: np.ndarray
    error: float


def calibration(
    predictions: np.typing.ArrayLike, y: np.typing.ArrayLike, bins: int = 10
) -> Calibration:
    """Returns how sure the answers are, and how often they are right, as a `Calibration`.

    An answer's confidence is the probability of the likeliest class. Bin k of M has those from
    (k - 1) / M, exclusive, to k / M. The expected calibration error is the mean difference between
    confidence and accuracy, weighted by the bins' examples:

        ECE = sum over the bins of n_k / n * abs(accuracy_k - confidence_k)

    Source: Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, 2017.

    Args:
        predictions: probabilities, as in `accuracy`.
        y: true classes, as in `accuracy`.
        bins: how many.

    Returns:
        A `Calibration`.

    Raises:
        ValueError: if predictions are no probabilities, or do not fit y.

    >>> found = calibration([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.4, 0.6]], [0, 1, 1, 1], bins=2)
    >>> found.count.tolist(), round(float(found.accuracy[1]), 2), round(found.error, 3)
    ([0, 4], 0.75, 0.025)
    """
    bins = checks.integer("bins", bins, 1)
    if are_classes(predictions):
        raise ValueError("predictions must be probabilities. Got numbers of classes instead.")
    shares, true = checked(predictions, y)
    _check_probabilities(shares)
    sure, right = shares.max(axis=1).astype(float), shares.argmax(axis=1) == true
    places = np.digitize(sure, np.linspace(0, 1, bins + 1)[1:-1], right=True)
    count, confidence, accuracy = (
        np.bincount(places, weights, minlength=bins) for weights in (None, sure, right)
    )
    error = np.abs(accuracy - confidence).sum() / len(true)
    some = np.where(count, count, np.nan)
    return Calibration(confidence / some, accuracy / some, count, float(error))


def _check_probabilities(shares):
    """Raises unless all rows are probabilities, to the precision of half floats."""
    sums = shares.sum(axis=1, dtype=float)
    if shares.min() < 0 or not np.allclose(sums, 1, atol=5e-3):
        rule = "each row of predictions must be probabilities with the sum 1"
        got = f"values from {shares.min():g} on and sums from {sums.min():g} to {sums.max():g}"
        raise ValueError(f"{rule}. Got {got} instead.")
