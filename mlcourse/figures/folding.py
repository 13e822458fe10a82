"""Names that are long: on several lines, and on an axis where there are many of them."""

import bisect
import itertools
import re

from mlcourse.figures.texts import LITERAL

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
