"""The forward pass of a batch as tensors, each a rectangle with its shape."""

import math
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from mlcourse import checks
from mlcourse.figures.axes import axes_or_new
from mlcourse.figures.network_subject import layer_sizes_of
from mlcourse.figures.network_words import size_within
from mlcourse.figures.scaled_text import ScaledText, Word
from mlcourse.figures.style import BLUE, GREEN, ORANGE, PURPLE, tint

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
