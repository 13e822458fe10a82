"""Multi-layer perceptrons, and layers that they have in common with convolutional networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np

from mlcourse._core import checks

MAX_UNITS = 100_000  # of a layer
MAX_LAYERS = 1_000
POOL_SIZE = 2  # pixels


class HiddenLayers:
    """Builder of hidden layers with common settings.

    Args:
        activation: a Keras name or a function.
        initializer: initializer of the kernels: a Keras name or an initializer.
        dropout: dropout rate after each dense layer, in [0, 1).
        batch_norm: whether to add batch normalization to each layer.
        l1: factor of the L1 penalty on the dense kernels.
        l2: factor of the L2 penalty on the dense kernels.
    """

    def __init__(self, activation, initializer, dropout, batch_norm, l1=0.0, l2=0.0):
        check_activation(activation)
        _check_known("initializer", initializer, keras.initializers.get)
        self._activation = activation
        self._initializer = initializer
        l1 = checks.number("l1", l1, 0)
        l2 = checks.number("l2", l2, 0)
        self._regularizer = keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
        self._dropout = checks.number("dropout", dropout, 0, below=1)
        self._batch_norm = checks.flag("batch_norm", batch_norm)

    def body(self, input_shape, hidden, filters=(), kernel_size=3):
        """Return the layers before the output: convolutions if there are filters, then dense ones.

        Args:
            input_shape: shape of one example.
            hidden: number of units of each dense layer.
            filters: number of filters of each convolution; empty for none.
            kernel_size: height and width of each kernel, in pixels: an int or a pair.
        """
        has_filters = not _is_list(filters) or len(filters) > 0
        layers = []
        if has_filters:
            layers += self._convolutions(input_shape, filters, kernel_size)
        if has_filters or len(shape(input_shape)) > 1:
            layers.append(keras.layers.Flatten())
        return layers + self._dense(hidden)

    def _dense(self, hidden):
        """Return the dense layers, with normalization and dropout."""
        layers = []
        for units in layer_sizes("hidden", "units", hidden):
            options = {**self._options(), "kernel_regularizer": self._regularizer}
            layers += [keras.layers.Dense(units, **options), *self._normalization()]
            if self._dropout:
                layers.append(keras.layers.Dropout(self._dropout))
        return layers

    def _convolutions(self, input_shape, filters, kernel_size):
        """Return the convolutions, with normalization and pooling."""
        filters = layer_sizes("filters", "filters", filters)
        kernel_size = _kernel_size(kernel_size)
        images = image_shape(input_shape)
        _check_resolution(images, kernel_size, len(filters))
        layers = []
        if images != shape(input_shape):
            layers.append(keras.layers.Reshape(images))
        for n_filters in filters:
            convolution = keras.layers.Conv2D(n_filters, kernel_size, **self._options())
            layers += [convolution, *self._normalization(), keras.layers.MaxPooling2D(POOL_SIZE)]
        return layers

    def _options(self):
        """Return the arguments that all hidden layers have in common."""
        initializer = _copy(self._initializer)
        return {"activation": self._activation, "kernel_initializer": initializer}

    def _normalization(self):
        """Return a list of one normalization layer, or an empty list."""
        return [keras.layers.BatchNormalization()] if self._batch_norm else []


def output(classes, name=None, dtype=None):
    """Return a dense output layer with a softmax over the classes."""
    classes = checks.integer("classes", classes, 2, limit=MAX_UNITS)
    return keras.layers.Dense(classes, activation="softmax", name=name, dtype=dtype)


def check_activation(activation):
    """Raise ValueError unless an activation is a function, or a name that Keras knows."""
    _check_known("activation", activation, keras.activations.get)


def shape(input_shape):
    """Return the shape of one example as a tuple: 784 becomes (784,)."""
    sizes = input_shape if _is_list(input_shape) else (input_shape,)
    if not len(sizes):
        raise ValueError("input_shape must have at least one dimension. Got () instead.")
    return tuple(checks.integer("each size in input_shape", size, 1) for size in sizes)


def image_shape(input_shape):
    """Return (height, width, channels); an input shape without channels has one channel."""
    sizes = shape(input_shape)
    if len(sizes) == 2:
        return (*sizes, 1)
    if len(sizes) == 3:
        return sizes
    rule = "input_shape must be (height, width) or (height, width, channels)"
    raise ValueError(f"{rule}. Got {input_shape!r} instead.")


def layer_sizes(name, unit, sizes):
    """Return the sizes of the layers as a list of at least one positive int.

    Args:
        name: name of the argument.
        unit: noun for what a size counts, such as "filters".
        sizes: list of the sizes.
    """
    if not _is_list(sizes) or not len(sizes):
        rule = f"{name} must list the {unit} of at least one layer"
        raise ValueError(f"{rule}. Got {sizes!r} instead.")
    checks.at_most(f"the number of layers in {name}", len(sizes), MAX_LAYERS)
    return [checks.integer(f"{unit} in {name}", size, 1, limit=MAX_UNITS) for size in sizes]


def _kernel_size(kernel_size):
    """Return the height and the width of a kernel as a tuple."""
    sides = tuple(kernel_size) if _is_list(kernel_size) else (kernel_size, kernel_size)
    if len(sides) != 2:
        rule = "kernel_size must be one length or (height, width)"
        raise ValueError(f"{rule}. Got {kernel_size!r} instead.")
    return tuple(checks.integer("each length in kernel_size", side, 1) for side in sides)


def _check_resolution(images, kernel_size, n_convolutions):
    """Raise ValueError unless the feature maps can be pooled after each convolution.

    Args:
        images: shape of an image, (height, width, channels).
        kernel_size: (height, width) of each kernel.
        n_convolutions: number of convolutions without padding, each followed by max pooling.
    """
    height, width = images[:2]
    for number in range(1, n_convolutions + 1):
        height -= kernel_size[0] - 1
        width -= kernel_size[1] - 1
        if min(height, width) < POOL_SIZE:
            rule = f"images must have at least {POOL_SIZE} x {POOL_SIZE} pixels before each pooling"
            size = f"{max(height, 0)} x {max(width, 0)}"
            raise ValueError(
                f"{rule}. Got {size} after convolution {number} of input_shape {images} instead."
            )
        height //= POOL_SIZE
        width //= POOL_SIZE


def _is_list(value):
    is_array = isinstance(value, np.ndarray) and value.ndim == 1
    return is_array or (isinstance(value, Sequence) and not isinstance(value, str | bytes))


def _check_known(name, value, get):
    """Raise ValueError unless Keras's function `get` accepts a value other than None."""
    try:
        if value is None:
            raise ValueError
        get(value)
    except (ValueError, TypeError) as error:
        rule = f"{name} must be a name that Keras knows"
        raise ValueError(f"{rule}. Got {value!r} instead.") from error


