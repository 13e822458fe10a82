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
N_EXAMPLES = 6  # few: the page computes all layers within one frame
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
        forward = describe("signal", signal.std())
        backward = describe("gradient", signal.std("gradients"), backward=True)
        names = "{activation}, {initializer}, scale {scale:g}".format(**self.settings)
        return f"{names}. {forward} {backward}"


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


def describe(noun: str, deviations: np.ndarray, backward: bool = False) -> str:
    """Return a sentence on the size of a signal, as `js/initialization/words.js` does.

    Args:
        noun: name of the signal.
        deviations: its standard deviation in each layer, NaN from the first infinite layer on.
        backward: whether the signal goes from the last layer to the first.

    >>> describe("signal", np.array([0.7, 0.05]))
    'The signal vanishes: its standard deviation is 0.7 in layer 1 and 0.05 in layer 2.'
    """
    layers = np.arange(1, len(deviations) + 1)[:: -1 if backward else 1]
    deviations = deviations[layers - 1]

    def since(is_affected):
        direction = "down" if backward else "on"
        return f"from layer {layers[is_affected][0]} {direction}, its standard deviation is"

    infinite, zero = np.isnan(deviations), deviations == 0
    if infinite.all():
        return f"The {noun} cannot be computed."
    if infinite.any():
        return f"The {noun} explodes: {since(infinite)} too large for float32."
    if zero.any():
        return f"The {noun} vanishes: {since(zero)} 0."
    ends = [f"{_short(deviations[i])} in layer {layers[i]}" for i in (0, -1)]
    return f"The {noun} {_verdict(deviations[-1])}: its standard deviation is {' and '.join(ends)}."


def _verdict(deviation):
    low, high = KEPT
    if deviation < low:
        return "vanishes"
    return "explodes" if deviation > high else "keeps its size"


def _short(value):
    """Return a positive number with two digits."""
    if 1e-3 <= value < 1e3:
        return f"{float(f'{value:.2g}'):g}"
    mantissa, exponent = f"{value:.1e}".split("e")
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
