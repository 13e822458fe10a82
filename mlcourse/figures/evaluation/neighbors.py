"""An image and its nearest neighbors in an embedding, and predictions for a digit."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.figures._shared.axes import check_min_size, figure_or_new
from mlcourse.figures._shared.legends import add_legend, color_and_marker
from mlcourse.figures._shared.style import PROBABILITIES, YELLOW, ink
from mlcourse.figures._shared.text import LITERAL, fold, set_literal, shorten
from mlcourse.figures._shared.titles import set_caption, set_suptitle
from mlcourse.figures.evaluation.boundary import plot_decision_boundary
from mlcourse.figures.evaluation.boundary_response import (
    checked_examples,
    frame_around,
    probabilities,
)
from mlcourse.figures.images.samples import checked_image, checked_images, show_image

STAR = {"marker": "*", "color": YELLOW, "mec": "black", "ms": 20, "ls": "", "zorder": 5}
RING = {"marker": "o", "mfc": "none", "ms": 11, "mew": 1.6, "ls": "", "zorder": 4}
LETTERS = 40  # per line of an axis label
MAX_NEIGHBORS = 100
MAX_COLUMNS = 3  # of images
MIN_SIZE = (6.4, 4)  # inches, below which texts would overlap


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
        n_neighbors: the number of neighbors, at most 100.
        class_names: names of the classes, in label order; None for the labels.
        axis_names: names of the two axes of the plane.
        title: title of the figure.
        fig: Figure to draw in, of at least 6.4 x 4 inches; None for a new figure.

    Returns:
        The Figure: the Axes of the plane, then those of the image and of its neighbors.

    Raises:
        ValueError: if lengths differ, embeddings are not (n, 2), the index is out of range, or the
            figure is too small.

    >>> x = np.zeros((3, 4, 4))
    >>> figure = plot_neighbors(x, [0, 1, 1], [[0, 0], [5, 5], [1, 1]], 0, n_neighbors=1)
    >>> [axes.get_title() for axes in figure.axes[1:]]
    ['example 0: 0', '1']
    """
    x = checked_images("x", x)
    embeddings = checks.finite("embeddings", embeddings)
    checks.n_features("embeddings", embeddings, 2)
    checks.coordinates("embeddings", embeddings)
    checks.same_length("x", x, "embeddings", embeddings)
    checks.same_length("x", x, "y", y)
    index = checks.integer("index", index, 0, len(x) - 1)
    outputs = embeddings if outputs is None else checks.finite("outputs", outputs)
    checks.same_length("x", x, "outputs", outputs)
    neighbors = nearest(outputs, index, n_neighbors)
    labels, class_names = evaluation.encode(y, class_names)
    names = [class_names[label] for label in labels]
    check_min_size(fig, MIN_SIZE)
    fig = figure_or_new(fig, (11, 5))
    left, right = fig.subfigures(1, 2, width_ratios=(1.3, 1))
    _draw_plane(left.subplots(), labels, names, embeddings, index, neighbors)
    set_literal(left.axes[0].set_xlabel, shorten(axis_names[0], LETTERS, 4))
    set_literal(left.axes[0].set_ylabel, shorten(axis_names[1], LETTERS, 4))
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
    n_neighbors = min(
        checks.integer("n_neighbors", n_neighbors, 1, limit=MAX_NEIGHBORS), len(outputs) - 1
    )
    return np.argsort(distances, kind="stable")[:n_neighbors]


def _draw_plane(ax, labels, names, embeddings, index, neighbors):
    """Draw the embeddings by class, with a star for the example and rings for its neighbors."""
    handles = []
    for label in np.unique(labels):
        color, marker = color_and_marker(label)  # of a class, also if others have no examples
        is_class = labels == label
        name = names[int(np.argmax(is_class))]
        style = {"s": 18, "color": color, "marker": marker, "alpha": 0.6, "lw": 0}
        handles.append(ax.scatter(*embeddings[is_class].T, label=name, **style))
    handles += ax.plot(*embeddings[neighbors].T, label="neighbor", mec=ink(), **RING)
    handles += ax.plot(*embeddings[index], label="example", **STAR)
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
    lower.suptitle("nearest neighbors", fontsize=12)


CLASS_LETTERS = 38  # per line
MIN_DIGIT_SIZE = (6.4, 3)  # inches, below which texts would overlap


