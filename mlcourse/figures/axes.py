"""Where a figure function draws: the Axes that it is given, or new ones, and what they span."""

from functools import partial

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase


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
