"""Dense layers, activations and scaling layers of any library as plain arrays."""

import inspect
import re
from dataclasses import replace

import numpy as np

from mlcourse import activations
from mlcourse._core.private_names import nodes_in_order
from mlcourse.networks.network import Layer, Scaling

EPSILON = 1e-7  # the least standard deviation by which Keras divides, unless it is told another
LABELS = {"Normalization": "normalization", "Rescaling": "rescaling"}


def scaling_of(item, shape=None):
    """Return a layer that scales as a `Scaling`.

    Args:
        item: a layer of `SCALINGS`, or batch normalization from scratch.
        shape: of its input, without the batch; None for units in one row.
    """
    scale, shift, count = SCALINGS.get(type(item).__name__, _batch_normalization)(item, shape)
    if shape is not None:
        scale, shift = (np.broadcast_to(values, (1, *shape)).ravel() for values in (scale, shift))
    return Scaling(scale, shift, count, LABELS.get(type(item).__name__, "batch normalization"))


def _batch_normalization(item, shape):
    usual = {"gamma": 1.0, "beta": 0.0, "moving_mean": 0.0, "moving_variance": 1.0}
    own = getattr(item, "params", {}) | getattr(item, "state", {})  # of a layer from scratch
    arrays = {name: own[name] if own else getattr(item, name) for name in usual}
    gamma, beta, mean, variance = (
        usual[name] if array is None else array_of(array) for name, array in arrays.items()
    )
    scale = gamma / np.sqrt(variance + item.epsilon)
    count = sum(np.size(array) for array in arrays.values() if array is not None)
    sides = [1] * (1 if shape is None else len(shape) + 1)
    sides[item.axis if shape else 0] = -1
    return scale.reshape(sides), (beta - mean * scale).reshape(sides), count


def _normalization(item, shape):
    mean, variance = array_of(item.mean), array_of(item.variance)
    deviation = np.maximum(np.sqrt(variance), EPSILON)
    scale, shift = (deviation, mean) if item.invert else (1 / deviation, -mean / deviation)
    count = sum(np.prod(weight.shape, dtype=int) for weight in item.weights)
    return (scale, shift, count) if shape else (scale.ravel(), shift.ravel(), count)


def _rescaling(item, shape):
    return array_of(item.scale), array_of(item.offset), 0


SCALINGS = {
    "BatchNormalization": _batch_normalization,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
}
"""Layers that scale each unit, and functions to their scale, shift and number of parameters."""


def array_of(values):
    """Returns an array of floats; a Keras variable gives it on any backend and device."""
    try:
        return np.asarray(values.numpy() if hasattr(values, "numpy") else values, dtype=float)
    except (TypeError, ValueError) as error:
        rule = "a network's weights must be arrays of numbers"
        raise ValueError(f"{rule}. Got {values!r} instead.") from error


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


def layers_of(source):
    """Return the dense layers of a model, a list of `Layer`, and the scaling of its inputs.

    The scaling is a list of `Scaling`, of the layers in front of the first dense one.

    Args:
        source: a built Keras model, or an object whose `layers` have `params` with "w" and "b", or
            are activations.

    Raises:
        ValueError: if it is not built, or is anything but a chain of dense layers.
    """
    if not getattr(source, "built", True):
        rule = "a network must be built before it is drawn: give it an Input, or call build"
        raise ValueError(f"{rule}. Got a {type(source).__name__} without weights instead.")
    items = list(flattened(source))
    layers, scaling, shape = [], [], tuple(getattr(source, "input_shape", (None, 1))[1:])
    flat = len(shape) == 1
    for item in items:
        kind = type(item).__name__
        flat = flat or kind == "Flatten"
        if kind in PASSED_OVER:
            continue
        if kind in SCALINGS and not layers:
            scaling.append(scaling_of(item, shape))
            continue
        arrays, step = _weights(item), step_of(item)
        if arrays is not None and not flat:
            rule = "a dense network must have flat inputs: put a Flatten layer before the first"
            raise ValueError(f"{rule} Dense layer. Got inputs of shape {shape}.")
        if arrays is not None:
            layers.append(Layer(*arrays))
        if not layers or (arrays is None and step is None):
            _refuse(f"a {kind} layer ({getattr(item, 'name', kind)})")
        if step is not None:
            layers[-1] = replace(layers[-1], functions=(*layers[-1].functions, step))
    return layers, scaling


def _refuse(got):
    rule = "a network must be a chain of dense layers, with activations, dropout, normalization"
    rule += " and rescaling; plot_model_graph draws other models"
    raise ValueError(f"{rule}. Got {got} instead.")


