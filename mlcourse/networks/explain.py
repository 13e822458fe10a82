"""One example's way through a network and back, as an account to be read line by line."""

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
    """One example's way forward and back; as text it is the account.

    Attributes:
        network: the `Network`.
        run: its `Run` of the example: every a, z, dL/da and dL/dz, the loss and the gradients.
        y: the target, as it was given.
        most: how many units of a layer, and weights of a unit, are written out.

    Example:
        >>> explain([np.array([[2.0]])], x=[1.0], y=[3.0]).run.loss
        1.0
    """

    network: Network
    run: ForwardPass
    y: np.typing.ArrayLike
    most: int

    def __repr__(self):
        layers, run = range(len(self.network.layers)), self.run
        parts = [
            [f"One example through a network of {'-'.join(map(str, self.network.sizes))}"],
            [f"x = {self._list(run.a[0])}{self._preprocessing()}"],
            FORWARD,
            *map(self._forward, layers),
            [self._loss()],
            BACKWARD,
            *map(self._backward, reversed(layers)),
        ]
        return "\n\n".join("\n".join(part) for part in parts)

    def _preprocessing(self):
        label = self.network.preprocessing_label
        return f", after {label}" if label else ""

    def _forward(self, number):
        layer, z, a = self.network.layers[number], self.run.z[number], self.run.a[number + 1]
        bias = [0.0] * len(z) if layer.bias is None else layer.bias
        columns = {"b": bias, "z": z, "a": a}
        return self._table(number, "w", layer.weights, columns)

    def _backward(self, number):
        da, dz = self.run.da[number], self.run.dz[number]
        before = {"dL/da": da, "delta": dz}
        return self._table(number, "dL/dw", self.run.gradients[number], {"dL/db": dz}, before)

    def _table(self, number, name, matrix, after, before=None):
        """Returns lines: what a layer is, then one a unit, with a column for each of its inputs."""
        before, (inputs, units) = before or {}, matrix.shape
        shown, more = min(inputs, self.most), ["..."] * (inputs > self.most)
        head = [f"{name}_{place + 1}" for place in range(shown)] + more
        rows = [
            [
                str(unit + 1),
                *(_text(values[unit]) for values in before.values()),
                *(_text(weight) for weight in matrix[:shown, unit]),
                *more,
                *(_text(values[unit]) for values in after.values()),
            ]
            for unit in range(min(units, self.most))
        ]
        steps = self.network.layers[number].functions
        names = [getattr(step, "label", None) or step.name for step in steps]
        f = ", ".join(name for name in names if name != "none") or "no function, a = z"
        lines = as_lines(["unit", *before, *head, *after], rows)
        rest = f"... and {units - self.most:,} more unit{'s' * (units - self.most > 1)}"
        return [f"Layer {number + 1}: {f}", *lines, *[rest] * (units > self.most)]

    def _loss(self):
        y = str(self.y) if np.ndim(self.y) == 0 else self._list(np.ravel(self.y))
        words = LOSSES[self.network.loss]
        return f"LOSS      L = {words} = {_text(self.run.loss)}, with y = {y}"

    def _list(self, values):
        more = f", ... ({len(values):,} numbers)" if len(values) > self.most else ""
        return ", ".join(map(_text, values[: self.most])) + more


def explain(
    network: object, x: np.typing.ArrayLike, y: np.typing.ArrayLike, most: int = 8
) -> Explanation:
    """Returns an account of one example's way through a network and of the gradient's way back.

    Printed, it says every weight, sum z, output a, delta = dL/dz and gradient, layer by layer. The
    loss L is the one that the network is compiled with, else the one that fits its output.

    Args:
        network: a network from scratch, or anything else that `draw_neural_net` takes with weights.
        x: an example, (inputs,).
        y: its target, (outputs,) or the number of a class.
        most: how many units of a layer, and weights of a unit, are written out.

    Returns:
        An `Explanation`, which `plot_explanation` draws.

    Raises:
        ValueError: if x or y is of another length, or it is no network of dense layers.

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
    most, network = checks.integer("most", most, 1), from_model(network)
    checks.has_target(y)
    return Explanation(network, network.run(x, y), y, most)


def _text(value):
    """Returns a number with four decimals, or as a power of ten where these are few or many."""
    rare = value and not 1e-3 <= abs(value) < 1e5
    return f"{value:.1e}" if rare else f"{value + 0.0:.4f}"  # no minus before a 0
