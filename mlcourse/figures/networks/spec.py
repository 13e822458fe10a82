"""The options of a network diagram, and what it shows: sizes, weights, numbers on edges."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures.networks.layout import checked_names, n_drawn_units
from mlcourse.networks.from_model import from_model
from mlcourse.networks.network import Layer, Network

MAX_UNITS = 2_000  # drawn, with at most a million edges
MAX_WEIGHTS = 10**7  # random
EDGE_LABELS = {
    "weight": "weight",
    "contribution": "weight \N{MULTIPLICATION SIGN} output",
    "gradient": "dL/dw",
}
"""Label of the color bar, by the value of `edges`."""
UNIT_LABELS = {"output": "output of a unit", "gradient": "dL/dz"}
"""Label of the color bar, by the value of `units`."""
MAP_RESOLUTION = 32  # grid points per axis of the map of a unit
MAP_MARGIN = 0.1  # around the examples, as a fraction of their range
PROBABILITY_FUNCTIONS = "sigmoid", "softmax"
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
    heatmaps: ArrayLike | None = None

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
        if self.heatmaps is not None:
            self.heatmaps = _checked_points(self.heatmaps)
            if self.fills_units:
                rule = "units must show either heatmaps or the values of an input"
                raise ValueError(f"{rule}. Got both instead.")

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


class DiagramSpec:
    """The data of a network diagram, checked before anything is drawn.

    Layers are numbered from 0, the input. Edges between two layers have the number of the layer
    before them.

    Args:
        source: layer sizes, or a network in one of the forms that `draw_neural_net` accepts.
        options: the `DiagramOptions`.

    Attributes:
        options: the `DiagramOptions`.
        sizes: number of units of each layer.
        network: the `Network`; None if only the layer sizes are given.
        is_real: whether the weights are those of a given network, not random ones.
        masks: dropout mask of each hidden layer, by which its outputs are multiplied; None without
            dropout.
        forward_pass: the `ForwardPass` of the input; None without an input.
        input_names, output_names: a list of names each, or None.
    """

    def __init__(self, source, options):
        rng = np.random if options.seed is None else np.random.default_rng(options.seed)
        self.options = options
        self.is_real = not _lists_sizes(source)
        if self.is_real:
            self.network = from_model(source)
            self.sizes = self.network.sizes
        else:
            self.sizes = _checked_sizes(source)
            self.network = None
        self._check_limits()
        if self.network is None and options.random_weights:
            self.network = _random_network(self.sizes, options.draw_bias, rng)
        self.masks = None
        if options.dropout is not None:
            self.masks = _masks(options.dropout, self.sizes[1:-1], rng)
        self._x = options.input
        self._y = options.y
        self.forward_pass = self._run(self.network, self._x, self._y)
        self.input_names = checked_names("input_names", options.input_names, self.sizes[0])
        self.output_names = checked_names("output_names", options.output_names, self.sizes[-1])
        if options.top_edges and self.network is None:
            rule = "top_edges needs a network with weights"
            raise ValueError(f"{rule}. Got layer sizes {self.sizes} instead.")
        if options.heatmaps is not None and (not self.is_real or self.network.n_inputs != 2):
            rule = "heatmaps need a network with weights and two inputs"
            raise ValueError(f"{rule}. Got layer sizes {self.sizes} instead.")

    def _check_limits(self):
        """Raise ValueError if there are too many units to draw, or weights to store."""
        advice = "; max_units draws fewer"
        sizes = [min(size, self.options.max_units or size) for size in self.sizes]
        checks.at_most("the number of units", sum(sizes), MAX_UNITS, advice)
        if self.options.random_weights and not self.is_real:
            checks.at_most("the number of random weights", self.n_edges(), MAX_WEIGHTS)

    def update(self, source=None, x=None, y=None):
        """Replace the network, the input or the target. If an argument is invalid, change nothing.

        Args:
            source: network with the same layer sizes and preprocessing; None for no change.
            x, y: input and target; None for no change.
        """
        network = self.network if source is None else from_model(source)
        self._check_update(network)
        for name, old, new in (("x", self._x, x), ("y", self._y, y)):
            if old is None and new is not None:
                rule = f"{name} can be updated only in a diagram that was created with {name}"
                raise ValueError(f"{rule}. Got {name}={new!r} instead.")
        x = self._x if x is None else x
        y = self._y if y is None else y
        self.forward_pass = self._run(network, x, y)
        self.network = network
        self._x = x
        self._y = y

    def _check_update(self, network):
        """Raise ValueError if the diagram cannot show a network instead of the current one."""
        if not self.is_real:
            rule = "update needs a diagram of a network with weights"
            raise ValueError(f"{rule}. Got a diagram of layer sizes {self.sizes} instead.")
        if network.sizes != self.sizes:
            rule = f"network must have the layer sizes of the diagram, {self.sizes}"
            raise ValueError(f"{rule}. Got {network.sizes} instead.")
        old = self.network.preprocessing_label or "none"
        new = network.preprocessing_label or "none"
        if new != old:
            rule = f"network must have the preprocessing of the diagram, {old}"
            raise ValueError(f"{rule}. Got {new} instead.")

    def _run(self, network, x, y):
        """Return the `ForwardPass` of an input, with gradients if there is a target.

        Return None without an input.
        """
        edges = self.options.edges
        needs_input = edges != "weight"
        if network is None and (x is not None or needs_input):
            rule = "an input, and edges other than 'weight', need a network with weights"
            raise ValueError(f"{rule}. Got layer sizes {self.sizes} instead.")
        if needs_input and x is None:
            raise ValueError(f"edges={edges!r} needs an input x. Got None instead.")
        if y is not None and x is None:
            raise ValueError(f"a target y needs an input x. Got y={y!r} alone instead.")
        for name, mode in (("edges", edges), ("units", self.options.units)):
            if mode == "gradient" and y is None:
                raise ValueError(f"{name}='gradient' needs a target y. Got None instead.")
        return None if x is None else network.run(x, y, self.masks)

    def unit_maps(self):
        """Return the outputs of each layer on a grid of inputs, a list of (rows, columns, units).

        The grid has the limits of `heatmaps` with a margin, and its first row is the lowest.
        """
        low, high = self.options.heatmaps.min(axis=0), self.options.heatmaps.max(axis=0)
        margin = MAP_MARGIN * np.where(high > low, high - low, 1)
        axes = np.linspace(low - margin, high + margin, MAP_RESOLUTION).T
        points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
        shape = (MAP_RESOLUTION, MAP_RESOLUTION, -1)
        return [layer.reshape(shape) for layer in self.network.outputs(points, self.masks)]

    def map_center(self, layer):
        """Return the output of a layer in the middle of its scale: 0.5 for a probability."""
        functions = self.network.layers[layer - 1].functions if layer else ()
        names = [getattr(function, "name", "") for function in functions[-1:]]
        return 0.5 if names and names[0] in PROBABILITY_FUNCTIONS else 0.0

    @property
    def edge_label(self):
        """Label of the values on the edges."""
        return EDGE_LABELS[self.options.edges]

    @property
    def unit_label(self):
        """Label of the values in the units."""
        return UNIT_LABELS[self.options.units]

    def unit_values(self, layer):
        """Return the values in the units of a layer, (units,).

        They are outputs, or gradients with respect to the sums. Inputs show themselves.
        """
        if layer and self.options.units == "gradient":
            return self.forward_pass.dz[layer - 1]
        return self.forward_pass.a[layer]

    @property
    def colored_layers(self):
        """Range of the layers whose units are colored by their values; inputs have no gradient."""
        first = 1 if self.options.units == "gradient" else 0
        return range(first, len(self.sizes))

    def half_values(self, layer):
        """Return the values in the upper and lower halves of units: of sums and of outputs."""
        if self.options.units == "gradient":
            return self.forward_pass.dz[layer - 1], self.forward_pass.da[layer - 1]
        return self.forward_pass.z[layer - 1], self.forward_pass.a[layer]

    def count_params(self):
        """Return the numbers of weights, of biases, and of parameters of normalization."""
        if self.is_real:
            return self.network.count_params()
        n_weights = sum(before * after for before, after in pairwise(self.sizes))
        n_biases = sum(self.sizes[1:]) if self.options.draw_bias else 0
        return n_weights, n_biases, 0

    def edge_values(self):
        """Return the values of the edges into each layer, (1 + units before, units after).

        The first row has the biases, NaN in a layer without biases.
        """
        values = []
        for index, layer in enumerate(self.network.layers):
            bias = np.nan if layer.bias is None else layer.bias
            weights = layer.weights
            if self.options.edges == "gradient":
                weights = self.forward_pass.gradients[index]
                bias = self.forward_pass.dz[index] + 0 * bias
            elif self.options.edges == "contribution":
                weights = self.forward_pass.a[index][:, None] * layer.weights
            values.append(np.vstack([np.broadcast_to(bias, weights.shape[1]), weights]))
        return values

    def n_edges(self, max_units=None):
        """Return the number of edges between at most `max_units` units per layer."""
        n_units = [n_drawn_units(size, max_units) for size in self.sizes]
        has_bias = [self.options.draw_bias] * len(n_units)
        if self.is_real:
            has_bias = [
                self.options.draw_bias and layer.bias is not None for layer in self.network.layers
            ]
        return sum((n_units[n] + has_bias[n]) * n_units[n + 1] for n in range(len(n_units) - 1))

    def dropped_edges(self, layer, before, after):
        """Return a mask of the edges to or from dropped units, (nodes before, units after).

        Args:
            layer: number of the layer before the edges.
            before, after: the `Column` of the layer before and after the edges.
        """
        start = self.dropped_units(layer)[before.units]
        if before.bias is not None:
            start = np.concatenate([[False], start])
        return start[:, None] | self.dropped_units(layer + 1)[after.units]

    def dropped_units(self, layer):
        """Return a mask of the dropped units of a layer, (units,)."""
        is_hidden = 0 < layer < len(self.sizes) - 1
        if self.masks is None or not is_hidden:
            return np.zeros(self.sizes[layer], dtype=bool)
        return self.masks[layer - 1] == 0


def _checked_points(points):
    """Return points as an array (n, 2). Raise ValueError if they are not finite or have no row."""
    array = checks.floats("heatmaps", points)
    if array.ndim != 2 or array.shape[1] != 2 or not len(array) or not np.isfinite(array).all():
        rule = "heatmaps must be examples with two finite features, (n, 2)"
        raise ValueError(f"{rule}. Got {points!r} instead.")
    return array


def layer_sizes_of(source):
    """Return the number of units of each layer.

    Args:
        source: layer sizes, or a network in one of the forms that `draw_neural_net` accepts.
    """
    return _checked_sizes(source) if _lists_sizes(source) else from_model(source).sizes


def _lists_sizes(source):
    """Return whether an argument lists layer sizes, not weights."""
    if isinstance(source, np.ndarray):
        return source.ndim == 1
    if not isinstance(source, list | tuple):
        return False
    return all(isinstance(item, str) or not np.iterable(item) for item in source)


def _checked_sizes(sizes):
    """Return layer sizes as a list of integers. Raise ValueError if they are invalid."""
    if len(sizes) < 2:
        rule = "layer_sizes must list the units of at least two layers"
        raise ValueError(f"{rule}. Got {sizes!r} instead.")
    return [checks.integer("each size in layer_sizes", size, 1) for size in sizes]


def _random_network(sizes, has_bias, rng):
    """Return a network with normally distributed weights and biases."""
    layers = []
    for shape in pairwise(sizes):
        weights = rng.normal(size=shape)
        bias = rng.normal(size=shape[1]) if has_bias else None
        layers.append(Layer(weights, bias))
    return Network(tuple(layers))


def _masks(dropout, sizes, rng):
    """Return a dropout mask for each hidden layer.

    Args:
        dropout: dropout probability, or a mask for each hidden layer.
        sizes: number of units of each hidden layer.
        rng: random generator.
    """
    if not np.iterable(dropout):
        rate = checks.number("dropout", dropout, 0, below=1)
        return [(rng.random(size) >= rate) / (1 - rate) for size in sizes]
    checks.same_length("the masks in dropout", dropout, "the hidden layers", sizes)
    masks = [_checked_mask(mask) for mask in dropout]
    for mask, size in zip(masks, sizes, strict=True):
        if mask.shape != (size,):
            rule = f"each mask in dropout must have one number per unit, ({size},)"
            raise ValueError(f"{rule}. Got shape {mask.shape} instead.")
    return masks


def _checked_mask(mask):
    """Return a mask as an array of floats. Raise ValueError if they are negative or not finite."""
    numbers = checks.floats("each mask in dropout", mask)
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        rule = "each mask in dropout must hold finite numbers of at least 0"
        raise ValueError(f"{rule}. Got {mask!r} instead.")
    return numbers
