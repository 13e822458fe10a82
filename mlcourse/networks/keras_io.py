"""Layers carried across between Keras and a library of one's own, with their weights.

Such a library has classes of its own, by the names of Keras's: `{"Dense": Affine, ...}`. Each is
called with the layer's name and the settings of its `Kind`. Its layers keep those settings as
attributes, and their arrays in the dicts `params` and `state`, by the names that the `Kind` gives.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlcourse._core import checks
from mlcourse.activations import Activation
from mlcourse.networks.layers import BY_CLASS, array_of, flattened, step_of

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Kind:
    """A class of Keras.

    Attributes:
        read: from a layer of Keras to the settings of one's own.
        write: from a layer of one's own to what Keras's class is called with.
        variables: by the name of an array, what Keras calls it.
        flat: whether examples are rows of numbers.

    Example:
        >>> KINDS["Dense"].variables
        {'w': 'kernel', 'b': 'bias'}
    """

    read: Callable
    write: Callable
    variables: dict = field(default_factory=dict)
    flat: bool = False


_WEIGHTS = {"w": "kernel", "b": "bias"}
_MOMENTS = ("gamma", "beta", "moving_mean", "moving_variance")
KINDS = {
    "Dense": Kind(
        lambda item: dict(zip(("n_in", "n_out"), item.kernel.shape, strict=True)),
        lambda layer: {"units": layer.n_out},
        _WEIGHTS,
        flat=True,
    ),
    "Dropout": Kind(lambda item: {"rate": item.rate}, lambda layer: {"rate": layer.rate}),
    "BatchNormalization": Kind(
        lambda item: {
            "n": item.moving_mean.shape[0],
            "momentum": item.momentum,
            "epsilon": item.epsilon,
        },
        lambda layer: {"momentum": layer.momentum, "epsilon": layer.epsilon},
        dict(zip(_MOMENTS, _MOMENTS, strict=True)),
        flat=True,
    ),
    "Flatten": Kind(lambda item: {}, lambda layer: {}),
    "Conv2D": Kind(
        lambda item: {
            "channels": item.kernel.shape[2],
            "filters": item.filters,
            "size": item.kernel_size[0],
            "padding": item.padding,
        },
        lambda layer: {
            "filters": layer.filters,
            "kernel_size": layer.size,
            "padding": layer.padding,
        },
        _WEIGHTS,
    ),
    "MaxPooling2D": Kind(
        lambda item: {"size": item.pool_size[0]}, lambda layer: {"pool_size": layer.size}
    ),
}
"""The classes that are carried across; any activation is too, as "Activation"."""

DTYPES = ("float32", "float64")
_PLAIN = (
    "axis",
    "data_format",
    "dilation_rate",
    "groups",
    "kernel_size",
    "padding",
    "pool_size",
    "strides",
)


def read(model: keras.Model, classes: dict[str, type], dtype: str) -> list:
    """Returns the layers of a built Keras model, a chain, as a list of layers of one's own.

    Raises:
        ValueError: if it is no chain, or there is a layer or a setting that is not carried across.

    Example:
        >>> from mlcourse import models
        >>> from mlcourse.scratch.model import CLASSES
        >>> [layer.name for layer in read(models.mlp(4, hidden=[3]), CLASSES, "float32")][1:]
        ['dense_..._relu', 'dense_...', 'dense_..._softmax']
    """
    _check_classes(classes)
    checks.choice("dtype", dtype, DTYPES)
    if not getattr(model, "built", True):
        raise ValueError(f"a model must be built to be carried across. Got {model!r} instead.")
    layers = []
    for item in flattened(model):
        kind, step = type(item).__name__, step_of(item)
        is_function = isinstance(step, Activation)
        alone = kind == "Activation" or kind.lower() in BY_CLASS
        if kind in KINDS:
            layers.append(_own(item, KINDS[kind], classes[kind], dtype))
        elif kind != "InputLayer" and not (alone and is_function):
            rule = f"a layer must be an activation or of {', '.join(KINDS)} to be carried across"
            raise ValueError(f"{rule}. Got {kind} ({item.name}) instead.")
        if is_function and step.name != "none":
            layers.append(classes["Activation"](f"{item.name}_{step.name}", step))
    return layers


def write(
    layers: list, classes: dict[str, type], input_shape: Sequence[int], dtype: str
) -> keras.Sequential:
    """Returns the `keras.Sequential` of layers of one's own, for examples of this shape.

    Example:
        >>> from mlcourse.scratch import Affine
        >>> from mlcourse.scratch.model import CLASSES
        >>> write([Affine("hidden", 4, 3)], CLASSES, (4,), "float32").count_params()
        15
    """
    import keras

    _check_classes(classes)
    checks.choice("dtype", dtype, DTYPES)
    checks.integer("the number of layers", checks.length("layers", layers), 1)
    kinds = [_kind(layer, classes) for layer in layers]
    model = keras.Sequential([keras.Input(_shape(input_shape))])
    for layer, kind in zip(layers, kinds, strict=True):
        if kind == "Activation":
            made, options = _activation(layer.activation)
        else:
            made, options = kind, KINDS[kind].write(layer)
        try:
            model.add(getattr(keras.layers, made)(**options, dtype=dtype))
            for name, array in (layer.params | layer.state).items():
                getattr(model.layers[-1], KINDS[kind].variables[name]).assign(array)
        except ValueError as error:
            rule = f"input_shape must be such that layer {layer.name} gets what it takes"
            raise ValueError(f"{rule}. Got {input_shape!r} instead.") from error
        if kind in KINDS:
            _check_rank(layer.name, KINDS[kind], model.output_shape)
    return model


def _check_classes(classes):
    """Raises unless there is a class of one's own for each that is carried across."""
    needed = (*KINDS, "Activation")
    is_dict = isinstance(classes, dict)
    if not is_dict or not all(isinstance(classes.get(name), type) for name in needed):
        rule = f"classes must be a dict of classes named {', '.join(needed)}"
        raise ValueError(f"{rule}. Got {classes!r} instead.")


