"""Pictures that a network takes for something else, those first of which it is surest."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mlcourse import checks, evaluation
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.folding import fold, shorten
from mlcourse.figures.samples import checked_names, checked_pictures, class_name, show_picture
from mlcourse.figures.titles import set_caption, set_suptitle

RIGHT, WRONG = "✓", "✗"
LETTERS, LINES = 20, 2  # above a picture: on a line, and lines of a name
MOST_LINES = 6  # above a picture


def plot_mistakes(
    x: ArrayLike,
    y: ArrayLike,
    predictions: ArrayLike,
    rows: int,
    cols: int,
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
    fig: Figure | None = None,
    true: int | None = None,
    answer: int | None = None,
) -> Figure:
    r"""Draws the pictures that are classified wrong, those with the surest answers first.

    Above each is what it is, what it was taken for, and how sure the answer was, unless the
    predictions are numbers of classes. Where there are fewer mistakes than places, the rest stays
    empty.

    Args:
        x: pictures, (n, height, width) or (n, height, width, 3), uint8 or in [0, 1].
        y: their classes, as in `evaluation.accuracy`.
        predictions: what a model says, as in `evaluation.accuracy`.
        rows, cols: how many pictures down and across.
        class_names: in label order; None for the classes' numbers.
        title: text above the pictures.
        fig: a Figure to draw in; a new one if None.
        true: the number of a class, to see mistakes with its pictures only; None for all.
        answer: the number of a class, to see what was taken for it only; None for all.

    Returns:
        The Figure, with one Axes a place.

    Raises:
        ValueError: if lengths differ, a class has no name, or true and answer are the same.

    Example:
        >>> x, y, predictions = np.zeros((3, 8, 8)), [0, 1, 1], [0.1, 0.9, 0.3]
        >>> figure = plot_mistakes(x, y, predictions, 1, 2, class_names=["cat", "dog"])
        >>> figure.axes[0].get_title(), figure.get_suptitle()
        ('dog, not cat\n(70.0% sure)', '1 of 3 are wrong')
    """
    x, class_names = checked_pictures("x", x), checked_names(class_names)
    checks.same_length("x", x, "y", y)
    count = None if class_names is None else len(class_names)
    shares, classes = evaluation.checked(predictions, y, count)
    for name, label in (("true", true), ("answer", answer)):
        if label is not None:
            checks.integer(name, label, 0, shares.shape[1] - 1)
    wrong = evaluation.mistakes(predictions, y)
    wrong, asked = _of_kind(wrong, classes, shares.argmax(axis=1), true, answer)

    def words(i):
        names, sure = _answer(classes[i], shares[i], class_names)
        names = fold(names, LETTERS)
        return names if evaluation.are_classes(predictions) else f"{names}\n{sure}"

    how_many = _how_many(len(wrong), asked, true, answer, class_names)
    return _sheet(x, wrong, words, rows, cols, (1.9, 2.2), title, fig, how_many)


def plot_wrong_pairs(
    x: ArrayLike,
    y: ArrayLike,
    predictions: Sequence[ArrayLike],
    rows: int,
    cols: int,
    *,
    class_names: Sequence[str] | None = None,
    title: str = "",
    fig: Figure | None = None,
) -> Figure:
    r"""Draws the pictures of which one of two digits is read wrong, or both, the surest first.

    Above each is a line for the upper digit and one for the lower one. A right answer has a tick;
    a wrong one has a cross, and says what the digit is, what it was taken for, and how sure the
    answer was. Where there are fewer mistakes than places, the rest stays empty.

    Args:
        x: pictures, as in `plot_mistakes`, such as those of `datasets.two_digits`.
        y: their classes, (n, 2): of the upper and the lower digit.
        predictions: what a model with two outputs says, a pair of (n, classes), as that of
            `models.two_head` does.
        rows, cols: how many pictures down and across.
        class_names: in label order; None for the classes' numbers.
        title: text above the pictures.
        fig: a Figure to draw in; a new one if None.

    Returns:
        The Figure, with one Axes a place.

    Raises:
        ValueError: if lengths differ, there are not two outputs, or a class has no name.

    Example:
        >>> upper, lower = [[0.9, 0.1], [0.4, 0.6]], [[0.7, 0.3], [0.8, 0.2]]
        >>> figure = plot_wrong_pairs(np.zeros((2, 8, 8)), [[0, 0], [0, 0]], (upper, lower), 1, 1)
        >>> figure.axes[0].get_title()
        '✗ 0, not 1 (60.0% sure)\n✓ 0'
    """
    x, class_names = checked_pictures("x", x), checked_names(class_names)
    y = checks.finite("y", y)
    checks.same_length("x", x, "y", y)
    wrong = evaluation.pair_mistakes(predictions, y)
    count = None if class_names is None else len(class_names)
    both = zip(predictions, y.T, strict=True)
    pair = [evaluation.checked(answers, true, count) for answers, true in both]

    def words(i):
        return "\n".join(_line(true[i], shares[i], class_names) for shares, true in pair)

    how_many = _how_many(len(wrong), len(x))
    return _sheet(x, wrong, words, rows, cols, (2.3, 2.9), title, fig, how_many)


def _answer(true, shares, class_names):
    """Returns what a wrong answer got wrong, and how sure it was, in words."""
    names = (class_name(one, class_names) for one in (true, shares.argmax()))
    names = [shorten(name, LETTERS, LINES) for name in names]
    return "{}, not {}".format(*names), f"({shares.max():.1%} sure)"


def _line(true, shares, class_names):
    """Returns an answer in words, after a tick or a cross."""
    if shares.argmax() == true:
        return f"{RIGHT} {shorten(class_name(true, class_names), LETTERS, LINES)}"
    return " ".join([WRONG, *_answer(true, shares, class_names)])


def _of_kind(wrong, classes, answers, true, answer):
    """Returns those that are of a class, or taken for one, and how many might have been."""
    if true is not None and true == answer:
        rule = "answer must be another class than true, or nothing is wrong"
        raise ValueError(f"{rule}. Got {answer!r} for both instead.")
    asked = np.full(len(classes), True) if true is None else classes == true
    if answer is not None:
        asked, wrong = asked & (classes != answer), wrong[answers[wrong] == answer]
    return wrong[asked[wrong]], int(asked.sum())


def _how_many(wrong, asked, true=None, answer=None, class_names=None):
    """Returns in words how many of the pictures asked for are wrong, and in which way."""
    what = "" if answer is None else " of other classes"
    what = what if true is None else f" of class {class_name(true, class_names)}"
    taken = "wrong" if answer is None else f"taken for {class_name(answer, class_names)}"
    return f"{wrong:,} of {asked:,}{what} are {taken}"


def _sheet(x, wrong, words, rows, cols, size, title, fig, how_many):
    """Draws pictures in rows, each under its words, and the number of all the wrong ones."""
    rows, cols = checks.integer("rows", rows, 1), checks.integer("cols", cols, 1)
    width, height = size
    fig = figure_or_new(fig, (width * cols, height * rows + 0.4))
    places = fig.subplots(rows, cols, squeeze=False).ravel()
    for axes in places:
        axes.set_axis_off()
    for axes, i in zip(places, wrong, strict=False):
        show_picture(axes, x[i])
        set_caption(axes, words(i), MOST_LINES, fontsize=11)
    set_suptitle(fig, f"{title}: {how_many}" if title else how_many)
    return fig
