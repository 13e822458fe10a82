"""Images with true and predicted classes, and misclassified images."""

from collections.abc import Sequence

import numpy as np
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.figures._shared.axes import (
    check_min_size,
    checked_figure,
    figure_or_new,
    grid_shape,
)
from mlcourse.figures._shared.style import RED
from mlcourse.figures._shared.text import (
    LINE_HEIGHT,
    LITERAL,
    fold,
    letters_in,
    literal_width,
    shorten,
)
from mlcourse.figures._shared.titles import set_caption, set_suptitle
from mlcourse.figures.images.samples import checked_images, show_image

RIGHT, WRONG = "✓", "✗"
CAPTION_SIZE = 11  # points
CAPTION_LETTERS = 20  # per line
MAX_CAPTION_LINES = 6
MAX_CAPTION_HEIGHT = 0.5  # fraction of the height of a row


def plot_misclassified(
    x: ArrayLike,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    rows: int = 2,
    cols: int = 6,
    class_names: Sequence[str] | None = None,
    true_class: int | str | None = None,
    predicted_class: int | str | None = None,
    from_logits: bool = False,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    r"""Plot misclassified images, most confident first.

    The caption of an image is its true and its predicted class, and the predicted probability
    unless y_pred are class labels. With fewer than rows * cols images, the rest of the grid is
    empty.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y_true: labels, as in `evaluation.accuracy`.
        y_pred: predictions, as in `evaluation.accuracy`.
        rows: the number of rows.
        cols: the number of columns; rows * cols is at most 400.
        class_names: names of the classes, in label order; None for the labels.
        true_class: label or name of a class, to plot only images of this class; None for all.
        predicted_class: label or name of a class, to plot only images with this prediction; None
            for all.
        from_logits: whether y_pred are logits, as in `evaluation.accuracy`.
        title: first part of the title, before the number of misclassified images.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure, with rows * cols Axes.

    Raises:
        ValueError: if lengths differ, a class has no name, or `true_class` and `predicted_class`
            are the same.

    Example:
        >>> x, y_true, y_pred = np.zeros((3, 8, 8)), [0, 1, 1], [0.1, 0.9, 0.3]
        >>> names = ["cat", "dog"]
        >>> figure = plot_misclassified(x, y_true, y_pred, rows=1, cols=2, class_names=names)
        >>> figure.axes[0].get_title(), figure.get_suptitle()
        ('true dog,\npredicted cat\n(70.0%)', '1 of 3 are wrong')
    """
    x = checked_images("x", x)
    checks.same_length("x", x, "y_true", y_true)
    predictions = evaluation.checked(y_true, y_pred, class_names, from_logits=from_logits)
    true_name = _class_name("true_class", true_class, predictions)
    predicted_name = _class_name("predicted_class", predicted_class, predictions)
    indices, n_candidates = _filtered(predictions, true_name, predicted_name)

    def caption(index, n_letters):
        n_letters = min(n_letters, CAPTION_LETTERS)
        lines = _caption_lines(predictions, index, n_letters)
        return "\n".join(fold(line, n_letters) for line in lines)

    summary = _summary(len(indices), n_candidates, true_name, predicted_name)
    return _plot_grid(x, indices, caption, rows, cols, (1.9, 2.4), title, fig, summary)


def plot_misclassified_pairs(
    x: ArrayLike,
    y_true: ArrayLike,
    y_pred: Sequence[ArrayLike],
    *,
    rows: int = 2,
    cols: int = 4,
    class_names: Sequence[str] | None = None,
    from_logits: bool = False,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    r"""Plot images of two digits of which at least one is misclassified, most confident first.

    The caption has a line for the upper digit and one for the lower digit. A correct prediction has
    a tick; a wrong one has a cross, the true and the predicted class, and its probability. With
    fewer than rows * cols images, the rest of the grid is empty.

    Args:
        x: images, as in `plot_misclassified`, for example of `datasets.make_two_digits`.
        y_true: labels of the upper and the lower digit, (n, 2).
        y_pred: predictions of a model with two outputs, such as `models.two_head`: a pair of
            probabilities, (n, classes).
        rows: the number of rows.
        cols: the number of columns; rows * cols is at most 400.
        class_names: names of the classes, in label order; None for the labels.
        from_logits: whether y_pred are logits, as in `evaluation.accuracy`.
        title: first part of the title, before the number of misclassified images.
        fig: Figure to draw in; None for a new figure.

    Returns:
        The Figure, with rows * cols Axes.

    Raises:
        ValueError: if lengths differ, there are not two outputs, or a class has no name.

    Example:
        >>> upper, lower = [[0.9, 0.1], [0.4, 0.6]], [[0.7, 0.3], [0.8, 0.2]]
        >>> x, y = np.zeros((2, 8, 8)), [[0, 0], [0, 0]]
        >>> figure = plot_misclassified_pairs(x, y, (upper, lower), rows=1, cols=1)
        >>> figure.axes[0].get_title()
        '✗ true 0, predicted 1 (60.0%)\n✓ 0'
    """
    x = checked_images("x", x)
    y_true = checks.array("y_true", y_true)
    checks.same_length("x", x, "y_true", y_true)
    indices = evaluation.misclassified_pairs(y_true, y_pred, from_logits=from_logits)
    pair = [
        evaluation.checked(labels, output, class_names, from_logits=from_logits)
        for labels, output in zip(y_true.T, y_pred, strict=True)
    ]

    def caption(index, n_letters):
        return "\n".join(_digit_caption(predictions, index, n_letters) for predictions in pair)

    summary = _summary(len(indices), len(x))
    return _plot_grid(x, indices, caption, rows, cols, (2.9, 3.1), title, fig, summary)


def _caption_lines(predictions, index, n_letters=CAPTION_LETTERS):
    """Return the lines of a caption: true class, predicted class, probability."""
    true = predictions.names[predictions.true[index]]
    predicted = predictions.names[predictions.predicted[index]]
    lines = [f"true {true},", f"predicted {predicted}"]
    if len(" ".join(lines)) <= n_letters:
        lines = [" ".join(lines)]
    if predictions.confidence is not None:
        lines.append(f"({predictions.confidence[index]:.1%})")
    return lines


def _digit_caption(predictions, index, n_letters):
    """Return the caption of one of two digits, which begins with a tick or a cross."""
    true = predictions.names[predictions.true[index]]
    predicted = predictions.names[predictions.predicted[index]]
    if predictions.predicted[index] == predictions.true[index]:
        return fold(f"{RIGHT} {true}", n_letters)
    text = fold(f"{WRONG} true {true}, predicted {predicted}", n_letters)
    if predictions.confidence is None:
        return text
    confidence = f"({predictions.confidence[index]:.1%})"
    fits_line = len(text.split("\n")[-1] + confidence) < n_letters
    return f"{text} {confidence}" if fits_line else f"{text}\n{confidence}"


def _class_name(argument, label, predictions):
    """Return the name of a class by its label or name; None for None.

    Integers below the largest label are also classes, which may have no example.
    """
    if label is None or (isinstance(label, str) and label in predictions.names):
        return label
    labels = predictions.classes.tolist()
    if isinstance(label, str) or isinstance(labels[0], str):
        rule = f"{argument} must be one of the classes {', '.join(predictions.names)}"
        raise ValueError(f"{rule}. Got {label!r} instead.")
    checks.integer(argument, label, min(0, labels[0]), labels[-1])
    return predictions.names[labels.index(label)] if label in labels else str(label)


def _filtered(predictions, true_name, predicted_name):
    """Return the indices of misclassified examples of some classes, and the number of candidates.

    The candidates are the examples that could be misclassified in this way.
    """
    if true_name is not None and true_name == predicted_name:
        rule = "predicted_class must differ from true_class, otherwise nothing is misclassified"
        raise ValueError(f"{rule}. Got {predicted_name!r} for both instead.")
    names = np.array(predictions.names)
    true_names = names[predictions.true]
    indices = predictions.misclassified
    is_candidate = np.full(len(true_names), True)
    if true_name is not None:
        is_candidate = true_names == true_name
    if predicted_name is not None:
        is_candidate = is_candidate & (true_names != predicted_name)
        is_predicted = names[predictions.predicted] == predicted_name
        indices = indices[is_predicted[indices]]
    return indices[is_candidate[indices]], int(is_candidate.sum())


def _summary(n_wrong, n_candidates, true_name=None, predicted_name=None):
    """Return the number of misclassified images as text."""
    candidates = ""
    if true_name is not None:
        candidates = f" of class {true_name}"
    elif predicted_name is not None:
        candidates = " of other classes"
    verb = "wrong" if predicted_name is None else f"predicted as {predicted_name}"
    return f"{n_wrong:,} of {n_candidates:,}{candidates} are {verb}"


def _plot_grid(x, indices, caption, rows, cols, cell_size, title, fig, summary):
    """Plot images in a grid with captions, and a summary in the title.

    Args:
        x: images.
        indices: indices of the images to plot.
        caption: function from an index and the letters per line to the caption.
        rows: the number of rows.
        cols: the number of columns; rows * cols is at most 400.
        cell_size: width and height of a cell, in inches.
        title: first part of the title.
        fig: Figure to draw in; None for a new figure.
        summary: last part of the title.
    """
    rows, cols = grid_shape(rows, cols)
    width, height = cell_size
    fig = figure_or_new(fig, (width * cols, height * rows + 0.4))
    grid = fig.subplots(rows, cols, squeeze=False).ravel()
    for ax in grid:
        ax.set_axis_off()
    n_letters = letters_in(fig.bbox.width / fig.dpi / cols, CAPTION_SIZE)
    row_height = 72 * fig.bbox.height / fig.dpi / rows
    n_lines = int(MAX_CAPTION_HEIGHT * row_height / (LINE_HEIGHT * CAPTION_SIZE))
    max_lines = int(np.clip(n_lines, 1, MAX_CAPTION_LINES))
    for ax, index in zip(grid, indices, strict=False):
        show_image(ax, x[index])
        set_caption(ax, caption(index, n_letters), max_lines, fontsize=CAPTION_SIZE)
    set_suptitle(fig, f"{title}: {summary}" if title else summary)
    return fig


# Sizes of `plot_predictions`, in inches unless the name ends in SIZE (points) or LETTERS
IMAGE_SIDE = 0.92
CELL_WIDTH = 1.24
MIN_CELL_WIDTH = 0.75
MIN_CELL_HEIGHT = 1.6
CELL_GAP = 0.12
LABEL_SIZE = 10
LABEL_LETTERS = 12  # per line
MAX_LABEL_LINES = 3
LABEL_LINE_HEIGHT = 0.165
LABEL_PADDING = 0.08
TITLE_SIZE = 12
TITLE_LINE_HEIGHT = 0.22
TITLE_WIDTH = 0.93  # fraction of the figure's width
KEY = f"above: the true class; below: the predicted class, right {RIGHT} or wrong {WRONG}"


def plot_predictions(
    x: ArrayLike,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    rows: int = 10,
    cols: int = 10,
    class_names: Sequence[str] | None = None,
    from_logits: bool = False,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    """Plot the first rows * cols images with their true and predicted classes.

    The true class is above the image, the predicted class below. A correct prediction has a tick; a
    wrong one has a cross, and its image has a frame. With fewer images, the rest of the grid is
    empty.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y_true: labels, as in `evaluation.accuracy`.
        y_pred: predictions, as in `evaluation.accuracy`.
        rows: the number of rows.
        cols: the number of columns; rows * cols is at most 400.
        class_names: names of the classes, in label order; None for the labels.
        from_logits: whether y_pred are logits, as in `evaluation.accuracy`.
        title: first part of the title, before the number of correct predictions.
        fig: Figure to draw in, of at least 0.75 x 1.6 inches for each image; None for a new figure.

    Returns:
        The Figure, with one Axes.

    Raises:
        ValueError: if lengths differ, an argument is invalid, or the figure is too small.

    >>> x, y = np.zeros((4, 8, 8)), [0, 1, 1, 0]
    >>> figure = plot_predictions(x, y, [0.1, 0.9, 0.3, 0.2], rows=2, cols=2)
    >>> [text.get_text() for text in figure.axes[0].texts[1::2]]
    ['✓ 0', '✓ 1', '✗ 0', '✓ 0']
    """
    rows, cols = grid_shape(rows, cols)
    checks.same_length("x", x, "y_pred", y_pred)
    predictions = evaluation.checked(y_true, y_pred, class_names, from_logits=from_logits)
    x = checked_images("x", x)[: rows * cols]
    pairs = np.stack([predictions.true, predictions.predicted], axis=1)[: len(x)]
    check_min_size(fig, (MIN_CELL_WIDTH * cols, MIN_CELL_HEIGHT * rows))
    width = CELL_WIDTH * cols if fig is None else fig.bbox.width / fig.get_figure(root=True).dpi
    letters = min(LABEL_LETTERS, letters_in(width / cols, LABEL_SIZE))
    is_right = pairs[:, 0] == pairs[:, 1]
    labels = []
    for true, predicted in pairs:
        mark = RIGHT if true == predicted else WRONG
        texts = predictions.names[true], f"{mark} {predictions.names[predicted]}"
        labels.append([shorten(text, letters, MAX_LABEL_LINES) for text in texts])
    summary = f"{is_right.sum():,} of {len(x):,} are right"
    if title:
        summary = f"{title}: {summary}"
    n_lines = max(1 + text.count("\n") for texts in labels for text in texts)
    label_height = LABEL_LINE_HEIGHT * n_lines + LABEL_PADDING
    grid = _PredictionGrid(fig, rows, cols, label_height, [summary, KEY])
    for number, (image, (above, below)) in enumerate(zip(x, labels, strict=True)):
        grid.draw(number, image, above, below, is_right[number])
    return grid.finish()


class _PredictionGrid:
    """A grid of images on one Axes in inches, because a hundred Axes take seconds to draw.

    Args:
        fig: Figure to draw in; None for a new figure.
        rows: the number of rows.
        cols: the number of columns; rows * cols is at most 400.
        label_height: height of the label above an image, and of that below it, in inches.
        title_lines: lines of the title.
    """

    def __init__(self, fig, rows, cols, label_height, title_lines):
        width = CELL_WIDTH * cols if fig is None else checked_figure(fig).bbox.width / fig.dpi
        max_width = TITLE_WIDTH * 72 * width / TITLE_SIZE  # in font sizes
        title = "\n".join(fold(line, max_width, literal_width) for line in title_lines)
        self._title_height = TITLE_LINE_HEIGHT * (1 + title.count("\n")) + LABEL_PADDING
        cell_height = IMAGE_SIDE + 2 * label_height + CELL_GAP
        self._fig = figure_or_new(fig, (width, cell_height * rows + self._title_height))
        height = self._fig.bbox.height / self._fig.dpi
        self._size = width, height
        style = {"va": "top", "fontsize": TITLE_SIZE, **LITERAL}
        self._fig.suptitle(title, y=1 - LABEL_PADDING / height, **style)
        self._cols = cols
        self._label_height = label_height
        self._frames = []
        self._cell_size = width / cols, (height - self._title_height) / rows
        self._ax = self._fig.subplots()
        self._ax.set_position((0, 0, 1, 1))

    def draw(self, number, image, text_above, text_below, is_right):
        """Draw an image between its labels, with a frame if the prediction is wrong."""
        row, col = divmod(number, self._cols)
        cell_width, cell_height = self._cell_size
        max_height = max(cell_height - 2 * self._label_height - CELL_GAP, LABEL_PADDING)
        max_size = np.array([cell_width - LABEL_PADDING, max_height])
        pixels = np.array(image.shape[1::-1])
        width, height = pixels * (max_size / pixels).min()
        center = (col + 0.5) * cell_width
        top = self._title_height + row * cell_height + self._label_height
        left = center - width / 2
        bottom = top + height
        show_image(self._ax, image, (left, left + width, bottom, top))
        style = {"ha": "center", "fontsize": LABEL_SIZE, **LITERAL}
        padding = 0.7 * LABEL_PADDING
        self._ax.text(center, top - padding, text_above, va="bottom", **style)
        self._ax.text(center, bottom + padding, text_below, va="top", **style)
        if not is_right:
            self._frames.append(Rectangle((left, top), width, height))

    def finish(self):
        """Add the frames, set the limits, and return the Figure."""
        frames = PatchCollection(self._frames, facecolor="none", edgecolor=RED, linewidth=4)
        self._ax.add_collection(frames)
        width, height = self._size
        self._ax.set(xlim=(0, width), ylim=(height, 0))
        return self._fig
