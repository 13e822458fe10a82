"""The loss of each batch, and its mean in each epoch."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from mlcourse import checks
from mlcourse.figures.axes import axes_or_new
from mlcourse.figures.style import BLUE, RED, tint

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
