"""Activation functions and their derivatives, for arrays of any shape.

>>> activation([-1.0, 0.0, 2.0], "relu")
array([0., 0., 2.])
>>> activation_derivative([-1.0, 0.0, 2.0], "relu")
array([0., 0., 1.])
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from mlcourse._core import checks

LEAKY_SLOPE = 0.1  # steep enough to be seen in a picture
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # Klambauer et al., 2017


@dataclass(frozen=True)
class Activation:
    """One activation function.

    Attributes:
        name: what `ACTIVATIONS` calls it.
        function, derivative: from an array of floats to one of its shape.
        formula: in LaTeX, without dollars.
        corner: whether the derivative jumps at 0.

    Example:
        >>> find("relu").function(np.array([-1.0, 2.0]))
        array([0., 2.])
    """

    name: str
    function: Callable[[np.ndarray], np.ndarray]
    derivative: Callable[[np.ndarray], np.ndarray]
    formula: str
    corner: bool = False

    def backward(self, z: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Returns dL/dz, where `gradient` is dL/da and a = function(z): the chain rule."""
        return gradient * self.derivative(z)


class Softmax(Activation):
    """Softmax, each of whose outputs depends on all inputs of its row.

    Example:
        >>> find("softmax").backward(np.zeros(2), np.array([1.0, 0.0]))
        array([ 0.25, -0.25])
    """

    def backward(self, z: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Returns dL/dz: the whole Jacobian takes part, not its diagonal alone."""
        a = self.function(z)
        return a * (gradient - np.sum(gradient * a, axis=-1, keepdims=True))


def leaky_relu(slope: float) -> Activation:
    """Returns leaky ReLU with this slope below 0, which is from 0 to 1.

    Example:
        >>> leaky_relu(0.5).function(np.array([-1.0, 2.0]))
        array([-0.5,  2. ])
    """
    slope = checks.number("slope", slope, 0)
    if slope > 1:
        raise ValueError(f"slope must be at most 1. Got {slope:g} instead.")
    return Activation(
        "leaky_relu",
        lambda x: np.maximum(x, x.dtype.type(slope) * x),
        lambda x: np.where(x > 0, x.dtype.type(1), x.dtype.type(slope)),
        rf"\max({slope:g} z, z)",
        corner=True,
    )


def activation(X: np.typing.ArrayLike, function: str = "sigmoid") -> np.ndarray:  # noqa: N803
    """Returns the activation of each number in X.

    Args:
        X: numbers of any shape; softmax takes the last axis for the classes.
        function: one of `ACTIVATIONS`. Leaky ReLU has a slope of 0.1 below 0.

    Returns:
        An array of X's shape, float32 where X is, float64 otherwise.

    Raises:
        ValueError: if the function is not known; the message lists those that are.

    >>> activation([[1000.0, 1000.0]], "softmax")
    array([[0.5, 0.5]])
    """
    return np.asarray(find(function).function(checks.floats("X", X)))


def activation_derivative(X: np.typing.ArrayLike, function: str = "sigmoid") -> np.ndarray:  # noqa: N803
    """Returns the derivative of an activation function at each number in X.

    Each output of softmax depends on all inputs of its row; given here is its derivative
    by its own input, the diagonal of the Jacobian: s (1 - s). At 0, where the derivative
    of ReLU, leaky ReLU and SELU jumps, it is the one from the left, as in Keras.

    Args:
        X: numbers of any shape.
        function: one of `ACTIVATIONS`.

    Returns:
        An array of X's shape.

    Raises:
        ValueError: if the function is not known; the message lists those that are.

    >>> activation_derivative(0.0, "sigmoid")
    array(0.25)
    """
    return np.asarray(find(function).derivative(checks.floats("X", X)))


def find(function: str) -> Activation:
    """Returns the `Activation` of that name.

    Example:
        >>> find("tanh").formula
        '\\\\tanh z'
    """
    return ACTIVATIONS[checks.choice("function", function, ACTIVATIONS)]


def _tanh_derivative(x):
    half = np.clip(x, -400, 400)  # 1 - tanh^2, without the difference that loses its digits
    return 4 * expit(2 * half) * expit(-2 * half)


def _sigmoid_derivative(x):
    return expit(x) * expit(-x)


def _relu(x):
    return np.maximum(x, 0)


def _relu_derivative(x):
    return (x > 0).astype(x.dtype)


def _softmax(x):
    if x.ndim == 0 or not x.shape[-1]:
        got = f"shape {x.shape}" if x.ndim else f"the single number {x}"
        raise ValueError(f"softmax needs an axis of classes. Got {got} instead.")
    powers = np.exp(x - x.max(axis=-1, keepdims=True))  # the shift cancels, and keeps exp finite
    return powers / powers.sum(axis=-1, keepdims=True)


def _softmax_derivative(x):
    s = _softmax(x)
    return s * (1 - s)


def _elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def _elu_derivative(x):
    return np.exp(np.minimum(x, 0))


def _selu(x):
    return SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0)))


def _selu_derivative(x):
    return SELU_SCALE * np.where(x > 0, 1, SELU_ALPHA * _elu_derivative(x)).astype(x.dtype)


def _gelu(x):
    return x * ndtr(x)


def _gelu_derivative(x):
    near = np.clip(x, -40, 40)  # the density is 0 beyond, where its square would overflow
    return ndtr(x) + near * np.exp(-(near**2) / 2) / np.sqrt(2 * np.pi).astype(x.dtype)


def _swish(x):
    return x * expit(x)


def _swish_derivative(x):
    return expit(x) + x * _sigmoid_derivative(x)


def _softplus(x):
    return np.logaddexp(0, x)


_KNOWN = [
    Activation("sigmoid", expit, _sigmoid_derivative, r"1 / (1 + e^{-z})"),
    Activation("tanh", np.tanh, _tanh_derivative, r"\tanh z"),
    Activation("relu", _relu, _relu_derivative, r"\max(0, z)", corner=True),
    leaky_relu(LEAKY_SLOPE),
    Softmax("softmax", _softmax, _softmax_derivative, r"e^{z_i} / \sum_k e^{z_k}"),
    Activation("none", np.copy, np.ones_like, "z"),
    Activation("elu", _elu, _elu_derivative, r"\max(0, z) + \min(0, e^z - 1)"),
    Activation("selu", _selu, _selu_derivative, r"1.05 \, \mathrm{elu}_{1.67}(z)", corner=True),
    Activation("gelu", _gelu, _gelu_derivative, r"z \, \Phi(z)"),
    Activation("swish", _swish, _swish_derivative, r"z / (1 + e^{-z})"),
    Activation("softplus", _softplus, expit, r"\ln(1 + e^z)"),
]
ACTIVATIONS = {known.name: known for known in _KNOWN}
"""The functions by name.

ELU is of Clevert et al., 2016, SELU of Klambauer et al., 2017, GELU of Hendrycks and Gimpel,
2016, swish (SiLU) of Ramachandran et al., 2017, softplus of Dugas et al., 2001, leaky ReLU of
Maas et al., 2013.
"""
