"""What each layer makes of one picture."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse import checks
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.folding import shorten
from mlcourse.figures.samples import checked_picture, show_picture
from mlcourse.figures.texts import LITERAL
from mlcourse.figures.titles import set_suptitle

SIDE = 1.05  # inches, of a map
LEFT = 2.2  # inches, of the picture
GAP = 0.06  # of a map's side, between two


def plot_feature_maps(
    image: ArrayLike,
    maps: Mapping[str, ArrayLike],
    *,
    most: int = 8,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Draws a picture and, in a row for each layer, the maps that the layer makes of it.

    Of a layer's channels those are drawn whose values have the largest mean square, the strongest
    first. In a row, black is the smallest value and white the largest, 0 counted among them, so
    maps of one layer can be compared, but not those of two layers.

    Args:
        image: (height, width) or (height, width, 3), uint8 or in [0, 1].
        maps: a dict from names of layers to arrays (height, width, channels), or (1, height,
            width, channels), as `inspection.feature_maps` returns them for one image.
        most: how many channels of a layer are drawn.
        title: text above all.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure: an Axes for the picture, then one a layer, with its maps in one image.

    Raises:
        ValueError: if there are no maps, or one is of another shape.

    >>> import numpy as np
    >>> figure = plot_feature_maps(np.zeros((8, 8)), {"conv2d": np.ones((4, 4, 16))})
    >>> figure.axes[1].get_ylabel()
    'conv2d\\n4 x 4, 8 of 16'
    """
    image = checked_picture("image", image)
    most, maps = checks.integer("most", most, 1), _checked(maps)
    cols = min(most, max(array.shape[2] for array in maps.values()))
    height = max(SIDE * len(maps), LEFT) + 0.7
    fig = figure_or_new(fig, (LEFT + 1.9 + SIDE * cols, height))
    grid = fig.add_gridspec(len(maps), 2, width_ratios=(LEFT, 1.5 + SIDE * cols))
    left = fig.add_subplot(grid[:, 0])
    show_picture(left, image)
    left.set_title("the picture", fontsize=12)
    for row, (name, array) in enumerate(maps.items()):
        _draw_layer(fig.add_subplot(grid[row, 1]), name, array, cols)
    set_suptitle(fig, title)
    return fig


def _checked(maps):
    """Returns the maps as a dict of arrays of the right shape."""
    maps = checks.mapping("maps", maps, "names of layers to arrays (height, width, channels)")
    arrays = {name: checks.finite(f"maps of {name}", array) for name, array in maps.items()}
    for name, array in arrays.items():
        is_batch = array.ndim == 4 and len(array) == 1
        if array.ndim != 3 and not is_batch:
            rule = f"maps of {name} must be of shape (height, width, channels), of one image"
            raise ValueError(f"{rule}. Got {array.shape} instead.")
        arrays[name] = array[0] if is_batch else array
    return arrays


def _draw_layer(ax, name, array, cols):
    """Draws the strongest channels of a layer side by side, in one image."""
    height, width, channels = array.shape
    strength = np.square(array, dtype=float).mean(axis=(0, 1))
    chosen = np.argsort(-strength, kind="stable")[:cols]
    shown = np.moveaxis(array[..., chosen], 2, 0)
    low, high = min(shown.min(), 0), max(shown.max(), 0)
    scale = {"vmin": low, "vmax": high if high > low else low + 1}
    blank = np.full((len(shown), height, width + 1), np.nan)
    blank[..., :width] = shown
    within = np.append(np.arange(width) / width, 1.0)  # where a map's columns begin, and its end
    starts = np.arange(len(shown)) * (1 + GAP)
    edges = np.append(np.add.outer(starts, within), starts[-1] + 1 + GAP)
    rows = np.linspace(0, height / width, height + 1)
    ax.pcolorfast(edges, rows, np.concatenate(list(blank), axis=1), cmap="gray", **scale)
    ax.set(xticks=[], yticks=[], aspect="equal")
    ax.set(xlim=(0, cols * (1 + GAP) - GAP), ylim=(height / width, 0))
    ax.spines[:].set_visible(False)
    count = f"{len(shown)} of {channels}" if len(shown) < channels else f"all {channels}"
    words = f"{shorten(name, 18, 4)}\n{height} x {width}, {count}"
    ax.set_ylabel(words, rotation=0, ha="right", va="center", fontsize=11, **LITERAL)
