"""Plot a Keras model as a graph of blocks, with shapes and numbers of parameters."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection, PathCollection, PolyCollection
from matplotlib.patches import Circle, FancyBboxPatch

from mlcourse._core import checks
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
    ink,
    paper,
    tint,
)
from mlcourse.figures._shared.text import LITERAL, Label, ScaledText, fold, literal_width
from mlcourse.figures._shared.titles import set_title
from mlcourse.figures.model_graph import graph
from mlcourse.figures.model_graph.boxes import (
    FONT_SIZE,
    ICON,
    LINE,
    LOOSE,
    PAD,
    box_of,
    icon,
    icon_scale,
)
from mlcourse.figures.model_graph.layout import MARGIN, lay_out
from mlcourse.figures.model_graph.lines import (
    arrowheads,
    junctions,
    parallel_lines,
    rounded_path,
    without_shared_parts,
)

COLORS = {
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
FOOTER = 0.34  # inches, for the total number of parameters
MAX_BLOCKS = 500
MAX_SLAB = 0.4  # inches: size of the largest icon
SLAB_SHIFT = 0.04  # inches: shift of the icons to the left
SLAB_TINTS = (0.75, 0.45, 0.95)  # color strengths of the front, top and side of a slab
FROZEN_LINE_STYLE = (0, (3, 2))
BORDER = 0.09  # inches: padding of a layout engine


def plot_model_graph(
    model: object,
    *,
    x: object = None,
    expand: bool | int = False,
    collapse_repeats: bool = False,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Plot a model as a graph of blocks, from top to bottom, then from left to right.

    A block shows its layer with its settings, its output shape and its number of parameters, and
    an icon of the shape. Normalization, activation and dropout layers are in the block of the layer
    before them. A sum is a circle. Each tensor has an arrow. Each call of a shared layer is a
    block. Frozen blocks have a dashed outline.

    The call of a subclassed model is traced on symbolic tensors. If that fails, its layers have no
    arrows, and the reason is below the graph. Unused layers are blocks marked "not called".

    Args:
        model: a Keras model: Sequential, functional or subclassed, of at most 500 blocks.
        x: example batch for a model that is not built, which builds it: an array, a
            `keras.KerasTensor`, or a structure of them. None for a built model.
        expand: number of levels of nested models to expand; True for all, False for none.
        collapse_repeats: whether to collapse consecutive equal blocks into one block with their
            number and the sum of their parameters.
        title: title of the Axes.
        ax: the Axes; None for a new figure of the required size. Text that would be illegible in
            small Axes is hidden.

    Returns:
        The Axes.

    Raises:
        ValueError: if model is not a Keras model, if it is not built and x is None, or if it
            cannot be called on x.

    >>> from mlcourse import models
    >>> ax = plot_model_graph(models.mlp(784, hidden=(512, 512)))
    >>> [text.get_text() for text in ax.texts][-1]
    '669,706 parameters in all'
    """
    model_graph = graph(model, x, expand=expand, collapse_repeats=collapse_repeats)
    advice = "; see `expand` and `collapse_repeats`"
    checks.at_most("the number of blocks", len(model_graph.blocks), MAX_BLOCKS, advice)
    n_inputs = Counter(target for _, target in model_graph.edges)
    boxes = [box_of(block, n_inputs[number]) for number, block in enumerate(model_graph.blocks)]
    layout = _lay_out(boxes, model_graph.edges, _size(ax))
    footer = _footer(model_graph, layout.width)
    height = layout.height + LINE * (len(footer) - 1)
    ax = axes_or_new(ax, (layout.width + BORDER, height + 0.3 * bool(title) + BORDER))
    _draw_lines(ax, layout.lines, model_graph.n_tensors)
    _draw_boxes(ax, model_graph.blocks, boxes, layout.rectangles)
    _draw_slabs(ax, model_graph.blocks, boxes, layout.rectangles)
    labels = []
    for box, rectangle in zip(boxes, layout.rectangles, strict=True):
        labels += _box_labels(box, rectangle)
    for number, line in enumerate(footer):
        style = {"ha": "left", **LITERAL}
        labels.append(Label(MARGIN, 0.13 - LINE * number, line, FONT_SIZE, style))
    for label in labels:
        ax.add_artist(ScaledText(label))
    ax.set(xlim=(0, layout.width), ylim=(layout.height - height, layout.height), aspect="equal")
    ax.set_axis_off()
    set_title(ax, title)
    return ax


def _lay_out(boxes, edges, size):
    """Return the layout of the boxes. Boxes without edges are below the others."""
    connected = {block for edge in edges for block in edge}
    unconnected = [number for number in range(len(boxes)) if number not in connected]
    hidden_edges = pairwise([max(connected), *unconnected] if connected else unconnected)
    layout = lay_out(boxes, [*edges, *hidden_edges], size, FOOTER)
    return replace(layout, lines={edge: layout.lines[edge] for edge in edges})


