"""The tensors of a forward pass as rectangles, and one number for each layer."""

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
from mlcourse.figures._shared.style import BLUE, GREEN, ORANGE, PURPLE, paper, tint
from mlcourse.figures._shared.text import LITERAL, ScaledText, Word, shorten
from mlcourse.figures._shared.titles import set_title
from mlcourse.figures.networks.labels import size_within
from mlcourse.figures.networks.spec import layer_sizes_of

SHORTEST, LONGEST, TEXT = 0.1, 0.48, 0.17  # of a side, and size of the font
PLACES = (0.8, 2.4, 3.8, 5.2, 6.8)  # of the five tensors in a row
ROW = 1.2  # from one row to the next
SIGNS = ((1.6, r"$\times$"), (3.1, "$+$"), (4.5, "$=$"), (6.0, r"$\rightarrow$"))


def plot_tensor_shapes(layer_sizes: object, batch: int = 32, ax: Axes | None = None) -> Axes:
    """Draws the forward pass of a batch, a row a layer: A W + b = Z, then the function of Z.

    The sides of a rectangle grow with the logarithm of its numbers of rows and columns.

    Args:
        layer_sizes: units of each layer, or a network, as `draw_neural_net` takes it.
        batch: examples in the batch.
        ax: the Axes to draw in; None for a new one.

    Returns:
        The Axes.

    Raises:
        ValueError: as `draw_neural_net` does, and for a batch below 1.

    >>> ax = plot_tensor_shapes([784, 512, 10], batch=32)
    >>> [text.get_text() for text in ax.texts if "784" in text.get_text()]
    ['(32, 784)', '(784, 512)']
    """
    sizes, batch = layer_sizes_of(layer_sizes), checks.integer("batch", batch, 1)
    layers = len(sizes) - 1
    ax = axes_or_new(ax, (8.4, 1.3 * layers))
    words, rectangles, colours = [], [], []
    widest = max((str((max(batch, a), max(a, b))) for a, b in pairwise(sizes)), key=len)
    size = size_within([widest], 1.25, TEXT)
    for layer, (inputs, units) in enumerate(pairwise(sizes), start=1):
        middle = ROW * (layers - layer + 0.5)
        words += [Word(x, middle, sign, 1.2 * TEXT) for x, sign in SIGNS]
        words.append(Word(SIGNS[-1][0], middle + 0.2, "$g$" if layer == layers else "$f$", TEXT))
        for x, (name, shape, colour) in zip(PLACES, _row(layer, batch, inputs, units), strict=True):
            rows, columns = (1, *shape)[-2:]
            height, width = (_side(number, max(batch, *sizes)) for number in (rows, columns))
            rectangles.append(Rectangle((x - width / 2, middle - height / 2), width, height))
            colours.append(tint(colour, 0.45))
            words.append(Word(x, middle + 0.36, name, TEXT))
            words.append(Word(x, middle - 0.36, str(shape), size))
    ax.add_collection(PatchCollection(rectangles, facecolors=colours, edgecolors="0.3"))
    for word in words:
        ax.add_artist(ScaledText(word))
    ax.set(xlim=(0, PLACES[-1] + 0.8), ylim=(0, ROW * layers), aspect="equal")
    ax.set_axis_off()
    return ax


def _row(layer, batch, inputs, units):
    """Returns name, shape and colour of the tensors that a layer is made of."""
    before = "X" if layer == 1 else f"A_{{{layer - 1}}}"
    return [
        (f"${before}$", (batch, inputs), GREEN if layer == 1 else BLUE),
        (f"$W_{{{layer}}}$", (inputs, units), ORANGE),
        (f"$b_{{{layer}}}$", (units,), ORANGE),
        (f"$Z_{{{layer}}}$", (batch, units), PURPLE),
        (f"$A_{{{layer}}}$", (batch, units), BLUE),
    ]


def _side(number, largest):
    return SHORTEST + (LONGEST - SHORTEST) * math.log(number) / math.log(max(largest, 2))


ROOM = 1.18  # of the axis, for the number beside the longest bar
WIDTH, LETTERS = 26, 60  # letters on a line, of a name and of the axis' label
LINE = 0.18  # inches, of a line of 10 points


