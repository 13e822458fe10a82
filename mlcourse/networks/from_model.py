"""Anything with dense layers, as a `Network`: Keras and scikit-learn models, plain matrices."""

import itertools
from dataclasses import replace

import numpy as np

from mlcourse.networks.layers import array_of, compiled_loss, layers_of, named
from mlcourse.networks.network import Layer, Network, Preprocessing


def from_model(source: object) -> Network:
    """Returns the `Network` of anything that has dense layers.

    Args:
        source: a built Keras model, Sequential or functional, of Dense, activation, Dropout,
            BatchNormalization, Normalization and Rescaling layers in a chain; a fitted
            scikit-learn MLP, or a pipeline that ends in one; an object whose
            `layers` have `params` with "w" and "b", or are activations; or a list of weight
            matrices, (inputs, units) each, each of them followed by its bias or not.

    Raises:
        ValueError: if it is anything else, is not built, or holds another kind of layer.

    >>> from_model([np.ones((2, 3)), np.zeros(3), np.ones((3, 1))]).sizes
    [2, 3, 1]
    """
    if isinstance(source, Network):
        return source
    if hasattr(source, "hidden_layer_sizes"):
        return _from_sklearn(source)
    if hasattr(source, "named_steps"):
        return _from_pipeline(source)
    if hasattr(source, "layers"):
        layers, scaling = layers_of(source)
        return Network(_chain(layers), compiled_loss(source), tuple(scaling))
    return Network(_chain(_from_matrices(source)))


def _from_sklearn(source):
    if not hasattr(source, "coefs_"):
        raise ValueError(f"a network must be fitted before it is drawn. Got {source!r} instead.")
    hidden, last = named(source.activation), named(source.out_activation_)
    functions = [hidden] * (len(source.coefs_) - 1) + [last]
    layers = zip(source.coefs_, source.intercepts_, functions, strict=True)
    return Network(_chain([Layer(array_of(w), array_of(b), (step,)) for w, b, step in layers]))


def _from_pipeline(source):
    """Return the network at the end of a scikit-learn pipeline, with the steps before it."""
    *before, (_, last) = source.steps
    if not hasattr(last, "hidden_layer_sizes"):
        rule = "a pipeline must end in an MLPClassifier or MLPRegressor to be a network"
        raise ValueError(f"{rule}. Got one that ends in {type(last).__name__} instead.")
    network = _from_sklearn(last)
    labels = [type(step).__name__ for _, step in before if step not in (None, "passthrough")]
    if not labels:
        return network

    def transform(x):
        names = getattr(source, "feature_names_in_", None)
        table = x[None] if names is None else _data_frame(x, names)
        inputs = source[:-1].transform(table)
        return np.ravel(inputs.toarray() if hasattr(inputs, "toarray") else np.asarray(inputs))

    n_inputs = getattr(source, "n_features_in_", network.sizes[0])
    steps = Preprocessing(", ".join(labels), n_inputs, transform)
    return replace(network, preprocessing=(steps,))


def _data_frame(x, names):
    """Return an example as the table that a pipeline is fitted on: its steps may ask for names."""
    import pandas as pd

    return pd.DataFrame([x], columns=names)


def _from_matrices(source):
    layers, rule = [], "a network's weights must be matrices, each followed by its bias or not"
    if not isinstance(source, list | tuple | np.ndarray):
        kinds = "layer sizes, a model with layers, or a list of weight matrices"
        raise ValueError(f"a network must be given by {kinds}. Got {source!r} instead.")
    items = [source] if getattr(source, "ndim", 1) == 2 else source
    for item in itertools.chain(*(item if type(item) is tuple else (item,) for item in items)):
        array = array_of(item)
        if array.ndim == 2:
            layers.append(Layer(array))
        elif array.ndim == 1 and layers and layers[-1].bias is None:
            layers[-1] = replace(layers[-1], bias=array)
        else:
            raise ValueError(f"{rule}. Got an array of shape {array.shape} instead.")
    return layers


def _chain(layers):
    """Returns the layers as a tuple if there are any, finite, and each fits the next one."""
    if not layers:
        raise ValueError("a network must have at least one layer of weights. Got none instead.")
    for layer in layers:
        bias = np.zeros(layer.weights.shape[1]) if layer.bias is None else layer.bias
        if not layer.weights.size or len(bias) != layer.weights.shape[1]:
            got = f"weights of shape {layer.weights.shape} and {len(bias)} biases"
            raise ValueError(f"a layer must have inputs, units and a bias each. Got {got} instead.")
        if not np.isfinite(layer.weights).all() or not np.isfinite(bias).all():
            raise ValueError("a network's weights must be finite. Got some that are not instead.")
    for before, after in itertools.pairwise(layers):
        if before.weights.shape[1] != len(after.weights):
            got = f"{before.weights.shape[1]} units before {len(after.weights)} inputs"
            raise ValueError(f"a layer must have an input for each unit before it. Got {got}.")
    return tuple(layers)
