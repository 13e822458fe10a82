"""A digit, the predictions of several models, and its embedding."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import figure_or_new
from mlcourse.figures._shared.legends import add_legend
from mlcourse.figures._shared.style import PROBABILITIES
from mlcourse.figures._shared.text import LITERAL, fold, shorten
from mlcourse.figures._shared.titles import set_suptitle
from mlcourse.figures.evaluation.boundary import plot_decision_boundary
from mlcourse.figures.evaluation.boundary_response import (
    checked_examples,
    frame_around,
    probabilities,
)
from mlcourse.figures.images.neighbors import STAR
from mlcourse.figures.images.samples import checked_image, show_image

LETTERS = 38  # per line


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
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure.

    Raises:
        ValueError: if embeddings, y or the output of a model have an invalid shape.

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
    frame = frame_around(np.vstack([embeddings, embedding]))
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
        predicted = shorten(class_names[int(second > first)], LETTERS)
        text = f"{shorten(name, LETTERS)}: {predicted} ({max(first, second):.1%})"
        text = fold(text, LETTERS)
        ax.text(0.5, row - 0.3, text, ha="center", va="bottom", fontsize=11, **LITERAL)
        ax.vlines(0.5, row - 0.25, row + 0.25, color="black", lw=1)
    ax.set(xlim=(0, 1), ylim=(len(predictions) - 0.4, -0.7), yticks=[], xticks=[0, 0.5, 1])
    label = f"probability of {class_names[0]} | {class_names[1]}"
    ax.set_xlabel(shorten(label, LETTERS, 4), **LITERAL)
    ax.grid(False)
