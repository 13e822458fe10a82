"""Where activation functions are flat: there a unit hardly changes with what it is given."""

import functools
import math
from dataclasses import dataclass

import numpy as np

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
