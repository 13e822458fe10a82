"""Activation functions in words, with the numbers that change them."""

import functools
import inspect
import math
import re

NAMES = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leakyrelu": "leaky ReLU",
    "prelu": "parametric ReLU",
    "elu": "ELU",
    "celu": "CELU",
    "selu": "SELU",
    "gelu": "GELU",
    "glu": "GLU",
    "silu": "SiLU",
    "swish": "SiLU",
    "mish": "Mish",
    "softmax": "softmax",
    "logsoftmax": "log softmax",
    "sparsemax": "sparsemax",
    "sigmoid": "sigmoid",
    "logsigmoid": "log sigmoid",
    "hardsigmoid": "hard sigmoid",
    "sparsesigmoid": "sparse sigmoid",
    "hardsilu": "hard SiLU",
    "hardswish": "hard SiLU",
    "tanh": "tanh",
    "hardtanh": "hard tanh",
    "tanhshrink": "tanh shrink",
    "hardshrink": "hard shrink",
    "softshrink": "soft shrink",
    "softplus": "softplus",
    "squareplus": "squareplus",
    "sparseplus": "sparse plus",
    "softsign": "softsign",
    "threshold": "threshold",
}


def is_activation(layer):
    """Return whether a layer or operation is an activation function, and nothing else."""
    name = _key(type(layer).__name__)
    return name == "activation" or name in NAMES


def activation_words(layer):
    """Return the name of an activation layer, with its slope, limit, alpha or axis.

    >>> class LeakyReLU:
    ...     def __init__(self):
    ...         self.negative_slope = 0.1
    >>> activation_words(LeakyReLU())
    'leaky ReLU, slope 0.1'
    """
    name = _key(type(layer).__name__)
    if name == "activation":
        return function_words(layer.activation)
    settings = vars(layer) | {"slopes": _slopes(layer)}
    return _with_numbers(name, settings)


def function_words(function):
    """Return the name of an activation: a function, a layer, or a text.

    >>> function_words("hard_sigmoid"), function_words(None)
    ('hard sigmoid', 'linear')
    """
    if function is None:
        return "linear"
    if isinstance(function, functools.partial):
        return _with_numbers(_key(function.func.__name__), _defaults(function.func, function))
    if isinstance(function, str):
        return _plain(function)
    name = getattr(function, "__name__", None)
    if name is None:
        is_known = is_activation(function)
        return activation_words(function) if is_known else _plain(type(function).__name__)
    if _key(name) in NAMES:
        return _with_numbers(_key(name), _defaults(function))
    return "function of one's own" if name == "<lambda>" else _plain(name)


def _with_numbers(name, settings):
    """Return the name of an activation with those of its numbers that are not the default."""
    text, numbers = NAMES[name], []
    slope, most = settings.get("negative_slope"), settings.get("max_value")
    if name == "relu" and most == 6:
        text, most = NAMES["relu6"], None
    if name == "relu" and slope:
        text = NAMES["leakyrelu"]
    if slope:
        numbers.append(f"slope {slope:g}")
    if most is not None:
        numbers.append(f"at most {most:g}")
    if settings.get("threshold") and name == "relu":
        numbers.append(f"0 below {settings['threshold']:g}")
    if name in ("elu", "celu") and settings.get("alpha", 1) != 1:
        numbers.append(f"alpha {settings['alpha']:g}")
    if settings.get("slopes"):
        numbers.append(f"{settings['slopes']:,} slope{'s' * (settings['slopes'] != 1)}")
    axis = settings.get("axis")
    if axis is not None and axis != -1:
        numbers.append(f"axis {axis}")
    return ", ".join([text, *numbers])


def _slopes(layer):
    """Return the number of slopes that a parametric ReLU learns; None for other layers."""
    shape = getattr(getattr(layer, "alpha", None), "shape", None)
    return None if shape is None else math.prod(shape)


def _defaults(function, partial=None):
    """Return the numbers with which Keras calls an activation function."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    values = {name: parameter.default for name, parameter in parameters.items()}
    values |= partial.keywords if partial else {}
    if _key(function.__name__) == "leakyrelu" and "alpha" in values:  # TensorFlow's name for it
        values["negative_slope"] = values["alpha"]
    return {name: value for name, value in values.items() if isinstance(value, int | float)}


def _key(name):
    """Return a name as in `NAMES`: "softmax_v2" is TensorFlow's softmax."""
    return re.sub(r"_v\d+$", "", name).replace("_", "").lower()


def _plain(name):
    return NAMES.get(_key(name), re.sub(r"_v\d+$", "", name).replace("_", " ").strip())
