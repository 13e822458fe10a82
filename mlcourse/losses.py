"""Loss functions of one example, under their Keras names, with their gradients.

Each takes outputs a and targets y, (outputs,), and returns the loss and dL/da.

>>> loss, gradient = LOSSES["mean_squared_error"](np.array([1.0, 3.0]), np.array([1.0, 1.0]))
>>> float(loss), gradient
(2.0, array([0., 2.]))
"""

import numpy as np

TINY = np.finfo(float).tiny  # lower bound of probabilities, for finite logarithms


def _mean_squared_error(a, y):
    return np.mean((a - y) ** 2), 2 * (a - y) / y.size


def _binary_crossentropy(a, y):
    positive = np.maximum(a, TINY)
    negative = np.maximum(1 - a, TINY)
    loss = -np.mean(y * np.log(positive) + (1 - y) * np.log(negative))
    return loss, ((1 - y) / negative - y / positive) / y.size


def _categorical_crossentropy(a, y):
    a = np.maximum(a, TINY)
    return -np.sum(y * np.log(a)), -y / a


LOSSES = {
    "mean_squared_error": _mean_squared_error,
    "binary_crossentropy": _binary_crossentropy,
    "categorical_crossentropy": _categorical_crossentropy,
}
MATCHING_LOSS = {"sigmoid": "binary_crossentropy", "softmax": "categorical_crossentropy"}
"""The loss for each output activation; for all others, use the mean squared error."""
