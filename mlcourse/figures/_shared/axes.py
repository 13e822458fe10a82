"""Get the Axes or Figure to plot in, redraw moving artists only, and plot contours."""

from functools import partial

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.ticker import MaxNLocator

from mlcourse._core import checks
from mlcourse.figures._shared.style import HEIGHTS, YELLOW, in_style

MAX_IMAGES = 400  # in a grid, which takes some seconds


def take_from_pyplot(figure, include=None, exclude=None):
    """Close a figure in pyplot when IPython displays it, so that it is not displayed twice.

    At the end of a cell Matplotlib's inline backend displays all open pyplot figures. A figure
    that is the result of the cell, or an argument of `display`, would appear a second time.

    Args:
        figure: the Figure.
        include, exclude: arguments that IPython passes to `_repr_mimebundle_`; ignored.

    Returns:
        An empty dict: IPython's formatters create the image.
    """
    if "inline" in mpl.get_backend():
        plt.close(figure)
    return {}


class NotebookFigure(Figure):
    """A pyplot figure that a notebook displays once."""

    _repr_mimebundle_ = take_from_pyplot


def axes_or_new(ax, figsize):
    """Return the Axes; if None, those of a new figure.

    Args:
        ax: an Axes, or None.
        figsize: width and height of the new figure, in inches.
    """
    if ax is None:
        return figure_or_new(None, figsize).subplots()
    return checked_axes(ax)


def checked_axes(ax):
    """Return the Axes. Raise ValueError if it is not an Axes."""
    if not isinstance(ax, Axes):
        raise ValueError(f"ax must be a Matplotlib Axes or None. Got {ax!r} instead.")
    return ax


def figure_or_new(fig, figsize):
    """Return the Figure; if None, a new one.

    Args:
        fig: a Figure, a SubFigure or None.
        figsize: width and height of the new figure, in inches.
    """
    if fig is None:
        return plt.figure(figsize=figsize, layout="constrained", FigureClass=NotebookFigure)
    fig = checked_figure(fig)
    if isinstance(fig, Figure):  # displayed once, as a NotebookFigure is
        fig._repr_mimebundle_ = partial(take_from_pyplot, fig)
    return fig


def checked_figure(fig):
    """Return the Figure or SubFigure. Raise ValueError if it is neither."""
    if not isinstance(fig, FigureBase):
        raise ValueError(f"fig must be a Matplotlib Figure or None. Got {fig!r} instead.")
    return fig


def check_min_size(fig, min_size):
    """Raise ValueError if a Figure is given that is too small for several Axes with their texts.

    Args:
        fig: a Figure, a SubFigure or None.
        min_size: width and height, in inches.
    """
    if fig is None:
        return
    fig = checked_figure(fig)
    width, height = fig.bbox.size / fig.get_figure(root=True).dpi
    if width < min_size[0] - 0.01 or height < min_size[1] - 0.01:
        rule = f"fig must be at least {min_size[0]:g} x {min_size[1]:g} inches"
        raise ValueError(f"{rule}. Got {width:.3g} x {height:.3g} instead.")


def figure_with_layout(fig, figsize):
    """Return the Figure, or a new one, with constrained layout if it has no layout engine."""
    fig = figure_or_new(fig, figsize)
    if fig.get_layout_engine() is None and hasattr(fig, "set_layout_engine"):
        fig.set_layout_engine("constrained")
    return fig


def grid_shape(rows, cols):
    """Return the numbers of rows and columns of a grid of at most `MAX_IMAGES` images."""
    rows = checks.integer("rows", rows, 1)
    cols = checks.integer("cols", cols, 1)
    checks.at_most("rows times cols", rows * cols, MAX_IMAGES)
    return rows, cols


def axes_3d_or_new(ax, figsize):
    """Return the 3-D Axes; if None, those of a new figure.

    Args:
        ax: a 3-D Axes, or None.
        figsize: width and height of the new figure, in inches.
    """
    if ax is None:
        return figure_or_new(None, figsize).add_subplot(projection="3d")
    if not hasattr(ax, "plot_surface"):
        raise ValueError(f"ax must be a 3-D Axes or None. Got {ax!r} instead.")
    return ax


SMALL_SIDE_3D = 3.0  # inches
LABELS_3D = 1.25  # inches, around the box of 3-D Axes


