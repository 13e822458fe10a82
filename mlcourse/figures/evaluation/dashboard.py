"""`dashboard`: all that one wants to see of a classifier that has been trained, on one page."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.figures._shared.axes import figure_with_layout
from mlcourse.figures.evaluation.confusion import checked_matrix, plot_confusion_matrix, size_for
from mlcourse.figures.images.predictions import plot_misclassified
from mlcourse.figures.images.samples import checked_pictures
from mlcourse.figures.training.history import plot_history
from mlcourse.history import as_history

CURVES, MISTAKES = 3.5, (6.9, 5.6)  # inches: height of the curves; width and height of the pictures
NARROWEST = 8.0  # inches: of the curves
ROWS, COLUMNS = 2, 3


def dashboard(
    history: object,
    cm: ArrayLike,
    labels: Sequence[str],
    y_pred: ArrayLike | None = None,
    test_data: tuple[ArrayLike, ArrayLike] | None = None,
    *,
    title: str = "",
    fig: Figure | None = None,
    from_logits: bool = False,
) -> Figure:
    r"""Draw a fit's curves, a confusion matrix, and the six most confident misclassified images.

    Args:
        history: a dict of names to values, Keras's `History`, a `TrainingPlot` or a `Run`; with
            whatever metrics, or none, with or without a validation.
        cm: a confusion matrix, counts (classes, classes), as `evaluation.confusion_matrix` returns.
        labels: the classes' names, in label order.
        y_pred: predictions for the test data, as in `evaluation.accuracy`. Class labels, (n,),
            have no probabilities to show. None, with `test_data`, to draw no images.
        test_data: a pair: images, (n, height, width) or (n, height, width, 3), uint8 or in
            [0, 1]; and their labels, as in `evaluation.accuracy`.
        title: text above all: say where the data is from.
        fig: a Figure to fill; None for a new one.
        from_logits: as in `evaluation.accuracy`.

    Returns:
        The Figure.

    Raises:
        ValueError: for what is no history, no confusion matrix, no images, or does not fit.

    >>> import numpy as np
    >>> x, y = np.zeros((4, 8, 8)), np.array([0, 1, 1, 0])
    >>> y_pred = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.7, 0.3]])
    >>> cm = evaluation.confusion_matrix(y, y_pred)
    >>> figure = dashboard({"loss": [0.9, 0.4]}, cm, ["cat", "dog"], y_pred, (x, y))
    >>> figure.axes[3].get_title()
    'true dog,\npredicted cat\n(60.0 %)'
    """
    labels = checks.texts("labels", labels)
    log = as_history(history)
    checks.integer("the number of epochs in history", log.last, 1)
    checked_matrix(cm, labels)
    width, height = size_for(labels)
    matrix: dict = {"normalize": True, "title": "What is taken for what"}
    if y_pred is None and test_data is None:
        fig = figure_with_layout(fig, (max(width, NARROWEST), height + CURVES))
        upper, lower = fig.subfigures(2, 1, height_ratios=(CURVES, height))
        plot_history(log, title=title, fig=upper)
        plot_confusion_matrix(cm, labels, lower.subplots(), **matrix)
        return fig
    x, found = _checked(labels, y_pred, test_data, from_logits)
    height = max(height, MISTAKES[1])
    fig = figure_with_layout(fig, (width + MISTAKES[0], height + CURVES))
    upper, lower = fig.subfigures(2, 1, height_ratios=(CURVES, height))
    left, right = lower.subfigures(1, 2, width_ratios=(width, MISTAKES[0]))
    plot_history(log, title=title, fig=upper)
    plot_confusion_matrix(cm, labels, left.subplots(), **matrix)
    _draw_mistakes(x, found, labels, right)
    return fig


def _draw_mistakes(x, found, labels, fig):
    """Draw misclassified images, most confident first, or say that there is none."""
    has_labels = found.probabilities is None
    y_pred = found.predicted if has_labels else found.probabilities
    title = "Mistakes" if has_labels else "The surest mistakes"
    plot_misclassified(
        x, found.true, y_pred, ROWS, COLUMNS, class_names=labels, title=title, fig=fig
    )
    if not len(found.misclassified):
        fig.text(0.5, 0.5, "no answer is wrong", ha="center", va="center", fontsize=13)


def _checked(labels, y_pred, test_data, from_logits):
    """Return the images, and the `Predictions`, if all fit."""
    if y_pred is None:
        raise ValueError("y_pred must be given with test_data. Got None instead.")
    if test_data is None:
        raise ValueError("test_data must be given with y_pred. Got None instead.")
    if not isinstance(test_data, list | tuple) or len(test_data) != 2:
        rule = "test_data must be a pair, images and their labels"
        raise ValueError(f"{rule}. Got {type(test_data).__name__} instead.")
    x, y_true = (checks.array("each of test_data", part) for part in test_data)
    checks.same_length("y_pred", y_pred, "the images in test_data", x)
    found = evaluation.checked(y_true, y_pred, labels, from_logits=from_logits)
    return checked_pictures("the images in test_data", x), found
