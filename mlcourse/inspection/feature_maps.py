"""Filters of the first convolution, and feature maps of all convolutions."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.inspection.backward import check_inputs, require_built
from mlcourse.inspection.layers import as_array, has_inner_layers, named_layers, observe, rows

LAYERS = keras.layers
CONVOLUTIONS = (
    LAYERS.Conv1D,
    LAYERS.Conv1DTranspose,
    LAYERS.DepthwiseConv1D,
    LAYERS.SeparableConv1D,
    LAYERS.Conv2D,
    LAYERS.Conv2DTranspose,
    LAYERS.DepthwiseConv2D,
    LAYERS.SeparableConv2D,
)
NORMALIZATIONS = (
    LAYERS.BatchNormalization,
    LAYERS.GroupNormalization,
    LAYERS.LayerNormalization,
)
ACTIVATIONS = (LAYERS.Activation, LAYERS.ELU, LAYERS.LeakyReLU, LAYERS.PReLU, LAYERS.ReLU)


def filters(model: keras.Model) -> np.ndarray:
    """Return the filters of the first two-dimensional convolution as images.

    Convolutions in models within the model are found too, at any depth.

    Args:
        model: a built Keras model of any kind.

    Returns:
        The weights, (filters, height, width, channels); `plot_filters` plots them.

    Raises:
        ValueError: if the model is not built, or has no convolution.

    Example:
        >>> from mlcourse import models
        >>> filters(models.cnn((28, 28, 1))).shape
        (32, 3, 3, 1)
    """
    require_built(model)
    for _, layer in named_layers(model):
        if isinstance(layer, LAYERS.Conv2D) and layer.built:
            kernel = keras.ops.convert_to_numpy(layer.kernel)
            return np.array(kernel.transpose(3, 0, 1, 2))
    got = f"Got {_layer_types(model)} instead; layer.kernel has the weights of other layers"
    raise ValueError(f"model must have a Conv2D layer. {got}.")


def feature_maps(
    model: keras.Model,
    x: np.typing.ArrayLike | list | tuple | Mapping[str, np.typing.ArrayLike],
    layers: Sequence[str] | None = None,
) -> dict[str, np.ndarray]:
    """Return the feature maps of layers for images or signals.

    Layers within models, wrappers and custom layers are found too, at any depth. Operations in the
    `call` of a subclassed model between its layers are not found, nor are activations that are not
    layers, such as `keras.ops.relu`: there the maps are those before it.

    Args:
        model: a built Keras model of any kind.
        x: images or signals, (n, ...); for several inputs a list, a tuple or a dict of arrays.
            All maps are in memory, so use few examples.
        layers: names of layers, in the order of the result; None for all convolutions, each after
            the normalization and the activation that follow it, unless another layer uses an
            output in between.

    Returns:
        A dict from layer names to arrays (n, height, width, channels), or (n, steps, channels) for
        signals, in the order of the calls. `plot_feature_maps` plots those of one example. The
        name of a layer within others starts with theirs, as in "encoder/conv". A layer that is
        used twice is listed twice, as "conv" and "conv, use 2".

    Raises:
        ValueError: if the model is not built or has no convolution, a layer has no feature maps,
            or x does not fit the model.

    Warns:
        UserWarning: if the model has a convolution that it does not call, or calls in a compiled
            function, where its maps cannot be read.

    Example:
        >>> maps = feature_maps(model, x[:1])  # doctest: +SKIP
        >>> {name: array.shape for name, array in maps.items()}  # doctest: +SKIP
        {'conv2d': (1, 32, 32, 32), 'conv2d_1': (1, 16, 16, 64)}
    """
    x = check_inputs(model, x)
    calls = _calls(model, rows(x, 0, 1))
    leaves = [call for call in calls if not has_inner_layers(call.layer)]
    if layers is None:
        convolutions = filter(_is_convolution, leaves)
        ends = {call.name: _last_name(call, leaves) for call in convolutions}
    else:
        names = checks.texts("layers", layers)
        ends = {name: find_call(calls, name).name for name in names}
    if not ends:
        rule = "model must have a convolution outside compiled functions, or layers must be given"
        raise ValueError(f"{rule}. Got {_layer_types(model)} instead.")
    if layers is None:
        _warn_about_missing(model, calls)
    batches: dict[str, list] = {name: [] for name in ends.values()}

    def on_call(call):
        if call.name in batches:
            batches[call.name].append(as_array(call.outputs[0]))

    observe(model, x, _methods(model), on_call)
    return {name: np.concatenate(batches[end]) for name, end in ends.items()}


def _calls(model, x):
    """Return the calls of layers whose outputs have values, in order."""
    calls: list = []
    observe(model, x, _methods(model), calls.append)
    return [call for call in calls if call.outputs and as_array(call.outputs[0]) is not None]


def _methods(model):
    return [(name, layer, "call") for name, layer in named_layers(model)]


def _warn_about_missing(model, calls):
    """Warn about convolutions of the model without a call."""
    called = {id(call.layer) for call in calls}
    missing = []
    for name, layer in named_layers(model):
        if isinstance(layer, CONVOLUTIONS) and id(layer) not in called:
            missing.append(name)
    if missing:
        reason = "not called, or called in a compiled function"
        warnings.warn(f"no feature maps of {', '.join(missing)}: {reason}", stacklevel=3)


def find_call(calls, name):
    """Return the call of that name if its output is feature maps of images or signals."""
    with_maps = {call.name: call for call in calls if len(call.outputs[0].shape) in (3, 4)}
    if not isinstance(name, str) or name not in with_maps:
        names = ", ".join(with_maps) or "a convolution, which the model lacks"
        rule = f"a layer with feature maps must be one of {names}"
        raise ValueError(f"{rule}. Got {name!r} instead.")
    return with_maps[name]


def _is_convolution(call):
    return isinstance(call.layer, CONVOLUTIONS) and len(call.outputs[0].shape) in (3, 4)


def _last_name(call, calls):
    """Return the name of the last normalization or activation after a convolution."""
    if call.layer.activation is not keras.activations.linear:
        return call.name
    users = _users(call, calls)
    while len(users) == 1 and isinstance(users[0].layer, (*NORMALIZATIONS, *ACTIVATIONS)):
        (call,) = users
        if isinstance(call.layer, ACTIVATIONS):
            break
        users = _users(call, calls)
    return call.name


def _users(call, calls):
    """Return the calls whose inputs include the output of a call."""
    output = call.outputs[0]
    return [other for other in calls if any(tensor is output for tensor in other.inputs)]


def _layer_types(model):
    names = []
    for _, layer in named_layers(model):
        if not has_inner_layers(layer) and not isinstance(layer, LAYERS.InputLayer):
            names.append(type(layer).__name__)
    return ", ".join(dict.fromkeys(names)) or "no layer"
