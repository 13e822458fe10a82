"""The scores of the classes: what goes into a model's softmax or sigmoid, and their gradients."""

import contextlib
import itertools

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.inspection.activation_rules import final_function, without_activation
from mlcourse.inspection.backward import (
    chosen,
    compute_gradients,
    input_arrays,
    input_names,
    output_names,
    unchanged,
)
from mlcourse.inspection.graph import AfterTraining, linked_steps, walk

BATCH = 32  # examples whose gradients are computed at a time
NORMALIZATIONS = (
    keras.layers.BatchNormalization,
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Normalization,
)


class ClassScores:
    """The scores that a model gives the classes of one of its outputs.

    Args:
        model: a built Keras model, Sequential or Functional.
        x: the inputs, as the model takes them.
        output: the name or number of an output; None for the only one.
        input: the name or number of the input to explain; None for the only one of images or
            signals.

    Attributes:
        steps: the steps of the model, as `graph.linked_steps` returns them.
        x: the inputs, a list of arrays.
        input: the number of the input to explain.
        images: the values of that input.
        axes: how many axes the images or signals have without channels, 1 or 2.
    """

    def __init__(self, model, x, output=None, input=None):
        self.steps, outputs = linked_steps(model)
        self.model, self.x = model, input_arrays(model, x)
        output = outputs[chosen("output", output, output_names(model), range(len(outputs)))]
        if len(output.shape) != 2 or output.shape[1] is None:
            rule = "model must give (n, classes)"
            got = (len(self.x[0]), *output.shape[1:])
            raise ValueError(f"{rule}. Got an output of {got} instead.")
        self._units = output.shape[1]
        with unchanged(model):
            self._scores, self.function, self._is_activation = final_function(self.steps, output)
        self.input = self._explained(input, output)
        self.images = self.x[self.input]
        self.axes = self._axes()

    def leads(self, tensor):
        """Return whether a tensor depends on the input to explain, and the scores depend on it."""
        return self.input in tensor.inputs and tensor.step in self._scores.steps

    def values(self, tensor=None):
        """Return the scores, (n, units), and the values of a tensor, arrays of float32.

        The tensor is as in `gradients`.
        """

        def compute(inputs):
            noted = {}

            def note(values):
                noted["values"] = keras.ops.cast(values, "float32")
                return values

            noted["scores"] = self._run(inputs, tensor, note)
            return noted

        with unchanged(self.model):
            found = _Traced(compute).predict(self.x, verbose=0)
        return np.asarray(found["scores"]), np.asarray(found["values"])

    def compiled(self):
        """Return a function from a list of inputs, a batch, to scores, for many batches.

        Calls of it are to be made within `backward.unchanged`.
        """
        traced = _Traced(lambda inputs: self._run(inputs, None, lambda values: values), False)
        return lambda inputs: np.asarray(traced.predict_on_batch(inputs))

    def gradients(self, tensor, weights, sizes):
        """Return the gradients of the weighted sum of each example's scores by a tensor.

        Args:
            tensor: the `Tensor` of a step's output, or None for the input to explain.
            weights: (n, units), as `weights` returns them.
            sizes: of the tensor, without the batch.
        """
        slopes = []
        with unchanged(self.model):
            for start in range(0, len(weights), BATCH):
                part = slice(start, start + BATCH)
                shifted = _Shifted(self._run, tensor, (len(weights[part]), *sizes))
                x = [values[part] for values in self.x]
                slopes += compute_gradients(shifted, x, weights[part], _Sum())
        return np.concatenate(slopes)

    def weights(self, scores, target):
        """Return by what the scores are multiplied so that their sum is that of the target class.

        Args:
            scores: (n, units).
            target: a class for all examples, or one for each; None for the predicted class.
        """
        count, units = scores.shape
        is_distribution = units > 1 and np.allclose(scores.sum(axis=1), 1, atol=1e-3)
        if self.function is None and is_distribution and scores.min() >= 0:
            rule = "model must end in a softmax of its own, or in a layer with activation softmax"
            raise ValueError(f"{rule}. Got probabilities of another layer instead.")
        if target is None:
            target = scores.argmax(axis=1) if units > 1 else (scores[:, 0] > 0).astype(int)
        target = np.full(count, target) if np.ndim(target) == 0 else checks.array("target", target)
        checks.same_length("target", target, "x", scores)
        for one in target.tolist():
            checks.integer("target", one, 0, max(units, 2) - 1)
        if units == 1:
            return np.where(target == 1, 1, -1).astype("float32")[:, None]
        return np.eye(units, dtype="float32")[target]

    def without_channels(self, values):
        """Return the largest value over the channels of the input to explain, if it has any."""
        return values.max(axis=-1) if values.ndim > self.axes + 1 else values

    def probabilities(self, scores, weights):
        """Return the probability of the target class of each example."""
        own = (scores * weights).sum(axis=1)
        if self._units > 1 and self.function != "sigmoid":
            largest = scores.max(axis=1, keepdims=True)
            return np.exp(own - largest[:, 0]) / np.exp(scores - largest).sum(axis=1)
        return (1 + np.tanh(own / 2)) / 2  # the sigmoid, without overflow

    def _run(self, inputs, tensor, change):
        """Return the scores, with a change of a tensor, of the input to explain if it is None."""
        types = [symbol.dtype for symbol in self.model.inputs]
        inputs = [keras.ops.cast(x, dtype) for x, dtype in zip(inputs, types, strict=True)]
        if tensor is None:
            inputs[self.input] = change(inputs[self.input])
        found = {-1: inputs}
        numbers = itertools.count()

        def instead(name, layer):
            number = next(numbers)
            is_last = number == self._scores.step

            def run(*args, **options):
                linear = without_activation(layer) if is_last and self._is_activation else None
                with linear or contextlib.nullcontext():
                    outputs = layer(*args, **options)
                if tensor is not None and number == tensor.step:
                    outputs = change(outputs)
                if is_last:
                    found[number] = keras.tree.flatten(outputs)
                return outputs

            return run

        walk(self.model, inputs, instead)
        scores = found[self._scores.step][self._scores.index]
        return keras.ops.reshape(keras.ops.cast(scores, "float32"), (-1, self._units))

    def _explained(self, input, output):
        """Return the number of the input to explain."""
        names, allowed = input_names(self.model), sorted(output.inputs)
        with_axes = [one for one in allowed if self.x[one].ndim > 2]
        return chosen("input", input, names, with_axes if input is None and with_axes else allowed)

    def _axes(self):
        """Return how many axes the images or signals have without channels."""
        if any(getattr(step.layer, "data_format", "") == "channels_first" for step in self.steps):
            raise ValueError("model must have its channels last. Got channels first instead.")
        if self.images.ndim > 4:
            rule = (
                "x must be images, (n, height, width, channels), or signals, (n, steps, channels)"
            )
            raise ValueError(f"{rule}. Got {self.images.shape} instead.")
        if self.images.ndim != 3:
            return min(self.images.ndim, 3) - 1
        ranks = {
            len(step.inputs[0].shape)
            for step in self.steps
            if self.input in step.outputs[0].inputs
            and getattr(step.layer, "weights", ())
            and not isinstance(step.layer, NORMALIZATIONS)
        }
        return 1 if 3 in ranks and 4 not in ranks else 2


