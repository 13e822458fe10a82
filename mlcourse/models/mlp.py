"""The multi-layer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras

from mlcourse.models.hidden import HiddenLayers, output, shape


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
