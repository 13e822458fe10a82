"""Names of the inputs and outputs of a network, beside their units."""

import re

import numpy as np

from mlcourse import checks
from mlcourse.figures.folding import fold, shorten
from mlcourse.figures.scaled_text import Word
from mlcourse.figures.texts import LITERAL, literal_width

GAP = 0.02  # between a unit and its name, in heights of the picture
MOST = 0.28  # of the width of the picture that the names of a layer may take
LINE, MAX_LINES = 1.25, 2  # from a line to the next, in sizes of the font
N_SIZES = 8  # of the font that are tried


def checked_names(argument, names, n_units):
    """Return names as texts, one for each unit; None without names. Raise if they do not fit."""
    if names is None:
        return None
    if isinstance(names, str) or checks.length(argument, names) != n_units:
        rule = f"{argument} must have a name for each of the {n_units:,} units"
        got = repr(names) if isinstance(names, str) else f"{len(names):,}"
        raise ValueError(f"{rule}. Got {got} instead.")
    return [str(name) for name in names]


class UnitNames:
    """The names of the inputs or outputs, in the largest font in which they fit.

    Attributes:
        size: of the font, in heights of the picture.
        texts: the names on one line or two, cut if they do not fit in the smallest font.
        room: width of the names with the gap, in heights of the picture.

    Args:
        names: texts, one for each unit.
        apart: from a unit to the next, in heights of the picture.
        width: of the picture, which is 1 high.
        sizes: the largest and the smallest size of the font.
    """

    def __init__(self, names, apart, width, sizes):
        for self.size in np.linspace(*sizes, N_SIZES):
            n_lines = int(np.clip(apart / (LINE * self.size), 1, MAX_LINES))
            letters = MOST * width / self.size
            if all(_fits(name, letters, n_lines) for name in names):
                break
        self.texts = [
            shorten(name, letters, n_lines if _has_whole_words(name, letters) else 1, literal_width)
            for name in names
        ]
        if apart < LINE * self.size:
            self.texts = [""] * len(names)
        self.room = GAP * any(self.texts) + self.size * max(map(literal_width, self.texts))

    def words(self, column, radius, side):
        """Return a `Word` for each drawn unit.

        Args:
            column: the `Column` of the layer.
            radius: from the centre of a unit to its name, but for the gap.
            side: -1 for names on the left of the units, 1 for those on the right.
        """
        options = {"ha": "left" if side > 0 else "right", "linespacing": 1.0, **LITERAL}
        x = column.x + side * (radius + GAP)
        return [
            Word(x, y, self.texts[unit], self.size, options)
            for unit, y in zip(column.units, column.y, strict=True)
        ]


def _fits(name, width, n_lines):
    """Return whether a name is whole on so many lines, without a break inside a word."""
    lines = fold(name, width, literal_width).count("\n") + 1
    return lines <= n_lines and _has_whole_words(name, width)


def _has_whole_words(name, width):
    """Return whether each word of a name fits into a width; it ends at a space, _ or -."""
    words = re.split(r"(?<=[\s_-])", name)
    return max(literal_width(word.rstrip()) for word in words) <= width
