"""Which layers of a model have units that can be judged, and why the others do not."""

from dataclasses import dataclass

import keras

from mlcourse.inspection.flat_parts import FlatPart, flat_part, why_none
from mlcourse.layer_kernels import holds_layers, is_of_keras, named_layers, own_weights


@dataclass(frozen=True)
class Judged:
    """A layer that can be judged: the function of it to watch, and where it is flat."""

    layer: object
    attribute: str
    flat: FlatPart
    is_joined: bool  # over all uses, as they are of the same units


def sort_layers(model):
    """Return the layers that can be judged, and why the others cannot, by name."""
    judged = {}
    reasons = {}
    layers = named_layers(model)
    times = [name for name, layer in layers if isinstance(layer, keras.layers.TimeDistributed)]
    for name, layer in [*layers, (model.name, model)]:
        attribute, function = _activation(layer)
        flat = None if function is None else flat_part(function)
        if flat is not None:
            has_units = bool(getattr(layer, "weights", None)) and not holds_layers(layer)
            in_time = any(name.startswith(f"{time}/") for time in times)
            judged[name] = Judged(layer, attribute, flat, has_units or in_time)
        elif reason := _why_not(layer, function):
            reasons[name] = reason
    return judged, reasons


def _activation(layer):
    """Return which function of a layer takes the pre-activations, and its activation function."""
    function = getattr(layer, "activation", None)
    is_property = isinstance(getattr(type(layer), "activation", None), property)
    is_part = isinstance(function, keras.Operation) and holds_layers(layer)
    if callable(function) and not (is_property or is_part or _is_recurrent(layer)):
        return "activation", function
    if isinstance(layer, keras.layers.Lambda):
        return "call", layer.function
    if flat_part(layer) is not None:
        return "call", layer
    return "call", None


def _why_not(layer, function):
    """Return why a layer cannot be judged; None if it has no units."""
    has_weights = bool(own_weights(layer))
    if _is_recurrent(layer):
        return "recurrent: its activation functions are called inside its steps"
    if function is not None:
        return why_none(function)
    if type(layer).__name__ in ("Softmax", "LogSoftmax", "Sparsemax"):
        return why_none(layer)
    if isinstance(layer, keras.Layer) and not is_of_keras(layer):
        is_whole = holds_layers(layer) and not has_weights
        return None if is_whole else "custom layer: its activation function is not seen"
    return "no activation function" if has_weights else None


def _is_recurrent(layer):
    return hasattr(layer, "cell") or hasattr(layer, "state_size")
