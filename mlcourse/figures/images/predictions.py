"""Images with true and predicted classes, and misclassified images."""

from collections.abc import Sequence

import numpy as np
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from mlcourse import evaluation
from mlcourse._core import checks
from mlcourse.figures._shared.axes import checked_figure, figure_or_new
from mlcourse.figures._shared.style import RED
from mlcourse.figures._shared.text import LITERAL, fold, letters_in, literal_width, shorten
from mlcourse.figures._shared.titles import set_caption, set_suptitle
from mlcourse.figures.images.samples import checked_pictures, show_picture

RIGHT, WRONG = "✓", "✗"
TITLE_FONT_SIZE, TITLE_LETTERS = (
    11,
    20,
)  # of the words above an image: their size, and the letters on a line
MOST_LINES = 6  # above an image


def plot_misclassified(
    x: ArrayLike,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    rows: int,
    cols: int,
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
    fig: Figure | None = None,
    true: int | str | None = None,
    answer: int | str | None = None,
    from_logits: bool = False,
) -> Figure:
    r"""Draw the misclassified images, most confident first.

    Above each are its true and its predicted class, and the probability of the latter unless
    y_pred are class labels. Where there are fewer images than places, the rest stays empty.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y_true: labels, as in `evaluation.accuracy`.
        y_pred: predictions, as in `evaluation.accuracy`.
        rows, cols: the number of images down and across.
        class_names: in label order; None for the labels themselves.
        title: text above the images.
        fig: a Figure to draw in; a new one if None.
        true: the label or the name of a class, to show images of this class only; None for all.
        answer: likewise, to show images with this predicted class only; None for all.
        from_logits: as in `evaluation.accuracy`.

    Returns:
        The Figure, with one Axes a place.

    Raises:
        ValueError: if lengths differ, a class has no name, or true and answer are the same.

    Example:
        >>> x, y_true, y_pred = np.zeros((3, 8, 8)), [0, 1, 1], [0.1, 0.9, 0.3]
        >>> figure = plot_misclassified(x, y_true, y_pred, 1, 2, class_names=["cat", "dog"])
        >>> figure.axes[0].get_title(), figure.get_suptitle()
        ('true dog,\npredicted cat\n(70.0 %)', '1 of 3 are wrong')
    """
    x = checked_pictures("x", x)
    checks.same_length("x", x, "y_true", y_true)
    found = evaluation.checked(y_true, y_pred, class_names, from_logits=from_logits)
    chosen = [_name_of("true", true, found), _name_of("answer", answer, found)]
    wrong, asked = _of_kind(found, *chosen)

    def words(i, letters):
        letters = min(letters, TITLE_LETTERS)
        return "\n".join(fold(line, letters) for line in _lines(found, i, letters))

    how_many = _how_many(len(wrong), asked, *chosen)
    return _sheet(x, wrong, words, rows, cols, (1.9, 2.4), title, fig, how_many)


def plot_misclassified_pairs(
    x: ArrayLike,
    y_true: ArrayLike,
    y_pred: Sequence[ArrayLike],
    rows: int,
    cols: int,
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
    fig: Figure | None = None,
    from_logits: bool = False,
) -> Figure:
    r"""Draw the images of two digits of which one or both are misclassified, most confident first.

    Above each is a line for the upper digit and one for the lower one. A right prediction has a
    tick; a wrong one has a cross, the true and the predicted class, and the latter's probability.
    Where there are fewer images than places, the rest stays empty.

    Args:
        x: images, as in `plot_misclassified`, such as those of `datasets.make_two_digits`.
        y_true: labels, (n, 2): of the upper and the lower digit.
        y_pred: the predictions of a model with two outputs, such as `models.two_head`: a pair of
            probabilities, (n, classes).
        rows, cols: the number of images down and across.
        class_names: in label order; None for the labels themselves.
        title: text above the images.
        fig: a Figure to draw in; a new one if None.
        from_logits: as in `evaluation.accuracy`.

    Returns:
        The Figure, with one Axes a place.

    Raises:
        ValueError: if lengths differ, there are not two outputs, or a class has no name.

    Example:
        >>> upper, lower = [[0.9, 0.1], [0.4, 0.6]], [[0.7, 0.3], [0.8, 0.2]]
        >>> x, y = np.zeros((2, 8, 8)), [[0, 0], [0, 0]]
        >>> figure = plot_misclassified_pairs(x, y, (upper, lower), 1, 1)
        >>> figure.axes[0].get_title()
        '✗ true 0, predicted 1 (60.0 %)\n✓ 0'
    """
    x, y_true = checked_pictures("x", x), checks.array("y_true", y_true)
    checks.same_length("x", x, "y_true", y_true)
    wrong = evaluation.misclassified_pairs(y_true, y_pred, from_logits=from_logits)
    both = zip(y_true.T, y_pred, strict=True)
    pair = [
        evaluation.checked(labels, predictions, class_names, from_logits=from_logits)
        for labels, predictions in both
    ]

    def words(i, letters):
        return "\n".join(_line(found, i, letters) for found in pair)

    how_many = _how_many(len(wrong), len(x))
    return _sheet(x, wrong, words, rows, cols, (2.9, 3.1), title, fig, how_many)