def plot_digit_prediction(
    image: ArrayLike,
    models: Mapping[str, Callable],
    encoder: Callable,
    head: Callable,
    embeddings: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[str] = ("0", "1"),
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot a digit, the predictions of binary classifiers, and its embedding among others.

    Args:
        image: (28, 28), uint8 or in [0, 1], as returned by `datasets.preprocess_digit`.
        models: a dict from names to functions from images, (n, pixels), in [0, 1], to probabilities
            of the second class, (n, 1), or of both classes, (n, 2).
        encoder: a function from these images to embeddings, (n, 2).
        head: a function from embeddings to probabilities of the second class, (n, 1).
        embeddings: embeddings of examples, (n, 2).
        y: labels of these examples, of two classes, as in `evaluation.accuracy`.
        class_names: names of the two classes.
        title: title of the figure.
        fig: Figure to draw in, of at least 6.4 x 3 inches; None for a new figure.

    Returns:
        The Figure.

    Raises:
        ValueError: if embeddings, y or the output of a model have an invalid shape, or the figure
            is too small.

    Example:
        >>> guess, encoder = lambda x: np.full((len(x), 1), 0.4), lambda x: x[:, :2]
        >>> models, embeddings = {"a guess": guess}, [[0, 0], [1, 1]]
        >>> figure = plot_digit_prediction(np.eye(28), models, encoder, guess, embeddings, [0, 1])
        >>> figure.axes[1].texts[0].get_text()
        'a guess: 0 (60.0%)'
    """
    image = checked_image("image", image)
    names = checks.texts("class_names", class_names)
    checks.same_length("class_names", names, "the two classes", (0, 1))
    embeddings, y = checked_examples(embeddings, y)
    models = checks.mapping("models", models, "names to functions")
    for name, function in {"encoder": encoder, **models}.items():
        checks.function(name, function)
    x = image.reshape(1, -1).astype(np.float32) / (255 if image.dtype == np.uint8 else 1)
    labels = np.array([0, 1])
    predictions = {
        name: probabilities(model, x, labels).scores[0] for name, model in models.items()
    }
    embedding = checks.finite("the embedding of the image", encoder(x))
    checks.n_features("the embedding of the image", embedding, 2)
    checks.coordinates("the embedding of the image", embedding)
    frame = frame_around(np.vstack([embeddings, embedding]))
    check_min_size(fig, MIN_DIGIT_SIZE)
    fig = figure_or_new(fig, (11, 4))
    left, middle, right = fig.subplots(1, 3, width_ratios=(1, 1.1, 1.7))
    show_image(left, image)
    _draw_predictions(middle, predictions, names)
    options: dict = {"frame": frame, "class_names": names, "colorbar": False}
    plot_decision_boundary(head, embeddings, y, **options, ax=right)
    examples = [artist for artist in right.collections if artist.get_label() in names]
    star = right.plot(*embedding[0], label="this digit", **STAR)
    add_legend(right, [*examples, *star], loc="best", frameon=True)
    set_suptitle(fig, title)
    return fig


def _draw_predictions(ax, predictions, class_names):
    """Draw a bar for each model, divided by the probabilities of the two classes."""
    for row, (name, (first, second)) in enumerate(predictions.items()):
        ax.barh(row, first, left=0, color=PROBABILITIES(0.0), height=0.5)
        ax.barh(row, second, left=first, color=PROBABILITIES(1.0), height=0.5)
        predicted = shorten(class_names[int(second > first)], CLASS_LETTERS)
        text = f"{shorten(name, CLASS_LETTERS)}: {predicted} ({max(first, second):.1%})"
        text = fold(text, CLASS_LETTERS)
        ax.text(0.5, row - 0.3, text, ha="center", va="bottom", fontsize=11, **LITERAL)
        ax.vlines(0.5, row - 0.25, row + 0.25, color="black", lw=1)
    ax.set(xlim=(0, 1), ylim=(len(predictions) - 0.4, -0.7), yticks=[])
    ax.xaxis.set_major_locator(MaxNLocator(2))
    label = f"probability of {class_names[0]} | {class_names[1]}"
    set_literal(ax.set_xlabel, shorten(label, CLASS_LETTERS, 4))
    ax.grid(False)
