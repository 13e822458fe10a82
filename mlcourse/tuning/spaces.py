"""Spaces to search: functions that build a compiled model from hyperparameters.

Each takes a `keras_tuner.HyperParameters` and asks it for a value by name; what it asks for is the
space. A space of one's own is another such function.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import keras_tuner

from mlcourse import checks, models


def course_space(
    hp: keras_tuner.HyperParameters, input_shape: Sequence[int] = (28, 28)
) -> keras.Model:
    """The course's search on Fashion-MNIST: a layer's units, 32 to 512, and three learning rates.

    48 settings of a network with one hidden layer, trained by Adam.

    Args:
        hp: a `keras_tuner.HyperParameters`.
        input_shape: of one example.

    Returns:
        A compiled model.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> model = course_space(hp)
        >>> list(hp.values)
        ['units', 'learning_rate']
    """
    units = _checked(hp).Int("units", 32, 512, step=32)
    return _compiled(
        models.mlp(input_shape, [units]), hp.Choice("learning_rate", [1e-2, 1e-3, 1e-4])
    )


def mlp_space(
    hp: keras_tuner.HyperParameters, input_shape: Sequence[int] = (28, 28)
) -> keras.Model:
    """Multi-layer perceptrons of one to three layers, with or without dropout and normalization.

    Args:
        hp: a `keras_tuner.HyperParameters`.
        input_shape: of one example.

    Returns:
        A compiled model.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> model = mlp_space(hp)
        >>> list(hp.values)
        ['layers', 'units', 'dropout', 'batch_norm', 'learning_rate']
    """
    layers = _checked(hp).Int("layers", 1, 3)
    units = hp.Int("units", 32, 512, step=32)
    dropout = hp.Choice("dropout", [0.0, 0.2, 0.4])
    batch_norm = hp.Boolean("batch_norm")
    model = models.mlp(input_shape, [units] * layers, dropout=dropout, batch_norm=batch_norm)
    return _compiled(model, hp.Float("learning_rate", 1e-4, 1e-2, sampling="log"))


def cnn_space(
    hp: keras_tuner.HyperParameters, input_shape: Sequence[int] = (28, 28)
) -> keras.Model:
    """Convolutional networks of two layers: their filters, the dense layer, dropout.

    Args:
        hp: a `keras_tuner.HyperParameters`.
        input_shape: of one picture.

    Returns:
        A compiled model.

    Example:
        >>> hp = keras_tuner.HyperParameters()
        >>> model = cnn_space(hp)
        >>> list(hp.values)
        ['filters', 'units', 'dropout', 'learning_rate']
    """
    filters = _checked(hp).Choice("filters", [8, 16, 32, 64])
    units = hp.Choice("units", [32, 64, 128, 256])
    dropout = hp.Choice("dropout", [0.0, 0.25, 0.5])
    model = models.cnn(input_shape, (filters, 2 * filters), hidden=[units], dropout=dropout)
    return _compiled(model, hp.Float("learning_rate", 1e-4, 1e-2, sampling="log"))


def _checked(hp):
    """Returns what a space asks for its values, if it is such."""
    return checks.kind("hp", hp, keras_tuner.HyperParameters, "keras_tuner.HyperParameters()")


def _compiled(model, learning_rate):
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
