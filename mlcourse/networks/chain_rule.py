"""One weight's gradient as the factors that the chain rule makes it of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks
from mlcourse.activations import Softmax
from mlcourse.networks.from_model import from_model


@dataclass(frozen=True, eq=False)
class Factor:
    """A factor of the chain rule.

    Attributes:
        place: where it belongs: "into" is the weight's edge, "slope" the unit behind it, "onward"
            its edges to the next layer, "loss" what comes back from the loss.
        symbol: in LaTeX, without dollars.
        values: a number, or one for each unit of the next layer, (units,).

    Example:
        >>> factors, _ = chain_rule([np.array([[2.0]])], x=[3.0], y=[5.0], weight=(1, 1, 1))
        >>> factors[0].place, factors[0].values
        ('into', array([3.]))
    """

    place: str
    symbol: str
    values: np.ndarray


def chain_rule(
    network: object, x: np.typing.ArrayLike, y: np.typing.ArrayLike, weight: Sequence[int]
) -> tuple[list[Factor], float]:
    """Returns dL/dw as the factors that it is the product of.

    A weight of the last layer has dz/dw, dŷ/dz and dL/dŷ, a weight of a layer before has dz/dw,
    da/dz, and two factors with a number for each unit k of the next layer, to be multiplied and
    summed: dz_k/da and dL/dz_k. Where an output depends on more than its own z, after softmax, or
    a slope is too flat for its numbers to be told from 0, what follows dz/dw is one factor: dL/dz.

    Args:
        network: what `draw_neural_net` takes, with weights.
        x: an input, (inputs,).
        y: its target, (outputs,) or the number of a class.
        weight: (layer, unit before, unit after), counted from 1 as in its name.

    Returns:
        A list of `Factor`, and the gradient that their product is.

    Raises:
        ValueError: if there is no such weight, or x or y is of another length.

    Example:
        >>> factors, gradient = chain_rule([np.array([[2.0]])], x=[3.0], y=[5.0], weight=(1, 1, 1))
        >>> [factor.values.item() for factor in factors], gradient
        ([3.0, 1.0, 2.0], 6.0)
    """
    checks.has_target(y)
    network = from_model(network)
    layer, start, end = position(network, weight)
    run = network.run(x, y)
    name, z = end + 1, f"z^{{({layer + 1})}}"
    into = Factor("into", rf"\partial {z}_{{{name}}} / \partial w", run.a[layer][[start]])
    joined = Factor("loss", rf"\partial L / \partial {z}_{{{name}}}", run.dz[layer][[end]])
    values = network.layers[layer].forward(run.a[layer])
    slope = network.layers[layer].backward(values, np.ones_like(values[0]))[[end]]
    depends = any(isinstance(step, Softmax) for step in network.layers[layer].functions)
    if depends or not np.allclose(slope * run.da[layer][end], joined.values, rtol=1e-6):
        return [into, joined], float(run.gradients[layer][start, end])

    last = layer == len(network.layers) - 1
    out = rf"\hat{{y}}_{{{name}}}" if last else f"a^{{({layer + 1})}}_{{{name}}}"
    slope = Factor("slope", rf"\partial {out} / \partial {z}_{{{name}}}", slope)
    if last:
        rest = [Factor("loss", rf"\partial L / \partial {out}", run.da[layer][[end]])]
    else:
        then = f"z^{{({layer + 2})}}_k"
        weights = network.layers[layer + 1].weights[end]
        rest = [
            Factor("onward", rf"\partial {then} / \partial {out}", weights),
            Factor("loss", rf"\partial L / \partial {then}", run.dz[layer + 1]),
        ]
    return [into, slope, *rest], float(run.gradients[layer][start, end])


def position(network: object, weight: Sequence[int]) -> tuple[int, int, int]:
    """Returns a weight's layer and units, counted from 0; raises if there is no such weight.

    Example:
        >>> position([np.ones((2, 3)), np.ones((3, 1))], (1, 2, 3))
        (0, 1, 2)
    """
    layers = from_model(network).layers
    if not isinstance(weight, Sequence) or len(weight) != 3:
        raise ValueError(f"weight must be (layer, unit before, unit after). Got {weight} instead.")
    layer = checks.integer("the layer of weight", weight[0], 1, len(layers)) - 1
    sizes = layers[layer].weights.shape
    start = checks.integer("the unit before weight", weight[1], 1, sizes[0]) - 1
    return layer, start, checks.integer("the unit after weight", weight[2], 1, sizes[1]) - 1