def _lines(found, i, letters=TITLE_LETTERS):
    """Return the lines above a misclassified image: true class, predicted class, probability."""
    true, predicted = found.names[found.true[i]], found.names[found.predicted[i]]
    lines = [f"true {true},", f"predicted {predicted}"]
    if len(" ".join(lines)) <= letters:
        lines = [" ".join(lines)]
    confidence = [] if found.confidence is None else [f"({100 * found.confidence[i]:.1f} %)"]
    return lines + confidence


def _line(found, i, letters):
    """Return a prediction in words, after a tick or a cross."""
    if found.predicted[i] == found.true[i]:
        return fold(f"{RIGHT} {found.names[found.true[i]]}", letters)
    true, predicted = found.names[found.true[i]], found.names[found.predicted[i]]
    text = fold(f"{WRONG} true {true}, predicted {predicted}", letters)
    if found.confidence is None:
        return text
    confidence = f"({100 * found.confidence[i]:.1f} %)"
    has_room = len(text.split("\n")[-1] + confidence) < letters
    return f"{text} {confidence}" if has_room else f"{text}\n{confidence}"


def _name_of(name, label, found):
    """Return the name of a class by its label or name; None for None.

    Whole numbers below the largest label are classes too, perhaps without an example.
    """
    if label is None or (isinstance(label, str) and label in found.names):
        return label
    labels = found.classes.tolist()
    if isinstance(label, str) or isinstance(labels[0], str):
        rule = f"{name} must be one of the classes {', '.join(found.names)}"
        raise ValueError(f"{rule}. Got {label!r} instead.")
    checks.integer(name, label, min(0, labels[0]), labels[-1])
    return found.names[labels.index(label)] if label in labels else str(label)


def _of_kind(found, true, answer):
    """Return the wrong ones of a true or predicted class, and how many might have been."""
    if true is not None and true == answer:
        rule = "answer must be another class than true, or nothing is wrong"
        raise ValueError(f"{rule}. Got {answer!r} for both instead.")
    names, wrong = np.array(found.names), found.misclassified
    is_true, is_predicted = names[found.true] == true, names[found.predicted] == answer
    asked = np.full(len(found.true), True) if true is None else is_true
    if answer is not None:
        asked, wrong = asked & (names[found.true] != answer), wrong[is_predicted[wrong]]
    return wrong[asked[wrong]], int(asked.sum())


def _how_many(wrong, asked, true=None, answer=None):
    """Return in words how many of the images asked for are wrong, and in which way."""
    what = "" if answer is None else " of other classes"
    what = what if true is None else f" of class {true}"
    taken = "wrong" if answer is None else f"predicted as {answer}"
    return f"{wrong:,} of {asked:,}{what} are {taken}"


def _sheet(x, wrong, words, rows, cols, size, title, fig, how_many):
    """Draw images in rows, each under its words, and the number of all the wrong ones."""
    rows, cols = checks.integer("rows", rows, 1), checks.integer("cols", cols, 1)
    width, height = size
    fig = figure_or_new(fig, (width * cols, height * rows + 0.4))
    places = fig.subplots(rows, cols, squeeze=False).ravel()
    for axes in places:
        axes.set_axis_off()
    letters = letters_in(fig.bbox.width / fig.dpi / cols, TITLE_FONT_SIZE)
    for axes, i in zip(places, wrong, strict=False):
        show_picture(axes, x[i])
        set_caption(axes, words(i, letters), MOST_LINES, fontsize=TITLE_FONT_SIZE)
    set_suptitle(fig, f"{title}: {how_many}" if title else how_many)
    return fig


PICTURE, WIDTH, GAP = 0.92, 1.24, 0.12  # inches: of a picture, of its place, below the place
POINTS, LETTERS, LINES = 10, 12, 3  # of the words, how many on a line, and of these
LINE, EDGE = 0.165, 0.08  # inches: of a line of words, and between words and picture
TITLE, TITLE_POINTS = 0.22, 12  # of the title: the height of its lines, in inches, and its size
TITLE_ROOM = 0.93  # of the width
KEY = f"above: the true class; below: the predicted class, right {RIGHT} or wrong {WRONG}"


