"""Multi-layer perceptrons with dropout, batch normalization and L2."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np

from mlcourse._core import checks

POOL = 2  # pixels a side that become one


class HiddenLayers:
    """Makes the hidden layers of a network, which have their settings in common.

    Args:
        activation: as Keras names it, or a function.
        initializer: of the weights, as Keras names it, or an initializer.
        dropout: share of each dense layer's outputs set to 0 while training, in [0, 1).
        batch_norm: whether to normalize each layer's outputs.
        l1, l2: factors of the dense weights' absolute values and squares in the loss.
    """

    def __init__(self, activation, initializer, dropout, batch_norm, l1=0.0, l2=0.0):
        check_activation(activation)
        _check_known("initializer", initializer, keras.initializers.get)
        self._activation, self._initializer = activation, initializer
        l1, l2 = checks.number("l1", l1, 0), checks.number("l2", l2, 0)
        self._penalty = keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
        self._dropout = checks.number("dropout", dropout, 0, below=1)
        self._batch_norm = checks.flag("batch_norm", batch_norm)

    def body(self, input_shape, hidden, filters=(), kernel_size=3):
        """Returns all layers before the output: convolutions if there are filters, dense ones."""
        without_filters = _is_list(filters) and not len(filters)
        maps = [] if without_filters else self._maps(input_shape, filters, kernel_size)
        is_flat = without_filters and len(shape(input_shape)) == 1
        return [*maps, *([] if is_flat else [keras.layers.Flatten()]), *self._dense(hidden)]

    def _dense(self, hidden):
        layers = []
        for units in sizes("hidden", "units", hidden):
            options = {**self._options(), "kernel_regularizer": self._penalty}
            layers += [keras.layers.Dense(units, **options), *self._normalization()]
            if self._dropout:
                layers.append(keras.layers.Dropout(self._dropout))
        return layers

    def _maps(self, input_shape, filters, kernel_size):
        filters, kernel = sizes("filters", "filters", filters), _kernel(kernel_size)
        pictures = picture_shape(input_shape)
        _check_room(pictures, kernel, len(filters))
        layers = [] if pictures == shape(input_shape) else [keras.layers.Reshape(pictures)]
        for count in filters:
            convolution = keras.layers.Conv2D(count, kernel, **self._options())
            layers += [convolution, *self._normalization(), keras.layers.MaxPooling2D(POOL)]
        return layers

    def _options(self):
        initializer = _fresh(self._initializer)
        return {"activation": self._activation, "kernel_initializer": initializer}

    def _normalization(self):
        return [keras.layers.BatchNormalization()] if self._batch_norm else []


def output(classes, name=None, dtype=None):
    """Returns an output layer: a softmax over the classes."""
    classes = checks.integer("classes", classes, 2)
    return keras.layers.Dense(classes, activation="softmax", name=name, dtype=dtype)


def check_activation(activation):
    """Raises unless it is a function, or the name of one that Keras knows."""
    _check_known("activation", activation, keras.activations.get)


def shape(input_shape):
    """Returns the shape of one example as a tuple: 784 becomes (784,)."""
    lengths = input_shape if _is_list(input_shape) else (input_shape,)
    if not len(lengths):
        raise ValueError("input_shape must have at least one dimension. Got () instead.")
    return tuple(checks.integer("each size in input_shape", length, 1) for length in lengths)


def picture_shape(input_shape):
    """Returns (height, width, channels), with one channel where none is named."""
    found = shape(input_shape)
    if len(found) not in (2, 3):
        rule = "input_shape must be (height, width) or (height, width, channels)"
        raise ValueError(f"{rule}. Got {input_shape!r} instead.")
    return found if len(found) == 3 else (*found, 1)


def sizes(name, unit, values):
    """Returns how many units or filters each layer has, as a list; at least one layer."""
    if not _is_list(values) or not len(values):
        rule = f"{name} must list the {unit} of at least one layer"
        raise ValueError(f"{rule}. Got {values!r} instead.")
    return [checks.integer(f"{unit} in {name}", size, 1) for size in values]


def _kernel(kernel_size):
    """Returns the height and the width of a kernel."""
    sides = tuple(kernel_size) if _is_list(kernel_size) else (kernel_size,) * 2
    if len(sides) != 2:
        rule = "kernel_size must be one length or (height, width)"
        raise ValueError(f"{rule}. Got {kernel_size!r} instead.")
    return tuple(checks.integer("each length in kernel_size", side, 1) for side in sides)


def _check_room(pictures, kernel, layers):
    """Raises unless there is something to pool after each convolution."""
    sides = pictures[:2]
    for layer in range(1, layers + 1):
        sides = tuple(side - length + 1 for side, length in zip(sides, kernel, strict=True))
        if min(sides) < POOL:
            rule = f"pictures must have at least {POOL} x {POOL} pixels before each pooling"
            left = " x ".join(str(max(side, 0)) for side in sides)
            raise ValueError(
                f"{rule}. Got {left} after convolution {layer} of input_shape {pictures} instead."
            )
        sides = tuple(side // POOL for side in sides)


def _is_list(value):
    is_array = isinstance(value, np.ndarray) and value.ndim == 1
    return is_array or (isinstance(value, Sequence) and not isinstance(value, str | bytes))


def _check_known(name, value, get):
    try:
        if value is None:
            raise ValueError
        get(value)
    except (ValueError, TypeError) as error:
        rule = f"{name} must be a name that Keras knows"
        raise ValueError(f"{rule}. Got {value!r} instead.") from error


def _fresh(initializer):
    """Returns an initializer of a layer's own: from a shared one equal layers get equal weights."""
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
    """Returns a multi-layer perceptron that ends in a softmax over the classes.

    Each hidden layer is Dense, then batch normalization (Ioffe and Szegedy, 2015) and
    dropout (Srivastava et al., 2014) where they are asked for. Inputs of more than
    one dimension are flattened first.

    Args:
        input_shape: of one example, without the batch: 784 or (784,) or (28, 28).
        hidden: units of each hidden layer, from the input on; at least one layer.
        classes: units of the output layer, at least 2.
        activation: of the hidden layers, as Keras names it, or a function.
        initializer: of the hidden layers' weights, as Keras names it, or an initializer. He
            normal (He et al., 2015) fits ReLU: its deviation is sqrt(2 / fan_in).
        dropout: share of each hidden layer's outputs set to 0 while training, in [0, 1).
        batch_norm: whether to normalize each hidden layer's outputs.
        l1, l2: factors of the weights' absolute values and squares in the loss.

    Returns:
        A built `keras.Sequential`.

    Raises:
        ValueError: for any value outside its range; says the rule and the value.

    >>> mlp(784, hidden=(512, 512)).count_params()
    669706
    """
    layers = HiddenLayers(activation, initializer, dropout, batch_norm, l1, l2)
    body = layers.body(input_shape, hidden)
    return keras.Sequential([keras.Input(shape(input_shape)), *body, output(classes)])
