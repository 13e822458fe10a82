"""A convolution in the page, window by window: one kernel, or the layers of a Keras model."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import traitlets
from matplotlib.patches import Rectangle

from mlcourse import activations
from mlcourse._core import checks
from mlcourse.activations import Activation
from mlcourse.datasets import preprocess_digit
from mlcourse.figures._shared.titles import set_caption
from mlcourse.figures.images.convolution import FRAME, draw_matrix
from mlcourse.interactive.bundle import bundle
from mlcourse.interactive.components.component import Component, is_standard
from mlcourse.interactive.digits import handwritten_three
from mlcourse.networks.convolution import WindowLayer, feature_maps, window_layers
from mlcourse.networks.network import Scaling

MAX_SIDE = 64  # pixels of the image
MAX_LAYERS = 12
MAX_NUMBERS = 100_000  # pixels and weights, which travel with the page
SOBEL = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
KERNELS = {
    "vertical_edges": SOBEL,
    "horizontal_edges": SOBEL.T,
    "diagonal_edges": np.array([[-2.0, -1.0, 0.0], [-1.0, 0.0, 1.0], [0.0, 1.0, 2.0]]),
    "all_edges": np.array([[-1.0, -1.0, -1.0], [-1.0, 8.0, -1.0], [-1.0, -1.0, -1.0]]),
    "blur": np.full((3, 3), 1 / 9),
    "sharpen": np.array([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]),
    "identity": np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]),
}


class Convolution(Component):
    """A window that moves over an image: its products with a kernel, their sum, the feature map.

    The page has menus for kernel, stride, padding, dilation and pooling, the kernel can be edited,
    and an image can be drawn. `convolution` and `explain_convolution` return it.

    Args:
        layers: a list of `mlcourse.networks.convolution.WindowLayer`.
        image: input of the first layer, (height, width, channels).
        is_model: whether the layers are those of a model, whose shapes are fixed.
        layer: index of the layer that is shown first.
        note: preprocessing of the image, for texts.

    Attributes:
        settings: dict with `layers`, a list of dicts, without their weights; `layer`, `channel` and
            `filter`, the indices of what is shown; `position`, the row and the column in the
            feature map; and `shape` and `range` of the image.

    Raises:
        ValueError: if the image or the layers are too large, or a layer has a function that the
            page does not know.

    Example:
        >>> kernel = np.ones((2, 2, 1, 1))
        >>> layers = [WindowLayer("sum", "convolution", (2, 2), kernel=kernel)]
        >>> Convolution(layers, np.arange(9.0).reshape(3, 3, 1)).feature_maps[..., 0]
        array([[ 8., 12.],
               [20., 24.]])
    """

    _esm = bundle("convolution_widget")
    _name = "convolution"
    _still = "A convolution, window by window, which is computed in the page. It needs JavaScript."
    _figsize = (9, 3.4)
    numbers = traitlets.CBytes(b"").tag(sync=True)  # pixels, then the weights by layer; float64

    def __init__(
        self,
        layers: Sequence[WindowLayer],
        image: np.ndarray,
        *,
        is_model: bool = False,
        layer: int = 0,
        note: str = "",
    ) -> None:
        _check_size(layers, image)
        maps = feature_maps(layers, image)[layer]
        low = float(min(image.min(), 0))
        row, column, index = np.unravel_index(abs(maps).argmax(), maps.shape)
        is_convolution = layers[layer].kind == "convolution"
        settings = {
            "shape": list(image.shape),
            "range": [low, float(image.max()) if image.max() > low else low + 1],
            "note": note,
            "layers": _layer_settings(layers, image.shape[2]),
            "is_model": is_model,
            "layer": layer,
            "channel": 0 if is_convolution else int(index),
            "filter": int(index),
            "position": [int(row), int(column)],
        }
        super().__init__(settings=settings, numbers=_join(layers, image).tobytes())

    @property
    def image(self) -> np.ndarray:
        """The image that the page shows, (height, width, channels), after preprocessing."""
        shape = self.settings["shape"]
        return np.frombuffer(self.numbers, "<f8")[: np.prod(shape)].reshape(shape)

    @property
    def layers(self) -> list[WindowLayer]:
        """The layers that the page shows, with their weights."""
        numbers = np.frombuffer(self.numbers, "<f8")[np.prod(self.settings["shape"]) :]
        layers = []
        for item in self.settings["layers"]:
            layer, numbers = _split_layer(item, numbers)
            layers.append(layer)
        return layers

    @property
    def feature_maps(self) -> np.ndarray:
        """The feature maps of the layer that the page shows, (rows, columns, filters)."""
        return feature_maps(self.layers[: self.settings["layer"] + 1], self.image)[-1]

    def _attributes(self) -> dict[str, Any]:
        numbers = np.frombuffer(self.numbers, "<f8").astype("<f4")
        return {**super()._attributes(), "numbers": base64.b64encode(numbers.tobytes()).decode()}

    def _plot(self, figure):
        settings = self.settings
        layers, index = self.layers, settings["layer"]
        layer, channel, number = layers[index], settings["channel"], settings["filter"]
        maps = feature_maps(layers[: index + 1], self.image)
        x = maps[-2] if index else self.image
        matrices = {f"input, {_size(x)}": x[..., channel]}
        if layer.kernel is not None:
            matrices["kernel"] = layer.kernel[..., channel, number]
        matrices[f"{layer.name}, {_size(maps[-1])}"] = maps[-1][..., number]
        axes = figure.subplots(1, len(matrices), squeeze=False)[0]
        for ax, (caption, matrix) in zip(axes, matrices.items(), strict=True):
            draw_matrix(ax, matrix, "gray", (matrix.min(), matrix.max()))
            set_caption(ax, caption, fontsize=12)
        row, column = settings["position"]
        axes[-1].add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **FRAME))
        top, left, height, width = layer.window(row, column, *x.shape[:2])
        axes[0].add_patch(Rectangle((left - 0.5, top - 0.5), width, height, **FRAME))

    def _description(self):
        layer = self.settings["layers"][self.settings["layer"]]
        row, column = self.settings["position"]
        return (
            f"An image of {_size(self.image)} pixels, and the feature map of {layer['name']}, "
            f"{_size(self.feature_maps)}; a frame at row {row + 1}, column {column + 1}."
        )


def convolution(
    image: np.typing.ArrayLike | None = None,
    kernel: str | np.typing.ArrayLike = "vertical_edges",
    *,
    stride: int = 1,
    padding: str = "valid",
    dilation: int = 1,
) -> Convolution:
    """Show a convolution of an image, window by window.

    As in Keras, the kernel is not flipped (cross-correlation).

    Args:
        image: (height, width) or (height, width, channels), of at most 64 x 64 pixels. Default: a
            handwritten three.
        kernel: "vertical_edges", "horizontal_edges", "diagonal_edges", "all_edges", "blur",
            "sharpen", "identity", for each channel; or an array, (height, width), for each channel,
            or (height, width, channels, filters).
        stride: pixels from a window to the next.
        padding: "valid", or "same" for zeros at the edges.
        dilation: pixels from one pixel of the window to the next.

    Returns:
        A `Convolution`.

    Raises:
        ValueError: if an array has an invalid shape, the window is larger than the image, or stride
            and dilation are both above 1.

    >>> shown = convolution([[0, 0, 1], [0, 0, 1], [0, 0, 1]])
    >>> shown.feature_maps.tolist()
    [[[4.0]]]
    """
    image = checked_image(preprocess_digit(handwritten_three()) / 255 if image is None else image)
    kernel = _checked_kernel(kernel, image.shape[2])
    strides = (checks.integer("stride", stride, 1, MAX_SIDE),) * 2
    dilations = (checks.integer("dilation", dilation, 1, MAX_SIDE),) * 2
    padding = checks.choice("padding", padding, ("valid", "same"))
    if stride > 1 and dilation > 1:
        rule = "stride or dilation must be 1, as in Keras"
        raise ValueError(f"{rule}. Got stride {stride} and dilation {dilation} instead.")
    size = kernel.shape[0], kernel.shape[1]
    bias = np.zeros(kernel.shape[3])
    name = "convolution"
    layer = WindowLayer(name, name, size, strides, padding, dilations, kernel, bias)
    return Convolution([layer], image)


def explain_convolution(
    model: Any, x: np.typing.ArrayLike, *, layer: str | None = None
) -> Convolution:
    """Show the convolution and pooling layers of a small Keras model for one image, step by step.

    Args:
        model: a built Keras model: a chain of Conv2D, MaxPooling2D and AveragePooling2D layers,
            with activations and normalization; other layers may follow the last of them. At most
            12 such layers, and 100,000 weights.
        x: image, of the shape that the model takes, at most 64 x 64 pixels. For a model of one
            channel, (height, width) will do.
        layer: name of the layer that is shown first; None for the first convolution.

    Returns:
        A `Convolution`. Its feature maps are those of each layer after the activation and the
        normalization that follow it.

    Raises:
        ValueError: if the model is not such a chain or too large, x does not fit it, or it has no
            layer of that name.

    Example:
        >>> from mlcourse import models
        >>> shown = explain_convolution(models.cnn((28, 28, 1)), np.eye(28))
        >>> shown.feature_maps.shape
        (26, 26, 32)
    """
    scalings, layers = window_layers(model)
    x = checked_image(x)
    expected = tuple(model.input_shape[1:])
    if any(size not in (None, n) for size, n in zip(expected, x.shape, strict=True)):
        raise ValueError(f"x must be of shape {expected} for this model. Got {x.shape} instead.")
    for scaling in scalings:
        x = scaling.function(x)
    names = [item.name for item in layers]
    kinds = [item.kind for item in layers]
    if layer is not None:
        checks.choice("layer", layer, names)
    index = kinds.index("convolution") if layer is None else names.index(layer)
    note = ", ".join(scaling.label for scaling in scalings)
    return Convolution(layers, x, is_model=True, layer=index, note=note)


def checked_image(x):
    """Return an image as floats, (height, width, channels); raise ValueError if x is not one."""
    x = checks.finite("the image", x).astype(float)
    shape = x.shape
    x = x[0] if x.ndim == 4 and len(x) == 1 else x
    x = x[..., None] if x.ndim == 2 else x
    if x.ndim != 3 or not x.size or max(x.shape[:2]) > MAX_SIDE:
        rule = f"the image must be (height, width, channels), of at most {MAX_SIDE} x {MAX_SIDE}"
        raise ValueError(f"{rule} pixels. Got shape {shape} instead.")
    return x


def _checked_kernel(kernel, channels):
    """Return a kernel, (height, width, channels, filters)."""
    if isinstance(kernel, str):
        kernel = KERNELS[checks.choice("kernel", kernel, KERNELS)]
    kernel = checks.finite("kernel", kernel).astype(float)
    if kernel.ndim == 2:
        kernel = np.repeat(kernel[..., None, None], channels, axis=2)
    if kernel.ndim != 4 or not kernel.size or kernel.shape[2] != channels:
        rule = f"kernel must be (height, width) or (height, width, {channels}, filters)"
        raise ValueError(f"{rule}. Got shape {kernel.shape} instead.")
    return kernel


def _check_size(layers, image):
    """Raise ValueError if layers or image are too large for the page, or do not fit."""
    checks.at_most("the number of convolution and pooling layers", len(layers), MAX_LAYERS)
    checks.at_most("the number of pixels and weights", len(_join(layers, image)), MAX_NUMBERS)
    for layer in layers:
        for function in layer.functions:
            if isinstance(function, Scaling):
                continue
            if not is_standard(function) or function.name == "softmax":
                known = ", ".join(name for name in activations.ACTIVATIONS if name != "softmax")
                rule = f"each activation must be one of {known}, with its default settings"
                raise ValueError(f"{rule}. Got {function.name} in {layer.name} instead.")
    size = image.shape[:2]
    for layer in layers:
        size = layer.output_size(*size)


def _layer_settings(layers, channels):
    """Return what JSON has of layers: all but the weights."""
    settings = []
    for layer in layers:
        filters = channels if layer.kernel is None else layer.kernel.shape[3]
        settings.append(
            {
                "name": layer.name,
                "kind": layer.kind,
                "size": list(layer.size),
                "strides": list(layer.strides),
                "padding": layer.padding,
                "dilation": list(layer.dilation),
                "channels": channels,
                "filters": filters,
                "has_bias": layer.bias is not None,
                "after": [getattr(function, "name", "scaling") for function in layer.functions],
            }
        )
        channels = filters
    return settings


def _join(layers, image):
    """Return the pixels and all weights in one array: by layer kernel, bias, and the scalings."""
    parts = [image]
    filters = image.shape[2]
    for layer in layers:
        if layer.kernel is not None:
            filters = layer.kernel.shape[3]
            parts += [layer.kernel, np.zeros(filters) if layer.bias is None else layer.bias]
        for function in layer.functions:
            if isinstance(function, Scaling):
                parts += [np.broadcast_to(v, filters) for v in (function.scale, function.shift)]
    return np.concatenate([np.ravel(part) for part in parts]).astype("<f8")


def _split_layer(item, numbers):
    """Return a layer of the settings with its weights, and the numbers after them."""
    kernel = bias = None
    filters = item["filters"]
    if item["kind"] == "convolution":
        shape = (*item["size"], item["channels"], filters)
        kernel, bias, numbers = np.split(numbers, np.cumsum([np.prod(shape), filters]))
        kernel = kernel.reshape(shape)
        bias = bias if item["has_bias"] else None
    functions: list[Activation | Scaling] = []
    for name in item["after"]:
        if name == "scaling":
            scale, shift, numbers = np.split(numbers, [filters, 2 * filters])
            functions.append(Scaling(scale, shift, 2 * filters))
        else:
            functions.append(activations.find(name))
    pairs = (tuple(item[name]) for name in ("size", "strides", "dilation"))
    size, strides, dilation = pairs
    layer = WindowLayer(
        item["name"], item["kind"], size, strides, item["padding"], dilation, kernel, bias
    )
    return replace(layer, functions=tuple(functions)), numbers


def _size(x):
    """Return height and width of an image as text."""
    return f"{x.shape[0]} x {x.shape[1]}"
