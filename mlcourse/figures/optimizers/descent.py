"""Paths of optimizers on a surface, and their losses by step."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new, draw_contours, figure_or_new
from mlcourse.figures._shared.legends import (
    MAX_LEGEND_LINES,
    color_and_marker,
    label_ends,
    legend_beside,
)
from mlcourse.figures._shared.style import ink, paper, tint
from mlcourse.figures._shared.titles import set_suptitle, set_title
from mlcourse.optimizers import Optimizer, cached_path, find_all, first_nonfinite, surfaces
from mlcourse.optimizers.surfaces import Surface

Optimizers = str | Optimizer | Sequence | Mapping  # the argument of `find_all`
DATA_ARROWS = {"angles": "xy", "scale_units": "xy", "scale": 1, "units": "inches"}  # of a quiver
MAX_TOGETHER = 4  # paths in one Axes of a comparison
PANEL_COLUMNS = 4
NAMES = {
    "sgd_decay": "sgd with decay",
    "sgd_cyclic": "sgd, cyclical",
    "rmsprop_mom": "rmsprop with momentum",
}
"""Names of the course's optimizers in words, for legends and titles."""
MIN_LOSS = 1e-15  # a loss of 0 has no logarithm


class DescentDisplay:
    """Paths of optimizers on the contours of a surface, with an arrow for each step.

    The paths are computed once and the artists are created once. `update` changes the number of
    steps.

    Args:
        optimizers, surface, start, noise, seed, title: see `plot_optimizers`.
        steps: the largest number of steps to show.
        legend: whether to add a legend beside the Axes.
        ax: Axes to draw in; None for a new figure.

    Attributes:
        ax: the Axes.
        markers: a list of Line2D, which mark the minima and the start.
        paths: a dict from labels to arrays, (steps + 1, 2).
        arrows: a dict from labels to the `Quiver` of the steps.
        ends: a dict from labels to the Line2D that marks the current position.

    Example:
        >>> display = DescentDisplay("adam", steps=50)
        >>> display.update(1).get_title()
        '1 step'
    """

    def __init__(
        self,
        optimizers: Optimizers,
        surface: str | Surface = "beale",
        *,
        start: Sequence[float] | None = None,
        steps: int = 100,
        noise: float | None = None,
        seed: int = 0,
        legend: bool = True,
        title: str = "",
        ax: Axes | None = None,
    ) -> None:
        checks.flag("legend", legend)
        self.surface = surfaces.find(surface)
        self.paths = paths_of(optimizers, self.surface, start, steps, noise, seed)
        self._title = title
        self.ax = axes_or_new(ax, (7.5, 5))
        minima = draw_contours(self.ax, self.surface)
        first_path = next(iter(self.paths.values()))
        self.markers = minima
        ball = {"color": "black", "mec": ink(), "ms": 6, "zorder": 5}
        self.markers += self.ax.plot(*first_path[0], "o", label="start", **ball)
        self.arrows = {}
        self.ends = {}
        for number, (label, path) in enumerate(self.paths.items()):
            color, marker = color_and_marker(number)
            self.arrows[label] = _step_arrows(self.ax, path, color)
            style = {"color": color, "marker": marker, "mec": paper(), "ms": 9, "ls": ""}
            legend_label = label_with_divergence(label, path)
            (self.ends[label],) = self.ax.plot([], [], zorder=6, label=legend_label, **style)
        if legend:
            legend_beside(self.ax, [*self.markers, *self.ends.values()])
        self.update(steps)

    def update(self, steps: int) -> Axes:
        """Show the first `steps` steps and return the Axes."""
        max_steps = len(next(iter(self.paths.values()))) - 1
        steps = checks.integer("steps", steps, 0, max_steps)
        for label, path in self.paths.items():
            updates = np.diff(path, axis=0)
            updates[steps:] = np.nan
            self.arrows[label].set_UVC(*np.ma.masked_invalid(updates).T)
            visible = path[: steps + 1]
            self.ends[label].set_data(*visible[np.isfinite(visible).all(axis=1)][-1:].T)
        count = "1 step" if steps == 1 else f"{steps} steps"
        if self._title:
            set_title(self.ax, f"{self._title}\n{count}")
        else:
            self.ax.set_title(count)
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
    title: str = "",
) -> Axes:
    """Plot the paths of optimizers on a surface, with an arrow for each step.

    Contours are log-spaced, and stars mark the minima. Paths are cached: a second call with another
    number of steps does not compute them again. More than 6 paths have labels at their ends instead
    of a legend.

    Args:
        ax: Axes to draw in; None for a new figure.
        iterations: the number of steps.
        optimizers: a name, see `mlcourse.optimizers.find`, an `Optimizer`, an optimizer of Keras, a
            list of these, or a mapping from labels to them.
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        start: (x, y); None for the surface's default start.
        noise: standard deviation of the noise that is added to each component of the gradient;
            None for the surface's default.
        seed: seed of the noise.
        title: first line of the title, above the number of steps.

    Returns:
        The Axes.

    Raises:
        ValueError: if a name or a number is invalid.

    >>> ax = plot_optimizers(None, 50, ["momentum", "adam"])
    >>> ax.get_title()
    '50 steps'
    """
    checks.integer("iterations", iterations, 1)
    has_legend = len(find_all(optimizers)) <= MAX_LEGEND_LINES
    display = DescentDisplay(
        optimizers,
        surface,
        start=start,
        steps=iterations,
        noise=noise,
        seed=seed,
        legend=has_legend,
        title=title,
        ax=ax,
    )
    if not has_legend:
        label_ends(display.ax, [*display.markers, *display.ends.values()])
        display.update(iterations)  # fits the title to the narrower Axes
    return display.ax


