"""Images under their Grad-CAM maps."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse.figures.heat_maps import draw_heat_maps


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
    background's colour is 0.

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
