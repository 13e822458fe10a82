"""Images and signals with Grad-CAM, saliency and occlusion maps."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import (
    checked_figure,
    extent,
    figure_with_layout,
)
from mlcourse.figures._shared.style import BLUE, ORANGE, RED, WEIGHTS, ink, paper
from mlcourse.figures._shared.titles import set_caption, set_suptitle
from mlcourse.figures.images.samples import checked_images, show_image

POSITIVE_STYLE = {"cmap": "inferno", "alpha": 0.6}
SIGNED_STYLE = {"cmap": WEIGHTS, "alpha": 0.8}  # more opaque, as the colors are paler
MAX_PAIRS = 100  # of an image and its heat map; more make the layout slow
MAX_COLUMNS = 4  # pairs of images
PAIR_GAP = 0.12  # fraction of the width of an image
COLORBAR_WIDTH = 1.3  # inches, with its labels
CAPTION_HEIGHT = 0.6  # inches, of the captions of three lines and the gaps of a row
Y_LABEL_WIDTH = 0.06  # fraction of the width of a signal
MAX_SIGNALS_IN_COLUMN = 3  # more signals are in two columns


def draw_heat_maps(x, maps, captions, common_scale, title, fig, ticks, label):
    """Draw images or signals with heat maps and a colorbar, and return the Figure.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), or signals, (n, steps) or (n, steps,
            channels).
        maps: heat maps, (n, height, width), or (n, steps) for signals.
        captions: captions, (n,); None for no captions.
        common_scale: whether all maps share a scale.
        title, fig: as in `plot_grad_cam`.
        ticks: a dict from positions on the scale, from 0 or -1 to 1, to tick labels.
        label: label of the colorbar.
    """
    maps = checks.finite("maps", maps).astype(float)
    checks.flag("common_scale", common_scale)
    lowest = min(ticks)
    if lowest == 0:
        checks.number("the smallest value of maps", float(maps.min()), 0)
    is_signal = maps.ndim == 2
    x = _checked_signals(x) if is_signal else checked_images("x", x)
    size = x.shape[: 2 if is_signal else 3]
    if maps.shape != size:
        kind = "signals" if is_signal else "images"
        rule = f"maps must be of shape {size}, like the {kind}"
        raise ValueError(f"{rule}. Got {maps.shape} instead.")
    checks.at_most("the number of images or signals", len(x), MAX_PAIRS)
    captions = [""] * len(x) if captions is None else checks.texts("captions", captions)
    checks.same_length("x", x, "captions", captions)
    axes = None if common_scale else tuple(range(1, maps.ndim))
    largest = np.abs(maps).max(axis=axes, keepdims=True)
    scaled = maps / np.where(largest, largest, 1)
    if common_scale:
        ticks = {tick: f"{tick * float(largest.squeeze()):.3g}" for tick in ticks}
    if is_signal:
        cols = 1 if len(x) <= MAX_SIGNALS_IN_COLUMN else 2
        width, height = 6, 1.7
    else:
        cols = min(MAX_COLUMNS, len(x)) if fig is None else _n_columns(fig, len(x))
        width, height = 3.2, 1.95
    rows = -(-len(x) // cols)
    title_height = 0.5 * (bool(title) + (rows == 1))
    fig = figure_with_layout(fig, (width * cols + COLORBAR_WIDTH, height * rows + title_height))
    left, right = fig.subfigures(1, 2, width_ratios=(_map_width(fig), COLORBAR_WIDTH))
    draw = _draw_signals if is_signal else _draw_images
    mappable = draw(left, rows, cols, x, scaled, captions, lowest)
    bar = fig.colorbar(mappable, cax=right.add_subplot(), ticks=sorted(ticks))
    bar.ax.set(box_aspect=8 * rows, anchor="W")
    bar.ax.set_yticklabels([ticks[tick] for tick in sorted(ticks)], fontsize=10)
    bar.set_label(label, fontsize=10)
    note = "one scale\nfor all" if common_scale else "each on its\nown scale"
    set_suptitle(fig, title)
    bar.ax.set_xlabel(note, fontsize=10, x=0, ha="left", labelpad=8)
    return fig


def _map_width(fig):
    """Return the width in inches of all pairs of images, without the colorbar."""
    total_width = fig.bbox.width / fig.get_figure(root=True).dpi
    return max(total_width - COLORBAR_WIDTH, COLORBAR_WIDTH)


def _n_columns(fig, n_pairs):
    """Return the number of columns with which pairs of images are largest in a figure."""
    fig = checked_figure(fig)
    height = fig.bbox.height / fig.get_figure(root=True).dpi

    def side(cols):
        rows = -(-n_pairs // cols)
        return min(_map_width(fig) / (2 * cols), height / rows - CAPTION_HEIGHT)

    return max(range(min(MAX_COLUMNS, n_pairs), 0, -1), key=side)


def _checked_signals(x):
    """Return signals as an array; raise ValueError if the shape is invalid."""
    x = checks.finite("x", x).astype(float)
    if x.ndim not in (2, 3):
        rule = "x must be signals, (n, steps) or (n, steps, channels), as maps are (n, steps)"
        raise ValueError(f"{rule}. Got {x.shape} instead.")
    checks.coordinates("x", x)
    return x


def _draw_images(fig, rows, cols, x, maps, captions, lowest):
    """Draw each image, and on its right the image in gray under its map."""
    width_ratios = [1, 1, PAIR_GAP] * (cols - 1) + [1, 1]
    grid = fig.add_gridspec(rows, 3 * cols - 1, width_ratios=width_ratios)
    style = {**(SIGNED_STYLE if lowest else POSITIVE_STYLE), "vmin": lowest, "vmax": 1}
    for number, (image, heat, caption) in enumerate(zip(x, maps, captions, strict=True)):
        row, col = divmod(number, cols)
        image_ax = fig.add_subplot(grid[row, 3 * col])
        map_ax = fig.add_subplot(grid[row, 3 * col + 1])
        show_image(image_ax, image)
        set_caption(image_ax, caption, columns=2, loc="left", fontsize=11)
        if image.ndim == 3:
            image = image.mean(axis=2).astype(image.dtype)
        show_image(map_ax, image)
        mappable = map_ax.imshow(heat, interpolation="bilinear", **style)
    return mappable


def _draw_signals(fig, rows, cols, x, maps, captions, lowest):
    """Draw each signal as curves, one for each channel, over its map."""
    grid = fig.add_gridspec(rows, 2 * cols, width_ratios=[1, Y_LABEL_WIDTH] * cols)
    colors = [BLUE, paper(), RED] if lowest else [paper(), ORANGE]
    style = {"cmap": LinearSegmentedColormap.from_list("map", colors), "vmin": lowest, "vmax": 1}
    margin = 0.1 * extent(x.min(), x.max())
    low = x.min() - margin
    high = x.max() + margin
    steps = x.shape[1]
    for number, (signal, heat, caption) in enumerate(zip(x, maps, captions, strict=True)):
        row, col = divmod(number, cols)
        ax = fig.add_subplot(grid[row, 2 * col])
        mappable = ax.pcolorfast(np.arange(steps + 1) - 0.5, [low, high], heat[None], **style)
        ax.plot(signal, color=ink(), linewidth=1.2)
        ax.set(xlim=(-0.5, steps - 0.5), ylim=(low, high))
        ax.grid(False)
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        if number + cols < len(x):
            ax.tick_params(labelbottom=False)
        else:
            ax.set_xlabel("step")
        set_caption(ax, caption, loc="left", fontsize=11)
    return mappable


def plot_grad_cam(
    x: ArrayLike,
    maps: ArrayLike,
    *,
    captions: Sequence[str] | None = None,
    common_scale: bool = False,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot images with their Grad-CAM maps.

    Each image is followed by the image in gray under its map. Black is 0, and the brightest color
    is the largest value of the map, or of all maps with `common_scale`, so that images can be
    compared. A black map means that nothing in the layer is evidence for the class. A signal is a
    curve over its map, where the background color is 0.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1], or signals,
            (n, steps) or (n, steps, channels); at most 100.
        maps: non-negative maps, (n, height, width), or (n, steps) for signals, as returned by
            `inspection.grad_cam`.
        captions: captions of the images, (n,), for example the predicted classes; None for no
            captions.
        common_scale: whether all maps share a scale.
        title: title of the figure, for example the network and the layer.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure: two Axes for each image, or one for each signal, and the Axes of the colorbar.

    Raises:
        ValueError: if lengths or shapes differ, or a map has a negative value.

    >>> import numpy as np
    >>> x, maps = np.zeros((2, 8, 8, 3)), np.ones((2, 8, 8))
    >>> figure = plot_grad_cam(x, maps, captions=["cat", "dog"])
    >>> [axes.get_title(loc="left") for axes in figure.axes[:4]]
    ['cat', '', 'dog', '']
    """
    ticks = {0: "nothing", 1: "most"}
    label = "speaks for the class"
    return draw_heat_maps(x, maps, captions, common_scale, title, fig, ticks, label)


