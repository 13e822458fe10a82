"""Filters of the first convolution, and the feature maps of each one."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import keras
import numpy as np

from mlcourse._core import checks
from mlcourse.inspection.backward import checked_inputs, require_built
from mlcourse.inspection.layers import as_array, holds_layers, named_layers, observe, rows

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
    """Return the filters of the first convolution as images.

    The first one is looked for in models within the model too, at any depth.

    Args:
        model: a built Keras model of any kind.

    Returns:
        An array (filters, height, width, channels) of weights; `plot_filters` draws it.

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
    got = f"Got {_kinds(model)} instead; of others look at layer.kernel"
    raise ValueError(f"model must have a Conv2D layer. {got}.")


def feature_maps(
    model: keras.Model,
    x: np.typing.ArrayLike | list | tuple | Mapping[str, np.typing.ArrayLike],
    layers: Sequence[str] | None = None,
) -> dict[str, np.ndarray]:
    """Return the feature maps that layers compute from images or signals.

    Layers within models, wrappers and custom layers are found too, at any depth. What the `call` of
    a subclassed model computes between its layers is not seen, nor is an activation that is no
    layer, such as `keras.ops.relu`: there the maps are those before it.

    Args:
        model: a built Keras model of any kind.
        x: images or signals, as the model takes them, (n, ...); for several inputs a list, a tuple
            or a dict of arrays. Every map is kept, so take few.
        layers: names of layers, in the order to return them; None for all convolutions, each with
            the normalization and the activation that follow it, if no other layer uses what comes
            between.

    Returns:
        A dict from layer names to arrays (n, height, width, channels), or (n, steps, channels) for
        signals, in the order of the calls. `plot_feature_maps` draws those of one example. A layer
        within others has their names before its own, as in "encoder/conv". A layer that is used
        twice is listed twice, as "conv" and "conv, use 2".

    Raises:
        ValueError: if the model is not built or has no convolution, a layer computes no maps, or x
            does not fit the model.

    Warns:
        UserWarning: if the model has a convolution that it does not call, or calls in a function
            that the backend compiles, so that its maps are not seen.

    Example:
        >>> maps = feature_maps(model, x[:1])  # doctest: +SKIP
        >>> {name: array.shape for name, array in maps.items()}  # doctest: +SKIP
        {'conv2d': (1, 32, 32, 32), 'conv2d_1': (1, 16, 16, 64)}
    """
    x = checked_inputs(model, x)
    known = _calls(model, rows(x, 0, 1))
    leaves = [call for call in known if not holds_layers(call.layer)]
    if layers is None:
        ends = {call.name: _end(call, leaves) for call in leaves if _is_convolution(call)}
    else:
        ends = {name: map_step(known, name).name for name in checks.texts("layers", layers)}
    if not ends:
        rule = "there must be a convolution whose maps can be seen, or layers to look at"
        raise ValueError(f"{rule}. Got {_kinds(model)} instead.")
    if layers is None:
        _warn_of_unseen(model, known)
    wanted = set(ends.values())
    batches: dict[str, list] = {name: [] for name in wanted}

    def note(call):
        if call.name in wanted:
            batches[call.name].append(as_array(call.outputs[0]))

    observe(model, x, _watched(model), note)
    return {name: np.concatenate(batches[end]) for name, end in ends.items()}


def _calls(model, x):
    """Return the calls of layers whose outputs have values, in their order."""
    calls: list = []
    observe(model, x, _watched(model), calls.append)
    return [call for call in calls if call.outputs and as_array(call.outputs[0]) is not None]


def _watched(model):
    return [(name, layer, "call") for name, layer in named_layers(model)]


def _warn_of_unseen(model, known):
    """Warn of convolutions that the model has, but whose maps were not seen."""
    seen = {id(call.layer) for call in known}
    layers = named_layers(model)
    unseen = [name for name, one in layers if isinstance(one, CONVOLUTIONS) and id(one) not in seen]
    if unseen:
        reason = "not called, or called in a compiled function"
        warnings.warn(f"no feature maps of {', '.join(unseen)}: {reason}", stacklevel=3)


def map_step(known, name):
    """Return the step of that name if its output is maps, of images or signals."""
    with_maps = {step.name: step for step in known if len(step.outputs[0].shape) in (3, 4)}
    if not isinstance(name, str) or name not in with_maps:
        names = ", ".join(with_maps) or "a convolution, which the model lacks"
        rule = f"a layer whose maps are looked at must be one of {names}"
        raise ValueError(f"{rule}. Got {name!r} instead.")
    return with_maps[name]


def _is_convolution(step):
    return isinstance(step.layer, CONVOLUTIONS) and len(step.outputs[0].shape) in (3, 4)


def _end(step, known):
    """Returns the name of the last step of normalization and activation after a convolution."""
    if step.layer.activation is not keras.activations.linear:
        return step.name
    users = [one for one in known if any(tensor is step.outputs[0] for tensor in one.inputs)]
    while len(users) == 1 and isinstance(users[0].layer, (*NORMALIZATIONS, *ACTIVATIONS)):
        (step,) = users
        if isinstance(step.layer, ACTIVATIONS):
            break
        users = [one for one in known if any(tensor is step.outputs[0] for tensor in one.inputs)]
    return step.name


def _kinds(model):
    layers = [layer for _, layer in named_layers(model) if not holds_layers(layer)]
    kinds = [type(one).__name__ for one in layers if not isinstance(one, LAYERS.InputLayer)]
    return ", ".join(dict.fromkeys(kinds)) or "no layer"