def _copy(initializer):
    """Return a copy of an initializer: layers with the same object would get equal weights."""
    is_shared = isinstance(initializer, keras.initializers.Initializer)
    return initializer.clone() if is_shared else initializer


def mlp(
    input_shape: int | Sequence[int],
    hidden: Sequence[int] = (512, 512),
    classes: int = 10,
    activation: str | Callable = "relu",
    initializer: str | keras.Initializer = "he_normal",
    dropout: float = 0.0,
    batch_norm: bool = False,
    l1: float = 0.0,
    l2: float = 0.0,
) -> keras.Sequential:
    """Build a multi-layer perceptron with a softmax over the classes.

    Each hidden layer is dense, with optional batch normalization (Ioffe and Szegedy, 2015) and
    dropout (Srivastava et al., 2014). Inputs of several dimensions are flattened first.

    Args:
        input_shape: shape of one example: 784, (784,) or (28, 28).
        hidden: number of units of each hidden layer; at least one layer.
        classes: units of the output, one per class; at least 2.
        activation: activation of the hidden layers: a Keras name or a function.
        initializer: initializer of the hidden layers' kernels: a Keras name or an initializer. He
            normal (He et al., 2015) suits ReLU: its standard deviation is sqrt(2 / fan_in).
        dropout: dropout rate after each hidden layer, in [0, 1).
        batch_norm: whether to add batch normalization to each hidden layer.
        l1: factor of the L1 penalty on the hidden layers' kernels.
        l2: factor of the L2 penalty on the hidden layers' kernels.

    Returns:
        A built `keras.Sequential`.

    Raises:
        ValueError: if an argument is invalid.

    >>> mlp(784, hidden=(512, 512)).count_params()
    669706
    """
    layers = HiddenLayers(activation, initializer, dropout, batch_norm, l1, l2)
    body = layers.body(input_shape, hidden)
    return keras.Sequential([keras.Input(shape(input_shape)), *body, output(classes)])