def plot_layer_bars(
    values: Mapping[str, float],
    ax: Axes | None = None,
    *,
    label: str = "",
    log_scale: bool = False,
    shares: bool = False,
    title: str = "",
) -> Axes:
    """Draws a number for each layer, the first layer on top, with the number written beside it.

    On a linear axis they are bars; on a logarithmic one, where the length of a bar would say
    nothing, they are points.

    Args:
        values: a dict from names of layers to numbers of at least 0, from the input on, such as
            `inspection.gradient_norms` and `inspection.dead_units` return. NaN draws nothing.
        ax: the Axes to draw in; None for new ones.
        label: of the axis: what the numbers are.
        log_scale: whether the axis is logarithmic; a 0 is then written at its left end.
        shares: whether the numbers are shares, from 0 to 1, to be written in percent.
        title: text above.

    Returns:
        The Axes.

    Raises:
        ValueError: if there are no layers, or a number is negative or, of shares, above 1.

    >>> ax = plot_layer_bars({"conv2d": 0.5, "dense": 0.125}, shares=True)
    >>> [text.get_text() for text in ax.texts]
    ['50.0%', '12.5%']
    """
    checks.flag("log_scale", log_scale), checks.flag("shares", shares)
    numbers = _checked(values, shares)
    names = [shorten(name, WIDTH, 4) for name in values]
    lines = 1 + max(name.count("\n") for name in names)
    ax = axes_or_new(ax, (7, 1.3 + (0.12 + LINE * lines) * len(numbers)))
    rows = np.arange(len(numbers))
    if log_scale:
        _draw_points(ax, rows, numbers)
    else:
        ax.barh(rows, numbers, color=BLUE, height=0.7)
        largest = 1.0 if shares else np.nanmax(numbers, initial=0) or 1.0
        ax.set_xlim(0, ROOM * largest)
    for row, number in zip(rows, numbers, strict=True):
        words = "no number" if np.isnan(number) else f"{number:.1%}" if shares else f"{number:.2g}"
        _write(ax, row, number, words, at_left=np.isnan(number) or (log_scale and number == 0))
    if shares:
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=None if log_scale else 0))
    ax.set_ylim(len(numbers) - 0.4, -0.6)
    ax.set_xlabel(shorten(label, LETTERS, 4), **LITERAL)
    ax.set_yticks(rows, names, fontsize=10, **LITERAL)
    ax.grid(False, axis="y")
    set_title(ax, title)
    return ax


def _checked(values, shares):
    """Returns the numbers as an array."""
    checks.mapping("values", values, "names of layers to numbers")
    numbers = checks.floats("the values of layers", list(values.values()))
    if numbers.ndim != 1:
        raise ValueError(f"each layer must have one number. Got {values!r} instead.")
    for name, number in zip(values, numbers, strict=True):
        if number < 0 or np.isinf(number) or (shares and number > 1):
            limits = "from 0 to 1" if shares else "finite, and at least 0"
            rule = f"the value of each layer must be {limits}"
            raise ValueError(f"{rule}. Got {number:g} for {name!r} instead.")
    return numbers


def _draw_points(ax, rows, numbers):
    """Draws points on a logarithmic axis, joined from layer to layer."""
    seen = np.where(numbers > 0, numbers, np.nan)
    ax.plot(seen, rows, color=BLUE, marker="o", ms=7, lw=1)
    ax.set_xscale("log")
    known = seen[np.isfinite(seen)]
    if len(known):
        low, high = known.min(), known.max()
        span = max(np.log10(high / low), 0.5)
        tiny = np.finfo(float).tiny
        ax.set_xlim(max(low / 10 ** (0.1 * span), tiny), high * 10 ** (0.2 * span))


def _write(ax, row, number, words, at_left):
    """Writes a number beside its bar or point, or at the left end where there is none."""
    place, ways = (0, ax.get_yaxis_transform()) if at_left else (number, ax.transData)
    offset = {"xytext": (7, 0), "textcoords": "offset points"}
    behind = {"fc": paper(), "ec": "none", "pad": 1}  # over a line that would cross the number
    ax.annotate(words, (place, row), xycoords=ways, va="center", fontsize=10, bbox=behind, **offset)
