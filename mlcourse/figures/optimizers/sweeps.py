"""Maps of thousands of descents: convergence by learning rate, and basins of attraction."""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new, grid
from mlcourse.figures._shared.legends import legend_below
from mlcourse.figures._shared.style import GREEN, GREY, ORANGE, PURPLE, RED, SKY, VIOLET, YELLOW
from mlcourse.figures._shared.titles import set_title
from mlcourse.optimizers import Optimizer, convergence, convergence_map, surfaces
from mlcourse.optimizers.surfaces import Surface

MAX_RESOLUTION = 1_000
DIVERGED_COLOR = "#8B1A1A"
UNCONVERGED_COLOR = "#D0D0D0"
BASIN_COLORS = (SKY, YELLOW, RED, GREEN, VIOLET, ORANGE, PURPLE)
"""Colors of basins; the first four differ under deuteranopia in all their tints."""
PALEST_BASIN = 0.6  # strength of the color where a descent needs the most steps


def plot_convergence_map(
    optimizer: str | Optimizer,
    surface: str | Surface,
    *,
    y: float | None = None,
    learning_rates: tuple[float, float] = (1e-4, 10.0),
    steps: int = 200,
    resolution: int = 120,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot the number of steps to convergence, by learning rate and start.

    A descent has converged when it stays within 0.1 of a minimum. Each cell is one descent, and all
    descents are computed at once.

    Args:
        optimizer: see `mlcourse.optimizers.find`. Its learning rate, which must not be a schedule,
            is replaced.
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        y: y of all starts, whose x goes from the left to the right of the frame; None for y of the
            surface's default start.
        learning_rates: the lowest and the highest learning rate, on a log scale.
        steps: the number of steps of each descent.
        resolution: the number of learning rates and of starts, at most 1,000; steps times
            resolution**2 is at most 10**8.
        title: title of the Axes.
        ax: Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if a name or a number is invalid.

    >>> plot_convergence_map("adam", "beale", resolution=20).get_ylabel()
    'learning rate'
    """
    surface = surfaces.find(surface)
    resolution = checks.integer("resolution", resolution, 2, limit=MAX_RESOLUTION)
    low, high = _checked_range(learning_rates)
    y = surface.start[1] if y is None else checks.number("y", y)
    left, right, *_ = surface.frame
    x = np.linspace(left, right, resolution)
    rates = np.geomspace(low, high, resolution)
    starts = np.column_stack([x, np.full_like(x, y)])
    result = convergence_map(optimizer, surface, rates, starts, steps=steps)

    ax = axes_or_new(ax, (7, 4.5))
    cmap = mpl.colormaps["viridis_r"].with_extremes(bad=DIVERGED_COLOR, over=UNCONVERGED_COLOR)
    above_limit = 2.0 * steps
    values = np.where(np.isinf(result.steps), above_limit, result.steps)
    style = {"cmap": cmap, "vmin": 0, "vmax": steps, "rasterized": True}
    mesh = ax.pcolormesh(_cell_edges(x), np.exp(_cell_edges(np.log(rates))), values, **style)
    ax.figure.colorbar(mesh, ax=ax, label="steps to the minimum")
    ax.set(yscale="log", xlabel=f"x of the start (y = {y:g})", ylabel="learning rate")
    ax.set(xlim=(x[0], x[-1]), ylim=(low, high))
    ax.grid(False)
    _add_legend(ax, result)
    set_title(ax, title)
    return ax


def plot_basins(
    optimizer: str | Optimizer,
    surface: str | Surface,
    *,
    steps: int = 300,
    resolution: int = 150,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot the basins of attraction: the minimum that an optimizer converges to, by start.

    Each minimum has a color, which is paler for starts that need more steps.

    Args:
        optimizer: see `mlcourse.optimizers.find`.
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        steps: the number of steps of each descent.
        resolution: the number of starts along each side of the frame, at most 1,000; steps times
            resolution**2 is at most 10**8.
        title: title of the Axes.
        ax: Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if a name or a number is invalid.

    >>> ax = plot_basins("momentum", "himmelblau", resolution=20, steps=50)
    >>> ax.images[0].get_array().shape
    (20, 20, 3)
    """
    surface = surfaces.find(surface)
    resolution = checks.integer("resolution", resolution, 2, limit=MAX_RESOLUTION)
    x, y = grid(surface.frame, resolution)
    result = convergence(optimizer, surface, np.array([x, y]), steps)

    ax = axes_or_new(ax, (6, 5))
    x_edges = _cell_edges(x[0])
    y_edges = _cell_edges(y[:, 0])
    extent = x_edges[0], x_edges[-1], y_edges[0], y_edges[-1]
    colors = _basin_colors(result, len(surface.minima))
    ax.imshow(colors, origin="lower", extent=extent, aspect="auto")
    for number, minimum in enumerate(surface.minima):
        ax.plot(*minimum, "*", color=_basin_color(number), mec="black", mew=1.5, ms=17)
    ax.set(xlim=surface.frame[:2], ylim=surface.frame[2:])
    ax.set(xlabel="x of the start", ylabel="y of the start")
    ax.grid(False)
    _add_legend(ax, result)
    set_title(ax, title)
    return ax


def _basin_colors(result, n_minima):
    """Return the RGB colors of starts, (..., 3), from a `Convergence`."""
    steps = result.steps[..., None]
    slowest = np.percentile(steps[np.isfinite(steps)], 98) if np.isfinite(steps).any() else 1
    strengths = 1 - (1 - PALEST_BASIN) * np.minimum(1, steps / max(1, slowest))
    colors = np.empty((*result.steps.shape, 3))
    colors[np.isinf(result.steps)] = mpl.colors.to_rgb(UNCONVERGED_COLOR)
    colors[np.isnan(result.steps)] = mpl.colors.to_rgb(DIVERGED_COLOR)
    for number in range(n_minima):
        in_basin = result.minimum == number
        rgb = np.array(mpl.colors.to_rgb(_basin_color(number)))
        colors[in_basin] = 1 - strengths[in_basin] * (1 - rgb)
    return colors


def _basin_color(number):
    return BASIN_COLORS[number % len(BASIN_COLORS)]


def _add_legend(ax, result):
    """Add legend entries for unconverged and diverged cells, if there are any."""
    handles = []
    if np.isinf(result.steps).any():
        label = f"not within {result.max_steps} steps"
        handles.append(Patch(facecolor=UNCONVERGED_COLOR, edgecolor=GREY, label=label))
    if np.isnan(result.steps).any():
        handles.append(Patch(facecolor=DIVERGED_COLOR, edgecolor=GREY, label="diverges"))
    if handles:
        legend_below(ax, handles)


def _cell_edges(centers):
    """Return the edges of cells around evenly spaced centers."""
    half = (centers[1] - centers[0]) / 2
    return np.append(centers - half, centers[-1] + half)


def _checked_range(learning_rates):
    """Return the lowest and the highest learning rate."""
    try:
        low, high = learning_rates
    except (TypeError, ValueError):
        rule = "learning_rates must be two, the lowest and the highest"
        raise ValueError(f"{rule}. Got {learning_rates!r} instead.") from None
    low = checks.positive("learning_rates", low)
    high = checks.positive("learning_rates", high)
    if low >= high:
        raise ValueError(f"learning_rates must be low and high. Got {low:g} and {high:g} instead.")
    return low, high
