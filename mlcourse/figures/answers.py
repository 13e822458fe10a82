"""`plot_answers`: images with their true and predicted classes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from mlcourse import checks, evaluation
from mlcourse.figures.axes import checked_figure, figure_or_new
from mlcourse.figures.folding import fold, shorten
from mlcourse.figures.mistakes import RIGHT, WRONG
from mlcourse.figures.samples import checked_pictures, show_picture
from mlcourse.figures.style import RED
from mlcourse.figures.texts import LITERAL, literal_width

PICTURE, WIDTH, GAP = 0.92, 1.24, 0.12  # inches: of a picture, of its place, below the place
POINTS, LETTERS, LINES = 10, 12, 3  # of the words, how many on a line, and of these
LINE, EDGE = 0.165, 0.08  # inches: of a line of words, and between words and picture
TITLE, TITLE_POINTS = 0.22, 12  # of the title: the height of its lines, in inches, and its size
TITLE_ROOM = 0.93  # of the width
KEY = f"above: the true class; below: the predicted class, right {RIGHT} or wrong {WRONG}"


def plot_answers(
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
    >>> figure = plot_answers(x, y, [0.1, 0.9, 0.3, 0.2], rows=2, cols=2)
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
