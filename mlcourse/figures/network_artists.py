"""The circles and lines of a network's picture: one collection a layer, whatever its size."""

from itertools import pairwise

import numpy as np
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import to_rgba

from mlcourse.figures.style import BLUE, GREEN, RED, WEIGHTS, ink, tint

THIN, THICK = 0.4, 3.0  # points: an edge of value 0, and the thickest where there are few edges
PLAIN, FAINT = to_rgba("0.45"), 0.08  # an edge without a value; opacity of one at a dropped unit
DIVIDER, LEVEL = [[(0, -1), (0, 1)]], [[(-1, 0), (1, 0)]]  # lines in a circle of radius 1
CROSS = [[(-0.7, -0.7), (0.7, 0.7)], [(-0.7, 0.7), (0.7, -0.7)]]


class NetworkArtists:
    """Draws a `Layout` into an Axes; the artists are made once and recoloured after that.

    Attributes:
        nodes: an EllipseCollection a layer, the bias first.
        edges: a LineCollection between each two layers.
    """

    def __init__(self, ax, layout):
        self._ax, self._layout = ax, layout
        columns = layout.columns
        most = max(len(before.centres) * len(after.y) for before, after in pairwise(columns))
        self._thickest = float(np.clip(30 / np.sqrt(most), 2 * THIN, THICK))
        self._segments = [layout.segments(n).reshape(-1, 2, 2) for n in range(len(columns) - 1)]
        self.edges = [
            self._lines(segments, color=PLAIN, linewidths=self._thickest / 3, zorder=1)
            for segments in self._segments
        ]
        self.nodes = [self._layer(number) for number in range(len(columns))]

    def _layer(self, number):
        column, last = self._layout.columns[number], len(self._layout.columns) - 1
        colour = GREEN if number == 0 else RED if number == last else BLUE
        faces = [tint(colour, 0.45)] * len(column.centres)
        if column.bias is not None:
            faces[0] = tint(colour, 0.15)
        if column.gap is not None:
            dots = [
                (column.x, column.gap + shift * self._layout.radius) for shift in (-0.6, 0, 0.6)
            ]
            self._circles(dots, self._layout.radius / 7, facecolors=ink())
        style = {"facecolors": faces, "edgecolors": [colour], "linewidths": 1.2}
        return self._circles(column.centres, self._layout.radius, **style)

    def mark(self, number, shape, which):
        """Draws the lines of a shape in some of a layer's drawn units."""
        column = self._layout.columns[number]
        centres = np.column_stack([np.full(len(column.y), column.x), column.y])[which]
        lines = centres[:, None, None] + self._layout.radius * np.array(shape, dtype=float)
        self._lines(lines.reshape(-1, 2, 2), color="0.2", linewidths=1.2, zorder=4)

    def paint_edges(self, number, values, scale, keep, faint):
        """Gives the edges into a layer their colours, and draws the strong ones above the weak.

        Args:
            number: of the bundle of edges, from 0 on.
            values: one an edge, (edges,), NaN where there is none; None if none is known.
            scale: from a value to [0, 1], 0.5 being a value of 0.
            keep: which edges are drawn, (edges,).
            faint: which edges are those of dropped units, (edges,).
        """
        collection, order = self.edges[number], np.flatnonzero(keep)
        colours = np.tile(PLAIN, (len(faint), 1))
        if values is not None:
            order = order[np.argsort(np.abs(values[order]), kind="stable")]
            colours = WEIGHTS(scale(np.nan_to_num(values)))
            share = np.minimum(np.abs(np.nan_to_num(values)) / scale.vmax, 1)
            collection.set_linewidths((THIN + (self._thickest - THIN) * share)[order])
            collection.set_segments(self._segments[number][order])
        colours[faint, 3] = FAINT
        collection.set_color(colours[order])

    def _circles(self, centres, radius, **style):
        """Adds circles, which grow and shrink with the Axes."""
        size = np.full(len(centres), 2 * radius)
        style |= {"units": "xy", "offset_transform": self._ax.transData, "zorder": 3}
        circles = EllipseCollection(size, size, np.zeros(len(centres)), offsets=centres, **style)
        return self._ax.add_collection(circles, autolim=False)

    def _lines(self, segments, **style):
        return self._ax.add_collection(LineCollection(segments, **style), autolim=False)
