"""What a layer of Keras is called in a picture: its class and settings in a few plain words.

What an object has is looked at, its class's name and its settings, so nothing of Keras is imported.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mlcourse import checks

TIMES = " \N{MULTIPLICATION SIGN} "
ACTIVATIONS = {
    "relu": "ReLU",
    "relu6": "ReLU 6",
    "leakyrelu": "leaky ReLU",
    "leaky_relu": "leaky ReLU",
    "prelu": "parametric ReLU",
    "elu": "ELU",
    "selu": "SELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "swish": "SiLU",
    "softmax": "softmax",
    "sigmoid": "sigmoid",
    "tanh": "tanh",
    "softplus": "softplus",
}
FOLLOWERS = {
    "batchnormalization": "batch norm",
    "layernormalization": "layer norm",
    "groupnormalization": "group norm",
    "rmsnormalization": "RMS norm",
    "dropout": "dropout",
    "spatialdropout1d": "spatial dropout",
    "spatialdropout2d": "spatial dropout",
    "spatialdropout3d": "spatial dropout",
    "alphadropout": "alpha dropout",
    "gaussiandropout": "Gaussian dropout",
    "gaussiannoise": "Gaussian noise",
}
KINDS = {
    "convolution": ("Conv",),
    "pooling": ("Pool",),
    "dense": ("Dense",),
    "shape": ("Flatten", "Reshape", "Permute", "Padding", "Cropping", "UpSampling", "Repeat"),
}
MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Dot", "Concatenate")
PART = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z](?![a-z])|\d+")


def follows(layer):
    """Whether a layer only changes what comes out of the one before it, number by number."""
    name = type(layer).__name__.lower()
    return name in FOLLOWERS or name in ACTIVATIONS or name == "activation"


def kind_of(layer, inputs=1):
    """Returns the family of a layer: "convolution", "pooling", "dense", "merge", and so on.

    Args:
        layer: the layer; a model within the model is one, of the kind "model".
        inputs: how many tensors it takes: what merges them takes two at least.
    """
    name = type(layer).__name__
    if hasattr(layer, "layers"):
        return "model"
    if inputs > 1 and name in MERGES:
        return "merge"
    for kind, parts in KINDS.items():
        if any(part in name for part in parts):
            return kind
    return "other"


def words_of(layer):
    """Returns what a layer does as a list: its name with its settings, then its activation.

    >>> class Dense:
    ...     units, activation = 512, "relu"
    >>> words_of(Dense())
    ['Dense 512', 'ReLU']
    """
    name = type(layer).__name__.lower()
    if hasattr(layer, "layers"):
        count = sum(type(part).__name__ != "InputLayer" for part in layer.layers)
        return [f"Model {layer.name}", f"{count} layer{'s' * (count != 1)}"]
    if name == "activation":
        return [_function(layer.activation)]
    if name in ACTIVATIONS:
        return [ACTIVATIONS[name]]
    if name in FOLLOWERS:
        rate = getattr(layer, "rate", getattr(layer, "stddev", None))
        return [FOLLOWERS[name] + ("" if rate is None else f" {rate:g}")]
    is_gated = hasattr(layer, "recurrent_activation")  # it has several functions, well inside it
    function = "linear" if is_gated else _function(getattr(layer, "activation", None))
    return [_class_words(layer) + _settings(layer), *([function] if function != "linear" else [])]


def _class_words(layer):
    """Returns the name of a class in words: "GlobalMaxPooling2D" is "Global max pooling"."""
    name = re.sub(r"\dD", "", type(layer).__name__).replace("UpSampling", "Upsampling")
    parts = PART.findall(re.sub("(.+)Transpose$", r"Transposed\1", name))
    first, *others = parts or [type(layer).__name__]
    words = [part if part.isupper() else part.lower() for part in others]
    return " ".join([first[0].upper() + first[1:], *words])


def _settings(layer):
    """Returns what tells a layer from others of its class, such as the size of a kernel."""
    kernel, pool = getattr(layer, "kernel_size", None), getattr(layer, "pool_size", None)
    strides = getattr(layer, "strides", None)
    if kernel is not None:
        filters = getattr(layer, "filters", None)
        text = f" {times(kernel)}" + (f", {filters:,}" if filters is not None else "")
        dilation = getattr(layer, "dilation_rate", 1)
        text += _unless_ones("stride", strides)
        return text + _unless_ones("dilation", dilation)
    if pool is not None:
        return f" {times(pool)}" + ("" if strides == pool else f", stride {_side(strides)}")
    if hasattr(layer, "input_dim") and hasattr(layer, "output_dim"):
        return f" {times((layer.input_dim, layer.output_dim))}"
    inner = getattr(layer, "forward_layer", getattr(layer, "layer", None))
    if inner is not None:
        return f": {words_of(inner)[0]}"
    if hasattr(layer, "num_heads"):
        return f", {layer.num_heads} heads"
    settings = [getattr(layer, name, None) for name in ("units", "size")]
    return "".join(f" {times(value)}" for value in settings if isinstance(value, int | tuple))


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


def _function(function):
    """Returns the name of an activation function, which may be a layer or a text too."""
    if function is None:
        return "linear"
    name = function if isinstance(function, str) else getattr(function, "__name__", None)
    name = name or type(function).__name__.lower()
    return ACTIVATIONS.get(name, name.replace("_", " "))
