"""Check the artists of a model's graph: texts are in their boxes, and no line meets a box."""

from itertools import combinations, pairwise

import numpy as np
from matplotlib.transforms import Bbox

LINES, HEADS, BOXES = 0, 1, 3  # numbers of the collections


def extents(ax, collection):
    """The boxes around the shapes of a collection, in pixels."""
    paths = ax.collections[collection].get_paths()
    return [path.get_extents().transformed(ax.transData) for path in paths]


def pieces(ax):
    """The straight pieces of all lines, in pixels, as boxes."""
    for path in ax.collections[LINES].get_paths():
        for start, end in pairwise(ax.transData.transform(path.vertices)):
            yield Bbox([np.minimum(start, end), np.maximum(start, end)])


def meets(one, box):
    """Whether a box or a piece of a line reaches more than a pixel into a box."""
    is_beside = one.x1 < box.x0 + 1 or one.x0 > box.x1 - 1
    return not (is_beside or one.y1 < box.y0 + 1 or one.y0 > box.y1 - 1)


def faults(ax):
    """What is wrong with a drawing, as a list of sentences."""
    figure = ax.get_figure()
    figure.canvas.draw()
    boxes = extents(ax, BOXES)
    pairs = combinations(enumerate(boxes), 2)
    found = [f"box {a} meets box {b}" for (a, one), (b, other) in pairs if meets(one, other)]
    lines = list(pieces(ax))
    for number, box in enumerate(boxes):
        found += [f"a line meets box {number}"] * any(meets(line, box) for line in lines)
    lowest = min(box.y0 for box in boxes)
    texts = {text: text.get_window_extent() for text in ax.texts if text.get_visible()}
    for text, box in texts.items():
        around = [other for other in boxes if other.contains(*box.get_points().mean(axis=0))]
        if not around and box.y1 > lowest + 1:
            found.append(f"{text.get_text()!r} is in no box")
        if around and not _is_inside(box, around[0]):
            found.append(f"{text.get_text()!r} leaves its box")
        if not _is_inside(box, figure.bbox):
            found.append(f"{text.get_text()!r} leaves the figure")
    pairs = combinations(texts.items(), 2)
    return found + [
        f"{text.get_text()!r} meets {other.get_text()!r}"
        for (text, box), (other, other_box) in pairs
        if meets(box, other_box)
    ]


def _is_inside(inner, outer):
    return (
        outer.x0 <= inner.x0
        and inner.x1 <= outer.x1
        and outer.y0 <= inner.y0
        and inner.y1 <= outer.y1
    )
