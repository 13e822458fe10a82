"""Surfaces in three dimensions, and animated descents."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from mlcourse._core import checks
from mlcourse.figures._shared.animation import MAX_FRAMES, GifAnimation, evenly_spaced
from mlcourse.figures._shared.axes import axes_3d_or_new, format_axes_3d, grid
from mlcourse.figures._shared.legends import color_and_marker, legend_3d
from mlcourse.figures._shared.style import YELLOW
from mlcourse.figures._shared.titles import set_title
from mlcourse.figures.optimizers.descent import (
    DescentDisplay,
    Optimizers,
    label_with_divergence,
    paths_of,
)
from mlcourse.optimizers import surfaces
from mlcourse.optimizers.surfaces import Surface

MAX_LINEAR_HEIGHT = 100  # a higher surface is drawn on a log scale


def plot_surface(
    surface: str | Surface,
    *,
    optimizers: Optimizers | None = None,
    steps: int = 100,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot a surface in three dimensions, with paths of optimizers on it.

    A surface that rises more than 100 above its minimum is drawn as log10(1 + f - min f).

    Args:
        surface: a name in `mlcourse.optimizers.surfaces.SURFACES`, or a `Surface`.
        optimizers: see `plot_optimizers`; None for no paths. Paths begin at the surface's default
            start and end where they leave its frame.
        steps: the number of steps of each path.
        title: title of the Axes.
        ax: three-dimensional Axes to draw in; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ValueError: if the name of a surface or an optimizer is unknown. The message lists the known
            names.

    >>> plot_surface("saddle").get_zlabel()
    'f'
    """
    surface = surfaces.find(surface)
    checks.integer("steps", steps, 1)
    paths = {} if optimizers is None else paths_of(optimizers, surface, steps=steps)
    ax = axes_3d_or_new(ax, (6.5, 5.5))
    ax.computed_zorder = False  # otherwise the surface hides the paths
    x, y = grid(surface.frame, 100)
    is_log = surface.f(x, y).max() - surface.lowest > MAX_LINEAR_HEIGHT

    def height(x, y):
        z = surface.f(x, y)
        return np.log10(1 + z - surface.lowest) if is_log else z

    style = {"cmap": "Blues", "alpha": 0.85, "lw": 0.2, "edgecolor": "#5F7482", "zorder": 1}
    ax.plot_surface(x, y, height(x, y), rcount=50, ccount=50, **style)
    minima = np.array(surface.minima).T
    ax.plot(*minima, height(*minima), "*", color=YELLOW, mec="black", ms=15, ls="", zorder=3)
    lines: list = []
    for number, (label, path) in enumerate(paths.items()):
        color, marker = color_and_marker(number)
        legend_label = label_with_divergence(label, path)
        path = _path_within(path, surface.frame)
        line = {"color": color, "lw": 2.5, "marker": marker, "markevery": [-1], "ms": 8}
        lines += ax.plot(*path.T, height(*path.T), zorder=2, label=legend_label, **line)
    if lines:
        legend_3d(ax, lines)
    ax.set(xlabel="x", ylabel="y", zlabel=r"$\log_{10}(1 + f)$" if is_log else "f")
    format_axes_3d(ax)
    ax.view_init(50, -65)
    set_title(ax, title)
    return ax


def _path_within(path, frame):
    """Return the path up to the point where it leaves the frame."""
    left, right, bottom, top = frame
    outside = ~((path >= (left, bottom)) & (path <= (right, top))).all(axis=1)
    return path[: outside.argmax()] if outside.any() else path


def animate_descent(
    optimizers: Optimizers,
    surface: str | Surface = "beale",
    *,
    start: Sequence[float] | None = None,
    steps: int = 100,
    noise: float | None = None,
    seed: int = 0,
    frames: int = 50,
    fps: float = 10,
    title: str = "",
) -> GifAnimation:
    """Animate the paths of optimizers on a surface.

    Args:
        optimizers, surface, start, noise, seed, title: see `plot_optimizers`.
        steps: the number of steps, at most 100,000.
        frames: the largest number of frames, at most 1,000. If there are more steps, some have no
            frame.
        fps: frames per second.

    Returns:
        A `matplotlib.animation.FuncAnimation`. A notebook displays it as a GIF, `save_animation`
        writes it to a file, and `to_jshtml()` adds buttons to pause and resume it.

    Raises:
        ValueError: if a name or a number is invalid.

    >>> from mlcourse.figures import save_animation
    >>> animation = animate_descent("adam", steps=20, frames=5)  # doctest: +SKIP
    >>> save_animation(animation, "build/adam.gif")  # doctest: +SKIP
    PosixPath('build/adam.gif')
    """
    frames = checks.integer("frames", frames, 2, limit=MAX_FRAMES)
    fps = checks.positive("fps", fps)
    options: dict = {"start": start, "steps": steps, "noise": noise, "seed": seed, "title": title}
    display = DescentDisplay(optimizers, surface, **options)
    alt = "paths of optimizers, growing"
    frame_steps = evenly_spaced(steps, frames)
    return GifAnimation(display.ax.figure, display.update, frame_steps, fps=fps, alt=alt)
