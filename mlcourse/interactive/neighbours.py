"""An explorer of what a layer makes of examples: where each is, and what is near it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mlcourse import checks, evaluation
from mlcourse.figures.neighbours import plot_neighbours
from mlcourse.interactive.controls import menu, slider
from mlcourse.interactive.live import Interactive

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
        plot_neighbours(
            pictures, classes, places, found[kind][example], title=title, fig=figure, **options
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
