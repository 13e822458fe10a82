"""An image, its embedding among others, and its nearest neighbors."""

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
from mlcourse.figures.images.samples import checked_images, show_image

STAR = {"marker": "*", "color": YELLOW, "mec": "black", "ms": 20, "ls": "", "zorder": 5}
RING = {"marker": "o", "mfc": "none", "ms": 11, "mew": 1.6, "ls": "", "zorder": 4}
LETTERS = 40  # per line of an axis label
MAX_COLUMNS = 3  # of images


def plot_neighbors(
    x: ArrayLike,
    y: ArrayLike,
    embeddings: ArrayLike,
    index: int,
    *,
    outputs: ArrayLike | None = None,
    n_neighbors: int = 6,
    class_names: Sequence[str] | None = None,
    axis_names: Sequence[str] = ("unit 1", "unit 2"),
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot embeddings in the plane by class, and the image of one example with its neighbors.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y: labels, as in `evaluation.accuracy`.
        embeddings: embeddings of the examples, (n, 2).
        index: index of the example whose neighbors are shown.
        outputs: vectors whose Euclidean distances define the neighbors, (n, units); None for the
            embeddings.
        n_neighbors: the number of neighbors.
        class_names: names of the classes, in label order; None for the labels.
        axis_names: names of the two axes of the plane.
        title: title of the figure.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure: the Axes of the plane, then those of the image and of its neighbors.

    Raises:
        ValueError: if lengths differ, embeddings are not (n, 2), or the index is out of range.

    >>> x = np.zeros((3, 4, 4))
    >>> figure = plot_neighbors(x, [0, 1, 1], [[0, 0], [5, 5], [1, 1]], 0, n_neighbors=1)
    >>> [axes.get_title() for axes in figure.axes[1:]]
    ['example 0: 0', '1']
    """
    x = checked_images("x", x)
    embeddings = checks.finite("embeddings", embeddings)
    checks.n_features("embeddings", embeddings, 2)
    checks.same_length("x", x, "embeddings", embeddings)
    checks.same_length("x", x, "y", y)
    index = checks.integer("index", index, 0, len(x) - 1)
    outputs = embeddings if outputs is None else checks.finite("outputs", outputs)
    checks.same_length("x", x, "outputs", outputs)
    neighbors = nearest(outputs, index, n_neighbors)
    labels, class_names = evaluation.encode(y, class_names)
    names = [class_names[label] for label in labels]
    fig = figure_or_new(fig, (11, 5))
    left, right = fig.subfigures(1, 2, width_ratios=(1.3, 1))
    _draw_plane(left.subplots(), labels, names, embeddings, index, neighbors)
    left.axes[0].set_xlabel(shorten(axis_names[0], LETTERS, 4), **LITERAL)
    left.axes[0].set_ylabel(shorten(axis_names[1], LETTERS, 4), **LITERAL)
    _draw_images(right, x, names, index, neighbors)
    set_suptitle(fig, title)
    return fig


def nearest(outputs, index, n_neighbors):
    """Return the indices of the nearest neighbors of an example, nearest first.

    Args:
        outputs: vectors, (n, units).
        index: index of the example, which is not its own neighbor.
        n_neighbors: the number of neighbors, at most n - 1.

    >>> nearest([[0.0], [9.0], [1.0], [3.0]], 0, 2).tolist()
    [2, 3]
    """
    outputs = np.asarray(outputs, dtype=float).reshape(len(outputs), -1)
    distances = ((outputs - outputs[index]) ** 2).sum(axis=1)
    distances[index] = np.inf
    n_neighbors = min(checks.integer("n_neighbors", n_neighbors, 1), len(outputs) - 1)
    return np.argsort(distances, kind="stable")[:n_neighbors]


def _draw_plane(ax, labels, names, embeddings, index, neighbors):
    """Draw the embeddings by class, with a star for the example and rings for its neighbors."""
    handles = []
    for number, label in enumerate(np.unique(labels)):
        color, marker = color_and_marker(number)
        is_class = labels == label
        name = names[int(np.argmax(is_class))]
        style = {"s": 18, "color": color, "marker": marker, "alpha": 0.6, "lw": 0}
        handles.append(ax.scatter(*embeddings[is_class].T, label=name, **style))
    handles += ax.plot(*embeddings[neighbors].T, label="nearest", mec=ink(), **RING)
    handles += ax.plot(*embeddings[index], label="chosen", **STAR)
    add_legend(ax, handles, 20, frameon=True, loc="center left", bbox_to_anchor=(1, 0.5))


def _draw_images(figure, x, names, index, neighbors):
    """Draw the image of the example, and the images of its neighbors below it."""
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.5))
    ax = upper.subplots()
    show_image(ax, x[index])
    set_caption(ax, f"example {index}: {names[index]}", fontsize=12)
    n_rows = max(1, -(-len(neighbors) // MAX_COLUMNS))
    for ax in lower.subplots(n_rows, MAX_COLUMNS, squeeze=False).flat:
        ax.set_axis_off()
    for ax, neighbor in zip(lower.axes, neighbors, strict=False):
        show_image(ax, x[neighbor])
        set_caption(ax, names[neighbor], fontsize=12)
    for ax in lower.axes[len(neighbors) :]:
        ax.remove()
    lower.suptitle("nearest to it", fontsize=12)
