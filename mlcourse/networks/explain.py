"""The forward and the backward pass of one example, as text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks
from mlcourse._core.tables import as_lines
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
