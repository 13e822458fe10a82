"""Plot the chain rule on a network diagram, and the explanation of one example."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import figure_or_new
from mlcourse.figures._shared.style import BLUE, SKY, ink, is_dark, paper, tint
from mlcourse.figures._shared.text import BASE, LEGIBLE, TEXT_BOX, Label, ScaledText, extent
from mlcourse.figures._shared.titles import set_title
from mlcourse.figures.networks.display import NeuralNetDisplay
from mlcourse.figures.networks.labels import number_text
from mlcourse.networks.backpropagation import Explanation, chain_rule, position
from mlcourse.networks.from_model import from_model

FACTOR_COLORS = {"into": "#00785A", "slope": BLUE, "onward": "#6A1852", "loss": "#B34E00"}
"""Colors of the factors on a white background, with a contrast of at least 5 to 1."""
LIGHT_FACTOR_COLORS = {"into": "#17A67C", "slope": SKY, "onward": "#F3C3E2", "loss": "#F0823C"}
"""Colors of the factors on a dark background, with the same contrast."""

LOSS_STEP = 0.6  # distance of the loss from the last layer, in heights of the network
FORMULA_HEIGHT = 0.36  # in heights of the network
FORMULA_GAP = 0.35  # between the parts of the formula, in font sizes
MAX_TERMS = 3  # of a sum; a longer sum is written as its value


def plot_backpropagation(
    network: object, x: ArrayLike, y: ArrayLike, weight: Sequence[int], *, ax: Axes | None = None
) -> Axes:
    """Plot the gradient of the loss with respect to one weight as a product, by the chain rule.

    Each unit shows its sum z above its output. Each factor has a color: on its edge or next to its
    unit, and in the formula below the network.

    Args:
        network: a network in one of the forms that `chain_rule` accepts; preferably a small one.
        x: input, (inputs,).
        y: target, (outputs,), or an integer label.
        weight: (layer, unit before, unit after), each from 1.
        ax: the Axes; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if an argument is invalid for `chain_rule`.

    >>> ax = plot_backpropagation([[[2.0], [1.0]]], x=[1.0, 3.0], y=[4.0], weight=(1, 2, 1))
    >>> ax.texts[-1].get_text()
    '6.000'
    """
    factors, gradient = chain_rule(network, x, y, weight)
    network = from_model(network)
    figsize = (8, min(6.0, 2.7 + 0.75 * max(network.sizes)))
    display = NeuralNetDisplay(
        ax, network, show_activations=x, activation=True, colorbar=False, figsize=figsize
    )
    for edges in display.edges:
        edges.set(color=_faint(), linewidths=1)
    diagram = _ChainRuleDiagram(display)
    diagram.add_loss(network.run(x, y).loss)
    diagram.add_factors(factors, *position(network, weight))
    diagram.add_formula(factors, gradient, weight)
    return display.ax


class _ChainRuleDiagram:
    """Add the loss, the factors and the formula of the chain rule to a network diagram.

    Args:
        display: the `NeuralNetDisplay`.
    """

    def __init__(self, display):
        self._ax = display.ax
        self._columns = display.layout.columns
        self._radius = display.layout.radius
        last = self._columns[-1]
        self._loss_center = np.array([last.x + LOSS_STEP, last.y.mean()])
        heights = np.concatenate([column.y for column in self._columns])
        self._bottom = heights.min() - 1.3 * self._radius
        top = heights.max() + 1.7 * self._radius
        right = self._loss_center[0] + 1.5 * self._radius
        self._ax.set(xlim=(0, right), ylim=(self._bottom - FORMULA_HEIGHT, top))
        data_size = np.array([np.ptp(self._ax.get_xlim()), np.ptp(self._ax.get_ylim())])
        points = self._ax.bbox.size * 72 / self._ax.get_figure(root=True).dpi
        self._min_size = 1.05 * LEGIBLE / min(points / data_size)
        max_size = min(self._min_size, 0.7 * self._radius)
        self._size = max(min(BASE, 0.5 * self._radius), max_size)

    def add_loss(self, loss):
        """Add a node for the loss, with gray edges from the outputs."""
        last = len(self._columns) - 1
        outputs = range(self._columns[-1].size)
        self._lines(
            [(self._center(last, unit), self._loss_center) for unit in outputs], _faint(), 1
        )
        diameter = [2 * self._radius]
        position_style = {
            "units": "xy",
            "offsets": [self._loss_center],
            "offset_transform": self._ax.transData,
        }
        circle = EllipseCollection(
            diameter, diameter, [0], fc=paper(), ec=ink(), zorder=3, **position_style
        )
        self._ax.add_collection(circle, autolim=False)
        self._text(*self._loss_center, f"$L$\n{_number_text(loss)}", ink(), has_box=False)

    def add_factors(self, factors, layer, start, end):
        """Add the values of the factors to their edges and units.

        Args:
            factors: factors of the chain rule.
            layer: index of the layer before the weight.
            start, end: indices of the units before and after the weight.
        """
        values = {factor.place: factor.values for factor in factors}
        unit = self._center(layer + 1, end)
        self._edge(self._center(layer, start), unit, "into", values["into"][0])
        if "slope" in values:
            self._unit_text(unit, "slope", values["slope"][0])
        if "onward" not in values:
            self._loss_factor(layer + 1, end, values["loss"][0])
            return
        for k, value in enumerate(values["onward"]):
            self._edge(unit, self._center(layer + 2, k), "onward", value)
            self._loss_factor(layer + 2, k, values["loss"][k])

    def add_formula(self, factors, gradient, weight):
        """Add the product below the network, in symbols and in numbers."""
        comma = "," if max(weight[1:]) > 9 else ""
        name = f"w^{{({weight[0]})}}_{{{weight[1]}{comma}{weight[2]}}}"
        symbols = [(rf"$\partial L / \partial {name} =$", ink()), *_symbols(factors)]
        numbers = [("=", ink()), *_numbers(factors)]
        numbers += [(r"$\approx$", ink()), (_number_text(gradient), ink())]
        width = self._ax.get_xlim()[1] - 0.08
        widths = [
            sum(extent(text)[0] + FORMULA_GAP for text, _ in row) for row in (symbols, numbers)
        ]
        size = min(max(1.2 * BASE, self._min_size), width / max(widths))
        self._formula_row(symbols, self._bottom - 0.12, size)
        self._formula_row(numbers, self._bottom - 0.29, size)

    def _formula_row(self, parts, y, size):
        """Add a row of the formula.

        Args:
            parts: pairs of a text and its color.
            y: baseline, in data units.
            size: font size, in data units.
        """
        x = 0.04
        alignment = {"ha": "left", "va": "baseline"}
        for text, color in parts:
            self._text(x, y, text, color, has_box=False, size=size, **alignment)
            x += (extent(text)[0] + FORMULA_GAP) * size

    def _center(self, number, unit):
        """Return the center of a unit of a layer."""
        column = self._columns[number]
        return np.array([column.x, column.y[unit]])

    def _loss_factor(self, number, unit, value):
        """Add the gradient of the loss: to the edge from an output, or next to a hidden unit."""
        center = self._center(number, unit)
        if number == len(self._columns) - 1:
            self._edge(center, self._loss_center, "loss", value)
        else:
            self._unit_text(center, "loss", value)

    def _unit_text(self, center, place, value):
        """Add a number to the upper left of a unit, where it covers no other unit."""
        x, y = center + self._radius * np.array([-0.95, 1.15])
        self._text(x, y, _number_text(value), _factor_colors()[place], weight="bold")

    def _edge(self, start, end, place, value):
        """Add a colored edge with its value."""
        color = _factor_colors()[place]
        self._lines([(start, end)], color, 3)
        self._text(*(start + end) / 2, _number_text(value), color, weight="bold")

    def _lines(self, segments, color, width):
        """Add lines between pairs of points."""
        lines = LineCollection(segments, colors=[color], linewidths=width, zorder=2)
        self._ax.add_collection(lines, autolim=False)

    def _text(self, x, y, text, color, has_box=True, size=None, **options):
        """Add a text, by default centered and with a box behind it."""
        options |= {"color": color, "bbox": TEXT_BOX if has_box else None}
        self._ax.add_artist(ScaledText(Label(x, y, text, size or self._size, options)))


def _faint():
    """Return the color of edges that are not part of the chain rule."""
    return tint(ink(), 0.2)


def _factor_colors():
    """Return the colors of the factors for the current style."""
    return LIGHT_FACTOR_COLORS if is_dark() else FACTOR_COLORS


def _symbols(factors):
    """Return the symbols of the factors and the signs between them, as (text, color) pairs."""
    parts = [[(f"${factor.symbol}$", _factor_colors()[factor.place])] for factor in factors]
    if factors[-2].place == "onward":
        parts[-2].insert(0, (r"$\sum_k$", ink()))
    return _joined(parts, r"$\cdot$")


def _numbers(factors):
    """Return the values of the factors and the signs between them, as (text, color) pairs.

    A sum of more than `MAX_TERMS` products is its value.
    """
    single = [[_number(factor.values[0], factor)] for factor in factors if len(factor.values) == 1]
    if factors[-2].place != "onward":
        return _joined(single, r"$\cdot$")
    onward, loss = factors[-2:]
    if len(loss.values) > MAX_TERMS:
        total = [_number(float(onward.values @ loss.values), loss)]
        return _joined([*single[:2], total], r"$\cdot$")
    terms = []
    for slope, gradient in zip(onward.values, loss.values, strict=True):
        product = [[_number(slope, onward)], [_number(gradient, loss)]]
        terms.append(_joined(product, r"$\cdot$"))
    bracket = [("(", ink()), *_joined(terms, "+"), (")", ink())]
    return _joined([*single[:2], bracket], r"$\cdot$")


def _number(value, factor):
    """Return a value of a factor as a (text, color) pair, negative numbers in parentheses."""
    text = _number_text(value)
    return (f"({text})" if value < 0 else text), _factor_colors()[factor.place]


def _joined(parts, sign):
    """Return the (text, color) pairs of all parts, with a sign between two parts."""
    joined = [*parts[0]]
    for part in parts[1:]:
        joined += [(sign, ink()), *part]
    return joined


def _number_text(value):
    return number_text(value, decimals=3)


def plot_explanation(
    explanation: Explanation, *, max_units: int = 8, fig: Figure | None = None
) -> Figure:
    """Plot the explanation of one example: forward pass above, backward pass below.

    In the forward pass the edges are weights, and the units show their sum z above their output a.
    In the backward pass the edges are gradients dL/dw, and the units show dL/dz above dL/da.

    Args:
        explanation: result of `mlcourse.explain`.
        max_units: maximum number of drawn units per layer.
        fig: the Figure; None for a new one.

    Returns:
        The Figure.

    >>> from mlcourse import explain
    >>> explanation = explain([[[2.0], [1.0]], [0.5]], x=[1.0, 3.0], y=5.0)
    >>> [axes.get_title() for axes in plot_explanation(explanation).axes[:2]]
    ['forward: z | a', 'backward: dL/dz | dL/da']
    """
    checks.instance("explanation", explanation, Explanation, "a result of `mlcourse.explain`")
    fig = figure_or_new(fig, (9, 10))
    options: dict = {"draw_bias": True, "labels": True, "activation": True, "max_units": max_units}
    options |= {"x": None, "show_activations": explanation.run.a[0], "y": explanation.y}
    titles = {"forward: z | a": "output", "backward: dL/dz | dL/da": "gradient"}
    for ax, (title, units) in zip(fig.subplots(2), titles.items(), strict=True):
        edges = "gradient" if units == "gradient" else "weight"
        NeuralNetDisplay(ax, explanation.network, edges=edges, units=units, **options)
        set_title(ax, title)
    return fig
