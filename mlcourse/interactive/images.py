"""Interactive figures of images: misclassified, by cell of a confusion matrix, and neighbors."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike
from PIL import Image

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.figures._shared.saving import encoded
from mlcourse.figures._shared.titles import set_caption, set_suptitle
from mlcourse.figures.evaluation.confusion import plot_confusion_matrix
from mlcourse.figures.evaluation.neighbors import plot_neighbors
from mlcourse.figures.images.predictions import plot_misclassified
from mlcourse.figures.images.samples import checked_images, show_image
from mlcourse.interactive.controls import ClickableImage, menu, on_click, slider
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


CELL_ROWS, CELL_COLS = 2, 4


def confusion_cells(
    x: ArrayLike,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    class_names: Sequence[str],
    *,
    title: str = "",
    from_logits: bool = False,
) -> Interactive:
    """Show a confusion matrix, and the images of one of its cells, most confident first.

    A click on a cell selects it; so do the menus of true and predicted class. The first cell is the
    most frequent error.

    Args:
        x, y_true, y_pred, class_names, from_logits: as in `misclassified_by_class`.
        title: title above the matrix.

    Returns:
        An `Interactive`. Its values are `true_class` and `predicted_class`, class indices.

    Raises:
        ValueError: if lengths differ, or a class has no name.

    >>> images = np.zeros((3, 8, 8))
    >>> confusion_cells(images, [0, 1, 1], [0, 1, 0], ["cat", "dog"]).values
    {'true_class': 1, 'predicted_class': 0}
    """
    checks.same_length("x", x, "y_true", y_true)
    class_names = checks.texts("class_names", class_names)
    x = checked_images("x", x)
    predictions = evaluation.checked(y_true, y_pred, class_names, from_logits=from_logits)
    cm = evaluation.confusion_matrix(
        predictions.true, predictions.predicted, n_classes=len(class_names)
    )

    def draw(figure, true_class, predicted_class):
        left, right = figure.subfigures(1, 2, width_ratios=(1, 1.1))
        ax = plot_confusion_matrix(cm, class_names, left.subplots(), title=title)
        corner = predicted_class - 0.5, true_class - 0.5
        ax.add_patch(Rectangle(corner, 1, 1, fill=False, ec="black", lw=3, zorder=4))
        indices = _in_cell(predictions, true_class, predicted_class)
        for cell, index in zip(_grid(right), indices, strict=False):
            show_image(cell, x[index])
            if predictions.confidence is not None:
                set_caption(cell, f"{predictions.confidence[index]:.1%}", fontsize=11)
        names = class_names[true_class], class_names[predicted_class]
        set_suptitle(right, "true {}, predicted {}: {:,}".format(*names, len(indices)))

    first = evaluation.most_confused(cm, max_pairs=1) or [(0, 0, 0)]
    options = [(name, label) for label, name in enumerate(class_names)]
    shown = Interactive(
        draw,
        {
            "true_class": menu("True class", options, first[0][0]),
            "predicted_class": menu("Predicted class", options, first[0][1]),
        },
        figsize=(10.5, 5),
        alt="A confusion matrix, and the images of one of its cells.",
        image_class=ClickableImage,
        prerender={"true_class": None, "predicted_class": None},
    )
    on_click(shown.image, lambda x, y: _select_cell(shown, x, y, len(class_names)))
    return shown


def _in_cell(predictions, true_class, predicted_class):
    """Return the indices of the examples of a cell, most confident first."""
    is_in_cell = (predictions.true == true_class) & (predictions.predicted == predicted_class)
    indices = np.flatnonzero(is_in_cell)
    if predictions.confidence is None:
        return indices
    return indices[np.argsort(-predictions.confidence[indices], kind="stable")]


def _grid(figure):
    """Return the Axes of a grid of images, without axes."""
    grid = figure.subplots(CELL_ROWS, CELL_COLS).ravel()
    for ax in grid:
        ax.set_axis_off()
    return grid


def _select_cell(shown, x, y, n_classes):
    """Select the cell at a pixel of the figure; do nothing outside of the matrix."""
    ax = shown.figure.axes[0]
    point = ax.transData.inverted().transform((x, shown.figure.bbox.height - y))
    column, row = (int(coordinate) for coordinate in np.rint(point))
    if 0 <= row < n_classes and 0 <= column < n_classes:
        shown.set(true_class=row, predicted_class=column)


MAX_PRERENDERED = 40  # examples on a page without a kernel
MAX_THUMBNAILS = 2000
MAX_DISTANCE = 12  # pixels, from the mouse to a point


def embedding(
    x: ArrayLike,
    y: ArrayLike,
    outputs: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
) -> Interactive:
    """Show a layer's outputs in a plane, with the nearest neighbors of a selected example.

    The neighbors are the nearest by all outputs of the layer. In a notebook the image of the point
    under the mouse appears, for the first 2,000 examples, and a click selects it.

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

    shown = Interactive(
        draw,
        {"label": menu("Class", options), "example": example_slider},
        figsize=(10.5, 5),
        alt="An image, its point in the embedding, and the images of the nearest points.",
        linked={"label": limit_slider},
        image_class=ClickableImage,
        prerender={"example": range(MAX_PRERENDERED)},
    )
    on_click(shown.image, lambda x, y: _select_example(shown, points, x, y))
    if shown.image.has_trait("thumbnails"):
        _add_thumbnails(shown, checked_images("x", x)[:MAX_THUMBNAILS], points[:MAX_THUMBNAILS])
    return shown


def _pixels(figure, points):
    """Return points of the plane, (n, 2), in pixels from the upper left corner of the figure."""
    x, y = figure.axes[0].transData.transform(points).T
    return np.column_stack([x, figure.bbox.height - y])


def _select_example(shown, points, x, y):
    """Select the example whose point is the nearest to a pixel, if it is near."""
    distances = np.hypot(*(_pixels(shown.figure, points) - (x, y)).T)
    if distances.min() <= MAX_DISTANCE:
        shown.set(label="any", example=int(distances.argmin()))


def _add_thumbnails(shown, x, points):
    """Give the image widget a thumbnail for each point, and the pixels of the points."""
    n_columns = math.ceil(math.sqrt(len(x)))
    shown.image.thumbnails = _sheet(x, n_columns)
    shown.image.thumbnail_columns = n_columns

    def locate(_=None):
        shown.image.points = _pixels(shown.figure, points).round(1).tolist()

    locate()
    shown.image.observe(locate, "value")


def _sheet(x, n_columns):
    """Return images as tiles of one PNG, row by row."""
    tiles = x if x.dtype == np.uint8 else np.round(255 * x).astype(np.uint8)
    if tiles.ndim == 3 or tiles.shape[3] == 1:
        tiles = np.repeat(tiles.reshape(*tiles.shape[:3], 1), 3, axis=3)
    n_rows = math.ceil(len(tiles) / n_columns)
    _, height, width, channels = tiles.shape
    sheet = np.zeros((n_rows * n_columns, height, width, channels), np.uint8)
    sheet[: len(tiles)] = tiles
    rows = sheet.reshape(n_rows, n_columns, height, width, channels).swapaxes(1, 2)
    pixels = rows.reshape(n_rows * height, n_columns * width, channels)
    return encoded(Image.fromarray(pixels), "png")


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
