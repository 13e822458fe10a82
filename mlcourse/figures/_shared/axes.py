"""The Axes that a figure function draws in, redrawing in place, and contours."""

from functools import partial

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure, FigureBase

from mlcourse.figures._shared.style import YELLOW


def take_from_pyplot(figure, include=None, exclude=None):
    """Take a figure that IPython is going to show from the figures that pyplot holds.

    At the end of a cell Matplotlib's inline backend shows all that pyplot holds: a figure that is
    the result of the cell, or is passed to `display`, would be there twice.

    Args:
        figure: the Figure.
        include, exclude: as IPython passes them to `_repr_mimebundle_`.

    Returns:
        An empty dict: the image is left to the formatters of IPython.
    """
    if "inline" in mpl.get_backend():
        plt.close(figure)
    return {}


class NotebookFigure(Figure):
    """A figure of pyplot that a notebook shows once."""

    _repr_mimebundle_ = take_from_pyplot


def axes_or_new(ax, figsize):
    """Returns the Axes, or those of a new figure of that size in inches if None."""
    if ax is None:
        return figure_or_new(None, figsize).subplots()
    return checked_axes(ax)


def checked_axes(ax):
    """Returns the Axes if they are such."""
    if not isinstance(ax, Axes):
        raise ValueError(f"ax must be Axes of Matplotlib, or None. Got {ax!r} instead.")
    return ax


def figure_or_new(fig, figsize):
    """Returns the Figure, or a new one of that size in inches if None."""
    if fig is None:
        return plt.figure(figsize=figsize, layout="constrained", FigureClass=NotebookFigure)
    fig = checked_figure(fig)
    if isinstance(fig, Figure):  # a user's own is shown once, too
        fig._repr_mimebundle_ = partial(take_from_pyplot, fig)
    return fig


def checked_figure(fig):
    """Returns the Figure, or SubFigure, if it is one."""
    if not isinstance(fig, FigureBase):
        raise ValueError(f"fig must be a Figure of Matplotlib, or None. Got {fig!r} instead.")
    return fig


def figure_with_layout(fig, figsize):
    """Returns the Figure, or a new one; it has a layout that makes room for what is around Axes."""
    fig = figure_or_new(fig, figsize)
    if fig.get_layout_engine() is None and hasattr(fig, "set_layout_engine"):
        fig.set_layout_engine("constrained")
    return fig


def axes_3d_or_new(ax, figsize):
    """Returns the three-dimensional Axes, or those of a new figure if None."""
    if ax is None:
        return figure_or_new(None, figsize).add_subplot(projection="3d")
    if not hasattr(ax, "plot_surface"):
        raise ValueError(f"ax must be three-dimensional Axes. Got {ax!r} instead.")
    return ax


def extent(low, high):
    """Returns how far apart values lie, for room around them: of a single one its size, or 1."""
    found = (high - low) or abs(high)
    return found if found >= np.finfo(float).tiny else 1.0


class BlitManager:
    """Draws a figure on its Agg canvas; while nothing else changes, only what moves.

    Ticks, labels and legends take most of the time that a figure takes. They are kept as pixels,
    and the artists that move are drawn over them.

    Args:
        figure: a `matplotlib.figure.Figure` with an Agg canvas.
    """

    def __init__(self, figure):
        self._figure, self._key, self._background = figure, None, None

    def draw(self, moving, key):
        """Draws the figure.

        Args:
            moving: the artists that may have changed since the last time.
            key: of all else: where it is another one than the last time, everything is drawn.
        """
        canvas = self._figure.canvas
        if key != self._key:
            shown = [artist for artist in moving if artist.get_visible()]
            for artist in shown:
                artist.set_visible(False)
            canvas.draw()
            for artist in shown:
                artist.set_visible(True)
            self._key, self._background = key, canvas.copy_from_bbox(self._figure.bbox)
        canvas.restore_region(self._background)
        for artist in moving:
            self._figure.draw_artist(artist)


LEVELS = 25
RESOLUTION = 200  # points along each side
DECADES = 5  # between the lowest contour and the highest
HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#FFFFFF", "#C9D6DF", "#8DA3B3"])


def grid(frame, resolution):
    """Returns x and y of a mesh over (left, right, bottom, top), two (resolution, resolution)."""
    left, right, bottom, top = frame
    sides = np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    return np.meshgrid(*sides)


def draw_contours(ax, surface, frame=None):
    """Draws a surface as log-spaced contours of its height above the minimum, a star at each.

    Returns:
        A list of the artist of the stars; an empty one if no minimum is inside.
    """
    frame = surface.frame if frame is None else frame
    x, y = grid(frame, RESOLUTION)
    with np.errstate(all="ignore"):  # a surface may have places without a height
        height = np.ma.masked_invalid(surface.f(x, y) - surface.lowest)
    depth = np.log10(np.maximum(height, max(height.max() / 10**DECADES, 1e-30)))
    levels = np.linspace(depth.min(), depth.max(), LEVELS)
    if np.all(np.diff(levels) > 0):  # it is not flat
        ax.contourf(x, y, depth, levels=levels, cmap=HEIGHTS)
        lines = {"colors": "#5F7482", "linewidths": 0.5, "linestyles": "solid"}
        ax.contour(x, y, depth, levels=levels, **lines)
    stars = []
    inside = [minimum for minimum in surface.minima if _is_inside(minimum, frame)]
    if inside:
        star = {"marker": "*", "color": YELLOW, "mec": "black", "ms": 15, "ls": "", "zorder": 4}
        stars = ax.plot(*np.transpose(inside), label="minimum", **star)
    ax.set(xlim=frame[:2], ylim=frame[2:], xlabel="x", ylabel="y")
    ax.grid(False)
    return stars


def _is_inside(point, frame):
    left, right, bottom, top = frame
    return left <= point[0] <= right and bottom <= point[1] <= top
