"""The boxes in a model's graph: what is written in each, and how large that makes it, in inches."""

import itertools
import math
from collections import defaultdict
from dataclasses import dataclass, replace

from mlcourse.figures._shared.text import fold, literal_width
from mlcourse.figures.model_graph import times

TEXT, LINE = 10.8 / 72, 14.4 / 72  # size of the font, and from one line to the next
BOLD, LOOSE = 1.16, 1.08  # times a text's own width: set in bold, and with the space around it
PAD, ICON, CIRCLE = 0.08, 0.48, 0.32  # around the lines; of a tensor's picture; of a small merge
LONGEST_LINE, LETTERS = 1.85, 26  # inches, which a word may be longer than; letters, which not
FEW = 16
FRONT, BAR = 0.64, 0.13  # shares of an icon: the largest picture's front, and the width of a bar
SIGNS = {"Add": "$+$", "Subtract": "$-$", "Multiply": r"$\times$"}


@dataclass(frozen=True)
class Box:
    """A block as it is drawn.

    Attributes:
        lines: its texts from the top on; the first is bold.
        sign: of a merge that is drawn as a circle; empty for a box.
        width, height: in inches.
        titles: how many of the lines are bold.
        is_aside: whether it is aside from the main path.
    """

    lines: tuple
    sign: str
    width: float
    height: float
    titles: int
    is_aside: bool = False


@dataclass(frozen=True)
class Largest:
    """The numbers that the pictures of tensors are measured by.

    Attributes:
        side: of a picture, or steps of a sequence.
        channels: of a picture, but `FEW` at least, so that one channel is thin.
        units: of a flat tensor, or of a step of a sequence.
    """

    side: int
    channels: int
    units: int


def box_of(block, inputs):
    """Returns the `Box` of a block.

    Args:
        block: a `mlcourse.figures.model_graph.Block`.
        inputs: how many arrows lead to it.
    """
    if block.kind == "merge" and block.title in SIGNS and inputs > 1:
        return Box((), SIGNS[block.title], CIRCLE, CIRCLE, 0, block.is_aside)
    first, *others = block.title.split(" · ")
    titles = _wrap(first.replace(", ", ",\n").split("\n"), " ", BOLD)
    lines = [*titles, *_wrap(others, " · ", 1), *_wrap(_shapes(block.shapes), " and ", 1)]
    lines += _wrap(_parameters(block), ", ", 1)
    widths = [
        _width(line, BOLD if number < len(titles) else 1) for number, line in enumerate(lines)
    ]
    height = LINE * len(lines) + 2 * PAD
    width = max(widths) + ICON + 2 * PAD
    return Box(tuple(lines), "", width, height, len(titles), block.is_aside)


def _wrap(words, between, weight):
    """Returns words on as few lines as have room for them."""
    lines = []
    for word in itertools.chain(*(fold(word, LETTERS).split("\n") for word in words)):
        longer = f"{lines[-1]}{between}{word}" if lines else word
        if lines and _width(longer, weight) <= LONGEST_LINE:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _width(line, weight):
    return literal_width(line) * TEXT * weight * LOOSE


def _shapes(shapes):
    """Returns the shapes of one tensor or several in words, as a list."""
    texts = []
    for shape in shapes:
        plural = "s" * (shape not in ((), (1,)))
        texts.append(times(shape or (1,)) + f" number{plural}" * (len(shape) < 2))
    return texts


def _parameters(block):
    """Return the number of parameters of a block in words, and whether it is frozen, as a list."""
    if not block.parameters:
        return []
    frozen = "frozen" if block.frozen == block.parameters else f"{block.frozen:,} frozen"
    plural = "s" * (block.parameters != 1)
    return [f"{block.parameters:,} parameter{plural}", *([frozen] if block.frozen else [])]


def of_even_width(boxes, tracks):
    """Returns the boxes, those of one track as wide as the widest of them."""
    widest = defaultdict(float)
    for box, track in zip(boxes, tracks, strict=True):
        widest[track] = max(widest[track], box.width)
    return [
        box if box.sign else replace(box, width=widest[track])
        for box, track in zip(boxes, tracks, strict=True)
    ]


def icon(shape, largest):
    """Returns what a tensor looks like: the polygons of a slab, in shares of an icon's width.

    Height and width of its front are those of a picture, its depth the channels: they grow with
    the square root of the numbers. A flat tensor is a bar, which grows with their logarithm. A
    sequence is thin, as high as its steps and as wide as the units of a step.

    Args:
        shape: of the tensor, without the batch.
        largest: the `largest_of` all tensors.
    """
    sides = [side or 1 for side in shape]
    if len(sides) < 2:
        width, depth = BAR, 0.0
        height = max(BAR, _share(math.prod(sides), largest.units))
    elif len(sides) == 2:
        height = _grow(sides[0], largest.side, FRONT, 0.12)
        width = max(0.12, FRONT * _share(sides[1], largest.units))
        depth = 0.04
    else:
        *sides, channels = sides
        height, width = (_grow(side, largest.side, FRONT, 0.12) for side in sides[:2])
        depth = _grow(channels, largest.channels, 1 - FRONT, 0.04)
    x, y = -(width + depth) / 2, -(height + depth) / 2
    right, top = x + width, y + height
    front = [(x, y), (right, y), (right, top), (x, top)]
    if not depth:
        return [front]
    above = [(x, top), (right, top), (right + depth, top + depth), (x + depth, top + depth)]
    beside = [(right, y), (right + depth, y + depth), (right + depth, top + depth), (right, top)]
    return [front, above, beside]


def _share(number, largest):
    """Returns how long a number is beside the largest one, by their logarithms."""
    return math.log(number + 1) / math.log(largest + 1)


def _grow(number, largest, most, least):
    return max(least, most * math.sqrt(number / largest))


def largest_of(shapes):
    """Returns the `Largest` numbers in the shapes of all tensors."""
    shapes = [[side or 1 for side in shape] for shape in shapes]
    flat = [math.prod(shape) for shape in shapes if len(shape) < 2]
    sequences = [shape for shape in shapes if len(shape) == 2]
    pictures = [shape for shape in shapes if len(shape) > 2]
    sides = [side for shape in pictures for side in shape[:2]] + [steps for steps, _ in sequences]
    channels = [shape[-1] for shape in pictures]
    units = flat + [units for _, units in sequences]
    return Largest(max(sides, default=1), max([FEW, *channels]), max(units, default=1))
