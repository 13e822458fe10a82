"""Text in figures: literal, folded, shortened, and scaled with the drawing."""

import bisect
import itertools
import math
import re
from dataclasses import dataclass, field
from functools import lru_cache

import matplotlib as mpl
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text
from matplotlib.textpath import TextPath

LEGIBLE, SMALLEST = 10, 6
"""Points: what a layout aims for, and below which text is left away, when nobody can read it."""
BASE = 0.05
"""Size of titles and captions in a picture 1 high, unless that would not be legible."""
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
"""A box behind a text, for `bbox`; it takes the colour of the figure."""


@dataclass(frozen=True)
class Word:
    """A text in a picture.

    Attributes:
        x, y: of its centre, in data coordinates.
        text: plain, or LaTeX between dollars.
        size: of its font, in data units of the y axis.
        options: of `matplotlib.text.Text`.
    """

    x: float
    y: float
    text: str
    size: float
    options: dict = field(default_factory=dict)


class ScaledText(Text):
    """Text whose size is a length in its Axes, like that of a circle, whatever the figure's size.

    Args:
        word: the `Word` to write.
        largest: in points, however large the Axes.
    """

    def __init__(self, word, largest=math.inf):
        centred = {"ha": "center", "va": "center_baseline", "clip_on": True}
        super().__init__(word.x, word.y, word.text, **centred | word.options)
        self.size, self._largest = word.size, largest
        self.set_in_layout(False)

    def set_figure(self, fig):
        """Belongs to a figure from now on; the box behind the text has its colour."""
        super().set_figure(fig)
        if self.get_bbox_patch() is not None:
            self.get_bbox_patch().set_facecolor(fig.get_figure(root=True).get_facecolor())

    def points(self):
        """Returns the size of the font in points, at the present size of the Axes."""
        origin, top = self.axes.transData.transform([(0, 0), (0, self.size)])
        scaled = abs(top[1] - origin[1]) * 72 / self.get_figure(root=True).dpi
        return min(scaled, self._largest)

    def get_visible(self):
        """Whether the text is shown: it is large enough to be read."""
        return super().get_visible() and (self.axes is None or self.points() >= SMALLEST - 1e-6)

    def get_window_extent(self, renderer=None, dpi=None):
        """Returns the box around the text, in pixels."""
        self._fit()
        return super().get_window_extent(renderer, dpi)

    def draw(self, renderer):
        """Draws the text in the size that fits the Axes."""
        self._fit()
        super().draw(renderer)

    def _fit(self):
        points = self.points()
        if abs(points - self.get_fontsize()) > 1e-6:
            self.set_fontsize(points)


def extent(text):
    """Returns the width and the height of a text, in sizes of its font."""
    fonts = mpl.rcParams["mathtext.fontset"], *mpl.rcParams["font.family"]
    return _extent(text, fonts) if text else (0.0, 0.0)


@lru_cache(maxsize=512)
def _extent(text, fonts):
    box = TextPath((0, 0), text, size=100).get_extents()
    return box.width / 100, box.height / 100


LITERAL = {"parse_math": False}
"""Properties of a `matplotlib.text.Text` in which "$" is a dollar, and begins no formula."""


def escaped(text):
    r"""Return text to be shown literally beside a formula of ours.

    >>> escaped("$0-$50")
    '\\$0-\\$50'
    """
    return str(text).replace("$", r"\$")


def literal_width(text):
    """Return the width of text that is shown literally, in sizes of its font."""
    return max(extent(escaped(line))[0] for line in str(text).split("\n"))


def checked_formula(formula):
    """Return a formula in LaTeX, without dollars, if Matplotlib can draw it; raise otherwise."""
    rule = f"formula must be LaTeX that Matplotlib can draw, without $. Got {formula!r} instead."
    if "$" in str(formula):
        raise ValueError(rule)
    try:
        MathTextParser("path").parse(f"${formula}$")
    except ValueError as error:
        raise ValueError(rule) from error
    return formula


LETTER = 0.6  # of the size of a font, the width of a letter
ASLANT = 26  # letters on a line that lies aslant


def fold(text, width, measure=len):
    r"""Return a text on lines of at most `width` letters, broken after a space.

    A word that is longer than a line is broken after _ or - if it has them.

    Args:
        text: the text.
        width: of a line: letters, or in the unit of `measure`.
        measure: a function from a line to its width.

    >>> fold("learning_rate of the optimizer", 14)
    'learning_rate\nof the\noptimizer'
    """
    lines = [""]
    for word in _words(str(text), width, measure):
        if lines[-1] and measure((lines[-1] + word).rstrip()) > width:
            lines.append("")
        lines[-1] += word
        while len(lines[-1].rstrip()) > 1 and measure(lines[-1].rstrip()) > width:
            end = _fitting(lines[-1], width, measure)
            lines[-1:] = lines[-1][:end], lines[-1][end:]
    return "\n".join(line.strip() for line in lines)


def _words(text, width, measure):
    """Yield the words of a text with the space after them, in parts where they are too long."""
    for word in re.findall(r"\S*\s?", text):
        is_long = measure(word.rstrip()) > width
        yield from re.findall(r"[_-]*[^\s_-]*[\s_-]?", word) if is_long else [word]


def _fitting(line, width, measure):
    """Return how many letters of a line have room, at least one."""
    ends = range(1, len(line) + 1)
    return max(1, bisect.bisect_right(ends, width, key=lambda end: measure(line[:end])))


def shorten(text, width, lines=2, measure=len):
    r"""Returns a text folded as `fold` does, with an ellipsis for what would be further lines.

    >>> shorten("learning_rate of the optimizer", 14)
    'learning_rate\nof the…'
    """
    first = fold(text, width, measure).split("\n")
    if len(first) > lines:
        last = first[lines - 1]
        end = _fitting(last, width - measure("…"), measure)
        first[lines - 1 :] = [f"{last[:end]}…"]
    return "\n".join(first)


def letters_in(inches, points):
    """Returns how many letters of that size a line has room for, at least one.

    >>> letters_in(3, 12)
    30
    """
    return max(1, int(72 * inches / (LETTER * points)))


def label_x(ax, labels, letters, fontsize):
    """Labels places on the x axis, aslant where the labels would run into each other.

    Args:
        ax: the Axes, whose limits are set.
        labels: a dict of places to texts.
        letters: how many a line may have.
        fontsize: in points.
    """
    inches = ax.get_window_extent().width / ax.figure.dpi / (ax.get_xlim()[1] - ax.get_xlim()[0])
    texts, aslant = [shorten(text, letters, 4) for text in labels.values()], {}
    widths = [
        (1 + max(map(len, text.split("\n")))) * LETTER * fontsize / 72 / inches for text in texts
    ]
    by_place = sorted(zip(labels, widths, strict=True))
    if any(b - a < (left + right) / 2 for (a, left), (b, right) in itertools.pairwise(by_place)):
        texts = [shorten(text, ASLANT, 4) for text in labels.values()]
        aslant = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(list(labels), texts, fontsize=fontsize, **LITERAL, **aslant)
