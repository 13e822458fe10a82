"""Images under their Grad-CAM, saliency and occlusion maps."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import extent, figure_with_layout
from mlcourse.figures._shared.style import BLUE, ORANGE, RED, WEIGHTS, ink, paper
from mlcourse.figures._shared.titles import set_caption, set_suptitle
from mlcourse.figures.images.samples import checked_pictures, show_picture

HEAT = {"cmap": "inferno", "alpha": 0.6}  # how much of the image the map covers
SIGNED = {"cmap": WEIGHTS, "alpha": 0.8}  # whose colors are paler
COLS = 4  # pairs of images in a row
BETWEEN = 0.12  # of an image's width, between two pairs
BAR = 1.3  # inches, of the colorbar and its labels
LABELS = 0.06  # of a signal's width, for labels of the y axis
SIGNALS = 3  # below each other; more of them are in two columns


def draw_heat_maps(x, maps, words, common_scale, title, fig, ticks, label):
    """Draw images or signals with a map each, and a colorbar, and return the Figure.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), or signals, (n, steps) or (n, steps,
            channels).
        maps: (n, height, width), or (n, steps) for signals.
        words: a text for each; None for none.
        common_scale: whether all maps have one scale.
        title, fig: as in `plot_grad_cam`.
        ticks: a dict of the ends of the scale, and 0, to their texts. The scale begins at -1 or 0.
        label: of the colorbar.
    """
    maps = checks.finite("maps", maps).astype(float)
    checks.flag("common_scale", common_scale)
    lowest = min(ticks)
    if lowest == 0:
        checks.number("the smallest value of maps", float(maps.min()), 0)
    is_signal = maps.ndim == 2
    x = _checked_signals(x) if is_signal else checked_pictures("x", x)
    size = x.shape[: 2 if is_signal else 3]
    if maps.shape != size:
        kind = "signals" if is_signal else "images"
        rule = f"maps must be of shape {size}, as the {kind} are"
        raise ValueError(f"{rule}. Got {maps.shape} instead.")
    words = [""] * len(x) if words is None else checks.texts("words", words)
    checks.same_length("x", x, "words", words)
    axes = None if common_scale else tuple(range(1, maps.ndim))
    largest = np.abs(maps).max(axis=axes, keepdims=True)
    scaled = maps / np.where(largest, largest, 1)
    if common_scale:
        ticks = {tick: f"{tick * float(largest.squeeze()):.3g}" for tick in ticks}
    cols = (1 if len(x) <= SIGNALS else 2) if is_signal else min(COLS, len(x))
    rows = -(-len(x) // cols)
    width, height = (6, 1.7) if is_signal else (3.2, 1.95)
    size = (width * cols + BAR, height * rows + 0.5 * (bool(title) + (rows == 1)))
    fig = figure_with_layout(fig, size)
    total = fig.bbox.width / fig.get_figure(root=True).dpi
    left, right = fig.subfigures(1, 2, width_ratios=(max(total - BAR, BAR), BAR))
    draw = _draw_signals if is_signal else _draw_images
    shown = draw(left, rows, cols, x, scaled, words, lowest)
    bar = fig.colorbar(shown, cax=right.add_subplot(), ticks=sorted(ticks))
    bar.ax.set(box_aspect=8 * rows, anchor="W")
    bar.ax.set_yticklabels([ticks[tick] for tick in sorted(ticks)], fontsize=10)
    bar.set_label(label, fontsize=10)
    scale = "one scale\nfor all" if common_scale else "each on its\nown scale"
    bar.ax.set_xlabel(scale, fontsize=10, x=0, ha="left", labelpad=8)
    set_suptitle(fig, title)
    return fig


def _checked_signals(x):
    """Return signals as an array, if they are such."""
    x = checks.finite("x", x).astype(float)
    if x.ndim not in (2, 3):
        rule = "x must be signals, (n, steps) or (n, steps, channels), as maps are (n, steps)"
        raise ValueError(f"{rule}. Got {x.shape} instead.")
    return x


def _draw_images(fig, rows, cols, x, maps, words, lowest):
    """Draw each image plain, and beside it in grey under its map."""
    grid = fig.add_gridspec(rows, 3 * cols - 1, width_ratios=[1, 1, BETWEEN] * (cols - 1) + [1, 1])
    look = {**(SIGNED if lowest else HEAT), "vmin": lowest, "vmax": 1}
    for number, (image, heat, text) in enumerate(zip(x, maps, words, strict=True)):
        row, col = divmod(number, cols)
        plain, heated = (fig.add_subplot(grid[row, 3 * col + side]) for side in (0, 1))
        show_picture(plain, image)
        set_caption(plain, text, columns=2, loc="left", fontsize=11)
        if image.ndim == 3:
            image = image.mean(axis=2).astype(image.dtype)
        show_picture(heated, image)
        shown = heated.imshow(heat, interpolation="bilinear", **look)
    return shown


def _draw_signals(fig, rows, cols, x, maps, words, lowest):
    """Draw each signal as a curve, or one for each channel, over its map as colors."""
    grid = fig.add_gridspec(rows, 2 * cols, width_ratios=[1, LABELS] * cols)
    colors = [BLUE, paper(), RED] if lowest else [paper(), ORANGE]
    look = {"cmap": LinearSegmentedColormap.from_list("map", colors), "vmin": lowest, "vmax": 1}
    margin = 0.1 * extent(x.min(), x.max())
    low, high, steps = x.min() - margin, x.max() + margin, x.shape[1]
    for number, (signal, heat, text) in enumerate(zip(x, maps, words, strict=True)):
        row, col = divmod(number, cols)
        ax = fig.add_subplot(grid[row, 2 * col])
        shown = ax.pcolorfast(np.arange(steps + 1) - 0.5, [low, high], heat[None], **look)
        ax.plot(signal, color=ink(), linewidth=1.2)
        ax.set(xlim=(-0.5, steps - 0.5), ylim=(low, high))
        ax.grid(False)
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        if number + cols < len(x):
            ax.tick_params(labelbottom=False)
        else:
            ax.set_xlabel("step")
        set_caption(ax, text, loc="left", fontsize=11)
    return shown


def plot_grad_cam(
    x: ArrayLike,
    maps: ArrayLike,
    words: Sequence[str] | None = None,
    *,
    common_scale: bool = False,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot each image, and beside it in grey under its Grad-CAM map.

    In each map black is 0 and bright the largest value: that of the map itself, or with
    `common_scale` that of all maps, so that two images can be compared. A map of zeros is black:
    nothing that the layer sees speaks for the class. A signal is a curve over its map; there the
    background's color is 0.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1], or signals,
            (n, steps) or (n, steps, channels).
        maps: (n, height, width), or (n, steps) for signals, of at least 0, as
            `inspection.grad_cam` returns them.
        words: a text for each image, (n,), such as its predicted class; None for none.
        common_scale: whether all maps have one scale; the colorbar says which.
        title: the title of the figure: say which network and which layer.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure: two Axes for each image, or one for each signal, and one for the colorbar.

    Raises:
        ValueError: if lengths or sizes differ, or a map has a negative value.

    >>> import numpy as np
    >>> figure = plot_grad_cam(np.zeros((2, 8, 8, 3)), np.ones((2, 8, 8)), ["cat", "dog"])
    >>> [axes.get_title(loc="left") for axes in figure.axes[:4]]
    ['cat', '', 'dog', '']
    """
    ticks, label = {0: "nothing", 1: "most"}, "speaks for the class"
    return draw_heat_maps(x, maps, words, common_scale, title, fig, ticks, label)


