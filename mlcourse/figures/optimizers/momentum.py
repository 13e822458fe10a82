"""The vectors of one momentum step, and descents with noisy gradients."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mlcourse.figures._shared.axes import axes_or_new, check_min_size, draw_contours, figure_or_new
from mlcourse.figures._shared.legends import color_and_marker, legend_beside
from mlcourse.figures._shared.style import BLUE, GREEN, RED, ink, on_paper, paper, tint
from mlcourse.figures._shared.titles import set_suptitle, set_title
from mlcourse.figures.optimizers.descent import DATA_ARROWS, Optimizers, loss_along
from mlcourse.optimizers import find_all, momentum_step, noisy_paths, surfaces
from mlcourse.optimizers.momentum_step import METHODS
from mlcourse.optimizers.surfaces import Surface

MARGIN = 0.15  # around the arrows, as a fraction of their extent
MIN_SIZE = (4, 3)  # inches, of a figure of noise, below which texts would overlap
MIN_EXTENT = 1e-6  # at a minimum all arrows have length 0


def plot_nesterov(
    ax: Axes | None,
    method: str = "Nesterov momentum",
    *,
    surface: str | Surface = "beale",
    step: int = 18,
    start: Sequence[float] | None = None,
    title: str = "",
) -> Axes:
    """Plot the vectors of one momentum step.

    The figure shows the previous update, the momentum step, the gradient step, and their sum, the
    actual step. A ring marks the point at which the gradient is computed: the current position,
    or the look-ahead position of Nesterov momentum. Both methods have the same limits, so that two
    figures can be compared.

    Args:
        ax: Axes to draw in; None for a new figure.
        method: "Momentum" or "Nesterov momentum".
        surface, step, start: see `mlcourse.optimizers.momentum_step`.
        title: title of the Axes; the method by default.

    Returns:
        The Axes.

    Raises:
        ValueError: if a method, surface, step or start is invalid.

    >>> plot_nesterov(None, "Momentum").get_title()
    'Momentum'
    """
    surface = surfaces.find(surface)
    vectors = momentum_step(method, surface, step, start)
    both = [momentum_step(name, surface, step, start) for name in METHODS]
    position = vectors.position
    gradient_position = vectors.gradient_position
    look_ahead = position + vectors.momentum
    gradient_label = "gradient step"
    if not np.array_equal(gradient_position, position):
        gradient_label = f"look-ahead\n{gradient_label}"
    previous = vectors.previous_update
    arrows = [
        ("previous update", position - previous, previous, tint(ink(), 0.8), 1),
        ("momentum step", position, vectors.momentum, on_paper(BLUE), 1),
        (gradient_label, gradient_position, vectors.gradient_step, on_paper(RED), 1),
        ("actual step", position, vectors.update, on_paper(GREEN), 1.6),
    ]
    ax = axes_or_new(ax, (7, 4))
    points = np.concatenate([_ends(step_vectors) for step_vectors in both])
    handles = draw_contours(ax, surface, _frame_around(points))
    for label, tail, arrow, color, width in arrows:
        style = {"color": color, "width": 0.035 * width, "zorder": 3}
        handles.append(ax.quiver(*tail, *arrow, label=label, **style, **DATA_ARROWS))
    corners = (
        look_ahead,
        position + vectors.update,
        gradient_position + vectors.gradient_step,
    )
    parallelogram = {"color": ink(), "lw": 1.2, "ls": ":", "zorder": 2}
    ax.plot(*np.transpose(corners), **parallelogram)
    ball = {"color": "black", "mec": ink(), "ms": 8, "zorder": 5}
    handles += ax.plot(*position, "o", label="ball", **ball)
    ring = {"color": "none", "mec": tint(ink(), 0.6), "mew": 1.8, "ms": 14, "zorder": 5}
    handles += ax.plot(*gradient_position, "o", label="gradient is\nmeasured here", **ring)
    ax.set(aspect="equal")
    legend_beside(ax, handles)
    set_title(ax, title or method)
    return ax


def _ends(vectors):
    """Return both ends of each arrow of a `MomentumStep`, (n, 2)."""
    position = vectors.position
    look_ahead = position + vectors.momentum
    after_gradient = vectors.gradient_position + vectors.gradient_step
    before = position - vectors.previous_update
    return np.array([before, position, look_ahead, after_gradient, position + vectors.update])


def _frame_around(points):
    """Return a square (left, right, bottom, top) with a margin around points."""
    low = points.min(axis=0)
    high = points.max(axis=0)
    middle = (low + high) / 2
    half = (0.5 + MARGIN) * max((high - low).max(), MIN_EXTENT)
    return (middle[0] - half, middle[0] + half, middle[1] - half, middle[1] + half)


def plot_gradient_noise(
    optimizers: Optimizers,
    surface: str | Surface = "noisy_bowl",
    *,
    steps: int = 100,
    n_runs: int = 300,
    noise: float | None = None,
    seed: int = 0,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot the final points of descents with noisy gradients, and their mean loss by step.

    Args:
        optimizers: see `plot_optimizers`.
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        steps: the number of steps of each descent.
        n_runs: the number of descents of each optimizer, each with different noise.
        noise: standard deviation of the noise that is added to each component of the gradient;
            None for the surface's default.
        seed: seed of the noise, which is the same for all optimizers.
        title: title of the figure.
        fig: Figure to draw in, of at least 4 x 3 inches; None for a new figure.

    Returns:
        The Figure. The upper row has an Axes with the final points for each optimizer; the lower
        Axes has the mean loss above the minimum.

    Raises:
        ValueError: if a name or a number is invalid, or the figure is too small.

    >>> len(plot_gradient_noise(["sgd", "adam"], steps=20, n_runs=10).axes)
    3
    """
    surface = surfaces.find(surface)
    paths = {
        label: noisy_paths(optimizer, surface, steps=steps, n_runs=n_runs, noise=noise, seed=seed)
        for label, optimizer in find_all(optimizers).items()
    }
    check_min_size(fig, MIN_SIZE)
    fig = figure_or_new(fig, (10.5, 6))
    grid = fig.add_gridspec(2, len(paths))
    loss_ax = fig.add_subplot(grid[1, :])
    point_axes: list = []
    lines: list = []
    for number, (label, path) in enumerate(paths.items()):
        color, marker = color_and_marker(number)
        ax = fig.add_subplot(grid[0, number])
        point_axes.append(ax)
        draw_contours(ax, surface)
        style = {"color": color, "marker": marker, "mec": paper()}
        ax.plot(*path[-1].T, ls="", ms=5, mew=0.3, **style)
        ax.tick_params(labelleft=number == 0)
        ax.set_ylabel("y" if number == 0 else "")
        loss = loss_along(surface, path).mean(axis=1)  # NaN once one of the descents diverges
        line = {"lw": 2, "ms": 8, "markevery": max(1, steps // 8), **style}
        lines += loss_ax.plot(loss, label=label, **line)
    loss_ax.set(yscale="log", xlabel="step", ylabel="mean loss above the minimum")
    loss_ax.margins(x=0.02)
    legend_beside(loss_ax, lines)
    for ax, label in zip(point_axes, paths, strict=True):
        set_title(ax, label, max_lines=3)
    set_suptitle(fig, title)
    return fig
