"""What convolutions see: filters of the first one, and the maps that each makes of a picture."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from mlcourse import checks
from mlcourse.inspection.graph import examples, probe, steps

LAYERS = keras.layers
CONVOLUTIONS = (
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
    """Returns the filters of the first convolution, as pictures.

    Args:
        model: a built Keras model, Sequential or Functional.

    Returns:
        An array (filters, height, width, channels) of weights; `plot_filters` draws it.

    Raises:
        ValueError: if the model is of another kind, or has no convolution.

    Example:
        >>> from mlcourse import models
        >>> filters(models.cnn((28, 28, 1))).shape
        (32, 3, 3, 1)
    """
    for step in steps(model):
        if isinstance(step.layer, LAYERS.Conv2D):
            kernel = keras.ops.convert_to_numpy(step.layer.kernel)
            return np.array(kernel.transpose(3, 0, 1, 2))
    raise ValueError(f"model must have a Conv2D layer. Got {_kinds(model)} instead.")


def feature_maps(
    model: keras.Model, x: np.typing.ArrayLike, layers: Sequence[str] | None = None
) -> dict[str, np.ndarray]:
    """Returns what layers make of pictures.

    Args:
        model: a built Keras model, Sequential or Functional, of one input.
        x: pictures, as the model takes them, (n, ...); every map is kept, so take few.
        layers: names of layers, in the order to return them; None for all convolutions, each with
            the normalization and the activation that follow it, if nothing else uses what comes
            between.

    Returns:
        A dict from layer names to arrays (n, height, width, channels), from the input on.
        `plot_feature_maps` draws those of one picture. A layer of a model within the model has
        that model's name before its own.

    Raises:
        ValueError: if the model is of another kind or has no convolution, a layer makes no maps, or
            x is of another shape.

    Example:
        >>> maps = feature_maps(model, x[:1])  # doctest: +SKIP
        >>> {name: array.shape for name, array in maps.items()}  # doctest: +SKIP
        {'conv2d': (1, 32, 32, 32), 'conv2d_1': (1, 16, 16, 64)}
    """
    x, known = examples(model, x), list(steps(model))
    if layers is None:
        ends = {step.name: _end(step, known) for step in known if _is_convolution(step)}
    else:
        ends = {name: map_step(known, name).name for name in checks.texts("layers", layers)}
    if not ends:
        rule = "there must be a convolution, or layers to look at"
        raise ValueError(f"{rule}. Got {_kinds(model)} instead.")
    wanted = set(ends.values())

    def note(noted, name, output):
        if name in wanted:
            noted[name] = output

    maps = probe(model, x, note)
    return {name: maps[end] for name, end in ends.items()}


def map_step(known, name):
    """Returns the step of that name if its output is maps, (n, height, width, channels)."""
    with_maps = {step.name: step for step in known if len(step.outputs[0].shape) == 4}
    if not isinstance(name, str) or name not in with_maps:
        names = ", ".join(with_maps) or "a convolution, which the model lacks"
        rule = f"a layer whose maps are looked at must be one of {names}"
        raise ValueError(f"{rule}. Got {name!r} instead.")
    return with_maps[name]


def _is_convolution(step):
    return isinstance(step.layer, CONVOLUTIONS)


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
    return ", ".join(dict.fromkeys(type(step.layer).__name__ for step in steps(model)))
