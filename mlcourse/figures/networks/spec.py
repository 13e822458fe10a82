"""What a network's picture shows: its sizes, its weights, and the numbers on its edges."""

from itertools import pairwise

import numpy as np

from mlcourse._core import checks
from mlcourse.networks.from_model import from_model
from mlcourse.networks.network import Layer, Network

EDGES = {
    "weight": "weight",
    "contribution": "weight \N{MULTIPLICATION SIGN} output",
    "gradient": "dL/dw",
}
UNITS = {"output": "output", "gradient": "dL/dz"}


class DiagramSpec:
    """A network to be drawn; what is given is checked here, before anything is drawn.

    Attributes:
        sizes: units of each layer.
        network: a `Network`; None if sizes are all that is known.
        is_real: whether its weights are those of a network, not drawn at random.
        masks: for each hidden layer what dropout multiplies its outputs by; None without dropout.
        run: the `Run` of the input; None without one.
    """

    def __init__(self, source, bias, random_weights, *, edges, units, x, y, dropout, seed):
        rng = np.random if seed is None else np.random.default_rng(checks.seed(seed))
        self._edges = checks.choice("edges", edges, EDGES)
        self._units = checks.choice("units", units, UNITS)
        self.is_real, self.bias = not _lists_sizes(source), bias
        if self.is_real:
            self.network = from_model(source)
            self.sizes = self.network.sizes
        else:
            self.sizes = _sizes(source)
            self.network = _random_network(self.sizes, bias, rng) if random_weights else None
        self.masks = None if dropout is None else _masks(dropout, self.sizes[1:-1], rng)
        self.run, self._x, self._y = self._pass(self.network, x, y), x, y

    def update(self, source=None, x=None, y=None):
        """Takes another network of the same sizes, another input, or both; all or nothing."""
        network = self.network if source is None else from_model(source)
        if not self.is_real:
            rule = "an update needs a display of a network with weights"
            raise ValueError(f"{rule}. Got one of the sizes {self.sizes} instead.")
        if network.sizes != self.sizes:
            rule = f"an update must have the sizes of what is drawn, {self.sizes}"
            raise ValueError(f"{rule}. Got {network.sizes} instead.")
        if network.preprocessing_label != self.network.preprocessing_label:
            old, new = (one.preprocessing_label or "none" for one in (self.network, network))
            rule = f"an update must have the preprocessing of what is drawn, {old}"
            raise ValueError(f"{rule}. Got {new} instead.")
        for name, old, new in (("x", self._x, x), ("y", self._y, y)):
            if old is None and new is not None:
                raise ValueError(f"{name} can be updated where it was given. Got one without.")
        x, y = self._x if x is None else x, self._y if y is None else y
        self.run, self._x, self._y = self._pass(network, x, y), x, y
        self.network = network

    def _pass(self, network, x, y):
        """Passes an input through the network, and back if there is a target."""
        needs_x = self._edges != "weight"
        if network is None and (x is not None or needs_x):
            rule = "an input, and edges other than 'weight', need a network with weights"
            raise ValueError(f"{rule}. Got the sizes {self.sizes} alone instead.")
        if needs_x and x is None:
            raise ValueError(f"edges={self._edges!r} needs an input x. Got None instead.")
        if y is not None and x is None:
            raise ValueError(f"a target y needs an input x. Got y={y!r} alone instead.")
        for name, mode in (("edges", self._edges), ("units", self._units)):
            if mode == "gradient" and y is None:
                raise ValueError(f"{name}='gradient' needs a target y. Got None instead.")
        return None if x is None else network.run(x, y, self.masks)

    @property
    def edge_label(self):
        """What the numbers on the edges are, in words."""
        return EDGES[self._edges]

    @property
    def unit_label(self):
        """What the numbers in the units are, in words."""
        return UNITS[self._units]

    def unit_values(self, number):
        """Returns what the units of a layer show, (units,): outputs, or gradients by their sums.

        Inputs show themselves.
        """
        if number and self._units == "gradient":
            return self.run.dz[number - 1]
        return self.run.a[number]

    @property
    def coloured(self):
        """The numbers of the layers whose units have the colours of what they show."""
        return range(self._units == "gradient", len(self.sizes))  # an input has no gradient here

    def half_values(self, number):
        """Returns what the upper and lower halves of its units show: of sums, and of outputs."""
        if self._units == "gradient":
            return self.run.dz[number - 1], self.run.da[number - 1]
        return self.run.z[number - 1], self.run.a[number]

    def count_params(self):
        """Returns how many weights, biases, and parameters of normalization there are."""
        if self.is_real:
            return self.network.count_params()
        weights = sum(before * after for before, after in pairwise(self.sizes))
        return weights, sum(self.sizes[1:]) if self.bias else 0, 0

    def values(self):
        """Returns what the edges show, (1 + units before, units after) a layer, the biases first.

        A bias that a layer has not is NaN.
        """
        numbers = []
        for index, layer in enumerate(self.network.layers):
            bias = np.nan if layer.bias is None else layer.bias
            if self._edges == "gradient":
                rows = self.run.gradients[index], self.run.dz[index] + 0 * bias
            elif self._edges == "contribution":
                rows = self.run.a[index][:, None] * layer.weights, bias
            else:
                rows = layer.weights, bias
            numbers.append(np.vstack([np.broadcast_to(rows[1], rows[0].shape[1]), rows[0]]))
        return numbers

    def edges(self, most=None):
        """Returns how many edges there are where at most so many units of a layer are drawn."""
        shown = [size if most is None else min(size, most) for size in self.sizes]
        bias = [self.bias] * len(shown)
        if self.is_real:
            bias = [self.bias and layer.bias is not None for layer in self.network.layers]
        return sum((shown[n] + bias[n]) * shown[n + 1] for n in range(len(shown) - 1))

    def at_dropped(self, number, before, after):
        """Returns which edges into a layer lead to or from a dropped unit: (nodes, units after)."""
        start = self.dropped(number)[before.units]
        start = start if before.bias is None else np.concatenate([[False], start])
        return start[:, None] | self.dropped(number + 1)[after.units]

    def dropped(self, number):
        """Returns which units of a layer are dropped, (units,)."""
        hidden = 0 < number < len(self.sizes) - 1
        if self.masks is None or not hidden:
            return np.zeros(self.sizes[number], dtype=bool)
        return self.masks[number - 1] == 0


