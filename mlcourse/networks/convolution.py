"""Convolution and pooling layers as NumPy arrays: conversion from Keras, and the maps of an image.

>>> layers = [WindowLayer("edges", "convolution", (1, 2), kernel=np.array([[[[-1.0]], [[1.0]]]]))]
>>> feature_maps(layers, np.array([[[0.0], [0.0], [3.0]]]))[-1].tolist()
[[[0.0], [3.0]]]
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mlcourse.activations import Activation
from mlcourse.networks.layers import (
    ACTIVATION_LAYERS,
    SCALINGS,
    find_function,
    flatten_layers,
    to_array,
    to_scaling,
)
from mlcourse.networks.network import Scaling

KINDS = {"Conv2D": "convolution", "MaxPooling2D": "max", "AveragePooling2D": "average"}
"""What a layer does with each window, by the Keras class."""

PADDINGS = "valid", "same"
RULE = (
    f"model must be a chain of {', '.join(KINDS)}, normalization and activation layers up to its "
    "last convolution or pooling"
)
IGNORED_LAYERS = "InputLayer", "Dropout", "SpatialDropout2D", "GaussianDropout", "GaussianNoise"


@dataclass(frozen=True, eq=False)
class WindowLayer:
    """A layer that moves a window over an image: convolution, max pooling or average pooling.

    As in Keras, kernels are not flipped (cross-correlation), and average pooling ignores padding.

    Attributes:
        name: name of the layer.
        kind: "convolution", "max" or "average".
        size: height and width of the window, in pixels.
        strides: rows and columns from a window to the next.
        padding: "valid" for none, or "same" for ceil(n / stride) outputs from n inputs.
        dilation: rows and columns from a pixel of the window to the next.
        kernel: (height, width, channels, filters); None for pooling.
        bias: (filters,), or None.
        functions: `Activation` and `Scaling` that follow, such as batch normalization.
    """

    name: str
    kind: str
    size: tuple[int, int]
    strides: tuple[int, int] = (1, 1)
    padding: str = "valid"
    dilation: tuple[int, int] = (1, 1)
    kernel: np.ndarray | None = None
    bias: np.ndarray | None = None
    functions: tuple[Activation | Scaling, ...] = ()

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the number of rows and columns of the output.

        Raises:
            ValueError: if the window is larger than the image.
        """
        return self._axis(0, height)[0], self._axis(1, width)[0]

    def window(self, row: int, column: int, height: int, width: int) -> tuple[int, int, int, int]:
        """Return the first row, first column, height and width of a window, in pixels.

        They may be outside of the image, if it is padded.

        Args:
            row, column: position in the output.
            height, width: of the image.
        """
        starts = []
        for axis, (index, n) in enumerate(((row, height), (column, width))):
            _, before, _ = self._axis(axis, n)
            starts.append(index * self.strides[axis] - before)
        extent = (d * (k - 1) + 1 for d, k in zip(self.dilation, self.size, strict=True))
        return (*starts, *extent)

    def sums(self, x: np.ndarray) -> np.ndarray:
        """Return the output before the functions, (rows, columns, filters).

        Args:
            x: image, (height, width, channels).
        """
        if self.kernel is not None:
            z = np.einsum("ijchw,hwcf->ijf", self._windows(x, 0.0), self.kernel)
            return z if self.bias is None else z + self.bias
        if self.kind == "max":
            return self._windows(x, -math.inf).max(axis=(3, 4))
        n_pixels = self._windows(np.ones_like(x), 0.0).sum(axis=(3, 4))
        return self._windows(x, 0.0).sum(axis=(3, 4)) / n_pixels

    def run(self, x: np.ndarray) -> np.ndarray:
        """Return the feature maps, (rows, columns, filters), of an image."""
        z = self.sums(x)
        for function in self.functions:
            z = function.function(z)
        return z

    def _axis(self, axis, n_inputs):
        """Return the number of outputs along an axis, and of padded pixels before and after."""
        stride = self.strides[axis]
        extent = self.dilation[axis] * (self.size[axis] - 1) + 1
        if self.padding == "same":
            n_outputs = -(-n_inputs // stride)
            n_padded = max((n_outputs - 1) * stride + extent - n_inputs, 0)
            return n_outputs, n_padded // 2, n_padded - n_padded // 2
        if extent > n_inputs:
            rule = f"the window of {self.name} must fit into its input, {n_inputs} pixels"
            raise ValueError(f"{rule}. Got {extent} instead.")
        return (n_inputs - extent) // stride + 1, 0, 0

    def _windows(self, x, fill):
        """Return all windows, (rows, columns, channels, height, width)."""
        (_, *rows), (_, *columns) = (self._axis(axis, x.shape[axis]) for axis in (0, 1))
        x = np.pad(x, (rows, columns, (0, 0)), constant_values=fill)
        extent = [d * (k - 1) + 1 for d, k in zip(self.dilation, self.size, strict=True)]
        down, across = self.strides
        windows = sliding_window_view(x, extent, axis=(0, 1))[::down, ::across]
        return windows[..., :: self.dilation[0], :: self.dilation[1]]


def feature_maps(layers: Sequence[WindowLayer], x: np.ndarray) -> list[np.ndarray]:
    """Return the feature maps of each layer for an image, (height, width, channels)."""
    maps = []
    for layer in layers:
        x = layer.run(x)
        maps.append(x)
    return maps


def window_layers(model: object) -> tuple[list[Scaling], list[WindowLayer]]:
    """Return the convolution and pooling layers of a built Keras model, up to the last of them.

    Args:
        model: a chain of layers.

    Returns:
        The scalings of the image before the first convolution or pooling, and a list of
        `WindowLayer`.

    Raises:
        ValueError: if the model is not built, is not such a chain, or has no convolution.

    Example:
        >>> from mlcourse import models
        >>> [layer.name for layer in window_layers(models.cnn((28, 28, 1), filters=[4, 8]))[1]]
        ['conv2d...', 'max_pooling2d...', 'conv2d...', 'max_pooling2d...']
    """
    if not getattr(model, "built", True):
        got = f"a {type(model).__name__} without weights"
        raise ValueError(f"model must be built: give it an Input. Got {got} instead.")
    items = [item for item in flatten_layers(model, RULE) if _name(item) not in IGNORED_LAYERS]
    names = [_name(item) for item in items]
    shape = tuple(getattr(model, "input_shape", ()))[1:]
    if "Conv2D" not in names or len(shape) != 3:
        got = ", ".join(names) or "no layer"
        raise ValueError(f"model must have images as input, and a Conv2D layer. Got {got} instead.")
    windows = [index for index, name in enumerate(names) if name in KINDS]
    first, last = windows[0], windows[-1]
    scalings = [_to_image_scaling(item, shape) for item in items[:first]]
    layers: list[WindowLayer] = []
    for index, item in enumerate(items[first:], first):
        if names[index] in KINDS:
            layers.append(_to_window_layer(item))
        elif _is_function(item):
            functions = (*layers[-1].functions, _to_function(item))
            layers[-1] = replace(layers[-1], functions=functions)
        elif index < last:
            raise ValueError(f"{RULE}. Got a {names[index]} layer ({item.name}) instead.")
        else:
            break
    return scalings, layers


def _name(item):
    """Return the name of a layer's class."""
    return type(item).__name__


def _to_image_scaling(item, shape):
    """Convert a scaling layer before the first convolution or pooling."""
    if _name(item) not in SCALINGS or None in shape:
        size = " x ".join(map(str, shape))
        got = f"a {_name(item)} layer ({item.name}) for images of {size}"
        raise ValueError(f"{RULE}, and begin with one of these or a scaling. Got {got} instead.")
    scaling = to_scaling(item, shape)
    return replace(scaling, scale=scaling.scale.reshape(shape), shift=scaling.shift.reshape(shape))


def _is_function(item):
    """Return whether a layer is an activation or a scaling."""
    name = _name(item)
    return name in SCALINGS or name == "Activation" or name.lower() in ACTIVATION_LAYERS


def _to_function(item):
    """Convert an activation or scaling layer after a convolution or pooling."""
    if getattr(item, "axis", -1) not in (-1, 3, (-1,), (3,), [-1], [3]):
        rule = f"{item.name} must have the channels as axis"
        raise ValueError(f"{rule}. Got axis {item.axis} instead.")
    return find_function(item)


def _to_window_layer(item):
    """Convert a convolution or pooling layer."""
    kind = KINDS[_name(item)]
    for option, value in {"data_format": "channels_last", "groups": 1}.items():
        if getattr(item, option, value) != value:
            rule = f"layer {item.name} must have {option}={value}"
            raise ValueError(f"{rule}. Got {getattr(item, option)} instead.")
    layer = WindowLayer(
        item.name,
        kind,
        tuple(item.pool_size if kind != "convolution" else item.kernel_size),
        tuple(item.strides),
        item.padding,
    )
    if kind != "convolution":
        return layer
    function = find_function(item)
    return replace(
        layer,
        dilation=tuple(item.dilation_rate),
        kernel=to_array(item.kernel),
        bias=None if item.bias is None else to_array(item.bias),
        functions=() if function.name == "linear" else (function,),
    )
