"""The convolutional network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras

from mlcourse.models.hidden import HiddenLayers, output, shape, sizes


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
