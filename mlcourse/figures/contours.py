"""Contours of the surfaces that optimizers descend."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from mlcourse.figures.style import YELLOW

LEVELS = 25
RESOLUTION = 200  # points along each side
DECADES = 5  # between the lowest contour and the highest
HEIGHTS = LinearSegmentedColormap.from_list("heights", ["#FFFFFF", "#C9D6DF", "#8DA3B3"])


def grid(frame, resolution):
    """Returns x and y of a mesh over (left, right, bottom, top), two (resolution, resolution)."""
    left, right, bottom, top = frame
    sides = np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    return np.meshgrid(*sides)


def draw_contours(ax, surface, frame=None):
    """Draws a surface as log-spaced contours of its height above the minimum, a star at each.

    Returns:
        A list of the artist of the stars; an empty one if no minimum is inside.
    """
    frame = surface.frame if frame is None else frame
    x, y = grid(frame, RESOLUTION)
    with np.errstate(all="ignore"):  # a surface may have places without a height
        height = np.ma.masked_invalid(surface.f(x, y) - surface.lowest)
    depth = np.log10(np.maximum(height, max(height.max() / 10**DECADES, 1e-30)))
    levels = np.linspace(depth.min(), depth.max(), LEVELS)
    if np.all(np.diff(levels) > 0):  # it is not flat
        ax.contourf(x, y, depth, levels=levels, cmap=HEIGHTS)
        lines = {"colors": "#5F7482", "linewidths": 0.5, "linestyles": "solid"}
        ax.contour(x, y, depth, levels=levels, **lines)
    stars = []
    inside = [minimum for minimum in surface.minima if _is_inside(minimum, frame)]
    if inside:
        star = {"marker": "*", "color": YELLOW, "mec": "black", "ms": 15, "ls": "", "zorder": 4}
        stars = ax.plot(*np.transpose(inside), label="minimum", **star)
    ax.set(xlim=frame[:2], ylim=frame[2:], xlabel="x", ylabel="y")
    ax.grid(False)
    return stars


def _is_inside(point, frame):
    left, right, bottom, top = frame
    return left <= point[0] <= right and bottom <= point[1] <= top
