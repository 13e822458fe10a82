"""Plot the shapes of the tensors of a forward pass, and one value per layer."""

import math
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.style import BLUE, GREEN, ORANGE, PURPLE, ink, on_paper, paper, tint
from mlcourse.figures._shared.text import Label, ScaledText, label_rows, set_literal, shorten
from mlcourse.figures._shared.titles import set_title
from mlcourse.figures.networks.labels import font_size_within
from mlcourse.figures.networks.spec import layer_sizes_of

# Lengths of the diagram of tensor shapes, in data units.
MIN_SIDE = 0.1
MAX_LAYERS = 100
MAX_SIDE = 0.48
TENSOR_X = (0.8, 2.4, 3.8, 5.2, 6.8)
ROW_HEIGHT = 1.2
FONT_SIZE = 0.17
MAX_SHAPE_WIDTH = 1.25
SCALE_NOTE = "height and width of a rectangle: logarithm of the numbers of rows and columns"
SIGNS = ((1.6, r"$\times$"), (3.1, "$+$"), (4.5, "$=$"), (6.0, r"$\rightarrow$"))
"""Pairs of an x and the sign there."""


def plot_tensor_shapes(
    layer_sizes: object, *, batch_size: int = 32, ax: Axes | None = None
) -> Axes:
    """Plot the tensor shapes of a forward pass: A W + b = Z, then the activation of Z.

    Each layer has a row. The height and width of a rectangle grow with the logarithm of the
    tensor's numbers of rows and columns.

    Args:
        layer_sizes: number of units of each layer, or a network, as in `draw_neural_net`; at most
            100 layers.
        batch_size: number of examples in the batch.
        ax: the Axes; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if a layer size or the batch size is below 1, or if a network is not built or
            not dense.

    >>> ax = plot_tensor_shapes([784, 512, 10], batch_size=32)
    >>> [text.get_text() for text in ax.texts if "784" in text.get_text()]
    ['(32, 784)', '(784, 512)']
    """
    sizes = layer_sizes_of(layer_sizes)
    batch_size = checks.integer("batch_size", batch_size, 1)
    n_layers = len(sizes) - 1
    checks.at_most("the number of layers", n_layers, MAX_LAYERS)
    ax = axes_or_new(ax, (8.4, 1.3 * n_layers))
    shapes = [str((max(batch_size, a), max(a, b))) for a, b in pairwise(sizes)]
    shape_size = font_size_within([max(shapes, key=len)], MAX_SHAPE_WIDTH, FONT_SIZE)
    largest = max(batch_size, *sizes)
    labels = []
    rectangles = []
    colors = []
    for layer, (inputs, units) in enumerate(pairwise(sizes), start=1):
        y = ROW_HEIGHT * (n_layers - layer + 0.5)
        function = "$g$" if layer == n_layers else "$f$"
        labels += [Label(x, y, sign, 1.2 * FONT_SIZE) for x, sign in SIGNS]
        labels.append(Label(SIGNS[-1][0], y + 0.2, function, FONT_SIZE))
        tensors = _tensors(layer, batch_size, inputs, units)
        for x, (name, shape, color) in zip(TENSOR_X, tensors, strict=True):
            rectangles.append(_rectangle((x, y), shape, largest))
            colors.append(tint(color, 0.45))
            labels.append(Label(x, y + 0.36, name, FONT_SIZE))
            labels.append(Label(x, y - 0.36, str(shape), shape_size))
    ax.add_collection(PatchCollection(rectangles, facecolors=colors, edgecolors=ink()))
    for label in labels:
        ax.add_artist(ScaledText(label))
    width = TENSOR_X[-1] + 0.8
    ax.add_artist(ScaledText(Label(width / 2, -0.1, SCALE_NOTE, 0.8 * FONT_SIZE)))
    ax.set(xlim=(0, width), ylim=(-0.2, ROW_HEIGHT * n_layers), aspect="equal")
    ax.set_axis_off()
    return ax


def _tensors(layer, batch_size, inputs, units):
    """Return the name, shape and color of each tensor of a layer."""
    before = "X" if layer == 1 else f"A_{{{layer - 1}}}"
    return [
        (f"${before}$", (batch_size, inputs), GREEN if layer == 1 else BLUE),
        (f"$W_{{{layer}}}$", (inputs, units), ORANGE),
        (f"$b_{{{layer}}}$", (units,), ORANGE),
        (f"$Z_{{{layer}}}$", (batch_size, units), PURPLE),
        (f"$A_{{{layer}}}$", (batch_size, units), BLUE),
    ]


def _rectangle(center, shape, largest):
    """Return the rectangle of a tensor. A vector is a row."""
    x, y = center
    rows, columns = (1, *shape)[-2:]
    width = _side(columns, largest)
    height = _side(rows, largest)
    return Rectangle((x - width / 2, y - height / 2), width, height)