def layer_sizes_of(source):
    """Returns the units of each layer, of sizes or of a network."""
    return _sizes(source) if _lists_sizes(source) else from_model(source).sizes


def _lists_sizes(source):
    if isinstance(source, np.ndarray):
        return source.ndim == 1
    if not isinstance(source, list | tuple):
        return False
    return all(isinstance(item, str) or not np.iterable(item) for item in source)


def _sizes(source):
    if len(source) < 2:
        rule = "layer_sizes must list the units of at least two layers"
        raise ValueError(f"{rule}. Got {source!r} instead.")
    return [checks.integer("each size in layer_sizes", size, 1) for size in source]


def _random_network(sizes, bias, rng):
    return Network(
        tuple(
            Layer(rng.normal(size=shape), rng.normal(size=shape[1]) if bias else None)
            for shape in pairwise(sizes)
        )
    )


def _masks(dropout, sizes, rng):
    if not np.iterable(dropout):
        rate = checks.number("dropout", dropout, 0, below=1)
        return [(rng.random(size) >= rate) / (1 - rate) for size in sizes]
    checks.same_length("the masks in dropout", dropout, "the hidden layers", sizes)
    masks = [_mask(mask) for mask in dropout]
    for mask, size in zip(masks, sizes, strict=True):
        if mask.shape != (size,):
            got = f"one of shape {mask.shape} for {size} units"
            raise ValueError(f"each mask in dropout must have a number a unit. Got {got} instead.")
    return masks


def _mask(mask):
    try:
        numbers = np.asarray(mask, dtype=float)
    except (TypeError, ValueError):
        numbers = np.array([np.nan])
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise ValueError(f"each mask in dropout must hold numbers from 0 on. Got {mask!r} instead.")
    return numbers
