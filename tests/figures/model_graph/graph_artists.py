"""Check the artists of a model graph: texts are in their boxes, and no line crosses a box."""

from itertools import combinations, pairwise

import numpy as np
from matplotlib.transforms import Bbox

LINES = 0  # index of the collection
HEADS = 1
BOXES = 3


def extents(ax, collection):
    """Return the bounding boxes of the shapes of a collection, in pixels."""
    paths = ax.collections[collection].get_paths()
    return [path.get_extents().transformed(ax.transData) for path in paths]


def segments(ax):
    """Yield the straight segments of all lines as boxes, in pixels."""
    for path in ax.collections[LINES].get_paths():
        for start, end in pairwise(ax.transData.transform(path.vertices)):
            yield Bbox([np.minimum(start, end), np.maximum(start, end)])


def overlaps(one, box):
    """Return whether a box or a segment overlaps a box by more than a pixel."""
    is_apart_in_x = one.x1 < box.x0 + 1 or one.x0 > box.x1 - 1
    is_apart_in_y = one.y1 < box.y0 + 1 or one.y0 > box.y1 - 1
    return not (is_apart_in_x or is_apart_in_y)


def faults(ax):
    """Return the faults of a drawing, as a list of sentences."""
    figure = ax.get_figure()
    figure.canvas.draw()
    boxes = extents(ax, BOXES)
    pairs = combinations(enumerate(boxes), 2)
    sentences = [f"box {a} meets box {b}" for (a, one), (b, other) in pairs if overlaps(one, other)]
    lines = list(segments(ax))
    for number, box in enumerate(boxes):
        sentences += [f"a line meets box {number}"] * any(overlaps(line, box) for line in lines)
    lowest = min(box.y0 for box in boxes)
    texts = {text: text.get_window_extent() for text in ax.texts if text.get_visible()}
    for text, box in texts.items():
        around = [other for other in boxes if other.contains(*box.get_points().mean(axis=0))]
        if not around and box.y1 > lowest + 1:
            sentences.append(f"{text.get_text()!r} is in no box")
        if around and not _is_inside(box, around[0]):
            sentences.append(f"{text.get_text()!r} leaves its box")
        if not _is_inside(box, figure.bbox):
            sentences.append(f"{text.get_text()!r} leaves the figure")
    pairs = combinations(texts.items(), 2)
    return sentences + [
        f"{text.get_text()!r} meets {other.get_text()!r}"
        for (text, box), (other, other_box) in pairs
        if overlaps(box, other_box)
    ]


def _is_inside(inner, outer):
    return (
        outer.x0 <= inner.x0
        and inner.x1 <= outer.x1
        and outer.y0 <= inner.y0
        and inner.y1 <= outer.y1
    )
