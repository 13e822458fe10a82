"""Misclassified images by class, and neighbours in an embedding."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.figures.images.neighbors import plot_neighbors
from mlcourse.figures.images.predictions import plot_misclassified
from mlcourse.interactive.controls import menu, slider
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
        rows, cols = SHEETS[shown]
        options = {"rows": rows, "cols": cols, "class_names": class_names}
        options |= {"title": title, "fig": figure}
        classes = {"true_class": true, "predicted_class": answer}
        options |= {name: label for name, label in classes.items() if label != "any"}
        plot_misclassified(x, found.true, predictions, **options)

    controls = {
        "true": menu("True class", options),
        "answer": menu("Predicted class", options),
        "shown": menu("Pictures", list(SHEETS), "18"),
    }
    alt = "Misclassified images, each under its true and its predicted class."
    return Interactive(
        draw, controls, size=(10.5, 6.8), alt=alt, frames={"true": None, "answer": None}
    )


BEFOREHAND = 40  # examples on a page without a kernel


def embedding(
    pictures: ArrayLike,
    y: ArrayLike,
    outputs: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
) -> Interactive:
    """Returns examples as a layer places them, with a slider through them and a menu of classes.

    Beside the plane stand the chosen picture and those nearest to it, by all of the layer's
    outputs.

    Args:
        pictures: (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y: their classes, as in `evaluation.accuracy`.
        outputs: of the layer, (n, units); more than two are drawn by their first two principal
            components.
        class_names: in label order; None for the classes' numbers.
        title: text above all.

    Returns:
        An `Interactive`. Its values are `kind`, the number of a class or "any", and
        `example`, the place among those of that class.

    Raises:
        ValueError: if lengths differ, or a class has no name.

    >>> places = np.arange(20.0).reshape(10, 2)
    >>> embedding(np.zeros((10, 4, 4)), [0, 1] * 5, places).set(kind=1, example=4)
    """
    classes, known = evaluation.encode(y, class_names)
    outputs = checks.finite("outputs", outputs)
    places, axis_names = _plane(outputs)
    found: dict[str | int, np.ndarray] = {"any": np.arange(len(classes))}
    found.update({int(label): np.flatnonzero(classes == label) for label in np.unique(classes)})
    kinds = [label for label in found if label != "any"]
    options = [("any", "any"), *((known[int(kind)], kind) for kind in kinds)]
    example = slider("Example", 0, len(classes) - 1)

    def draw(figure, kind, example):
        options = {"outputs": outputs, "class_names": known, "axis_names": axis_names}
        plot_neighbors(
            pictures, classes, places, found[kind][example], title=title, **options, fig=figure
        )

    def fit_slider(kind):
        example.max = len(found[kind]) - 1
        return {}

    alt = "A picture, its place among those of all examples, and the pictures nearest to it there."
    controls, some = {"kind": menu("Class", options), "example": example}, range(BEFOREHAND)
    more: dict = {"linked": {"kind": fit_slider}, "frames": {"example": some}}
    return Interactive(draw, controls, size=(10.5, 5), alt=alt, **more)


def _plane(outputs):
    """Returns a place for each of the outputs, (n, 2), and what its axes are called."""
    if outputs.ndim != 2 or outputs.shape[1] < 2:
        rule = "outputs must be of shape (n, units), with two units at least"
        raise ValueError(f"{rule}. Got {outputs.shape} instead.")
    if outputs.shape[1] == 2:
        return outputs, ("unit 1", "unit 2")
    from sklearn.decomposition import PCA

    components = PCA(2, random_state=0).fit(outputs)
    shares = components.explained_variance_ratio_
    words = (f"component {i} ({share:.0%} of the variance)" for i, share in enumerate(shares, 1))
    return components.transform(outputs), tuple(words)
