"""Scores of the classes, the logits of a model, and their gradients."""

import contextlib
import itertools

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.inspection.activation_rules import final_function, without_activation
from mlcourse.inspection.backward import (
    compute_gradients,
    find_index,
    input_arrays,
    input_names,
    output_names,
    unchanged,
)
from mlcourse.inspection.graph import InferenceLayer, linked_steps, run_with_hooks

BATCH_SIZE = 32
NORMALIZATIONS = (
    keras.layers.BatchNormalization,
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Normalization,
)


class ClassScores:
    """The scores (logits) of the classes for one output of a model.

    Args:
        model: a built Keras model, Sequential or Functional.
        x: the inputs, an array, or a list or dict of arrays.
        output: name or index of an output; None for the only one.
        input: name or index of the input to explain; None for the only one of images or
            signals.

    Attributes:
        steps: the steps of the model, from `graph.linked_steps`.
        x: the inputs, a list of arrays.
        input: index of the input to explain.
        images: the values of that input.
        axes: number of axes of the images or signals without batch and channels, 1 or 2.
    """

    def __init__(self, model, x, output=None, input=None):
        self.steps, outputs = linked_steps(model)
        self.model = model
        self.x = input_arrays(model, x)
        output = outputs[find_index("output", output, output_names(model), range(len(outputs)))]
        if len(output.shape) != 2 or output.shape[1] is None:
            rule = "model must have an output of shape (n, classes)"
            got = (len(self.x[0]), *output.shape[1:])
            raise ValueError(f"{rule}. Got {got} instead.")
        self._units = output.shape[1]
        with unchanged(model):
            self._scores, self.function, self._is_activation = final_function(self.steps, output)
        self.input = self._input_index(input, output)
        self.images = self.x[self.input]
        self.axes = self._axes()

    def depend_on(self, tensor):
        """Return whether the scores depend on a tensor that depends on the input to explain."""
        return self.input in tensor.inputs and tensor.step in self._scores.steps

    def values(self, tensor=None):
        """Return the scores, (n, units), and the values of a tensor, float32 arrays.

        Args:
            tensor: as for `gradients`.
        """

        def compute(inputs):
            results = {}

            def record(values):
                results["values"] = keras.ops.cast(values, "float32")
                return values

            results["scores"] = self._run(inputs, tensor, record)
            return results

        with unchanged(self.model):
            results = _FunctionModel(compute).predict(self.x, verbose=0)
        return np.asarray(results["scores"]), np.asarray(results["values"])

    def compiled(self):
        """Return a compiled function from a list of inputs, a batch, to scores.

        Call it within `backward.unchanged`.
        """

        def compute(inputs):
            return self._run(inputs, None, lambda values: values)

        model = _FunctionModel(compute, run_eagerly=False)
        return lambda inputs: np.asarray(model.predict_on_batch(inputs))

    def gradients(self, tensor, weights, sizes):
        """Return the gradients of the weighted sum of each example's scores.

        Args:
            tensor: the `Tensor` of a step's output, or None for the input to explain.
            weights: weights of the scores, (n, units), from the method `weights`.
            sizes: shape of the tensor without the batch.
        """
        gradients = []
        with unchanged(self.model):
            for start in range(0, len(weights), BATCH_SIZE):
                part = slice(start, start + BATCH_SIZE)
                shifted = _Shifted(self._run, tensor, (len(weights[part]), *sizes))
                x = [values[part] for values in self.x]
                gradients += compute_gradients(shifted, x, weights[part], _WeightedSum())
        return np.concatenate(gradients)

    def weights(self, scores, target):
        """Return weights of the scores, (n, units), whose weighted sum is that of the target class.

        Args:
            scores: (n, units).
            target: class of all examples, or of each, (n,); None for the predicted class.
        """
        n_examples, units = scores.shape
        is_distribution = units > 1 and np.allclose(scores.sum(axis=1), 1, atol=1e-3)
        if self.function is None and is_distribution and scores.min() >= 0:
            rule = "model must end in a softmax of its own, or in a layer with activation softmax"
            raise ValueError(f"{rule}. Got probabilities of another layer instead.")
        if target is None:
            target = scores.argmax(axis=1) if units > 1 else (scores[:, 0] > 0).astype(int)
        if np.ndim(target) == 0:
            target = np.full(n_examples, target)
        target = checks.array("target", target)
        checks.same_length("target", target, "x", scores)
        for label in target.tolist():
            checks.integer("target", label, 0, max(units, 2) - 1)
        if units == 1:
            return np.where(target == 1, 1, -1).astype("float32")[:, None]
        return np.eye(units, dtype="float32")[target]

    def max_over_channels(self, values):
        """Return the maximum over the channels of the input to explain, if it has channels."""
        return values.max(axis=-1) if values.ndim > self.axes + 1 else values

    def probabilities(self, scores, weights):
        """Return the probability of the target class of each example."""
        target_scores = (scores * weights).sum(axis=1)
        if self._units > 1 and self.function != "sigmoid":
            largest = scores.max(axis=1, keepdims=True)
            return np.exp(target_scores - largest[:, 0]) / np.exp(scores - largest).sum(axis=1)
        return (1 + np.tanh(target_scores / 2)) / 2  # the sigmoid, without overflow

    def _run(self, inputs, tensor, change):
        """Return the scores after a change of a tensor, or of the input to explain if it is None.

        Args:
            inputs: a list of tensors.
            tensor: as for `gradients`.
            change: a function of the tensor's values that returns new values.
        """
        dtypes = [symbol.dtype for symbol in self.model.inputs]
        inputs = [keras.ops.cast(x, dtype) for x, dtype in zip(inputs, dtypes, strict=True)]
        if tensor is None:
            inputs[self.input] = change(inputs[self.input])
        computed = {-1: inputs}
        counter = itertools.count()

        def replace(name, layer):
            step = next(counter)
            is_last = step == self._scores.step

            def run(*args, **options):
                linear = without_activation(layer) if is_last and self._is_activation else None
                with linear or contextlib.nullcontext():
                    outputs = layer(*args, **options)
                if tensor is not None and step == tensor.step:
                    outputs = change(outputs)
                if is_last:
                    computed[step] = keras.tree.flatten(outputs)
                return outputs

            return run

        run_with_hooks(self.model, inputs, replace)
        scores = computed[self._scores.step][self._scores.index]
        return keras.ops.reshape(keras.ops.cast(scores, "float32"), (-1, self._units))

    def _input_index(self, input, output):
        """Return the index of the input to explain."""
        names = input_names(self.model)
        allowed = sorted(output.inputs)
        with_axes = [i for i in allowed if self.x[i].ndim > 2]
        if input is None and with_axes:
            allowed = with_axes
        return find_index("input", input, names, allowed)

    def _axes(self):
        """Return the number of axes of the images or signals without batch and channels."""
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


