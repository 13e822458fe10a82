"""Diagram of a network, with an update method for new weights or inputs."""

from itertools import pairwise
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import Normalize, to_rgba
from matplotlib.image import AxesImage
from matplotlib.patches import Circle
from numpy.typing import ArrayLike

from mlcourse._core import checks
from mlcourse.figures._shared.axes import axes_or_new
from mlcourse.figures._shared.style import BLUE, GREEN, OUTPUTS, RED, WEIGHTS, in_style, ink, tint
from mlcourse.figures._shared.text import ScaledText
from mlcourse.figures.networks.edge_labels import EdgeLabels, drawn_edges
from mlcourse.figures.networks.labels import Labels
from mlcourse.figures.networks.spec import DiagramOptions, DiagramSpec

MAP_RADIUS = 0.93  # of the map of a unit, in radii of the unit
MIN_LINE_WIDTH = 0.4  # points, for an edge of value 0
MAX_LINE_WIDTH = 3.0  # points, in a diagram with few edges
PLAIN_COLOR = to_rgba("0.45")
"""Color of edges without a value."""
DROPPED_OPACITY = 0.08
"""Opacity of the edges of dropped units."""
VERTICAL_LINE = [[(0, -1), (0, 1)]]
HORIZONTAL_LINE = [[(-1, 0), (1, 0)]]
CROSS = [[(-0.7, -0.7), (0.7, 0.7)], [(-0.7, 0.7), (0.7, -0.7)]]
"""Lines in a circle of radius 1."""


class NetworkArtists:
    """The artists of a network diagram, created once and recolored afterwards.

    Args:
        ax: the Axes.
        layout: the `Layout`.

    Attributes:
        nodes: an EllipseCollection for each layer, the bias first.
        edges: a LineCollection for each pair of neighboring layers.
    """

    def __init__(self, ax, layout):
        self._ax = ax
        self._layout = layout
        self._edge_colors = in_style(WEIGHTS)
        columns = layout.columns
        n_edges = max(len(before.centers) * len(after.y) for before, after in pairwise(columns))
        max_width = np.clip(30 / np.sqrt(n_edges), 2 * MIN_LINE_WIDTH, MAX_LINE_WIDTH)
        self._max_line_width = float(max_width)
        self._segments = [layout.segments(n).reshape(-1, 2, 2) for n in range(len(columns) - 1)]
        self.edges = [
            self._lines(segments, color=PLAIN_COLOR, linewidths=self._max_line_width / 3, zorder=1)
            for segments in self._segments
        ]
        self.nodes = [self._layer(number) for number in range(len(columns))]

    def _layer(self, number):
        """Add the nodes of a layer and the dots of its ellipsis; return the nodes."""
        column = self._layout.columns[number]
        radius = self._layout.radius
        color = BLUE
        if number == 0:
            color = GREEN
        elif number == len(self._layout.columns) - 1:
            color = RED
        faces = [tint(color, 0.45)] * len(column.centers)
        if column.bias is not None:
            faces[0] = tint(color, 0.15)
        if column.gap is not None:
            dots = [(column.x, column.gap + shift * radius) for shift in (-0.6, 0, 0.6)]
            self._circles(dots, radius / 7, facecolors=ink())
        style = {"facecolors": faces, "edgecolors": [color], "linewidths": 1.2}
        return self._circles(column.centers, radius, **style)

    def clear(self, segments):
        """Cover parts of edges with the color of the figure, (parts, 2, 2)."""
        color = self._ax.get_figure(root=True).get_facecolor()
        self._lines(segments, color=color, linewidths=1.5 * self._max_line_width, zorder=2)

    def mark(self, number, shape, mask):
        """Draw the lines of a shape in units of a layer.

        Args:
            number: number of the layer.
            shape: lines in a circle of radius 1.
            mask: mask of the drawn units to mark.
        """
        column = self._layout.columns[number]
        centers = np.column_stack([np.full(len(column.y), column.x), column.y])[mask]
        lines = centers[:, None, None] + self._layout.radius * np.array(shape, dtype=float)
        self._lines(lines.reshape(-1, 2, 2), color=ink(), linewidths=1.2, zorder=4)

    def add_maps(self, number):
        """Add an image to each drawn unit of a layer, clipped to its circle; return the images."""
        column = self._layout.columns[number]
        radius = MAP_RADIUS * self._layout.radius
        images = []
        for y in column.y:
            x = column.x
            extent = (x - radius, x + radius, y - radius, y + radius)
            style = {"cmap": in_style(OUTPUTS), "interpolation": "bilinear", "zorder": 3}
            image = AxesImage(self._ax, extent=extent, origin="lower", **style)
            image.set_clip_path(Circle((x, y), radius, transform=self._ax.transData))
            images.append(self._ax.add_image(image))
        return images

    def paint_edges(self, number, values, scale, is_drawn, is_dropped):
        """Color the edges after a layer by their values, the strongest in front.

        Args:
            number: number of the layer.
            values: value of each edge, (edges,), NaN for a missing bias; None without values.
            scale: `Normalize` from a value to [0, 1]; 0.5 is a value of 0.
            is_drawn: mask of the edges to draw, (edges,).
            is_dropped: mask of the edges of dropped units, (edges,).
        """
        collection = self.edges[number]
        order = np.flatnonzero(is_drawn)
        colors = np.tile(PLAIN_COLOR, (len(is_dropped), 1))
        if values is not None:
            order = order[np.argsort(np.abs(values[order]), kind="stable")]
            colors = self._edge_colors(scale(np.nan_to_num(values)))
            strength = np.minimum(np.abs(np.nan_to_num(values)) / scale.vmax, 1)
            widths = MIN_LINE_WIDTH + (self._max_line_width - MIN_LINE_WIDTH) * strength
            collection.set_linewidths(widths[order])
            collection.set_segments(self._segments[number][order])
        colors[is_dropped, 3] = DROPPED_OPACITY
        collection.set_color(colors[order])

    def _circles(self, centers, radius, **style):
        """Add circles that scale with the Axes; return their collection."""
        diameters = np.full(len(centers), 2 * radius)
        angles = np.zeros(len(centers))
        style |= {"units": "xy", "offset_transform": self._ax.transData, "zorder": 3}
        circles = EllipseCollection(diameters, diameters, angles, offsets=centers, **style)
        return self._ax.add_collection(circles, autolim=False)

    def _lines(self, segments, **style):
        """Add lines; return their collection."""
        return self._ax.add_collection(LineCollection(segments, **style), autolim=False)


