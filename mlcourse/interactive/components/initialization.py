"""Initial weights in the page: the signal and the gradient by layer of a deep network."""

import functools
import math

import numpy as np

from mlcourse import activations, initializers
from mlcourse._core import checks
from mlcourse.figures.networks.activations import plot_signal_propagation
from mlcourse.initializers import Signal
from mlcourse.interactive.bundle import bundle
from mlcourse.interactive.components import seeded
from mlcourse.interactive.components.component import SettingsComponent

WIDTH = 100  # units per layer
N_EXAMPLES = 8  # few: the page computes all layers within one frame
MAX_DEPTH = 30
KEPT = 0.1, 10.0  # standard deviations after all layers that are called as large as at the start
SEED = 0


class Initialization(SettingsComponent):
    """A signal through a deep network, and its gradient, depending on the initial weights.

    The page computes in float32, like Keras, so numbers above 3.4e38 are infinite.

    Args:
        activation, initializer, depth: as in `initialization`.

    Attributes:
        settings: dict with `activation`, one of `mlcourse.activations.ACTIVATIONS`; `initializer`,
            one of `mlcourse.initializers.INITIALIZERS`; `scale`, a factor of all weights, from 0.1
            to 10; and `depth`, the number of layers, from 2 to 30.

    Raises:
        ValueError: for an unknown name, or a number outside its limits.

    Example:
        >>> shown = Initialization("relu", "he_normal")
        >>> shown.set(scale=0.1)
        >>> bool(shown.signal.std()[-1] < 1e-9)
        True
    """

    _esm = bundle("initialization_widget")
    _name = "initialization"
    _still = "Initial weights of a deep network, which change in the page. It needs JavaScript."
    _figsize = (6, 5)

    def __init__(
        self, activation: str = "tanh", initializer: str = "glorot_normal", depth: int = 10
    ) -> None:
        settings = {"activation": activation, "initializer": initializer, "depth": depth}
        super().__init__(settings=self._checked({**settings, "scale": 1.0}))

    @property
    def signal(self) -> Signal:
        """The outputs and gradients that the page shows, NaN from the first infinite layer on."""
        settings = self.settings
        weights, inputs, gradients = _standard_numbers(self._rule().uniform)
        weights = self._weights_std() * weights[: settings["depth"]]
        with np.errstate(over="ignore", invalid="ignore"):
            signal = initializers.propagate(weights, inputs, gradients, settings["activation"])
        outputs = _until_infinite(signal.activations)
        backward = _until_infinite(signal.gradients[::-1])[::-1]
        if np.isnan(outputs).any():
            backward = np.full_like(backward, np.nan)
        return Signal(outputs, backward)

    def _rule(self):
        return initializers.INITIALIZERS[self.settings["initializer"]]

    def _weights_std(self):
        return self.settings["scale"] * float(self._rule().std(WIDTH, WIDTH))

    @staticmethod
    def _checked(settings):
        initializers.find(settings["initializer"])
        return {
            "activation": activations.find(settings["activation"]).name,
            "initializer": settings["initializer"],
            "scale": float(checks.number_within("scale", settings["scale"], 0.1, 10)),
            "depth": checks.integer("depth", settings["depth"], 2, MAX_DEPTH),
        }

    def _plot(self, figure):
        names = ", ".join([self.settings["activation"], self.settings["initializer"]])
        title = f"{names}\nstandard deviation of weights {self._weights_std():.3g}"
        plot_signal_propagation({title: self.signal}, fig=figure)

    def _description(self):
        signal = self.signal
        sentences = describe_outputs(signal.std()), describe_gradients(signal.std("gradients"))
        names = "{activation}, {initializer}, scale {scale:g}".format(**self.settings)
        return f"{names}. {' '.join(sentences)}"