def plot_saliency(
    x: ArrayLike,
    maps: ArrayLike,
    words: Sequence[str] | None = None,
    *,
    common_scale: bool = False,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot each image, and beside it in grey under its saliency map.

    In each map black is 0 and bright the largest absolute gradient, as in `plot_grad_cam`.

    Args:
        x, words, common_scale, title, fig: as in `plot_grad_cam`.
        maps: (n, height, width), or (n, steps) for signals, of at least 0, as
            `inspection.saliency` returns them.

    Returns:
        The Figure: two Axes for each image, or one for each signal, and one for the colorbar.

    Raises:
        ValueError: if lengths or sizes differ, or a map has a negative value.

    >>> import numpy as np
    >>> figure = plot_saliency(np.zeros((1, 8, 8)), np.full((1, 8, 8), 2.5), common_scale=True)
    >>> [label.get_text() for label in figure.axes[-1].get_yticklabels()]
    ['0', '2.5']
    """
    ticks, label = {0: "0", 1: "max"}, "absolute gradient"
    return draw_heat_maps(x, maps, words, common_scale, title, fig, ticks, label)


def plot_occlusion(
    x: ArrayLike,
    maps: ArrayLike,
    words: Sequence[str] | None = None,
    *,
    common_scale: bool = False,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot each image, and beside it in grey under its occlusion map.

    The class is less probable without the red places, and more probable without the blue ones.
    0 is grey, or the background's color behind a signal. The scale ends at the largest absolute
    value: that of the map itself, or with `common_scale` that of all maps.

    Args:
        x, words, common_scale, title, fig: as in `plot_grad_cam`.
        maps: (n, height, width), or (n, steps) for signals, as `inspection.occlusion` returns them.

    Returns:
        The Figure: two Axes for each image, or one for each signal, and one for the colorbar.

    Raises:
        ValueError: if lengths or sizes differ.

    >>> import numpy as np
    >>> figure = plot_occlusion(np.zeros((1, 8, 8)), np.full((1, 8, 8), -0.5), common_scale=True)
    >>> [label.get_text() for label in figure.axes[-1].get_yticklabels()]
    ['-0.5', '0', '0.5']
    """
    ticks = {-1: "-max", 0: "0", 1: "max"}
    label = "drop of probability"
    return draw_heat_maps(x, maps, words, common_scale, title, fig, ticks, label)
