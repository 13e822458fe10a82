"""The chain rule on the edges that its factors belong to, with the numbers of a real gradient."""

from dataclasses import dataclass

import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection

from mlcourse import adapters, checks
from mlcourse.figures.edge_words import text_of
from mlcourse.figures.neural_net import NeuralNetDisplay
from mlcourse.figures.scaled_text import BASE, PAPER, ScaledText, Word, extent
from mlcourse.figures.style import BLUE, GREEN, RED

REST, PLUM = "0.85", "#9B3F7C"  # edges that play no part; a purple dark enough for text
LOSS_STEP, FORMULA = 0.45, 0.36  # room to the right and below, in heights of the network
MOST_TERMS = 3  # of a sum that is written out


@dataclass(frozen=True)
class Factor:
    """A factor of the chain rule: its symbol in LaTeX, its numbers, its colour.

    It has one number, or one for each way from the unit on to the next layer.
    """

    symbol: str
    values: np.ndarray
    colour: str


def chain_rule(network, x, y, weight):
    """Returns dL/dw as the factors that it is the product of.

    A weight of the last layer has dz/dw, dg/dz and dL/dg, a weight of a layer before has dz/dw,
    da/dz, and two factors with a number for each unit k of the next layer, to be multiplied and
    summed: dz_k/da and dL/dz_k. With softmax, whose outputs depend on all of z, dg/dz and dL/dg are
    one factor, dL/dz.

    Args:
        network: what `draw_neural_net` takes, with weights.
        x: an input, (inputs,).
        y: its target, (outputs,) or the number of a class.
        weight: (layer, unit before, unit after), counted from 1 as in its name.

    Returns:
        A list of `Factor`, and the gradient that their product is.

    Raises:
        ValueError: if there is no such weight, or x or y is of another length.
    """
    network = adapters.network(network)
    layer, start, end = _weight(network, weight)
    run = network.run(x, y)
    z = rf"z^{{({layer + 1})}}"
    last = layer == len(network.layers) - 1
    factors = [Factor(rf"\partial {z}_{{{end + 1}}} / \partial w", run.a[layer][[start]], GREEN)]
    if last and network.output == "softmax":
        symbol = rf"\partial L / \partial {z}_{{{end + 1}}}"
        factors.append(Factor(symbol, run.dz[layer][[end]], RED))
    else:
        values = network.layers[layer].forward(run.a[layer])
        slope = network.layers[layer].backward(values, np.ones_like(values[0]))[[end]]
        out = rf"g_{{{end + 1}}}" if last else rf"a^{{({layer + 1})}}_{{{end + 1}}}"
        factors.append(Factor(rf"\partial {out} / \partial {z}_{{{end + 1}}}", slope, BLUE))
        if last:
            factors.append(Factor(rf"\partial L / \partial {out}", run.da[layer][[end]], RED))
        else:
            onward = network.layers[layer + 1].weights[end]
            then = rf"z^{{({layer + 2})}}_k"
            factors.append(Factor(rf"\partial {then} / \partial {out}", onward, PLUM))
            factors.append(Factor(rf"\partial L / \partial {then}", run.dz[layer + 1], RED))
    return factors, float(run.gradients[layer][start, end])


def plot_backpropagation(network, x, y, weight, ax=None):
    """Draws how the loss depends on one weight, by the chain rule, and returns the Axes.

    Each unit shows its sum z above its output. Each factor has a colour: it is on the edge or at
    the unit that it belongs to, and in the formula below.

    Args:
        network, x, y, weight: as in `chain_rule`. The network is best a small one.
        ax: the Axes to draw in; None for a new one.

    Returns:
        The Axes.

    Raises:
        ValueError: as `chain_rule` does.

    >>> ax = plot_backpropagation([[[2.0], [1.0]]], x=[1.0, 3.0], y=[4.0], weight=(1, 2, 1))
    >>> ax.texts[-1].get_text()
    '6.00'
    """
    factors, gradient = chain_rule(network, x, y, weight)
    network = adapters.network(network)
    size = 8, min(6.0, 2.7 + 0.75 * max(network.sizes))
    display = NeuralNetDisplay(
        ax, network, show_activations=x, activation=True, colorbar=False, figsize=size
    )
    for edges in display.edges:
        edges.set(color=REST, linewidths=1)
    picture = _Picture(display)
    picture.add_loss(network.run(x, y).loss)
    picture.add_factors(factors, *_weight(network, weight))
    picture.add_formula(factors, gradient, weight)
    return display.ax


