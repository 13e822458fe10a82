"""The labels of a network diagram: units, edges, and captions below."""

from dataclasses import dataclass

import numpy as np

from mlcourse.figures._shared.style import BLUE, RED
from mlcourse.figures._shared.text import BASE, LEGIBLE, PAPER, Word, extent, fold
from mlcourse.figures.networks.layout import PAD, UnitNames, place

LETTERS = 40  # of a line about the preprocessing
LOSS_NAMES = {
    "mean_squared_error": "mean squared error",
    "binary_crossentropy": "binary cross-entropy",
    "categorical_crossentropy": "cross-entropy",
}


def captions(subject, weight_count, top, most):
    """Return the lines below a picture.

    Args:
        subject: the `DiagramSpec` that is drawn.
        weight_count: whether weights and biases are counted.
        top: number of edges that are drawn; None for all.
        most: number of units of a layer that are drawn; None for all.
    """
    lines = []
    if weight_count:
        weights, biases, others = subject.count_params()
        line = f"{_count(weights, 'weight')}, {_count(biases, 'bias', 'biases')}"
        lines.append(line + f", {others:,} of normalization" * bool(others))
    if subject.network is not None and subject.network.preprocessing:
        label = f"inputs after {subject.network.preprocessing_label}"
        lines += fold(label, LETTERS).split("\n")
    edges = subject.edges(most)
    if top is not None and top < edges:
        drawn = " drawn" * (edges < subject.edges())
        lines.append(f"the strongest {top:,} of {edges:,} edges{drawn}")
    if subject.masks is not None:
        dropped = sum(int((mask == 0).sum()) for mask in subject.masks)
        hidden = _count(sum(subject.sizes[1:-1]), "hidden unit")
        lines.append(f"{dropped:,} of {hidden} dropped")
    if subject.run is not None and subject.run.loss is not None:
        name = LOSS_NAMES[subject.network.loss]
        lines.append(f"L = {text_of(subject.run.loss)} ({name})")
    return lines


def _count(number, one, many=None):
    return f"{number:,} {one if number == 1 else many or one + 's'}"


MOST_LABELS = 24  # edges between two layers that each get a label
WIDE_NUMBER = "\N{MINUS SIGN}0.00"


