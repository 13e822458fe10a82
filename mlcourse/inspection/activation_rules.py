"""Flat parts of activation functions, and the final softmax or sigmoid of a model."""

import functools
import math
from dataclasses import dataclass

import keras
import numpy as np

from mlcourse._core.private_names import replaced

TOLERANCE = 0.01  # distance from its limit at which a smooth function counts as flat
LIBRARIES = ("keras", "tensorflow", "jax", "torch")
COUPLED = ("softmax", "logsoftmax", "sparsemax")  # functions of all units of a layer
SELU_LIMIT = 1.7580993408473766  # scale times alpha of Klambauer et al. (2017)


@dataclass(frozen=True)
class FlatPart:
    """The intervals of pre-activations on which an activation function is flat.

    Attributes:
        function: name of the activation function.
        rule: condition under which a unit is dead or saturated, as text.
        low, high: the function is flat up to `low`, and from `high` on.
        is_dead: whether a unit that stays at or below `low` is dead; otherwise it is saturated.
        has_slope: whether the slope below `low` is not 0.
    """

    function: str
    rule: str
    low: float = -math.inf
    high: float = math.inf
    is_dead: bool = False
    has_slope: bool = False


SMOOTH = {  # upper ends of the flat part, where the output is within 0.01 of its limit 0
    "gelu": -2.68,
    "silu": -6.48,
    "swish": -6.48,
    "mish": -6.48,
    "softplus": math.log(math.expm1(TOLERANCE)),
    "exponential": math.log(TOLERANCE),
    "exp": math.log(TOLERANCE),
    "squareplus": TOLERANCE - 1 / TOLERANCE,
}
ZERO_BELOW = {
    "hardsilu": -3.0,
    "hardswish": -3.0,
    "sparseplus": -1.0,
}  # upper ends of the part where the output is 0
BOUNDED = {  # z: beyond -z and z, the output is within 0.01 of a limit
    "tanh": math.atanh(1 - TOLERANCE),
    "sigmoid": math.log((1 - TOLERANCE) / TOLERANCE),
    "softsign": (1 - TOLERANCE) / TOLERANCE,
}
CLIPPED = {"hardsigmoid": 3.0, "hardtanh": 1.0, "sparsesigmoid": 1.0}  # z: beyond, at a limit


def flat_part(function):
    """Return the flat part of an activation function; None if it has none, or is unknown.

    Args:
        function: a function of Keras or of a backend, a `functools.partial` of one, or an
            activation layer.
    """
    options = {}
    if isinstance(function, functools.partial):
        options = function.keywords
        function = function.func
    if not is_from_library(function):
        return None
    name = function_name(function)
    key = name.lower().replace("_", "")

    def option(option_name, default):
        value = options.get(option_name, getattr(function, option_name, default))
        return default if value is None else float(np.ravel(value)[0])

    if key in ("relu", "relu6"):
        cap = 6.0 if key == "relu6" else math.inf
        limits = [option("threshold", 0.0), option("max_value", cap)]
        return _rectifier(name, *limits, option("negative_slope", 0.0) != 0)
    if key in ("leakyrelu", "prelu"):
        return _rectifier(name, 0.0, math.inf, True)
    if key in ("elu", "celu", "selu"):
        alpha = SELU_LIMIT if key == "selu" else option("alpha", 1.0)
        scale = alpha if key == "celu" else 1.0
        rule = f"output within {TOLERANCE} of {-alpha:.3g} for every example"
        low = scale * math.log(TOLERANCE / alpha) if alpha > TOLERANCE else -math.inf
        return FlatPart(name, rule, low=low)
    if key in SMOOTH:
        rule = f"output within {TOLERANCE} of 0, on the flat side, for every example"
        return FlatPart(name, rule, low=SMOOTH[key], is_dead=True)
    if key in ZERO_BELOW:
        return FlatPart(name, "output 0 for every example", low=ZERO_BELOW[key], is_dead=True)
    if key in BOUNDED:
        rule = f"output within {TOLERANCE} of a limit for every example"
        return FlatPart(name, rule, -BOUNDED[key], BOUNDED[key])
    if key in CLIPPED:
        rule = "output at a limit for every example"
        return FlatPart(name, rule, -CLIPPED[key], CLIPPED[key])
    return None


