"""The mistakes of a model, by what is taken for what."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from mlcourse import checks, evaluation
from mlcourse.figures.mistakes import plot_mistakes
from mlcourse.interactive.controls import menu
from mlcourse.interactive.live import Interactive

SHEETS = {"3": (1, 3), "8": (2, 4), "18": (3, 6)}  # rows and columns, by the number of pictures


def mistakes_by_class(
    x: ArrayLike, y: ArrayLike, answers: ArrayLike, class_names: Sequence[str], *, title: str = ""
) -> Interactive:
    """Returns the pictures that are read wrong, the surest first, and menus of the classes.

    Args:
        x: pictures, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y: their classes, as in `evaluation.accuracy`.
        answers: what a model says, as in `evaluation.accuracy`.
        class_names: in label order.
        title: text above the pictures.

    Returns:
        An `Interactive`. Its values `true` and `answer` are numbers of classes, or "any".

    Raises:
        ValueError: if lengths differ, or a class has no name.

    >>> import numpy as np
    >>> pictures = np.zeros((3, 28, 28))
    >>> mistakes_by_class(pictures, [0, 1, 1], [0, 1, 0], ["cat", "dog"]).values
    {'true': 'any', 'answer': 'any', 'shown': '18'}
    """
    checks.same_length("x", x, "y", y)
    class_names = checks.texts("class_names", class_names)
    x, kinds = checks.array("x", x), evaluation.classes(y)
    options = [("any", "any"), *((name, label) for label, name in enumerate(class_names))]

    def draw(figure, true, answer, shown):
        options = {"class_names": class_names, "title": title, "fig": figure}
        chosen = {"true": true, "answer": answer}
        options |= {name: kind for name, kind in chosen.items() if kind != "any"}
        plot_mistakes(x, kinds, answers, *SHEETS[shown], **options)

    controls = {
        "true": menu("True class", options),
        "answer": menu("Taken for", options),
        "shown": menu("Pictures", list(SHEETS), "18"),
    }
    alt = "Pictures that a model reads wrong, each under its class and what it was taken for."
    return Interactive(
        draw, controls, size=(10.5, 6.8), alt=alt, frames={"true": None, "answer": None}
    )
