"""Anything with dense layers, as a `Network`: Keras and scikit-learn models, plain matrices."""

import inspect
from itertools import pairwise

import numpy as np

from mlcourse import activations
from mlcourse.networks import Layer, Network, Scaling

PASSED_OVER = (
    "InputLayer",
    "Flatten",
    "Dropout",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
)
OTHER_NAMES = {"linear": "none", "identity": "none", "silu": "swish", "logistic": "sigmoid"}
BY_CLASS = {name.replace("_", ""): name for name in activations.ACTIVATIONS}


def network(source):
    """Returns the `Network` of anything that has dense layers.

    Args:
        source: a built Keras model, Sequential or functional, of Dense, activation, Dropout and
            BatchNormalization layers in a chain; a fitted scikit-learn MLP; an object whose
            `layers` have `params` with "w" and "b", or are activations; or a list of weight
            matrices, (inputs, units) each, each of them followed by its bias or not.

    Raises:
        ValueError: if it is anything else, is not built, or holds another kind of layer.

    >>> network([np.ones((2, 3)), np.zeros(3), np.ones((3, 1))]).sizes
    [2, 3, 1]
    """
    if isinstance(source, Network):
        return source
    if hasattr(source, "hidden_layer_sizes"):
        return _from_sklearn(source)
    if hasattr(source, "layers"):
        return _from_layers(source)
    return Network(_chain(_from_matrices(source)))


def _from_sklearn(source):
    if not hasattr(source, "coefs_"):
        raise ValueError(f"a network must be fitted before it is drawn. Got {source!r} instead.")
    hidden = _named(source.activation)
    layers = [
        Layer(_array(weights), _array(bias), (hidden,))
        for weights, bias in zip(source.coefs_, source.intercepts_, strict=True)
    ]
    last = layers[-1]
    layers[-1] = Layer(last.weights, last.bias, (_named(source.out_activation_),))
    return Network(_chain(layers))


def _from_matrices(source):
    layers, rule = [], "a network's weights must be matrices, each followed by its bias or not"
    if not isinstance(source, list | tuple | np.ndarray):
        raise ValueError(f"{rule}. Got {source!r} instead.")
    for item in [source] if getattr(source, "ndim", 1) == 2 else source:
        array = _array(item)
        if array.ndim == 2:
            layers.append(Layer(array))
        elif array.ndim == 1 and layers and layers[-1].bias is None:
            layers[-1] = Layer(layers[-1].weights, array)
        else:
            raise ValueError(f"{rule}. Got an array of shape {array.shape} instead.")
    return layers


def _from_layers(source):
    if not getattr(source, "built", True):
        rule = "a network must be built before it is drawn: give it an Input, or call build"
        raise ValueError(f"{rule}. Got a {type(source).__name__} without weights instead.")
    if len(getattr(source, "outputs", [source])) != 1:
        got = len(source.outputs)
        raise ValueError(f"a network must have one output layer. Got {got} instead.")
    items, layers = list(_flattened(source)), []
    kinds = [type(item).__name__ for item in items]
    shape = getattr(source, "input_shape", (None, 1))[1:]
    if len(shape) > 1 and "Flatten" not in kinds and "Dense" in kinds[:2]:
        raise ValueError(f"a dense network must have flat inputs. Got inputs of shape {shape}.")
    for item, kind in zip(items, kinds, strict=True):
        if kind in PASSED_OVER:
            continue
        arrays = _weights(item)
        if arrays is not None:
            layers.append(Layer(*arrays))
        step = _step(item)
        if not layers or (arrays is None and step is None):
            rule = "a network must be a chain of dense layers, with activations, dropout"
            got = f"a {kind} layer ({getattr(item, 'name', kind)})"
            raise ValueError(f"{rule} and batch normalization between them. Got {got} instead.")
        if step is not None:
            last = layers[-1]
            layers[-1] = Layer(last.weights, last.bias, (*last.functions, step))
    return Network(_chain(layers), _compiled_loss(source))


def _flattened(source):
    """Yields the layers, those of models within models too."""
    for item in source.layers:
        if hasattr(item, "layers"):
            yield from _flattened(item)
        else:
            yield item


def _weights(item):
    """Returns a dense layer's weights and bias; None for a layer of another kind."""
    params = getattr(item, "params", None)
    if isinstance(params, dict) and "w" in params:
        arrays = [params["w"], *([params["b"]] if "b" in params else [])]
    elif "Dense" in (parent.__name__ for parent in type(item).__mro__):
        arrays = item.get_weights()
    else:
        return None
    return [_array(arrays[0]), *(_array(bias).ravel() for bias in arrays[1:2])]


def _step(item):
    """Returns what a layer does to each unit: its activation, or batch normalization."""
    if type(item).__name__ == "BatchNormalization":
        return _scaling(item)
    function = getattr(item, "activation", None)
    if function is not None:
        return _named(getattr(function, "__name__", str(function)), _slope(function))
    name = BY_CLASS.get(type(item).__name__.lower())
    if name is None:
        return None
    slope = getattr(item, "negative_slope", None)
    changed = {"max_value": None, "threshold": 0, "alpha": 1}
    for key, usual in changed.items():
        if getattr(item, key, usual) not in (usual, None):
            rule = f"an activation is drawn with its usual {key}"
            raise ValueError(f"{rule}, {usual}. Got {getattr(item, key)!r} instead.")
    return _named("leaky_relu" if name == "relu" and slope else name, slope)


def _slope(function):
    """Returns the slope below 0 with which Keras calls a function such as leaky ReLU."""
    parameters = inspect.signature(function).parameters
    return getattr(parameters.get("negative_slope"), "default", None)


def _named(name, slope=None):
    name = OTHER_NAMES.get(name, name)
    if name == "leaky_relu" and slope is not None:
        return activations.leaky_relu(slope)
    return activations.find(name)


def _scaling(item):
    gamma, beta, mean, variance = (
        usual if variable is None else _array(variable)
        for variable, usual in (
            (item.gamma, 1.0),
            (item.beta, 0.0),
            (item.moving_mean, 0.0),
            (item.moving_variance, 1.0),
        )
    )
    scale = gamma / np.sqrt(variance + item.epsilon)
    return Scaling(scale, beta - mean * scale, item.count_params())


def _compiled_loss(source):
    loss = getattr(source, "loss", None) if getattr(source, "compiled", False) else None
    if loss is None:
        return None
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or loss.__name__
    name = {"mse": "mean_squared_error"}.get(name.lower(), name.removeprefix("sparse_"))
    config = loss.get_config() if hasattr(loss, "get_config") else {}
    changed = [key for key in ("from_logits", "label_smoothing") if config.get(key)]
    return f"{name} with {', '.join(changed)}" if changed else name


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
    for before, after in pairwise(layers):
        if before.weights.shape[1] != len(after.weights):
            got = f"{before.weights.shape[1]} units before {len(after.weights)} inputs"
            raise ValueError(f"a layer must have an input for each unit before it. Got {got}.")
    return tuple(layers)


def _array(values):
    """Returns an array of floats; a Keras variable gives it on any backend and device."""
    return np.asarray(values.numpy() if hasattr(values, "numpy") else values, dtype=float)