def reason_without_flat_part(function):
    """Return the reason why a function has no known flat part, as text."""
    name = function_name(function)
    key = name.lower().replace("_", "")
    if is_from_library(function) and key == "linear":
        return "linear: it has no flat part"
    if is_from_library(function) and key in COUPLED:
        return f"{name}: its units depend on each other"
    return f"{name}: its flat part is unknown"


def function_name(function):
    """Return the name of a function, or of the class of a layer."""
    function = getattr(function, "func", function)
    return getattr(function, "__name__", type(function).__name__)


def is_from_library(function):
    """Return whether a function or a layer comes from Keras or a backend."""
    module = getattr(function, "__module__", None) or ""
    return module.split(".")[0] in LIBRARIES


def _rectifier(name, low, high, has_slope):
    """Return the flat part of a ReLU of any kind."""
    if has_slope:
        rule = f"pre-activation at most {low:g} for every example: only its slope is left"
    else:
        rule = "output 0 for every example"
        if high < math.inf:
            rule += f" (dead), or always 0 or {high:g} (saturated)"
    return FlatPart(name, rule, low, high, is_dead=True, has_slope=has_slope)


FUNCTIONS = {
    keras.ops.softmax: "softmax",
    keras.ops.log_softmax: "softmax",
    keras.ops.sigmoid: "sigmoid",
    keras.ops.log_sigmoid: "sigmoid",
}
RELATIVE_TOLERANCE = 0.03  # bfloat16 has two to three decimal digits


def final_function(steps, output):
    """Return the logits of an output, and the name of the final softmax or sigmoid.

    Args:
        steps: the steps of a model, from `graph.linked_steps`.
        output: the `Tensor` of one of the model's outputs, (n, units).

    Returns:
        The `Tensor` of logits, which is the output if there is no final function; "softmax",
        "sigmoid" or None; and whether the function is the activation of the layer of that
        tensor, so that the logits are the layer's output without its activation.
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
        is_identity = np.array_equal(_evaluate(function, values).ravel(), values.ravel())
        name = _activation(steps[number]) if is_identity else None
        if name:
            return scores, name, True
    return output, None, False


def without_activation(layer):
    """Return a context manager in which the activation of a layer is linear."""
    return replaced(layer, "activation", keras.activations.linear)


def _function_between(steps, tensor, output):
    """Return the function from a tensor to an output of the same size, or None.

    None means that it has weights, or that the output depends on other tensors too.
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
        outputs = {tensor.step: [values]}
        for number, step in between.items():
            inputs = [outputs[source.step][source.index] for source in step.inputs]
            outputs[number] = step.apply(inputs)
        return outputs[output.step][output.index]

    return function


def _activation(step):
    """Return the name of a layer's activation if it is the last operation of the layer."""
    activation = getattr(step.layer, "activation", None)
    name = _name(activation, _values(step.outputs[0].shape)) if callable(activation) else None
    if not name:
        return None
    values = [_values(tensor.shape) for tensor in step.inputs]
    with without_activation(step.layer):
        (scores,) = step.apply(values)
    expected = _evaluate(activation, scores)
    actual = _evaluate(lambda x: step.apply(x)[0], values)
    return name if np.allclose(actual, expected, RELATIVE_TOLERANCE, 1e-5, equal_nan=True) else None


def _name(function, values):
    """Return "softmax" or "sigmoid" if a function equals it at some values, else None."""
    actual = _evaluate(function, values).ravel()
    for known, name in FUNCTIONS.items():
        if name == "softmax" and values.shape[-1] == 1:
            continue  # Keras warns about the softmax of one unit
        expected = _evaluate(known, values).ravel()
        if actual.shape == expected.shape and np.allclose(
            actual, expected, RELATIVE_TOLERANCE, 1e-5
        ):
            return name
    return None


def _values(shape):
    """Return random values for a tensor of a shape, exact in bfloat16."""
    sizes = [4, *(size or 8 for size in shape[1:])]
    return np.round(np.random.default_rng(0).normal(0, 8, sizes)).astype("float32") / 4


def _evaluate(function, values):
    """Return the output of a function as a float32 array."""
    output = function(keras.tree.map_structure(keras.ops.convert_to_tensor, values))
    return keras.ops.convert_to_numpy(keras.ops.cast(output, "float32"))
