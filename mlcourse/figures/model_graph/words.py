"""The text in a block: the layer, its activation and settings, its output shape."""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Sequence

from mlcourse._core import checks
from mlcourse.figures.model_graph.operation_words import (
    attention_words,
    class_words,
    constant_words,
    operation_words,
)

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


KINDS = {
    "recurrent": r"RNN|SimpleRNN|LSTM|GRU|ConvLSTM\dD|\w+(RNN|LSTM|GRU)Cells?"
    r"|Bidirectional|TimeDistributed",
    "convolution": r"(Separable|Depthwise)?Conv(\dD)?(Transpose)?",
    "pooling": r"(Global|Adaptive)?(Max|Average)Pool(ing\dD)?",
    "dense": r"(Einsum)?Dense",
    "attention": r"(MultiHead|Additive|GroupedQuery|DotProduct)?Attention",
    "embedding": r"(Reversible)?Embedding",
    "normalization": r"(Batch|Layer|Group|Unit|RMS|Spectral)?Normalization"
    r"|(Batch|Layer|RMS)Norm|Normalize|Rescaling",
    "shape": r"Flatten|Reshape|Permute|RepeatVector|(ZeroPadding|Cropping|UpSampling)\dD|Resizing"
    r"|CenterCrop|Ravel|Transpose|ExpandDims|Squeeze|Swapaxes|Moveaxis|Pad|Repeat|BroadcastTo"
    r"|Tile|Resize",
}
MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Dot", "Concatenate")


def class_names(layer):
    """Return the names of a layer's class and of those that it extends."""
    return [parent.__name__ for parent in type(layer).__mro__]


def is_operation(layer):
    """Return whether a step of a graph is a function of `keras.ops`, which has no weights."""
    return not hasattr(layer, "weights") and "Operation" in class_names(layer)


def kind_of(layer, inputs=1):
    """Return the family of a layer: "convolution", "pooling", "dense", "merge", and so on.

    Args:
        layer: the layer; a model within the model is one, of the kind "model".
        inputs: number of its input tensors: what merges them takes two at least.
    """
    if hasattr(layer, "layers"):
        return "model"
    names = class_names(layer)
    for name in names:
        for kind, pattern in KINDS.items():
            if re.fullmatch(pattern, name):
                return kind
    merges = is_operation(layer) or any(name in MERGES for name in names)
    return "merge" if inputs > 1 and merges else "other"


pass

TIMES = " \N{MULTIPLICATION SIGN} "
FOLLOWERS = {
    "BatchNormalization": "batch norm",
    "LayerNormalization": "layer norm",
    "GroupNormalization": "group norm",
    "RMSNormalization": "RMS norm",
    "UnitNormalization": "unit norm",
    "Dropout": "dropout",
    "SpatialDropout1D": "spatial dropout",
    "SpatialDropout2D": "spatial dropout",
    "SpatialDropout3D": "spatial dropout",
    "AlphaDropout": "alpha dropout",
    "GaussianDropout": "Gaussian dropout",
    "GaussianNoise": "Gaussian noise",
}


def follows(layer):
    """Whether a layer only changes what comes out of the one before it, number by number."""
    return is_activation(layer) or any(name in FOLLOWERS for name in class_names(layer))


def words_of(layer, arguments=()):
    """Returns what a layer does as a list: its name with its settings, then its activation.

    Args:
        layer: the layer, operation or model.
        arguments: of its call, {"args": ..., "kwargs": ...}.

    >>> class Dense:
    ...     units, activation = 512, "relu"
    >>> words_of(Dense())
    ['Dense 512', 'ReLU']
    """
    name, arguments = type(layer).__name__, dict(arguments)
    if hasattr(layer, "layers"):
        count = sum(type(part).__name__ != "InputLayer" for part in layer.layers)
        size = [f"{count} layer{'s' * (count != 1)}"] if count else []  # none: only operations
        return [f"Model {layer.name}", *size]
    if is_activation(layer):
        return [activation_words(layer)]
    if name in FOLLOWERS:
        return [FOLLOWERS[name] + _settings(layer)]
    if kind_of(layer) == "attention":
        return attention_words(layer, arguments)
    if is_operation(layer) or name in MERGES:
        return [operation_words(layer, arguments)]
    is_gated = hasattr(layer, "recurrent_activation")  # it has several functions, well inside it
    function = "linear" if is_gated else function_words(getattr(layer, "activation", None))
    return [_class_words(layer) + _settings(layer), *([function] if function != "linear" else [])]


