"""Training curves, confusion matrix and misclassified images of a classifier in one figure."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.figures._shared.axes import check_min_size, figure_with_layout
from mlcourse.figures.evaluation.confusion import checked_matrix, plot_confusion_matrix, size_for
from mlcourse.figures.images.predictions import plot_misclassified
from mlcourse.figures.images.samples import checked_images
from mlcourse.figures.training.history import plot_history
from mlcourse.history import as_history

CURVES_HEIGHT = 3.2  # inches
MIN_CURVES_WIDTH = 8.0  # inches
IMAGES_WIDTH = 6.0  # inches
IMAGES_HEIGHT = 5.4  # inches
MAX_SIZE = (11.8, 8.8)  # inches, for up to MAX_SMALL classes; more classes need more space
MAX_SMALL = 12
MIN_SIZE = (8.0, 7.0)  # inches, below which texts would overlap
IMAGE_ROWS = 2
IMAGE_COLUMNS = 3


def dashboard(
    history: object,
    cm: ArrayLike,
    labels: Sequence[str],
    y_pred: ArrayLike | None = None,
    test_data: tuple[ArrayLike, ArrayLike] | None = None,
    *,
    from_logits: bool = False,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    r"""Plot training curves, a confusion matrix, and the most confident misclassified images.

    Args:
        history: training history: a dict from names to values, Keras's `History`, a `TrainingPlot`
            or a `TrainingRun`, with any metrics, with or without validation.
        cm: confusion matrix, counts (classes, classes), as returned by
            `evaluation.confusion_matrix`.
        labels: names of the classes, in label order.
        y_pred: predictions for the test data, as in `evaluation.accuracy`. For class labels, (n,),
            no probabilities are shown. None, if `test_data` is None, for no images.
        test_data: a pair of images, (n, height, width) or (n, height, width, 3), uint8 or in
            [0, 1], and their labels, as in `evaluation.accuracy`.
        from_logits: whether y_pred are logits, as in `evaluation.accuracy`.
        title: title of the figure, for example the dataset.
        fig: Figure to draw in, of at least 8 x 7 inches; None for a new figure.

    Returns:
        The Figure.

    Raises:
        ValueError: if an argument is invalid, shapes and lengths do not match, or the figure is too
            small.

    >>> import numpy as np
    >>> x, y = np.zeros((4, 8, 8)), np.array([0, 1, 1, 0])
    >>> y_pred = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    >>> cm = evaluation.confusion_matrix(y, y_pred)
    >>> figure = dashboard({"loss": [0.9, 0.4]}, cm, ["cat", "dog"], y_pred, (x, y))
    >>> figure.axes[3].get_title()
    'true dog,\npredicted cat\n(60.0%)'
    """
    labels = checks.texts("labels", labels)
    log = as_history(history)
    checks.integer("the number of epochs in history", log.last, 1)
    checked_matrix(cm, labels)
    check_min_size(fig, MIN_SIZE)
    width, height = size_for(labels)
    matrix_options: dict = {"normalize": True, "title": "Confusion matrix"}
    if y_pred is None and test_data is None:
        size = max(width, MIN_CURVES_WIDTH), height + CURVES_HEIGHT
        fig = figure_with_layout(fig, _limited(size, labels))
        upper, lower = fig.subfigures(2, 1, height_ratios=(CURVES_HEIGHT, height))
        plot_history(log, title=title, fig=upper)
        plot_confusion_matrix(cm, labels, lower.subplots(), **matrix_options)
        return fig
    x, predictions = _checked(labels, y_pred, test_data, from_logits)
    height = max(height, IMAGES_HEIGHT)
    size = width + IMAGES_WIDTH, height + CURVES_HEIGHT
    fig = figure_with_layout(fig, _limited(size, labels))
    upper, lower = fig.subfigures(2, 1, height_ratios=(CURVES_HEIGHT, height))
    left, right = lower.subfigures(1, 2, width_ratios=(width, IMAGES_WIDTH))
    plot_history(log, title=title, fig=upper)
    plot_confusion_matrix(cm, labels, left.subplots(), **matrix_options)
    _draw_misclassified(x, predictions, labels, right)
    return fig


def _limited(size, labels):
    """Return the width and the height of a new figure, limited for a few classes."""
    return tuple(np.minimum(size, MAX_SIZE)) if len(labels) <= MAX_SMALL else size


def _draw_misclassified(x, predictions, labels, fig):
    """Draw misclassified images, most confident first, or a note if there are none."""
    has_probabilities = predictions.probabilities is not None
    y_pred = predictions.probabilities if has_probabilities else predictions.predicted
    plot_misclassified(
        x,
        predictions.true,
        y_pred,
        rows=IMAGE_ROWS,
        cols=IMAGE_COLUMNS,
        class_names=labels,
        title="Most confident errors" if has_probabilities else "Errors",
        fig=fig,
    )
    if not len(predictions.misclassified):
        fig.text(0.5, 0.5, "no errors", ha="center", va="center", fontsize=13)


def _checked(labels, y_pred, test_data, from_logits):
    """Return the images and the `Predictions`; raise ValueError if an argument is invalid."""
    if y_pred is None:
        raise ValueError("y_pred must be given with test_data. Got None instead.")
    if test_data is None:
        raise ValueError("test_data must be given with y_pred. Got None instead.")
    if not isinstance(test_data, list | tuple) or len(test_data) != 2:
        rule = "test_data must be a pair, images and their labels"
        raise ValueError(f"{rule}. Got {type(test_data).__name__} instead.")
    x, y_true = (checks.array("each of test_data", part) for part in test_data)
    checks.same_length("y_pred", y_pred, "the images in test_data", x)
    predictions = evaluation.checked(y_true, y_pred, labels, from_logits=from_logits)
    return checked_images("the images in test_data", x), predictions
