"""Convolutional networks of teaching size: plain, residual, with two heads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import keras

from mlcourse._core import checks
from mlcourse.models.mlp import HiddenLayers, check_activation, output, picture_shape, shape, sizes

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
    """Returns a convolutional network that ends in a softmax over the classes.

    For each number of filters: a convolution without padding, batch normalization (Ioffe and
    Szegedy, 2015) where it is asked for, and max pooling, which halves height and width. Then the
    maps are flattened, and dense layers follow, each with dropout (Srivastava et al., 2014). In
    this order LeCun et al., 1998, have them, though with other functions.

    Args:
        input_shape: of one picture: (height, width) or (height, width, channels).
        filters: of each convolution, from the input on; at least one.
        hidden: units of each dense layer before the output; at least one.
        classes: units of the output layer, at least 2.
        activation, initializer: of the hidden layers, as in `mlp`.
        dropout: share of each dense layer's outputs set to 0 while training, in [0, 1).
        batch_norm: whether to normalize each hidden layer's outputs.
        kernel_size: pixels a side of each filter, or (height, width).

    Returns:
        A built `keras.Sequential`.

    Raises:
        ValueError: for any value outside its range, or if a picture becomes too small for pooling;
            says the rule and the value.

    >>> cnn((28, 28, 1)).count_params()
    225034
    """
    layers = HiddenLayers(activation, initializer, dropout, batch_norm)
    filters = sizes("filters", "filters", filters)
    body = layers.body(input_shape, hidden, filters, kernel_size)
    return keras.Sequential([keras.Input(shape(input_shape)), *body, output(classes)])


KERNEL, POOL = 3, 2  # pixels a side
CLASSES = 10


def cifar_cnn() -> keras.Sequential:
    """Returns the article's network for colour images of 32 x 32 pixels, in ten classes.

    Twice: two convolutions with ReLU, max pooling, dropout (Srivastava et al., 2014). Then a dense
    layer with dropout, and a softmax. Nearly all of its 2,168,362 parameters are in the first
    dense layer. For a network that learns more with fewer, see `residual`.

    Returns:
        A built `keras.Sequential`, whose layers have the names that Keras would number them by.

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
            output(CLASSES, name="dense_2"),
        ],
        name="cifar_cnn",
    )


