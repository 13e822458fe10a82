"""Dense networks as arrays, whoever made them: what each unit says, and what each weight does.

A `Network` passes one input forward and its gradient back; `mlcourse.networks.from_model`
makes one of a Keras model, of a scikit-learn MLP or of plain matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mlcourse._core import checks
from mlcourse.losses import FITTING, LOSSES


@dataclass(frozen=True, eq=False)
class Scaling:
    """Batch normalization after training, or other scaling: each unit times a number, plus one.

    Attributes:
        scale, shift: (units,).
        parameters: their number in the layer that scales.
        label: the layer in words.

    Example:
        >>> Scaling(np.array([2.0]), np.array([1.0]), 2).function(np.array([3.0]))
        array([7.])
    """

    scale: np.ndarray
    shift: np.ndarray
    parameters: int
    label: str = "batch normalization"

    def function(self, z: np.ndarray) -> np.ndarray:
        """Returns the scaled numbers."""
        return z * self.scale + self.shift

    def backward(self, z: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Returns dL/dz from dL/da."""
        return gradient * self.scale


@dataclass(frozen=True, eq=False)
class Preprocessing:
    """What is computed from an example before a network takes it, such as by a pipeline.

    Attributes:
        label: the steps in words.
        n_inputs: how many numbers an example has.
        function: from an example, (n_inputs,), to the inputs of the network.

    Example:
        >>> Preprocessing("halving", 1, lambda x: x / 2).function(np.array([3.0]))
        array([1.5])
    """

    label: str
    n_inputs: int
    function: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Layer:
    """A dense layer: z = a W + b, then its functions in turn.

    Attributes:
        weights: (inputs, units).
        bias: (units,), or None.
        functions: each an `Activation` or a `Scaling`, in the order in which they are applied.

    Example:
        >>> Layer(np.array([[2.0], [1.0]]), np.array([0.5])).forward(np.array([1.0, 3.0]))
        [array([5.5])]
    """

    weights: np.ndarray
    bias: np.ndarray | None = None
    functions: tuple = ()

    def forward(self, a: np.ndarray) -> list[np.ndarray]:
        """Returns z, and what each of the functions makes of what was before."""
        values = [a @ self.weights + (0 if self.bias is None else self.bias)]
        for step in self.functions:
            values.append(step.function(values[-1]))
        return values

    def backward(self, values: list[np.ndarray], gradient: np.ndarray) -> np.ndarray:
        """Returns dL/dz, from the forward pass's values and the gradient by the last of them."""
        for step, value in zip(self.functions[::-1], values[-2::-1], strict=True):
            gradient = step.backward(value, gradient)
        return gradient


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """One input's way forward, and the gradient's way back; a list has an array a layer.

    Attributes:
        a: outputs; a[0] is what the first layer takes, after any scaling of the input.
        z: sums before the activation; z[0] is that of the first layer after the input.
        loss: a number, or None without a target.
        da, dz: the loss's gradients by a[1:] and by z; empty without a target.

    Example:
        >>> run = Network((Layer(np.array([[2.0]])),)).run([3.0], y=[5.0])
        >>> run.loss, run.gradients
        (1.0, [array([[6.]])])
    """

    a: list
    z: list
    loss: float | None = None
    da: tuple = ()
    dz: tuple = ()

    @property
    def gradients(self) -> list[np.ndarray]:
        """The loss's gradient by each matrix of weights; the one by the bias is the layer's dz."""
        return [np.outer(a, dz) for a, dz in zip(self.a, self.dz, strict=False)]


