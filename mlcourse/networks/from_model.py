"""Conversion of Keras and scikit-learn models, and of weight matrices, to a `Network`."""

import itertools
from dataclasses import replace

import numpy as np

from mlcourse.networks.layers import compiled_loss, find_activation, layers_of, to_array
from mlcourse.networks.network import Layer, Network, Preprocessing


def from_model(source: object) -> Network:
    """Convert a model or weight matrices to a `Network`.

    Args:
        source: a built Keras model, Sequential or functional, a chain of Dense, activation,
            Dropout, BatchNormalization, Normalization and Rescaling layers; a fitted scikit-learn
            MLP, or a pipeline that ends in one; an object whose `layers` have `params` with "w" and
            "b", or are activations; or a list of weight matrices, (inputs, units), each optionally
            followed by its bias, (units,).

    Raises:
        ValueError: if source is of another type, is not built, or has another kind of layer.

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
    """Return the network of a fitted scikit-learn MLP."""
    if not hasattr(source, "coefs_"):
        raise ValueError(f"a network must be fitted before it is drawn. Got {source!r} instead.")
    hidden = find_activation(source.activation)
    output = find_activation(source.out_activation_)
    functions = [hidden] * (len(source.coefs_) - 1) + [output]
    layers = zip(source.coefs_, source.intercepts_, functions, strict=True)
    return Network(_chain([Layer(to_array(w), to_array(b), (step,)) for w, b, step in layers]))


def _from_pipeline(source):
    """Return the network of a scikit-learn pipeline, with the other steps as preprocessing."""
    *transformers, (_, last) = source.steps
    if not hasattr(last, "hidden_layer_sizes"):
        rule = "a pipeline must end in an MLPClassifier or MLPRegressor to be a network"
        raise ValueError(f"{rule}. Got one that ends in {type(last).__name__} instead.")
    network = _from_sklearn(last)
    labels = [type(step).__name__ for _, step in transformers if step not in (None, "passthrough")]
    if not labels:
        return network

    def transform(x):
        feature_names = getattr(source, "feature_names_in_", None)
        rows = np.atleast_2d(x)
        if feature_names is not None:
            rows = _data_frame(rows, feature_names)
        inputs = source[:-1].transform(rows)
        inputs = inputs.toarray() if hasattr(inputs, "toarray") else np.asarray(inputs)
        return inputs.reshape(*np.shape(x)[:-1], -1)

    n_inputs = getattr(source, "n_features_in_", network.sizes[0])
    preprocessing = Preprocessing(", ".join(labels), n_inputs, transform)
    return replace(network, preprocessing=(preprocessing,))


def _data_frame(rows, feature_names):
    """Return examples as a data frame, for transformers that select features by name."""
    import pandas as pd

    return pd.DataFrame(rows, columns=feature_names)


def _from_matrices(source):
    """Return the layers of a list of weight matrices and biases, or of (matrix, bias) pairs."""
    if not isinstance(source, list | tuple | np.ndarray):
        kinds = "layer sizes, a model with layers, or a list of weight matrices"
        raise ValueError(f"a network must be given by {kinds}. Got {source!r} instead.")
    items = [source] if getattr(source, "ndim", 1) in (0, 2) else source
    pairs = (item if type(item) is tuple else (item,) for item in items)
    layers = []
    for item in itertools.chain.from_iterable(pairs):
        array = to_array(item)
        if array.ndim == 2:
            layers.append(Layer(array))
        elif array.ndim == 1 and layers and layers[-1].bias is None:
            layers[-1] = replace(layers[-1], bias=array)
        else:
            rule = "a network's weights must be matrices, each optionally followed by its bias"
            raise ValueError(f"{rule}. Got an array of shape {array.shape} instead.")
    return layers


def _chain(layers):
    """Return layers as a tuple if they are finite and their shapes match."""
    if not layers:
        raise ValueError("a network must have at least one layer of weights. Got none instead.")
    for layer in layers:
        bias = np.zeros(layer.weights.shape[1]) if layer.bias is None else layer.bias
        if not layer.weights.size or len(bias) != layer.weights.shape[1]:
            got = f"weights of shape {layer.weights.shape} and {len(bias)} biases"
            raise ValueError(f"a layer must have inputs, units and a bias each. Got {got} instead.")
        if not np.isfinite(layer.weights).all() or not np.isfinite(bias).all():
            raise ValueError("a network's weights must be finite. Got NaN or infinity instead.")
    for layer, next_layer in itertools.pairwise(layers):
        if layer.weights.shape[1] != len(next_layer.weights):
            got = f"{layer.weights.shape[1]} units before {len(next_layer.weights)} inputs"
            raise ValueError(f"a layer must have an input for each unit before it. Got {got}.")
    return tuple(layers)
