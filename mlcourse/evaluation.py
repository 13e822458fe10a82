"""From predictions to numbers: how many are right, and which ones are wrong.

>>> predictions, y = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]]), np.array([0, 1, 1])
>>> round(accuracy(predictions, y), 4), mistakes(predictions, y).tolist()
(0.6667, [2])
"""

import numpy as np

from mlcourse import checks


def accuracy(predictions, y):
    """Returns the share of the examples whose likeliest class is the true one.

    Args:
        predictions: probabilities, (n, classes); of two classes (n, 1) or (n,) for the second one.
        y: true classes, whole numbers (n,) or (n, 1); or ones among zeros, (n, classes).

    Raises:
        ValueError: if there are not as many of both.
    """
    return 1 - len(mistakes(predictions, y)) / len(y)


def mistakes(predictions, y):
    """Returns the places of the examples that are wrong, those with the surest answers first.

    Args:
        predictions, y: as in `accuracy`.

    Returns:
        Whole numbers, (mistakes,).
    """
    checks.same_length("predictions", predictions, "y", y)
    shares = probabilities(predictions)
    wrong = np.flatnonzero(shares.argmax(axis=1) != classes(y))
    return wrong[np.argsort(-shares[wrong].max(axis=1), kind="stable")]


def pair_mistakes(predictions, y):
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
    y = np.asarray(y)
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


def probabilities(predictions):
    """Returns predictions, as in `accuracy`, with a column for each class: (n, classes)."""
    shares = np.reshape(predictions, (len(predictions), -1))
    return np.hstack([1 - shares, shares]) if shares.shape[1] == 1 else shares


def classes(y):
    """Returns the number of each example's class, (n,), from y as in `accuracy`."""
    y = np.reshape(y, (len(y), -1))
    return y.argmax(axis=1) if y.shape[1] > 1 else y.ravel()
