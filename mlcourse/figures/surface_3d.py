"""Surfaces in three dimensions."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from mlcourse import checks, surfaces
from mlcourse.figures.axes import axes_3d_or_new
from mlcourse.figures.contours import grid
from mlcourse.figures.descent import Optimizers, named, paths_of
from mlcourse.figures.legends import add_legend, look
from mlcourse.figures.style import YELLOW
from mlcourse.surfaces import Surface

STEEP = 100  # a surface that rises more than this is drawn by its logarithm


def plot_surface(
    surface: str | Surface,
    ax: Axes | None = None,
    *,
    optimizers: Optimizers | None = None,
    iterations: int = 100,
) -> Axes:
    """Draws a surface in three dimensions, with paths of optimizers on it, and returns the Axes.

    One that rises more than 100 above its minimum is drawn by log10(1 + f), f counted from there.

    Args:
        surface: one of `mlcourse.surfaces.SURFACES`, or a `Surface`.
        ax: three-dimensional Axes to draw in; None for new ones.
        optimizers: what `plot_optimizers` takes; their paths begin at the surface's own start, and
            end where they leave its frame. None for no paths.
        iterations: how many steps of them are drawn.

    Returns:
        The Axes.

    Raises:
        ValueError: if the surface or an optimizer is not known; the message lists those that are.

    >>> plot_surface("saddle").get_zlabel()
    'f'
    """
    surface = surfaces.find(surface)
    checks.integer("iterations", iterations, 1)
    paths = {} if optimizers is None else paths_of(surface, iterations, optimizers)
    ax = axes_3d_or_new(ax, (6.5, 5.5))
    ax.computed_zorder = False  # or else the surface hides what lies on it
    x, y = grid(surface.frame, 100)
    log = surface.f(x, y).max() - surface.lowest > STEEP

    def height(x, y):
        z = surface.f(x, y)
        return np.log10(1 + z - surface.lowest) if log else z

    shade = {"cmap": "Blues", "alpha": 0.85, "lw": 0.2, "edgecolor": "#5F7482", "zorder": 1}
    ax.plot_surface(x, y, height(x, y), rcount=50, ccount=50, **shade)
    minima = np.array(surface.minima).T
    ax.plot(*minima, height(*minima), "*", color=YELLOW, mec="black", ms=15, ls="", zorder=3)
    lines: list = []
    for number, (label, path) in enumerate(paths.items()):
        colour, marker = look(number)
        path, name = _within(path, surface.frame), named(label, path)
        line = {"color": colour, "lw": 2.5, "marker": marker, "markevery": [-1], "ms": 8}
        lines += ax.plot(*path.T, height(*path.T), zorder=2, label=name, **line)
    if lines:
        add_legend(ax, lines, loc="upper left")
    ax.set(xlabel="x", ylabel="y", zlabel=r"$\log_{10}(1 + f)$" if log else "f")
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_major_locator(MaxNLocator(5))
    ax.view_init(50, -65)
    ax.set_box_aspect(None, zoom=0.9)  # or else the labels are cut
    return ax


def _within(path, frame):
    """Returns the path up to where it leaves the frame."""
    left, right, bottom, top = frame
    outside = ~((path >= (left, bottom)) & (path <= (right, top))).all(axis=1)
    return path[: outside.argmax()] if outside.any() else path
