"""Conversion of dense, activation and scaling layers of any library to arrays."""

import inspect
import re
from dataclasses import replace

import numpy as np

from mlcourse import activations
from mlcourse._core import checks
from mlcourse._core.private_names import nodes_in_order
from mlcourse.networks.network import Layer, Scaling

EPSILON = 1e-7  # lower bound of the standard deviation in Keras's Normalization
LABELS = {"Normalization": "normalization", "Rescaling": "rescaling"}


def to_scaling(item, shape=None):
    """Convert a scaling layer to a `Scaling`.

    Args:
        item: a layer of a class in `SCALINGS`, or scratch's `BatchNorm`.
        shape: shape of its input without the batch axis; None for a dense layer's units.
    """
    convert = SCALINGS.get(type(item).__name__, _batch_normalization)
    scale, shift, n_params = convert(item, shape)
    if shape is not None:
        scale, shift = (np.broadcast_to(values, (1, *shape)).ravel() for values in (scale, shift))
    return Scaling(scale, shift, n_params, LABELS.get(type(item).__name__, "batch normalization"))


def _batch_normalization(item, shape):
    """Return the scale, shift and number of parameters of batch normalization."""
    defaults = {"gamma": 1.0, "beta": 0.0, "moving_mean": 0.0, "moving_variance": 1.0}
    scratch_arrays = getattr(item, "params", {}) | getattr(item, "state", {})
    arrays = {
        name: scratch_arrays[name] if scratch_arrays else getattr(item, name) for name in defaults
    }
    gamma, beta, mean, variance = (
        defaults[name] if array is None else to_array(array) for name, array in arrays.items()
    )
    scale = gamma / np.sqrt(variance + item.epsilon)
    n_params = sum(np.size(array) for array in arrays.values() if array is not None)
    broadcast_shape = [1] * (1 if shape is None else len(shape) + 1)
    broadcast_shape[item.axis if shape else 0] = -1
    shift = beta - mean * scale
    return scale.reshape(broadcast_shape), shift.reshape(broadcast_shape), n_params


def _normalization(item, shape):
    """Return the scale, shift and number of parameters of a Normalization layer."""
    mean = to_array(item.mean)
    std = np.maximum(np.sqrt(to_array(item.variance)), EPSILON)
    scale, shift = (std, mean) if item.invert else (1 / std, -mean / std)
    n_params = sum(np.prod(weight.shape, dtype=int) for weight in item.weights)
    return (scale, shift, n_params) if shape else (scale.ravel(), shift.ravel(), n_params)


def _rescaling(item, shape):
    """Return the scale, shift and number of parameters of a Rescaling layer."""
    return to_array(item.scale), to_array(item.offset), 0


SCALINGS = {
    "BatchNormalization": _batch_normalization,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
}
"""Functions that return the scale, shift and number of parameters of a layer, by its class."""


def to_array(values):
    """Return values, such as a Keras variable of any backend and device, as a float array."""
    values = values.numpy() if hasattr(values, "numpy") else values
    try:
        array = checks.array("a network's weights", values)
        if array.dtype.kind in "cmMSU":
            raise TypeError(f"no weights can be of {array.dtype}")
        return array.astype(float, copy=False)
    except (TypeError, ValueError) as error:
        rule = "a network's weights must be arrays of numbers"
        raise ValueError(f"{rule}. Got {values!r} instead.") from error


DENSE_RULE = (
    "a network must be a chain of dense layers, with activations, dropout, normalization and "
    "rescaling; plot_model_graph plots other models"
)
IGNORED_LAYERS = (
    "InputLayer",
    "Flatten",
    "Dropout",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
)
ALIASES = {"identity": "linear", "silu": "swish", "logistic": "sigmoid"}
ACTIVATION_LAYERS = {
    name.replace("_", ""): name for name in activations.ACTIVATIONS if name != "linear"
}
"""Names of activations by the lower-case class name of their layers."""


def layers_of(source):
    """Return the dense layers of a model, and the scaling layers before the first of them.

    Args:
        source: a built Keras model, or an object whose `layers` have `params` with "w" and "b", or
            are activations.

    Returns:
        A list of `Layer`, and a list of `Scaling`.

    Raises:
        ValueError: if source is not built, or is not a chain of dense layers.
    """
    if not getattr(source, "built", True):
        rule = "a network must be built before it is drawn: give it an Input, or call build"
        raise ValueError(f"{rule}. Got a {type(source).__name__} without weights instead.")
    layers = []
    scalings = []
    shape = tuple(getattr(source, "input_shape", (None, 1))[1:])
    is_flat = len(shape) == 1
    for item in list(flatten_layers(source)):
        class_name = type(item).__name__
        is_flat = is_flat or class_name == "Flatten"
        if class_name in IGNORED_LAYERS:
            continue
        if class_name in SCALINGS and not layers:
            scalings.append(to_scaling(item, shape))
            continue
        arrays = _weights(item)
        function = find_function(item)
        if arrays is not None and not is_flat:
            rule = "a dense network must have flat inputs: put a Flatten layer before the first"
            raise ValueError(f"{rule} Dense layer. Got inputs of shape {shape}.")
        if arrays is not None:
            layers.append(Layer(*arrays))
        if not layers or (arrays is None and function is None):
            _raise_unsupported(f"a {class_name} layer ({getattr(item, 'name', class_name)})")
        if function is not None:
            layers[-1] = replace(layers[-1], functions=(*layers[-1].functions, function))
    return layers, scalings


