"""Misclassified images by true and predicted class."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from mlcourse import checks, evaluation
from mlcourse.figures.mistakes import plot_mistakes
from mlcourse.interactive.controls import menu
from mlcourse.interactive.live import Interactive

SHEETS = {"3": (1, 3), "8": (2, 4), "18": (3, 6)}  # rows and columns, by the number of pictures


def mistakes_by_class(
    x: ArrayLike,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    class_names: Sequence[str],
    *,
    title: str = "",
    from_logits: bool = False,
) -> Interactive:
    """Return the misclassified images, most confident first, and menus of the classes.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y_true: labels, as in `evaluation.accuracy`.
        y_pred: predictions, as in `evaluation.accuracy`.
        class_names: in label order.
        title: text above the images.
        from_logits: as in `evaluation.accuracy`.

    Returns:
        An `Interactive`. Its values `true` and `answer` are indices of classes, or "any".

    Raises:
        ValueError: if lengths differ, or a class has no name.

    >>> import numpy as np
    >>> pictures = np.zeros((3, 28, 28))
    >>> mistakes_by_class(pictures, [0, 1, 1], [0, 1, 0], ["cat", "dog"]).values
    {'true': 'any', 'answer': 'any', 'shown': '18'}
    """
    checks.same_length("x", x, "y_true", y_true)
    class_names = checks.texts("class_names", class_names)
    x = checks.array("x", x)
    found = evaluation.checked(y_true, y_pred, class_names, from_logits=from_logits)
    predictions = found.predicted if found.probabilities is None else found.probabilities
    options = [("any", "any"), *((name, label) for label, name in enumerate(class_names))]

    def draw(figure, true, answer, shown):
        options = {"class_names": class_names, "title": title, "fig": figure}
        chosen = {"true": true, "answer": answer}
        options |= {name: kind for name, kind in chosen.items() if kind != "any"}
        plot_mistakes(x, found.true, predictions, *SHEETS[shown], **options)

    controls = {
        "true": menu("True class", options),
        "answer": menu("Predicted class", options),
        "shown": menu("Pictures", list(SHEETS), "18"),
    }
    alt = "Misclassified images, each under its true and its predicted class."
    return Interactive(
        draw, controls, size=(10.5, 6.8), alt=alt, frames={"true": None, "answer": None}
    )
