"""Boxes of a model graph: their texts and sizes, and the icons of tensor shapes."""

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass, replace

from mlcourse.figures._shared.text import fold, literal_width
from mlcourse.figures.model_graph import format_shape

# Lengths in inches.
FONT_SIZE = 10.8 / 72
LINE = 14.4 / 72
PAD = 0.08
ICON = 0.48
CIRCLE = 0.32
LINE_WIDTH = 1.85
"""Width of a line with several words; a single word may be wider."""

BOLD = 1.16
"""Width of a bold text, relative to its normal width."""
LOOSE = 1.08
"""Width reserved for a text, relative to its measured width."""
WORD_LENGTH = 26
"""Maximum number of characters of a word on one line."""
MIN_CHANNELS = 16
"""Minimum of the largest number of channels in a graph, so that the slab of 1 channel is thin."""
FRONT = 0.64
"""Maximum width and height of the front of a slab, relative to the icon."""
BAR = 0.13
"""Width of the bar of a flat tensor, relative to the icon."""
SIGNS = {"Add": "$+$", "Subtract": "$-$", "Multiply": r"$\times$"}


@dataclass(frozen=True)
class Box:
    """Texts and size of a drawn block.

    Attributes:
        lines: lines of text, from top to bottom. The title is bold.
        sign: sign of a merge, drawn in a circle; empty for a box.
        width, height: size, in inches.
        n_title_lines: number of lines of the title.
        is_side_branch: whether the block is on a side branch.
    """

    lines: tuple
    sign: str
    width: float
    height: float
    n_title_lines: int
    is_side_branch: bool = False


@dataclass(frozen=True)
class IconScale:
    """The largest numbers in the shapes of a graph, which set the scale of the icons.

    Attributes:
        side: largest side of an image, or number of steps of a sequence.
        channels: largest number of channels of an image, at least `MIN_CHANNELS`.
        units: largest number of units of a flat tensor, or of a step of a sequence.
    """

    side: int
    channels: int
    units: int


def box_of(block, n_inputs):
    """Return the `Box` of a block.

    Args:
        block: a `mlcourse.figures.model_graph.Block`.
        n_inputs: number of edges to the block.
    """
    if block.kind == "merge" and block.title in SIGNS and n_inputs > 1:
        return Box((), SIGNS[block.title], CIRCLE, CIRCLE, 0, block.is_side_branch)
    first, *others = block.title.split(" · ")
    title = _wrap(first.replace(", ", ",\n").split("\n"), " ", BOLD)
    text = [
        *_wrap(others, " · ", 1),
        *_wrap(_shape_texts(block.shapes), " and ", 1),
        *_wrap(_parameter_texts(block), ", ", 1),
    ]
    widths = [_width(line, BOLD) for line in title] + [_width(line, 1) for line in text]
    lines = (*title, *text)
    height = LINE * len(lines) + 2 * PAD
    width = max(widths) + ICON + 2 * PAD
    return Box(lines, "", width, height, len(title), block.is_side_branch)


def _wrap(words, separator, weight):
    """Return words on as few lines as possible.

    Args:
        words: texts that stay on one line, if they are not longer than `WORD_LENGTH`.
        separator: text between words on the same line.
        weight: relative width of the font weight.
    """
    lines = []
    for word in itertools.chain(*(fold(word, WORD_LENGTH).split("\n") for word in words)):
        longer = f"{lines[-1]}{separator}{word}" if lines else word
        if lines and _width(longer, weight) <= LINE_WIDTH:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _width(line, weight):
    """Return the width of a line, in inches."""
    return literal_width(line) * FONT_SIZE * weight * LOOSE


def _shape_texts(shapes):
    """Return a text for each shape, with the unit "numbers" for a flat tensor."""
    texts = []
    for shape in shapes:
        text = format_shape(shape or (1,))
        if len(shape) < 2:
            text += " number" if shape in ((), (1,)) else " numbers"
        texts.append(text)
    return texts


def _parameter_texts(block):
    """Return the numbers of parameters and of frozen parameters as texts; empty without any."""
    if not block.parameters:
        return []
    noun = "parameter" if block.parameters == 1 else "parameters"
    texts = [f"{block.parameters:,} {noun}"]
    if block.frozen == block.parameters:
        texts.append("frozen")
    elif block.frozen:
        texts.append(f"{block.frozen:,} frozen")
    return texts


def of_equal_width(boxes, columns):
    """Return the boxes with the width of the widest box in their column.

    Args:
        boxes: a `Box` for each block. The size of circles does not change.
        columns: column of each block.
    """
    widest = defaultdict(float)
    for box, column in zip(boxes, columns, strict=True):
        widest[column] = max(widest[column], box.width)
    return [
        box if box.sign else replace(box, width=widest[column])
        for box, column in zip(boxes, columns, strict=True)
    ]


def icon(shape, scale):
    """Return the polygons of a slab, an icon of a tensor shape, relative to the icon's width.

    The front of an image has its height and width, the depth is its number of channels, on a
    square root scale. A flat tensor is a bar, on a log scale. A sequence is thin, with its number
    of steps as height and the units of a step as width.

    Args:
        shape: shape of the tensor, without the batch axis.
        scale: the `IconScale` of the graph.

    Returns:
        A list of polygons: the front, and for a slab with depth the top and the side.
    """
    sides = [side or 1 for side in shape]
    if len(sides) < 2:
        width = BAR
        height = max(BAR, _log_length(math.prod(sides), scale.units))
        depth = 0.0
    elif len(sides) == 2:
        width = max(0.12, FRONT * _log_length(sides[1], scale.units))
        height = _root_length(sides[0], scale.side, FRONT, 0.12)
        depth = 0.04
    else:
        *sides, channels = sides
        height, width = (_root_length(side, scale.side, FRONT, 0.12) for side in sides[:2])
        depth = _root_length(channels, scale.channels, 1 - FRONT, 0.04)
    left = -(width + depth) / 2
    bottom = -(height + depth) / 2
    right = left + width
    top = bottom + height
    front = [(left, bottom), (right, bottom), (right, top), (left, top)]
    if not depth:
        return [front]
    back_right = right + depth
    back_top = top + depth
    upper = [(left, top), (right, top), (back_right, back_top), (left + depth, back_top)]
    side = [(right, bottom), (back_right, bottom + depth), (back_right, back_top), (right, top)]
    return [front, upper, side]


def _log_length(number, largest):
    """Return a length on a log scale, 1 for the largest number."""
    return math.log(number + 1) / math.log(largest + 1)


def _root_length(number, largest, max_length, min_length):
    """Return a length on a square root scale, `max_length` for the largest number."""
    return max(min_length, max_length * math.sqrt(number / largest))


def icon_scale(shapes):
    """Return the `IconScale` for the shapes of all tensors of a graph."""
    shapes = [[side or 1 for side in shape] for shape in shapes]
    flat = [math.prod(shape) for shape in shapes if len(shape) < 2]
    sequences = [shape for shape in shapes if len(shape) == 2]
    images = [shape for shape in shapes if len(shape) > 2]
    sides = [side for shape in images for side in shape[:2]] + [steps for steps, _ in sequences]
    channels = [shape[-1] for shape in images]
    units = flat + [units for _, units in sequences]
    return IconScale(
        side=max(sides, default=1),
        channels=max([MIN_CHANNELS, *channels]),
        units=max(units, default=1),
    )