class EdgeLabels:
    """The labels of those edges between two layers where all of them have room; their places stay.

    Args:
        subject: the `DiagramSpec`: of a true network the labels are the numbers on its edges.
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


pass

LINE, LARGEST_BASE = 1.4, 0.08  # of a line, in sizes of its font; of a caption, in heights
BESIDE, BESIDE_ROOM = {"ha": "left", "bbox": PAPER}, 2.2  # room in radii


@dataclass(frozen=True)
class Labels:
    """What is written into a picture, by the options of `draw_neural_net`.

    Attributes:
        subject: the `DiagramSpec` that is drawn.
        height: of the picture in points.
        labels, activation, sigmoid: as in `draw_neural_net`.
        beside: whether a and y-hat stand beside the units.
        filled: whether the units show numbers.
        weight_count: whether weights and biases are counted.
        top: how many edges are drawn; None for all.
        most: how many units of a layer are drawn; None for all.
        names: of the inputs and of the outputs, lists or None.
    """

    subject: object
    height: float
    labels: bool
    activation: bool
    sigmoid: bool
    beside: bool
    filled: bool
    weight_count: bool
    top: int | None
    most: int | None
    names: tuple = (None, None)

    def layout(self, width):
        """Returns a `Layout` that leaves room for the words."""
        base, sizes = self._base(), self.subject.sizes
        cut = [f"{size:,} units" for size in sizes if self.most and size > self.most]
        lines = len(self._captions()) + bool(cut)
        around = [*cut, "output" * self.labels]
        options = {
            "bias": self.subject.bias,
            "max_units": self.most,
            "top": PAD + LINE * base * self.labels,
            "bottom": PAD + LINE * base * lines,
            "beside": BESIDE_ROOM * self.beside,
            "side": PAD + base * max(extent(text)[0] for text in around) / 2,
        }
        rooms = [names.room for names in self._unit_names(place(sizes, width, **options))]
        return place(sizes, width, names=rooms, **options)

    def _unit_names(self, layout):
        """Returns the `UnitNames` of the inputs and of the outputs."""
        fonts = self._base(), min(1.02 * LEGIBLE / self.height, self._base())
        ends = zip(self.names, (layout.columns[0], layout.columns[-1]), strict=True)
        return [
            UnitNames(names or [""] * column.size, column.apart, layout.width, fonts)
            for names, column in ends
        ]

    def all(self, layout):
        """Returns every `Word` but those on the edges: always as many, in the same order."""
        units = self.labels or self.activation or self.filled or self.beside
        return [
            *(self._titles(layout) if self.labels else ()),
            *self._counts(layout),
            *(self._units(layout) if units else self._biases(layout)),
            *self._beside_layers(layout),
            *self._lines(layout),
        ]

    def _beside_layers(self, layout):
        """Returns the names of the inputs and of the outputs."""
        inputs, outputs = self._unit_names(layout)
        radius, columns = layout.radius, layout.columns
        beside = radius * (1 + BESIDE_ROOM * self.beside)
        return inputs.words(columns[0], radius, -1) + outputs.words(columns[-1], beside, 1)

    def _base(self):
        return min(max(BASE, 1.05 * LEGIBLE / self.height), LARGEST_BASE)

    def _titles(self, layout):
        names = ["input", *["hidden"] * (len(layout.columns) - 2), "output"]
        if len(names) > 3:
            names[1:-1] = [f"hidden {number + 1}" for number in range(len(names) - 2)]
        return self._by_column(layout, layout.columns, names, 1 - PAD - self._base() / 2)

    def _counts(self, layout):
        """How many units a layer has where some of them are left away."""
        cut = [column for column in layout.columns if column.gap is not None]
        texts = [f"{column.size:,} units" for column in cut]
        y = PAD + self._base() * (LINE * len(self._captions()) + 0.5)
        return self._by_column(layout, cut, texts, y) if cut else []

    def _by_column(self, layout, columns, texts, y):
        sides = 2 * layout.columns[0].x, 2 * (layout.width - layout.columns[-1].x)
        size = size_within(texts, min(0.85 * layout.step, *sides), self._base())
        return [Word(column.x, y, text, size) for column, text in zip(columns, texts, strict=True)]

    def _lines(self, layout):
        lines, base = self._captions(), self._base()
        width = 0.92 * (layout.width - 2 * PAD)  # small letters are drawn wider, on whole pixels
        size = size_within([*lines, ""], width, base)
        ys = PAD + base * (0.5 + LINE * np.arange(len(lines))[::-1])
        return [Word(layout.width / 2, y, line, size) for y, line in zip(ys, lines, strict=True)]

    def _captions(self):
        return captions(self.subject, self.weight_count, self.top, self.most)

    def _biases(self, layout):
        legible = min(1.02 * LEGIBLE / self.height, 1.05 * layout.radius)
        size = max(self._unit_sizes(layout)[0], legible)
        with_bias = [column for column in layout.columns if column.bias is not None]
        style = {"color": "black"}
        return [Word(column.x, column.bias, "1", size, style) for column in with_bias]

    def _units(self, layout):
        """What stands in the nodes, and beside them."""
        size, beside_size = self._unit_sizes(layout)
        words, radius = self._biases(layout), layout.radius
        for number, column in enumerate(layout.columns):
            kept = ~self.subject.dropped(number)[column.units]
            for unit, y in zip(column.units[kept], column.y[kept], strict=True):
                texts = self._in_unit(number, unit)
                offsets = ((0, 0),) if len(texts) == 1 else self._halves()
                for text, (right, up) in zip(texts, offsets, strict=True):
                    place = column.x + right * radius, y + up * radius
                    words.append(Word(*place, text, size, {"color": "black"}))
                if self.beside and number:
                    text = self._beside_unit(number, unit)
                    options = {**BESIDE, "color": RED if self._is_last(number) else BLUE}
                    words.append(Word(column.x + 1.1 * radius, y, text, beside_size, options))
        return words

    def _halves(self):
        """Returns the centres of a unit's halves; numbers are wide, so they go above each other."""
        return ((0, 0.4), (0, -0.4)) if self.filled else ((-0.47, 0), (0.47, 0))

    def _is_last(self, number):
        return number == len(self.subject.sizes) - 1

    def _in_unit(self, number, unit):
        """Returns the one text in a node, or the two in its halves."""
        subject, halved = self.subject, self.activation and number > 0
        if self.filled:
            values = subject.half_values(number) if halved else [subject.unit_values(number)]
            return tuple(text_of(value[unit]) for value in values)
        if not halved:
            letter = "x" if number == 0 else "o" if self._is_last(number) else "h"
            return (unit_name(letter, unit),) if self.labels else ("",)
        function = self._output_function() if self._is_last(number) else "$f$"
        alone = self._is_last(number) and self.subject.sizes[-1] == 1
        return (unit_name("z", unit) if self.labels and not alone else "$z$", function)

    def _output_function(self):
        network = self.subject.network
        is_real = self.subject.is_real
        is_sigmoid = network.output == "sigmoid" if is_real else self.sigmoid
        return r"$\sigma$" if is_sigmoid else "$g$"

    def _beside_unit(self, number, unit):
        if not self._is_last(number):
            return unit_name("a", unit)
        return unit_name(r"\hat{y}", unit) if self.subject.sizes[-1] > 1 else r"$\hat{y}$"

    def _unit_sizes(self, layout):
        """Returns the sizes of the text in the nodes and beside them: the same for all."""
        sizes, radius = self.subject.sizes, layout.radius
        columns = list(enumerate(layout.columns))
        inside = [text for c, column in columns for text in self._in_unit(c, column.units[-1])]
        if self.filled:
            units = [(c, unit) for c, column in columns for unit in column.units]
            numbers = [text for place in units for text in self._in_unit(*place)]
            inside = [WIDE_NUMBER, max(numbers, key=len)]
        halves = 1.45 if self.filled else 0.82
        room = radius * (halves if self.activation else 1.7)
        beside = [self._beside_unit(c, n - 1) for c, n in enumerate(sizes) if c]
        inner = size_within(inside, room, radius * (0.65 if self.filled else 1.05))
        room = min(2 * radius, 0.45 * (layout.step - 2 * radius))
        return inner, size_within(beside, room, 0.8 * radius)


def unit_name(letter, unit):
    """Returns the name of a unit in LaTeX: the first one has the number 1."""
    return f"${letter}_{{{unit + 1}}}$"


def size_within(texts, width, at_most):
    """Returns the font size at which the widest text fits into a width, or less: `at_most`."""
    widest = max(extent(text)[0] for text in texts)
    return min(at_most, width / widest) if widest else at_most
