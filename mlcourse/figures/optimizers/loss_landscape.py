"""The loss of a model on a plane of its weight space, with the paths of fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from mlcourse._core import checks
from mlcourse.figures._shared.axes import (
    HEIGHT_LINES,
    check_min_size,
    figure_or_new,
    format_axes_3d,
)
from mlcourse.figures._shared.legends import color_and_marker, legend_of_figure
from mlcourse.figures._shared.style import HEIGHTS, YELLOW, in_style, paper
from mlcourse.figures._shared.titles import set_suptitle

if TYPE_CHECKING:
    from mlcourse.inspection import LossLandscape

MIN_SIZE = (4, 3)  # inches, below which texts would overlap
WIDE = 1.25  # width of a figure with both Axes side by side, as a multiple of its height
N_LEVELS = 25
MAX_LINEAR_RATIO = 20  # of the largest to the smallest loss; a larger range has a log scale
STAR = {"marker": "*", "color": YELLOW, "mec": "black", "ms": 15, "ls": "", "zorder": 5}


def plot_loss_landscape(
    landscape: LossLandscape, *, title: str = "", fig: Figure | None = None
) -> Figure:
    """Plot the loss of a model on a plane of its weights, as contours and in three dimensions.

    A star marks the weights of the model, lines with markers the weights of fits by epoch. The
    paths of fits are projected onto the plane: their losses are not those of the contours there. In
    three dimensions they have their own losses. A range of more than a factor of 20 has a log
    scale.

    Args:
        landscape: result of `mlcourse.inspection.loss_landscape`.
        title: title of the figure.
        fig: Figure to draw in, of at least 4 x 3 inches; None for a new figure.

    Returns:
        The Figure, with the Axes of the contours, the three-dimensional Axes, and the color bar.

    Raises:
        ValueError: if no loss is finite, or the figure is too small.

    Example:
        >>> from mlcourse.inspection import loss_landscape
        >>> plot_loss_landscape(loss_landscape(model, x, y))  # doctest: +SKIP
    """
    checks.instance("landscape", landscape, "LossLandscape", "the result of `loss_landscape`")
    finite = landscape.loss[np.isfinite(landscape.loss)]
    if not finite.size:
        raise ValueError("landscape must have a finite loss. Got none instead.")
    low = float(finite.min())
    high = float(finite.max())
    is_log = low > 0 and high > MAX_LINEAR_RATIO * low
    norm = (LogNorm if is_log else Normalize)(low, high if high > low else low + 1)
    check_min_size(fig, MIN_SIZE)
    fig = figure_or_new(fig, (11, 4.8))
    shape = (1, 2) if fig.bbox.width > WIDE * fig.bbox.height else (2, 1)
    left = fig.add_subplot(*shape, 1)
    right = fig.add_subplot(*shape, 2, projection="3d")
    left.locator_params(nbins=6)
    contours = _draw_contours(left, landscape, norm)
    bar = fig.colorbar(contours, ax=left, label="loss, log scale" if is_log else "loss")
    bar.set_ticks(_ticks(norm, is_log))
    bar.ax.yaxis.set_major_formatter("{x:.2g}")
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    _draw_surface(right, landscape, is_log)
    handles = _draw_paths(left, right, landscape, is_log)
    names = _axis_names(landscape)
    left.set(xlabel=names[0], ylabel=names[1])
    right.set(xlabel=names[0].split(" (")[0], ylabel=names[1].split(" (")[0])
    format_axes_3d(right)
    legend_of_figure(fig, handles)
    if title:
        set_suptitle(fig, title)
    return fig


def _ticks(norm, is_log):
    """Return the ticks of the color bar."""
    space = np.geomspace if is_log else np.linspace
    return space(norm.vmin, norm.vmax, 6)


def _axis_names(landscape):
    """Return the labels of both axes."""
    if landscape.explained is None:
        return ["direction 1 (random)", "direction 2 (random)"]
    return [
        f"component {number} ({fraction:.0%} of the variance)"
        for number, fraction in enumerate(landscape.explained, start=1)
    ]


def _draw_contours(ax, landscape, norm):
    """Draw the loss as filled contours with lines, and return the filled ones."""
    losses = np.ma.masked_invalid(landscape.loss)
    is_log = isinstance(norm, LogNorm)
    levels = (np.geomspace if is_log else np.linspace)(norm.vmin, norm.vmax, N_LEVELS)
    style = {"levels": levels, "norm": norm}
    grid = (landscape.a, landscape.b, losses)
    filled = ax.contourf(*grid, cmap=in_style(HEIGHTS), **style)
    ax.contour(*grid, **HEIGHT_LINES, **style)
    ax.set(xlim=landscape.a[[0, -1]], ylim=landscape.b[[0, -1]])
    ax.grid(False)
    return filled


def _draw_surface(ax, landscape, is_log):
    """Draw the loss as a surface."""
    ax.computed_zorder = False  # otherwise the surface hides the paths
    a, b = np.meshgrid(landscape.a, landscape.b)
    z = _height(landscape.loss, is_log)
    style = {"cmap": "Blues", "alpha": 0.85, "lw": 0.2, "edgecolor": "#5F7482", "zorder": 1}
    ax.plot_surface(a, b, z, rcount=len(b), ccount=len(a), **style)
    ax.set_zlabel(r"$\log_{10}$ loss" if is_log else "loss")
    ax.view_init(40, -60)


def _height(loss, is_log):
    """Return the heights of losses in three dimensions, NaN where they are not finite."""
    loss = np.where(np.isfinite(loss), loss, np.nan)
    return np.log10(np.maximum(loss, np.finfo(float).tiny)) if is_log else loss


def _draw_paths(left, right, landscape, is_log):
    """Draw the paths and the weights of the model in both Axes, and return handles for a legend."""
    handles = []
    for number, (name, points) in enumerate(landscape.paths.items()):
        color, marker = color_and_marker(number)
        style = {"color": color, "marker": marker, "ms": 6, "mec": paper(), "mew": 0.6, "lw": 2}
        handles += left.plot(*points.T, label=name, zorder=4, **style)
        heights = _height(landscape.path_losses[name], is_log)
        right.plot(*points.T, heights, zorder=4, **style)
    handles += left.plot(0, 0, label="weights of the model", **STAR)
    row = np.abs(landscape.b).argmin()
    column = np.abs(landscape.a).argmin()
    right.plot([0], [0], _height(landscape.loss[row, column], is_log), **STAR)
    return handles
