"""Which answers are right and which ones wrong, in whatever form they and the truth come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcourse import checks


def accuracy(predictions: np.typing.ArrayLike, y: np.typing.ArrayLike) -> float:
    """Returns the share of the examples whose likeliest class is the true one.

    Args:
        predictions: probabilities, (n, classes); of two classes (n, 1) or (n,) for the second one;
            or the numbers of the classes themselves, whole ones (n,).
        y: true classes, whole numbers (n,) or (n, 1); or ones among zeros, (n, classes).

    Raises:
        ValueError: if there are not as many of both, or what is no number or no class.

    Example:
        >>> accuracy([[0.9, 0.1], [0.2, 0.8]], [0, 0])
        0.5
    """
    wrong = mistakes(predictions, y)
    return 1 - len(wrong) / checks.length("y", y)


def mistakes(predictions: np.typing.ArrayLike, y: np.typing.ArrayLike) -> np.ndarray:
    """Returns the places of the examples that are wrong, those with the surest answers first.

    Args:
        predictions, y: as in `accuracy`.

    Returns:
        Whole numbers, (mistakes,).

    Raises:
        ValueError: as `accuracy`.

    Example:
        >>> mistakes([[0.9, 0.1], [0.2, 0.8]], [0, 0]).tolist()
        [1]
    """
    shares, true = checked(predictions, y)
    wrong = np.flatnonzero(shares.argmax(axis=1) != true)
    return wrong[np.argsort(-shares[wrong].max(axis=1), kind="stable")]


def pair_mistakes(predictions: Sequence[np.typing.ArrayLike], y: np.typing.ArrayLike) -> np.ndarray:
    """Returns the places of the examples of whose two answers one is wrong, or both are.

    Args:
        predictions: what the two outputs of a network say: a pair, each as in `accuracy`.
        y: true classes, (n, 2): of the first output, and of the second.

    Returns:
        Whole numbers, (mistakes,), those with the surest wrong answers first.

    Raises:
        ValueError: if there are not two of both, or not as many examples.

    >>> first, second = [[0.9, 0.1], [0.4, 0.6]], [[0.7, 0.3], [0.8, 0.2]]
    >>> pair_mistakes((first, second), [[0, 1], [0, 0]]).tolist()  # 70% and 60% sure
    [0, 1]
    """
    y = checks.array("y", y)
    checks.columns("y", y, 2)
    if not isinstance(predictions, list | tuple) or len(predictions) != 2:
        rule = "predictions must be a pair, one array an output"
        raise ValueError(f"{rule}. Got {type(predictions).__name__} instead.")
    surest = np.zeros(len(y))
    for answers, true in zip(predictions, y.T, strict=True):
        wrong = mistakes(answers, true)
        surest[wrong] = np.maximum(surest[wrong], probabilities(answers)[wrong].max(axis=1))
    wrong = np.flatnonzero(surest)
    return wrong[np.argsort(-surest[wrong], kind="stable")]


def probabilities(predictions: np.typing.ArrayLike, count: int = 2) -> np.ndarray:
    """Returns predictions, as in `accuracy`, with a column for each class: (n, classes).

    Numbers of classes become ones among zeros, in at least `count` columns.

    Example:
        >>> probabilities([0, 2]).tolist(), probabilities([0.25]).tolist()
        ([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], [[0.75, 0.25]])
    """
    shares, count = _rows("predictions", predictions), checks.integer("count", count, 1)
    if are_classes(shares):
        count = max(count, 1 + int(shares.max()))
        return np.eye(count)[_numbers("predictions", shares.ravel(), count)]
    return np.hstack([1 - shares, shares]) if shares.shape[1] == 1 else shares


def classes(y: np.typing.ArrayLike) -> np.ndarray:
    """Returns the number of each example's class, (n,), from y as in `accuracy`.

    Example:
        >>> classes([[0, 1], [1, 0]]).tolist(), classes([[3], [5]]).tolist()
        ([1, 0], [3, 5])
    """
    found = _classes(y)
    odd = found[(found % 1 != 0) | (found < 0)]
    if len(odd):
        raise ValueError(f"y must hold whole numbers from 0 on. Got {odd[0]} instead.")
    return found


def are_classes(predictions: np.typing.ArrayLike) -> bool:
    """Whether predictions are numbers of classes, whole ones (n,): answers without a probability.

    >>> are_classes([0, 9, 3]), are_classes([0.0, 0.9, 0.3])
    (True, False)
    """
    rows = _rows("predictions", predictions)
    return rows.dtype.kind in "iu" and rows.shape[1] == 1


def checked(
    predictions: np.typing.ArrayLike, y: np.typing.ArrayLike, count: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Returns predictions and true classes in one form, found to fit each other.

    Args:
        predictions, y: as in `accuracy`.
        count: how many classes there are; None for as many as the predictions have columns, or
            as the numbers need.

    Returns:
        Probabilities, (n, classes), and the numbers of the true classes, (n,).

    Raises:
        ValueError: if there are not as many of both, or what is no number or no class.

    Example:
        >>> shares, true = checked([0.25], [[1]])
        >>> shares.tolist(), true.tolist()
        ([[0.75, 0.25]], [1])
    """
    checks.same_length("predictions", predictions, "y", y)
    predictions, y = checks.finite("predictions", predictions), checks.finite("y", y)
    count = _count(predictions, y) if count is None else count
    checks.integer("the number of classes", count, 2)
    shares = probabilities(_in_range(predictions, count), count)
    checks.columns("predictions", shares, count)
    if y.size > len(y):
        checks.columns("y", y, count)
    return shares, _numbers("y", _classes(y), count)


def _rows(name, values):
    """Returns numbers as an array with a row for each example, (n, columns)."""
    found = checks.array(name, values)
    if found.dtype.kind not in "biuf" or not found.size or not found.ndim:
        raise ValueError(f"{name} must hold numbers for each example. Got {values!r} instead.")
    return found.reshape(len(found), -1)


def _classes(y):
    rows = _rows("y", y)
    return rows.argmax(axis=1) if rows.shape[1] > 1 else rows.ravel()


def _count(predictions, y):
    """Returns how many classes there are: as many as columns, or as the numbers need."""
    if not are_classes(predictions):
        return max(2, predictions[0].size)
    return y[0].size if y[0].size > 1 else 1 + int(max(predictions.max(), y.max(), 1))


def _in_range(predictions, count):
    """Returns predictions, those of one column if they are probabilities or numbers of classes."""
    if predictions.ndim > 2:
        rule = "predictions must be of shape (n, classes) or (n,)"
        raise ValueError(f"{rule}. Got {predictions.shape} instead.")
    if are_classes(predictions):
        return _numbers("predictions", predictions, count)
    low, high = predictions.min(), predictions.max()
    if predictions.size == len(predictions) and (low < 0 or high > 1):
        rule = "predictions in one column must be probabilities, or whole numbers of classes"
        raise ValueError(f"{rule}. Got {predictions.dtype} from {low:g} to {high:g} instead.")
    return predictions


def _numbers(name, values, count):
    """Returns values as whole numbers if each is that of one of so many classes."""
    odd = values[(values % 1 != 0) | (values < 0) | (values >= count)]
    if len(odd):
        rule = f"{name} must hold whole numbers from 0 to {count - 1}, those of the classes"
        raise ValueError(f"{rule}. Got {odd[0]} instead.")
    return values.astype(int)
