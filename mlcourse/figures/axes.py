"""Where a figure function draws: the Axes that it is given, or new ones."""

from matplotlib import pyplot as plt


def axes_or_new(ax, figsize):
    """Returns the Axes, or those of a new figure of that size in inches if None."""
    return plt.subplots(figsize=figsize, layout="constrained")[1] if ax is None else ax


def figure_or_new(fig, figsize):
    """Returns the Figure, or a new one of that size in inches if None."""
    return plt.figure(figsize=figsize, layout="constrained") if fig is None else fig


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
