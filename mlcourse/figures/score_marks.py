"""Scores as points, and as marks at the edge of the picture where they are far out of it."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory

from mlcourse.figures.axes import extent

FAR, FAILED, BEST = "far worse, off the scale", "failed", "best"
PLACES = {FAR: 0.08, FAILED: 0.03}  # of the Axes' height, from the end of the bad scores
ROOM = 0.2  # of the range of scores, above and below, so that no point is where marks are


def draw_scores(ax, trials, ended, at, limits, colour, marker="o", star=None):
    """Draws a point a trial, a star for the best one, and marks at the edge.

    Args:
        ax: the Axes.
        trials: the search.
        ended: those of its trials that have ended.
        at: where they are from left to right.
        limits: the lowest and the highest score that is shown.
        colour, marker: of the points.
        star: the star's colour; None for that of the points.

    Returns:
        What is there besides points, as a dict of words to markers.
    """
    scores = np.array([one.score if one.is_scored else np.nan for one in ended])
    at, best = np.asarray(at, float), np.array([one is trials.best for one in ended])
    failed = np.isnan(scores)
    far = ~failed & ((scores < limits[0]) | (scores > limits[1]))
    shown = ~failed & ~far
    ax.scatter(at[shown], scores[shown], s=36, color=colour, marker=marker, alpha=0.75, zorder=2)
    found, is_up = {}, trials.direction > 0
    if best.any():
        look = {"s": 220, "color": star or colour, "marker": "*", "edgecolors": "black"}
        ax.scatter(at[best], scores[best], zorder=4, **look)
        found[BEST] = "*"
    place = {"transform": blended_transform_factory(ax.transData, ax.transAxes), "zorder": 3}
    for words, which, mark in ((FAR, far, "v" if is_up else "^"), (FAILED, failed, "x")):
        if which.any():
            edge = PLACES[words] if is_up else 1 - PLACES[words]
            ax.scatter(at[which], [edge] * which.sum(), s=45, color=colour, marker=mark, **place)
            found[words] = mark
    return found


def handle(marker, words, colour, line="none"):
    """Returns a line of a legend for a marker, or for a line of that style with markers."""
    edge = {"mec": "black", "ms": 13} if marker == "*" else {"ms": 7}
    return Line2D([], [], ls=line, lw=2.5, marker=marker, color=colour, label=words, **edge)


def limits(searches):
    """Returns limits that show most scores: what is far worse would squeeze the others together."""
    ends = np.array([one.usual_scores() for one in searches]).ravel()
    ends = ends[np.isfinite(ends)]
    if not len(ends):
        return 0.0, 1.0
    low, high = ends.min(), ends.max()
    room = ROOM * extent(low, high)
    return low - room, high + room