COLOR_BARS: WeakKeyDictionary = WeakKeyDictionary()
"""Color bars by Axes. Drawing another network in the Axes removes them."""


class NeuralNetDisplay:
    """A network diagram that can be updated.

    Args:
        ax: the Axes; None for a new figure.
        layer_sizes: layer sizes or a network, as in `draw_neural_net`.
        options: the other arguments of `draw_neural_net`, by name.

    Attributes:
        ax: the Axes.
        spec: layer sizes, network and values of the diagram, with `spec.forward_pass` of the
            input.
        layout: positions of the units.
        nodes: an EllipseCollection for each layer, the bias first.
        edges: a LineCollection for each pair of neighboring layers.

    Example:
        >>> display = NeuralNetDisplay(None, [np.ones((2, 3)), np.ones((3, 1))])
        >>> red = display.edges[0].get_colors()[0]
        >>> display.update([-np.ones((2, 3)), np.ones((3, 1))])  # negative weights are blue
        >>> bool(red[0] > red[2]), bool(display.edges[0].get_colors()[0][0] < red[0])
        (True, True)
    """

    def __init__(self, ax: Axes | None, layer_sizes: object, **options: Any) -> None:
        self._options = DiagramOptions(**options)
        self.spec = DiagramSpec(layer_sizes, self._options)
        self.ax = axes_or_new(ax, self._options.figsize)
        self._add_color_bars()
        self._compute_layout()
        self._create_artists()

    def _compute_layout(self):
        """Compute all positions from the current size of the Axes."""
        box = self.ax.bbox
        height = box.height * 72 / self.ax.get_figure(root=True).dpi
        self._labels = Labels(self.spec, height)
        self.layout = self._labels.layout(float(np.clip(box.width / box.height, 0.5, 5)))
        self._edge_labels = None
        if self._options.labels and self._options.top_edges is None:
            self._edge_labels = EdgeLabels(self.spec, self.layout, height)

    def _create_artists(self):
        """Create all artists."""
        self._artists = NetworkArtists(self.ax, self.layout)
        self.nodes = self._artists.nodes
        self.edges = self._artists.edges
        self._mark_units()
        self._maps = []
        if self._options.heatmaps is not None:
            self._maps = [self._artists.add_maps(n) for n in range(len(self.layout.columns))]
        if self._edge_labels:
            self._artists.clear(self._edge_labels.gaps())
        self._texts = [self.ax.add_artist(ScaledText(label)) for label in self._all_labels()]
        self._paint()
        self.ax.set(xlim=(0, self.layout.width), ylim=(0, 1), aspect="equal")
        self.ax.set_axis_off()

    def update(
        self, network: object = None, *, x: ArrayLike | None = None, y: ArrayLike | None = None
    ) -> None:
        """Show other weights or another input: change colors and texts, create no artist.

        The limits of the colors are constant, so that diagrams can be compared: values beyond them
        have the strongest color. `limit` sets the limit of the edges.

        Args:
            network: a network with the layer sizes of the diagram, as in `draw_neural_net`; None
                for no change.
            x: input; None for no change. The diagram must have been created with an input.
            y: target; None for no change. The diagram must have been created with a target.

        Raises:
            ValueError: if the diagram shows layer sizes only, or if the network or the input has
                another size. Nothing changes then.
        """
        self.spec.update(network, x, y)
        for text, label in zip(self._texts, self._all_labels(), strict=True):
            text.set_text(label.text)
            text.size = label.size
        self._paint()

    def _all_labels(self):
        """Return all labels as `Label`."""
        edge_labels = self._edge_labels.all() if self._edge_labels else []
        return self._labels.all(self.layout) + edge_labels

    def _add_color_bars(self):
        """Set the limits of the colors of edges and units, and add a color bar for each."""
        bars = []
        self._edge_scale = None
        self._unit_colors = in_style(OUTPUTS)
        self._unit_scale = None
        if self.spec.network is not None:
            largest = max(np.nanmax(np.abs(values)) for values in self.spec.edge_values())
            self._edge_scale = _centered_scale(self.spec.edge_label, self._options.limit or largest)
            bars.append((self._edge_scale, in_style(WEIGHTS), self.spec.edge_label))
        if self._options.fills_units:
            layers = self.spec.colored_layers
            largest = max(np.abs(self.spec.unit_values(layer)).max() for layer in layers)
            self._unit_scale = _centered_scale(self.spec.unit_label, largest)
            bars.append((self._unit_scale, self._unit_colors, self.spec.unit_label))
        for bar in COLOR_BARS.pop(self.ax, ()):
            bar.remove()
        has_bars = self._options.colorbar and self.spec.is_real
        options = {"ax": self.ax, "shrink": 0.8, "aspect": 25}
        COLOR_BARS[self.ax] = WeakSet(
            self.ax.get_figure().colorbar(ScalarMappable(scale, colors), label=label, **options)
            for scale, colors, label in (bars if has_bars else ())
        )

    def _mark_units(self):
        """Draw the line between the halves of units, and a cross in dropped units."""
        divider = HORIZONTAL_LINE if self._options.fills_units else VERTICAL_LINE
        for number, column in enumerate(self.layout.columns):
            is_dropped = self.spec.dropped_units(number)[column.units]
            if self._options.activation and number:
                self._artists.mark(number, divider, ~is_dropped)
            if is_dropped.any():
                self._artists.mark(number, CROSS, is_dropped)

    def _paint(self):
        """Color edges and units by their values."""
        pairs = list(pairwise(self.layout.columns))
        values = [None] * len(pairs)
        if self.spec.network is not None:
            values = [
                drawn_edges(layer_values, *pair).ravel()
                for layer_values, pair in zip(self.spec.edge_values(), pairs, strict=True)
            ]
        is_dropped = [self.spec.dropped_edges(n, *pair).ravel() for n, pair in enumerate(pairs)]
        is_drawn = self._drawn_edge_masks(values, is_dropped)
        for number, layer_values in enumerate(values):
            self._artists.paint_edges(
                number, layer_values, self._edge_scale, is_drawn[number], is_dropped[number]
            )
        if self._options.fills_units:
            for number, column in enumerate(self.layout.columns):
                self._paint_units(number, column)
        if self._maps:
            self._paint_maps()

    def _paint_maps(self):
        """Show the outputs of each drawn unit on the plane of the inputs, each on its own scale."""
        for number, values in enumerate(self.spec.unit_maps()):
            center = self.spec.map_center(number)
            units = self.layout.columns[number].units
            for image, unit in zip(self._maps[number], units, strict=True):
                unit_values = values[:, :, unit]
                largest = np.abs(unit_values - center).max() or 1.0
                image.set_data(unit_values)
                image.set_clim(center - largest, center + largest)

    def _paint_units(self, number, column):
        """Color the units of a layer by their values."""
        is_colored = number in self.spec.colored_layers
        bias = [] if column.bias is None else [float(0 in self.spec.colored_layers)]
        values = self.spec.unit_values(number)[column.units] * is_colored
        colors = self._unit_colors(self._unit_scale(np.concatenate([bias, values])))
        self.nodes[number].set_facecolor(colors)

    def _drawn_edge_masks(self, values, is_dropped):
        """Return a mask of the edges to draw for each pair of neighboring layers.

        These are all edges, or the strongest `top_edges` of them.

        Args:
            values: values of the edges of each pair of layers, NaN for missing biases; or None.
            is_dropped: masks of the edges of dropped units.
        """
        if values[0] is None:
            return [np.ones(len(mask), dtype=bool) for mask in is_dropped]
        top_edges = self._options.top_edges
        strengths = np.nan_to_num(np.abs(np.concatenate(values)), nan=-1)
        if top_edges is not None:
            strengths[np.concatenate(is_dropped)] = -1
        is_drawn = strengths >= 0
        if top_edges is not None:
            is_drawn[np.argsort(-strengths, kind="stable")[top_edges:]] = False
        return np.split(is_drawn, np.cumsum([len(part) for part in values])[:-1])


def _centered_scale(label, limit):
    """Return a `Normalize` from -limit to limit; a limit of 0 is replaced by 1.

    Raises:
        ValueError: if the limit is too large for the axis of a color bar.
    """
    limit = float(limit or 1)
    checks.number_within(f"the largest {label}", limit, 0, checks.MAX_COORDINATE)
    return Normalize(-limit, limit, clip=True)
