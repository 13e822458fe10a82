"""Dead and saturated units by layer, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import keras
import numpy as np

from mlcourse._core import tables
from mlcourse.inspection.activation_rules import FlatPart, flat_part, reason_without_flat_part
from mlcourse.inspection.backward import check_inputs
from mlcourse.inspection.layers import (
    as_array,
    has_inner_layers,
    is_from_keras,
    named_layers,
    observe,
    own_weights,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


@dataclass(frozen=True)
class JudgedLayer:
    """A layer whose activation function has a known flat part.

    Attributes:
        layer: the layer.
        attribute: name of its method whose input is the pre-activations.
        flat: the flat part.
        joins_uses: whether all uses of the layer are judged together, as the units are the same.
    """

    layer: object
    attribute: str
    flat: FlatPart
    joins_uses: bool


def sort_layers(model):
    """Return the `JudgedLayer` of each layer by name, and the reasons for the other layers."""
    judged = {}
    reasons = {}
    layers = named_layers(model)
    wrappers = [name for name, layer in layers if isinstance(layer, keras.layers.TimeDistributed)]
    for name, layer in [*layers, (model.name, model)]:
        attribute, function = _activation(layer)
        flat = None if function is None else flat_part(function)
        if flat is not None:
            has_units = bool(getattr(layer, "weights", None)) and not has_inner_layers(layer)
            in_time = any(name.startswith(f"{wrapper}/") for wrapper in wrappers)
            judged[name] = JudgedLayer(layer, attribute, flat, has_units or in_time)
        elif reason := _reason_not_judged(layer, function):
            reasons[name] = reason
    return judged, reasons


def _activation(layer):
    """Return the name of the method that takes the pre-activations, and the activation function."""
    function = getattr(layer, "activation", None)
    is_property = isinstance(getattr(type(layer), "activation", None), property)
    is_part = isinstance(function, keras.Operation) and has_inner_layers(layer)
    if callable(function) and not (is_property or is_part or _is_recurrent(layer)):
        return "activation", function
    if isinstance(layer, keras.layers.Lambda):
        return "call", layer.function
    if flat_part(layer) is not None:
        return "call", layer
    return "call", None


def _reason_not_judged(layer, function):
    """Return the reason why a layer cannot be judged, as text; None if it has no units."""
    has_weights = bool(own_weights(layer))
    if _is_recurrent(layer):
        return "recurrent: its activation functions are called inside its steps"
    if function is not None:
        return reason_without_flat_part(function)
    if type(layer).__name__ in ("Softmax", "LogSoftmax", "Sparsemax"):
        return reason_without_flat_part(layer)
    if isinstance(layer, keras.Layer) and not is_from_keras(layer):
        is_container = has_inner_layers(layer) and not has_weights
        return None if is_container else "custom layer: its activation function is not seen"
    return "no activation function" if has_weights else None


def _is_recurrent(layer):
    return hasattr(layer, "cell") or hasattr(layer, "state_size")


HEAD = ("layer", "activation", "units", "dead", "saturated", "rule")


@dataclass(frozen=True)
class LayerUnits:
    """The numbers of dead and saturated units of a layer.

    Attributes:
        activation: name of the activation function.
        rule: condition under which a unit is dead or saturated, as text.
        units: number of units.
        dead, saturated: numbers of dead and of saturated units.
        uses: number of uses of the layer in the model.

    Example:
        >>> LayerUnits("relu", "output 0 for every example", 8, dead=2, saturated=0).fraction
        0.25
    """

    activation: str
    rule: str
    units: int
    dead: int
    saturated: int
    uses: int = 1

    @property
    def fraction(self) -> float:
        """The fraction of units that are dead or saturated."""
        return (self.dead + self.saturated) / self.units


class UnitReport(dict):
    """Fractions of dead or saturated units by layer name, shown as a table.

    Attributes:
        layers: a dict from layer names to `LayerUnits`.
        not_judged: a dict from names of other layers to the reason why they are not judged.

    Example:
        >>> units = LayerUnits("tanh", "output at a limit", units=8, dead=0, saturated=2)
        >>> dict(UnitReport({"hidden": units}, {}))
        {'hidden': 0.25}
    """

    def __init__(self, layers: dict[str, LayerUnits], not_judged: dict[str, str]) -> None:
        super().__init__({name: layer.fraction for name, layer in layers.items()})
        self.layers = layers
        self.not_judged = not_judged

    def __str__(self):
        return "\n".join([*tables.as_lines(HEAD, self._rows()), *self._notes()])

    __repr__ = __str__

    def _repr_html_(self):
        notes = "".join(f"<p>{tables.html_text(line)}</p>" for line in self._notes())
        return tables.as_html("Dead and saturated units", HEAD, self._rows()) + notes

    def _rows(self):
        rows = []
        for name, layer in self.layers.items():
            counts = [f"{n} ({n / layer.units:.1%})" for n in (layer.dead, layer.saturated)]
            rule = layer.rule if layer.uses == 1 else f"{layer.rule}, in all {layer.uses} uses"
            rows.append([name, layer.activation, str(layer.units), *counts, rule])
        return rows

    def _notes(self):
        """Return a line for each reason why layers are not judged."""
        names: dict[str, list] = {}
        for name, reason in self.not_judged.items():
            names.setdefault(reason, []).append(name)
        return [f"not judged ({reason}): {', '.join(layers)}" for reason, layers in names.items()]


def dead_units(
    model: keras.Model, x: ArrayLike | list | tuple | Mapping[str, ArrayLike]
) -> UnitReport:
    """Return the fraction of dead or saturated units of each layer.

    Such a unit is in the flat part of its activation function for every example. There the slope
    is close to 0, so the weights of the unit receive almost no gradient from these examples. The
    rules are about the pre-activation z, the input of the activation function. The tolerance of
    0.01 is a convention; beyond it the slope is at most 2% (`tanh`) or 4% (`sigmoid`) of its
    maximum.

    =========================================  =====================================================
    activation function                        condition, for every example
    =========================================  =====================================================
    relu                                       z <= 0: its output is 0 (dead)
    relu6, ReLU with `max_value`               its output is 0 (dead), or 0 or its maximum
                                               (saturated)
    leaky_relu, PReLU                          z <= 0: only its slope is left (dead)
    elu, celu, selu                            its output is within 0.01 of the limit (saturated)
    gelu, silu (swish), mish, softplus,        z is so far below 0 that the output is within 0.01
    exponential, squareplus                    of 0, its limit: for gelu z <= -2.68, for silu and
                                               mish z <= -6.48, for softplus z <= -4.60 (dead)
    hard_silu, sparse_plus                     its output is 0: z <= -3, or -1 (dead)
    tanh, sigmoid, softsign                    its output is within 0.01 of a limit (saturated)
    hard_sigmoid, hard_tanh, sparse_sigmoid    its output is at a limit (saturated)
    =========================================  =====================================================

    A unit of a convolution is a channel: the condition must hold for every pixel of every image.
    Activation layers, such as `ReLU` after `BatchNormalization`, are judged too. A layer with
    weights that is used several times is listed once, and the condition must hold in each use. An
    activation layer without weights is listed once for each use, as "relu" and "relu, use 2". The
    model computes as in `predict`. Use many examples: a unit that is dead for a few hundred may be
    active for others.

    Layers within models, wrappers and custom layers are judged too, at any depth. `not_judged` of
    the result lists the layers that cannot be judged, with the reason: linear or softmax
    activation, recurrent layers, layers that the model did not call. Layers of Keras with neither
    weights nor an activation function, such as pooling, are omitted. An activation function in the
    `call` of a subclassed model, without a layer, is not found: the layer before it is linear.

    Args:
        model: a built Keras model of any kind.
        x: examples, (n, ...); for several inputs a list, a tuple or a dict of arrays.

    Returns:
        A dict from layer names to fractions in [0, 1], in the order of the calls. It is displayed
        as a table with the rule of each layer; `layers` has the numbers of units.

    Raises:
        ValueError: if the model is not built, has NaN or infinity in its weights or
            pre-activations, or no layer that can be judged, or if x does not fit the model.

    Example:
        >>> hidden = keras.layers.Dense(4, "relu", name="hidden")
        >>> layers = [keras.Input((2,)), hidden, keras.layers.Dense(1, name="score")]
        >>> model = keras.Sequential(layers)
        >>> _ = hidden.bias.assign([9.0, -9.0, -9.0, 9.0])
        >>> dead_units(model, np.ones((8, 2)))
        layer   activation  units       dead  saturated                        rule
        hidden        relu      4  2 (50.0%)   0 (0.0%)  output 0 for every example
        not judged (linear: it has no flat part): score
    """
    x = check_inputs(model, x)
    _require_finite_weights(model)
    judged, reasons = sort_layers(model)
    tallies, called = _tally(model, x, judged)
    counted = {tally.layer_name for tally in tallies.values()}
    for name in judged:
        if name not in counted:
            is_called = name in called
            reasons[name] = "computed in a compiled function" if is_called else "not called"
    if not tallies:
        others = ", ".join(f"{name} ({reason})" for name, reason in reasons.items())
        rule = "model must have a layer whose activation function has a flat part, such as relu"
        raise ValueError(f"{rule}. Got {others or 'no activation function'} instead.")
    layers = {name: tally.layer_units() for name, tally in tallies.items()}
    return UnitReport(layers, reasons)


@dataclass
class _Tally:
    """Flags of the units that were in the flat part for all examples so far.

    Attributes:
        layer_name: name of the layer.
        flat: the flat part.
        low, high, either: booleans, (units,): always at its low end, always at its high end,
            always at one of both.
        uses: names of the uses of the layer.
    """

    layer_name: str
    flat: FlatPart
    low: np.ndarray
    high: np.ndarray
    either: np.ndarray
    uses: set = field(default_factory=set)

    @classmethod
    def start(cls, layer_name, flat, n_units):
        """Return a tally without examples."""
        return cls(layer_name, flat, *np.ones((3, n_units), dtype=bool))

    def add(self, use, z):
        """Add pre-activations, (n, units)."""
        self.uses.add(use)
        low = z <= self.flat.low
        high = z >= self.flat.high
        self.low &= low.all(axis=0)
        self.high &= high.all(axis=0)
        self.either &= (low | high).all(axis=0)

    def layer_units(self):
        """Return the `LayerUnits`."""
        flat = self.low | self.high if self.flat.has_slope else self.either
        dead = int(self.low.sum()) if self.flat.is_dead else 0
        saturated = int(flat.sum()) - dead
        counts = [len(flat), dead, saturated, len(self.uses)]
        return LayerUnits(self.flat.function, self.flat.rule, *counts)


def _tally(model, x, judged):
    """Return the tallies by name, and the names of the called layers."""
    tallies: dict[str, _Tally] = {}
    called = set()
    not_finite = []

    def on_call(call):
        layer = judged[call.layer_name]
        called.add(call.layer_name)
        z = as_array(call.inputs[0]) if call.inputs else None
        if z is None:
            return
        if not np.isfinite(z).all():
            not_finite.append(call.name)
        z = _by_unit(layer.layer, z)
        name = call.layer_name if layer.joins_uses else call.name
        if name in tallies and len(tallies[name].low) != z.shape[1]:
            name = call.name
        if name not in tallies:
            tallies[name] = _Tally.start(call.layer_name, layer.flat, z.shape[1])
        tallies[name].add(call.name, z)

    methods = [(name, item.layer, item.attribute) for name, item in judged.items()]
    observe(model, x, methods, on_call)
    if not_finite:
        raise ValueError(f"pre-activations must be finite. Got NaN or infinity in {not_finite[0]}.")
    return tallies, called


def _by_unit(layer, z):
    """Return pre-activations as (n, units): each pixel of an image is a row."""
    data_format = getattr(layer, "data_format", None)
    if data_format is None and z.ndim > 3 and not getattr(layer, "weights", None):
        data_format = keras.config.image_data_format()
    if data_format == "channels_first" and z.ndim > 2:
        z = np.moveaxis(z, 1, -1)
    return z.reshape(-1, z.shape[-1]) if z.ndim > 1 else z.reshape(-1, 1)


def _require_finite_weights(model):
    """Raise ValueError if a weight of a model is NaN or infinity."""
    for weight in model.weights:
        values = np.asarray(keras.ops.convert_to_numpy(weight))
        if values.dtype.kind not in "biu" and not np.isfinite(values.astype(np.float32)).all():
            raise ValueError(f"weights must be finite. Got NaN or infinity in {weight.path}.")
