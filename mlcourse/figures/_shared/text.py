"""Text in figures: shown literally, wrapped, shortened, and scaled with the Axes."""

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

from mlcourse._core.tables import terminal_text

LEGIBLE = 10
"""Font size in points that layouts aim for."""
SMALLEST = 6
"""Font size in points below which text is hidden, as it would be illegible."""
BASE = 0.05
"""Font size of titles and captions in a diagram of height 1, unless that would be illegible."""
TEXT_BOX = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
"""Value of `bbox` for a box behind a text; `ScaledText` gives it the color of the figure."""


@dataclass(frozen=True)
class Label:
    """A text in a diagram.

    Attributes:
        x, y: center of the text, in data coordinates.
        text: plain text, or LaTeX between dollar signs.
        size: font size, in data units of the y axis.
        options: keyword arguments of `matplotlib.text.Text`.
    """

    x: float
    y: float
    text: str
    size: float
    options: dict = field(default_factory=dict)


class ScaledText(Text):
    """Text whose font size is given in data units, so that it scales with the Axes.

    Args:
        label: the `Label`.
        max_points: maximum font size, in points.
    """

    def __init__(self, label, max_points=math.inf):
        centered = {"ha": "center", "va": "center_baseline", "clip_on": True}
        super().__init__(label.x, label.y, label.text, **centered | label.options)
        self.size = label.size
        self._max_points = max_points
        self.set_in_layout(False)

    def set_figure(self, fig):
        """Set the figure, and give the box behind the text its color."""
        super().set_figure(fig)
        if self.get_bbox_patch() is not None:
            self.get_bbox_patch().set_facecolor(fig.get_figure(root=True).get_facecolor())

    def points(self):
        """Return the font size in points at the current size of the Axes."""
        origin, top = self.axes.transData.transform([(0, 0), (0, self.size)])
        scaled = abs(top[1] - origin[1]) * 72 / self.get_figure(root=True).dpi
        return min(scaled, self._max_points)

    def get_visible(self):
        """Return whether the text is visible and not smaller than `SMALLEST`."""
        return super().get_visible() and (self.axes is None or self.points() >= SMALLEST - 1e-6)

    def get_window_extent(self, renderer=None, dpi=None):
        """Return the bounding box of the text, in pixels."""
        self._update_fontsize()
        return super().get_window_extent(renderer, dpi)

    def draw(self, renderer):
        """Draw the text with the font size that fits the Axes."""
        self._update_fontsize()
        super().draw(renderer)

    def _update_fontsize(self):
        points = self.points()
        if abs(points - self.get_fontsize()) > 1e-6:
            self.set_fontsize(points)


def extent(text):
    """Return the width and the height of a text, in font sizes."""
    fonts = mpl.rcParams["mathtext.fontset"], *mpl.rcParams["font.family"]
    return _extent(text, fonts) if text else (0.0, 0.0)


@lru_cache(maxsize=512)
def _extent(text, fonts):
    """Return the extent of a text. The fonts are arguments so that the cache depends on them."""
    box = TextPath((0, 0), text, size=100).get_extents()
    return box.width / 100, box.height / 100


def figure_text(text):
    """Return text without control characters, for which a font has no glyph and SVG no character.

    Draw it with the properties `LITERAL`, or as a part of a formula with `escaped`.
    """
    return terminal_text("" if text is None else text, keep="\n")


LITERAL = {"parse_math": False}
"""Properties of a `matplotlib.text.Text` that shows "$" literally instead of parsing a formula."""


def escaped(text):
    r"""Escape dollar signs, for literal text in the same string as a formula.

    >>> escaped("$0-$50")
    '\\$0-\\$50'
    """
    return figure_text(text).replace("$", r"\$")


def literal_width(text):
    """Return the width of a text that is shown literally, in font sizes."""
    return max(extent(escaped(line))[0] for line in str(text).split("\n"))


