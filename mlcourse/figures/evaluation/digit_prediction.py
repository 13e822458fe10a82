"""A digit, what several models say of it, and where it falls in the embedding of one of them."""

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
from mlcourse.figures.images.neighbours import CHOSEN
from mlcourse.figures.images.samples import checked_picture, show_picture

LETTERS = 38  # of a text on a line


def plot_digit_prediction(
    image: ArrayLike,
    models: Mapping[str, Callable],
    encoder: Callable,
    head: Callable,
    points: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[str] = ("0", "1"),
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Draws a digit beside what models of two classes say of it and where it falls in an embedding.

    Args:
        image: (28, 28), uint8 or in [0, 1], as `datasets.preprocess_digit` makes it.
        models: a dict from names to functions from pictures (n, pixels) in [0, 1] to the
            probability of the second class, (n, 1), or of both, (n, 2).
        encoder: a function from such pictures to their places in the embedding, (n, 2).
        head: a function from these places to the probability of the second class, (n, 1).
        points: places of examples, (n, 2).
        y: their labels, as in `evaluation.accuracy`, of two classes.
        class_names: of the two.
        title: text above all.
        fig: a Figure to fill; None for a new one.

    Returns:
        The Figure.

    Raises:
        ValueError: if points, y or a model's answer are of another shape.

    Example:
        >>> unsure, where = lambda x: np.full((len(x), 1), 0.4), lambda x: x[:, :2]
        >>> models, points = {"a guess": unsure}, [[0, 0], [1, 1]]
        >>> figure = plot_digit_prediction(np.eye(28), models, where, unsure, points, [0, 1])
        >>> figure.axes[1].texts[0].get_text()
        'a guess: 0 (60.0%)'
    """
    image, names = checked_picture("image", image), checks.texts("class_names", class_names)
    checks.same_length("class_names", names, "the two classes", (0, 1))
    points, y = checked_examples(points, y)
    models = checks.mapping("models", models, "names to functions")
    for name, one in {"encoder": encoder, **models}.items():
        checks.function(name, one)
    x = image.reshape(1, -1).astype(np.float32) / (255 if image.dtype == np.uint8 else 1)
    both = np.array([0, 1])
    answers = {name: probabilities(model, x, both).shares[0] for name, model in models.items()}
    place = checks.finite("the place in the embedding", encoder(x))
    checks.n_features("the place in the embedding", place, 2)
    frame = frame_around(np.vstack([points, place]))
    fig = figure_or_new(fig, (11, 4))
    left, middle, right = fig.subplots(1, 3, width_ratios=(1, 1.1, 1.7))
    show_picture(left, image)
    _draw_answers(middle, answers, names)
    plot_decision_boundary(head, points, y, right, frame=frame, class_names=names, colorbar=False)
    examples = [artist for artist in right.collections if artist.get_label() in names]
    star = right.plot(*place[0], label="this digit", **CHOSEN)
    add_legend(right, [*examples, *star], loc="best", frameon=True)
    set_suptitle(fig, title)
    return fig


def _draw_answers(ax, answers, class_names):
    """Draws a bar a model, which the classes share by their probabilities."""
    for row, (name, (first, second)) in enumerate(answers.items()):
        for start, share, color in ((0, first, 0.0), (first, second, 1.0)):
            ax.barh(row, share, left=start, color=PROBABILITIES(color), height=0.5)
        answer = shorten(class_names[int(second > first)], LETTERS)
        words = f"{shorten(name, LETTERS)}: {answer} ({max(first, second):.1%})"
        words = fold(words, LETTERS)
        ax.text(0.5, row - 0.3, words, ha="center", va="bottom", fontsize=11, **LITERAL)
        ax.vlines(0.5, row - 0.25, row + 0.25, color="black", lw=1)
    ax.set(xlim=(0, 1), ylim=(len(answers) - 0.4, -0.7), yticks=[], xticks=[0, 0.5, 1])
    label = f"probability of {class_names[0]} | {class_names[1]}"
    ax.set_xlabel(shorten(label, LETTERS, 4), **LITERAL)
    ax.grid(False)
