"""Update ratios by layer, and losses by batch."""

from collections.abc import Mapping

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.legends import legend_below, legend_beside
from mlcourse.figures._shared.style import (
    BLUE,
    COLORS_AND_MARKERS,
    GREY,
    RED,
    is_dark,
    on_paper,
    tint,
)
from mlcourse.figures._shared.titles import set_title

MAX_LAYERS = 50  # the legend of more does not leave space for the Axes
HEALTHY_RATIO = 1e-3
HEALTHY_FACTOR = 10**0.5  # upper end of the healthy band, divided by its center
LAYER_CMAP = colormaps["plasma"]
MAX_CMAP = 0.85  # without the palest colors
MARKERS_PER_LINE = 8


def plot_update_ratios(
    ratios: Mapping[str, ArrayLike], *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Plot the ratio of the norms of updates and weights by batch, with a line for each layer.

    Colors go from dark for the first layer to bright for the last, and adjacent layers have
    different markers. The band marks healthy ratios, around 0.001 (Karpathy, notes of CS231n,
    2015).

    Args:
        ratios: `history` of an `UpdateRatios`: a dict with "iterations", the indices of the
            batches, and the ratios of each layer, first layer first, at most 50. Ratios of 0 or
            NaN are gaps.
        title: title of the Axes.
        ax: Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if there are no iterations or no layers, or lengths differ.

    >>> ax = plot_update_ratios({"iterations": [0, 100], "conv2d": [0.01, 0.002]})
    >>> ax.get_ylabel()
    'norm of update / of weights'
    """
    iterations, layers = _checked(ratios)
    ax = axes_or_new(ax, (8.4, 4.2))
    low = HEALTHY_RATIO / HEALTHY_FACTOR
    high = HEALTHY_RATIO * HEALTHY_FACTOR
    band = ax.axhspan(low, high, color=GREY, alpha=0.25, lw=0, label="healthy: about 0.001")
    ax.axhline(HEALTHY_RATIO, color=GREY, lw=1, ls="--")
    markevery = max(1, len(iterations) // MARKERS_PER_LINE)
    lines = []
    for number, (name, values) in enumerate(layers.items()):
        depth = MAX_CMAP * number / max(1, len(layers) - 1)
        color = LAYER_CMAP(depth + (1 - MAX_CMAP) * is_dark())
        style: dict = {
            "color": color,
            "marker": COLORS_AND_MARKERS[number % len(COLORS_AND_MARKERS)][1],
            "mec": "white",
        }
        style |= {"lw": 1.6, "ms": 6, "mew": 0.5, "label": name}
        first_marker = (number * markevery // len(layers)) % markevery  # avoids overlapping markers
        positive = np.where(values > 0, values, np.nan)
        ax.plot(iterations, positive, markevery=(first_marker, markevery), **style)
        lines.append(Line2D([], [], **style))
    ax.set(xlabel="batch", ylabel="norm of update / of weights", yscale="log")
    ax.set_ylim(
        min(ax.get_ylim()[0], HEALTHY_RATIO / 10), max(ax.get_ylim()[1], HEALTHY_RATIO * 10)
    )
    legend_beside(ax, [*lines, band])
    set_title(ax, title)
    return ax


def _checked(ratios):
    """Return the indices of the batches, and a dict from layer names to ratios, as arrays."""
    layers = checks.mapping("ratios", ratios, "layer names to ratios, and iterations")
    iterations = checks.finite("iterations of ratios", layers.pop("iterations", []))
    checks.integer("the number of layers in ratios", len(layers), 1, limit=MAX_LAYERS)
    for name, values in layers.items():
        checks.same_length("iterations", iterations, name, values)
    return iterations, {name: checks.floats(name, values) for name, values in layers.items()}


MAX_POINTS = 2000  # of a curve, more than the pixel columns of a figure


def plot_batch_losses(
    batch_losses: ArrayLike,
    epoch_losses: ArrayLike,
    *,
    log_scale: bool = True,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot the loss by batch and by epoch.

    With more than 2,000 batches, a band shows the range of adjacent batches.

    Args:
        batch_losses: loss of each batch, (epochs * batches,).
        epoch_losses: loss of each epoch, (epochs,). All epochs have the same number of batches.
        log_scale: whether losses are on a log scale.
        title: title of the Axes.
        ax: Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if there are no losses, or epochs have different numbers of batches.

    >>> plot_batch_losses([0.9, 0.7, 0.5, 0.3], [0.8, 0.4]).get_xlabel()
    'epoch'
    """
    batch_losses = checks.finite("batch_losses", batch_losses)
    epoch_losses = checks.finite("epoch_losses", epoch_losses)
    checks.flag("log_scale", log_scale)
    n_batches = len(batch_losses)
    n_epochs = len(epoch_losses)
    if batch_losses.ndim != 1 or epoch_losses.ndim != 1 or n_batches % n_epochs:
        rule = "each epoch must have the same number of batches"
        raise ValueError(f"{rule}. Got {n_batches} batches in {n_epochs} epochs instead.")
    ax = axes_or_new(ax, (7, 3.8))
    x = (np.arange(n_batches) + 0.5) * n_epochs / n_batches
    batches_per_point = -(-n_batches // MAX_POINTS)
    if batches_per_point > 1:
        starts = np.arange(0, n_batches, batches_per_point)
        low = np.minimum.reduceat(batch_losses, starts)
        high = np.maximum.reduceat(batch_losses, starts)
        band = {"color": tint(BLUE, 0.45), "lw": 0, "label": "range of the batches' losses"}
        artists = [ax.fill_between(x[starts], low, high, **band)]
    else:
        style = {"color": on_paper(tint(BLUE, 0.6)), "lw": 0.8, "label": "loss of each batch"}
        artists = ax.plot(x, batch_losses, **style)
    epoch_centers = np.arange(n_epochs) + 0.5
    marker = "o" if n_epochs < 10 else ""
    style = {"color": RED, "lw": 2, "marker": marker, "label": "mean of each epoch"}
    artists += ax.plot(epoch_centers, epoch_losses, **style)
    ax.set(xlabel="epoch", ylabel="loss", xlim=(0, n_epochs))
    if log_scale and batch_losses.min() > 0:
        ax.set(yscale="log", ylabel="loss, log scale")
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    legend_below(ax, artists)
    set_title(ax, title)
    return ax
