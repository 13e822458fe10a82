"""Filters of a convolution, and the feature maps of one image or signal."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import figure_or_new
from mlcourse.figures._shared.style import WEIGHTS
from mlcourse.figures._shared.text import LITERAL, shorten
from mlcourse.figures._shared.titles import set_suptitle, set_title
from mlcourse.figures.images.samples import checked_picture, show_picture

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
    """Plot an image or a signal and, in a row for each layer, the layer's feature maps of it.

    Of a layer's channels those are drawn whose values have the largest mean square, the strongest
    first. In a row, black is the smallest value and white the largest, 0 counted among them, so
    maps of one layer can be compared, but not those of two layers.

    Args:
        image: (height, width) or (height, width, 3), uint8 or in [0, 1]; or a signal, (steps,) or
            (steps, channels).
        maps: a dict from names of layers to arrays (height, width, channels), or (1, height,
            width, channels), as `inspection.feature_maps` returns them for one image. For a signal
            (steps, channels) or (1, steps, channels): a channel is a row of its map.
        most: how many channels of a layer are drawn.
        title: text above all.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure: an Axes for the image or signal, then one a layer, with its maps in one image.

    Raises:
        ValueError: if there are no maps, or one is of another shape.

    >>> import numpy as np
    >>> figure = plot_feature_maps(np.zeros((8, 8)), {"conv2d": np.ones((4, 4, 16))})
    >>> figure.axes[1].get_ylabel()
    'conv2d\\n4 x 4, 8 of 16'
    """
    image, maps = checks.array("image", image), _arrays(maps)
    is_signal = _is_signal(image, maps.values())
    image = checks.finite("image", image) if is_signal else checked_picture("image", image)
    maps = _of_one_example(maps, 2 if is_signal else 3)
    most = checks.integer("most", most, 1)
    cols = min(most, max(array.shape[-1] for array in maps.values()))
    height = max(SIDE * len(maps), LEFT) + 0.7
    fig = figure_or_new(fig, (LEFT + 1.9 + SIDE * cols, height))
    grid = fig.add_gridspec(len(maps), 2, width_ratios=(LEFT, 1.5 + SIDE * cols))
    left = fig.add_subplot(grid[:, 0])
    if is_signal:
        left.plot(image)
        left.set_title("the signal", fontsize=12)
        left.set_xlabel("step")
    else:
        show_picture(left, image)
        left.set_title("the image", fontsize=12)
    for row, (name, array) in enumerate(maps.items()):
        _draw_layer(fig.add_subplot(grid[row, 1]), name, array, cols)
    set_suptitle(fig, title)
    return fig


def _is_signal(image, maps):
    """Return whether an image's array is a signal, (steps,) or (steps, channels).

    Maps of signals have one axis less, or are one row high with an axis for the example.
    """
    are_rows = all(array.ndim == 2 or (array.ndim == 3 and len(array) == 1) for array in maps)
    return image.ndim == 1 or (image.ndim == 2 and are_rows)


def _arrays(maps):
    """Return the maps as a dict of arrays of finite numbers."""
    maps = checks.mapping("maps", maps, "names of layers to arrays of their maps")
    return {name: checks.finite(f"maps of {name}", array) for name, array in maps.items()}


def _of_one_example(maps, ndim):
    """Return the maps without an axis for the example, all with `ndim` axes."""
    shape = "(height, width, channels)" if ndim == 3 else "(steps, channels)"
    arrays = {}
    for name, array in maps.items():
        is_batch = array.ndim == ndim + 1 and len(array) == 1
        if array.ndim != ndim and not is_batch:
            rule = f"maps of {name} must be of shape {shape}, of one example"
            raise ValueError(f"{rule}. Got {array.shape} instead.")
        arrays[name] = array[0] if is_batch else array
    return arrays


def _draw_layer(ax, name, array, cols):
    """Draw the strongest channels of a layer in one image."""
    *size, channels = array.shape
    strength = np.square(array, dtype=float).reshape(-1, channels).mean(axis=0)
    chosen = np.argsort(-strength, kind="stable")[:cols]
    shown = np.moveaxis(array[..., chosen], -1, 0)
    low, high = min(shown.min(), 0), max(shown.max(), 0)
    scale = {"cmap": "gray", "vmin": low, "vmax": high if high > low else low + 1}
    if len(size) == 1:
        ax.pcolorfast((0, size[0]), (0, len(shown)), shown[::-1], **scale)
    else:
        _draw_side_by_side(ax, shown, cols, scale)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    count = f"{len(shown)} of {channels}" if len(shown) < channels else f"all {channels}"
    sides = f"{size[0]} steps" if len(size) == 1 else " x ".join(map(str, size))
    words = f"{shorten(name, 18, 4)}\n{sides}, {count}"
    ax.set_ylabel(words, rotation=0, ha="right", va="center", fontsize=11, **LITERAL)


def _draw_side_by_side(ax, shown, cols, scale):
    """Draw maps, (n, height, width), from left to right, with gaps between them."""
    _, height, width = shown.shape
    blank = np.full((len(shown), height, width + 1), np.nan)
    blank[..., :width] = shown
    within = np.append(np.arange(width) / width, 1.0)  # where a map's columns begin, and its end
    starts = np.arange(len(shown)) * (1 + GAP)
    edges = np.append(np.add.outer(starts, within), starts[-1] + 1 + GAP)
    rows = np.linspace(0, height / width, height + 1)
    ax.pcolorfast(edges, rows, np.concatenate(list(blank), axis=1), **scale)
    ax.set(xlim=(0, cols * (1 + GAP) - GAP), ylim=(height / width, 0), aspect="equal")


PIXELS = 2  # a side of each weight, so that the white pixel between two tiles is half of one


def plot_filters(
    kernels: ArrayLike, *, rows: int | None = None, title: str = "", fig: Figure | None = None
) -> Figure:
    """Draws filters as tiles, row by row, each as bright as its own weights allow.

    Filters of three channels are drawn in color: a tile's smallest weight is black, its largest
    white, with grey for a weight between them in all channels. Filters of one channel, or of any
    other number of them, of which the mean is drawn, are blue where weights are negative, red
    where they are positive, and grey at 0; the weight farthest from 0 has the full color.

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
