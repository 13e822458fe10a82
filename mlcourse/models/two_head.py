"""A network with two answers to one question."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras

from mlcourse.models.hidden import HiddenLayers, output, shape


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
