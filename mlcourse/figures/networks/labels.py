"""Labels of a network diagram: units, layers, and captions below."""

import numpy as np

from mlcourse.figures._shared.style import BLUE, RED, ink, on_paper
from mlcourse.figures._shared.text import BASE, LEGIBLE, TEXT_BOX, Label, extent, fold
from mlcourse.figures.networks.layout import PAD, Margins, UnitNames, compute_layout, n_drawn_units

CAPTION_LENGTH = 40  # characters per line of the caption about preprocessing
MAP_CAPTION = "in each unit: a map of its output"
LOSS_NAMES = {
    "mean_squared_error": "mean squared error",
    "binary_crossentropy": "binary cross-entropy",
    "categorical_crossentropy": "cross-entropy",
}


def captions(spec):
    """Return the lines below a diagram.

    Args:
        spec: the `DiagramSpec`.
    """
    lines = []
    if spec.options.weight_count:
        n_weights, n_biases, n_others = spec.count_params()
        line = _count(n_weights, "weight")
        if n_biases:
            line += f", {_count(n_biases, 'bias', 'biases')}"
        if n_others:
            line += f", {n_others:,} of normalization"
        lines.append(line)
    if spec.network is not None and spec.network.preprocessing:
        line = f"inputs after {spec.network.preprocessing_label}"
        lines += fold(line, CAPTION_LENGTH).split("\n")
    lines += _top_edges_caption(spec)
    if spec.masks is not None:
        n_dropped = sum(int((mask == 0).sum()) for mask in spec.masks)
        lines.append(f"{n_dropped:,} of {_count(sum(spec.sizes[1:-1]), 'hidden unit')} dropped")
    if spec.options.heatmaps is not None:
        lines.append(MAP_CAPTION)
    if spec.forward_pass is not None and spec.forward_pass.loss is not None:
        loss_name = LOSS_NAMES[spec.network.loss]
        lines.append(f"L = {number_text(spec.forward_pass.loss)} ({loss_name})")
    return lines


def _top_edges_caption(spec):
    """Return a list with the number of drawn edges; empty if all edges are drawn."""
    top_edges = spec.options.top_edges
    n_edges = spec.n_edges(spec.options.max_units)
    if top_edges is None or top_edges >= n_edges:
        return []
    drawn = " drawn" if n_edges < spec.n_edges() else ""
    return [f"the strongest {top_edges:,} of {n_edges:,} edges{drawn}"]


def _count(number, singular, plural=None):
    """Return a number with its noun."""
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{number:,} {noun}"


WIDE_NUMBER = "\N{MINUS SIGN}0.00"
"""Text as wide as most numbers, to leave space for later updates."""


def number_text(value, decimals=2):
    """Return a number as a short text.

    >>> number_text(0.731), number_text(12.34), number_text(3e6), number_text(0.0002)
    ('0.73', '12.3', '3e6', '2e-4')
    """
    size = abs(value)
    if 0 < size < 0.5 * 10**-decimals or size >= 9999.5:
        text = f"{value:.0e}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")
    else:
        n_removed = sum(size >= limit for limit in (9.995, 99.95))
        text = f"{value + 0.0:.{max(decimals - n_removed, 0)}f}"
    return text.replace("-", "\N{MINUS SIGN}") if value < 0 else text


def without_tiny(values):
    """Return values, with those that round to 0.00 replaced by 0 unless all do.

    Otherwise one layer would have numbers in two formats, such as 1.00 and 1e-3.

    >>> without_tiny(np.array([1.0, 0.001])).tolist(), without_tiny(np.array([0.001])).tolist()
    ([1.0, 0.0], [0.001])
    """
    is_tiny = np.abs(values) < 0.005
    return values if is_tiny.all() else np.where(is_tiny, 0.0, values)


LINE = 1.4  # distance between lines, in font sizes
MAX_BASE = 0.08  # maximum font size of captions, in heights of the diagram
SYMBOL_MARGIN = 2.2  # margin for the symbols to the right of units, in radii