def plot_descent_loss(
    optimizers: Optimizers,
    surface: str | Surface = "beale",
    *,
    start: Sequence[float] | None = None,
    steps: int = 100,
    noise: float | None = None,
    seed: int = 0,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot the loss of optimizers above the minimum of a surface, by step.

    More than 6 lines have labels at their ends instead of a legend.

    Args:
        optimizers, surface, start, noise, seed: see `plot_optimizers`.
        steps: the number of steps.
        title: title of the Axes.
        ax: Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    >>> plot_descent_loss("adam", steps=50).get_yscale()
    'log'
    """
    surface = surfaces.find(surface)
    paths = paths_of(optimizers, surface, start, steps, noise, seed)
    ax = axes_or_new(ax, (7.5, 4))
    markevery = max(1, steps // 8)
    lines: list = []
    for number, (label, path) in enumerate(paths.items()):
        color, marker = color_and_marker(number)
        style = {"color": color, "marker": marker, "mec": paper(), "ms": 8, "markevery": markevery}
        legend_label = label_with_divergence(label, path)
        lines += ax.plot(loss_along(surface, path), lw=2, label=legend_label, **style)
    ax.set(yscale="log", xlabel="step", ylabel="loss above the minimum")
    ax.margins(x=0.02)
    label_ends(ax, sorted(lines, key=_last_value, reverse=True))
    set_title(ax, title)
    return ax


def _last_value(line):
    """Return the value at the end of a line, infinity if it is not finite."""
    last = line.get_ydata()[-1]
    return last if np.isfinite(last) else np.inf


def plot_optimizer_comparison(
    optimizers: Optimizers,
    surface: str | Surface = "beale",
    *,
    start: Sequence[float] | None = None,
    steps: int = 100,
    noise: float | None = None,
    seed: int = 0,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot the paths of optimizers and their losses side by side.

    More than four optimizers have an Axes each instead, with the paths of the others in gray, as
    nobody can tell that many paths apart in one.

    Args:
        optimizers, surface, start, noise, seed: see `plot_optimizers`.
        steps: the number of steps.
        title: title of the figure.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure, with the Axes of `plot_optimizers` and of `plot_descent_loss`, or an Axes for
        each of more than four optimizers.

    >>> figure = plot_optimizer_comparison(["momentum", "nesterov"], steps=50)
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['x', 'step']
    """
    paths = paths_of(optimizers, surfaces.find(surface), start, steps, noise, seed)
    if len(paths) > MAX_TOGETHER:
        n_rows = -(-len(paths) // PANEL_COLUMNS)
        fig = figure_or_new(fig, (2.8 * PANEL_COLUMNS, 2.6 * n_rows))
        _draw_panels(fig, n_rows, paths, surfaces.find(surface))
    else:
        fig = figure_or_new(fig, (10.5, 4))
        left, right = fig.subplots(1, 2)
        options: dict = {"start": start, "steps": steps, "noise": noise, "seed": seed}
        DescentDisplay(optimizers, surface, **options, legend=False, ax=left)
        plot_descent_loss(optimizers, surface, **options, ax=right)
    set_suptitle(fig, title)
    return fig


def _draw_panels(fig, n_rows, paths, surface):
    """Draw each path in an Axes, with the others in gray."""
    axes = fig.subplots(n_rows, PANEL_COLUMNS, sharex=True, sharey=True).flat
    gray = tint(ink(), 0.4)
    for number, (ax, (label, path)) in enumerate(zip(axes, paths.items(), strict=False)):
        draw_contours(ax, surface)
        others = [np.ma.masked_invalid(other) for name, other in paths.items() if name != label]
        ax.add_collection(LineCollection(others, colors=gray, linewidths=0.8), autolim=False)
        color, marker = color_and_marker(number)
        _step_arrows(ax, path, color)
        end = path[np.isfinite(path).all(axis=1)][-1]
        ax.plot(*end, color=color, marker=marker, mec=paper(), ms=9, zorder=6)
        set_title(ax, label_with_divergence(label, path), max_lines=2)
        is_left = number % PANEL_COLUMNS == 0
        is_lowest = number + PANEL_COLUMNS >= len(paths)
        ax.tick_params(labelleft=is_left, labelbottom=is_lowest)
        ax.set(xlabel="x" if is_lowest else "", ylabel="y" if is_left else "")
    for ax in list(fig.axes)[len(paths) :]:
        ax.remove()


def loss_along(surface, path):
    """Return the loss above the minimum along a path, (steps + 1, ..., 2).

    The loss is NaN where it exceeds a thousand times the loss at the start (or at the surface's
    default start, if that is higher), so that diverging losses do not dominate the scale.
    """
    default_loss = surface.f(*surface.start) - surface.lowest
    with np.errstate(all="ignore"):
        loss = np.maximum(surface.f(*np.moveaxis(path, -1, 0)) - surface.lowest, MIN_LOSS)
        return np.where(loss < 1000 * np.fmax(loss[0], default_loss), loss, np.nan)


def paths_of(optimizers, surface, start=None, steps=100, noise=None, seed=0):
    """Return a dict from labels to the paths of optimizers, see `plot_optimizers`."""
    steps = checks.integer("steps", steps, 1)
    return {
        label: cached_path(optimizer, surface, start, steps, noise, seed)
        for label, optimizer in find_all(optimizers).items()
    }


def label_with_divergence(label, path):
    """Return the label, followed by the first non-finite step of the path if it diverges."""
    step = first_nonfinite(path)
    label = NAMES.get(label, label)
    return label if step is None else f"{label} (diverges at step {step})"


def _step_arrows(ax, path, color):
    """Draw an arrow for each step of a path and return the `Quiver`."""
    updates = np.ma.masked_invalid(np.diff(path, axis=0))
    shape = {"width": 0.025, "headwidth": 4, "headlength": 5, "minlength": 0.5, "zorder": 3}
    return ax.quiver(*np.nan_to_num(path[:-1]).T, *updates.T, color=color, **shape, **DATA_ARROWS)
