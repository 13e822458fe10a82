"""Positions of the units in a network diagram, and the names of inputs and outputs."""

import re
from dataclasses import dataclass

import numpy as np

from mlcourse._core import checks
from mlcourse.figures._shared.text import LITERAL, Label, fold, literal_width, shorten

# All lengths are in heights of the diagram.
PAD = 0.02
MAX_RADIUS = 0.12
MAX_LAYER_STEP = 0.9
MAX_UNIT_STEP = 0.3
RADIUS_PER_UNIT_STEP = 0.42
RADIUS_PER_LAYER_STEP = 0.24


@dataclass(frozen=True)
class Column:
    """Positions of the units of a layer.

    Attributes:
        x: x of the centers of the units.
        units: indices of the drawn units.
        y: y of the centers of the drawn units.
        bias: y of the bias node; None without one.
        gap: y of the ellipsis for the units that are not drawn; None if all are drawn.
        size: number of units of the layer.
    """

    x: float
    units: np.ndarray
    y: np.ndarray
    bias: float | None
    gap: float | None
    size: int

    @property
    def centers(self):
        """Centers of all nodes, the bias first, (nodes, 2)."""
        y = self.y if self.bias is None else np.concatenate([[self.bias], self.y])
        return np.column_stack([np.full(len(y), self.x), y])

    @property
    def spacing(self):
        """Largest distance between neighboring nodes; 1 for a single node."""
        heights = self.centers[:, 1]
        return float(-np.diff(heights).max()) if len(heights) > 1 else 1.0


@dataclass(frozen=True)
class Layout:
    """Geometry of a network diagram. All lengths are in heights of the diagram.

    Attributes:
        width: width of the diagram.
        columns: a `Column` for each layer.
        radius: radius of the nodes.
        step: distance between neighboring layers.
    """

    width: float
    columns: list
    radius: float
    step: float

    def segments(self, layer):
        """Return the edges from a layer to the next one, (nodes before, units after, 2, 2)."""
        after = self.columns[layer + 1]
        starts = self.columns[layer].centers
        ends = np.column_stack([np.full(len(after.y), after.x), after.y])
        pairs = np.broadcast_arrays(starts[:, None, :], ends[None, :, :])
        return np.stack(pairs, axis=2)


@dataclass(frozen=True)
class Margins:
    """Margins of a network diagram for text, in heights of the diagram.

    Attributes:
        top, bottom: margins above and below the nodes.
        side: margin to the left and right of the centers of the outer nodes.
        symbols: margin to the right of the last layer, in radii.
    """

    top: float
    bottom: float
    side: float
    symbols: float


def compute_layout(sizes, width, margins, *, draw_bias, max_units, name_widths=(0, 0)):
    """Return the `Layout` of a network.

    Args:
        sizes: number of units of each layer.
        width: width of the diagram, in heights of the diagram.
        margins: the `Margins`.
        draw_bias: whether each layer but the last has a bias node.
        max_units: maximum number of drawn units per layer; None for all.
        name_widths: widths of the names of inputs and outputs.
    """
    n_steps = len(sizes) - 1
    units_of = [_drawn_units(size, max_units) for size in sizes]
    n_slots = []
    for number, (units, size) in enumerate(zip(units_of, sizes, strict=True)):
        has_gap = len(units) < size
        has_bias = draw_bias and number < n_steps
        n_slots.append(len(units) + has_gap + has_bias)
    height = 1 - margins.top - margins.bottom
    unit_step = min(height / max(n_slots), MAX_UNIT_STEP)

    inner_width = width - sum(name_widths)
    side = min(margins.side, 0.25 * inner_width)
    radius_by_width = RADIUS_PER_LAYER_STEP * (inner_width - 2 * side)
    radius_by_width /= n_steps + RADIUS_PER_LAYER_STEP * (2 + margins.symbols)
    radius = min(MAX_RADIUS, RADIUS_PER_UNIT_STEP * unit_step, radius_by_width)
    left = max(side, PAD + radius)
    right = max(side, PAD + (1 + margins.symbols) * radius)
    step = min((inner_width - left - right) / n_steps, MAX_LAYER_STEP)
    start = name_widths[0] + left + (inner_width - left - right - step * n_steps) / 2
    center = margins.bottom + height / 2

    columns = []
    for number, (units, size) in enumerate(zip(units_of, sizes, strict=True)):
        y = center + unit_step * ((n_slots[number] - 1) / 2 - np.arange(n_slots[number]))
        has_bias = draw_bias and number < n_steps
        bias = y[0] if has_bias else None
        x = start + number * step
        columns.append(_column(x, y[1:] if has_bias else y, units, bias, size))
    return Layout(width, columns, radius, step)


