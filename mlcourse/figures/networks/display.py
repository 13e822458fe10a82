"""The diagram of a network, updated in place when its weights change."""

from collections.abc import Sequence
from itertools import pairwise
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import Normalize, to_rgba
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.style import BLUE, GREEN, OUTPUTS, RED, WEIGHTS, ink, tint
from mlcourse.figures._shared.text import ScaledText
from mlcourse.figures.networks.labels import BESIDE_ROOM, EdgeLabels, Labels, drawn
from mlcourse.figures.networks.layout import checked_names
from mlcourse.figures.networks.spec import DiagramSpec

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


BARS: WeakKeyDictionary = WeakKeyDictionary()
"""The colour bars beside an Axes, which go when a network is drawn there again."""


class NeuralNetDisplay:
    """The picture of a network, kept: takes what `draw_neural_net` takes, and can be updated.

    Attributes:
        ax: the Axes.
        subject: what is drawn: its sizes, its network, the last run of its input.
        layout: where.
        nodes: an EllipseCollection a layer, the bias first.
        edges: a LineCollection between each two layers.

    Example:
        >>> display = NeuralNetDisplay(None, [np.ones((2, 3)), np.ones((3, 1))])
        >>> red = display.edges[0].get_colors()[0]
        >>> display.update([-np.ones((2, 3)), np.ones((3, 1))])  # negative weights are blue
        >>> bool(red[0] > red[2]), bool(display.edges[0].get_colors()[0][0] < red[0])
        (True, True)
    """

    def __init__(
        self,
        ax: Axes | None,
        layer_sizes: object,
        draw_bias: bool = False,
        labels: bool = False,
        activation: bool = False,
        sigmoid: bool = False,
        weight_count: bool = False,
        random_weights: bool = False,
        show_activations: bool | ArrayLike = False,
        figsize: tuple[float, float] = (4, 4),
        *,
        edges: str = "weight",
        units: str = "output",
        x: ArrayLike | None = None,
        y: ArrayLike | None = None,
        dropout: float | Sequence | None = None,
        max_units: int | None = None,
        top_edges: int | None = None,
        limit: float | None = None,
        seed: int | None = None,
        colorbar: bool = True,
        input_names: Sequence | None = None,
        output_names: Sequence | None = None,
    ) -> None:
        self._filled = not isinstance(show_activations, bool | np.bool_ | None)
        if self._filled and x is not None:
            raise ValueError("the input must be in show_activations or in x. Got both instead.")
        if x is not None and edges == "weight":  # nothing else would show it
            show_activations, x, self._filled = x, None, True
        words = {"labels": labels, "activation": activation, "sigmoid": sigmoid}
        words |= {"weight_count": weight_count}
        flags = {"draw_bias": draw_bias, "random_weights": random_weights, "colorbar": colorbar}
        for name, value in (words | flags).items():
            checks.flag(name, value)
        self._top = None if top_edges is None else checks.integer("top_edges", top_edges, 1)
        most = None if max_units is None else checks.integer("max_units", max_units, 1)
        if limit is not None:
            checks.positive("limit", limit)
        figsize = checks.figsize("figsize", figsize)
        weights = {"edges": edges, "units": units, "y": y, "dropout": dropout, "seed": seed}
        weights["x"] = show_activations if self._filled else x
        self.subject = DiagramSpec(layer_sizes, draw_bias, random_weights, **weights)
        sizes = self.subject.sizes
        self._names = (
            checked_names("input_names", input_names, sizes[0]),
            checked_names("output_names", output_names, sizes[-1]),
        )
        if self._top and self.subject.network is None:
            raise ValueError("top_edges needs a network with weights. Got sizes alone instead.")

        self.ax = axes_or_new(ax, figsize)
        self._set_scales(limit, colorbar and self.subject.is_real)
        words |= {"beside": not self._filled and bool(show_activations), "filled": self._filled}
        self._lay_out(words, most, labels and self._top is None)
        self._draw(activation)

    def _lay_out(self, words, most, on_edges):
        """Decides where everything stands, from the size that the Axes have now."""
        box = self.ax.bbox
        height = box.height * 72 / self.ax.get_figure(root=True).dpi
        words |= {"top": self._top, "most": most, "names": self._names}
        self._words = Labels(self.subject, height, **words)
        self.layout = self._words.layout(float(np.clip(box.width / box.height, 0.5, 5)))
        room = BESIDE_ROOM * words["beside"]
        self._edge_words = EdgeLabels(self.subject, self.layout, height, room) if on_edges else None

    def _draw(self, halves):
        """Makes the artists, once and for all."""
        self._artists = NetworkArtists(self.ax, self.layout)
        self.nodes, self.edges = self._artists.nodes, self._artists.edges
        self._mark_units(halves)
        self._texts = [self.ax.add_artist(ScaledText(word)) for word in self._all_words()]
        self._paint()
        self.ax.set(xlim=(0, self.layout.width), ylim=(0, 1), aspect="equal")
        self.ax.set_axis_off()

    def update(
        self, network: object = None, *, x: ArrayLike | None = None, y: ArrayLike | None = None
    ) -> None:
        """Shows other weights, or another input: colours and numbers change, no artist is new.

        The scales of the colours stay what they were, so that pictures can be compared: what is
        beyond them has their strongest colour. `limit` sets that of the edges.

        Args:
            network: as `layer_sizes`, with the sizes that are drawn; None to keep it.
            x, y: another input and target, where there was one before; None to keep them.

        Raises:
            ValueError: if sizes alone are drawn, if the network has other sizes, or the input
                another length. Nothing is changed then.
        """
        self.subject.update(network, x, y)
        for text, word in zip(self._texts, self._all_words(), strict=True):
            text.set_text(word.text)
            text.size = word.size
        self._paint()

    def _all_words(self):
        on_edges = self._edge_words.all() if self._edge_words else []
        return self._words.all(self.layout) + on_edges

    def _set_scales(self, limit, colorbar):
        """Sets which numbers have the strongest colours; 0 has the middle one."""
        subject, bars = self.subject, []
        self._edge_scale = self._node_scale = None
        if subject.network is not None:
            largest = max(np.nanmax(np.abs(values)) for values in subject.values())
            self._edge_scale = _centred(limit or largest)
            bars.append((self._edge_scale, WEIGHTS, subject.edge_label))
        if self._filled:
            largest = max(np.abs(subject.unit_values(n)).max() for n in subject.coloured)
            self._node_scale = _centred(largest)
            bars.append((self._node_scale, OUTPUTS, subject.unit_label))
        for bar in BARS.pop(self.ax, ()):
            bar.remove()
        options = {"ax": self.ax, "shrink": 0.8, "aspect": 25}
        BARS[self.ax] = WeakSet(
            self.ax.get_figure().colorbar(ScalarMappable(scale, colours), label=label, **options)
            for scale, colours, label in (bars if colorbar else ())
        )

    def _mark_units(self, halves):
        """Draws the line between the halves of a unit, and the cross through a dropped one."""
        for number, column in enumerate(self.layout.columns):
            dropped = self.subject.dropped(number)[column.units]
            if halves and number:
                self._artists.mark(number, LEVEL if self._filled else DIVIDER, ~dropped)
            if dropped.any():
                self._artists.mark(number, CROSS, dropped)

    def _paint(self):
        """Gives edges and nodes the colours of their numbers."""
        subject, pairs = self.subject, list(pairwise(self.layout.columns))
        values = [None] * len(pairs)
        if subject.network is not None:
            numbers = zip(subject.values(), pairs, strict=True)
            values = [drawn(layer, *pair).ravel() for layer, pair in numbers]
        at_dropped = [subject.at_dropped(n, *pair).ravel() for n, pair in enumerate(pairs)]
        keep = self._strongest(values, at_dropped)
        for number, edges in enumerate(zip(values, keep, at_dropped, strict=True)):
            shown, kept, faint = edges
            self._artists.paint_edges(number, shown, self._edge_scale, kept, faint)
        for number, column in enumerate(self.layout.columns if self._filled else ()):
            bias = [] if column.bias is None else [float(0 in subject.coloured)]
            values = subject.unit_values(number)[column.units] * (number in subject.coloured)
            shown = np.concatenate([bias, values])
            self.nodes[number].set_facecolor(OUTPUTS(self._node_scale(shown)))

    def _strongest(self, values, at_dropped):
        """Returns which edges are drawn, for each two layers."""
        if values[0] is None:
            return [np.ones(len(faint), dtype=bool) for faint in at_dropped]
        sizes = np.nan_to_num(np.abs(np.concatenate(values)), nan=-1)  # a bias that is not there
        if self._top is not None:
            sizes[np.concatenate(at_dropped)] = -1
        keep = sizes >= 0
        if self._top is not None:
            keep[np.argsort(-sizes, kind="stable")[self._top :]] = False
        return np.split(keep, np.cumsum([len(part) for part in values])[:-1])


def _centred(limit):
    return Normalize(-(limit or 1), limit or 1, clip=True)
