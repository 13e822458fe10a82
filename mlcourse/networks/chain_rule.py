"""The gradient of one weight as a product of factors, by the chain rule."""

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
        place: the part of the network it belongs to: "into" (the weight's edge), "slope" (the unit
            after it), "onward" (that unit's edges to the next layer) or "loss" (the gradient from
            the loss).
        symbol: LaTeX symbol, without dollar signs.
        values: the factor, (1,), or its values for all units of the next layer, (units,).

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
    """Return the gradient dL/dw of one weight, and the factors whose product it is.

    A weight of the last layer has the factors dz/dw, dŷ/dz and dL/dŷ. A weight of another layer has
    dz/dw, da/dz, and the vectors dz_k/da and dL/dz_k over the units k of the next layer, whose dot
    product is the last factor. If an output depends on several z, as after softmax, or the slope
    underflows, there are only two factors: dz/dw and dL/dz.

    Args:
        network: a network with weights, in any form that `from_model` accepts.
        x: input, (inputs,).
        y: target, (outputs,), or an integer label.
        weight: (layer, input unit, output unit), counted from 1.

    Returns:
        A list of `Factor`, and the gradient.

    Raises:
        ValueError: if there is no such weight, or x or y has the wrong length.

    Example:
        >>> factors, gradient = chain_rule([np.array([[2.0]])], x=[3.0], y=[5.0], weight=(1, 1, 1))
        >>> [factor.values.item() for factor in factors], gradient
        ([3.0, 1.0, 2.0], 6.0)
    """
    checks.has_target(y)
    network = from_model(network)
    layer, start, end = position(network, weight)
    run = network.run(x, y)
    gradient = float(run.gradients[layer][start, end])
    z = f"z^{{({layer + 1})}}_{{{end + 1}}}"
    into = Factor("into", rf"\partial {z} / \partial w", run.a[layer][[start]])
    loss_by_z = Factor("loss", rf"\partial L / \partial {z}", run.dz[layer][[end]])
    values = network.layers[layer].forward(run.a[layer])
    slope = network.layers[layer].backward(values, np.ones_like(values[0]))[[end]]
    has_softmax = any(isinstance(step, Softmax) for step in network.layers[layer].functions)
    if has_softmax or not np.allclose(slope * run.da[layer][end], loss_by_z.values, rtol=1e-6):
        return [into, loss_by_z], gradient

    if layer == len(network.layers) - 1:
        output = rf"\hat{{y}}_{{{end + 1}}}"
        rest = [Factor("loss", rf"\partial L / \partial {output}", run.da[layer][[end]])]
    else:
        output = f"a^{{({layer + 1})}}_{{{end + 1}}}"
        next_z = f"z^{{({layer + 2})}}_k"
        weights = network.layers[layer + 1].weights[end]
        rest = [
            Factor("onward", rf"\partial {next_z} / \partial {output}", weights),
            Factor("loss", rf"\partial L / \partial {next_z}", run.dz[layer + 1]),
        ]
    return [into, Factor("slope", rf"\partial {output} / \partial {z}", slope), *rest], gradient


def position(network: object, weight: Sequence[int]) -> tuple[int, int, int]:
    """Return the layer, input unit and output unit of a weight, counted from 0.

    Args:
        network: as in `chain_rule`.
        weight: (layer, input unit, output unit), counted from 1.

    Raises:
        ValueError: if there is no such weight.

    Example:
        >>> position([np.ones((2, 3)), np.ones((3, 1))], (1, 2, 3))
        (0, 1, 2)
    """
    layers = from_model(network).layers
    if not isinstance(weight, Sequence) or len(weight) != 3:
        raise ValueError(f"weight must be (layer, unit before, unit after). Got {weight} instead.")
    layer = checks.integer("the layer of weight", weight[0], 1, len(layers)) - 1
    n_inputs, n_units = layers[layer].weights.shape
    start = checks.integer("the unit before weight", weight[1], 1, n_inputs) - 1
    end = checks.integer("the unit after weight", weight[2], 1, n_units) - 1
    return layer, start, end
