"""Update ratios by layer, and the losses of batches."""

from collections.abc import Mapping

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.legends import legend_beside
from mlcourse.figures._shared.style import BLUE, GREY, LOOKS, RED, is_dark, tint
from mlcourse.figures._shared.titles import set_title

HEALTHY = 1e-3
AROUND = 10**0.5  # times more or less is still about as much
DEPTHS = colormaps["plasma"]  # from the first layer on; its last, palest part is left out
PALEST = 0.85
MARKS = 8  # markers on a line


def plot_update_ratios(
    ratios: Mapping[str, ArrayLike], ax: Axes | None = None, *, title: str = ""
) -> Axes:
    """Draws the ratio of update to weights over the batches of a fit, a line a layer.

    Colors go from dark to bright with the depth of the layers, and markers tell neighbours apart.
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
        color = DEPTHS(depth + (1 - PALEST) * is_dark())
        look: dict = {"color": color, "marker": LOOKS[number % len(LOOKS)][1], "mec": "white"}
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


MOST = 2000  # points of a curve: more than a picture has columns


def plot_batch_losses(
    batch_losses: ArrayLike, losses: ArrayLike, ax: Axes | None = None, *, log_scale: bool = True
) -> Axes:
    """Draws what a training's losses were, by batch and by epoch, over the same axis.

    Where there are more than 2,000 batches, the range of neighbouring ones is drawn as a band.

    Args:
        batch_losses: one number a batch, in order.
        losses: one number an epoch; all epochs have as many batches.
        ax: the Axes to draw in; None for new ones.
        log_scale: whether losses are on a logarithmic scale.

    Returns:
        The Axes.

    Raises:
        ValueError: if there are no losses, or not as many batches in each epoch.

    >>> plot_batch_losses([0.9, 0.7, 0.5, 0.3], [0.8, 0.4]).get_xlabel()
    'Epoch'
    """
    batches, epochs = checks.finite("batch_losses", batch_losses), checks.finite("losses", losses)
    checks.flag("log_scale", log_scale)
    if batches.ndim != 1 or epochs.ndim != 1 or len(batches) % len(epochs):
        rule = "each epoch must have as many batches"
        raise ValueError(f"{rule}. Got {len(batches)} batches in {len(epochs)} epochs instead.")
    ax = axes_or_new(ax, (7, 3.8))
    place = (np.arange(len(batches)) + 0.5) * len(epochs) / len(batches)
    each = -(-len(batches) // MOST)
    if each > 1:
        starts = np.arange(0, len(batches), each)
        low, high = np.minimum.reduceat(batches, starts), np.maximum.reduceat(batches, starts)
        band = {"color": tint(BLUE, 0.45), "lw": 0, "label": "range of the batches' losses"}
        ax.fill_between(place[starts], low, high, **band)
    else:
        ax.plot(place, batches, color=tint(BLUE, 0.6), lw=0.8, label="loss of each batch")
    middles, dots = np.arange(len(epochs)) + 0.5, "o" if len(epochs) < 10 else ""
    ax.plot(middles, epochs, color=RED, lw=2, marker=dots, label="mean of each epoch")
    ax.set(xlabel="Epoch", ylabel="Loss", xlim=(0, len(epochs)))
    if log_scale and batches.min() > 0:
        ax.set(yscale="log", ylabel="Loss, log scale")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, fontsize=10)  # hides no curve
    return ax
