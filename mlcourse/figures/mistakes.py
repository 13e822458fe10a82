"""Pictures that a network takes for something else, those first of which it is surest."""

import numpy as np

from mlcourse import checks, evaluation
from mlcourse.figures.axes import figure_or_new
from mlcourse.figures.folding import fold
from mlcourse.figures.samples import class_name, show_picture

RIGHT, WRONG = "✓", "✗"
LETTERS = 20  # on a line above a picture


def plot_mistakes(x, y, predictions, rows, cols, *, class_names=None, title="", fig=None):
    """Draws the pictures that are classified wrong, those with the surest answers first.

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

    Returns:
        The Figure, with one Axes a place.

    Raises:
        ValueError: if lengths differ, or a class has no name.
    """
    checks.same_length("x", x, "y", y)
    wrong, shares = evaluation.mistakes(predictions, y), evaluation.probabilities(predictions)
    true = evaluation.classes(y)

    def words(i):
        names, sure = _answer(true[i], shares[i], class_names)
        names = fold(names, LETTERS)
        return names if evaluation.are_classes(predictions) else f"{names}\n{sure}"

    return _sheet(x, wrong, words, rows, cols, (1.9, 2.2), title, fig)


def plot_wrong_pairs(x, y, predictions, rows, cols, *, class_names=None, title="", fig=None):
    """Draws the pictures of which one of two digits is read wrong, or both, the surest first.

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
    """
    checks.same_length("x", x, "y", y)
    wrong, true = evaluation.pair_mistakes(predictions, y), np.asarray(y)
    pair = [evaluation.probabilities(answers) for answers in predictions]

    def words(i):
        return "\n".join(_line(true[i, k], pair[k][i], class_names) for k in range(2))

    return _sheet(x, wrong, words, rows, cols, (2.2, 2.9), title, fig)


def _answer(true, shares, class_names):
    """Returns what a wrong answer got wrong, and how sure it was, in words."""
    names = class_name(true, class_names), class_name(shares.argmax(), class_names)
    return "{}, not {}".format(*names), f"({shares.max():.1%} sure)"


def _line(true, shares, class_names):
    """Returns an answer in words, after a tick or a cross."""
    if shares.argmax() == true:
        return f"{RIGHT} {class_name(true, class_names)}"
    return " ".join([WRONG, *_answer(true, shares, class_names)])


def _sheet(x, wrong, words, rows, cols, size, title, fig):
    """Draws pictures in rows, each under its words, and the number of all the wrong ones."""
    rows, cols = checks.integer("rows", rows, 1), checks.integer("cols", cols, 1)
    width, height = size
    fig = figure_or_new(fig, (width * cols, height * rows + 0.4))
    places = fig.subplots(rows, cols, squeeze=False).ravel()
    for axes in places:
        axes.set_axis_off()
    for axes, i in zip(places, wrong, strict=False):
        show_picture(axes, x[i])
        axes.set_title(words(i), fontsize=11)
    count = f"{len(wrong):,} of {len(x):,} are wrong"
    fig.suptitle(f"{title}: {count}" if title else count, wrap=True)
    return fig
