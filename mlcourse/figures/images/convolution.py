"""A convolution step by step, and filters joined to their feature maps."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Rectangle
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import figure_or_new
from mlcourse.figures._shared.style import GREY, RED, WEIGHTS, in_style
from mlcourse.figures._shared.text import Label, ScaledText, extent, readable_on
from mlcourse.figures._shared.titles import set_caption, set_suptitle
from mlcourse.figures.images.feature_maps import filter_tiles

MAX_NUMBERED = 12  # rows and columns; larger matrices have no numbers
MAX_NUMBER_SIZE = 13  # points
FRAME: dict[str, Any] = {
    "fill": False,
    "edgecolor": RED,
    "linewidth": 3,
    "clip_on": False,
    "zorder": 3,
}
CAPTION_SIZE = 12  # points
CAPTIONS = "image", "\N{MULTIPLICATION SIGN} kernel", "= products", "feature map"


def plot_convolution(
    image: ArrayLike,
    kernel: ArrayLike,
    *,
    position: tuple[int, int] | None = None,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot one step of a convolution: image, kernel, products, and their sum in the feature map.

    The red frames are the pixels under the kernel, and the pixel of the feature map that is the sum
    of the products. As in Keras, the kernel is not flipped (cross-correlation), there is no padding
    and the stride is 1. Images and maps of up to 12 x 12 pixels show their numbers.

    Args:
        image: (height, width).
        kernel: (kernel height, kernel width).
        position: row and column in the feature map; None for its largest absolute value.
        title: title of the figure.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure, with the Axes of the image, the kernel, the products and the feature map.

    Raises:
        ValueError: if an array is not a matrix, the kernel is larger than the image, or the
            position is outside of the feature map.

    >>> image = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]])
    >>> figure = plot_convolution(image, [[-1, 1], [-1, 1]], position=(0, 1))
    >>> figure.axes[2].get_xlabel()
    'sum: 2'
    """
    image = _matrix("image", image)
    kernel = _matrix("kernel", kernel)
    _check_kernel_size(kernel.shape, image.shape)
    feature_map = correlate(image[..., None], kernel[..., None])
    row, column = _position(position, feature_map)
    patch = image[row : row + kernel.shape[0], column : column + kernel.shape[1]]
    products = patch * kernel
    fig = figure_or_new(fig, (12, 3.7))
    axes = fig.subplots(1, 4, width_ratios=(1.4, 1, 1, 1.4))
    signed = max(abs(kernel).max(), abs(products).max()) or 1
    draw_matrix(axes[0], image, "gray", (min(image.min(), 0), image.max()))
    draw_matrix(axes[1], kernel, in_style(WEIGHTS), (-signed, signed))
    draw_matrix(axes[2], products, in_style(WEIGHTS), (-signed, signed))
    draw_matrix(axes[3], feature_map, "gray", (feature_map.min(), feature_map.max()))
    corner = column - 0.5, row - 0.5
    axes[0].add_patch(Rectangle(corner, *kernel.shape[::-1], **FRAME))
    axes[3].add_patch(Rectangle(corner, 1, 1, **FRAME))
    axes[2].set_xlabel(f"sum: {_number_text(products.sum())}")
    for ax, caption in zip(axes, CAPTIONS, strict=True):
        set_caption(ax, caption, fontsize=CAPTION_SIZE)
    right = corner[0] + kernel.shape[1]
    _join(fig, axes[0], (right, row + (kernel.shape[0] - 1) / 2), axes[1], (-0.5, _middle(kernel)))
    end = kernel.shape[1] - 0.5
    _join(fig, axes[2], (end, _middle(kernel)), axes[3], (column - 0.5, row))
    set_suptitle(fig, title)
    return fig


