"""Builders of teaching-size networks: they return Keras models that are not compiled yet."""

from collections.abc import Sequence

import keras
import numpy as np

from mlcourse import checks


def mlp(
    input_shape,
    hidden=(512, 512),
    classes=10,
    activation="relu",
    initializer="he_normal",
    dropout=0.0,
    batch_norm=False,
    l1=0.0,
    l2=0.0,
):
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
    shape, units = _shape(input_shape), _units(hidden)
    classes = checks.integer("classes", classes, 2)
    _check_known("activation", activation, keras.activations.get)
    _check_known("initializer", initializer, keras.initializers.get)
    penalty = _penalty(checks.number("l1", l1, 0), checks.number("l2", l2, 0))
    dropout = checks.number("dropout", dropout, 0, below=1)
    batch_norm = checks.flag("batch_norm", batch_norm)

    layers = [keras.Input(shape)]
    if len(shape) > 1:
        layers.append(keras.layers.Flatten())
    for size in units:
        dense = {"kernel_initializer": _fresh(initializer), "kernel_regularizer": penalty}
        layers.append(keras.layers.Dense(size, activation, **dense))
        if batch_norm:
            layers.append(keras.layers.BatchNormalization())
        if dropout:
            layers.append(keras.layers.Dropout(dropout))
    layers.append(keras.layers.Dense(classes, activation="softmax"))
    return keras.Sequential(layers)


def _shape(input_shape):
    sizes = input_shape if _is_list(input_shape) else (input_shape,)
    if not len(sizes):
        raise ValueError("input_shape must have at least one dimension. Got () instead.")
    return tuple(checks.integer("each size in input_shape", size, 1) for size in sizes)


def _units(hidden):
    if not _is_list(hidden) or not len(hidden):
        rule = "hidden must list the units of at least one layer"
        raise ValueError(f"{rule}. Got {hidden!r} instead.")
    return [checks.integer("units in hidden", size, 1) for size in hidden]


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


def _penalty(l1, l2):
    return keras.regularizers.L1L2(l1, l2) if l1 or l2 else None
