"""Labels of the edges of a network diagram."""

import numpy as np

from mlcourse.figures._shared.text import BASE, LEGIBLE, Label, extent
from mlcourse.figures.networks.labels import SYMBOL_MARGIN, WIDE_NUMBER, number_text, without_tiny

GAP_PER_BOX = 1.1
"""Width of the gap in an edge, in widths of its label."""
MAX_LABELED_EDGES = 24
"""Maximum number of edges between two layers with a label each."""


class EdgeLabels:
    """Labels of the edges between the layers where all labels fit. Their positions are constant.

    Args:
        spec: the `DiagramSpec`. The labels are the values of the edges of a network, or the names
            of weights and biases.
        layout: the `Layout` of the diagram.
        height: height of the diagram, in points.
    """

    def __init__(self, spec, layout, height):
        self._spec = spec
        self._layout = layout
        smallest = 1.02 * LEGIBLE / height
        for self._size in (max(smallest, min(BASE, 0.7 * layout.radius)), smallest):
            layers = range(len(layout.columns) - 1)
            self._positions = {layer: self._positions_of(layer) for layer in layers}
            if all(positions is not None for positions in self._positions.values()):
                break

    def gaps(self):
        """Return the part of each labeled edge that its label covers, (labels, 2, 2).

        Only the label's own edge has a gap, so that other edges stay whole.
        """
        parts = [np.empty((0, 2, 2))]
        for layer, positions in self._positions.items():
            if positions is not None:
                segments = self._layout.segments(layer).reshape(-1, 2, 2)
                parts.append(_covered(segments, positions, self._texts(layer), self._size))
        return np.concatenate(parts)

    def all(self):
        """Return all labels as `Label`. Their number and order are constant."""
        return [
            Label(x, y, text, self._size)
            for layer, positions in self._positions.items()
            if positions is not None
            for (x, y), text in zip(positions, self._texts(layer), strict=True)
        ]

    def _positions_of(self, layer):
        """Return a position for each label after a layer, (edges, 2); None if not all fit."""
        radius = self._layout.radius
        texts = self._texts(layer)
        if self._spec.is_real:
            texts.append(WIDE_NUMBER)
        has_symbols = self._spec.options.shows_symbols and layer > 0
        margins = (radius * (1.1 + SYMBOL_MARGIN * has_symbols), radius * 1.1)
        return edge_label_positions(self._layout.segments(layer), texts, self._size, margins)

    def _texts(self, layer):
        """Return a text for each edge after a layer, those of the biases first."""
        before, after = self._layout.columns[layer : layer + 2]
        if self._spec.is_real:
            values = drawn_edges(self._spec.edge_values()[layer], before, after).ravel()
            values = without_tiny(values)
            texts = ["" if np.isnan(value) else number_text(value) for value in values]
        else:
            texts = weight_names(before, after, layer + 1, len(self._layout.columns) - 1)
        is_dropped = self._spec.dropped_edges(layer, before, after).ravel()
        return ["" if dropped else text for text, dropped in zip(texts, is_dropped, strict=True)]


def _covered(segments, centers, texts, size):
    """Return the part of each edge within the box of its text, (edges, 2, 2).

    Args:
        segments: ends of the edges, (edges, 2, 2).
        centers: centers of the texts, on their edges, (edges, 2).
        texts: texts of the edges.
        size: font size.
    """
    boxes = size * np.array([extent(text) for text in texts]) * GAP_PER_BOX
    directions = segments[:, 1] - segments[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):  # of horizontal edges, and empty texts
        fractions = np.fmin(*(boxes / 2 / np.abs(directions)).T)
    half = fractions[:, None] * directions
    return np.stack([centers - half, centers + half], axis=1)


def drawn_edges(values, before, after):
    """Return the values of the drawn edges between two layers, (nodes before, units after).

    Args:
        values: values of all edges, the biases first, (1 + units before, units after).
        before, after: the `Column` of each layer.
    """
    rows = before.units + 1 if before.bias is None else np.concatenate([[0], before.units + 1])
    return values[np.ix_(rows, after.units)]


def weight_names(before, after, layer, n_layers):
    """Return the names of the edges into a layer in LaTeX, row by row, the biases first.

    Args:
        before, after: the `Column` before and after the edges.
        layer: number of the layer, from 1.
        n_layers: number of layers with weights. The name has no layer if there is only one.
    """
    level = f"^{{({layer})}}" if n_layers > 1 else ""
    comma = "," if max(before.size, after.size) > 9 else ""
    ends = [str(unit + 1) if after.size > 1 else "" for unit in after.units]
    biases = [f"$b{level}_{{{end}}}$" if end else f"$b{level}$" for end in ends]
    starts = [f"{unit + 1}{comma if after.size > 1 else ''}" for unit in before.units]
    weights = [f"$w{level}_{{{start}{end}}}$" for start in starts for end in ends]
    return weights if before.bias is None else biases + weights


def edge_label_positions(segments, texts, size, margins):
    """Return a position for the label of each edge between two layers, without overlaps.

    Each label is at the point of its edge with the largest distance from other edges and from the
    previous labels.

    Args:
        segments: ends of the edges, (nodes before, units after, 2, 2).
        texts: texts of the labels.
        size: font size.
        margins: minimum distances from the centers of the nodes on the left and on the right.

    Returns:
        An array (edges, 2), or None if not all labels fit.
    """
    edges = segments.reshape(-1, 2, 2)
    if len(edges) > MAX_LABELED_EDGES:
        return None
    texts = [*texts, "lp"]  # minimum height of a line
    box = size * np.array([1.1, 1.2]) * np.max([extent(text) for text in texts], axis=0)
    step = edges[0, 1, 0] - edges[0, 0, 0]
    low = (margins[0] + box[0] / 2) / step
    high = 1 - (margins[1] + box[0] / 2) / step
    if low > high:
        return None
    fractions = np.linspace(low, high, 25)[:, None, None]
    points = (1 - fractions) * edges[:, 0] + fractions * edges[:, 1]  # (fractions, edges, 2)
    gaps = np.abs(points[:, :, None, 1] - points[:, None, :, 1])
    gaps[:, range(len(edges)), range(len(edges))] = np.inf
    edge_distance = np.minimum(gaps.min(axis=2), box[1])  # a larger distance is not better

    positions = np.empty((0, 2))
    for edge in range(len(edges)):
        # in box sizes: labels at a distance below 1 overlap
        distances = (np.abs(points[:, edge, None] - positions) / box).max(axis=2)
        label_distance = np.minimum(distances.min(axis=1, initial=2), 2)
        if label_distance.max() < 1:
            return None
        scores = 2 * edge_distance[:, edge] / box[1] + label_distance
        best = np.argmax(np.where(label_distance >= 1, scores, -1))
        positions = np.vstack([positions, points[best, edge]])
    return positions
