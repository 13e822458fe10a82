"""Paths of optimizers on a surface, step by step, and what becomes of the loss on the way."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new, draw_contours, figure_or_new
from mlcourse.figures._shared.legends import color_and_marker, legend_beside
from mlcourse.figures._shared.style import ink
from mlcourse.optimizers import Optimizer, find_all, first_nonfinite, kept_path, surfaces
from mlcourse.optimizers.surfaces import Surface

Optimizers = str | Optimizer | Sequence | Mapping  # what `find_all` takes
TRUE_ARROWS = {"angles": "xy", "scale_units": "xy", "scale": 1, "units": "inches"}  # for quiver

LOWEST = 1e-15  # for the logarithm of a loss of 0


class DescentDisplay:
    """Paths of optimizers on the contours of a surface, an arrow a step.

    The paths are computed once, and the artists made once: `update` shows another number of steps.

    Args:
        ax: the Axes to draw in; None for new ones.
        iterations: the largest number of steps that is going to be shown.
        optimizers, surface, start, noise, seed: see `plot_optimizers`.
        legend: whether there is a legend beside the Axes.

    Attributes:
        ax: the Axes.
        paths: a dict from labels to arrays, (iterations + 1, 2).
        arrows: a dict from labels to the `Quiver` of the steps.
        ends: a dict from labels to the Line2D that marks how far the optimizer has come.

    Example:
        >>> display = DescentDisplay(None, 50, "adam")
        >>> display.update(1).get_title()
        '1 step'
    """

    def __init__(
        self,
        ax: Axes | None,
        iterations: int,
        optimizers: Optimizers,
        *,
        surface: str | Surface = "beale",
        start: Sequence[float] | None = None,
        noise: float | None = None,
        seed: int = 0,
        legend: bool = True,
    ) -> None:
        checks.flag("legend", legend)
        self.surface = surfaces.find(surface)
        self.paths = paths_of(self.surface, iterations, optimizers, start, noise, seed)
        self.ax = axes_or_new(ax, (7.5, 5))
        stars = draw_contours(self.ax, self.surface)
        first = next(iter(self.paths.values()))[0]
        ball = {"color": "black", "mec": ink(), "ms": 6, "zorder": 5}
        (first_mark,) = self.ax.plot(*first, "o", label="start", **ball)
        self.arrows, self.ends = {}, {}
        for number, (label, path) in enumerate(self.paths.items()):
            color, marker = color_and_marker(number)
            self.arrows[label] = _step_arrows(self.ax, path, color)
            shape = {"color": color, "marker": marker, "mec": "white", "ms": 9, "ls": ""}
            name = named(label, path)
            (self.ends[label],) = self.ax.plot([], [], zorder=6, label=name, **shape)
        if legend:
            legend_beside(self.ax, [*stars, first_mark, *self.ends.values()])
        self.update(iterations)

    def update(self, iterations: int) -> Axes:
        """Shows the first so many steps and returns the Axes."""
        most = len(next(iter(self.paths.values()))) - 1
        iterations = checks.integer("iterations", iterations, 0, most)
        for label, path in self.paths.items():
            steps = np.diff(path, axis=0)
            steps[iterations:] = np.nan
            self.arrows[label].set_UVC(*np.ma.masked_invalid(steps).T)
            shown = path[: iterations + 1]
            self.ends[label].set_data(*shown[np.isfinite(shown).all(axis=1)][-1:].T)
        self.ax.set_title(f"{iterations} step{'s' * (iterations != 1)}")
        return self.ax


def plot_optimizers(
    ax: Axes | None,
    iterations: int,
    optimizers: Optimizers,
    *,
    surface: str | Surface = "beale",
    start: Sequence[float] | None = None,
    noise: float | None = None,
    seed: int = 0,
) -> Axes:
    """Draws the paths of optimizers that descend a surface, an arrow a step; returns the Axes.

    The contours are log-spaced, a star is a minimum. Paths are kept: another call with another
    number of iterations draws them, but does not compute them again.

    Args:
        ax: the Axes to draw in; None for new ones.
        iterations: the number of steps.
        optimizers: a name, see `mlcourse.optimizers.find`, an optimizer of ours or of Keras, a list
            of them, or a mapping from labels to them.
        surface: one of `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        start: (x, y); None for the surface's own.
        noise: standard deviation of what is added to each number of the gradient; None for the
            surface's own.
        seed: of that noise.

    Returns:
        The Axes.

    Raises:
        ValueError: for a name or a number that cannot be; the message says which can.

    >>> ax = plot_optimizers(None, 50, ["momentum", "adam"])
    >>> ax.get_title()
    '50 steps'
    """
    where: dict = {"surface": surface, "start": start, "noise": noise, "seed": seed}
    return DescentDisplay(ax, iterations, optimizers, **where).ax


def plot_descent_loss(
    iterations: int,
    optimizers: Optimizers,
    ax: Axes | None = None,
    *,
    surface: str | Surface = "beale",
    start: Sequence[float] | None = None,
    noise: float | None = None,
    seed: int = 0,
) -> Axes:
    """Draws how high above the minimum optimizers are after each step, and returns the Axes.

    Args:
        iterations, optimizers, ax, surface, start, noise, seed: see `plot_optimizers`.

    Returns:
        The Axes.

    >>> plot_descent_loss(50, "adam").get_yscale()
    'log'
    """
    surface = surfaces.find(surface)
    paths = paths_of(surface, iterations, optimizers, start, noise, seed)
    ax, every = axes_or_new(ax, (7.5, 4)), max(1, iterations // 8)
    lines: list = []
    for number, (label, path) in enumerate(paths.items()):
        color, marker = color_and_marker(number)
        shape = {"color": color, "marker": marker, "mec": "white", "ms": 8, "markevery": every}
        lines += ax.plot(loss_along(surface, path), lw=2, label=named(label, path), **shape)
    ax.set(yscale="log", xlabel="step", ylabel="loss above the minimum")
    ax.margins(x=0.02)
    legend_beside(ax, lines)
    return ax


def plot_optimizer_comparison(
    iterations: int,
    optimizers: Optimizers,
    fig: Figure | None = None,
    *,
    surface: str | Surface = "beale",
    start: Sequence[float] | None = None,
    noise: float | None = None,
    seed: int = 0,
) -> Figure:
    """Draws paths of optimizers, and beside them their losses; returns the Figure.

    Args:
        iterations, optimizers, surface, start, noise, seed: see `plot_optimizers`.
        fig: the Figure to draw in; None for a new one.

    Returns:
        The Figure, with the Axes of `plot_optimizers` and of `plot_descent_loss`.

    >>> figure = plot_optimizer_comparison(50, ["momentum", "nesterov"])
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['x', 'step']
    """
    fig = figure_or_new(fig, (10.5, 4))
    left, right = fig.subplots(1, 2)
    where: dict = {"surface": surface, "start": start, "noise": noise, "seed": seed}
    DescentDisplay(left, iterations, optimizers, **where, legend=False)
    plot_descent_loss(iterations, optimizers, right, **where)
    return fig


def loss_along(surface, path):
    """Returns the height above the minimum along a path (steps + 1, ..., 2).

    It is NaN from a thousand times the height of the start on, or of the surface's own start if
    that is higher: a scale up to 1e300 would show nothing else.
    """
    usual = surface.f(*surface.start) - surface.lowest
    with np.errstate(all="ignore"):
        loss = np.maximum(surface.f(*np.moveaxis(path, -1, 0)) - surface.lowest, LOWEST)
        return np.where(loss < 1000 * np.fmax(loss[0], usual), loss, np.nan)


def paths_of(surface, iterations, optimizers, start=None, noise=None, seed=0):
    """Returns a dict from labels to the paths of optimizers, see `plot_optimizers`."""
    iterations = checks.integer("iterations", iterations, 1)
    where = start, iterations, noise, seed
    return {
        label: kept_path(surface, optimizer, *where)
        for label, optimizer in find_all(optimizers).items()
    }


def named(label, path):
    """Returns the label, with the step at which the path leaves the finite numbers, if it does."""
    lost = first_nonfinite(path)
    return label if lost is None else f"{label} (diverges at step {lost})"


def _step_arrows(ax, path, color):
    steps = np.ma.masked_invalid(np.diff(path, axis=0))
    shape = {"width": 0.025, "headwidth": 4, "headlength": 5, "minlength": 0.5, "zorder": 3}
    return ax.quiver(*np.nan_to_num(path[:-1]).T, *steps.T, color=color, **shape, **TRUE_ARROWS)
