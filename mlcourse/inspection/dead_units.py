"""Units that no longer learn: dead or saturated ones, by layer, as a table."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import keras
import numpy as np

from mlcourse._core import tables
from mlcourse.inspection.activation_rules import FlatPart, flat_part, why_none
from mlcourse.inspection.backward import checked_inputs
from mlcourse.inspection.layers import (
    as_array,
    holds_layers,
    is_of_keras,
    named_layers,
    observe,
    own_weights,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


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


HEAD = ("layer", "activation", "units", "dead", "saturated", "rule")


@dataclass(frozen=True)
class LayerUnits:
    """The units of a layer.

    Attributes:
        activation: the name of the activation function.
        rule: when a unit of this layer counts as dead or saturated.
        units: the number of units.
        dead, saturated: the numbers of those that count.
        uses: how many times the model uses the layer.

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
        not_judged: a dict from names of layers to the reason why they are not judged.

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
        notes = "".join(f"<p>{html.escape(line)}</p>" for line in self._notes())
        return tables.as_html("Dead and saturated units", HEAD, self._rows()) + notes

    def _rows(self):
        rows = []
        for name, layer in self.layers.items():
            counts = [f"{n} ({n / layer.units:.1%})" for n in (layer.dead, layer.saturated)]
            rule = layer.rule if layer.uses == 1 else f"{layer.rule}, in all {layer.uses} uses"
            rows.append([name, layer.activation, str(layer.units), *counts, rule])
        return rows

    def _notes(self):
        """Return a line about the layers that are not judged, for each reason."""
        names: dict[str, list] = {}
        for name, reason in self.not_judged.items():
            names.setdefault(reason, []).append(name)
        return [f"not judged ({reason}): {', '.join(each)}" for reason, each in names.items()]


pass


def dead_units(
    model: keras.Model, x: ArrayLike | list | tuple | Mapping[str, ArrayLike]
) -> UnitReport:
    """Return the fractions of dead and of saturated units of each layer.

    Such a unit lies in the flat part of its activation function for every example. There the slope
    is 0 or next to it, so the weights of the unit get (almost) no gradient from these examples. The
    pre-activation z, which goes into the activation function, decides. The limit of 0.01 is a
    convention; on its far side little of the slope is left (2% in `tanh`, 4% in `sigmoid`).

    =========================================  =====================================================
    activation function                        the unit counts, if for every example
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

    A unit of a convolution is a channel: the rule must hold at every place of every image too. An
    activation layer, such as `ReLU` after `BatchNormalization`, is judged as well. A layer with
    weights that is used several times is listed once, and the rule must hold in each use; an
    activation layer without weights is listed once for each use, as "relu" and "relu, use 2". The
    model does what it does after training. A unit that is dead in a few hundred examples may be
    alive in others, so take many.

    Layers within models, wrappers and custom layers are judged too, at any depth. What could not be
    judged is in `not_judged` of the result, with the reason: layers with linear or softmax
    activation, recurrent layers, layers that the model did not call. Layers of Keras that have
    neither weights nor an activation function, such as pooling, are left out. An activation
    function that a subclassed model calls in its own `call`, with no layer for it, is not seen: the
    layer before it counts as linear.

    Args:
        model: a built Keras model of any kind.
        x: examples, (n, ...); for several inputs a list, a tuple or a dict of arrays.

    Returns:
        A dict from layer names to fractions of units in [0, 1], dead or saturated, in the order of
        the calls. It is shown as a table with the rule of each layer; `layers` has the numbers.

    Raises:
        ValueError: if the model is not built, has weights or pre-activations that are not finite,
            or no layer that can be judged, or if x does not fit the model.

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
    x = checked_inputs(model, x)
    _require_finite_weights(model)
    judged, reasons = sort_layers(model)
    tallies, called = _count(model, x, judged)
    for name in judged:
        if name not in {tally.layer_name for tally in tallies.values()}:
            is_called = name in called
            reasons[name] = "computed in a compiled function" if is_called else "not called"
    if not tallies:
        listed = ", ".join(f"{name} ({reason})" for name, reason in reasons.items())
        rule = "model must have a layer whose activation function has a flat part, such as relu"
        raise ValueError(f"{rule}. Got {listed or 'no activation function'} instead.")
    layers = {name: tally.units_of_layer() for name, tally in tallies.items()}
    return UnitReport(layers, reasons)


@dataclass
class _Tally:
    """The units that were flat in all examples so far."""

    layer_name: str
    flat: FlatPart
    low: np.ndarray
    high: np.ndarray
    either: np.ndarray
    uses: set = field(default_factory=set)

    @classmethod
    def of(cls, layer_name, flat, units):
        """Return the tally before the first example."""
        return cls(layer_name, flat, *np.ones((3, units), dtype=bool))

    def add(self, use, z):
        """Add pre-activations, (n, units)."""
        self.uses.add(use)
        low = z <= self.flat.low
        high = z >= self.flat.high
        self.low &= low.all(axis=0)
        self.high &= high.all(axis=0)
        self.either &= (low | high).all(axis=0)

    def units_of_layer(self):
        """Return the numbers of units."""
        stuck = self.low | self.high if self.flat.has_slope else self.either
        dead = int(self.low.sum()) if self.flat.is_dead else 0
        saturated = int(stuck.sum()) - dead
        counts = [len(stuck), dead, saturated, len(self.uses)]
        return LayerUnits(self.flat.function, self.flat.rule, *counts)


def _count(model, x, judged):
    """Return the tallies by name, and the names of the layers that were called."""
    tallies: dict[str, _Tally] = {}
    called = set()
    not_finite = []

    def note(call):
        layer = judged[call.layer_name]
        called.add(call.layer_name)
        z = as_array(call.inputs[0]) if call.inputs else None
        if z is None:
            return
        if not np.isfinite(z).all():
            not_finite.append(call.name)
        z = _by_unit(layer.layer, z)
        name = call.layer_name if layer.is_joined else call.name
        if name in tallies and len(tallies[name].low) != z.shape[1]:
            name = call.name
        if name not in tallies:
            tallies[name] = _Tally.of(call.layer_name, layer.flat, z.shape[1])
        tallies[name].add(call.name, z)

    observe(model, x, [(name, one.layer, one.attribute) for name, one in judged.items()], note)
    if not_finite:
        raise ValueError(f"pre-activations must be finite. Got NaN or infinity in {not_finite[0]}.")
    return tallies, called


def _by_unit(layer, z):
    """Return pre-activations as (n, units): each place of an image is a row."""
    data_format = getattr(layer, "data_format", None)
    if data_format is None and z.ndim > 3 and not getattr(layer, "weights", None):
        data_format = keras.config.image_data_format()
    z = np.moveaxis(z, 1, -1) if data_format == "channels_first" and z.ndim > 2 else z
    return z.reshape(-1, z.shape[-1]) if z.ndim > 1 else z.reshape(-1, 1)


def _require_finite_weights(model):
    for weight in model.weights:
        values = np.asarray(keras.ops.convert_to_numpy(weight))
        if values.dtype.kind not in "biu" and not np.isfinite(values.astype(np.float32)).all():
            raise ValueError(f"weights must be finite. Got NaN or infinity in {weight.path}.")
