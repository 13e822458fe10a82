"""A dense network as arrays, with the forward and the backward pass of one example.

`mlcourse.networks.from_model` converts Keras models, scikit-learn MLPs and weight matrices to a
`Network`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mlcourse._core import checks
from mlcourse.losses import LOSSES, MATCHING_LOSS


@dataclass(frozen=True, eq=False)
class Scaling:
    """Elementwise scale and shift, such as batch normalization at inference.

    Attributes:
        scale, shift: arrays, (units,).
        parameters: number of parameters of the layer.
        label: name of the layer for texts.

    Example:
        >>> Scaling(np.array([2.0]), np.array([1.0]), 2).function(np.array([3.0]))
        array([7.])
    """

    scale: np.ndarray
    shift: np.ndarray
    parameters: int
    label: str = "batch normalization"

    def function(self, z: np.ndarray) -> np.ndarray:
        """Return z * scale + shift."""
        return z * self.scale + self.shift

    def backward(self, z: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Return dL/dz from `gradient`, dL/da."""
        return gradient * self.scale


@dataclass(frozen=True, eq=False)
class Preprocessing:
    """Preprocessing of an example before the first layer, such as by a scikit-learn pipeline.

    Attributes:
        label: name of the preprocessing for texts.
        n_inputs: number of features of an example.
        function: function from examples, (..., n_inputs), to the inputs of the network.

    Example:
        >>> Preprocessing("halving", 1, lambda x: x / 2).function(np.array([3.0]))
        array([1.5])
    """

    label: str
    n_inputs: int
    function: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Layer:
    """A dense layer: z = a W + b, followed by functions.

    Attributes:
        weights: array, (inputs, units).
        bias: array, (units,), or None.
        functions: tuple of `Activation` and `Scaling`, in order of application.

    Example:
        >>> Layer(np.array([[2.0], [1.0]]), np.array([0.5])).forward(np.array([1.0, 3.0]))
        [array([5.5])]
    """

    weights: np.ndarray
    bias: np.ndarray | None = None
    functions: tuple = ()

    def forward(self, a: np.ndarray) -> list[np.ndarray]:
        """Return z, and the output of each function, as a list."""
        values = [a @ self.weights + (0 if self.bias is None else self.bias)]
        for function in self.functions:
            values.append(function.function(values[-1]))
        return values

    def backward(self, values: list[np.ndarray], gradient: np.ndarray) -> np.ndarray:
        """Return dL/dz from the list that `forward` returns, and the gradient of its last item."""
        for function, value in zip(self.functions[::-1], values[-2::-1], strict=True):
            gradient = function.backward(value, gradient)
        return gradient


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """The forward pass of one example, and with a target the backward pass.

    Attributes:
        a: list of the input of the first layer, after preprocessing, and the output of each layer.
        z: list of the weighted sums of each layer, before its functions.
        loss: loss, or None without a target.
        da: gradients of the loss by a[1:]; empty without a target.
        dz: gradients of the loss by z; empty without a target.

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
        """The gradients of the loss by each weight matrix; those by the biases are `dz`."""
        return [np.outer(a, dz) for a, dz in zip(self.a, self.dz, strict=False)]


@dataclass(frozen=True)
class Network:
    """A chain of dense layers.

    Attributes:
        layers: tuple of `Layer`.
        compiled_loss: name of the training loss, or None if unknown.
        preprocessing: tuple of `Scaling` and `Preprocessing`, applied before the first layer.

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
        """The number of inputs, and the number of units of each layer."""
        return [len(self.layers[0].weights), *(layer.weights.shape[1] for layer in self.layers)]

    @property
    def n_inputs(self) -> int:
        """The number of features of an example, before preprocessing."""
        return getattr(next(iter(self.preprocessing), None), "n_inputs", self.sizes[0])

    @property
    def preprocessing_label(self) -> str:
        """The names of the preprocessing steps, for texts."""
        return ", ".join(step.label for step in self.preprocessing)

    @property
    def output(self) -> str:
        """The name of the output activation, "linear" without one."""
        functions = self.layers[-1].functions
        return getattr(functions[-1], "name", "linear") if functions else "linear"

    @property
    def loss(self) -> str:
        """The name of the compiled loss, else of the loss that matches the output activation."""
        return self.compiled_loss or MATCHING_LOSS.get(self.output, "mean_squared_error")

    def count_params(self) -> tuple[int, int, int]:
        """Return the number of weights, of biases, and of parameters of scaling layers."""
        functions = [function for layer in self.layers for function in layer.functions]
        steps = [*self.preprocessing, *functions]
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
        """Run the forward pass of one example and, with a target, the backward pass.

        Args:
            x: example before preprocessing, (inputs,), or any shape of this size.
            y: target, (outputs,), or an integer label; None for the forward pass only.
            masks: dropout masks, one for each hidden layer, (units,), multiplied with its outputs.

        Returns:
            A `ForwardPass`.

        Raises:
            ValueError: if x or y has the wrong length, or the gradient of the loss is unknown.
        """
        masks = self._all_masks(masks)
        x = self._preprocess(_checked_vector("x", x, self.n_inputs))
        a, values = self._forward(_checked_vector("x after preprocessing", x, self.sizes[0]), masks)
        z = [value[0] for value in values]
        if y is None:
            return ForwardPass(a, z)

        y = self._target(y)
        loss, gradient = LOSSES[self.loss](a[-1], y)
        da = [gradient]
        dz = [self._output_dz(values[-1], gradient, y)]
        for number in range(len(self.layers) - 2, -1, -1):
            da.append(self.layers[number + 1].weights @ dz[-1])
            dz.append(self.layers[number].backward(values[number], da[-1] * masks[number]))
        return ForwardPass(a, z, float(loss), tuple(da[::-1]), tuple(dz[::-1]))

    def outputs(
        self,
        X: np.typing.ArrayLike,  # noqa: N803
        masks: list[np.ndarray] | None = None,
    ) -> list[np.ndarray]:
        """Return the outputs of all units for many examples.

        Args:
            X: examples before preprocessing, (n, inputs).
            masks: dropout masks, as for `run`.

        Returns:
            A list of the inputs of the first layer, after preprocessing, and the outputs of each
            layer, each (n, units).

        Raises:
            ValueError: if X has the wrong shape.
        """
        X = checks.floats("X", X)  # noqa: N806
        checks.n_features("X", X, self.n_inputs)
        return self._forward(self._preprocess(X), self._all_masks(masks))[0]

    def _all_masks(self, masks):
        """Return a factor of the outputs of each layer."""
        return [*([1.0] * (len(self.layers) - 1) if masks is None else masks), 1.0]

    def _forward(self, x, masks):
        """Return the inputs and the outputs of each layer, and the lists of `Layer.forward`."""
        a = [x]
        values = []
        for layer, mask in zip(self.layers, masks, strict=True):
            values.append(layer.forward(a[-1]))
            a.append(values[-1][-1] * mask)
        return a, values

    def _preprocess(self, x):
        """Return the inputs of the first layer, for one example or many."""
        for step in self.preprocessing:
            x = step.function(x)
        return x

    def _output_dz(self, values, gradient, y):
        """Return dL/dz of the last layer; cross-entropy is simplified with its activation."""
        layer = self.layers[-1]
        if self.loss == "mean_squared_error":
            return layer.backward(values, gradient)
        divisor = 1 if self.output == "softmax" else y.size
        without_output = replace(layer, functions=layer.functions[:-1])
        return without_output.backward(values[:-1], (values[-1] - y) / divisor)

    def _target(self, y):
        """Return a target as a vector, (outputs,), if its loss has a known gradient."""
        if self.loss not in ("mean_squared_error", MATCHING_LOSS.get(self.output)):
            rule = "a gradient needs the mean squared error, or the output's cross-entropy"
            raise ValueError(f"{rule}. Got {self.loss} after {self.output} instead.")
        n_outputs = self.sizes[-1]
        y = checks.array("y", y)
        if np.size(y) == 1 and n_outputs > 1:
            label = checks.integer("y, a class,", np.ravel(y)[0], 0, n_outputs - 1)
            return np.eye(n_outputs)[label]
        y = _checked_vector("y", y, n_outputs)
        if self.loss == "categorical_crossentropy" and abs(y.sum() - 1) > 1e-6:
            raise ValueError(f"y must have the sum 1, for softmax. Got {y.sum():g} instead.")
        return y


def _checked_vector(name, values, length):
    """Return values as a float vector if all are finite and the length is right."""
    try:
        vector = checks.floats(name, values).astype(float).ravel()
        is_finite = np.isfinite(vector).all()
    except ValueError:
        is_finite = False
    if not is_finite or len(vector) != length:
        got = f"{len(vector):,}" if is_finite else repr(values)
        raise ValueError(f"{name} must hold {length:,} finite numbers. Got {got} instead.")
    return vector
