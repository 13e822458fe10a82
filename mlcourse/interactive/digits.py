"""Draw a digit, and see what networks say of it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageDraw

from mlcourse.datasets import drawn_digit
from mlcourse.figures.digit_answers import plot_digit_answers
from mlcourse.interactive.live import Interactive
from mlcourse.interactive.paper import Paper

STROKE = [(90, 80), (150, 50), (205, 90), (150, 140), (215, 195), (150, 250), (80, 220)]


def draw_digit(
    models: Mapping[str, Callable],
    encoder: Callable,
    head: Callable,
    points: ArrayLike,
    y: ArrayLike,
    *,
    first: object = None,
    class_names: Sequence[str] = ("0", "1"),
    title: str = "A drawn digit",
) -> Interactive:
    """Returns a sheet to draw a digit on, and what models say of it after each stroke.

    The drawing, or a picture that is uploaded, is made like those of MNIST by
    `datasets.drawn_digit`. The sheet needs anywidget; without it there is the upload alone.

    Args:
        models, encoder, head, points, y: as `plot_digit_answers` takes them.
        first: the picture of a digit that is shown until there is another one, as `drawn_digit`
            takes it; None for a three.
        class_names: of the two classes.
        title: text above all.

    Returns:
        An `Interactive`. Its one control is a `Paper`.

    Raises:
        ValueError: for what `plot_digit_answers` does not take.

    Example:
        >>> unsure, where = lambda x: np.full((len(x), 1), 0.5), lambda x: x[:, :2]
        >>> shown = draw_digit({"a guess": unsure}, where, unsure, [[0, 0], [1, 1]], [0, 1])
        >>> list(shown.controls)
        ['paper']
    """
    first = _three() if first is None else first

    def draw(figure, paper):
        picture = first if paper is None else paper.picture()
        plot_digit_answers(
            drawn_digit(picture),
            models,
            encoder,
            head,
            points,
            y,
            class_names=class_names,
            title=title,
            fig=figure,
        )

    alt = "A digit, what models say of it, and a star where it falls in the embedding."
    return Interactive(draw, {"paper": Paper()}, size=(10.5, 4), alt=alt)


def _three():
    """Returns a picture of a three, as one might draw it."""
    paper = Image.new("L", (300, 300), "white")
    ImageDraw.Draw(paper).line(STROKE, fill="black", width=24, joint="curve")
    return np.asarray(paper)
