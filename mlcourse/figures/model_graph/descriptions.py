"""Describe layers in words: name, settings and activation; and classify them by kind."""

from __future__ import annotations

import functools
import inspect
import math
import re
from collections.abc import Sequence

from mlcourse._core import checks
from mlcourse.figures.model_graph.operations import (
    describe_attention,
    describe_operation,
    format_constant,
    readable_class_name,
)

ACTIVATION_NAMES = {
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
    """Return whether a layer or operation is only an activation function."""
    key = _key(type(layer).__name__)
    return key == "activation" or key in ACTIVATION_NAMES


def describe_activation(layer):
    """Return the name of an activation layer, with its slope, limit, alpha or axis.

    >>> class LeakyReLU:
    ...     def __init__(self):
    ...         self.negative_slope = 0.1
    >>> describe_activation(LeakyReLU())
    'leaky ReLU, slope 0.1'
    """
    key = _key(type(layer).__name__)
    if key == "activation":
        return describe_function(layer.activation)
    return _with_settings(key, vars(layer) | {"n_slopes": _n_slopes(layer)})


def describe_function(function):
    """Return the name of an activation, given as a function, a layer or a name.

    >>> describe_function("hard_sigmoid"), describe_function(None)
    ('hard sigmoid', 'linear')
    """
    if function is None:
        return "linear"
    if isinstance(function, functools.partial):
        return _with_settings(_key(function.func.__name__), _settings_of(function.func, function))
    if isinstance(function, str):
        return _readable(function)
    name = getattr(function, "__name__", None)
    if name is None and is_activation(function):
        return describe_activation(function)
    if name is None:
        return _readable(type(function).__name__)
    if _key(name) in ACTIVATION_NAMES:
        return _with_settings(_key(name), _settings_of(function))
    return "function of one's own" if name == "<lambda>" else _readable(name)


def _with_settings(key, settings):
    """Return the name of an activation with the settings that are not the default.

    Args:
        key: a key of `ACTIVATION_NAMES`.
        settings: dict of names to numbers.
    """
    name = ACTIVATION_NAMES[key]
    slope = settings.get("negative_slope")
    max_value = settings.get("max_value")
    parts = []
    if key == "relu" and max_value == 6:
        name = ACTIVATION_NAMES["relu6"]
        max_value = None
    if key == "relu" and slope:
        name = ACTIVATION_NAMES["leakyrelu"]
    if slope:
        parts.append(f"slope {slope:g}")
    if max_value is not None:
        parts.append(f"at most {max_value:g}")
    if settings.get("threshold") and key == "relu":
        parts.append(f"0 below {settings['threshold']:g}")
    if key in ("elu", "celu") and settings.get("alpha", 1) != 1:
        parts.append(f"alpha {settings['alpha']:g}")
    if settings.get("n_slopes"):
        parts.append(_plural(settings["n_slopes"], "slope"))
    axis = settings.get("axis")
    if axis is not None and axis != -1:
        parts.append(f"axis {axis}")
    return ", ".join([name, *parts])


def _plural(number, noun):
    """Return a number with its noun, for example "1 layer" or "2 layers"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def count_layers(number):
    """Return a number of layers as text, for example "1 layer" or "2 layers"."""
    return f"{number} layer" if number == 1 else f"{number} layers"


def _n_slopes(layer):
    """Return the number of slopes that a parametric ReLU learns; None for other layers."""
    shape = getattr(getattr(layer, "alpha", None), "shape", None)
    return None if shape is None else math.prod(shape)


def _settings_of(function, partial=None):
    """Return the numeric defaults of an activation function, and the arguments of its partial."""
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
    """Return the key of a name in `ACTIVATION_NAMES`: "softmax_v2" is TensorFlow's softmax."""
    return re.sub(r"_v\d+$", "", name).replace("_", "").lower()


def _readable(name):
    """Return the readable name of an activation."""
    without_underscores = re.sub(r"_v\d+$", "", name).replace("_", " ").strip()
    return ACTIVATION_NAMES.get(_key(name), without_underscores)


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
    """Return the names of a layer's class and of its base classes."""
    return [parent.__name__ for parent in type(layer).__mro__]


def is_operation(layer):
    """Return whether a node of a graph is a function of `keras.ops`, which has no weights."""
    return not hasattr(layer, "weights") and "Operation" in class_names(layer)


def kind_of(layer, inputs=1):
    """Return the kind of a layer: a key of `KINDS`, "model", "merge" or "other".

    Args:
        layer: the layer, operation or nested model.
        inputs: number of its input tensors. A merge has at least two.
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


TIMES = " \N{MULTIPLICATION SIGN} "
FOLLOWER_NAMES = {
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
    """Return whether a layer belongs to the block of the layer before it.

    Such layers are activations, normalization, dropout and noise.
    """
    return is_activation(layer) or any(name in FOLLOWER_NAMES for name in class_names(layer))


def describe_layer(layer, arguments=()):
    """Return the descriptions of a layer: its name with its settings, then its activation.

    Args:
        layer: the layer, operation or model.
        arguments: arguments of its call, {"args": ..., "kwargs": ...}.

    >>> class Dense:
    ...     units, activation = 512, "relu"
    >>> describe_layer(Dense())
    ['Dense 512', 'ReLU']
    """
    name = type(layer).__name__
    arguments = dict(arguments)
    if hasattr(layer, "layers"):
        return _describe_model(layer)
    if is_activation(layer):
        return [describe_activation(layer)]
    if name in FOLLOWER_NAMES:
        return [FOLLOWER_NAMES[name] + _settings(layer)]
    if kind_of(layer) == "attention":
        return describe_attention(layer, arguments)
    if is_operation(layer) or name in MERGES:
        return [describe_operation(layer, arguments)]
    description = _class_description(layer) + _settings(layer)
    has_inner_functions = hasattr(layer, "recurrent_activation")
    if has_inner_functions:
        return [description]
    function = describe_function(getattr(layer, "activation", None))
    return [description] if function == "linear" else [description, function]


def _describe_model(model):
    """Return the descriptions of a model: its name and its number of layers, if not 0."""
    n_layers = sum(type(layer).__name__ != "InputLayer" for layer in model.layers)
    descriptions = [f"Model {model.name}"]
    if n_layers:
        descriptions.append(count_layers(n_layers))
    return descriptions


def _class_description(layer):
    """Return the readable class name of a layer; a grouped convolution is "Grouped conv"."""
    name = readable_class_name(type(layer).__name__)
    if getattr(layer, "groups", 1) == 1 or not hasattr(layer, "kernel_size"):
        return name
    prefix = "Depthwise" if _is_depthwise(layer) else "Grouped"
    return f"{prefix} {name[0].lower()}{name[1:]}"


def _is_depthwise(layer):
    """Return whether a grouped convolution has one input channel per group."""
    shape = getattr(getattr(layer, "kernel", None), "shape", ())
    return getattr(layer, "groups", 1) > 1 and len(shape) > 1 and shape[-2] == 1


def _settings(layer):
    """Return the settings of a layer as text, for example the size of a kernel."""
    kernel_size = getattr(layer, "kernel_size", None)
    pool_size = getattr(layer, "pool_size", None)
    strides = getattr(layer, "strides", None)
    if kernel_size is not None:
        text = f" {format_shape(kernel_size)}" + _channels(layer)
        text += _unless_ones("stride", strides)
        return text + _unless_ones("dilation", getattr(layer, "dilation_rate", 1))
    if pool_size is not None:
        stride = "" if strides == pool_size else f", stride {_short_shape(strides)}"
        return f" {format_shape(pool_size)}{stride}"
    if hasattr(layer, "input_dim") and hasattr(layer, "output_dim"):
        return f" {format_shape((layer.input_dim, layer.output_dim))}"
    inner = getattr(layer, "forward_layer", getattr(layer, "layer", None))
    if inner is not None:
        merge_mode = getattr(layer, "merge_mode", "concat")
        suffix = "" if merge_mode in (None, "concat") else f", {merge_mode}"
        return f": {describe_layer(inner)[0]}{suffix}"
    cell = getattr(layer, "cell", None)
    if cell is not None and type(layer).__name__ == "RNN":
        cells = getattr(cell, "cells", [cell])
        return ": " + ", ".join(describe_layer(cell)[0] for cell in cells)
    return _other_settings(layer)


def _channels(layer):
    """Return the number of filters of a convolution as text.

    For a depthwise convolution, return the number of filters for each channel if it is not 1.
    """
    groups = getattr(layer, "groups", 1)
    filters = getattr(layer, "filters", None)
    if filters is None or _is_depthwise(layer):
        per_channel = getattr(layer, "depth_multiplier", 1)
        if _is_depthwise(layer):
            per_channel = filters // groups
        return f", {per_channel} for each channel" if per_channel > 1 else ""
    return f", {filters:,}" + (f", {groups} groups" if groups > 1 else "")


def _other_settings(layer):
    """Return the settings of a layer without kernel, pool or inner layer as text."""
    name = type(layer).__name__
    if name == "Rescaling":
        has_offset = isinstance(layer.offset, list | tuple) or layer.offset
        offset = f", offset {format_constant(layer.offset)}" if has_offset else ""
        return f", scale {_format_scale(layer.scale)}{offset}"
    if name == "GroupNormalization":
        return ", 1 group" if layer.groups == 1 else f", {layer.groups} groups"
    if "Adaptive" in name:
        return f" to {format_shape(layer.output_size)}"
    if name == "EinsumDense":
        return f" {layer.equation}"
    sizes = [getattr(layer, key, None) for key in ("units", "size", "n")]
    text = "".join(f" {format_shape(size)}" for size in sizes if _is_size(size))
    rate = getattr(layer, "rate", getattr(layer, "stddev", None))
    return text + (f" {rate:g}" if isinstance(rate, int | float) else "")


def _is_size(value):
    """Return whether a value is an integer of at least 0, or a tuple of them."""
    sides = value if isinstance(value, tuple) else (value,)
    return all(isinstance(side, int) and not isinstance(side, bool) and side >= 0 for side in sides)


def _format_scale(scale):
    """Return a scale as text, as a fraction such as 1/255 if that is shorter."""
    text = format_constant(scale)
    if not isinstance(scale, int | float) or not scale:
        return text
    inverse = round(1 / scale, 1)
    is_exact = inverse and abs(scale * inverse - 1) < 1e-9
    fraction = f"1/{inverse:g}"
    return fraction if is_exact and len(fraction) < len(text) else text


def _unless_ones(name, lengths):
    """Return a setting with its lengths, or an empty text if all are 1."""
    text = _short_shape(lengths or 1)
    return "" if text == "1" else f", {name} {text}"


def _short_shape(lengths):
    """Return lengths as text, equal lengths as one number."""
    distinct = {lengths} if isinstance(lengths, int) else set(lengths)
    return f"{distinct.pop()}" if len(distinct) == 1 else format_shape(lengths)


def format_shape(lengths: int | Sequence[int | None] | None) -> str:
    """Return lengths as text with multiplication signs; None is a question mark.

    Args:
        lengths: an integer of at least 0, None, or a sequence of them.

    Raises:
        ValueError: if a length is not an integer of at least 0.

    Example:
        >>> format_shape((None, 28)).split(TIMES)
        ['?', '28']
    """
    sides = lengths if isinstance(lengths, list | tuple) else (lengths,)
    return TIMES.join(
        "?" if side is None else f"{checks.integer('each length', side, 0):,}" for side in sides
    )