@dataclass(frozen=True)
class Network:
    """Dense layers in a chain.

    Attributes:
        layers: a tuple of `Layer`.
        compiled_loss: the name of the loss that the network is trained with, if that is known.
        preprocessing: what an input passes before the first layer: each a `Scaling` or a
            `Preprocessing`.

    Example:
        >>> network = Network((Layer(np.ones((2, 3)), np.zeros(3)), Layer(np.ones((3, 1)))))
        >>> network.sizes, network.count_params()
        ([2, 3, 1], (9, 3, 0))
    """

    layers: tuple
    compiled_loss: str | None = None
    preprocessing: tuple = ()

    @cached_property
    def sizes(self) -> list[int]:
        """Inputs, then the units of each layer."""
        return [len(self.layers[0].weights), *(layer.weights.shape[1] for layer in self.layers)]

    @property
    def n_inputs(self) -> int:
        """How many numbers an example has, before any preprocessing."""
        return getattr(next(iter(self.preprocessing), None), "n_inputs", self.sizes[0])

    @property
    def preprocessing_label(self) -> str:
        """What an input passes before the first layer, in words."""
        return ", ".join(step.label for step in self.preprocessing)

    @property
    def output(self) -> str:
        """The name of the last activation function, "none" if there is none."""
        return getattr([None, *self.layers[-1].functions][-1], "name", "none")

    @property
    def loss(self) -> str:
        """The loss that `run` differentiates: the compiled one, or that which fits the output."""
        return self.compiled_loss or FITTING.get(self.output, "mean_squared_error")

    def count_params(self) -> tuple[int, int, int]:
        """Returns how many weights, biases, and parameters of normalization there are."""
        steps = [*self.preprocessing, *(step for layer in self.layers for step in layer.functions)]
        return (
            sum(layer.weights.size for layer in self.layers),
            sum(layer.bias.size for layer in self.layers if layer.bias is not None),
            sum(step.parameters for step in steps if isinstance(step, Scaling)),
        )

    def run(
        self,
        x: np.typing.ArrayLike,
        y: np.typing.ArrayLike | None = None,
        masks: list[np.ndarray] | None = None,
    ) -> ForwardPass:
        """Passes one input forward and, with a target, the gradient of the loss back.

        Args:
            x: (inputs,), or any shape with that many numbers; before any preprocessing.
            y: (outputs,), or the number of the true class; None to go forward only.
            masks: what to multiply each hidden layer's outputs by, (units,) each: dropout.

        Returns:
            A `Run`.

        Raises:
            ValueError: if x or y is of another length, or the gradient of the loss is not known.
        """
        masks = [*([1.0] * (len(self.layers) - 1) if masks is None else masks), 1.0]
        a, values = [self._preprocess(_numbers("x", x, self.n_inputs))], []
        for layer, mask in zip(self.layers, masks, strict=True):
            values.append(layer.forward(a[-1]))
            a.append(values[-1][-1] * mask)
        z = [value[0] for value in values]
        if y is None:
            return ForwardPass(a, z)

        y = self._target(y)
        loss, gradient = LOSSES[self.loss](a[-1], y)
        da, dz = [gradient], [self._last_dz(values[-1], gradient, y)]
        for number in range(len(self.layers) - 2, -1, -1):
            da.append(self.layers[number + 1].weights @ dz[-1])
            dz.append(self.layers[number].backward(values[number], da[-1] * masks[number]))
        return ForwardPass(a, z, float(loss), tuple(da[::-1]), tuple(dz[::-1]))

    def _preprocess(self, x):
        for step in self.preprocessing:
            x = step.function(x)
        return _numbers("x after preprocessing", x, self.sizes[0])

    def _last_dz(self, values, gradient, y):
        layer, a = self.layers[-1], values[-1]
        if self.loss == "mean_squared_error":
            return layer.backward(values, gradient)
        before = replace(
            layer, functions=layer.functions[:-1]
        )  # the last one cancels with the loss
        share = 1 if self.output == "softmax" else y.size
        return before.backward(values[:-1], (a - y) / share)

    def _target(self, y):
        if self.loss not in ("mean_squared_error", FITTING.get(self.output)):
            rule = (
                "a gradient needs the mean squared error, or the cross-entropy fit for the output"
            )
            raise ValueError(f"{rule}. Got {self.loss} after {self.output} instead.")
        outputs = self.sizes[-1]
        y = checks.array("y", y)
        if np.size(y) == 1 and outputs > 1:
            return np.eye(outputs)[checks.integer("y, a class,", np.ravel(y)[0], 0, outputs - 1)]
        y = _numbers("y", y, outputs)
        if self.loss == "categorical_crossentropy" and abs(y.sum() - 1) > 1e-6:
            raise ValueError(f"y must have the sum 1, for softmax. Got {y.sum():g} instead.")
        return y


def _numbers(name, values, length):
    try:
        numbers = checks.floats(name, values).astype(float).ravel()
        finite = np.isfinite(numbers).all()
    except ValueError:
        finite = False
    if not finite or len(numbers) != length:
        got = f"{len(numbers):,}" if finite else repr(values)
        raise ValueError(f"{name} must hold {length:,} finite numbers. Got {got} instead.")
    return numbers
