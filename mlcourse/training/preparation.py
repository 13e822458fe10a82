"""What comes before a fit: seeds, splits, pictures as numbers."""

from __future__ import annotations

import math

import keras
import numpy as np

from mlcourse import checks


def set_seed(seed: int = 0) -> None:
    """Seeds Python, NumPy and the Keras backend.

    Args:
        seed: a whole number from 0 to 4294967295.

    Example:
        >>> set_seed(1)
        >>> first = np.random.rand()
        >>> set_seed(1)
        >>> np.random.rand() == first
        True
    """
    keras.utils.set_random_seed(checks.seed(seed))


def callback_list(callbacks):
    """Returns callbacks as a list, if they are Keras's: none, one, or a list of them."""
    found = [] if callbacks is None else keras.tree.flatten(callbacks)
    for one in found:
        if not isinstance(one, keras.callbacks.Callback):
            raise ValueError(f"callbacks must be a list of Keras callbacks. Got {one!r} in it.")
    return found


def train_validation_split(
    x: np.typing.ArrayLike, y: np.typing.ArrayLike, validation: float = 10_000, seed: int = 0
) -> list[np.ndarray]:
    """Split examples into x_train, x_validation, y_train, y_validation.

    The order is that of scikit-learn's `train_test_split`. The parts are shuffled and do not
    overlap; each class is the same fraction of both.

    Args:
        x: examples, (n, ...).
        y: their labels, (n,) or (n, 1): integers or names. The parts have the same shape.
        validation: how many examples to hold out, or their share if below 1.
        seed: the same seed gives the same split.

    Raises:
        ValueError: if the lengths differ, or a part would not hold every class.

    >>> x_train, x_validation, *_ = train_validation_split(np.arange(100), np.arange(100) % 2, 20)
    >>> len(x_train), len(x_validation), len(np.intersect1d(x_train, x_validation))
    (80, 20, 0)
    """
    from sklearn.model_selection import train_test_split

    x, y = checks.array("x", x), checks.array("y", y)
    labels = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if labels.ndim != 1 or y.dtype.kind not in "biufUS" or np.any(y != y):
        what = f"{y.dtype} of shape {y.shape}"
        raise ValueError(f"y must hold one class an example, none missing. Got {what} instead.")
    if x.ndim == 0:
        raise ValueError(f"x must hold one example a class. Got {x!r} instead.")
    checks.same_length("x", x, "y", y)
    seed = checks.seed(seed)
    size = checks.number("validation", validation, 0)
    size = round(size * len(y)) if size < 1 else checks.integer("validation", validation, 1)
    try:
        parts = train_test_split(x, y, test_size=size, stratify=labels, random_state=seed)
    except ValueError:  # its rules are ours; its words are about test_size
        parts = None
    if parts is None or any(len(np.unique(part)) < len(np.unique(y)) for part in parts[2:]):
        rule = "validation must leave an example of each class in both parts"
        raise ValueError(f"{rule} of {len(y):,} examples. Got {validation!r} instead.")
    return parts


def prepare_images(x: np.typing.ArrayLike, flatten: bool = False) -> np.ndarray:
    """Returns pictures as float32 in [0, 1].

    Args:
        x: uint8 pictures, (n, height, width) or (n, height, width, channels).
        flatten: whether each picture becomes one row of numbers.

    Raises:
        ValueError: if the pictures are not uint8, or not a batch.

    >>> prepare_images(np.full((2, 28, 28), 255, np.uint8), flatten=True).shape
    (2, 784)
    """
    x, flatten = checks.array("x", x), checks.flag("flatten", flatten)
    if x.dtype != np.uint8 or x.ndim not in (3, 4):
        raise ValueError(
            "x must be uint8 pictures of shape (n, height, width) or (n, height, width, channels). "
            f"Got {x.dtype} of shape {x.shape} instead."
        )
    x = x.astype(np.float32) / np.float32(255)
    return x.reshape(len(x), math.prod(x.shape[1:])) if flatten else x
