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

LEAKY_SLOPE = 0.1  # steep enough to be visible in figures
SELU_SCALE = 1.0507009873554805  # Klambauer et al., 2017
SELU_ALPHA = 1.6732632423543772


@dataclass(frozen=True)
class Activation:
    """An activation function with its derivative.

    Attributes:
        name: its name in `ACTIVATIONS`.
        function, derivative: functions of a float array that return an array of the same shape.
        formula: LaTeX formula, without dollar signs.
        corner: whether the derivative is discontinuous at 0.

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
        """Return dL/dz from `gradient`, dL/da, where a = function(z), by the chain rule."""
        return gradient * self.derivative(z)


class Softmax(Activation):
    """Softmax; each output depends on all inputs of its row.

    Example:
        >>> find("softmax").backward(np.zeros(2), np.array([1.0, 0.0]))
        array([ 0.25, -0.25])
    """

    def backward(self, z: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Return dL/dz, by the full Jacobian."""
        a = self.function(z)
        return a * (gradient - np.sum(gradient * a, axis=-1, keepdims=True))


def leaky_relu(slope: float) -> Activation:
    """Return a leaky ReLU.

    Args:
        slope: slope for negative inputs, from 0 to 1.

    Raises:
        ValueError: if slope is not from 0 to 1.

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
    """Apply an activation function elementwise.

    Args:
        X: array of any shape; softmax is computed over the last axis.
        function: one of `ACTIVATIONS`. The slope of leaky ReLU is 0.1 for negative inputs.

    Returns:
        An array of the shape of X, float32 if X is float32, else float64.

    Raises:
        ValueError: if the function is unknown; the message lists the known ones.

    >>> activation([[1000.0, 1000.0]], "softmax")
    array([[0.5, 0.5]])
    """
    return np.asarray(find(function).function(checks.floats("X", X)))


def activation_derivative(X: np.typing.ArrayLike, function: str = "sigmoid") -> np.ndarray:  # noqa: N803
    """Return the derivative of an activation function elementwise.

    For softmax this is the diagonal of the Jacobian, s (1 - s). At 0, where the derivatives of
    ReLU, leaky ReLU and SELU are discontinuous, it is the left derivative, as in Keras.

    Args:
        X: array of any shape.
        function: one of `ACTIVATIONS`.

    Returns:
        An array of the shape of X.

    Raises:
        ValueError: if the function is unknown; the message lists the known ones.

    >>> activation_derivative(0.0, "sigmoid")
    array(0.25)
    """
    return np.asarray(find(function).derivative(checks.floats("X", X)))


def find(function: str) -> Activation:
    """Return an activation function by its name.

    Args:
        function: one of `ACTIVATIONS`; "none", as in old notebooks, is "linear".

    Raises:
        ValueError: if the function is unknown; the message lists the known ones.

    Example:
        >>> find("tanh").formula
        '\\\\tanh z'
    """
    if isinstance(function, str) and function == "none":
        function = "linear"
    return ACTIVATIONS[checks.choice("function", function, ACTIVATIONS)]


def _tanh_derivative(x):
    clipped = np.clip(x, -400, 400)
    return 4 * expit(2 * clipped) * expit(-2 * clipped)  # 1 - tanh^2 without cancellation


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
    exponentials = np.exp(x - x.max(axis=-1, keepdims=True))  # the shift prevents overflow
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


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
    clipped = np.clip(x, -40, 40)  # the density is 0 outside; prevents overflow of the square
    return ndtr(x) + clipped * np.exp(-(clipped**2) / 2) / np.sqrt(2 * np.pi).astype(x.dtype)


def _swish(x):
    return x * expit(x)


def _swish_derivative(x):
    return expit(x) + x * _sigmoid_derivative(x)


def _softplus(x):
    return np.logaddexp(0, x)


_ALL = [
    Activation("sigmoid", expit, _sigmoid_derivative, r"1 / (1 + e^{-z})"),
    Activation("tanh", np.tanh, _tanh_derivative, r"\tanh z"),
    Activation("relu", _relu, _relu_derivative, r"\max(0, z)", corner=True),
    leaky_relu(LEAKY_SLOPE),
    Softmax("softmax", _softmax, _softmax_derivative, r"e^{z_i} / \sum_k e^{z_k}"),
    Activation("linear", np.copy, np.ones_like, "z"),
    Activation("elu", _elu, _elu_derivative, r"\max(0, z) + \min(0, e^z - 1)"),
    Activation("selu", _selu, _selu_derivative, r"1.05 \, \mathrm{elu}_{1.67}(z)", corner=True),
    Activation("gelu", _gelu, _gelu_derivative, r"z \, \Phi(z)"),
    Activation("swish", _swish, _swish_derivative, r"z / (1 + e^{-z})"),
    Activation("softplus", _softplus, expit, r"\ln(1 + e^z)"),
]
ACTIVATIONS = {item.name: item for item in _ALL}
"""Activation functions by name.

Sources: leaky ReLU, Maas et al., 2013; ELU, Clevert et al., 2016; SELU, Klambauer et al., 2017;
GELU, Hendrycks and Gimpel, 2016; swish (SiLU), Ramachandran et al., 2017; softplus, Dugas et al.,
2001.
"""
