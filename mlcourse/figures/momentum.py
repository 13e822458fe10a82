"""One step of momentum as arrows, computed on a surface."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from mlcourse import surfaces
from mlcourse.figures.axes import axes_or_new
from mlcourse.figures.contours import draw_contours
from mlcourse.figures.descent import TRUE_ARROWS
from mlcourse.figures.legends import legend_beside
from mlcourse.figures.style import BLUE, GREEN, RED, ink
from mlcourse.optimizers import momentum_step
from mlcourse.surfaces import Surface

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
    for name, tail, arrow, colour, width in arrows:
        shape = {"color": colour, "width": 0.035 * width, "zorder": 3}
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
