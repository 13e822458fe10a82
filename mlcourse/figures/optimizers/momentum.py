"""One step of momentum as arrows, and descents with noisy gradients."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mlcourse.figures._shared.axes import axes_or_new, draw_contours, figure_or_new
from mlcourse.figures._shared.legends import color_and_marker, legend_beside
from mlcourse.figures._shared.style import BLUE, GREEN, RED, ink
from mlcourse.figures._shared.titles import set_title
from mlcourse.figures.optimizers.descent import TRUE_ARROWS, Optimizers, loss_along
from mlcourse.optimizers import find_all, momentum_step, noisy_paths, surfaces
from mlcourse.optimizers.surfaces import Surface

ROOM = 0.15  # around the arrows, as a share of their extent
RING = "0.4"  # seen on contours, and in the legend of a dark style
SMALLEST = 1e-6  # extent: at a minimum all arrows are of length 0


def plot_nesterov(
    ax: Axes | None,
    method: str = "Nesterov momentum",
    *,
    surface: str | Surface = "beale",
    step: int = 18,
    start: Sequence[float] | None = None,
) -> Axes:
    """Draws a step of momentum taken apart, and returns the Axes.

    Shown are the previous update, the part of it that momentum keeps, the step against the
    gradient, and the actual step, their sum. The gradient is measured at the hollow point: where
    the ball is, or, in Nesterov's way, where momentum alone would lead.

    Args:
        ax: the Axes to draw in; None for new ones.
        method: "Momentum" or "Nesterov momentum".
        surface, step, start: see `mlcourse.optimizers.momentum_step`.

    Returns:
        The Axes.

    Raises:
        ValueError: for a method, surface, step or start that cannot be.

    >>> plot_nesterov(None, "Momentum").get_title()
    'Momentum'
    """
    surface = surfaces.find(surface)
    parts = momentum_step(surface, method, step, start)
    ahead = parts.place + parts.momentum
    gradient = "gradient step"
    if not np.array_equal(parts.measured_at, parts.place):
        gradient = f"look-ahead\n{gradient}"
    arrows = [
        ("previous update", parts.place - parts.previous, parts.previous, "#5F5F5F", 1),
        ("momentum step", parts.place, parts.momentum, BLUE, 1),
        (gradient, parts.measured_at, parts.gradient_step, RED, 1),
        ("actual step", parts.place, parts.actual, GREEN, 1.6),
    ]
    ax = axes_or_new(ax, (7, 4))
    ends = [end for _, tail, arrow, *_ in arrows for end in (tail, tail + arrow)]
    handles = draw_contours(ax, surface, _frame_around(np.array([*ends, ahead])))
    for name, tail, arrow, color, width in arrows:
        shape = {"color": color, "width": 0.035 * width, "zorder": 3}
        handles.append(ax.quiver(*tail, *arrow, label=name, **shape, **TRUE_ARROWS))
    corners = ahead, parts.place + parts.actual, parts.measured_at + parts.gradient_step
    ax.plot(*np.transpose(corners), color="black", lw=1.2, ls=":", zorder=2)  # the parallelogram
    ball = {"color": "black", "mec": ink(), "ms": 8, "zorder": 5}
    handles += ax.plot(*parts.place, "o", label="ball", **ball)
    ring = {"color": "none", "mec": RING, "mew": 1.8, "ms": 14, "zorder": 5}
    handles += ax.plot(*parts.measured_at, "o", label="gradient is\nmeasured here", **ring)
    ax.set(title=method, aspect="equal")
    legend_beside(ax, handles)
    return ax


def _frame_around(points):
    """Returns (left, right, bottom, top), as wide as high, with room around the points."""
    low, high = points.min(axis=0), points.max(axis=0)
    middle, reach = (low + high) / 2, (0.5 + ROOM) * max((high - low).max(), SMALLEST)
    return (middle[0] - reach, middle[0] + reach, middle[1] - reach, middle[1] + reach)


def plot_gradient_noise(
    optimizers: Optimizers,
    steps: int = 100,
    fig: Figure | None = None,
    *,
    surface: str | Surface = "noisy_bowl",
    runs: int = 300,
    noise: float | None = None,
    seed: int = 0,
) -> Figure:
    """Draws where descents with noisy gradients end, and their loss on the way; returns the Figure.

    Args:
        optimizers: what `plot_optimizers` takes.
        steps: how many each descent has.
        fig: the Figure to draw in; None for a new one.
        surface: one of `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        runs: how many descents each optimizer makes, each with noise of its own.
        noise: standard deviation of what is added to each number of the gradient; None for the
            surface's own.
        seed: of that noise, which is the same for all optimizers.

    Returns:
        The Figure: above where the descents of each optimizer end, below the mean of their heights
        above the minimum by step.

    Raises:
        ValueError: for a name or a number that cannot be; the message says which can.

    >>> len(plot_gradient_noise(["sgd", "adam"], steps=20, runs=10).axes)
    3
    """
    surface = surfaces.find(surface)
    paths = {
        label: noisy_paths(surface, optimizer, steps=steps, runs=runs, noise=noise, seed=seed)
        for label, optimizer in find_all(optimizers).items()
    }
    fig = figure_or_new(fig, (10.5, 6))
    rows = fig.add_gridspec(2, len(paths))
    below = fig.add_subplot(rows[1, :])
    upper: list = []
    lines: list = []
    for number, (label, path) in enumerate(paths.items()):
        color, marker = color_and_marker(number)
        above = fig.add_subplot(rows[0, number])
        upper.append(above)
        draw_contours(above, surface)
        shape = {"color": color, "marker": marker, "mec": "white"}
        above.plot(*path[-1].T, ls="", ms=5, mew=0.3, **shape)
        above.tick_params(labelleft=number == 0)
        above.set_ylabel("y" if number == 0 else "")
        loss = loss_along(surface, path).mean(axis=1)  # NaN from where one of them has run away
        line = {"lw": 2, "ms": 8, "markevery": max(1, steps // 8), **shape}
        lines += below.plot(loss, label=label, **line)
    below.set(yscale="log", xlabel="step", ylabel="mean loss above the minimum")
    below.margins(x=0.02)
    legend_beside(below, lines)
    for above, label in zip(upper, paths, strict=True):
        set_title(above, label, max_lines=3)
    return fig