def n_drawn_units(size, max_units):
    """Return the number of drawn units. An ellipsis replaces two units or more, never one."""
    return size if max_units is None or size <= max_units + 1 else max_units


def _drawn_units(size, max_units):
    """Return the indices of the units to draw: the first and the last ones."""
    if n_drawn_units(size, max_units) == size:
        return np.arange(size)
    n_first = (max_units + 1) // 2
    return np.concatenate([np.arange(n_first), np.arange(size - (max_units - n_first), size)])


def _column(x, slots, units, bias, size):
    """Return the `Column` of a layer.

    Args:
        x: x of the centers of the units.
        slots: y of the units and the ellipsis.
        units: indices of the drawn units.
        bias: y of the bias node; None without one.
        size: number of units of the layer.
    """
    if len(units) == size:
        return Column(x, units, slots, bias, None, size)
    n_above = (len(units) + 1) // 2
    return Column(x, units, np.delete(slots, n_above), bias, slots[n_above], size)


GAP = 0.02  # between a unit and its name
MAX_NAME_WIDTH = 0.28  # fraction of the width of the diagram
LINE = 1.25  # distance between lines, in font sizes
MAX_LINES = 2
N_SIZES = 8  # number of font sizes to try


def checked_names(argument, names, n_units):
    """Return the names of units as a list of texts, or None.

    Args:
        argument: name of the argument, for the error message.
        names: one name per unit; None without names.
        n_units: number of units.

    Raises:
        ValueError: if there is not one name per unit.
    """
    if names is None:
        return None
    if isinstance(names, str) or checks.length(argument, names) != n_units:
        rule = f"{argument} must have a name for each of the {n_units:,} units"
        got = repr(names) if isinstance(names, str) else f"{len(names):,}"
        raise ValueError(f"{rule}. Got {got} instead.")
    return [str(name) for name in names]


class UnitNames:
    """The names of the drawn inputs or outputs, in the largest font size in which they fit.

    All lengths are in heights of the diagram.

    Attributes:
        size: font size.
        texts: the names on one or two lines, cut if they do not fit in the smallest font size.
        width: width of the names and the gap.

    Args:
        names: one text per drawn unit.
        spacing: distance between neighboring units.
        diagram_width: width of the diagram.
        sizes: the largest and the smallest font size.
    """

    def __init__(self, names, spacing, diagram_width, sizes):
        if spacing < LINE * min(sizes):
            names = [""] * len(names)
        for self.size in np.linspace(*sizes, N_SIZES):
            n_lines = int(np.clip(spacing / (LINE * self.size), 1, MAX_LINES))
            line_width = MAX_NAME_WIDTH * diagram_width / self.size
            if all(_fits(name, line_width, n_lines) for name in names):
                break
        self.texts = []
        for name in names:
            max_lines = n_lines if _has_whole_words(name, line_width) else 1
            self.texts.append(shorten(name, line_width, max_lines, literal_width))
        if spacing < LINE * self.size:
            self.texts = [""] * len(names)
        gap = GAP if any(self.texts) else 0
        self.width = gap + self.size * max(map(literal_width, self.texts))

    def labels(self, column, distance, side):
        """Return a `Label` for each drawn unit.

        Args:
            column: the `Column` of the layer.
            distance: distance from the center of a unit to its name, without the gap.
            side: -1 for names to the left of the units, 1 for names to the right.
        """
        options = {"ha": "left" if side > 0 else "right", "linespacing": 1.0, **LITERAL}
        x = column.x + side * (distance + GAP)
        return [
            Label(x, y, text, self.size, options)
            for text, y in zip(self.texts, column.y, strict=True)
        ]


def _fits(name, width, n_lines):
    """Return whether a name fits into `n_lines` lines without a break inside a word."""
    lines = fold(name, width, literal_width).count("\n") + 1
    return lines <= n_lines and _has_whole_words(name, width)


def _has_whole_words(name, width):
    """Return whether each word of a name fits into a line. Words end at a space, "_" or "-"."""
    words = re.split(r"(?<=[\s_-])", name)
    return max(literal_width(word.rstrip()) for word in words) <= width
