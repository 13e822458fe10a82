"""The forward and the backward pass of one example, and the gradient of one weight as factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks
from mlcourse._core.tables import as_lines
from mlcourse.activations import Softmax
from mlcourse.networks.from_model import from_model
from mlcourse.networks.network import ForwardPass, Network

FORWARD = ["FORWARD   z = the sum of w_i times input i, plus b;  a = f(z)"]
BACKWARD = [
    "BACKWARD  delta = dL/dz = dL/da times f'(z);  for softmax, summed over its outputs",
    "          dL/dw_i = delta times input i;  dL/db = delta",
    "          dL/d(input i), for the layer before = the sum of w_i delta over the units",
]
LOSSES = {
    "mean_squared_error": "the mean of (a - y)^2",
    "binary_crossentropy": "the mean of -y ln a - (1 - y) ln(1 - a)",
    "categorical_crossentropy": "the sum of -y ln a",
}


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The forward and the backward pass of one example; its text lists all numbers.

    Attributes:
        network: the `Network`.
        run: the `ForwardPass` of the example: every a, z, dL/da and dL/dz, the loss and the
            gradients.
        y: the target, as passed to `explain`.
        max_units: maximum number of units per layer, and of inputs per unit, in the text.

    Example:
        >>> explain([np.array([[2.0]])], x=[1.0], y=[3.0]).run.loss
        1.0
    """

    network: Network
    run: ForwardPass
    y: np.typing.ArrayLike
    max_units: int

    def __repr__(self):
        layers = range(len(self.network.layers))
        sizes = "-".join(str(size) for size in self.network.sizes)
        parts = [
            [f"One example through a network of {sizes}"],
            [self._input_line()],
            FORWARD,
            *(self._forward_table(number) for number in layers),
            [self._loss_line()],
            BACKWARD,
            *(self._backward_table(number) for number in reversed(layers)),
        ]
        return "\n\n".join("\n".join(part) for part in parts)

    def _input_line(self):
        label = self.network.preprocessing_label
        suffix = f", after {label}" if label else ""
        return f"x = {self._format_list(self.run.a[0])}{suffix}"

    def _forward_table(self, number):
        """Return the lines of a layer's weights, biases, sums and outputs."""
        layer = self.network.layers[number]
        z = self.run.z[number]
        bias = np.zeros(len(z)) if layer.bias is None else layer.bias
        columns = {"b": bias, "z": z, "a": self.run.a[number + 1]}
        return self._table(number, "w", layer.weights, {}, columns)

    def _backward_table(self, number):
        """Return the lines of a layer's gradients."""
        dz = self.run.dz[number]
        left = {"dL/da": self.run.da[number], "delta": dz}
        return self._table(number, "dL/dw", self.run.gradients[number], left, {"dL/db": dz})

    def _table(self, number, name, matrix, left, right):
        """Return the lines of a layer: a title, then a table with one row per unit.

        Args:
            number: index of the layer.
            name: name of the matrix, for the column heads.
            matrix: weights or gradients, (inputs, units).
            left, right: dicts of column heads to values, (units,), before and after the matrix.
        """
        n_inputs, n_units = matrix.shape
        n_columns = min(n_inputs, self.max_units)
        ellipsis = ["..."] if n_inputs > self.max_units else []
        head = [f"{name}_{index + 1}" for index in range(n_columns)] + ellipsis
        rows = [
            [
                str(unit + 1),
                *(_format(values[unit]) for values in left.values()),
                *(_format(value) for value in matrix[:n_columns, unit]),
                *ellipsis,
                *(_format(values[unit]) for values in right.values()),
            ]
            for unit in range(min(n_units, self.max_units))
        ]
        title = f"Layer {number + 1}: {self._functions(number)}"
        lines = [title, *as_lines(["unit", *left, *head, *right], rows)]
        n_omitted = n_units - self.max_units
        if n_omitted > 0:
            noun = "unit" if n_omitted == 1 else "units"
            lines.append(f"... and {n_omitted:,} more {noun}")
        return lines

    def _functions(self, number):
        """Return the names of a layer's functions."""
        steps = self.network.layers[number].functions
        names = [getattr(step, "label", None) or step.name for step in steps]
        return ", ".join(name for name in names if name != "linear") or "no function, a = z"

    def _loss_line(self):
        y = str(self.y) if np.ndim(self.y) == 0 else self._format_list(np.ravel(self.y))
        formula = LOSSES[self.network.loss]
        return f"LOSS      L = {formula} = {_format(self.run.loss)}, with y = {y}"

    def _format_list(self, values):
        suffix = f", ... ({len(values):,} numbers)" if len(values) > self.max_units else ""
        return ", ".join(_format(value) for value in values[: self.max_units]) + suffix


def explain(
    network: object, x: np.typing.ArrayLike, y: np.typing.ArrayLike, max_units: int = 8
) -> Explanation:
    """Return the forward and the backward pass of one example, for printing.

    The text lists every weight, sum z, output a, delta = dL/dz and gradient, layer by layer. The
    loss L is the compiled one, else the one that matches the output activation.

    Args:
        network: a network with weights, in any form that `from_model` accepts.
        x: input, (inputs,).
        y: target, (outputs,), or an integer label.
        max_units: maximum number of units per layer, and of inputs per unit, in the text.

    Returns:
        An `Explanation`; `plot_explanation` plots it.

    Raises:
        ValueError: if x or y has the wrong length, or network is not a chain of dense layers.

    >>> import numpy as np
    >>> print(explain([np.array([[2.0], [1.0]]), np.array([0.5])], x=[1.0, 3.0], y=5.0))
    One example through a network of 2-1
    <BLANKLINE>
    x = 1.0000, 3.0000
    <BLANKLINE>
    FORWARD   z = the sum of w_i times input i, plus b;  a = f(z)
    <BLANKLINE>
    Layer 1: no function, a = z
    unit     w_1     w_2       b       z       a
    1     2.0000  1.0000  0.5000  5.5000  5.5000
    <BLANKLINE>
    LOSS      L = the mean of (a - y)^2 = 0.2500, with y = 5.0
    <BLANKLINE>
    BACKWARD  delta = dL/dz = dL/da times f'(z);  for softmax, summed over its outputs
              dL/dw_i = delta times input i;  dL/db = delta
              dL/d(input i), for the layer before = the sum of w_i delta over the units
    <BLANKLINE>
    Layer 1: no function, a = z
    unit   dL/da   delta  dL/dw_1  dL/dw_2   dL/db
    1     1.0000  1.0000   1.0000   3.0000  1.0000
    """
    max_units = checks.integer("max_units", max_units, 1)
    network = from_model(network)
    checks.has_target(y)
    return Explanation(network, network.run(x, y), y, max_units)


def _format(value):
    """Return a number with four decimals, or in scientific notation if very small or large."""
    if value and not 1e-3 <= abs(value) < 1e5:
        return f"{value:.1e}"
    return f"{value + 0.0:.4f}"  # adding 0.0 turns -0.0 into 0.0


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