class _FunctionModel(keras.Model):
    """A model that computes a function of a list of inputs, batch by batch."""

    def __init__(self, compute, run_eagerly=True):  # a few batches are not worth a compilation
        super().__init__(name="function")
        self._compute = InferenceLayer(compute)  # in a closure, Keras does not track the model
        self.run_eagerly = run_eagerly
        self.jit_compile = False

    def call(self, x):
        return self._compute(keras.tree.flatten(x), training=False)


class _Shifted(keras.Model):
    """The scores of a model after adding a shift, initially 0, to one of its tensors.

    The gradient with respect to the shift is that with respect to the tensor.
    """

    def __init__(self, run, tensor, shape):
        super().__init__(name="shifted")
        self.shift = self.add_weight(shape=shape, initializer="zeros", name="shift")

        def shifted(values):
            return values + keras.ops.cast(self.shift, values.dtype)  # may be half precision

        # in a closure, Keras does not track the model: the shift is the only trainable weight
        self._run = InferenceLayer(lambda inputs: run(inputs, tensor, shifted))

    def call(self, x):
        return self._run(keras.tree.flatten(x), training=False)


class _WeightedSum(keras.losses.Loss):
    """The weighted sum of the scores."""

    def __init__(self):
        super().__init__(reduction="sum")

    def call(self, y_true, y_pred):
        return keras.ops.sum(y_true * y_pred, axis=-1)
