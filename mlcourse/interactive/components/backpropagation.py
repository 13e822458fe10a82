"""Back-propagation step by step in the page: one example through a small dense network."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import traitlets

from mlcourse import activations
from mlcourse._core import checks
from mlcourse.figures.networks.backpropagation import plot_backpropagation
from mlcourse.interactive.bundle import bundle
from mlcourse.interactive.components.component import (
    Component,
    is_standard,
    join_parameters,
    split_parameters,
)
from mlcourse.networks import from_model
from mlcourse.networks.backpropagation import position
from mlcourse.networks.network import Layer, Network

MAX_LAYERS = 5
MAX_UNITS = 12  # in a layer, and inputs


class Backpropagation(Component):
    """One example through a small dense network, forward and backward, step by step in the page.

    The page shows each sum, output and gradient in its turn, the factors of the chain rule of the
    edge that the pointer is on, and a finite difference beside each gradient. A weight, the input
    and the target can be edited, and the weights updated.

    Args:
        network, x, y, weight, learning_rate: as in `backpropagation`.

    Attributes:
        settings: dict with `x`, the inputs after preprocessing; `y`, the target as a vector;
            `weight`; `learning_rate`; `step`, the index of the step that is shown; and the shape of
            the network.

    Raises:
        ValueError: if the network is too large, or has a function that the page does not know; if
            x, y or weight does not fit it.

    Example:
        >>> shown = Backpropagation([np.array([[2.0]])], x=[3.0], y=[5.0])
        >>> shown.network.run(shown.settings["x"], shown.settings["y"]).gradients
        [array([[6.]])]
    """

    _esm = bundle("backpropagation_widget")
    _name = "backpropagation"
    _still = "Back-propagation step by step, which is computed in the page. It needs JavaScript."
    parameters = traitlets.CBytes(b"").tag(sync=True)  # layer by layer W, then b; float64

    def __init__(
        self,
        network: object,
        x: np.typing.ArrayLike,
        y: np.typing.ArrayLike,
        weight: Sequence[int] = (1, 1, 1),
        *,
        learning_rate: float = 0.1,
    ) -> None:
        checks.has_target(y)
        network = from_model(network)
        _check_size(network)
        names = _activation_names(network)
        run = network.run(x, y)
        position(network, weight)
        settings = {
            "sizes": network.sizes,
            "activations": names,
            "biases": [layer.bias is not None for layer in network.layers],
            "loss": network.loss,
            "x": run.a[0].tolist(),
            "y": _target_vector(network, y),
            "weight": [int(number) for number in weight],
            "learning_rate": checks.positive("learning_rate", learning_rate),
            "step": 0,
            "note": network.preprocessing_label,
        }
        super().__init__(settings=settings, parameters=join_parameters(network).tobytes())

    @property
    def network(self) -> Network:
        """The network with the weights that the page shows, after preprocessing, in float64."""
        settings = self.settings
        arrays = split_parameters(np.frombuffer(self.parameters, "<f8"), settings["sizes"])
        rows = zip(arrays, settings["biases"], settings["activations"], strict=True)
        layers = [
            Layer(kernel, bias if has_bias else None, (activations.find(name),))
            for (kernel, bias), has_bias, name in rows
        ]
        return Network(tuple(layers), settings["loss"])

    def _attributes(self) -> dict[str, Any]:
        parameters = np.frombuffer(self.parameters, "<f8").tolist()
        return {**super()._attributes(), "parameters": parameters}

    def _plot(self, figure):
        settings = self.settings
        weight = settings["weight"]
        if weight[1] > settings["sizes"][weight[0] - 1]:  # a bias, which the figure does not have
            weight = [weight[0], 1, weight[2]]
        plot_backpropagation(
            self.network, settings["x"], settings["y"], weight, ax=figure.subplots()
        )

    def _description(self):
        sizes = "-".join(map(str, self.settings["sizes"]))
        loss = self.network.run(self.settings["x"], self.settings["y"]).loss
        return f"One example through a network of {sizes} units; its loss is {loss:.4g}."


def backpropagation(
    network: object,
    x: np.typing.ArrayLike,
    y: np.typing.ArrayLike,
    weight: Sequence[int] = (1, 1, 1),
    *,
    learning_rate: float = 0.1,
) -> Backpropagation:
    """Show back-propagation of one example through a small dense network, step by step.

    Args:
        network: a network with weights, in any form that `mlcourse.networks.from_model` accepts,
            with at most 5 layers, and at most 12 inputs and 12 units in a layer.
        x: input, (inputs,).
        y: target, (outputs,), or an integer label.
        weight: (layer, input unit, output unit), counted from 1: the weight whose factors are shown
            first.
        learning_rate: learning rate of an update.

    Returns:
        A `Backpropagation`.

    Raises:
        ValueError: if the network is too large, or has a function that the page does not know; if
            x, y or weight does not fit it.

    >>> shown = backpropagation([[[2.0], [1.0]]], x=[1.0, 3.0], y=[4.0], weight=(1, 2, 1))
    >>> shown.settings["sizes"], shown.settings["weight"]
    ([2, 1], [1, 2, 1])
    """
    return Backpropagation(network, x, y, weight, learning_rate=learning_rate)


def _check_size(network):
    if len(network.layers) > MAX_LAYERS or max(network.sizes) > MAX_UNITS:
        rule = (
            f"network must have at most {MAX_LAYERS} layers, and at most {MAX_UNITS} inputs and "
            "units in a layer"
        )
        raise ValueError(f"{rule}. Got {'-'.join(map(str, network.sizes))} instead.")


def _activation_names(network):
    """Return the name of each layer's activation function, if the page has it."""
    names = []
    for number, layer in enumerate(network.layers, 1):
        functions = layer.functions or (activations.find("linear"),)
        name = getattr(functions[0], "name", "")
        is_last = number == len(network.layers)
        is_known = len(functions) == 1 and is_standard(functions[0])
        if not is_known or (name == "softmax" and not is_last):
            known = ", ".join(other for other in activations.ACTIVATIONS if other != "softmax")
            rule = f"each layer must have one activation of {known}, the last one also softmax"
            got = ", ".join(getattr(f, "name", None) or f.label for f in functions)
            raise ValueError(f"{rule}. Got {got} in layer {number} instead.")
        names.append(name)
    return names


def _target_vector(network, y):
    """Return a target as a list, one-hot for an integer label."""
    n_outputs = network.sizes[-1]
    y = np.ravel(np.asarray(y, float))
    if len(y) == 1 and n_outputs > 1:
        return np.eye(n_outputs)[int(y[0])].tolist()
    return y.tolist()
