"""How large the steps of a fit were, next to the weights, layer by layer."""

from collections.abc import Mapping

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from mlcourse import checks
from mlcourse.figures.axes import axes_or_new
from mlcourse.figures.legends import legend_beside
from mlcourse.figures.style import GREY, LOOKS, is_dark
from mlcourse.figures.titles import set_title

HEALTHY = 1e-3
AROUND = 10**0.5  # times more or less is still about as much
DEPTHS = colormaps["plasma"]  # from the first layer on; its last, palest part is left out
PALEST = 0.85
MARKS = 8  # markers on a line


def plot_update_ratios(
    ratios: Mapping[str, ArrayLike], ax: Axes | None = None, *, title: str = ""
) -> Axes:
    """Draws the ratio of update to weights over the batches of a fit, a line a layer.

    Colours go from dark to bright with the depth of the layers, and markers tell neighbours apart.
    The band is around 0.001, which a rule of thumb calls healthy (Karpathy, notes of CS231n, 2015).

    Args:
        ratios: the `history` of an `UpdateRatios`: a dict of "iterations", the numbers of batches,
            and by layer, from the input on, the ratios; one that is 0 or NaN leaves a gap.
        ax: the Axes to draw in; None for new ones.
        title: text above.

    Returns:
        The Axes.

    Raises:
        ValueError: if there are no iterations or no layers, or lengths differ.

    >>> ax = plot_update_ratios({"iterations": [0, 100], "conv2d": [0.01, 0.002]})
    >>> ax.get_ylabel()
    'Norm of update / of weights'
    """
    iterations, layers = _checked(ratios)
    ax = axes_or_new(ax, (8.4, 4.2))
    low, high = HEALTHY / AROUND, HEALTHY * AROUND
    band = ax.axhspan(low, high, color=GREY, alpha=0.25, lw=0, label="healthy: about 0.001")
    ax.axhline(HEALTHY, color=GREY, lw=1, ls="--")
    every, lines = max(1, len(iterations) // MARKS), []
    for number, (name, values) in enumerate(layers.items()):
        depth = PALEST * number / max(1, len(layers) - 1)
        colour = DEPTHS(depth + (1 - PALEST) * is_dark())
        look: dict = {"color": colour, "marker": LOOKS[number % len(LOOKS)][1], "mec": "white"}
        start = (number * every // len(layers)) % every  # so that markers do not hide each other
        look |= {"lw": 1.6, "ms": 6, "mew": 0.5, "label": name}
        ax.plot(iterations, np.where(values > 0, values, np.nan), markevery=(start, every), **look)
        lines.append(Line2D([], [], **look))
    ax.set(xlabel="Batch", ylabel="Norm of update / of weights", yscale="log")
    ax.set_ylim(min(ax.get_ylim()[0], low / 3), max(ax.get_ylim()[1], high * 3))
    legend_beside(ax, [*lines, band])
    set_title(ax, title)
    return ax


def _checked(ratios):
    """Returns the numbers of the batches, and a dict from layers to ratios, as arrays."""
    layers = checks.mapping("ratios", ratios, "names of layers to ratios, and their iterations")
    iterations = checks.finite("iterations of ratios", layers.pop("iterations", []))
    checks.integer("the number of layers in ratios", len(layers), 1)
    for name, values in layers.items():
        checks.same_length("iterations", iterations, name, values)
    return iterations, {name: checks.floats(name, values) for name, values in layers.items()}
