"""Convolutional networks of teaching size: plain, residual, and with two outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import keras

from mlcourse._core import checks
from mlcourse.models.mlp import (
    POOL_SIZE,
    HiddenLayers,
    check_activation,
    image_shape,
    layer_sizes,
    output,
    shape,
)

if TYPE_CHECKING:
    import numpy as np


def cnn(
    input_shape: Sequence[int],
    filters: Sequence[int] = (32, 64),
    hidden: Sequence[int] = (128,),
    classes: int = 10,
    activation: str | Callable = "relu",
    initializer: str | keras.Initializer = "he_normal",
    dropout: float = 0.5,
    batch_norm: bool = False,
    kernel_size: int | Sequence[int] = 3,
) -> keras.Sequential:
    """Build a convolutional network with a softmax over the classes.

    Each number of filters adds a convolution without padding, optional batch normalization (Ioffe
    and Szegedy, 2015), and max pooling, which halves height and width. Then the feature maps are
    flattened, and dense layers follow, each with dropout (Srivastava et al., 2014). The order of
    the layers is that of LeNet (LeCun et al., 1998).

    Args:
        input_shape: shape of one image: (height, width) or (height, width, channels).
        filters: number of filters of each convolution; at least one.
        hidden: number of units of each dense layer before the output; at least one.
        classes: units of the output, one per class; at least 2.
        activation: activation of the hidden layers: a Keras name or a function.
        initializer: initializer of the hidden layers' kernels: a Keras name or an initializer.
        dropout: dropout rate after each dense layer, in [0, 1).
        batch_norm: whether to add batch normalization to each hidden layer.
        kernel_size: height and width of each kernel, in pixels: an int or a pair.

    Returns:
        A built `keras.Sequential`.

    Raises:
        ValueError: if an argument is invalid, or if the image becomes too small for pooling.

    >>> cnn((28, 28, 1)).count_params()
    225034
    """
    layers = HiddenLayers(activation, initializer, dropout, batch_norm)
    filters = layer_sizes("filters", "filters", filters)
    body = layers.body(input_shape, hidden, filters, kernel_size)
    return keras.Sequential([keras.Input(shape(input_shape)), *body, output(classes)])


KERNEL_SIZE = 3  # pixels
CIFAR_CLASSES = 10


def cifar_cnn() -> keras.Sequential:
    """Build a convolutional network for color images of 32 x 32 pixels in ten classes.

    Twice: two convolutions with ReLU, max pooling, dropout (Srivastava et al., 2014). Then a dense
    layer with dropout, and a softmax. Nearly all of its 2,168,362 parameters are in the first dense
    layer. `residual` has a higher accuracy with fewer parameters.

    Returns:
        A built `keras.Sequential`, whose layers have Keras's default names.

    >>> cifar_cnn().count_params()
    2168362
    """
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            *_block(1, filters=32),
            *_block(2, filters=64),
            layers.Flatten(name="flatten"),
            layers.Dense(512, activation="relu", name="dense_1"),
            layers.Dropout(0.5, name="dropout_3"),
            output(CIFAR_CLASSES, name="dense_2"),
        ],
        name="cifar_cnn",
    )


def _block(number, filters):
    """Return the layers of a block: two padded convolutions, max pooling and dropout.

    Args:
        number: number of the block, from 1, for the names of the layers.
        filters: number of filters of both convolutions.
    """
    layers = keras.layers
    options = {"padding": "same", "activation": "relu"}
    first = 2 * number - 1
    return [
        layers.Conv2D(filters, KERNEL_SIZE, name=f"conv2d_{first}", **options),
        layers.Conv2D(filters, KERNEL_SIZE, name=f"conv2d_{first + 1}", **options),
        layers.MaxPooling2D(POOL_SIZE, name=f"max_pooling2d_{number}"),
        layers.Dropout(0.25, name=f"dropout_{number}"),
    ]


def two_head(
    input_shape: int | Sequence[int],
    hidden: Sequence[int] = (64,),
    filters: Sequence[int] = (),
    classes: int = 10,
    activation: str | Callable = "relu",
    initializer: str | keras.Initializer = "he_normal",
    dropout: float = 0.0,
    batch_norm: bool = False,
    kernel_size: int | Sequence[int] = 3,
    names: Sequence[str] = ("upper", "lower"),
) -> keras.Model:
    """Build a network with a shared body and two softmax outputs.

    The body is that of `mlp`, or with filters that of `cnn`. Both outputs use all of it, and have
    weights of their own only in the output layer. If a loss and a metric are compiled for each
    output, in lists or in dicts by output names, the history has `upper_loss`, `lower_accuracy` and
    so on.

    Args:
        input_shape: shape of one example, as in `mlp`; with filters, as in `cnn`.
        hidden: number of units of each dense layer; at least one.
        filters: number of filters of each convolution; empty for a dense network.
        classes: units of each output, one per class; at least 2.
        activation: activation of the hidden layers: a Keras name or a function.
        initializer: initializer of the hidden layers' kernels: a Keras name or an initializer.
        dropout: dropout rate after each dense layer, in [0, 1).
        batch_norm: whether to add batch normalization to each hidden layer.
        kernel_size: height and width of each kernel, in pixels: an int or a pair.
        names: names of the two outputs.

    Returns:
        A `keras.Model`; it predicts a list of two arrays, (n, classes).

    Raises:
        ValueError: if an argument is invalid, or if the image becomes too small for pooling.

    >>> list(two_head((42, 28)).output_names)
    ['upper', 'lower']
    """
    layers = HiddenLayers(activation, initializer, dropout, batch_norm)
    heads = [output(classes, name) for name in _check_names(names)]
    inputs = keras.Input(shape(input_shape))
    outputs = inputs
    for layer in layers.body(input_shape, hidden, filters, kernel_size):
        outputs = layer(outputs)
    return keras.Model(inputs, [head(outputs) for head in heads])


def _check_names(names):
    """Return the names of the outputs if they are two different strings without a slash."""
    is_pair = isinstance(names, list | tuple) and len(names) == 2
    if not is_pair or not all(isinstance(name, str) and name and "/" not in name for name in names):
        raise ValueError(f"names must be a pair of output names. Got {names!r} instead.")
    if names[0] == names[1]:
        raise ValueError(f"the names of the outputs must differ. Got {names[0]!r} twice.")
    return names


NORMALIZATION_MOMENTUM = 0.9  # Keras's default, 0.99, is too slow for a few hundred steps
LOGIT_SCALE = 0.125  # the logits start small, and the last layer learns as fast as the others


def residual(
    input_shape: Sequence[int] = (32, 32, 3),
    widths: Sequence[int] = (24, 48, 96, 160),
    classes: int = 10,
    *,
    activation: str | Callable = "relu",
    filters: np.typing.ArrayLike | None = None,
    dtype: str | None = None,
) -> keras.Model:
    """Build a residual network with a softmax over the classes.

    A *unit* is a convolution, batch normalization (Ioffe and Szegedy, 2015) and an activation. The
    first width is that of a unit with the resolution of the images. Each further width adds a
    stage: a unit with max pooling, which halves height and width, and in the first, third, ...
    stage two more units with a residual connection around both (He et al., 2015). Global max
    pooling and the softmax follow. The architecture is that of David Page, *How to train your
    ResNet* (2018), with an eighth of its parameters or fewer.

    Args:
        input_shape: shape of one image: (height, width) or (height, width, channels).
        widths: number of channels of the first unit and of each stage.
        classes: units of the output, one per class; at least 2.
        activation: activation of each unit: a Keras name or a function.
        filters: fixed filters of the first convolution, (widths[0], height, width, channels), such
            as those of `preprocessing.patch_filters`; None for trained filters.
        dtype: dtype policy of the layers, such as "mixed_bfloat16"; None for Keras's default.
            `devices.quickest_dtype()` returns the fastest one. The output is always float32.

    Returns:
        A built `keras.Model`.

    Raises:
        ValueError: if an argument is invalid, or if the image is too small for the number of
            stages.

    >>> residual(widths=(16, 32, 64, 128)).count_params()
    414074
    """
    shape = image_shape(input_shape)
    widths = layer_sizes("widths", "channels", widths)
    _check_resolution(shape, len(widths) - 1)
    check_activation(activation)
    _check_dtype(dtype)
    unit = _Unit(activation, dtype)
    inputs = keras.Input(tuple(input_shape))
    x = inputs
    if len(x.shape) == 3:
        x = keras.layers.Reshape(shape, name="channel")(x)
    x = unit(x, widths[0], "stem", filters=_check_filters(filters, shape[2], widths[0]))
    for stage, width in enumerate(widths[1:], start=1):
        x = unit(x, width, f"stage{stage}", pool=True)
        if stage % 2:
            branch = unit(unit(x, width, f"branch{stage}a"), width, f"branch{stage}b")
            x = keras.layers.Add(name=f"add{stage}", dtype=dtype)([x, branch])
    x = keras.layers.GlobalMaxPooling2D(name="largest", dtype=dtype)(x)
    x = keras.layers.Rescaling(LOGIT_SCALE, name="scale", dtype=dtype)(x)
    return keras.Model(inputs, output(classes, "classes", dtype="float32")(x), name="residual")


class _Unit:
    """Function that applies convolution, optional pooling, batch normalization and activation."""

    def __init__(self, activation, dtype):
        self._activation = activation
        self._dtype = dtype

    def __call__(self, x, width, name, pool=False, filters=None):
        layers = keras.layers
        dtype = {"dtype": self._dtype}
        options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        kernel_size = KERNEL_SIZE if filters is None else filters.shape[1:3]
        convolution = layers.Conv2D(width, kernel_size, name=f"{name}_conv", **options, **dtype)
        x = convolution(x)
        if filters is not None:
            convolution.set_weights([filters.transpose(1, 2, 3, 0)])
            convolution.trainable = False
        if pool:  # before the normalization, which then has a quarter of the pixels
            x = layers.MaxPooling2D(POOL_SIZE, name=f"{name}_pool", **dtype)(x)
        normalization = layers.BatchNormalization(
            momentum=NORMALIZATION_MOMENTUM, name=f"{name}_norm", **dtype
        )
        x = normalization(x)
        return layers.Activation(self._activation, name=f"{name}_activation", **dtype)(x)


def _check_filters(filters, channels, width):
    """Return filters as an array if their shape suits the images and the first width."""
    if filters is None:
        return None
    filters = checks.finite("filters", filters)
    if filters.ndim != 4 or (len(filters), filters.shape[3]) != (width, channels):
        rule = f"filters must be of shape ({width}, height, width, {channels})"
        raise ValueError(f"{rule}. Got {filters.shape} instead.")
    return filters


def _check_dtype(dtype):
    """Raise ValueError unless a dtype is a floating-point dtype policy of Keras."""
    try:
        is_float = "float" in keras.dtype_policies.get(dtype).compute_dtype
    except (TypeError, ValueError):
        is_float = False
    if not is_float:
        rule = "dtype must be a dtype policy of Keras, such as 'float32' or 'mixed_bfloat16'"
        raise ValueError(f"{rule}. Got {dtype!r} instead.")


def _check_resolution(shape, n_poolings):
    """Raise ValueError unless the image is large enough for a number of poolings."""
    size = POOL_SIZE**n_poolings
    if min(shape[:2]) < size:
        rule = f"images must have at least {size} x {size} pixels for {n_poolings} poolings"
        raise ValueError(f"{rule}. Got input_shape {shape} instead.")