def _block(number, filters):
    """Returns two convolutions, which keep height and width, pooling and dropout."""
    options = {"padding": "same", "activation": "relu"}
    layers, first = keras.layers, 2 * number - 1
    convolutions = [
        layers.Conv2D(filters, KERNEL, name=f"conv2d_{k}", **options) for k in (first, first + 1)
    ]
    pooling = layers.MaxPooling2D(POOL, name=f"max_pooling2d_{number}")
    return [*convolutions, pooling, layers.Dropout(0.25, name=f"dropout_{number}")]


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
    """Returns a network with one body and two softmax outputs, each over the classes.

    The body is that of `mlp`, or with filters that of `cnn`. The outputs share all of it, and have
    weights of their own from its last layer on. Compiled with a loss and a metric for each, in
    lists or in dicts by their names, they are `upper_loss`, `lower_accuracy` and so on in the
    history.

    Args:
        input_shape: of one example, as in `mlp`; with filters as in `cnn`.
        hidden: units of each dense layer; at least one.
        filters: of each convolution before them; none for a dense network.
        classes: units of each output layer, at least 2.
        activation, initializer: of the hidden layers, as in `mlp`.
        dropout: share of each dense layer's outputs set to 0 while training, in [0, 1).
        batch_norm: whether to normalize each hidden layer's outputs.
        kernel_size: pixels a side of each filter, or (height, width).
        names: of the two outputs.

    Returns:
        A `keras.Model`; its predictions are a list of two arrays, (n, classes) each.

    Raises:
        ValueError: for any value outside its range, or if a picture becomes too small for pooling;
            says the rule and the value.

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
    is_pair = isinstance(names, list | tuple) and len(names) == 2
    if not is_pair or not all(isinstance(name, str) and name and "/" not in name for name in names):
        raise ValueError(f"names must be a pair of words, one an output. Got {names!r} instead.")
    if names[0] == names[1]:
        raise ValueError(f"the names of the outputs must differ. Got {names[0]!r} twice.")
    return names


KERNEL, POOL = 3, 2  # pixels a side
MOMENTUM = 0.9  # of the moving means: Keras's 0.99 lags behind in a fit of a few hundred steps
SCALE = 0.125  # of what the last layer gets: its scores begin small, and learn as fast as the rest


def residual(
    input_shape: Sequence[int] = (32, 32, 3),
    widths: Sequence[int] = (24, 48, 96, 160),
    classes: int = 10,
    *,
    activation: str | Callable = "relu",
    filters: np.typing.ArrayLike | None = None,
    dtype: str | None = None,
) -> keras.Model:
    """Returns a residual network that ends in a softmax over the classes.

    A *unit* is a convolution, batch normalization (Ioffe and Szegedy, 2015), and an activation. The
    first width is that of a unit at the pictures' own size. For each further one a unit follows
    that halves height and width; after the first of these, and after every second one from there
    on, two units, whose result is added to what they started from (He et al., 2015). Last, each
    channel's largest value goes to the softmax. In this order David Page has them, in *How to train
    your ResNet* (2018), with eight times as many parameters and more.

    Args:
        input_shape: of one picture: (height, width) or (height, width, channels).
        widths: channels of the first unit and of each stage after it.
        classes: units of the output layer, at least 2.
        activation: of each unit, as Keras names it, or a function.
        filters: of the first convolution, (widths[0], height, width, channels), such as those of
            `pictures.patch_filters`; they are not trained. None for some that are.
        dtype: as Keras's layers take it, such as "mixed_bfloat16"; `devices.quickest_dtype()`
            says which one a machine is quickest with. The output is float32 in any case.

    Returns:
        A built `keras.Model`.

    Raises:
        ValueError: for any value outside its range, or if a picture has too few pixels to be halved
            as often as that; says the rule and the value.

    >>> residual(widths=(16, 32, 64, 128)).count_params()
    414074
    """
    shape, widths = picture_shape(input_shape), sizes("widths", "channels", widths)
    _check_room(shape, len(widths) - 1)
    check_activation(activation)
    _check_dtype(dtype)
    unit = _Unit(activation, dtype)
    inputs = x = keras.Input(tuple(input_shape))
    if len(x.shape) == 3:
        x = keras.layers.Reshape(shape, name="channel")(x)
    x = unit(x, widths[0], "stem", filters=_checked(filters, shape[2], widths[0]))
    for stage, width in enumerate(widths[1:], start=1):
        x = unit(x, width, f"stage{stage}", pool=True)
        if stage % 2:
            branch = unit(unit(x, width, f"branch{stage}a"), width, f"branch{stage}b")
            x = keras.layers.Add(name=f"add{stage}", dtype=dtype)([x, branch])
    x = keras.layers.GlobalMaxPooling2D(name="largest", dtype=dtype)(x)
    x = keras.layers.Rescaling(SCALE, name="scale", dtype=dtype)(x)
    return keras.Model(inputs, output(classes, "classes", dtype="float32")(x), name="residual")


class _Unit:
    """Convolution, pooling if asked for, batch normalization, activation: of a kind throughout."""

    def __init__(self, activation, dtype):
        self._activation, self._dtype = activation, dtype

    def __call__(self, x, width, name, pool=False, filters=None):
        layers, dtype = keras.layers, {"dtype": self._dtype}
        options = {"padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
        size = KERNEL if filters is None else filters.shape[1:3]
        convolution = layers.Conv2D(width, size, name=f"{name}_conv", **options, **dtype)
        x = convolution(x)
        if filters is not None:
            convolution.set_weights([filters.transpose(1, 2, 3, 0)])
            convolution.trainable = False
        if pool:  # here it leaves a quarter of the work to all that follows
            x = layers.MaxPooling2D(POOL, name=f"{name}_pool", **dtype)(x)
        x = layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm", **dtype)(x)
        return layers.Activation(self._activation, name=f"{name}_activation", **dtype)(x)


def _checked(filters, channels, width):
    """Returns filters as an array if there are as many as channels of the first unit."""
    if filters is None:
        return None
    filters = checks.finite("filters", filters)
    if filters.ndim != 4 or (len(filters), filters.shape[3]) != (width, channels):
        rule = f"filters must be of shape ({width}, height, width, {channels}), as widths say"
        raise ValueError(f"{rule}. Got {filters.shape} instead.")
    return filters


def _check_dtype(dtype):
    """Raises unless layers can compute in it."""
    try:
        known = "float" in keras.dtype_policies.get(dtype).compute_dtype
    except (TypeError, ValueError):
        known = False
    if not known:
        rule = "dtype must be one that Keras computes in, such as 'float32' or 'mixed_bfloat16'"
        raise ValueError(f"{rule}. Got {dtype!r} instead.")


def _check_room(shape, halvings):
    """Raises unless a picture can be halved so often."""
    least = POOL**halvings
    if min(shape[:2]) < least:
        rule = (
            f"pictures must have at least {least} x {least} pixels, to be halved {halvings} times"
        )
        raise ValueError(f"{rule}. Got input_shape {shape} instead.")
