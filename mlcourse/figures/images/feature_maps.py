"""Filters of a convolution, and the feature maps of one image or signal."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import check_min_size, figure_or_new
from mlcourse.figures._shared.style import WEIGHTS
from mlcourse.figures._shared.text import LINE_HEIGHT, set_literal, shorten
from mlcourse.figures._shared.titles import set_suptitle, set_title
from mlcourse.figures.images.samples import checked_image, show_image

MIN_SIZE = (6, 3)  # inches, below which texts would overlap
MAP_SIDE = 1.05  # inches
MAP_HEIGHT = 0.8  # of all rows, as a fraction of the figure's height
NAME_SIZE = 11  # points
NAME_LETTERS = 18  # per line
MAX_NAME_LINES = 4
IMAGE_WIDTH = 2.2  # inches
MAX_CHANNELS = 100
MAX_LAYERS = 50  # more rows make the layout slow
MAX_FILTERS = 4_096
MAP_GAP = 0.06  # fraction of the width of a map


def plot_feature_maps(
    image: ArrayLike,
    maps: Mapping[str, ArrayLike],
    *,
    max_channels: int = 8,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot an image or a signal and its feature maps, with a row for each layer.

    A row has the channels with the largest mean square, largest first. Each row has its own gray
    scale from the smallest to the largest value, which includes 0: maps of the same layer can be
    compared, maps of different layers cannot.

    Args:
        image: (height, width) or (height, width, 3), uint8 or in [0, 1]; or a signal, (steps,) or
            (steps, channels).
        maps: a dict from at most 50 layer names to arrays, (height, width, channels) or (1,
            height, width, channels), as returned by `inspection.feature_maps` for one image. For a
            signal (steps, channels) or (1, steps, channels), where each channel is a row of the
            map.
        max_channels: the largest number of channels of a layer, at most 100.
        title: title of the figure.
        fig: Figure to draw in, of at least 6 x 3 inches; None for a new figure.

    Returns:
        The Figure: an Axes for the image or signal, then one for each layer.

    Raises:
        ValueError: if there are no maps, a map has an invalid shape, or the figure is too small.

    >>> import numpy as np
    >>> figure = plot_feature_maps(np.zeros((8, 8)), {"conv2d": np.ones((4, 4, 16))})
    >>> figure.axes[1].get_ylabel()
    'conv2d\\n4 x 4, 8 of 16'
    """
    image, maps = checks.array("image", image), _arrays(maps)
    is_signal = _is_signal(image, maps.values())
    image = checks.finite("image", image) if is_signal else checked_image("image", image)
    maps = _of_one_example(maps, 2 if is_signal else 3)
    max_channels = checks.integer("max_channels", max_channels, 1, limit=MAX_CHANNELS)
    cols = min(max_channels, max(array.shape[-1] for array in maps.values()))
    height = max(MAP_SIDE * len(maps), IMAGE_WIDTH) + 0.7
    check_min_size(fig, MIN_SIZE)
    fig = figure_or_new(fig, (IMAGE_WIDTH + 1.9 + MAP_SIDE * cols, height))
    grid = fig.add_gridspec(len(maps), 2, width_ratios=(IMAGE_WIDTH, 1.5 + MAP_SIDE * cols))
    left = fig.add_subplot(grid[:, 0])
    if is_signal:
        left.plot(image)
        left.set_title("the signal", fontsize=12)
        left.set_xlabel("step")
    else:
        show_image(left, image)
        left.set_title("the image", fontsize=12)
    row_height = 72 * MAP_HEIGHT * fig.bbox.height / fig.get_figure(root=True).dpi / len(maps)
    max_lines = int(np.clip(row_height / (LINE_HEIGHT * NAME_SIZE) - 1, 1, MAX_NAME_LINES))
    for row, (name, array) in enumerate(maps.items()):
        label = f"{shorten(name, NAME_LETTERS, max_lines)}\n{_shape_text(array, cols)}"
        ax = fig.add_subplot(grid[row, 1])
        set_literal(ax.set_ylabel, label, rotation=0, ha="right", va="center", fontsize=NAME_SIZE)
        _draw_layer(ax, array, cols)
    set_suptitle(fig, title)
    return fig


def _is_signal(image, maps):
    """Return whether the array is a signal, (steps,) or (steps, channels), not an image.

    Maps of signals are (steps, channels) or (1, steps, channels).
    """
    are_rows = all(array.ndim == 2 or (array.ndim == 3 and len(array) == 1) for array in maps)
    return image.ndim == 1 or (image.ndim == 2 and are_rows)


def _arrays(maps):
    """Return the maps as a dict of finite arrays."""
    maps = checks.mapping("maps", maps, "layer names to arrays")
    checks.at_most("the number of layers in maps", len(maps), MAX_LAYERS)
    return {name: checks.finite(f"maps of {name}", array) for name, array in maps.items()}


def _of_one_example(maps, ndim):
    """Return the maps without the batch axis, with `ndim` axes."""
    shape = "(height, width, channels)" if ndim == 3 else "(steps, channels)"
    arrays = {}
    for name, array in maps.items():
        is_batch = array.ndim == ndim + 1 and len(array) == 1
        if array.ndim != ndim and not is_batch:
            rule = f"maps of {name} must be of shape {shape}, of one example"
            raise ValueError(f"{rule}. Got {array.shape} instead.")
        arrays[name] = array[0] if is_batch else array
    return arrays


