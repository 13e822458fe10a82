"""A picture and its mirror image show the same thing: so a model may be asked about both."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from mlcourse import checks


class Predictor(Protocol):
    """What says something of pictures, as a Keras model does."""

    def predict(self, x: np.ndarray, *, batch_size: int, verbose: int) -> np.ndarray:
        """Returns what it says of each picture."""


def mirror_average(model: Predictor, x: np.typing.ArrayLike, batch_size: int = 128) -> np.ndarray:
    """Returns what a model says of pictures, averaged over each one and its mirror image.

    Left and right are exchanged. It costs a second prediction, and no training.

    Args:
        model: anything with `predict(x, batch_size=..., verbose=0)`, as a Keras model has it.
        x: pictures, (n, height, width) or (n, height, width, channels).
        batch_size: how many pictures are predicted at once.

    Returns:
        The averages, of the shape of the model's predictions.

    Raises:
        ValueError: if x is of another shape.

    Example:
        >>> class Mean:
        ...     def predict(self, x, *, batch_size, verbose):
        ...         return x[:, 0, 0]
        >>> mirror_average(Mean(), np.array([[[1.0, 3.0]]])).tolist()
        [2.0]
    """
    x = checks.array("x", x)
    checks.function("the model's predict", getattr(model, "predict", None))
    if x.ndim not in (3, 4) or not x.size:
        rule = "x must be of shape (n, height, width) or (n, height, width, channels)"
        raise ValueError(f"{rule}. Got {x.shape} instead.")
    batch_size = checks.integer("batch_size", batch_size, 1)
    mirrored = np.ascontiguousarray(x[:, :, ::-1])  # PyTorch takes no array that runs backwards
    both = [model.predict(one, batch_size=batch_size, verbose=0) for one in (x, mirrored)]
    return np.mean(both, axis=0)