def plot_saliency(
    x: ArrayLike,
    maps: ArrayLike,
    *,
    captions: Sequence[str] | None = None,
    common_scale: bool = False,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot images with their saliency maps.

    Black is 0, and the brightest color is the largest absolute gradient, as in `plot_grad_cam`.

    Args:
        x, captions, common_scale, title, fig: as in `plot_grad_cam`.
        maps: non-negative maps, (n, height, width), or (n, steps) for signals, as returned by
            `inspection.saliency`.

    Returns:
        The Figure: two Axes for each image, or one for each signal, and the Axes of the colorbar.

    Raises:
        ValueError: if lengths or shapes differ, or a map has a negative value.

    >>> import numpy as np
    >>> figure = plot_saliency(np.zeros((1, 8, 8)), np.full((1, 8, 8), 2.5), common_scale=True)
    >>> [label.get_text() for label in figure.axes[-1].get_yticklabels()]
    ['0', '2.5']
    """
    ticks = {0: "0", 1: "max"}
    label = "absolute gradient"
    return draw_heat_maps(x, maps, captions, common_scale, title, fig, ticks, label)


def plot_occlusion(
    x: ArrayLike,
    maps: ArrayLike,
    *,
    captions: Sequence[str] | None = None,
    common_scale: bool = False,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot images with their occlusion maps.

    Occluding a red region lowers the probability of the class; occluding a blue one raises it. Gray
    is 0; for a signal, the background color is 0. The scale ends at the largest absolute value of
    the map, or of all maps with `common_scale`.

    Args:
        x, captions, common_scale, title, fig: as in `plot_grad_cam`.
        maps: (n, height, width), or (n, steps) for signals, as returned by `inspection.occlusion`.

    Returns:
        The Figure: two Axes for each image, or one for each signal, and the Axes of the colorbar.

    Raises:
        ValueError: if lengths or shapes differ.

    >>> import numpy as np
    >>> figure = plot_occlusion(np.zeros((1, 8, 8)), np.full((1, 8, 8), -0.5), common_scale=True)
    >>> [label.get_text() for label in figure.axes[-1].get_yticklabels()]
    ['-0.5', '0', '0.5']
    """
    ticks = {-1: "-max", 0: "0", 1: "max"}
    label = "drop of probability"
    return draw_heat_maps(x, maps, captions, common_scale, title, fig, ticks, label)
