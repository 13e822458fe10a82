"""Conversion of layers between Keras and another library, such as `mlcourse.scratch`.

The other library is described by a dict of Keras class names to its classes, `{"Dense": Affine,
...}`. A class is called with the layer's name and the arguments of its `LayerMapping`. Its layers
have these arguments as attributes, and their arrays in the dicts `params` and `state`, under the
names of the `LayerMapping`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlcourse._core import checks
from mlcourse.activations import Activation
from mlcourse.networks.layers import ACTIVATION_LAYERS, find_function, flatten_layers, to_array

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LayerMapping:
    """How the layers of a Keras class correspond to those of another library.

    Attributes:
        read: function of a Keras layer that returns the arguments of the other library's class.
        write: function of the other library's layer that returns the arguments of the Keras class.
        variables: dict of the names of arrays to Keras's names.
        is_flat: whether inputs are of shape (examples, features).

    Example:
        >>> LAYER_MAPPINGS["Dense"].variables
        {'w': 'kernel', 'b': 'bias'}
    """

    read: Callable
    write: Callable
    variables: dict = field(default_factory=dict)
    is_flat: bool = False


_WEIGHTS = {"w": "kernel", "b": "bias"}
_MOMENTS = ("gamma", "beta", "moving_mean", "moving_variance")
LAYER_MAPPINGS = {
    "Dense": LayerMapping(
        lambda item: dict(zip(("n_in", "n_out"), item.kernel.shape, strict=True)),
        lambda layer: {"units": layer.n_out},
        _WEIGHTS,
        is_flat=True,
    ),
    "Dropout": LayerMapping(lambda item: {"rate": item.rate}, lambda layer: {"rate": layer.rate}),
    "BatchNormalization": LayerMapping(
        lambda item: {
            "n": item.moving_mean.shape[0],
            "momentum": item.momentum,
            "epsilon": item.epsilon,
        },
        lambda layer: {"momentum": layer.momentum, "epsilon": layer.epsilon},
        dict(zip(_MOMENTS, _MOMENTS, strict=True)),
        is_flat=True,
    ),
    "Flatten": LayerMapping(lambda item: {}, lambda layer: {}),
    "Conv2D": LayerMapping(
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
    "MaxPooling2D": LayerMapping(
        lambda item: {"size": item.pool_size[0]}, lambda layer: {"pool_size": layer.size}
    ),
}
"""The convertible Keras classes. Any activation is converted too, as "Activation"."""

DTYPES = ("float32", "float64")
_UNSUPPORTED_OPTIONS = (
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
    """Convert a built Keras model, a chain of layers, to a list of another library's layers.

    Args:
        model: a built Keras model.
        classes: dict of Keras class names to the other library's classes.
        dtype: "float32" or "float64", of the arrays.

    Raises:
        ValueError: if the model is not a chain, or has a layer or option that is not convertible.

    Example:
        >>> from mlcourse import models
        >>> from mlcourse.scratch.learner import CLASSES
        >>> [layer.name for layer in read(models.mlp(4, hidden=[3]), CLASSES, "float32")][1:]
        ['dense_..._relu', 'dense_...', 'dense_..._softmax']
    """
    _check_classes(classes)
    checks.choice("dtype", dtype, DTYPES)
    if not getattr(model, "built", True):
        raise ValueError(f"a model must be built before its conversion. Got {model!r} instead.")
    layers = []
    for item in flatten_layers(model):
        class_name = type(item).__name__
        function = find_function(item)
        has_activation = isinstance(function, Activation)
        is_activation_layer = class_name == "Activation" or class_name.lower() in ACTIVATION_LAYERS
        if class_name in LAYER_MAPPINGS:
            mapping = LAYER_MAPPINGS[class_name]
            layers.append(_from_keras_layer(item, mapping, classes[class_name], dtype))
        elif class_name != "InputLayer" and not (is_activation_layer and has_activation):
            rule = f"a layer must be an activation or of {', '.join(LAYER_MAPPINGS)} for conversion"
            raise ValueError(f"{rule}. Got {class_name} ({item.name}) instead.")
        if has_activation and function.name != "linear":
            layers.append(classes["Activation"](f"{item.name}_{function.name}", function))
    return layers


def write(
    layers: list, classes: dict[str, type], input_shape: Sequence[int], dtype: str
) -> keras.Sequential:
    """Convert another library's layers to a `keras.Sequential`.

    Args:
        layers: a list of layers.
        classes: dict of Keras class names to the other library's classes.
        input_shape: shape of an example.
        dtype: "float32" or "float64", of the Keras layers.

    Raises:
        ValueError: if a layer is of another class, or input_shape does not fit.

    Example:
        >>> from mlcourse.scratch import Affine
        >>> from mlcourse.scratch.learner import CLASSES
        >>> write([Affine("hidden", 4, 3)], CLASSES, (4,), "float32").count_params()
        15
    """
    import keras

    _check_classes(classes)
    checks.choice("dtype", dtype, DTYPES)
    checks.integer("the number of layers", checks.length("layers", layers), 1)
    keras_names = [_keras_class_name(layer, classes) for layer in layers]
    model = keras.Sequential([keras.Input(_checked_shape(input_shape))])
    for layer, keras_name in zip(layers, keras_names, strict=True):
        mapping = LAYER_MAPPINGS.get(keras_name)
        if mapping is None:
            keras_name, options = _keras_activation(layer.activation)
            variables = {}
        else:
            options = mapping.write(layer)
            variables = mapping.variables
        try:
            model.add(getattr(keras.layers, keras_name)(**options, dtype=dtype))
            for name, array in (layer.params | layer.state).items():
                getattr(model.layers[-1], variables[name]).assign(array)
        except ValueError as error:
            rule = f"input_shape must fit layer {layer.name}"
            raise ValueError(f"{rule}. Got {input_shape!r} instead.") from error
        if mapping is not None:
            _check_rank(layer.name, mapping, model.output_shape)
    return model


def _check_classes(classes):
    """Raise ValueError if classes is not a dict with a class for each convertible layer."""
    names = (*LAYER_MAPPINGS, "Activation")
    is_dict = isinstance(classes, dict)
    if not is_dict or not all(isinstance(classes.get(name), type) for name in names):
        rule = f"classes must be a dict of classes named {', '.join(names)}"
        raise ValueError(f"{rule}. Got {classes!r} instead.")


def _keras_class_name(layer, classes):
    """Return the name of the Keras class that corresponds to a layer's class."""
    for keras_name, layer_class in classes.items():
        if isinstance(layer, layer_class):
            return keras_name
    class_names = ", ".join(layer_class.__name__ for layer_class in classes.values())
    raise ValueError(f"a layer must be one of {class_names}. Got {type(layer).__name__} instead.")