def _footer(model_graph, width):
    """Return the lines below a graph: notes about tracing, and the numbers of parameters.

    Args:
        model_graph: the `Graph`.
        width: width of the graph, in inches.
    """
    trainable = model_graph.trainable
    frozen = model_graph.frozen
    counts = {
        "trainable": trainable,
        "frozen": frozen,
        "other non-trainable": model_graph.parameters - trainable - frozen,
    }
    total = f"{model_graph.parameters:,} parameters in all"
    if frozen:
        total += ": " + ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)

    def measure(line):
        return literal_width(line) * FONT_SIZE * LOOSE

    texts = [fold(text, width - 2 * MARGIN, measure) for text in (*model_graph.notes, total)]
    return "\n".join(texts).split("\n")


def _size(ax):
    """Return the size of the Axes in pixels, of which the layout uses the proportions."""
    return None if ax is None else tuple(checked_axes(ax).bbox.size)


def _draw_lines(ax, lines, n_tensors):
    """Draw an arrow for each tensor, and dots where arrows split.

    Args:
        ax: the Axes.
        lines: dict of edges to lists of corners.
        n_tensors: dict of edges to the numbers of their tensors.
    """
    arrows = {}
    for (source, target), corners in lines.items():
        count = n_tensors[source, target]
        if count == 1:
            arrows[source, target] = corners
        else:
            for number, line in enumerate(parallel_lines(corners, count)):
                arrows[(source, number), target] = line
    color = tint(ink(), 0.75)
    paths = [rounded_path(part) for part in without_shared_parts(arrows)]
    style = {"facecolors": "none", "edgecolors": color, "linewidths": 1.3, "zorder": 1}
    ax.add_collection(PathCollection(paths, **style), autolim=False)
    fill = {"facecolors": color, "edgecolors": "none"}
    heads = PolyCollection(arrowheads(arrows.values()), zorder=4, **fill)
    ax.add_collection(heads, autolim=False)
    dots = [Circle(center, 0.035) for center in junctions(arrows)]
    ax.add_collection(PatchCollection(dots, zorder=2, **fill), autolim=False)


def _draw_boxes(ax, blocks, boxes, rectangles):
    """Draw a box or a circle for each block."""
    colors = [COLORS.get(block.kind, GREY) for block in blocks]
    shapes = [_outline(box, rectangle) for box, rectangle in zip(boxes, rectangles, strict=True)]
    faces = [tint(color, 0.22) for color in colors]
    style = {"facecolors": faces, "edgecolors": colors, "linewidths": 1.4, "zorder": 3}
    style["linestyles"] = [FROZEN_LINE_STYLE if block.frozen else "solid" for block in blocks]
    ax.add_collection(PatchCollection(shapes, **style), autolim=False)


def _draw_slabs(ax, blocks, boxes, rectangles):
    """Draw an icon of the first output shape in each box."""
    scale = icon_scale([shape for block in blocks for shape in block.shapes])
    polygons = []
    fills = []
    for block, box, rectangle in zip(blocks, boxes, rectangles, strict=True):
        if box.sign or not block.shapes:
            continue
        left, bottom, _, height = rectangle
        x = left + PAD + ICON / 2 - SLAB_SHIFT
        y = bottom + height / 2
        for polygon, strength in zip(icon(block.shapes[0], scale), SLAB_TINTS, strict=False):
            polygons.append([(x + MAX_SLAB * dx, y + MAX_SLAB * dy) for dx, dy in polygon])
            fills.append(tint(COLORS.get(block.kind, GREY), strength))
    style = {"facecolors": fills, "edgecolors": paper(), "linewidths": 0.7, "zorder": 4}
    ax.add_collection(PolyCollection(polygons, **style), autolim=False)


def _outline(box, rectangle):
    """Return the patch of a box or circle."""
    left, bottom, width, height = rectangle
    if box.sign:
        return Circle((left + width / 2, bottom + height / 2), width / 2)
    return FancyBboxPatch((left, bottom), width, height, boxstyle="round,pad=0,rounding_size=0.06")


def _box_labels(box, rectangle):
    """Yield a `Label` for each line of a box, from top to bottom."""
    left, bottom, width, height = rectangle
    if box.sign:
        x = left + width / 2
        y = bottom + height / 2
        yield Label(x, y, box.sign, 1.5 * FONT_SIZE, {"color": ink()})
    for number, line in enumerate(box.lines):
        y = bottom + height - PAD - LINE * (number + 0.5)
        weight = "bold" if number < box.n_title_lines else "normal"
        options = {"ha": "left", "color": ink(), "weight": weight, **LITERAL}
        yield Label(left + PAD + ICON, y, line, FONT_SIZE, options)