def initialization(
    activation: str = "tanh", initializer: str = "glorot_normal", depth: int = 10
) -> Initialization:
    """Show how a signal propagates through a deep network, depending on the initial weights.

    Args:
        activation: initial activation function.
        initializer: initial rule for the weights.
        depth: initial number of layers, 2 to 30.

    Returns:
        An `Initialization`. Its setting `scale` is a factor of all weights.

    Raises:
        ValueError: for an unknown name, or a depth outside the limits.

    Example:
        >>> initialization("relu", "he_normal").settings
        {'activation': 'relu', 'initializer': 'he_normal', 'scale': 1.0, 'depth': 10}
    """
    return Initialization(activation, initializer, depth)


def describe_outputs(deviations: np.ndarray) -> str:
    """Return a sentence on the standard deviation of the outputs of each layer, NaN if infinite.

    >>> describe_outputs(np.array([0.7, 0.05]))
    'The signal vanishes: the standard deviation of the outputs is 0.7 in layer 1 and 0.05 in layer 2.'
    """
    if not np.isfinite(deviations).all():
        layer = 1 + np.argmin(np.isfinite(deviations))
        return f"The signal explodes: from layer {layer} on, outputs are too large for float32."
    if not deviations.all():
        layer = 1 + np.argmin(deviations)
        return f"The signal vanishes: from layer {layer} on, all outputs are equal."
    first, last = deviations[[0, -1]]
    return (
        f"The signal {_verdict(last)}: the standard deviation of the outputs is "
        f"{_short(first)} in layer 1 and {_short(last)} in layer {len(deviations)}."
    )


def describe_gradients(deviations: np.ndarray) -> str:
    """Return a sentence on the standard deviation of the gradients of each layer, NaN if infinite.

    >>> describe_gradients(np.array([20.0, 1.0]))
    'The gradient explodes: its standard deviation is 1 in layer 2 and 20 in layer 1.'
    """
    depth = len(deviations)
    if np.isnan(deviations).all():
        return "The gradient cannot be computed."
    if np.isnan(deviations).any():
        layer = np.flatnonzero(np.isnan(deviations))[-1] + 1
        return f"The gradient explodes: from layer {layer} down, it is too large for float32."
    if not deviations.all():
        layer = np.flatnonzero(deviations == 0)[-1] + 1
        return f"The gradient vanishes: from layer {layer} down, it is 0."
    first, last = deviations[[0, -1]]
    return (
        f"The gradient {_verdict(first)}: its standard deviation is {_short(last)} in layer "
        f"{depth} and {_short(first)} in layer 1."
    )


def _verdict(deviation):
    low, high = KEPT
    return "vanishes" if deviation < low else "explodes" if deviation > high else "keeps its size"


def _short(value):
    """Return a positive number as `short` of `js/numbers.js` does."""
    if 0.005 <= value < 1000:
        digits = 2 - min(2, max(0, math.floor(math.log10(value))))
        return f"{float(f'{value:.{digits}f}'):g}"
    mantissa, exponent = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(exponent):+d}".replace("-", "\N{MINUS SIGN}")


def _until_infinite(layers):
    """Return float64 layers, with NaN from the first on that is not finite."""
    finite = np.isfinite(layers).all(axis=(1, 2))
    kept = np.logical_and.accumulate(finite)
    return np.where(kept[:, None, None], layers, np.nan).astype(float)


@functools.cache
def _standard_numbers(is_uniform):
    """Return weights of variance 1 of all layers, normal inputs and gradients, rounded to float32.

    Weights are float64, so that products with them are.
    """
    n_weights = MAX_DEPTH * WIDTH**2
    if is_uniform:
        weights = math.sqrt(3) * (2 * seeded.uniform_array(n_weights, SEED, "weights") - 1)
    else:
        weights = seeded.normal_array(n_weights, SEED, "weights")
    weights = weights.astype("float32").astype(float).reshape(MAX_DEPTH, WIDTH, WIDTH)
    ends = seeded.normal_array(2 * N_EXAMPLES * WIDTH, SEED, "signal").astype("float32")
    return weights, *ends.reshape(2, N_EXAMPLES, WIDTH)