def checked_formula(formula):
    """Return a LaTeX formula without dollar signs. Raise ValueError if it cannot be parsed."""
    rule = f"formula must be LaTeX that Matplotlib can draw, without $. Got {formula!r} instead."
    if "$" in str(formula):
        raise ValueError(rule)
    try:
        MathTextParser("path").parse(f"${formula}$")
    except ValueError as error:
        raise ValueError(rule) from error
    return formula


LETTER = 0.6  # average width of a character, in font sizes
ROTATED_LINE_LENGTH = 26  # characters


def fold(text, width, measure=len):
    r"""Wrap a text into lines, broken after a space.

    A word that is wider than a line is broken after "_" or "-", else between characters.

    Args:
        text: the text.
        width: maximum width of a line: number of characters, or in the unit of `measure`.
        measure: function from a line to its width.

    >>> fold("learning_rate of the optimizer", 14)
    'learning_rate\nof the\noptimizer'
    """
    lines = [""]
    for word in _words(figure_text(text), width, measure):
        if lines[-1] and measure((lines[-1] + word).rstrip()) > width:
            lines.append("")
        lines[-1] += word
        while len(lines[-1].rstrip()) > 1 and measure(lines[-1].rstrip()) > width:
            end = _n_fitting(lines[-1], width, measure)
            lines[-1:] = lines[-1][:end], lines[-1][end:]
    return "\n".join(line.strip() for line in lines)


def _words(text, width, measure):
    """Yield the words of a text with the space after them. Split words that are too wide."""
    for word in re.findall(r"\S*\s?", text):
        is_long = measure(word.rstrip()) > width
        yield from re.findall(r"[_-]*[^\s_-]*[\s_-]?", word) if is_long else [word]


def _n_fitting(line, width, measure):
    """Return the number of characters of a line that fit into the width, at least 1."""
    ends = range(1, len(line) + 1)
    return max(1, bisect.bisect_right(ends, width, key=lambda end: measure(line[:end])))


def shorten(text, width, lines=2, measure=len):
    r"""Wrap a text like `fold`, and replace all but the first lines with an ellipsis.

    Args:
        text: the text.
        width: maximum width of a line: number of characters, or in the unit of `measure`.
        lines: maximum number of lines.
        measure: function from a line to its width.

    >>> shorten("learning_rate of the optimizer", 14)
    'learning_rate\nof the…'
    """
    folded = fold(text, width, measure).split("\n")
    if len(folded) > lines:
        last = folded[lines - 1]
        end = _n_fitting(last, width - measure("…"), measure)
        folded[lines - 1 :] = [f"{last[:end]}…"]
    return "\n".join(folded)


def letters_in(inches, points):
    """Return the approximate number of characters per line, at least 1.

    Args:
        inches: width of the line.
        points: font size.

    >>> letters_in(3, 12)
    30
    """
    return max(1, int(72 * inches / (LETTER * points)))


def label_x(ax, labels, letters, fontsize):
    """Set the tick labels of the x axis, rotated by 30 degrees if they would overlap.

    Args:
        ax: the Axes, with final limits.
        labels: dict of tick positions to texts.
        letters: maximum number of characters per line.
        fontsize: font size, in points.
    """
    left_limit, right_limit = ax.get_xlim()
    inches_per_unit = ax.get_window_extent().width / ax.figure.dpi / (right_limit - left_limit)
    letter_width = LETTER * fontsize / 72 / inches_per_unit
    texts = [shorten(text, letters, 4) for text in labels.values()]
    widths = [(1 + max(map(len, text.split("\n")))) * letter_width for text in texts]
    rotation = {}
    if _overlap(labels, widths):
        texts = [shorten(text, ROTATED_LINE_LENGTH, 4) for text in labels.values()]
        rotation = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"}
    ax.set_xticks(list(labels), texts, fontsize=fontsize, **LITERAL, **rotation)


def _overlap(positions, widths):
    """Return whether centered labels overlap, by their positions and widths."""
    neighbors = itertools.pairwise(sorted(zip(positions, widths, strict=True)))
    return any(b - a < (width_a + width_b) / 2 for (a, width_a), (b, width_b) in neighbors)
