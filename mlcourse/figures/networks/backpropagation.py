"""Gradients on the edges of a network, and one example explained."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import figure_or_new
from mlcourse.figures._shared.style import BLUE, PURPLE, SKY, ink, is_dark
from mlcourse.figures._shared.text import BASE, LEGIBLE, PAPER, ScaledText, Word, extent
from mlcourse.figures.networks import labels
from mlcourse.figures.networks.display import NeuralNetDisplay
from mlcourse.networks.chain_rule import chain_rule, position
from mlcourse.networks.explain import Explanation
from mlcourse.networks.from_model import from_model

REST = "0.85"  # edges that play no part
COLOURS = {"into": "#00785A", "slope": BLUE, "onward": "#9B3F7C", "loss": "#B34E00"}
"""The style's colours, but dark enough for text on white: a contrast of 5 to 1 at least."""
LIGHT = {"into": "#2FBF96", "slope": SKY, "onward": PURPLE, "loss": "#F0823C"}
"""The same for text on black."""

LOSS_STEP, FORMULA = 0.6, 0.36  # room to the right and below, in heights of the network
MOST_TERMS = 3  # of a sum that is written out


def plot_backpropagation(
    network: object, x: ArrayLike, y: ArrayLike, weight: Sequence[int], ax: Axes | None = None
) -> Axes:
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
    '6.000'
    """
    factors, gradient = chain_rule(network, x, y, weight)
    network = from_model(network)
    size = 8, min(6.0, 2.7 + 0.75 * max(network.sizes))
    display = NeuralNetDisplay(
        ax, network, show_activations=x, activation=True, colorbar=False, figsize=size
    )
    for edges in display.edges:
        edges.set(color=REST, linewidths=1)
    picture = _Picture(display)
    picture.add_loss(network.run(x, y).loss)
    picture.add_factors(factors, *position(network, weight))
    picture.add_formula(factors, gradient, weight)
    return display.ax


class _Picture:
    """Adds to a network's picture what the chain rule is about."""

    def __init__(self, display):
        self.ax, self.columns = display.ax, display.layout.columns
        self.radius = display.layout.radius
        self.loss = np.array([self.columns[-1].x + LOSS_STEP, self.columns[-1].y.mean()])
        heights = np.concatenate([column.y for column in self.columns])
        self.bottom, top = heights.min() - 1.3 * self.radius, heights.max() + 1.7 * self.radius
        self.ax.set(xlim=(0, self.loss[0] + 1.5 * self.radius), ylim=(self.bottom - FORMULA, top))
        span = np.array([np.ptp(self.ax.get_xlim()), np.ptp(self.ax.get_ylim())])
        points = self.ax.bbox.size * 72 / self.ax.get_figure(root=True).dpi
        self.smallest = 1.05 * LEGIBLE / min(points / span)
        self.size = max(min(BASE, 0.5 * self.radius), min(self.smallest, 0.7 * self.radius))

    def add_loss(self, loss):
        """Adds a node for the loss, with grey edges from the outputs."""
        outputs = range(self.columns[-1].size)
        ends = [(self._at(len(self.columns) - 1, unit), self.loss) for unit in outputs]
        self._line(ends, REST, 1)
        size = [2 * self.radius]
        style = {"units": "xy", "offsets": [self.loss], "offset_transform": self.ax.transData}
        circle = EllipseCollection(size, size, [0], fc="white", ec="0.2", zorder=3, **style)
        self.ax.add_collection(circle, autolim=False)
        self._write(*self.loss, f"$L$\n{_text(loss)}", "black", paper=False)

    def add_factors(self, factors, layer, start, end):
        """Puts the factors where they belong."""
        values = {factor.place: factor.values for factor in factors}
        unit = self._at(layer + 1, end)
        self._edge(self._at(layer, start), unit, "into", values["into"][0])
        if "slope" in values:
            self._beside(unit, "slope", values["slope"][0])
        if "onward" not in values:
            self._back(layer + 1, end, values["loss"][0])
            return
        for k, value in enumerate(values["onward"]):
            self._edge(unit, self._at(layer + 2, k), "onward", value)
            self._back(layer + 2, k, values["loss"][k])

    def add_formula(self, factors, gradient, weight):
        """Writes the product below the network, once in symbols and once in numbers."""
        comma = "," if max(weight[1:]) > 9 else ""
        name = f"w^{{({weight[0]})}}_{{{weight[1]}{comma}{weight[2]}}}"
        symbols = [(rf"$\partial L / \partial {name} =$", ink()), *_symbols(factors)]
        numbers = [("=", ink()), *_numbers(factors)]
        numbers += [(r"$\approx$", ink()), (_text(gradient), ink())]
        room, gap = self.ax.get_xlim()[1] - 0.08, 0.35
        wide = max(sum(extent(text)[0] + gap for text, _ in row) for row in (symbols, numbers))
        size = min(max(1.2 * BASE, self.smallest), room / wide)
        for row, y in ((symbols, self.bottom - 0.12), (numbers, self.bottom - 0.29)):
            x = 0.04
            for text, colour in row:
                place = {"ha": "left", "va": "baseline"}
                self._write(x, y, text, colour, paper=False, size=size, **place)
                x += (extent(text)[0] + gap) * size

    def _at(self, number, unit):
        column = self.columns[number]
        return np.array([column.x, column.y[unit]])

    def _back(self, number, unit, value):
        """What comes back from the loss: on an output's edge to it, else beside the unit."""
        at = self._at(number, unit)
        if number == len(self.columns) - 1:
            self._edge(at, self.loss, "loss", value)
        else:
            self._beside(at, "loss", value)

    def _beside(self, unit, place, value):
        """Writes a number to the left above a unit, where the circles leave the most room."""
        x, y = unit + self.radius * np.array([-0.95, 1.15])
        self._write(x, y, _text(value), _colours()[place], weight="bold")

    def _edge(self, start, end, place, value):
        self._line([(start, end)], _colours()[place], 3)
        self._write(*(start + end) / 2, _text(value), _colours()[place], weight="bold")

    def _line(self, ends, colour, width):
        lines = LineCollection(ends, colors=[colour], linewidths=width, zorder=2)
        self.ax.add_collection(lines, autolim=False)

    def _write(self, x, y, text, colour, paper=True, size=None, **options):
        options |= {"color": colour, "bbox": PAPER if paper else None}
        self.ax.add_artist(ScaledText(Word(x, y, text, size or self.size, options)))


