"""What a layer of Keras is called in a picture: its class and settings in a few plain words.

What an object has is looked at, its class's name and its settings, so nothing of Keras is imported.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlcourse import checks
from mlcourse.model_graph.activation_words import activation_words, function_words, is_activation
from mlcourse.model_graph.attention_words import attention_words
from mlcourse.model_graph.class_words import class_words
from mlcourse.model_graph.kinds import MERGES, class_names, is_operation, kind_of
from mlcourse.model_graph.operation_words import constant_words, operation_words

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
