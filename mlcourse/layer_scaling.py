"""Layers that scale each unit by itself: batch normalization, normalization and rescaling.

What an object has is looked at, and not what class it is of: so nothing of Keras is imported.
"""

import numpy as np

from mlcourse.networks import Scaling

EPSILON = 1e-7  # the least standard deviation by which Keras divides, unless it is told another
LABELS = {"Normalization": "normalization", "Rescaling": "rescaling"}


def scaling_of(item, shape=None):
    """Return a layer that scales as a `Scaling`.

    Args:
        item: a layer of `SCALINGS`, or batch normalization from scratch.
        shape: of its input, without the batch; None for units in one row.
    """
    scale, shift, count = SCALINGS.get(type(item).__name__, _batch_normalization)(item, shape)
    if shape is not None:
        scale, shift = (np.broadcast_to(values, (1, *shape)).ravel() for values in (scale, shift))
    return Scaling(scale, shift, count, LABELS.get(type(item).__name__, "batch normalization"))


def _batch_normalization(item, shape):
    usual = {"gamma": 1.0, "beta": 0.0, "moving_mean": 0.0, "moving_variance": 1.0}
    own = getattr(item, "params", {}) | getattr(item, "state", {})  # of a layer from scratch
    arrays = {name: own[name] if own else getattr(item, name) for name in usual}
    gamma, beta, mean, variance = (
        usual[name] if array is None else array_of(array) for name, array in arrays.items()
    )
    scale = gamma / np.sqrt(variance + item.epsilon)
    count = sum(np.size(array) for array in arrays.values() if array is not None)
    sides = [1] * (1 if shape is None else len(shape) + 1)
    sides[item.axis if shape else 0] = -1
    return scale.reshape(sides), (beta - mean * scale).reshape(sides), count


def _normalization(item, shape):
    mean, variance = array_of(item.mean), array_of(item.variance)
    deviation = np.maximum(np.sqrt(variance), EPSILON)
    scale, shift = (deviation, mean) if item.invert else (1 / deviation, -mean / deviation)
    count = sum(np.prod(weight.shape, dtype=int) for weight in item.weights)
    return (scale, shift, count) if shape else (scale.ravel(), shift.ravel(), count)


def _rescaling(item, shape):
    return array_of(item.scale), array_of(item.offset), 0


SCALINGS = {
    "BatchNormalization": _batch_normalization,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
}
"""Layers that scale each unit, and functions to their scale, shift and number of parameters."""


def array_of(values):
    """Returns an array of floats; a Keras variable gives it on any backend and device."""
    try:
        return np.asarray(values.numpy() if hasattr(values, "numpy") else values, dtype=float)
    except (TypeError, ValueError) as error:
        rule = "a network's weights must be arrays of numbers"
        raise ValueError(f"{rule}. Got {values!r} instead.") from error