class _Traced(keras.Model):
    """A model that computes a function of its inputs, batch by batch."""

    def __init__(self, compute, run_eagerly=True):  # a few batches are not worth compiling
        super().__init__(name="traced")
        self._compute = AfterTraining(compute)  # in a function, Keras does not find the model
        self.run_eagerly, self.jit_compile = run_eagerly, False

    def call(self, x):
        return self._compute(keras.tree.flatten(x), training=False)


class _Shifted(keras.Model):
    """The scores of a model if a shift, 0 to begin with, is added to a tensor within it.

    The gradient of the scores by the shift is that by the tensor.
    """

    def __init__(self, run, tensor, shape):
        super().__init__(name="shifted")
        self.shift = self.add_weight(shape=shape, initializer="zeros", name="shift")

        def shifted(values):
            return values + keras.ops.cast(self.shift, values.dtype)  # perhaps half precision

        # in a function, Keras does not find the model: so the shift is all that is learnt
        self._run = AfterTraining(lambda inputs: run(inputs, tensor, shifted))

    def call(self, x):
        return self._run(keras.tree.flatten(x), training=False)


class _Sum(keras.losses.Loss):
    """The weighted sum of the scores."""

    def __init__(self):
        super().__init__(reduction="sum")

    def call(self, y_true, y_pred):
        return keras.ops.sum(y_true * y_pred, axis=-1)
