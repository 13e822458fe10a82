"""Weight initializers, and signal propagation through deep networks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mlcourse import activations
from mlcourse._core import checks

MAX_VALUES = 10**8  # of an array, 800 MB


@dataclass(frozen=True)
class Initializer:
    """A distribution of a layer's initial weights, with mean 0.

    Attributes:
        std: function of fan_in and fan_out that returns the weights' standard deviation.
        formula: LaTeX formula of the standard deviation, without dollar signs.
        uniform: whether the distribution is uniform, from -sqrt(3) std to sqrt(3) std, else normal.

    Example:
        >>> initializer = Initializer(lambda fan_in, fan_out: 0.5, "0.5", uniform=True)
        >>> bool(np.abs(initial_weights(9, 9, initializer)).max() <= 0.5 * 3**0.5)
        True
    """

    std: Callable[[int, int], float]
    formula: str
    uniform: bool = False


def _glorot(fan_in, fan_out):
    return np.sqrt(2 / (fan_in + fan_out))


def _he(fan_in, fan_out):
    return np.sqrt(2 / fan_in)


_GLOROT_FORMULA = r"\sqrt{2 / (n_\mathrm{in} + n_\mathrm{out})}"
_HE_FORMULA = r"\sqrt{2 / n_\mathrm{in}}"
INITIALIZERS = {
    "zeros": Initializer(lambda fan_in, fan_out: 0.0, "0"),
    "small": Initializer(lambda fan_in, fan_out: 0.01, "0.01"),
    "large": Initializer(lambda fan_in, fan_out: 1.0, "1"),
    "glorot_normal": Initializer(_glorot, _GLOROT_FORMULA),
    "glorot_uniform": Initializer(_glorot, _GLOROT_FORMULA, uniform=True),
    "he_normal": Initializer(_he, _HE_FORMULA),
    "he_uniform": Initializer(_he, _HE_FORMULA, uniform=True),
}
"""Initializers by name. Sources: Glorot and Bengio, 2010; He et al., 2015."""


def find(initializer: str | Initializer) -> Initializer:
    """Return an initializer by its name; an `Initializer` is returned unchanged.

    Raises:
        ValueError: if the name is unknown; the message lists the known ones.

    Example:
        >>> find("he_normal").std(2, 100).item()
        1.0
    """
    if isinstance(initializer, Initializer):
        return initializer
    return INITIALIZERS[checks.choice("initializer", initializer, INITIALIZERS)]


def initial_weights(
    fan_in: int,
    fan_out: int,
    initializer: str | Initializer = "glorot_uniform",
    seed: int | np.random.Generator = 0,
) -> np.ndarray:
    """Return the initial weights of a dense layer.

    Args:
        fan_in: number of inputs, at least 1.
        fan_out: number of units, at least 1.
        initializer: one of `INITIALIZERS`, or an `Initializer`.
        seed: integer seed, or a `numpy.random.Generator`.

    Returns:
        Weights, float64, (fan_in, fan_out), at most 100 million.

    Raises:
        ValueError: if a size is below 1 or too large, or the initializer is unknown.

    >>> float(initial_weights(300, 200, "he_normal").std().round(3)), (2 / 300) ** 0.5
    (0.082, 0.08164965809277261)
    """
    shape = checks.integer("fan_in", fan_in, 1), checks.integer("fan_out", fan_out, 1)
    checks.at_most("fan_in times fan_out", shape[0] * shape[1], MAX_VALUES)
    initializer = find(initializer)
    rng = checks.generator("seed", seed)
    std = initializer.std(*shape)
    if initializer.uniform:
        return rng.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, shape)
    return rng.normal(0, std, shape)


@dataclass(frozen=True, eq=False)
class Signal:
    """Outputs and gradients of all layers of a deep network.

    Attributes:
        activations: outputs of each layer, (depth, examples, width), from first to last.
        gradients: gradients dL/da of these outputs, (depth, examples, width).

    Example:
        >>> Signal(np.ones((3, 5, 2)), np.zeros((3, 5, 2))).mean()
        array([1., 1., 1.])
    """

    activations: np.ndarray
    gradients: np.ndarray

    def mean(self, quantity: str = "activations") -> np.ndarray:
        """Return the mean of each layer's activations or gradients, (depth,)."""
        return self._values(quantity).mean(axis=(1, 2))

    def std(self, quantity: str = "activations") -> np.ndarray:
        """Return the standard deviation of each layer's activations or gradients, (depth,)."""
        values = self._values(quantity)
        return (values - values[:, :1, :1]).std(axis=(1, 2))  # exactly 0 if all are equal

    def histogram(
        self, quantity: str = "activations", bins: int = 50
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return a histogram of each layer's activations or gradients.

        Args:
            quantity: "activations" or "gradients".
            bins: number of bins, or bin edges.

        Returns:
            Counts, (depth, bins), and the common bin edges, (bins + 1,).
        """
        values = self._values(quantity)
        edges = np.histogram_bin_edges(values, bins)
        return np.array([np.histogram(layer, edges)[0] for layer in values]), edges

    def _values(self, quantity):
        """Return the activations or the gradients."""
        return getattr(self, checks.choice("quantity", quantity, ("activations", "gradients")))


def signal_propagation(
    depth: int = 10,
    width: int = 100,
    activation: str = "tanh",
    initializer: str | Initializer = "glorot_normal",
    n_examples: int = 200,
    seed: int | np.random.Generator = 0,
) -> Signal:
    """Propagate normal inputs through a deep network, and normal gradients back.

    All layers have the same width and no biases. The inputs, and the gradients of the last layer's
    outputs, are standard normal: with a suitable initializer their scale stays about 1 in all
    layers.

    Args:
        depth: number of layers.
        width: number of units per layer.
        activation: one of `mlcourse.activations.ACTIVATIONS`.
        initializer: one of `INITIALIZERS`, or an `Initializer`.
        n_examples: number of inputs.
        seed: integer seed, or a `numpy.random.Generator`.

    Returns:
        A `Signal`.

    Raises:
        ValueError: if a number is below 1, a name is unknown, or the weights or the outputs have
            more than 100 million values.

    >>> signal = signal_propagation(depth=5, activation="relu", initializer="he_normal")
    >>> signal.activations.shape, signal.std("gradients").shape
    ((5, 200, 100), (5,))
    """
    depth = checks.integer("depth", depth, 1)
    width = checks.integer("width", width, 1)
    shape = (checks.integer("n_examples", n_examples, 1), width)
    n_values = depth * width * max(shape)
    rule = "depth times width times the larger of width and n_examples"
    checks.at_most(rule, n_values, MAX_VALUES)
    rng = checks.generator("seed", seed)
    activations.find(activation)
    weights = np.array([initial_weights(width, width, initializer, rng) for _ in range(depth)])
    inputs = rng.normal(size=shape)
    return propagate(weights, inputs, rng.normal(size=shape), activation)


def propagate(
    weights: ArrayLike, inputs: ArrayLike, gradients: ArrayLike, activation: str = "tanh"
) -> Signal:
    """Propagate inputs through a deep network, and gradients of the last layer's outputs back.

    Args:
        weights: weights of each layer, (depth, width, width), without biases.
        inputs: inputs, (examples, width). Outputs and gradients are rounded to their dtype, float32
            or float64.
        gradients: gradients of the last layer's outputs, (examples, width).
        activation: one of `mlcourse.activations.ACTIVATIONS`.

    Returns:
        A `Signal`.

    Raises:
        ValueError: if the shapes do not fit, or the name is unknown.

    >>> signal = propagate(2 * np.eye(3)[None], [[1.0, 2.0, 3.0]], np.ones((1, 3)), "linear")
    >>> signal.activations.tolist()
    [[[2.0, 4.0, 6.0]]]
    """
    function = activations.find(activation)
    weights = checks.floats("weights", weights)
    if weights.ndim != 3 or weights.shape[1] != weights.shape[2] or not weights.size:
        got = f"shape {weights.shape}"
        raise ValueError(f"weights must have the shape (depth, width, width). Got {got} instead.")
    inputs, gradients = checks.floats("inputs", inputs), checks.floats("gradients", gradients)
    expected = None, len(weights[0])
    checks.shaped("inputs", inputs.shape, expected, "the weights need", exactly=True)
    checks.shaped("gradients", gradients.shape, expected, "the weights need", exactly=True)
    checks.same_length("inputs", inputs, "gradients", gradients)
    dtype = inputs.dtype
    logits = []
    outputs = [inputs]
    backward = [gradients]
    for matrix in weights:
        logits.append(outputs[-1] @ matrix)
        outputs.append(function.function(logits[-1]).astype(dtype))
    for matrix, z in zip(weights[:0:-1], logits[:0:-1], strict=True):
        backward.append((function.backward(z, backward[-1]) @ matrix.T).astype(dtype))
    return Signal(np.array(outputs[1:]), np.array(backward[::-1]))