def _raise_unsupported(got, rule=DENSE_RULE):
    """Raise ValueError for a model that is not a chain of the right layers."""
    raise ValueError(f"{rule}. Got {got} instead.")


def flatten_layers(source, rule=DENSE_RULE):
    """Yield the layers of a model in order, including those of nested models.

    Args:
        source: a model.
        rule: beginning of the error message for a model that is not a chain.
    """
    _check_chain(source, rule)
    for item in source.layers:
        if hasattr(item, "layers"):
            yield from flatten_layers(item, rule)
        else:
            yield item


def _check_chain(source, rule):
    """Raise ValueError if the layers of a model are not a chain in which each is used once."""
    if not isinstance(getattr(source, "layers", None), list | tuple):
        _raise_unsupported(repr(source), rule)
    if len({id(item) for item in source.layers}) < len(source.layers):
        _raise_unsupported("a layer that is used twice", rule)
    base_classes = type(source).__mro__
    if not any(base.__module__.startswith("keras.") for base in base_classes):
        return
    if not hasattr(source, "operations"):
        if "Sequential" not in (base.__name__ for base in base_classes):
            _raise_unsupported(f"{type(source).__name__}, whose call may do anything,", rule)
        return
    layer_ids = {id(item) for item in source.layers}
    for operation in source.operations:
        if id(operation) not in layer_ids and type(operation).__name__ != "InputLayer":
            _raise_unsupported(f"a {type(operation).__name__} operation", rule)
    nodes = nodes_in_order(source)
    if len(nodes) > len(source.operations):
        _raise_unsupported("a layer that is used twice", rule)
    if any(len(node.arguments.keras_tensors) > 1 for node in nodes):
        _raise_unsupported("a layer with several inputs", rule)
    if len(source.inputs) != 1 or len(source.outputs) != 1:
        _raise_unsupported(f"{len(source.inputs)} inputs and {len(source.outputs)} outputs", rule)


def _weights(item):
    """Return a dense layer's weights and bias, or None for another kind of layer."""
    params = getattr(item, "params", None)
    if isinstance(params, dict) and np.ndim(params.get("w")) == 2:
        kernel, bias = params["w"], params.get("b")
    elif "Dense" in (base.__name__ for base in type(item).__mro__):
        kernel, bias = item.kernel, item.bias
    else:
        return None
    return [to_array(kernel), None if bias is None else to_array(bias).ravel()]


def find_function(item):
    """Return the activation or scaling that a layer applies to its units, or None."""
    if type(item).__name__ in (*SCALINGS, "BatchNorm"):
        return to_scaling(item)
    function = getattr(item, "activation", None)
    if isinstance(function, activations.Activation):
        return function
    if isinstance(function, str):
        return find_activation(function)
    if function is None:
        return _activation_of_layer(item)
    is_layer = not hasattr(function, "__name__")
    if is_layer:
        return find_function(function) or find_activation(type(function).__name__)
    return _activation_of_function(function)


def _activation_of_function(function):
    """Return the activation of a function of Keras or of its backend, by its name."""
    name = function.__name__.removesuffix("_v2")  # TensorFlow's softmax_v2
    if name == "gelu" and _default(function, "approximate"):
        rule = "GELU must be exact in a network of dense layers, as keras.activations.gelu is"
        raise ValueError(f"{rule}. Got a function with approximate=True instead.")
    return find_activation(name, _slope(function) if name == "leaky_relu" else None)


def _activation_of_layer(item):
    """Return the activation of an activation layer such as ReLU, or None."""
    name = ACTIVATION_LAYERS.get(type(item).__name__.lower())
    if name is None:
        return None
    defaults = {
        "relu": {"max_value": None, "threshold": 0},
        "elu": {"alpha": 1},
        "softmax": {"axis": -1},
    }
    for key, value in defaults.get(name, {}).items():
        if getattr(item, key, value) != value:
            rule = f"{type(item).__name__} must have the default {key}, {value}"
            raise ValueError(f"{rule}. Got {getattr(item, key)!r} instead.")
    slope = getattr(item, "negative_slope", None)
    return find_activation("leaky_relu" if name == "relu" and slope else name, slope)


def _slope(function):
    """Return the default negative slope of a backend's leaky ReLU, or None."""
    slope = _default(function, "negative_slope")
    return _default(function, "alpha") if slope is None else slope  # alpha is TensorFlow's name


def _default(function, parameter):
    """Return the default of a function's parameter, or None."""
    signature = inspect.signature(function)
    if parameter not in signature.parameters:
        return None
    default = signature.parameters[parameter].default
    return None if default is inspect.Parameter.empty else default


def find_activation(name, slope=None):
    """Return the `Activation` of a name in Keras or scikit-learn."""
    name = ALIASES.get(name, name)
    if name == "leaky_relu" and slope is not None:
        return activations.leaky_relu(slope)
    return activations.find(name)


def compiled_loss(source):
    """Return the name of the loss that a model is compiled with, or None."""
    loss = getattr(source, "loss", None) if getattr(source, "compiled", False) else None
    if loss is None:
        return None
    if isinstance(loss, str):
        name = loss
    else:
        name = getattr(loss, "__name__", type(loss).__name__)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().removeprefix("sparse_")
    name = {"mse": "mean_squared_error", "bce": "binary_crossentropy"}.get(name, name)
    config = loss.get_config() if hasattr(loss, "get_config") else {}
    options = [key for key in ("from_logits", "label_smoothing") if config.get(key)]
    return f"{name} with {', '.join(options)}" if options else name
