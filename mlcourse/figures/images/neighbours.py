"""A picture, where a network puts it among others, and those that are nearest to it there."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.figures._shared.axes import figure_or_new
from mlcourse.figures._shared.legends import add_legend, color_and_marker
from mlcourse.figures._shared.style import YELLOW, ink
from mlcourse.figures._shared.text import LITERAL, shorten
from mlcourse.figures._shared.titles import set_caption, set_suptitle
from mlcourse.figures.images.samples import checked_pictures, show_picture

CHOSEN = {"marker": "*", "color": YELLOW, "mec": "black", "ms": 20, "ls": "", "zorder": 5}
NEAREST = {
    "marker": "o",
    "mfc": "none",
    "ms": 11,
    "mew": 1.6,
    "ls": "",
    "zorder": 4,
}
LETTERS = 40  # of an axis' name on a line
COLUMNS = 3  # of pictures beside the plane


def plot_neighbours(
    pictures: ArrayLike,
    y: ArrayLike,
    places: ArrayLike,
    chosen: int,
    *,
    outputs: ArrayLike | None = None,
    count: int = 6,
    class_names: Sequence[str] | None = None,
    axis_names: Sequence[str] = ("unit 1", "unit 2"),
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Draws places of the plane in classes, and one example's picture beside its nearest ones.

    Args:
        pictures: (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y: their classes, as in `evaluation.accuracy`.
        places: of the examples, (n, 2).
        chosen: the number of the example.
        outputs: what says who is near whom, (n, units); None for the places themselves.
        count: how many neighbours to show, those with the least Euclidean distance.
        class_names: in label order; None for the classes' numbers.
        axis_names: of the two axes of the plane.
        title: text above all.
        fig: a Figure to fill; None for a new one.

    Returns:
        The Figure: the Axes of the plane, then those of the chosen picture and its neighbours.

    Raises:
        ValueError: if lengths differ, places are not (n, 2), or there is no such example.

    >>> x = np.zeros((3, 4, 4))
    >>> figure = plot_neighbours(x, [0, 1, 1], [[0, 0], [5, 5], [1, 1]], 0, count=1)
    >>> [axes.get_title() for axes in figure.axes[1:]]
    ['example 0: 0', '1']
    """
    pictures, places = checked_pictures("pictures", pictures), checks.finite("places", places)
    checks.n_features("places", places, 2)
    checks.same_length("pictures", pictures, "places", places)
    checks.same_length("pictures", pictures, "y", y)
    chosen = checks.integer("chosen", chosen, 0, len(pictures) - 1)
    outputs = places if outputs is None else checks.finite("outputs", outputs)
    checks.same_length("pictures", pictures, "outputs", outputs)
    near = nearest(outputs, chosen, count)
    classes, known = evaluation.encode(y, class_names)
    names = [known[index] for index in classes]
    fig = figure_or_new(fig, (11, 5))
    left, right = fig.subfigures(1, 2, width_ratios=(1.3, 1))
    _draw_plane(left.subplots(), classes, names, places, chosen, near)
    left.axes[0].set_xlabel(shorten(axis_names[0], LETTERS, 4), **LITERAL)
    left.axes[0].set_ylabel(shorten(axis_names[1], LETTERS, 4), **LITERAL)
    _draw_pictures(right, pictures, names, chosen, near)
    set_suptitle(fig, title)
    return fig


def nearest(outputs, chosen, count):
    """Returns the numbers of the examples that are nearest to one, the nearest first.

    Args:
        outputs: (n, units).
        chosen: the number of the example, which is not among them.
        count: how many; fewer if there are not so many.

    >>> nearest([[0.0], [9.0], [1.0], [3.0]], 0, 2).tolist()
    [2, 3]
    """
    outputs = np.asarray(outputs, dtype=float).reshape(len(outputs), -1)
    distances = ((outputs - outputs[chosen]) ** 2).sum(axis=1)
    distances[chosen] = np.inf
    count = min(checks.integer("count", count, 1), len(outputs) - 1)
    return np.argsort(distances, kind="stable")[:count]


def _draw_plane(ax, classes, names, places, chosen, near):
    handles = []
    for number, label in enumerate(np.unique(classes)):
        color, marker = color_and_marker(number)
        here = places[classes == label]
        name = names[int(np.argmax(classes == label))]
        dots = {"s": 18, "color": color, "marker": marker, "alpha": 0.6, "lw": 0}
        handles.append(ax.scatter(*here.T, label=name, **dots))
    handles += ax.plot(*places[near].T, label="nearest", mec=ink(), **NEAREST)
    handles += ax.plot(*places[chosen], label="chosen", **CHOSEN)
    add_legend(ax, handles, 20, frameon=True, loc="center left", bbox_to_anchor=(1, 0.5))


def _draw_pictures(figure, pictures, names, chosen, near):
    """Draws the chosen picture, and the nearest ones in rows below it."""
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.5))
    axes = upper.subplots()
    show_picture(axes, pictures[chosen])
    set_caption(axes, f"example {chosen}: {names[chosen]}", fontsize=12)
    rows = max(1, -(-len(near) // COLUMNS))
    for axes in lower.subplots(rows, COLUMNS, squeeze=False).flat:
        axes.set_axis_off()
    for axes, number in zip(lower.axes, near, strict=False):
        show_picture(axes, pictures[number])
        set_caption(axes, names[number], fontsize=12)
    for axes in lower.axes[len(near) :]:
        axes.remove()
    lower.suptitle("nearest to it", fontsize=12)
