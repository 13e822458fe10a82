"""Images under their saliency maps."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse.figures.heat_maps import draw_heat_maps


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
