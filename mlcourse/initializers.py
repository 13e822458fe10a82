"""First weights, and what becomes of a signal that passes through many layers of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mlcourse import activations
from mlcourse._core import checks


@dataclass(frozen=True)
class Initializer:
    """A rule for a layer's first weights.

    Attributes:
        deviation: the weights' standard deviation, from fan_in and fan_out.
        formula: of that deviation, in LaTeX, without dollars.
        uniform: whether the weights are uniform between -sqrt(3) and sqrt(3) deviations, which
            has that deviation; else they are normal.

    Example:
        >>> halves = Initializer(lambda fan_in, fan_out: 0.5, "0.5", uniform=True)
        >>> bool(np.abs(initial_weights(9, 9, halves)).max() <= 0.5 * 3**0.5)
        True
    """

    deviation: Callable[[int, int], float]
    formula: str
    uniform: bool = False


def _glorot(fan_in, fan_out):
    return np.sqrt(2 / (fan_in + fan_out))


def _he(fan_in, fan_out):
    return np.sqrt(2 / fan_in)


_GLOROT = r"\sqrt{2 / (n_\mathrm{in} + n_\mathrm{out})}"
_HE = r"\sqrt{2 / n_\mathrm{in}}"
INITIALIZERS = {
    "zeros": Initializer(lambda fan_in, fan_out: 0.0, "0"),
    "small": Initializer(lambda fan_in, fan_out: 0.01, "0.01"),
    "large": Initializer(lambda fan_in, fan_out: 1.0, "1"),
    "glorot_normal": Initializer(_glorot, _GLOROT),
    "glorot_uniform": Initializer(_glorot, _GLOROT, uniform=True),
    "he_normal": Initializer(_he, _HE),
    "he_uniform": Initializer(_he, _HE, uniform=True),
}
"""The rules by name. Glorot's is of Glorot and Bengio, 2010, He's of He et al., 2015."""


def find(initializer: str | Initializer) -> Initializer:
    """Returns an `Initializer` as it is, or that of a name; an unknown one raises, listing all.

    Example:
        >>> find("he_normal").deviation(2, 100).item()
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
    """Returns the first weights of a dense layer.

    Args:
        fan_in, fan_out: inputs and units of the layer, at least 1.
        initializer: one of `INITIALIZERS`, or an `Initializer`.
        seed: a whole number, or a `numpy.random.Generator` to go on drawing from.

    Returns:
        A float64 array, (fan_in, fan_out).

    Raises:
        ValueError: for a size below 1, or a rule that is not known.

    >>> float(initial_weights(300, 200, "he_normal").std().round(3)), (2 / 300) ** 0.5
    (0.082, 0.08164965809277261)
    """
    size = checks.integer("fan_in", fan_in, 1), checks.integer("fan_out", fan_out, 1)
    rule = find(initializer)
    deviation, rng = rule.deviation(*size), checks.generator("seed", seed)
    if rule.uniform:
        return rng.uniform(-np.sqrt(3) * deviation, np.sqrt(3) * deviation, size)
    return rng.normal(0, deviation, size)


@dataclass(frozen=True, eq=False)
class Signal:
    """What becomes of a signal on its way through a deep network, and of its gradient back.

    Attributes:
        activations: (depth, examples, width), each layer's outputs, from the first to the last.
        gradients: of the same shape, dL/da of these outputs.

    Example:
        >>> Signal(np.ones((3, 5, 2)), np.zeros((3, 5, 2))).mean()
        array([1., 1., 1.])
    """

    activations: np.ndarray
    gradients: np.ndarray

    def mean(self, what: str = "activations") -> np.ndarray:
        """Returns the mean by layer, (depth,)."""
        return self._values(what).mean(axis=(1, 2))

    def deviation(self, what: str = "activations") -> np.ndarray:
        """Returns the standard deviation by layer, (depth,)."""
        return self._values(what).std(axis=(1, 2))

    def histogram(self, what: str = "activations", bins: int = 50) -> tuple[np.ndarray, np.ndarray]:
        """Returns each layer's counts, (depth, bins), and the edges they share, (bins + 1,)."""
        values = self._values(what)
        edges = np.histogram_bin_edges(values, bins)
        return np.array([np.histogram(layer, edges)[0] for layer in values]), edges

    def _values(self, what):
        return getattr(self, checks.choice("what", what, ("activations", "gradients")))


def signal_propagation(
    depth: int = 10,
    width: int = 100,
    activation: str = "tanh",
    initializer: str | Initializer = "glorot_normal",
    examples: int = 200,
    seed: int | np.random.Generator = 0,
) -> Signal:
    """Sends normal inputs forward through layers of equal width, and normal gradients back.

    The layers have no biases. The inputs, and the gradients of the last layer's outputs,
    have mean 0 and deviation 1: in a healthy network both keep about that size.

    Args:
        depth: number of layers.
        width: units of each of them.
        activation: one of `mlcourse.activations.ACTIVATIONS`.
        initializer: one of `INITIALIZERS`, or an `Initializer`.
        examples: how many inputs.
        seed: the same seed gives the same signal.

    Returns:
        A `Signal`.

    Raises:
        ValueError: for a number below 1, or a name that is not known.

    >>> signal = signal_propagation(depth=5, activation="relu", initializer="he_normal")
    >>> signal.activations.shape, signal.deviation("gradients").shape
    ((5, 200, 100), (5,))
    """
    depth, width = checks.integer("depth", depth, 1), checks.integer("width", width, 1)
    shape = checks.integer("examples", examples, 1), width
    rng, function = checks.generator("seed", seed), activations.find(activation)
    weights = [initial_weights(width, width, initializer, rng) for _ in range(depth)]

    inputs, signal = [], [rng.normal(size=shape)]
    for matrix in weights:
        inputs.append(signal[-1] @ matrix)
        signal.append(function.function(inputs[-1]))
    gradients = [rng.normal(size=shape)]
    for matrix, z in zip(weights[:0:-1], inputs[:0:-1], strict=True):
        gradients.append(function.backward(z, gradients[-1]) @ matrix.T)
    return Signal(np.array(signal[1:]), np.array(gradients[::-1]))
