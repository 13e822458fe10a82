"""Numbers of dead and of saturated units by layer, shown as a table."""

import html
from dataclasses import dataclass

from mlcourse import tables

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
