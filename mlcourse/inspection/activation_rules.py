"""Where activation functions are flat, and the function at a model's end."""

import functools
import math
from dataclasses import dataclass

import keras
import numpy as np

from mlcourse.figures.model_graph.tracing import replaced

NEAR = 0.01  # from its limit, a smooth function counts as flat
LIBRARIES = ("keras", "tensorflow", "jax", "torch")
COMPARING = ("softmax", "logsoftmax", "sparsemax")
SELU_LIMIT = 1.7580993408473766  # scale times alpha of Klambauer et al. (2017)


@dataclass(frozen=True)
class FlatPart:
    """The pre-activations for which an activation function is flat.

    Attributes:
        function: the name of the activation function.
        rule: in words, when a unit counts as dead or saturated.
        low, high: it is flat from minus infinity to `low`, and from `high` to infinity.
        is_dead: whether a unit that stays at or below `low` counts as dead, else as saturated.
        has_slope: whether a slope is left below `low`.
    """

    function: str
    rule: str
    low: float = -math.inf
    high: float = math.inf
    is_dead: bool = False
    has_slope: bool = False


SMOOTH = {  # flat from here on downwards: the output is within 0.01 of 0, its limit
    "gelu": -2.68,
    "silu": -6.48,
    "swish": -6.48,
    "mish": -6.48,
    "softplus": math.log(math.expm1(NEAR)),
    "exponential": math.log(NEAR),
    "exp": math.log(NEAR),
    "squareplus": NEAR - 1 / NEAR,
}
CUT = {"hardsilu": -3.0, "hardswish": -3.0, "sparseplus": -1.0}  # exactly 0 below
LIMITED = {  # within 0.01 of either limit
    "tanh": math.atanh(1 - NEAR),
    "sigmoid": math.log((1 - NEAR) / NEAR),
    "softsign": (1 - NEAR) / NEAR,
}
CUT_TWICE = {"hardsigmoid": 3.0, "hardtanh": 1.0, "sparsesigmoid": 1.0}  # exactly at either limit


def flat_part(function):
    """Return the flat part of an activation function; None if it has none, or is unknown.

    Args:
        function: of Keras or a backend, a `functools.partial` of one, or an activation layer.
    """
    options = {}
    if isinstance(function, functools.partial):
        options = function.keywords
        function = function.func
    if not is_of_library(function):
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
        rule = f"output within {NEAR} of {-alpha:.3g} for every example"
        low = scale * math.log(NEAR / alpha) if alpha > NEAR else -math.inf
        return FlatPart(name, rule, low=low)
    if key in SMOOTH:
        rule = f"output within {NEAR} of 0, on the flat side, for every example"
        return FlatPart(name, rule, low=SMOOTH[key], is_dead=True)
    if key in CUT:
        return FlatPart(name, "output 0 for every example", low=CUT[key], is_dead=True)
    if key in LIMITED:
        rule = f"output within {NEAR} of a limit for every example"
        return FlatPart(name, rule, -LIMITED[key], LIMITED[key])
    if key in CUT_TWICE:
        rule = "output at a limit for every example"
        return FlatPart(name, rule, -CUT_TWICE[key], CUT_TWICE[key])
    return None


def why_none(function):
    """Return why a function has no flat part that is known, in words."""
    name = function_name(function)
    key = name.lower().replace("_", "")
    if is_of_library(function) and key == "linear":
        return "linear: it has no flat part"
    if is_of_library(function) and key in COMPARING:
        return f"{name}: its units depend on each other"
    return f"{name}: its flat part is unknown"


def function_name(function):
    """Return the name of a function, or of the class of a layer."""
    function = getattr(function, "func", function)
    return getattr(function, "__name__", type(function).__name__)


def is_of_library(function):
    """Return whether a function or a layer comes from Keras or a backend."""
    home = getattr(function, "__module__", None) or ""
    return home.split(".")[0] in LIBRARIES


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