def plot_filter_maps(
    image: ArrayLike,
    kernels: ArrayLike,
    *,
    max_filters: int = 6,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot an image, the filters of a convolution, and each filter joined to its feature map.

    Filters are drawn as in `plot_filters`. Each map has its own gray scale, from its smallest value
    to its largest. As in Keras, kernels are not flipped; there is no padding and the stride is 1.

    Args:
        image: (height, width) or (height, width, channels).
        kernels: (filters, height, width, channels), as returned by `inspection.filters`.
        max_filters: the largest number of filters to draw, from the first on.
        title: title of the figure.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure: the Axes of the image, then those of each filter and its map.

    Raises:
        ValueError: if shapes are invalid, the numbers of channels differ, or kernels are larger
            than the image.

    >>> figure = plot_filter_maps(np.eye(8), np.ones((2, 3, 3, 1)))
    >>> figure.axes[2].images[0].get_array().shape
    (6, 6)
    """
    image = checks.finite("image", image).astype(float)
    image = image[..., None] if image.ndim == 2 else image
    kernels = checks.finite("kernels", kernels).astype(float)
    if image.ndim != 3 or kernels.ndim != 4 or image.shape[2] != kernels.shape[3]:
        rule = "image must be (height, width, channels), and kernels (filters, height, width,"
        shapes = f"{image.shape} and {kernels.shape}"
        raise ValueError(f"{rule} channels), with as many channels. Got {shapes} instead.")
    checks.integer("the number of filters", len(kernels), 1)
    _check_kernel_size(kernels.shape[1:3], image.shape[:2])
    kernels = kernels[: checks.integer("max_filters", max_filters, 1)]
    fig = figure_or_new(fig, (7.5, max(3.5, 1.3 * len(kernels))))
    grid = fig.add_gridspec(len(kernels), 3, width_ratios=(2.2, 0.9, 1.4))
    left = fig.add_subplot(grid[:, 0])
    low, high = image.min(), image.max()
    scaled = (image - low) / (high - low or 1)
    left.imshow(scaled if image.shape[2] == 3 else scaled.mean(axis=2), cmap="gray")
    set_caption(left, "image", fontsize=CAPTION_SIZE)
    right_middle = image.shape[1] - 0.5, (image.shape[0] - 1) / 2
    for number, (kernel, tile) in enumerate(zip(kernels, filter_tiles(kernels), strict=True)):
        filter_ax = fig.add_subplot(grid[number, 1])
        map_ax = fig.add_subplot(grid[number, 2])
        filter_ax.imshow(tile, interpolation="nearest")
        feature_map = correlate(image, kernel)
        map_ax.imshow(feature_map, cmap="gray", interpolation="nearest")
        if number == 0:
            set_caption(filter_ax, "filters", fontsize=CAPTION_SIZE)
            set_caption(map_ax, "feature maps", fontsize=CAPTION_SIZE)
        _join(fig, left, right_middle, filter_ax, (-0.5, _middle(kernel)))
        end = kernel.shape[1] - 0.5, _middle(kernel)
        _join(fig, filter_ax, end, map_ax, (-0.5, _middle(feature_map)))
    for ax in fig.axes:
        ax.set_axis_off()
    set_suptitle(fig, title)
    return fig


def correlate(image, kernel):
    """Return the cross-correlation of an image and a kernel, without padding, with stride 1.

    Args:
        image: (height, width, channels).
        kernel: (kernel height, kernel width, channels).

    >>> correlate(np.ones((3, 4, 2)), np.ones((2, 2, 2))).tolist()
    [[8.0, 8.0, 8.0], [8.0, 8.0, 8.0]]
    """
    windows = sliding_window_view(image, kernel.shape[:2], axis=(0, 1))
    return np.einsum("ijchw,hwc->ij", windows, kernel)


def _matrix(name, values):
    """Return a matrix of finite floats; raise ValueError if the array is not one."""
    values = checks.finite(name, values).astype(float)
    if values.ndim != 2 or not values.size:
        raise ValueError(f"{name} must be of shape (height, width). Got {values.shape} instead.")
    return values


def _check_kernel_size(kernel_size, image_size):
    """Raise ValueError if a kernel is larger than the image."""
    if any(np.greater(kernel_size, image_size)):
        rule = f"a kernel must not be larger than the image, {image_size[0]} x {image_size[1]}"
        raise ValueError(f"{rule}. Got {kernel_size[0]} x {kernel_size[1]} instead.")


def _position(position, feature_map):
    """Return the row and the column of a pixel of the feature map."""
    if position is None:
        return np.unravel_index(abs(feature_map).argmax(), feature_map.shape)
    if not isinstance(position, list | tuple) or len(position) != 2:
        raise ValueError(f"position must be a row and a column. Got {position!r} instead.")
    names = "the row of position", "the column of position"
    return [
        checks.integer(name, index, 0, size - 1)
        for name, index, size in zip(names, position, feature_map.shape, strict=True)
    ]


def draw_matrix(ax, values, cmap, limits):
    """Draw a matrix as pixels with a thin grid, and with its numbers if it is small."""
    low, high = limits
    mappable = ax.imshow(values, cmap=cmap, vmin=low, vmax=high if high > low else low + 1)
    ax.set(xticks=[], yticks=[])
    ax.grid(False)
    ax.spines[:].set_visible(True)
    ax.spines[:].set_color(GREY)
    if max(values.shape) > MAX_NUMBERED:
        return
    texts = {cell: _number_text(value) for cell, value in np.ndenumerate(values)}
    size = min(0.4, 0.85 / max(extent(text)[0] for text in texts.values()))
    colors = mappable.to_rgba(values)[..., :3]
    for (row, column), text in texts.items():
        color = readable_on(colors[row, column])
        ax.add_artist(ScaledText(Label(column, row, text, size, {"color": color}), MAX_NUMBER_SIZE))


def _number_text(value):
    """Return a number with two significant decimals at most."""
    return f"{round(float(value), 2) + 0:g}"  # + 0 removes the sign of -0


def _middle(values):
    """Return the y coordinate of the middle of an image."""
    return (values.shape[0] - 1) / 2


def _join(fig, ax, start, other_ax, end):
    """Draw an arrow from a point of Axes to a point of other Axes."""
    line = ConnectionPatch(
        start, end, ax.transData, other_ax.transData, arrowstyle="-|>", color=GREY, shrinkB=2
    )
    line.set_in_layout(False)
    fig.add_artist(line)