def _side(number, largest):
    """Return the length of a side, on a log scale from 1 to the largest number."""
    return MIN_SIDE + (MAX_SIDE - MIN_SIDE) * math.log(number) / math.log(max(largest, 2))


MAX_X = 1.18  # times the longest bar, with space for its number
NAME_LENGTH = 26  # characters per line
LABEL_LENGTH = 60  # characters per line
LINE = 0.18  # inches: height of a line of 10 points


def plot_layer_bars(
    values: Mapping[str, float],
    *,
    label: str = "",
    log_scale: bool = False,
    percent: bool = False,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot one value per layer as horizontal bars with their numbers, the first layer on top.

    On a log scale the values are points, as the length of a bar would be meaningless.

    Args:
        values: dict of at most 100 layer names to numbers of at least 0, from the first layer to
            the last, for example from `inspection.gradient_norms` or `inspection.dead_units`. NaN
            has no bar.
        label: label of the x axis.
        log_scale: whether the x axis is logarithmic; a 0 is then written at its left end.
        percent: whether the values are fractions from 0 to 1, written as percentages.
        title: title of the Axes.
        ax: the Axes; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if there are no layers, or if a value is negative, infinite, or a fraction
            above 1.

    >>> ax = plot_layer_bars({"conv2d": 0.5, "dense": 0.125}, percent=True)
    >>> [text.get_text() for text in ax.texts]
    ['50.0%', '12.5%']
    """
    checks.flag("log_scale", log_scale)
    checks.flag("percent", percent)
    numbers = _checked_values(values, percent)
    n_lines = 1 + max(shorten(name, NAME_LENGTH, 4).count("\n") for name in values)
    ax = axes_or_new(ax, (7, 1.3 + (0.12 + LINE * n_lines) * len(numbers)))
    rows = np.arange(len(numbers))
    if log_scale:
        _draw_points(ax, rows, numbers)
    else:
        ax.barh(rows, numbers, color=on_paper(BLUE), height=0.7)
        largest = 1.0 if percent else np.nanmax(numbers, initial=0) or 1.0
        ax.set_xlim(0, MAX_X * largest)
    for row, number in zip(rows, numbers, strict=True):
        is_at_left = np.isnan(number) or (log_scale and number == 0)
        _write(ax, row, number, _number_text(number, percent), is_at_left)
    if percent:
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=None if log_scale else 0))
    ax.set_ylim(len(numbers) - 0.4, -0.6)
    set_literal(ax.set_xlabel, shorten(label, LABEL_LENGTH, 4))
    label_rows(ax, list(values), NAME_LENGTH, 10, max_lines=4)
    ax.grid(log_scale, axis="y")
    set_title(ax, title)
    return ax


def _checked_values(values, percent):
    """Return the values as an array. Raise ValueError if one is out of range."""
    checks.mapping("values", values, "names of layers to numbers")
    checks.at_most("the number of layers", len(values), MAX_LAYERS)
    numbers = checks.floats("the values of layers", list(values.values()))
    if numbers.ndim != 1:
        raise ValueError(f"each layer must have one number. Got {values!r} instead.")
    for name, number in zip(values, numbers, strict=True):
        if number < 0 or np.isinf(number) or (percent and number > 1):
            limits = "from 0 to 1" if percent else "finite, and at least 0"
            rule = f"the value of each layer must be {limits}"
            raise ValueError(f"{rule}. Got {number:g} for {name!r} instead.")
    return numbers


def _number_text(number, percent):
    """Return a number as text."""
    if np.isnan(number):
        return "no number"
    return f"{number:.1%}" if percent else f"{number:.2g}"


def _draw_points(ax, rows, numbers):
    """Draw points on a log scale. Zeros have no point."""
    positive = np.where(numbers > 0, numbers, np.nan)
    ax.plot(positive, rows, "o", color=on_paper(BLUE), ms=9)
    ax.set_xscale("log")
    finite = positive[np.isfinite(positive)]
    if len(finite):
        low = finite.min()
        high = finite.max()
        decades = max(np.log10(high / low), 0.5)
        tiny = np.finfo(float).tiny
        ax.set_xlim(max(low / 10 ** (0.1 * decades), tiny), high * 10 ** (0.2 * decades))


def _write(ax, row, number, text, is_at_left):
    """Write a number to the right of its bar or point, or at the left end of the axis."""
    x = 0 if is_at_left else number
    transform = ax.get_yaxis_transform() if is_at_left else ax.transData
    offset = {"xytext": (7, 0), "textcoords": "offset points"}
    box = {"fc": paper(), "ec": "none", "pad": 1}  # hides the grid
    ax.annotate(text, (x, row), xycoords=transform, va="center", fontsize=10, bbox=box, **offset)
