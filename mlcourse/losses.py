"""Losses of one example, by their names in Keras: the loss, and dL/da.

>>> loss, gradient = LOSSES["mean_squared_error"](np.array([1.0, 3.0]), np.array([1.0, 1.0]))
>>> float(loss), gradient
(2.0, array([0., 2.]))
"""

import numpy as np

TINY = np.finfo(float).tiny  # keeps logarithms finite


def _mean_squared_error(a, y):
    return np.mean((a - y) ** 2), 2 * (a - y) / y.size


def _binary_crossentropy(a, y):
    one, zero = np.maximum(a, TINY), np.maximum(1 - a, TINY)
    loss = -np.mean(y * np.log(one) + (1 - y) * np.log(zero))
    return loss, ((1 - y) / zero - y / one) / y.size


def _categorical_crossentropy(a, y):
    a = np.maximum(a, TINY)
    return -np.sum(y * np.log(a)), -y / a


LOSSES = {
    "mean_squared_error": _mean_squared_error,
    "binary_crossentropy": _binary_crossentropy,
    "categorical_crossentropy": _categorical_crossentropy,
}
FITTING = {"sigmoid": "binary_crossentropy", "softmax": "categorical_crossentropy"}
"""The loss that fits an output function; for any other one it is the mean squared error."""