def plot_predictions(
    x: ArrayLike,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    rows: int = 10,
    cols: int = 10,
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
    fig: Figure | None = None,
    from_logits: bool = False,
) -> Figure:
    """Draw the first rows x cols images, each between its true and its predicted class.

    A right prediction has a tick; a wrong one has a cross, and its image has a frame. Where there
    are fewer images than places, the rest stays empty.

    Args:
        x: images, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y_true: labels, as in `evaluation.accuracy`.
        y_pred: predictions, as in `evaluation.accuracy`.
        rows, cols: the number of images down and across.
        class_names: in label order; None for the labels themselves.
        title: text above the images.
        fig: a Figure to draw in; a new one if None.
        from_logits: as in `evaluation.accuracy`.

    Returns:
        The Figure, with one Axes.

    Raises:
        ValueError: if lengths differ, or for what is no image or no class.

    >>> x, y = np.zeros((4, 8, 8)), [0, 1, 1, 0]
    >>> figure = plot_predictions(x, y, [0.1, 0.9, 0.3, 0.2], rows=2, cols=2)
    >>> [text.get_text() for text in figure.axes[0].texts[1::2]]
    ['✓ 0', '✓ 1', '✗ 0', '✓ 0']
    """
    rows, cols = checks.integer("rows", rows, 1), checks.integer("cols", cols, 1)
    checks.same_length("x", x, "y_pred", y_pred)
    found = evaluation.checked(y_true, y_pred, class_names, from_logits=from_logits)
    x = checked_pictures("x", x)[: rows * cols]
    pairs = np.stack([found.true, found.predicted], axis=1)[: len(x)]
    words = [[shorten(found.names[one], LETTERS, LINES) for one in pair] for pair in pairs]
    right = pairs[:, 0] == pairs[:, 1]
    how_many = f"{title}: " * bool(title) + f"{right.sum():,} of {len(x):,} are right"
    lines = max(1 + word.count("\n") for pair in words for word in pair)
    sheet = _Sheet(fig, rows, cols, LINE * lines + EDGE, [how_many, KEY])
    for number, (image, (class_, answer)) in enumerate(zip(x, words, strict=True)):
        sheet.draw(number, image, class_, answer, right[number])
    return sheet.finish()


class _Sheet:
    """Pictures in rows on one Axes, in inches: for an Axes each, one would wait for seconds.

    Args:
        fig: the Figure; None for a new one.
        rows, cols: how many pictures down and across.
        words: inches that the words above a picture take, and those below it.
        title: its lines.
    """

    def __init__(self, fig, rows, cols, words, title):
        width = WIDTH * cols if fig is None else checked_figure(fig).bbox.width / fig.dpi
        room = TITLE_ROOM * 72 * width / TITLE_POINTS  # in sizes of the font
        title = "\n".join(fold(line, room, literal_width) for line in title)
        self._head = TITLE * (1 + title.count("\n")) + EDGE
        self._fig = figure_or_new(fig, (width, (PICTURE + 2 * words + GAP) * rows + self._head))
        self._inches = width, self._fig.bbox.height / self._fig.dpi
        look = {"va": "top", "fontsize": TITLE_POINTS, **LITERAL}
        self._fig.suptitle(title, y=1 - EDGE / self._inches[1], **look)
        self._cols, self._words, self._frames = cols, words, []
        self._place = width / cols, (self._inches[1] - self._head) / rows
        self._axes = self._fig.subplots()
        self._axes.set_position((0, 0, 1, 1))

    def draw(self, number, image, class_, answer, is_right):
        """Draws a picture with the class above it and the answer below it; frames what is wrong."""
        row, col = divmod(number, self._cols)
        across, down = self._place
        room = np.array([across - EDGE, max(down - 2 * self._words - GAP, EDGE)])
        shape = np.array(image.shape[1::-1])
        width, height = shape * (room / shape).min()
        x, top = (col + 0.5) * across, self._head + row * down + self._words
        left, lower = x - width / 2, top + height
        show_picture(self._axes, image, (left, left + width, lower, top))
        middle = {"ha": "center", "fontsize": POINTS, **LITERAL}
        self._axes.text(x, top - 0.7 * EDGE, class_, va="bottom", **middle)
        mark = RIGHT if is_right else WRONG
        self._axes.text(x, lower + 0.7 * EDGE, f"{mark} {answer}", va="top", **middle)
        if not is_right:
            self._frames.append(Rectangle((left, top), width, height))

    def finish(self):
        """Returns the Figure, with all frames and its Axes' limits."""
        frames = PatchCollection(self._frames, facecolor="none", edgecolor=RED, linewidth=4)
        self._axes.add_collection(frames)
        width, height = self._inches
        self._axes.set(xlim=(0, width), ylim=(height, 0))
        return self._fig
