"""What thousands of descents tell: which learning rates arrive from where, and at which minimum."""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new, grid
from mlcourse.figures._shared.legends import legend_below
from mlcourse.figures._shared.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, YELLOW
from mlcourse.optimizers import Optimizer, arrivals, rates_against_starts, surfaces
from mlcourse.optimizers.surfaces import Surface

DIVERGED, LATE = "#8B1A1A", "#D0D0D0"
BASINS = (BLUE, ORANGE, GREEN, PURPLE, YELLOW, RED, SKY)


def plot_convergence_map(
    surface: str | Surface,
    optimizer: str | Optimizer,
    ax: Axes | None = None,
    *,
    y: float | None = None,
    learning_rates: tuple[float, float] = (1e-4, 10.0),
    steps: int = 200,
    resolution: int = 120,
) -> Axes:
    """Draws how many steps an optimizer needs, by learning rate and start, and returns the Axes.

    A descent has arrived when it stays within 0.1 of a minimum. There is one for each point of
    the picture, and all of them go on at once.

    Args:
        surface: one of `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        optimizer: what `mlcourse.optimizers.find` takes, with a constant rate, which is replaced.
        ax: the Axes to draw in; None for new ones.
        y: of the starts, which lie side by side from left to right; None for that of the
            surface's own.
        learning_rates: the lowest and the highest, on a log scale.
        steps: how many a descent has.
        resolution: how many rates, and how many starts.

    Returns:
        The Axes.

    Raises:
        ValueError: for a name or a number that cannot be; the message says which can.

    >>> plot_convergence_map("beale", "adam", resolution=20).get_ylabel()
    'learning rate'
    """
    surface = surfaces.find(surface)
    resolution = checks.integer("resolution", resolution, 2)
    low, high = _range_of_rates(learning_rates)
    y = surface.start[1] if y is None else checks.number("y", y)
    left, right, *_ = surface.frame
    x, rates = np.linspace(left, right, resolution), np.geomspace(low, high, resolution)
    starts = np.column_stack([x, np.full_like(x, y)])
    found = rates_against_starts(surface, optimizer, rates, starts, steps=steps)

    ax = axes_or_new(ax, (7, 4.5))
    colors = mpl.colormaps["viridis_r"].with_extremes(bad=DIVERGED, over=LATE)
    shown = np.where(np.isinf(found.steps), 2.0 * steps, found.steps)  # over the limit
    look = {"cmap": colors, "vmin": 0, "vmax": steps, "rasterized": True}
    edges = _edges(x), np.exp(_edges(np.log(rates)))
    mesh = ax.pcolormesh(*edges, shown, **look)
    ax.figure.colorbar(mesh, ax=ax, label="steps to the minimum")
    ax.set(yscale="log", xlabel=f"x of the start (y = {y:g})", ylabel="learning rate")
    ax.set(xlim=(x[0], x[-1]), ylim=(low, high))
    ax.grid(False)
    _explain(ax, found)
    return ax


def plot_basins(
    surface: str | Surface,
    optimizer: str | Optimizer,
    ax: Axes | None = None,
    *,
    steps: int = 300,
    resolution: int = 150,
) -> Axes:
    """Draws at which minimum an optimizer ends, by where it starts, and returns the Axes.

    Each minimum has a color, the paler the more steps it takes to get there and stay.

    Args:
        surface: one of `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        optimizer: what `mlcourse.optimizers.find` takes.
        ax: the Axes to draw in; None for new ones.
        steps: how many a descent has.
        resolution: how many starts along each side of the frame.

    Returns:
        The Axes.

    Raises:
        ValueError: for a name or a number that cannot be; the message says which can.

    >>> ax = plot_basins("himmelblau", "momentum", resolution=20, steps=50)
    >>> ax.images[0].get_array().shape
    (20, 20, 3)
    """
    surface = surfaces.find(surface)
    resolution = checks.integer("resolution", resolution, 2)
    x, y = grid(surface.frame, resolution)
    found = arrivals(surface, optimizer, np.array([x, y]), steps)

    ax = axes_or_new(ax, (6, 5))
    across, up = _edges(x[0]), _edges(y[:, 0])
    extent = across[0], across[-1], up[0], up[-1]
    picture = _basins(found, len(surface.minima))
    ax.imshow(picture, origin="lower", extent=extent, aspect="auto")
    for number, minimum in enumerate(surface.minima):
        ax.plot(*minimum, "*", color=_color(number), mec="black", mew=1.5, ms=17)
    ax.set(xlim=surface.frame[:2], ylim=surface.frame[2:])
    ax.set(xlabel="x of the start", ylabel="y of the start")
    ax.grid(False)
    _explain(ax, found)
    return ax


def _basins(found, minima):
    """Returns the colors of the starts, (..., 3), of `Arrivals` at so many minima."""
    steps = found.steps[..., None]
    slow = np.percentile(steps[np.isfinite(steps)], 98) if np.isfinite(steps).any() else 1
    shares = 1 - 0.75 * np.minimum(1, steps / max(1, slow))
    picture = np.empty((*found.steps.shape, 3))
    picture[np.isinf(found.steps)] = mpl.colors.to_rgb(LATE)
    picture[np.isnan(found.steps)] = mpl.colors.to_rgb(DIVERGED)
    for number in range(minima):
        here = found.minimum == number
        picture[here] = 1 - shares[here] * (1 - np.array(mpl.colors.to_rgb(_color(number))))
    return picture


def _color(number):
    return BASINS[number % len(BASINS)]


def _explain(ax, found):
    """Says below the Axes what the colors that are no number of steps mean, if they are there."""
    kinds = {
        f"not within {found.limit} steps": (LATE, np.isinf(found.steps).any()),
        "diverges": (DIVERGED, np.isnan(found.steps).any()),
    }
    shown = [
        Patch(facecolor=color, edgecolor=GREY, label=name)
        for name, (color, there) in kinds.items()
        if there
    ]
    if shown:
        legend_below(ax, shown)


def _edges(centres):
    """Returns the edges of cells around evenly spaced centres."""
    half = (centres[1] - centres[0]) / 2
    return np.append(centres - half, centres[-1] + half)


def _range_of_rates(learning_rates):
    try:
        low, high = learning_rates
    except (TypeError, ValueError):
        rule = "learning_rates must be two, the lowest and the highest"
        raise ValueError(f"{rule}. Got {learning_rates!r} instead.") from None
    low, high = checks.positive("learning_rates", low), checks.positive("learning_rates", high)
    if low >= high:
        raise ValueError(f"learning_rates must be low and high. Got {low:g} and {high:g} instead.")
    return low, high
