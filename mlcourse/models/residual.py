"""Small residual networks: they learn to see colour pictures in minutes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import keras

from mlcourse import checks
from mlcourse.models.hidden import check_activation, output, picture_shape, sizes

if TYPE_CHECKING:
    import numpy as np

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
