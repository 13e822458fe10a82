"""The softmax or sigmoid at the end of a model, recognized by its values, however it is written."""

import math

import keras
import numpy as np

from mlcourse.model_graph.temporary import replaced

FUNCTIONS = {
    keras.ops.softmax: "softmax",
    keras.ops.log_softmax: "softmax",
    keras.ops.sigmoid: "sigmoid",
    keras.ops.log_sigmoid: "sigmoid",
}
CLOSE = 0.03  # relative difference: bfloat16 has two to three decimal places


def final_function(steps, output):
    """Return the scores of an output, and the softmax or sigmoid that is applied to them.

    Args:
        steps: the steps of a model, as `graph.linked_steps` returns them.
        output: the `Tensor` of one of the model's outputs, (n, units).

    Returns:
        The `Tensor` of scores, the output itself if there is neither function; "softmax",
        "sigmoid" or None; and whether the function is the activation of the layer whose output
        the tensor is, so that the scores are the layer's output without it.
    """
    for number in sorted(output.steps, reverse=True):
        scores = steps[number].outputs[0]
        function = _function_between(steps, scores, output)
        if function is None:
            continue
        values = _values(scores.shape)
        name = _name(function, values)
        if name:
            return scores, name, False
        is_identity = np.array_equal(_computed(function, values).ravel(), values.ravel())
        name = _activation(steps[number]) if is_identity else None
        if name:
            return scores, name, True
    return output, None, False


def without_activation(layer):
    """Return a context manager in which the activation of a layer is linear."""
    return replaced(layer, "activation", keras.activations.linear)


def _function_between(steps, tensor, output):
    """Return the function from a tensor to an output of the same size; None if it has weights.

    None too if the output depends on something else than the tensor.
    """
    between = {
        number: steps[number]
        for number in sorted(output.steps)
        if number != tensor.step and tensor.step in steps[number].outputs[0].steps
    }
    depend = [source.steps for step in between.values() for source in step.inputs]
    if (
        math.prod(size or 0 for size in tensor.shape[1:]) != output.shape[1]
        or len(steps[tensor.step].outputs) > 1
        or any(getattr(step.layer, "weights", ()) for step in between.values())
        or not all(tensor.step in numbers for numbers in depend)
    ):
        return None

    def function(values):
        made = {tensor.step: [values]}
        for number, step in between.items():
            made[number] = step.apply([made[one.step][one.index] for one in step.inputs])
        return made[output.step][output.index]

    return function


def _activation(step):
    """Return the name of a layer's activation if that is the last thing that the layer does."""
    activation = getattr(step.layer, "activation", None)
    name = _name(activation, _values(step.outputs[0].shape)) if callable(activation) else None
    if not name:
        return None
    values = [_values(tensor.shape) for tensor in step.inputs]
    with without_activation(step.layer):
        (scores,) = step.apply(values)
    expected, found = _computed(activation, scores), _computed(lambda x: step.apply(x)[0], values)
    return name if np.allclose(found, expected, CLOSE, 1e-5, equal_nan=True) else None


def _name(function, values):
    """Return which of the known functions a function is, judged by what it does to values."""
    found = _computed(function, values).ravel()
    for known, name in FUNCTIONS.items():
        if name == "softmax" and values.shape[-1] == 1:
            continue  # Keras warns of it
        expected = _computed(known, values).ravel()
        if found.shape == expected.shape and np.allclose(found, expected, CLOSE, 1e-5):
            return name
    return None


def _values(shape):
    """Return numbers for a tensor of a shape; bfloat16 holds them exactly."""
    sizes = [4, *(size or 8 for size in shape[1:])]
    return np.round(np.random.default_rng(0).normal(0, 8, sizes)).astype("float32") / 4


def _computed(function, values):
    """Return what a function makes of values, as an array."""
    computed = function(keras.tree.map_structure(keras.ops.convert_to_tensor, values))
    return keras.ops.convert_to_numpy(keras.ops.cast(computed, "float32"))
