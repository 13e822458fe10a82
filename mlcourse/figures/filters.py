"""The filters of a first convolution, as small pictures."""

import math

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse import checks
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.style import WEIGHTS
from mlcourse.figures.titles import set_suptitle, set_title

PIXELS = 2  # a side of each weight, so that the white pixel between two tiles is half of one


def plot_filters(
    kernels: ArrayLike, *, rows: int | None = None, title: str = "", fig: Figure | None = None
) -> Figure:
    """Draws filters as tiles, row by row, each as bright as its own weights allow.

    Filters of three channels are drawn in colour: a tile's smallest weight is black, its largest
    white, with grey for a weight between them in all channels. Filters of one channel, or of any
    other number of them, of which the mean is drawn, are blue where weights are negative, red
    where they are positive, and grey at 0; the weight farthest from 0 has the full colour.

    Args:
        kernels: (filters, height, width, channels), as `inspection.filters` returns them.
        rows: how many rows of tiles; None for about half as many as columns.
        title: text above: say which network, trained how.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure, with one Axes that has all tiles in one image.

    Raises:
        ValueError: if kernels are of another shape or not finite, or there are fewer than rows.

    >>> import numpy as np
    >>> figure = plot_filters(np.eye(4)[:, :, None, None] * np.ones((1, 1, 4, 3)), rows=2)
    >>> figure.axes[0].images[0].get_array().shape
    (17, 17, 3)
    """
    kernels = checks.finite("kernels", kernels).astype(float)
    if kernels.ndim != 4:
        rule = "kernels must be of shape (filters, height, width, channels)"
        raise ValueError(f"{rule}. Got {kernels.shape} instead.")
    count = len(kernels)
    usual = max(1, round(math.sqrt(count / 2)))
    rows = usual if rows is None else checks.integer("rows", rows, 1, count)
    cols = -(-count // rows)
    fig = figure_or_new(fig, (max(0.75 * cols, 5.5), 0.75 * rows + 0.8))
    ax = fig.subplots()
    ax.imshow(_sheet(_tiles(kernels), rows, cols), interpolation="nearest")
    ax.set_axis_off()
    kind = "" if kernels.shape[3] == 3 else ": blue below 0, red above"
    words = f"{count} filters of {kernels.shape[1]} x {kernels.shape[2]}{kind}, each on its scale"
    set_title(ax, words, fontsize=11)
    set_suptitle(fig, title)
    return fig


def _tiles(kernels):
    """Returns each filter as a picture in [0, 1], (filters, height, width, 3)."""
    if kernels.shape[3] == 3:
        low, high = (edge(kernels, axis=(1, 2, 3), keepdims=True) for edge in (np.min, np.max))
        return (kernels - low) / np.where(high > low, high - low, 1)
    means = kernels.mean(axis=3)
    largest = np.abs(means).max(axis=(1, 2), keepdims=True)
    return WEIGHTS(0.5 + means / np.where(largest, largest, 1) / 2)[..., :3]


def _sheet(tiles, rows, cols):
    """Returns all tiles in one picture, with white between them and where there is none."""
    tiles = tiles.repeat(PIXELS, axis=1).repeat(PIXELS, axis=2)
    count, height, width, _ = tiles.shape
    places = np.ones((rows * cols, height + 1, width + 1, 3))
    places[:count, :height, :width] = tiles
    places = places.reshape(rows, cols, *places.shape[1:]).swapaxes(1, 2)
    return places.reshape(rows * (height + 1), cols * (width + 1), 3)[:-1, :-1]
