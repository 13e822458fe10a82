"""Labels on the edges of a network's picture: names or numbers, where all of them have room."""

import numpy as np

from mlcourse.figures.scaled_text import BASE, LEGIBLE, PAPER, Word, extent

MOST_LABELS = 24  # edges between two layers that each get a label
WIDE_NUMBER = "\N{MINUS SIGN}0.00"


class EdgeWords:
    """The labels of those edges between two layers where all of them have room; their places stay.

    Args:
        subject: the `Subject`: of a true network the labels are the numbers on its edges.
        layout: where it is drawn.
        height: of the picture, in points.
        beside: room for text to the right of the units, in radii.
    """

    def __init__(self, subject, layout, height, beside):
        self._subject, self._layout, self._beside = subject, layout, beside
        smallest = 1.02 * LEGIBLE / height
        for self._size in (max(smallest, min(BASE, 0.7 * layout.radius)), smallest):
            layers = range(len(layout.columns) - 1)
            self._places = {layer: self._places_of(layer) for layer in layers}
            if all(places is not None for places in self._places.values()):
                break

    def all(self):
        """Returns every `Word`: always as many, in the same order."""
        return [
            Word(x, y, text, self._size, {"bbox": PAPER})
            for layer, places in self._places.items()
            if places is not None
            for (x, y), text in zip(places, self._texts(layer), strict=True)
        ]

    def _places_of(self, layer):
        radius, texts = self._layout.radius, [*self._texts(layer), WIDE_NUMBER]
        clear = radius * (1.1 + self._beside * (layer > 0)), radius * 1.1
        texts = texts if self._subject.is_real else texts[:-1]
        return places_on_edges(self._layout.segments(layer), texts, self._size, clear)

    def _texts(self, layer):
        """Returns a text for each edge into a layer, those of the biases first."""
        before, after = self._layout.columns[layer : layer + 2]
        if self._subject.is_real:
            values = drawn(self._subject.values()[layer], before, after).ravel()
            texts = ["" if np.isnan(value) else text_of(value) for value in values]
        else:
            texts = weight_names(before, after, layer + 1, len(self._layout.columns) - 1)
        faint = self._subject.at_dropped(layer, before, after).ravel()
        return ["" if is_faint else text for text, is_faint in zip(texts, faint, strict=True)]


def drawn(values, before, after):
    """Returns those of a layer's values that have an edge: (nodes before, units after)."""
    rows = before.units + 1 if before.bias is None else np.concatenate([[0], before.units + 1])
    return values[np.ix_(rows, after.units)]


def text_of(value, decimals=2):
    """Returns a number in few characters.

    >>> text_of(0.731), text_of(12.34), text_of(3e6), text_of(0.0002)
    ('0.73', '12.3', '3e6', '2e-4')
    """
    size = abs(value)
    if 0 < size < 0.5 * 10**-decimals or size >= 9999.5:
        text = f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    else:
        places = max(decimals - sum(size >= limit for limit in (9.995, 99.95)), 0)
        text = f"{value + 0.0:.{places}f}"
    return text.replace("-", "\N{MINUS SIGN}") if value < 0 else text


def weight_names(before, after, layer, layers):
    """Returns the names of the edges into a layer, row by row, the biases first."""
    level = f"^{{({layer})}}" if layers > 1 else ""
    comma = "," if max(before.size, after.size) > 9 else ""
    ends = [str(unit + 1) if after.size > 1 else "" for unit in after.units]
    biases = [f"$b{level}_{{{end}}}$" if end else f"$b{level}$" for end in ends]
    starts = [f"{unit + 1}{comma if after.size > 1 else ''}" for unit in before.units]
    weights = [f"$w{level}_{{{start}{end}}}$" for start in starts for end in ends]
    return weights if before.bias is None else biases + weights


def places_on_edges(segments, texts, size, clear):
    """Returns a place for a label on each edge between two layers, so that none overlap.

    A label goes where its edge is farthest from the other edges and from the labels before it.

    Args:
        segments: (nodes before, units after, 2, 2).
        texts: the labels.
        size: of their font.
        clear: distances to keep from the centres of the nodes on the left and on the right.

    Returns:
        An array (edges, 2), or None if there is not room for all.
    """
    edges = segments.reshape(-1, 2, 2)
    if len(edges) > MOST_LABELS:
        return None
    texts = [*texts, "lp"]  # a line is at least as high as this
    box = size * np.array([1.1, 1.2]) * np.max([extent(text) for text in texts], axis=0)
    step = edges[0, 1, 0] - edges[0, 0, 0]
    low, high = (clear[0] + box[0] / 2) / step, 1 - (clear[1] + box[0] / 2) / step
    if low > high:
        return None
    shares = np.linspace(low, high, 25)[:, None, None]
    points = (1 - shares) * edges[:, 0] + shares * edges[:, 1]  # (shares, edges, 2)
    gaps = np.abs(points[:, :, None, 1] - points[:, None, :, 1])
    gaps[:, range(len(edges)), range(len(edges))] = np.inf
    distance = np.minimum(gaps.min(axis=2), box[1])  # more than its height is no gain

    taken = np.empty((0, 2))
    for edge in range(len(edges)):
        apart = (np.abs(points[:, edge, None] - taken) / box).max(axis=2)  # 1: they touch
        apart = np.minimum(apart.min(axis=1, initial=2), 2)
        if apart.max() < 1:
            return None
        best = np.argmax(np.where(apart >= 1, 2 * distance[:, edge] / box[1] + apart, -1))
        taken = np.vstack([taken, points[best, edge]])
    return taken