def _checked_shape(input_shape):
    """Return the shape of an example as a tuple of integers."""
    if not isinstance(input_shape, list | tuple) or not input_shape or None in input_shape:
        rule = "input_shape must be the shape of an example, without None"
        raise ValueError(f"{rule}. Got {input_shape!r} instead.")
    return tuple(checks.integer("each size in input_shape", size, 1) for size in input_shape)


def _check_rank(name, mapping, shape):
    """Raise ValueError if a layer for flat inputs has inputs of another rank."""
    if mapping.is_flat and len(shape) != 2:
        rule = f"layer {name} must have inputs (examples, features) for conversion"
        raise ValueError(f"{rule}. Got {tuple(shape)} instead.")


def _from_keras_layer(item, mapping, layer_class, dtype):
    """Convert a Keras layer to another library's layer, with its arrays."""
    shape = item.get_build_config()["input_shape"] if mapping.is_flat else ()
    _check_rank(item.name, mapping, shape)
    layer = layer_class(item.name, **mapping.read(item))
    config = item.get_config()
    supported_config = type(item)(**mapping.write(layer)).get_config()
    for option in _UNSUPPORTED_OPTIONS:
        if config.get(option) != supported_config.get(option):
            rule = f"layer {item.name} must have {option}={supported_config[option]} for conversion"
            raise ValueError(f"{rule}. Got {config[option]} instead.")
    for arrays in (layer.params, layer.state):
        for name, initial in arrays.items():
            variable = getattr(item, mapping.variables[name])  # None without a bias
            arrays[name] = (initial if variable is None else to_array(variable)).astype(dtype)
    return layer


def _keras_activation(function):
    """Return the name of the Keras class for an `Activation`, and its arguments."""
    if function.name == "leaky_relu":
        return "LeakyReLU", {"negative_slope": -float(function.function(np.float64(-1)))}
    return "Activation", {"activation": function.name}
