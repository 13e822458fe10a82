"""Where a network looks: pictures with a map of what speaks for a class above them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse import checks
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.folding import fold
from mlcourse.figures.samples import checked_pictures, show_picture
from mlcourse.figures.titles import set_caption, set_suptitle

HEAT = "inferno"
OVER = 0.6  # how much of the picture the heat covers
COLS = 4  # pairs in a row
BETWEEN = 0.12  # of a picture's width, between two pairs
WIDTH = 34  # letters of a text in a line


def plot_grad_cam(
    x: ArrayLike,
    maps: ArrayLike,
    words: Sequence[str] | None = None,
    *,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Draws each picture plain, and beside it in grey under a map of what speaks for its class.

    Of each map, black is 0 and bright its own largest value, so colours of two pictures cannot be
    compared. A map that is 0 everywhere is all black: nothing that the layer sees speaks for the
    class.

    Args:
        x: pictures, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        maps: (n, height, width), of at least 0, as `inspection.grad_cam` returns them.
        words: a text for each picture, (n,), such as what it was taken for; None for none.
        title: text above all: say which network and which layer.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure: two Axes a picture, and one with the colours' meaning.

    Raises:
        ValueError: if lengths or sizes differ, or a map is negative somewhere.

    >>> import numpy as np
    >>> figure = plot_grad_cam(np.zeros((2, 8, 8, 3)), np.ones((2, 8, 8)), ["cat", "dog"])
    >>> [axes.get_title(loc="left") for axes in figure.axes[:4]]
    ['cat', '', 'dog', '']
    """
    x = checked_pictures("x", x)
    maps = _checked(x, maps)
    words = [""] * len(x) if words is None else checks.texts("words", words)
    checks.same_length("x", x, "words", words)
    cols = min(COLS, len(x))
    rows = -(-len(x) // cols)
    fig = figure_or_new(fig, (3.2 * cols + 0.9, 1.95 * rows + 0.5 * bool(title)))
    grid = fig.add_gridspec(rows, 3 * cols - 1, width_ratios=[1, 1, BETWEEN] * (cols - 1) + [1, 1])
    for number, (image, heat, text) in enumerate(zip(x, maps, words, strict=True)):
        row, col = divmod(number, cols)
        plain, heated = (fig.add_subplot(grid[row, 3 * col + side]) for side in (0, 1))
        show_picture(plain, image)
        set_caption(plain, fold(text, WIDTH), columns=2, loc="left", fontsize=11)
        shown = _draw_heat(heated, image, heat)
    bar = fig.colorbar(shown, ax=fig.axes, ticks=[0, 1], fraction=0.05, pad=0.02)
    bar.ax.set_yticklabels(["nothing", "most"], fontsize=10)
    bar.set_label("speaks for the class", fontsize=11)
    set_suptitle(fig, title)
    return fig


def _checked(x, maps):
    """Returns the maps, each divided by its largest value."""
    maps, size = checks.finite("maps", maps).astype(float), x.shape[:3]
    if maps.shape != size:
        rule = f"maps must be of shape {size}, as the pictures are"
        raise ValueError(f"{rule}. Got {maps.shape} instead.")
    checks.number("the smallest value of maps", float(maps.min()), 0)
    largest = maps.max(axis=(1, 2), keepdims=True)
    return maps / np.where(largest, largest, 1)


def _draw_heat(axes, image, heat):
    """Draws the map over the picture in grey, and returns its artist."""
    if image.ndim == 3:
        image = image.mean(axis=2).astype(image.dtype)
    show_picture(axes, image)
    return axes.imshow(heat, cmap=HEAT, vmin=0, vmax=1, alpha=OVER, interpolation="bilinear")