class Labels:
    """All labels of a network diagram except those of edges.

    Args:
        spec: the `DiagramSpec`.
        height: height of the diagram, in points.
    """

    def __init__(self, spec, height):
        self._spec = spec
        self._options = spec.options
        self._height = height

    def layout(self, width):
        """Return the `Layout` of the diagram with margins for the labels.

        Args:
            width: width of the diagram, in heights of the diagram.
        """
        sizes = self._spec.sizes
        max_units = self._options.max_units
        base = self._base()
        texts = [f"{size:,} units" for size in sizes if n_drawn_units(size, max_units) < size]
        n_lines = len(captions(self._spec)) + bool(texts)
        if self._options.labels:
            texts.append("output")
        text_width = max((extent(text)[0] for text in texts), default=0.0)
        margins = Margins(
            top=PAD + LINE * base * self._options.labels,
            bottom=PAD + LINE * base * n_lines,
            side=PAD + base * text_width / 2,
            symbols=SYMBOL_MARGIN * self._options.shows_symbols,
        )
        options = {"draw_bias": self._options.draw_bias, "max_units": max_units}
        layout = compute_layout(sizes, width, margins, **options)
        name_widths = [names.width for names in self._unit_names(layout)]
        return compute_layout(sizes, width, margins, name_widths=name_widths, **options)

    def _unit_names(self, layout):
        """Return the `UnitNames` of the inputs and of the outputs."""
        font_sizes = (self._base(), min(1.02 * LEGIBLE / self._height, self._base()))
        names_of = (self._spec.input_names, self._spec.output_names)
        columns = (layout.columns[0], layout.columns[-1])
        return [
            UnitNames(
                [names[unit] if names else "" for unit in column.units],
                column.spacing,
                layout.width,
                font_sizes,
            )
            for names, column in zip(names_of, columns, strict=True)
        ]

    def all(self, layout):
        """Return all labels as `Label`. Their number and order are constant."""
        options = self._options
        has_unit_texts = options.labels or options.activation or options.fills_units
        has_unit_texts = has_unit_texts or options.shows_symbols
        return [
            *(self._layer_names(layout) if options.labels else ()),
            *self._layer_sizes(layout),
            *(self._units(layout) if has_unit_texts else self._biases(layout)),
            *self._names(layout),
            *self._captions(layout),
        ]

    def _names(self, layout):
        """Return the names of the inputs and of the outputs."""
        inputs, outputs = self._unit_names(layout)
        radius = layout.radius
        distance = radius * (1 + SYMBOL_MARGIN * self._options.shows_symbols)
        input_labels = inputs.labels(layout.columns[0], radius, -1)
        return input_labels + outputs.labels(layout.columns[-1], distance, 1)

    def _base(self):
        """Return the font size of captions and layer names."""
        return min(max(BASE, 1.05 * LEGIBLE / self._height), MAX_BASE)

    def _layer_names(self, layout):
        """Return the names of the layers, above the units."""
        n_hidden = len(layout.columns) - 2
        hidden = ["hidden"] * n_hidden
        if n_hidden > 1:
            hidden = [f"hidden {number + 1}" for number in range(n_hidden)]
        texts = ["input", *hidden, "output"]
        return self._column_labels(layout, layout.columns, texts, 1 - PAD - self._base() / 2)

    def _layer_sizes(self, layout):
        """Return the number of units of each layer with units that are not drawn."""
        columns = [column for column in layout.columns if column.gap is not None]
        texts = [f"{column.size:,} units" for column in columns]
        y = PAD + self._base() * (LINE * len(captions(self._spec)) + 0.5)
        return self._column_labels(layout, columns, texts, y) if columns else []

    def _column_labels(self, layout, columns, texts, y):
        """Return labels at the x of columns, in a font size in which all fit."""
        left = 2 * layout.columns[0].x
        right = 2 * (layout.width - layout.columns[-1].x)
        size = font_size_within(texts, min(0.85 * layout.step, left, right), self._base())
        return [Label(column.x, y, text, size) for column, text in zip(columns, texts, strict=True)]

    def _captions(self, layout):
        """Return the captions below the diagram."""
        lines = captions(self._spec)
        base = self._base()
        width = 0.92 * (layout.width - 2 * PAD)  # small fonts are rendered wider than measured
        size = font_size_within([*lines, ""], width, base)
        ys = PAD + base * (0.5 + LINE * np.arange(len(lines))[::-1])
        return [Label(layout.width / 2, y, line, size) for y, line in zip(ys, lines, strict=True)]

    def _biases(self, layout):
        """Return the texts of the bias nodes."""
        legible = min(1.02 * LEGIBLE / self._height, 1.05 * layout.radius)
        size = max(self._unit_sizes(layout)[0], legible)
        with_bias = [column for column in layout.columns if column.bias is not None]
        style = {"color": ink()}
        return [Label(column.x, column.bias, "1", size, style) for column in with_bias]

    def _units(self, layout):
        """Return the texts in the nodes, and the symbols to the right of the units."""
        labels = self._biases(layout)
        sizes = self._unit_sizes(layout)
        for number, column in enumerate(layout.columns):
            is_drawn = ~self._spec.dropped_units(number)[column.units]
            for unit, y in zip(column.units[is_drawn], column.y[is_drawn], strict=True):
                labels += self._unit_labels(number, unit, (column.x, y), layout.radius, sizes)
        return labels

    def _unit_labels(self, number, unit, center, radius, sizes):
        """Return the texts of a unit.

        Args:
            number: number of the layer.
            unit: index of the unit.
            center: x and y of the center of the unit.
            radius: radius of the unit.
            sizes: font sizes of the text in the unit and of the symbol next to it.
        """
        x, y = center
        size, symbol_size = sizes
        texts = self._unit_texts(number, unit)
        offsets = ((0, 0),) if len(texts) == 1 else self._half_offsets()
        labels = [
            Label(x + right * radius, y + up * radius, text, size, {"color": ink()})
            for text, (right, up) in zip(texts, offsets, strict=True)
        ]
        if self._options.shows_symbols and number:
            color = on_paper(RED if self._is_last(number) else BLUE)
            options = {"ha": "left", "bbox": TEXT_BOX, "color": color}
            text = self._symbol(number, unit)
            labels.append(Label(x + 1.1 * radius, y, text, symbol_size, options))
        return labels

    def _half_offsets(self):
        """Return the centers of the halves of a unit, in radii.

        Numbers are wide, so their halves are above each other.
        """
        return ((0, 0.4), (0, -0.4)) if self._options.fills_units else ((-0.47, 0), (0.47, 0))

    def _is_last(self, number):
        return number == len(self._spec.sizes) - 1

    def _unit_texts(self, number, unit):
        """Return the text in a unit, or the two texts in its halves."""
        is_halved = self._options.activation and number > 0
        if self._options.fills_units:
            values = [self._spec.unit_values(number)]
            if is_halved:
                values = self._spec.half_values(number)
            return tuple(number_text(without_tiny(value)[unit]) for value in values)
        if is_halved:
            function = self._output_function() if self._is_last(number) else "$f$"
            is_only_output = self._is_last(number) and self._spec.sizes[-1] == 1
            has_index = self._options.labels and not is_only_output
            return (self._name("z", number, unit) if has_index else "$z$", function)
        if not self._options.labels:
            return ("",)
        if number == 0:
            return (unit_name("x", unit),)
        return (unit_name("o", unit) if self._is_last(number) else self._name("h", number, unit),)

    def _name(self, letter, number, unit):
        """Return the name of a unit, with its layer if there are several hidden layers."""
        return unit_name(letter, unit, number if len(self._spec.sizes) > 3 else None)

    def _output_function(self):
        """Return the symbol of the activation function of the output layer."""
        is_sigmoid = self._options.sigmoid
        if self._spec.is_real:
            is_sigmoid = self._spec.network.output == "sigmoid"
        return r"$\sigma$" if is_sigmoid else "$g$"

    def _symbol(self, number, unit):
        """Return the symbol of the output of a unit, a or y-hat."""
        if not self._is_last(number):
            return self._name("a", number, unit)
        return unit_name(r"\hat{y}", unit) if self._spec.sizes[-1] > 1 else r"$\hat{y}$"

    def _unit_sizes(self, layout):
        """Return the font sizes of all texts in the nodes, and of all symbols next to them."""
        radius = layout.radius
        max_size = radius * (0.65 if self._options.fills_units else 1.05)
        width = 1.7
        if self._options.activation:
            width = 1.45 if self._options.fills_units else 0.82
        size = font_size_within(self._widest_unit_texts(layout), radius * width, max_size)
        sizes = self._spec.sizes[1:]
        symbols = [self._symbol(number, size - 1) for number, size in enumerate(sizes, start=1)]
        symbol_width = min(2 * radius, 0.45 * (layout.step - 2 * radius))
        return size, font_size_within(symbols, symbol_width, 0.8 * radius)

    def _widest_unit_texts(self, layout):
        """Return texts in the nodes of which one is as wide as the widest of all."""
        if not self._options.fills_units:
            return [
                text
                for number, column in enumerate(layout.columns)
                for text in self._unit_texts(number, column.units[-1])
            ]
        numbers = [
            text
            for number, column in enumerate(layout.columns)
            for unit in column.units
            for text in self._unit_texts(number, unit)
        ]
        return [WIDE_NUMBER, max(numbers, key=len)]


def unit_name(letter, unit, layer=None):
    """Return the name of a unit in LaTeX, with the number of its layer; units count from 1."""
    level = "" if layer is None else f"^{{({layer})}}"
    return f"${letter}{level}_{{{unit + 1}}}$"


def font_size_within(texts, width, max_size):
    """Return the largest font size at which all texts fit into a width, at most `max_size`."""
    widest = max(extent(text)[0] for text in texts)
    return min(max_size, width / widest) if widest else max_size
