"""Images under their occlusion maps."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse.figures.heat_maps import draw_heat_maps


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
    0 is grey, or the background's colour behind a signal. The scale ends at the largest absolute
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
