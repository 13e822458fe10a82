"""Pictures by class: some of each, what they are like on average, how many there are."""

from __future__ import annotations

import numpy as np

from mlcourse import checks, evaluation
from mlcourse.pictures.arrays import checked, chunks, numbers


def of_each_class(y: np.typing.ArrayLike, count: int, seed: int = 0) -> np.ndarray:
    """Returns the places of some examples of each class, drawn at random without replacement.

    Args:
        y: classes, whole numbers (n,) or (n, 1); or ones among zeros, (n, classes).
        count: how many of each.
        seed: the same seed gives the same ones.

    Returns:
        Whole numbers, (classes, count), in the order of the classes.

    Raises:
        ValueError: if a class has fewer examples.

    >>> of_each_class([0, 1, 0, 1, 2], 1)[2].tolist()
    [4]
    """
    count, seed = checks.integer("count", count, 1), checks.integer("seed", seed, 0)
    labels, classes = _labels(y)
    generators = np.random.default_rng(seed).spawn(classes)
    chosen = []
    _check_enough(labels, classes, count)
    for number, generator in enumerate(generators):
        places = np.flatnonzero(labels == number)
        chosen.append(generator.choice(places, count, replace=False))
    return np.array(chosen)


def class_means(x: np.typing.ArrayLike, y: np.typing.ArrayLike) -> np.ndarray:
    """Returns the mean picture of each class.

    Args:
        x: pictures, (n, height, width) or (n, height, width, channels).
        y: their classes, as in `of_each_class`.

    Returns:
        float32, (classes, height, width) or (classes, height, width, channels); of uint8 pictures
        as shares of 255.

    Raises:
        ValueError: if lengths differ, or a class has no picture.

    Example:
        >>> class_means([[[0.0]], [[1.0]], [[4.0]]], [0, 1, 0]).ravel().tolist()
        [2.0, 1.0]
    """
    x = checked(x)
    checks.same_length("x", x, "y", y)
    labels, classes = _labels(y)
    _check_enough(labels, classes, 1)
    means = np.zeros((classes, *x.shape[1:]))
    for number in range(classes):
        mine = np.flatnonzero(labels == number)
        for some in chunks(mine):
            means[number] += numbers(x[some]).sum(axis=0, dtype=np.float64) / len(mine)
    return means.astype(np.float32)


def class_counts(y: np.typing.ArrayLike) -> np.ndarray:
    """Returns how many examples each class has, (classes,), in the order of the classes.

    Args:
        y: classes, as in `of_each_class`.

    >>> class_counts([2, 0, 2]).tolist()
    [1, 0, 2]
    """
    labels, classes = _labels(y)
    return np.bincount(labels, minlength=classes)


def _labels(y):
    """Returns the numbers of the classes, (n,), and how many classes there are."""
    y = checks.array("y", y)
    if y.ndim not in (1, 2) or y.dtype.kind not in "biuf" or 0 in y.shape:
        rule = "y must hold numbers of classes, (n,), or ones among zeros, (n, classes)"
        raise ValueError(f"{rule}. Got {y.dtype} of shape {y.shape} instead.")
    labels, columns = evaluation.classes(y), y.size // len(y)
    if labels.min() < 0:
        raise ValueError(f"y must hold whole numbers from 0 on. Got {labels.min()} instead.")
    return labels, columns if columns > 1 else int(labels.max()) + 1


def _check_enough(labels, classes, count):
    for number, found in enumerate(np.bincount(labels, minlength=classes)):
        if found < count:
            rule = f"y must have at least {count:,} of each class"
            raise ValueError(f"{rule}. Got {found:,} of class {number} instead.")
