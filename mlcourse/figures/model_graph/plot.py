"""A model of Keras as a block diagram, with shapes and numbers of parameters."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection, PathCollection, PolyCollection
from matplotlib.patches import Circle, FancyBboxPatch

from mlcourse.figures._shared.axes import axes_or_new, checked_axes
from mlcourse.figures._shared.style import (
    BLUE,
    BROWN,
    CRIMSON,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    VIOLET,
    YELLOW,
    is_dark,
    tint,
)
from mlcourse.figures._shared.text import LITERAL, ScaledText, Label, fold, literal_width
from mlcourse.figures._shared.titles import set_title
from mlcourse.figures.model_graph import graph
from mlcourse.figures.model_graph.boxes import (
    ICON,
    LINE,
    LOOSE,
    PAD,
    TEXT,
    box_of,
    icon,
    largest_of,
)
from mlcourse.figures.model_graph.layout import MARGIN, lay_out
from mlcourse.figures.model_graph.lines import heads, junctions, own_parts, parallel, rounded

COLOURS = {
    "input": GREEN,
    "convolution": BLUE,
    "pooling": ORANGE,
    "dense": RED,
    "recurrent": VIOLET,
    "attention": CRIMSON,
    "embedding": BROWN,
    "normalization": YELLOW,
    "merge": PURPLE,
    "model": SKY,
}
FOOT = 0.34  # inches for the sum of the parameters
SLAB, ASIDE = 0.4, 0.04  # inches: the largest picture of a tensor; how far left of its place
LIGHT = (0.75, 0.45, 0.95)  # strength of the colour of its front, its top and its side
FROZEN = (0, (3, 2))  # dashes of an outline
BORDER = 0.09  # inches that the layout of a new figure takes


def plot_model_graph(
    model: object,
    ax: Axes | None = None,
    *,
    x: object = None,
    expand: bool | int = False,
    collapse_repeats: bool = False,
    title: str = "",
) -> Axes:
    """Plot a model as a graph of blocks, to be read from top to bottom, column by column.

    A block says what it does, what shape comes out of it, and how many parameters it has. The slab
    in it grows with that shape. Normalization, activation and dropout stand with the layer that
    they follow; a sum is a circle. Each tensor that leads on has an arrow. A layer that is called
    twice is two blocks, which say so. Frozen blocks have a dashed outline.

    The call of a subclassed model is traced on symbolic tensors. If that is not possible, its
    layers have no arrows, and the figure says why. Layers that the call does not use are blocks
    that say "not called".

    Args:
        model: a Keras model: Sequential, functional or subclassed.
        ax: the Axes to draw in; None for a new one, as large as the model needs. In Axes that are
            too small for it, words are left away.
        x: an example batch, if the model is not built: an array, a `keras.KerasTensor`, or a
            structure of them. The model is then built for it. None for a built model.
        expand: how many levels of models within the model to unfold; True for all.
        collapse_repeats: whether equal blocks in a row are one block, which says how many they are
            and has the sum of their parameters.
        title: text above.

    Returns:
        The Axes.

    Raises:
        ValueError: if model is not a Keras model, or is not built and x is None; if the model
            cannot be called on x.

    >>> from mlcourse import models
    >>> ax = plot_model_graph(models.mlp(784, hidden=(512, 512)))
    >>> [text.get_text() for text in ax.texts][-1]
    '669,706 parameters in all'
    """
    drawn = graph(model, x, expand=expand, collapse_repeats=collapse_repeats)
    inputs = Counter(target for _, target in drawn.arrows)
    boxes = [box_of(block, inputs[number]) for number, block in enumerate(drawn.blocks)]
    layout = _lay_out(boxes, drawn.arrows, _room(ax))
    foot = _foot(drawn, layout.width)
    height = layout.height + LINE * (len(foot) - 1)
    ax = axes_or_new(ax, (layout.width + BORDER, height + 0.3 * bool(title) + BORDER))
    _draw_lines(ax, layout.lines, drawn.tensors)
    _draw_boxes(ax, drawn.blocks, boxes, layout.rectangles)
    _draw_slabs(ax, drawn.blocks, boxes, layout.rectangles)
    words = [
        word
        for box, place in zip(boxes, layout.rectangles, strict=True)
        for word in _words(box, place)
    ]
    for number, line in enumerate(foot):
        words.append(Label(MARGIN, 0.13 - LINE * number, line, TEXT, {"ha": "left", **LITERAL}))
    for word in words:
        ax.add_artist(ScaledText(word))
    ax.set(xlim=(0, layout.width), ylim=(layout.height - height, layout.height), aspect="equal")
    ax.set_axis_off()
    set_title(ax, title)
    return ax


def _lay_out(boxes, arrows, room):
    """Return the layout of the boxes; those without arrows stand below the others."""
    joined = {block for arrow in arrows for block in arrow}
    alone = [number for number in range(len(boxes)) if number not in joined]
    links = pairwise([max(joined), *alone] if joined else alone)
    layout = lay_out(boxes, [*arrows, *links], room, FOOT)
    return replace(layout, lines={pair: layout.lines[pair] for pair in arrows})


def _foot(drawn, width):
    """Return the lines below a graph: its parameters, and what could not be traced."""
    counts = {
        "trainable": drawn.trainable,
        "frozen": drawn.frozen,
        "other non-trainable": drawn.parameters - drawn.trainable - drawn.frozen,
    }
    total = f"{drawn.parameters:,} parameters in all"
    if drawn.frozen:
        total += ": " + ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)

    def measure(line):
        return literal_width(line) * TEXT * LOOSE

    lines = [fold(text, width - 2 * MARGIN, measure) for text in (*drawn.notes, total)]
    return "\n".join(lines).split("\n")


def _room(ax):
    """Returns the size of the Axes; only its proportions count."""
    return None if ax is None else tuple(checked_axes(ax).bbox.size)


def _draw_lines(ax, arrows, tensors):
    """Draw the arrows, one for each tensor, and dots where they part."""
    lines = {}
    for (source, target), corners in arrows.items():
        count = tensors[source, target]
        if count == 1:
            lines[source, target] = corners
        else:
            for number, line in enumerate(parallel(corners, count)):
                lines[(source, number), target] = line
    colour = "0.75" if is_dark() else "0.25"
    style = {"facecolors": "none", "edgecolors": colour, "linewidths": 1.3, "zorder": 1}
    ax.add_collection(
        PathCollection([rounded(part) for part in own_parts(lines)], **style), autolim=False
    )
    tips = PolyCollection(heads(lines.values()), facecolors=colour, edgecolors="none", zorder=4)
    ax.add_collection(tips, autolim=False)
    dots = [Circle(place, 0.035) for place in junctions(lines)]
    ax.add_collection(
        PatchCollection(dots, facecolors=colour, edgecolors="none", zorder=2), autolim=False
    )


def _draw_boxes(ax, blocks, boxes, rectangles):
    """Draws a box or a circle for each block."""
    colours = [COLOURS.get(block.kind, GREY) for block in blocks]
    shapes = [_outline(box, place) for box, place in zip(boxes, rectangles, strict=True)]
    faces = [tint(colour, 0.22) for colour in colours]
    style = {"facecolors": faces, "edgecolors": colours, "linewidths": 1.4, "zorder": 3}
    style["linestyles"] = [FROZEN if block.frozen else "solid" for block in blocks]
    ax.add_collection(PatchCollection(shapes, **style), autolim=False)


def _draw_slabs(ax, blocks, boxes, rectangles):
    """Draws into each box what its tensor looks like."""
    largest = largest_of([shape for block in blocks for shape in block.shapes])
    slabs, fills = [], []
    for block, box, place in zip(blocks, boxes, rectangles, strict=True):
        if box.sign or not block.shapes:
            continue
        x, y = place[0] + PAD + ICON / 2 - ASIDE, place[1] + place[3] / 2
        for polygon, share in zip(icon(block.shapes[0], largest), LIGHT, strict=False):
            slabs.append([(x + SLAB * dx, y + SLAB * dy) for dx, dy in polygon])
            fills.append(tint(COLOURS.get(block.kind, GREY), share))
    style = {"facecolors": fills, "edgecolors": "white", "linewidths": 0.7, "zorder": 4}
    ax.add_collection(PolyCollection(slabs, **style), autolim=False)


def _outline(box, place):
    left, lower, width, height = place
    if box.sign:
        return Circle((left + width / 2, lower + height / 2), width / 2)
    return FancyBboxPatch((left, lower), width, height, boxstyle="round,pad=0,rounding_size=0.06")


def _words(box, place):
    """Yields the lines of a box, from the top on."""
    left, lower, width, height = place
    if box.sign:
        yield Label(left + width / 2, lower + height / 2, box.sign, 1.5 * TEXT, {"color": "black"})
    for number, line in enumerate(box.lines):
        y = lower + height - PAD - LINE * (number + 0.5)
        weight = "bold" if number < box.titles else "normal"
        options = {"ha": "left", "color": "black", "weight": weight, **LITERAL}
        yield Label(left + PAD + ICON, y, line, TEXT, options)