def _shape_text(array, cols):
    """Return the shape of the maps of a layer, and how many of them are drawn."""
    *size, channels = array.shape
    count = f"{cols} of {channels}" if cols < channels else f"all {channels}"
    shape = f"{size[0]} steps" if len(size) == 1 else " x ".join(map(str, size))
    return f"{shape}, {count}"


def _draw_layer(ax, array, cols):
    """Draw the channels with the largest mean square of one layer."""
    *size, channels = array.shape
    mean_square = np.square(array, dtype=float).reshape(-1, channels).mean(axis=0)
    strongest = np.argsort(-mean_square, kind="stable")[:cols]
    maps = np.moveaxis(array[..., strongest], -1, 0)
    low = min(maps.min(), 0)
    high = max(maps.max(), 0)
    scale = {"cmap": "gray", "vmin": low, "vmax": high if high > low else low + 1}
    if len(size) == 1:
        ax.pcolorfast((0, size[0]), (0, len(maps)), maps[::-1], **scale)
    else:
        _draw_side_by_side(ax, maps, cols, scale)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def _draw_side_by_side(ax, maps, cols, scale):
    """Draw maps, (n, height, width), from left to right, with gaps between them."""
    _, height, width = maps.shape
    padded = np.full((len(maps), height, width + 1), np.nan)
    padded[..., :width] = maps
    pixel_edges = np.append(np.arange(width) / width, 1.0)
    starts = np.arange(len(maps)) * (1 + MAP_GAP)
    x_edges = np.append(np.add.outer(starts, pixel_edges), starts[-1] + 1 + MAP_GAP)
    y_edges = np.linspace(0, height / width, height + 1)
    ax.pcolorfast(x_edges, y_edges, np.concatenate(list(padded), axis=1), **scale)
    ax.set(xlim=(0, cols * (1 + MAP_GAP) - MAP_GAP), ylim=(height / width, 0), aspect="equal")


WEIGHT_PIXELS = 2  # per side; the gap between two tiles is one pixel


def plot_filters(
    kernels: ArrayLike, *, rows: int | None = None, title: str = "", fig: Figure | None = None
) -> Figure:
    """Plot convolution filters as tiles, each with its own color scale.

    Filters with three channels are RGB images, scaled from the smallest to the largest weight of
    the filter. Other filters show the mean over the channels: negative weights are blue, positive
    ones red, and 0 is gray. The largest absolute weight has the full color.

    Args:
        kernels: (filters, height, width, channels), as returned by `inspection.filters`; at most
            4,096.
        rows: the number of rows; None for about half the number of columns.
        title: title of the figure, for example the network.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure, with one Axes that shows all tiles as one image.

    Raises:
        ValueError: if kernels have an invalid shape or are not finite, or there are more rows than
            filters.

    >>> import numpy as np
    >>> figure = plot_filters(np.eye(4)[:, :, None, None] * np.ones((1, 1, 4, 3)), rows=2)
    >>> figure.axes[0].images[0].get_array().shape
    (17, 17, 3)
    """
    kernels = checks.finite("kernels", kernels).astype(float)
    if kernels.ndim != 4:
        rule = "kernels must be of shape (filters, height, width, channels)"
        raise ValueError(f"{rule}. Got {kernels.shape} instead.")
    n_filters = len(kernels)
    checks.at_most("the number of filters", n_filters, MAX_FILTERS)
    if rows is None:
        rows = max(1, round(math.sqrt(n_filters / 2)))
    else:
        rows = checks.integer("rows", rows, 1, n_filters)
    cols = -(-n_filters // rows)
    fig = figure_or_new(fig, (max(0.75 * cols, 5.5), 0.75 * rows + 0.8))
    ax = fig.subplots()
    ax.imshow(_tile_grid(filter_tiles(kernels), rows, cols), interpolation="nearest")
    ax.set_axis_off()
    kind = "" if kernels.shape[3] == 3 else ": blue below 0, red above"
    size = f"{kernels.shape[1]} x {kernels.shape[2]}"
    set_title(ax, f"{n_filters} filters of {size}{kind}, each on its scale", fontsize=11)
    set_suptitle(fig, title)
    return fig


def filter_tiles(kernels):
    """Return the filters as RGB images in [0, 1], (filters, height, width, 3)."""
    if kernels.shape[3] == 3:
        low = np.min(kernels, axis=(1, 2, 3), keepdims=True)
        high = np.max(kernels, axis=(1, 2, 3), keepdims=True)
        return (kernels - low) / np.where(high > low, high - low, 1)
    means = kernels.mean(axis=3)
    largest = np.abs(means).max(axis=(1, 2), keepdims=True)
    return WEIGHTS(0.5 + means / np.where(largest, largest, 1) / 2)[..., :3]


def _tile_grid(tiles, rows, cols):
    """Return one image of all tiles in a grid, with white gaps."""
    tiles = tiles.repeat(WEIGHT_PIXELS, axis=1).repeat(WEIGHT_PIXELS, axis=2)
    n_tiles, height, width, _ = tiles.shape
    cells = np.ones((rows * cols, height + 1, width + 1, 3))
    cells[:n_tiles, :height, :width] = tiles
    cells = cells.reshape(rows, cols, *cells.shape[1:]).swapaxes(1, 2)
    return cells.reshape(rows * (height + 1), cols * (width + 1), 3)[:-1, :-1]