def _colours():
    """Return the colours of the factors, to be seen in the current style."""
    return LIGHT if is_dark() else COLOURS


def _symbols(factors):
    """Returns the factors' symbols with their colours, and the signs between them."""
    pieces = [[(f"${factor.symbol}$", _colours()[factor.place])] for factor in factors]
    if factors[-2].place == "onward":
        pieces[-2].insert(0, (r"$\sum_k$", ink()))
    return _joined(pieces, r"$\cdot$")


def _numbers(factors):
    """Returns the factors' numbers with their colours; a long sum is its value alone."""
    single = [[_number(factor.values[0], factor)] for factor in factors if len(factor.values) == 1]
    if factors[-2].place != "onward":
        return _joined(single, r"$\cdot$")
    onward, loss = factors[-2:]
    if len(loss.values) > MOST_TERMS:
        total = [_number(float(onward.values @ loss.values), loss)]
        return _joined([*single[:2], total], r"$\cdot$")
    pairs = zip(onward.values, loss.values, strict=True)
    terms = [_joined([[_number(a, onward)], [_number(b, loss)]], r"$\cdot$") for a, b in pairs]
    bracket = [("(", ink()), *_joined(terms, "+"), (")", ink())]
    return _joined([*single[:2], bracket], r"$\cdot$")


def _number(value, factor):
    text = _text(value)
    return (f"({text})" if value < 0 else text), _colours()[factor.place]


def _joined(parts, sign):
    """Returns the pieces of all parts, with a sign between each two parts."""
    joined = [*parts[0]]
    for part in parts[1:]:
        joined += [(sign, ink()), *part]
    return joined


def _text(value):
    return labels.text_of(value, decimals=3)


def plot_explanation(
    explanation: Explanation, *, max_units: int = 8, fig: Figure | None = None
) -> Figure:
    """Draws what `explain` says: the way forward, and below it the gradient's way back.

    Forward, edges are weights, and units show their sum z above their output a. Backward, edges
    are gradients dL/dw, and units show delta = dL/dz above dL/da.

    Args:
        explanation: what `mlcourse.explain` returns.
        max_units: units of a layer that are drawn at the most.
        fig: a Figure to fill; None for a new one.

    Returns:
        The Figure.

    >>> from mlcourse import explain
    >>> explanation = explain([[[2.0], [1.0]], [0.5]], x=[1.0, 3.0], y=5.0)
    >>> [axes.get_title() for axes in plot_explanation(explanation).axes[:2]]
    ['forward: z | a', 'backward: dL/dz | dL/da']
    """
    checks.instance("explanation", explanation, Explanation, "what `mlcourse.explain` returns")
    fig = figure_or_new(fig, (9, 10))
    options: dict = {"draw_bias": True, "labels": True, "activation": True, "max_units": max_units}
    options |= {"x": None, "show_activations": explanation.run.a[0], "y": explanation.y}
    titles = {"forward: z | a": "output", "backward: dL/dz | dL/da": "gradient"}
    for ax, (title, units) in zip(fig.subplots(2), titles.items(), strict=True):
        edges = "gradient" if units == "gradient" else "weight"
        NeuralNetDisplay(ax, explanation.network, edges=edges, units=units, **options)
        ax.set_title(title)
    return fig