def _kind(layer, classes):
    """Returns the name that the class of a layer has among the classes."""
    kind = next((kind for kind, known in classes.items() if isinstance(layer, known)), None)
    if kind is None:
        known = ", ".join(one.__name__ for one in classes.values())
        raise ValueError(f"a layer must be one of {known}. Got {type(layer).__name__} instead.")
    return kind


def _shape(input_shape):
    """Returns the shape of an example as a tuple, if it is whole."""
    if not isinstance(input_shape, list | tuple) or not input_shape or None in input_shape:
        raise ValueError(f"input_shape must be that of an example. Got {input_shape!r} instead.")
    return tuple(checks.integer("each size in input_shape", size, 1) for size in input_shape)


def _check_rank(name, kind, shape):
    """Raises if a layer that takes rows of numbers would get something else."""
    if kind.flat and len(shape) != 2:
        rule = f"layer {name} must have inputs (examples, features) to be carried across"
        raise ValueError(f"{rule}. Got {tuple(shape)} instead.")


def _own(item, kind, one_class, dtype):
    """Returns a layer of Keras as one of one's own, with its arrays."""
    shape = item.get_build_config()["input_shape"] if kind.flat else ()
    _check_rank(item.name, kind, shape)
    layer = one_class(item.name, **kind.read(item))
    plain, config = type(item)(**kind.write(layer)).get_config(), item.get_config()
    for name in _PLAIN:
        if config.get(name) != plain.get(name):
            rule = f"layer {item.name} must have {name}={plain[name]} to be carried across"
            raise ValueError(f"{rule}. Got {config[name]} instead.")
    for arrays in (layer.params, layer.state):
        for name, start in arrays.items():
            variable = getattr(item, kind.variables[name])  # None for a bias that there is not
            arrays[name] = (start if variable is None else array_of(variable)).astype(dtype)
    return layer


def _activation(function):
    """Returns Keras's class for an `Activation`, and what it is called with."""
    if function.name == "leaky_relu":
        return "LeakyReLU", {"negative_slope": -float(function.function(np.float64(-1)))}
    return "Activation", {"activation": {"none": "linear"}.get(function.name, function.name)}
