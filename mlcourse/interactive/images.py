"""Interactive figures of misclassified images by class, and of neighbors in an embedding."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.figures.evaluation.neighbors import plot_neighbors
from mlcourse.figures.images.predictions import plot_misclassified
from mlcourse.interactive.controls import menu, slider
from mlcourse.interactive.live import Interactive

GRIDS = {"3": (1, 3), "8": (2, 4), "18": (3, 6)}  # rows and columns, by number of images


def misclassified_by_class(
    x: ArrayLike,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    class_names: Sequence[str],
    *,
    title: str = "",
    from_logits: bool = False,
) -> Interactive:
    """Show misclassified images, most confident first, with menus of true and predicted class.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y_true: labels, as in `evaluation.accuracy`.
        y_pred: predictions, as in `evaluation.accuracy`.
        class_names: names of the classes, in label order.
        title: title above the images.
        from_logits: as in `evaluation.accuracy`.

    Returns:
        An `Interactive`. Its values are `true_class` and `predicted_class`, class indices or "any",
        and `n_images`.

    Raises:
        ValueError: if lengths differ, or a class has no name.

    >>> import numpy as np
    >>> images = np.zeros((3, 28, 28))
    >>> misclassified_by_class(images, [0, 1, 1], [0, 1, 0], ["cat", "dog"]).values
    {'true_class': 'any', 'predicted_class': 'any', 'n_images': '18'}
    """
    checks.same_length("x", x, "y_true", y_true)
    class_names = checks.texts("class_names", class_names)
    x = checks.array("x", x)
    checked = evaluation.checked(y_true, y_pred, class_names, from_logits=from_logits)
    predictions = checked.predicted if checked.probabilities is None else checked.probabilities
    options = [("any", "any"), *((name, label) for label, name in enumerate(class_names))]

    def draw(figure, true_class, predicted_class, n_images):
        rows, cols = GRIDS[n_images]
        plot_misclassified(
            x,
            checked.true,
            predictions,
            rows=rows,
            cols=cols,
            class_names=class_names,
            title=title,
            true_class=None if true_class == "any" else true_class,
            predicted_class=None if predicted_class == "any" else predicted_class,
            fig=figure,
        )

    controls = {
        "true_class": menu("True class", options),
        "predicted_class": menu("Predicted class", options),
        "n_images": menu("Images", list(GRIDS), "18"),
    }
    return Interactive(
        draw,
        controls,
        figsize=(10.5, 6.8),
        alt="Misclassified images, each under its true and its predicted class.",
        prerender={"true_class": None, "predicted_class": None},
    )


MAX_PRERENDERED = 40  # examples on a page without a kernel


def embedding(
    x: ArrayLike,
    y: ArrayLike,
    outputs: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
) -> Interactive:
    """Show a layer's outputs in a plane, with the nearest neighbors of a selected example.

    The neighbors are the nearest by all outputs of the layer.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y: labels, as in `evaluation.accuracy`.
        outputs: outputs of the layer, (n, units). More than two are reduced to their first two
            principal components.
        class_names: names of the classes, in label order. Default: the labels.
        title: title of the figure.

    Returns:
        An `Interactive`. Its values are `label`, a class index or "any", and `example`, an index
        among the examples of this class.

    Raises:
        ValueError: if lengths differ, or a class has no name.

    >>> points = np.arange(20.0).reshape(10, 2)
    >>> embedding(np.zeros((10, 4, 4)), [0, 1] * 5, points).set(label=1, example=4)
    """
    labels, names = evaluation.encode(y, class_names)
    outputs = checks.finite("outputs", outputs)
    points, axis_names = _plane(outputs)
    indices: dict[str | int, np.ndarray] = {"any": np.arange(len(labels))}
    for label in np.unique(labels):
        indices[int(label)] = np.flatnonzero(labels == label)
    options: list[tuple[str, str | int]] = [("any", "any")]
    options += [(names[int(label)], label) for label in indices if label != "any"]
    example_slider = slider("Example", 0, len(labels) - 1)

    def draw(figure, label, example):
        plot_neighbors(
            x,
            labels,
            points,
            indices[label][example],
            outputs=outputs,
            class_names=names,
            axis_names=axis_names,
            title=title,
            fig=figure,
        )

    def limit_slider(label):
        example_slider.max = len(indices[label]) - 1
        return {}

    return Interactive(
        draw,
        {"label": menu("Class", options), "example": example_slider},
        figsize=(10.5, 5),
        alt="An image, its point in the embedding, and the images of the nearest points.",
        linked={"label": limit_slider},
        prerender={"example": range(MAX_PRERENDERED)},
    )


def _plane(outputs):
    """Return points in a plane, (n, 2), and the names of its axes."""
    if outputs.ndim != 2 or outputs.shape[1] < 2:
        rule = "outputs must be of shape (n, units), with two units or more"
        raise ValueError(f"{rule}. Got {outputs.shape} instead.")
    if outputs.shape[1] == 2:
        return outputs, ("unit 1", "unit 2")
    from sklearn.decomposition import PCA

    pca = PCA(2, random_state=0).fit(outputs)
    axis_names = tuple(
        f"component {i} ({ratio:.0%} of the variance)"
        for i, ratio in enumerate(pca.explained_variance_ratio_, start=1)
    )
    return pca.transform(outputs), axis_names