def _class_words(layer):
    """Returns the class of a layer in words, a convolution's with its groups of channels."""
    words, groups = class_words(type(layer).__name__), getattr(layer, "groups", 1)
    if groups == 1 or not hasattr(layer, "kernel_size"):
        return words
    return f"{'Depthwise' if _is_depthwise(layer) else 'Grouped'} {words[0].lower()}{words[1:]}"


def _is_depthwise(layer):
    """Returns whether a convolution has a kernel for each channel alone."""
    shape = getattr(getattr(layer, "kernel", None), "shape", ())
    return getattr(layer, "groups", 1) > 1 and len(shape) > 1 and shape[-2] == 1


def _settings(layer):
    """Returns what tells a layer from others of its class, such as the size of a kernel."""
    kernel, pool = getattr(layer, "kernel_size", None), getattr(layer, "pool_size", None)
    strides = getattr(layer, "strides", None)
    if kernel is not None:
        text = f" {times(kernel)}" + _channels(layer) + _unless_ones("stride", strides)
        return text + _unless_ones("dilation", getattr(layer, "dilation_rate", 1))
    if pool is not None:
        return f" {times(pool)}" + ("" if strides == pool else f", stride {_side(strides)}")
    if hasattr(layer, "input_dim") and hasattr(layer, "output_dim"):
        return f" {times((layer.input_dim, layer.output_dim))}"
    inner = getattr(layer, "forward_layer", getattr(layer, "layer", None))
    if inner is not None:
        merges = getattr(layer, "merge_mode", "concat")
        return f": {words_of(inner)[0]}" + ("" if merges in (None, "concat") else f", {merges}")
    cells = getattr(layer, "cell", None)
    if cells is not None and type(layer).__name__ == "RNN":
        return ": " + ", ".join(words_of(cell)[0] for cell in getattr(cells, "cells", [cells]))
    return _numbers(layer)


def _channels(layer):
    """Returns the filters of a convolution; of a depthwise one how many each channel has."""
    groups, filters = getattr(layer, "groups", 1), getattr(layer, "filters", None)
    many = getattr(layer, "depth_multiplier", 1)
    if _is_depthwise(layer):
        many = filters // groups
    if filters is None or _is_depthwise(layer):
        return f", {many} for each channel" if many > 1 else ""
    return f", {filters:,}" + (f", {groups} groups" if groups > 1 else "")


def _numbers(layer):
    """Returns the numbers that a layer of another kind is given."""
    name = type(layer).__name__
    if name == "Rescaling":
        offset = layer.offset if isinstance(layer.offset, list | tuple) or layer.offset else None
        shift = "" if offset is None else f", offset {constant_words(offset)}"
        return f", scale {_fraction(layer.scale)}{shift}"
    if name == "GroupNormalization":
        return f", {layer.groups} group{'s' * (layer.groups != 1)}"
    if "Adaptive" in name:
        return f" to {times(layer.output_size)}"
    if name == "EinsumDense":
        return f" {layer.equation}"
    settings = [getattr(layer, key, None) for key in ("units", "size", "n")]
    text = "".join(f" {times(value)}" for value in settings if _is_size(value))
    rate = getattr(layer, "rate", getattr(layer, "stddev", None))
    return text + (f" {rate:g}" if isinstance(rate, int | float) else "")


def _is_size(value):
    sides = value if isinstance(value, tuple) else (value,)
    return all(isinstance(side, int) and not isinstance(side, bool) and side >= 0 for side in sides)


def _fraction(scale):
    """Returns a scale such as 1/255, where that is shorter."""
    if not isinstance(scale, int | float) or not scale:
        return constant_words(scale)
    inverse = round(1 / scale, 1)
    is_exact = inverse and abs(scale * inverse - 1) < 1e-9
    return min([constant_words(scale), *([f"1/{inverse:g}"] if is_exact else [])], key=len)


def _unless_ones(name, lengths):
    side = _side(lengths or 1)
    return "" if side == "1" else f", {name} {side}"


def _side(lengths):
    """Returns one length where all are the same, as they mostly are."""
    sides = {lengths} if isinstance(lengths, int) else set(lengths)
    return f"{sides.pop()}" if len(sides) == 1 else times(lengths)


def times(lengths: int | Sequence[int | None] | None) -> str:
    """Returns lengths as they are read: (3, 3) is 3 times 3.

    Example:
        >>> times((None, 28)).split(TIMES)
        ['?', '28']
    """
    sides = lengths if isinstance(lengths, list | tuple) else (lengths,)
    return TIMES.join(
        "?" if side is None else f"{checks.integer('each length', side, 0):,}" for side in sides
    )