class _Picture:
    """Adds to a network's picture what the chain rule is about."""

    def __init__(self, display):
        self.ax, self.columns = display.ax, display.layout.columns
        self.radius, self.width = display.layout.radius, display.layout.width
        self.size = min(BASE, 0.5 * self.radius)
        self.loss = np.array([self.columns[-1].x + LOSS_STEP, self.columns[-1].y.mean()])
        heights = np.concatenate([column.y for column in self.columns])
        self.bottom = heights.min() - 1.3 * self.radius
        top = heights.max() + 1.7 * self.radius
        self.ax.set(xlim=(0, self.loss[0] + 1.5 * self.radius), ylim=(self.bottom - FORMULA, top))

    def add_loss(self, loss):
        """Adds a node for the loss, with grey edges from the outputs."""
        ends = [
            (self._at(len(self.columns) - 1, k), self.loss) for k in range(self.columns[-1].size)
        ]
        self._line(ends, REST, 1)
        size = [2 * self.radius]
        style = {"units": "xy", "offsets": [self.loss], "offset_transform": self.ax.transData}
        circle = EllipseCollection(size, size, [0], fc="white", ec="0.2", zorder=3, **style)
        self.ax.add_collection(circle, autolim=False)
        self._write(*self.loss, f"$L$\n{text_of(loss)}", "black", paper=False)

    def add_factors(self, factors, layer, start, end):
        """Puts the factors where they belong."""
        values = [factor.values for factor in factors]
        unit, nexts = self._at(layer + 1, end), range(len(values[-1]))
        self._edge(self._at(layer, start), unit, GREEN, values[0][0])
        if factors[1].colour == BLUE:
            self._above(unit, values[1][0], BLUE)
        if layer + 2 == len(self.columns):
            self._edge(unit, self.loss, RED, values[-1][0])
            return
        for k in nexts:
            after = self._at(layer + 2, k)
            self._edge(unit, after, PLUM, values[2][k])
            if layer + 3 == len(self.columns):
                self._edge(after, self.loss, RED, values[3][k])
            else:
                self._above(after, values[3][k], RED)

    def add_formula(self, factors, gradient, weight):
        """Writes the product below the network, once in symbols and once in numbers."""
        name = f"w^{{({weight[0]})}}_{{{weight[1]}{weight[2]}}}"
        symbols = [(rf"$\partial L / \partial {name} =$", "black"), *_symbols(factors)]
        numbers = [("=", "black"), *_numbers(factors), ("=", "black"), (text_of(gradient), "black")]
        room = self.ax.get_xlim()[1] - 0.08
        gap = 0.35
        wide = max(sum(extent(text)[0] + gap for text, _ in row) for row in (symbols, numbers))
        size = min(1.2 * BASE, room / wide)
        for row, y in ((symbols, self.bottom - 0.1), (numbers, self.bottom - 0.27)):
            x = 0.04
            for text, colour in row:
                self._write(x, y, text, colour, paper=False, size=size, ha="left")
                x += (extent(text)[0] + gap) * size

    def _at(self, number, unit):
        column = self.columns[number]
        return np.array([column.x, column.y[unit]])

    def _above(self, unit, value, colour):
        """Writes a number between a unit and the one above, under both of them."""
        y = unit[1] + 1.19 * self.radius
        self._write(unit[0], y, text_of(value), colour, weight="bold", zorder=2.5)

    def _edge(self, start, end, colour, value):
        self._line([(start, end)], colour, 3)
        self._write(*(start + end) / 2, text_of(value), colour, weight="bold")

    def _line(self, ends, colour, width):
        lines = LineCollection(ends, colors=[colour], linewidths=width, zorder=2)
        self.ax.add_collection(lines, autolim=False)

    def _write(self, x, y, text, colour, paper=True, size=None, **options):
        options |= {"color": colour, "bbox": PAPER if paper else None}
        self.ax.add_artist(ScaledText(Word(x, y, text, size or self.size, options)))


def _symbols(factors):
    """Returns the factors' symbols with their colours, and the signs between them."""
    pieces = [(f"${factor.symbol}$", factor.colour) for factor in factors]
    if len(factors) == 4:
        pieces.insert(2, (r"$\sum_k$", "black"))
    return _between(pieces, r"$\cdot$")


def _numbers(factors):
    """Returns the factors' numbers with their colours; a long sum is its value alone."""
    pieces = [(text_of(factor.values[0]), factor.colour) for factor in factors[:2]]
    if len(factors) == 3:
        pieces.append((text_of(factors[2].values[0]), RED))
    if len(factors) < 4:
        return _between(pieces, r"$\cdot$")
    pairs = list(zip(factors[2].values, factors[3].values, strict=True))
    if len(pairs) > MOST_TERMS:
        total = text_of(sum(a * b for a, b in pairs))
        return _between([*pieces, (total, PLUM)], r"$\cdot$")
    terms = []
    for a, b in pairs:
        plus = [("+", "black")] if terms else []
        terms += [*plus, (text_of(a), PLUM), (r"$\cdot$", "black"), (text_of(b), RED)]
    dot = (r"$\cdot$", "black")
    return [*_between(pieces, dot[0]), dot, ("(", "black"), *terms, (")", "black")]


def _between(pieces, sign):
    """Returns the pieces with a sign between each two of them, but none beside a sum."""
    joined = pieces[:1]
    for piece in pieces[1:]:
        after_sum = joined[-1][0] == r"$\sum_k$"
        joined += [piece] if after_sum else [(sign, "black"), piece]
    return joined


def _weight(network, weight):
    """Returns a weight's layer and units, counted from 0, if there is such a weight."""
    if len(weight) != 3:
        raise ValueError(f"weight must be (layer, unit before, unit after). Got {weight} instead.")
    layer = checks.integer("the layer of weight", weight[0], 1, len(network.layers)) - 1
    sizes = network.layers[layer].weights.shape
    start = checks.integer("the unit before weight", weight[1], 1, sizes[0]) - 1
    return layer, start, checks.integer("the unit after weight", weight[2], 1, sizes[1]) - 1