def flattened(source):
    """Yields the layers in their order, those of models within models too."""
    _check_chain(source)
    for item in source.layers:
        if hasattr(item, "layers"):
            yield from flattened(item)
        else:
            yield item


def _check_chain(source):
    """Raises if the layers of a model are not applied once each, one after the other."""
    if not isinstance(getattr(source, "layers", None), list | tuple):
        _refuse(repr(source))
    if len({id(item) for item in source.layers}) < len(source.layers):
        _refuse("a layer that is used twice")
    parents = type(source).__mro__
    if not any(parent.__module__.startswith("keras.") for parent in parents):
        return
    if not hasattr(source, "operations"):
        if "Sequential" not in (parent.__name__ for parent in parents):
            _refuse(f"{type(source).__name__}, whose call may do anything,")
        return
    known = {id(item) for item in source.layers}
    for operation in source.operations:
        if id(operation) not in known and type(operation).__name__ != "InputLayer":
            _refuse(f"a {type(operation).__name__} operation")
    nodes = nodes_in_order(source)
    if len(nodes) > len(source.operations):
        _refuse("a layer that is used twice")
    if any(len(node.arguments.keras_tensors) > 1 for node in nodes):
        _refuse("a layer with several inputs")
    if len(source.inputs) != 1 or len(source.outputs) != 1:
        _refuse(f"{len(source.inputs)} inputs and {len(source.outputs)} outputs")


def _weights(item):
    """Returns a dense layer's weights and bias; None for a layer of another kind."""
    params = getattr(item, "params", None)
    if isinstance(params, dict) and np.ndim(params.get("w")) == 2:
        kernel, bias = params["w"], params.get("b")
    elif "Dense" in (parent.__name__ for parent in type(item).__mro__):
        kernel, bias = item.kernel, item.bias
    else:
        return None
    return [array_of(kernel), None if bias is None else array_of(bias).ravel()]


def step_of(item):
    """Returns what a layer does to each unit: its activation, or a scaling."""
    if type(item).__name__ in (*SCALINGS, "BatchNorm"):
        return scaling_of(item)
    function = getattr(item, "activation", None)
    if isinstance(function, activations.Activation):
        return function
    if isinstance(function, str):
        return named(function)
    if function is not None and not hasattr(function, "__name__"):  # a layer for an activation
        return step_of(function) or named(type(function).__name__)
    if function is not None:
        return _by_function(function)
    return _by_class(item)


def _by_function(function):
    """Returns the activation of a function of Keras or of its backend, by its name."""
    name = function.__name__.removesuffix("_v2")  # TensorFlow's softmax has one
    if name == "gelu" and _default(function, "approximate"):
        rule = "GELU must be exact in a network of dense layers, as keras.activations.gelu is"
        raise ValueError(f"{rule}. Got a function with approximate=True instead.")
    return named(name, _slope(function) if name == "leaky_relu" else None)


def _by_class(item):
    """Returns the activation that a layer such as ReLU stands for; None if it is not one."""
    name = BY_CLASS.get(type(item).__name__.lower())
    if name is None:
        return None
    usual = {"relu": {"max_value": None, "threshold": 0}, "elu": {"alpha": 1}}
    for key, value in (usual | {"softmax": {"axis": -1}}).get(name, {}).items():
        if getattr(item, key, value) != value:
            rule = f"{type(item).__name__} must have its usual {key}, {value}"
            raise ValueError(f"{rule}. Got {getattr(item, key)!r} instead.")
    slope = getattr(item, "negative_slope", None)
    return named("leaky_relu" if name == "relu" and slope else name, slope)


def _slope(function):
    """Returns the slope below 0 with which a backend calls a function such as leaky ReLU."""
    slope = _default(function, "negative_slope")
    return _default(function, "alpha") if slope is None else slope  # alpha is TensorFlow's name


def _default(function, parameter):
    """Returns the default of a function's parameter; None if it has none."""
    found = inspect.signature(function).parameters.get(parameter)
    return None if found is None or found.default is found.empty else found.default


def named(name, slope=None):
    """Returns the `Activation` that Keras or scikit-learn calls by this name."""
    name = OTHER_NAMES.get(name, name)
    if name == "leaky_relu" and slope is not None:
        return activations.leaky_relu(slope)
    return activations.find(name)


def compiled_loss(source):
    """Returns the name of the loss that a model is compiled with; None if it has none."""
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
    changed = [key for key in ("from_logits", "label_smoothing") if config.get(key)]
    return f"{name} with {', '.join(changed)}" if changed else name
