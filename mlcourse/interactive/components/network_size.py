"""The size of a network in the page: its diagram, and its number of parameters."""

import itertools

from mlcourse._core import checks
from mlcourse.figures.networks.neural_net import draw_neural_net
from mlcourse.interactive.bundle import bundle
from mlcourse.interactive.components.component import SettingsComponent

LIMITS = {"inputs": (1, 10_000), "layers": (0, 6), "units": (1, 12), "outputs": (1, 10_000)}
MAX_SHOWN = 12  # units of a layer


class NetworkSize(SettingsComponent):
    """The diagram of a dense network, with its numbers of weights and biases, in the page.

    Args:
        inputs, outputs, layers, units: as in `network_size`.

    Attributes:
        settings: dict with `inputs`; `layers`, the number of hidden layers; `units`, of each hidden
            layer; and `outputs`.

    Raises:
        ValueError: for a number outside its limits.

    Example:
        >>> shown = NetworkSize(784, 10, layers=1, units=12)
        >>> shown.n_parameters
        9550
    """

    _esm = bundle("network_size_widget")
    _name = "network-size"
    _still = "The size of a network, which changes in the page. It needs JavaScript."
    _figsize = (7, 5)

    def __init__(self, inputs: int = 5, outputs: int = 5, layers: int = 2, units: int = 6) -> None:
        settings = {"inputs": inputs, "layers": layers, "units": units, "outputs": outputs}
        super().__init__(settings=self._checked(settings))

    @property
    def n_parameters(self) -> int:
        """The number of weights and biases of the network."""
        return self._n_weights() + sum(self._sizes()[1:])

    def _sizes(self):
        """Return the number of inputs, and of units of each layer."""
        inputs, layers, units, outputs = (self.settings[name] for name in LIMITS)
        return [inputs, *[units] * layers, outputs]

    def _n_weights(self):
        return sum(inputs * units for inputs, units in itertools.pairwise(self._sizes()))

    @staticmethod
    def _checked(settings):
        return {
            name: checks.integer(name, settings[name], *limits) for name, limits in LIMITS.items()
        }

    def _plot(self, figure):
        ax = figure.subplots()
        draw_neural_net(ax, self._sizes(), weight_count=True, max_units=MAX_SHOWN)

    def _description(self):
        sizes = ", ".join(f"{units:,}" for units in self._sizes())
        return f"A network of {sizes} units, with {self.n_parameters:,} weights and biases."


def network_size(inputs: int = 5, outputs: int = 5, layers: int = 2, units: int = 6) -> NetworkSize:
    """Show a network diagram, with controls for its size, and its number of parameters.

    Args:
        inputs: initial number of inputs, 1 to 10,000.
        outputs: initial number of outputs, 1 to 10,000.
        layers: initial number of hidden layers, 0 to 6.
        units: initial number of units per hidden layer, 1 to 12.

    Returns:
        A `NetworkSize`.

    Raises:
        ValueError: for a number outside its limits.

    Example:
        >>> network_size(units=12).settings
        {'inputs': 5, 'layers': 2, 'units': 12, 'outputs': 5}
    """
    return NetworkSize(inputs, outputs, layers, units)
