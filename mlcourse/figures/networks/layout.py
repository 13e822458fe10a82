"""Positions of units in a network diagram, and the names beside them."""

import re
from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks
from mlcourse.figures._shared.text import LITERAL, Word, fold, literal_width, shorten

PAD = 0.02  # around the picture
LARGEST_RADIUS, WIDEST_STEP, TALLEST_STEP = 0.12, 0.9, 0.3
BY_HEIGHT, BY_WIDTH = 0.42, 0.24  # of the way to the next unit, and to the next layer: a radius


@dataclass(frozen=True)
class Column:
    """A layer as it is drawn.

    Attributes:
        x: of its units' centres.
        units: the numbers of those that are drawn, from 0 on.
        y: of their centres.
        bias: y of the bias node; None without one.
        gap: y of the ellipsis that stands for the others; None where all are drawn.
        size: how many units the layer has.
    """

    x: float
    units: np.ndarray
    y: np.ndarray
    bias: float | None
    gap: float | None
    size: int

    @property
    def centres(self):
        """Of all nodes, the bias first: (nodes, 2)."""
        y = self.y if self.bias is None else np.concatenate([[self.bias], self.y])
        return np.column_stack([np.full(len(y), self.x), y])

    @property
    def apart(self):
        """From a node to the next one; 1 for a node alone."""
        heights = self.centres[:, 1]
        return float(-np.diff(heights).max()) if len(heights) > 1 else 1.0


@dataclass(frozen=True)
class Layout:
    """The picture's geometry.

    Attributes:
        width: of the picture, which is 1 high.
        columns: a `Column` a layer.
        radius: of each node.
        step: from one layer to the next.
    """

    width: float
    columns: list
    radius: float
    step: float

    def segments(self, number):
        """Returns the edges from one layer to the next, (nodes before, units after, 2, 2)."""
        starts, after = self.columns[number].centres, self.columns[number + 1]
        ends = np.column_stack([np.full(len(after.y), after.x), after.y])
        pairs = np.broadcast_arrays(starts[:, None, :], ends[None, :, :])
        return np.stack(pairs, axis=2)


def place(sizes, width, *, bias, max_units, top, bottom, beside, side, names=(0, 0)):
    """Returns the `Layout` of a network.

    Args:
        sizes: units of each layer.
        width: of the picture, which is 1 high.
        bias: whether each layer but the last has a bias node.
        max_units: how many units of a layer are drawn at the most; None for all.
        top, bottom, side: room for text at the edges, sides counted from the nodes' centres.
        beside: room to the right of the last layer, in radii.
        names: room for the names on the left of the first layer, and on the right of the last.
    """
    whole, width = width, width - sum(names)
    shown = [_shown(size, max_units) for size in sizes]
    slots = [len(units) + (len(units) < size) for units, size in zip(shown, sizes, strict=True)]
    slots = [count + (bias and number < len(sizes) - 1) for number, count in enumerate(slots)]
    tall = min((1 - top - bottom) / max(slots), TALLEST_STEP)

    steps, side = len(sizes) - 1, min(side, 0.25 * width)
    widest = BY_WIDTH * (width - 2 * side) / (steps + BY_WIDTH * (2 + beside))
    radius = min(LARGEST_RADIUS, BY_HEIGHT * tall, widest)
    left, right = (max(side, PAD + room * radius) for room in (1, 1 + beside))
    step = min((width - left - right) / steps, WIDEST_STEP)
    start = names[0] + left + (width - left - right - step * steps) / 2
    middle = bottom + (1 - top - bottom) / 2

    columns = []
    for number, (units, size) in enumerate(zip(shown, sizes, strict=True)):
        y = middle + tall * ((slots[number] - 1) / 2 - np.arange(slots[number]))
        has_bias = bias and number < steps
        nodes = y[1:] if has_bias else y
        cut = len(units) < size
        before = (len(units) + 1) // 2
        columns.append(
            Column(
                x=start + number * step,
                units=units,
                y=np.delete(nodes, before) if cut else nodes,
                bias=y[0] if has_bias else None,
                gap=nodes[before] if cut else None,
                size=size,
            )
        )
    return Layout(whole, columns, radius, step)


def _shown(size, max_units):
    if max_units is None or size <= max_units:
        return np.arange(size)
    first = (max_units + 1) // 2
    return np.concatenate([np.arange(first), np.arange(size - (max_units - first), size)])


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
