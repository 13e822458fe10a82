"""Text in figures: shown literally, wrapped, shortened, and scaled with the Axes."""

import bisect
import itertools
import math
import re
from dataclasses import dataclass, field
from functools import lru_cache

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.ticker import FixedLocator, Locator

from mlcourse._core.tables import terminal_text
from mlcourse.figures._shared.style import contrast

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


@lru_cache(maxsize=5_000)
def _extent(text, fonts):
    """Return the extent of a text. The fonts are arguments so that the cache depends on them."""
    box = TextPath((0, 0), text, size=100).get_extents()
    return box.width / 100, box.height / 100


CJK_FONTS = (
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans CJK KR",
    "Hiragino Sans",
    "PingFang SC",
    "Apple SD Gothic Neo",
    "Yu Gothic",
    "Microsoft YaHei",
    "Malgun Gothic",
    "WenQuanYi Zen Hei",
    "IPAexGothic",
    "Droid Sans Fallback",
)


def fallback_fonts():
    """Return the names of installed fonts with Chinese, Japanese and Korean characters."""
    installed = set(font_manager.get_font_names())
    return [name for name in CJK_FONTS if name in installed]


def figure_text(text):
    """Return text without control characters, for which a font has no glyph and SVG no character.

    Draw it with the properties `LITERAL`, or as a part of a formula with `escaped`.
    """
    return terminal_text("" if text is None else text, keep="\n")


LITERAL = {"parse_math": False}
"""Properties of a `matplotlib.text.Text` that shows "$" literally instead of parsing a formula."""


def set_literal(setter, text, **properties):
    """Show a title or a label literally, and return its `matplotlib.text.Text`.

    Only a text with "$" turns the parsing of formulas off: a `Text` remembers that, and the next
    title that a user sets may have a formula.

    Args:
        setter: the method that sets it, such as `ax.set_title`.
        text: the text.
        properties: properties of the `Text`.
    """
    return setter(text, parse_math="$" not in text, **properties)


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


def readable_on(color):
    """Return the color of text, "black" or "white", that has the higher contrast on a color."""
    return max(("black", "white"), key=lambda text_color: contrast(text_color, color))