def format_axes_3d(ax):
    """Give 3-D Axes few, small tick labels, and a size with which all labels are in the figure.

    Call this when the labels are set.
    """
    side = min(ax.bbox.size) / ax.get_figure(root=True).dpi
    is_small = side < SMALL_SIDE_3D
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_major_locator(MaxNLocator(2 if is_small else 4))
        axis.set_tick_params(labelsize=10)
        axis.label.set_fontsize(10 if is_small else 12)
        axis.labelpad = (2 if is_small else 10) + 8 * axis.label.get_text().count("\n")
    ax.set_box_aspect(None, zoom=1.2 - LABELS_3D / side)


def extent(low, high):
    """Return the range of values, to compute margins from.

    If the range is 0, return the absolute value; if that is 0 too, return 1.
    """
    value_range = (high - low) or abs(high)
    return value_range if value_range >= np.finfo(float).tiny else 1.0


class BlitManager:
    """Redraw the moving artists of a figure over a cached background (blitting).

    Ticks, labels and legends take most of the drawing time of a figure. They are cached as pixels.

    Args:
        figure: a `matplotlib.figure.Figure` with an Agg canvas.
    """

    def __init__(self, figure):
        self._figure = figure
        self._key = None
        self._background = None

    def draw(self, moving, key):
        """Draw the figure.

        Args:
            moving: artists that may have changed since the last call.
            key: state of all other artists. If it differs from that of the last call, the
                background is drawn again.
        """
        canvas = self._figure.canvas
        if key != self._key:
            visible = [artist for artist in moving if artist.get_visible()]
            for artist in visible:
                artist.set_visible(False)
            canvas.draw()
            for artist in visible:
                artist.set_visible(True)
            self._key = key
            self._background = canvas.copy_from_bbox(self._figure.bbox)
        canvas.restore_region(self._background)
        for artist in moving:
            self._figure.draw_artist(artist)


N_LEVELS = 25
RESOLUTION = 200  # grid points per axis
HEIGHT_LINES = {"colors": "#5F7482", "linewidths": 0.5, "linestyles": "solid"}
DECADES = 5  # from the lowest to the highest contour level


def grid(frame, resolution):
    """Return the coordinates x and y of a mesh, both (resolution, resolution).

    Args:
        frame: limits (left, right, bottom, top).
        resolution: number of grid points per axis.
    """
    left, right, bottom, top = frame
    x = np.linspace(left, right, resolution)
    y = np.linspace(bottom, top, resolution)
    return np.meshgrid(x, y)


def draw_contours(ax, surface, frame=None):
    """Plot log-spaced contours of a surface, with a star at each minimum.

    Args:
        ax: the Axes.
        surface: an `mlcourse.optimizers.surfaces.Surface`. The contours show its height above its
            lowest value.
        frame: limits (left, right, bottom, top); None for those of the surface.

    Returns:
        A list with the artist of the stars; empty if no minimum is inside the limits.
    """
    frame = surface.frame if frame is None else frame
    x, y = grid(frame, RESOLUTION)
    with np.errstate(all="ignore"):  # a surface may be undefined at some points
        height = np.ma.masked_invalid(surface.f(x, y) - surface.lowest)
    depth = np.log10(np.maximum(height, max(height.max() / 10**DECADES, 1e-30)))
    levels = np.linspace(depth.min(), depth.max(), N_LEVELS)
    is_flat = not np.all(np.diff(levels) > 0)
    if not is_flat:
        ax.contourf(x, y, depth, levels=levels, cmap=in_style(HEIGHTS))
        ax.contour(x, y, depth, levels=levels, **HEIGHT_LINES)
    stars = []
    inside = [minimum for minimum in surface.minima if _is_inside(minimum, frame)]
    if inside:
        style = {"marker": "*", "color": YELLOW, "mec": "black", "ms": 15, "ls": "", "zorder": 4}
        stars = ax.plot(*np.transpose(inside), label="minimum", **style)
    ax.set(xlim=frame[:2], ylim=frame[2:], xlabel="x", ylabel="y")
    ax.grid(False)
    return stars


def _is_inside(point, frame):
    """Return whether a point (x, y) is within the limits (left, right, bottom, top)."""
    left, right, bottom, top = frame
    return left <= point[0] <= right and bottom <= point[1] <= top
