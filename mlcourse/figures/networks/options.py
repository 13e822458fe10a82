"""Options of a network diagram, checked before anything is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mlcourse._core import checks

EDGE_LABELS = {
    "weight": "weight",
    "contribution": "weight \N{MULTIPLICATION SIGN} output",
    "gradient": "dL/dw",
}
"""Label of the color bar, by the value of `edges`."""
UNIT_LABELS = {"output": "output", "gradient": "dL/dz"}
"""Label of the color bar, by the value of `units`."""
FLAGS = (
    "draw_bias",
    "labels",
    "activation",
    "sigmoid",
    "weight_count",
    "random_weights",
    "colorbar",
)


@dataclass
class DiagramOptions:
    """Options of a network diagram: the arguments of `draw_neural_net`, which documents them.

    Raises:
        ValueError: if an option is invalid whatever the network.
    """

    draw_bias: bool = False
    labels: bool = False
    activation: bool = False
    sigmoid: bool = False
    weight_count: bool = False
    random_weights: bool = False
    show_activations: bool | ArrayLike = False
    figsize: tuple[float, float] = (4, 4)
    edges: str = "weight"
    units: str = "output"
    x: ArrayLike | None = None
    y: ArrayLike | None = None
    dropout: float | Sequence | None = None
    max_units: int | None = None
    top_edges: int | None = None
    limit: float | None = None
    seed: int | None = None
    colorbar: bool = True
    input_names: Sequence | None = None
    output_names: Sequence | None = None

    def __post_init__(self) -> None:
        if self._has_input_in_show_activations and self.x is not None:
            raise ValueError("the input must be in show_activations or in x. Got both instead.")
        for name in FLAGS:
            checks.flag(name, getattr(self, name))
        if self.top_edges is not None:
            self.top_edges = checks.integer("top_edges", self.top_edges, 1)
        if self.max_units is not None:
            self.max_units = checks.integer("max_units", self.max_units, 1)
        if self.limit is not None:
            checks.positive("limit", self.limit)
        self.figsize = checks.figsize("figsize", self.figsize)
        if self.seed is not None:
            self.seed = checks.seed(self.seed)
        checks.choice("edges", self.edges, EDGE_LABELS)
        checks.choice("units", self.units, UNIT_LABELS)

    @property
    def _has_input_in_show_activations(self):
        return not isinstance(self.show_activations, bool | np.bool_ | None)

    @property
    def input(self) -> ArrayLike | None:
        """The input of the network, from `show_activations` or `x`."""
        return self.show_activations if self._has_input_in_show_activations else self.x

    @property
    def fills_units(self) -> bool:
        """Whether units are filled with numbers; an input fills them if no edges show it."""
        is_shown_by_units = self.x is not None and self.edges == "weight"
        return self._has_input_in_show_activations or is_shown_by_units

    @property
    def shows_symbols(self) -> bool:
        """Whether the symbols a and y-hat are written to the right of the units."""
        return not self.fills_units and bool(self.show_activations)
