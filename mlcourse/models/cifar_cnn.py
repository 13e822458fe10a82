"""The convolutional network of an article of 2018 about CIFAR-10."""

from __future__ import annotations

import keras

from mlcourse.models.hidden import output

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