LETTER = 0.6  # average width of a character, in font sizes
ROTATED_LINE_LENGTH = 26  # characters
MAX_STEEP_HEIGHT = 0.35  # of labels rotated by 90 degrees, as a fraction of the figure's height


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
    """Set the tick labels of the x axis, rotated by 30 or 90 degrees if they would overlap.

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
        heights = [name_height([text], fontsize) / 72 / inches_per_unit for text in texts]
        if _overlap(labels, [2 * height for height in heights]):  # 1 / sin(30 degrees)
            letters = min(ROTATED_LINE_LENGTH, steep_letters(ax, fontsize))
            texts = [shorten(text, letters, 1) for text in labels.values()]
            rotation = {"rotation": 90}
    ax.set_xticks(list(labels), texts, fontsize=fontsize, **LITERAL, **rotation)


def steep_letters(ax, fontsize):
    """Return the maximum number of characters of tick labels that are rotated by 90 degrees."""
    height = ax.get_figure(root=True).get_figheight()
    return letters_in(MAX_STEEP_HEIGHT * height, fontsize)


def _overlap(positions, widths):
    """Return whether centered labels overlap, by their positions and widths."""
    neighbors = itertools.pairwise(sorted(zip(positions, widths, strict=True)))
    return any(b - a < (width_a + width_b) / 2 for (a, width_a), (b, width_b) in neighbors)


LINE_HEIGHT = 1.3  # of a line of text, in font sizes
MAX_NAME_WIDTH = 0.5  # of names of rows, as a fraction of the width of the Axes


def name_height(names, fontsize):
    """Return the height in points of the name with the most lines."""
    return LINE_HEIGHT * fontsize * (1 + max(name.count("\n") for name in names))


class ThinnedLocator(Locator):
    """Locate every second, third, ... tick of a locator if the labels of all ticks would overlap.

    Args:
        locator: locator of all ticks, which are about evenly spaced.
        fontsize: font size of the labels, in points.
        size: extent of a label along the axis, in points; None to measure numbers as labels.
    """

    def __init__(self, locator, fontsize, size=None):
        self._locator = locator
        self._fontsize = fontsize
        self._size = size

    def __call__(self):
        """Return the positions of the ticks at the current size of the Axes."""
        low, high = sorted(self.axis.get_view_interval())
        tolerance = 1e-9 * (high - low)
        ticks = np.array(self._locator(), float)
        ticks = ticks[(low - tolerance <= ticks) & (ticks <= high + tolerance)]
        if len(ticks) < 2:
            return ticks
        axes = self.axis.axes
        ends = axes.transData.transform([ticks[:1].repeat(2), ticks[-1:].repeat(2)])
        along = 0 if self.axis.axis_name == "x" else 1
        points = abs(ends[1] - ends[0])[along] * 72 / axes.get_figure(root=True).dpi
        n_labels = int(points / (self._size or self._label_size(ticks))) + 1
        return ticks[:: math.ceil(len(ticks) / n_labels)]

    def _label_size(self, ticks):
        """Return the extent of the longest label along the axis, with a gap, in points."""
        if self.axis.axis_name == "y":
            return LINE_HEIGHT * self._fontsize
        labels = self.axis.get_major_formatter().format_ticks(ticks)
        return self._fontsize * (LETTER + max(extent(label)[0] for label in labels))

    def set_axis(self, axis):
        """Set the axis of both locators."""
        super().set_axis(axis)
        self._locator.set_axis(axis)

    def set_params(self, **params):
        """Set the parameters of the locator of all ticks."""
        self._locator.set_params(**params)

    def tick_values(self, vmin, vmax):
        """Return the positions of all ticks between two values."""
        return self._locator.tick_values(vmin, vmax)

    def nonsingular(self, v0, v1):
        """Return the limits of an empty range, as the locator of all ticks does."""
        return self._locator.nonsingular(v0, v1)

    def view_limits(self, vmin, vmax):
        """Return the limits of the Axes, as the locator of all ticks does."""
        return self._locator.view_limits(vmin, vmax)


def label_rows(ax, names, letters, fontsize, max_lines=2):
    """Label rows 0, 1, ... of Axes with names, wrapped and thinned by the size of the Axes.

    Args:
        ax: the Axes.
        names: the names, one for each row.
        letters: maximum number of characters per line.
        fontsize: font size, in points.
        max_lines: maximum number of lines of a name.

    Returns:
        The names as they are shown.
    """
    width, height = ax.bbox.size / ax.get_figure(root=True).dpi
    n_lines = int(72 * height / len(names) / (LINE_HEIGHT * fontsize))
    letters = min(letters, letters_in(MAX_NAME_WIDTH * width, fontsize))
    n_lines = int(np.clip(n_lines, 1, max_lines))
    names = [shorten(name, letters, n_lines) for name in names]
    ax.set_yticks(range(len(names)), names, fontsize=fontsize, **LITERAL)
    thin_labels(ax.yaxis, names, fontsize)
    return names


def thin_labels(axis, names, fontsize):
    """Hide tick labels that would overlap, such as every second one, at any size of the Axes.

    Args:
        axis: an Axis with a tick for each name.
        names: the labels.
        fontsize: font size, in points.
    """
    labels = axis.get_ticklabels()
    size = name_height(names, fontsize)
    rotation = labels[0].get_rotation()
    if axis is axis.axes.xaxis:
        longest = max(len(line) for name in names for line in name.split("\n"))
        angle = math.radians(rotation)
        size = size / math.sin(angle) if rotation else LETTER * fontsize * (longest + 1)
    axis.set_major_locator(ThinnedLocator(FixedLocator(axis.get_ticklocs()), fontsize, size))
