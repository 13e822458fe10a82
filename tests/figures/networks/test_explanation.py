import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.collections import EllipseCollection, LineCollection

from mlcourse import explain, plot_explanation, scratch
from mlcourse.figures._shared.style import OUTPUTS, WEIGHTS

MINUS = "\N{MINUS SIGN}"

# Computed by hand: x = (1, 2), y = 1, ReLU, a linear output, and L = (a - y)^2 = 1.
W1, B1 = np.array([[1.0, 0.5], [-1.0, 0.75]]), np.array([0.5, -1.0])
W2, B2 = np.array([[2.0], [3.0]]), np.array([-1.0])
FORWARD = [[["1.00"], ["2.00"]], [[f"{MINUS}0.50", "0.00"], ["1.00", "1.00"]], [["2.00", "2.00"]]]
BACKWARD = [[["1.00"], ["2.00"]], [["0.00", "4.00"], ["6.00", "6.00"]], [["2.00", "2.00"]]]
WEIGHTS_IN = [np.vstack([B1, W1]), np.vstack([B2, W2])]  # the biases first
GRADIENTS_IN = [np.array([[0.0, 6.0], [0.0, 6.0], [0.0, 12.0]]), np.array([[2.0], [0.0], [2.0]])]


def network():
    first, last = scratch.Affine("1", 2, 2), scratch.Affine("2", 2, 1)
    first.params, last.params = {"w": W1, "b": B1}, {"w": W2, "b": B2}
    return scratch.Model([first, scratch.Relu("f"), last])


def explanation():
    return explain(network(), [1.0, 2.0], 1.0)


def networks(figure):
    """Return the Axes with networks, after a layout. The others are color bars."""
    figure.get_figure(root=True).draw_without_rendering()
    return [ax for ax in figure.axes if circles(ax)]


def circles(ax):
    """Return a collection of nodes for each layer, without the dots of ellipses."""
    collections = [c for c in ax.collections if isinstance(c, EllipseCollection)]
    largest = max((c.get_widths().max() for c in collections), default=0)
    return [c for c in collections if c.get_widths().max() == largest]


def layers(ax):
    """Return the centers of the nodes of each layer, from top to bottom."""
    return [np.array(sorted(c.get_offsets().tolist(), key=lambda s: -s[1])) for c in circles(ax)]


def texts_of(ax):
    return [text for text in ax.texts if text.get_text() and text.get_visible()]


def visible_texts(ax):
    return [text.get_text() for text in texts_of(ax)]


def in_units(ax):
    """Return the texts in the units of each layer, without biases, from top to bottom."""
    texts_by_layer = []
    for centers in layers(ax):
        radius = min([0.12, *np.abs(np.diff(centers[:, 1])) / 2])
        inside = [
            [
                t
                for t in texts_of(ax)
                if np.linalg.norm(np.array(t.get_position()) - center) < radius
            ]
            for center in centers
        ]
        in_order = [sorted(texts, key=lambda text: -text.get_position()[1]) for texts in inside]
        texts_by_layer.append([[text.get_text() for text in texts] for texts in in_order])
    return [[texts for texts in layer if texts != ["1"]] for layer in texts_by_layer]


def edges(ax):
    """Return a dict of the edges into each layer to their colors and widths."""
    centers = layers(ax)
    edges_by_layer = []
    bundles = [c for c in ax.collections if isinstance(c, LineCollection) and c.get_zorder() == 1]
    for number, bundle in enumerate(bundles):
        before, after = centers[number][:, 1], centers[number + 1][:, 1]
        after = after[-len(WEIGHTS_IN[number][0]) :]  # no edge leads to a bias, above the units
        lines = zip(bundle.get_segments(), bundle.get_color(), bundle.get_linewidth(), strict=True)
        edges_by_layer.append(
            {
                (np.abs(before - start[1]).argmin(), np.abs(after - end[1]).argmin()): (
                    color,
                    width,
                )
                for (start, end), color, width in lines
            }
        )
    return edges_by_layer


def test_the_way_forward_stands_above_the_way_back():
    figure = plot_explanation(explanation())
    figure.draw_without_rendering()
    above, below = networks(figure)
    assert figure.axes[:2] == [above, below]
    assert above.get_title() == "forward: z | a"
    assert below.get_title() == "backward: dL/dz | dL/da"
    assert above.get_position().y0 > below.get_position().y1
    bars = [ax.get_ylabel() for ax in figure.axes[2:]]
    assert sorted(bars) == ["dL/dw", "dL/dz", "output of a unit", "weight"]


def test_units_show_sums_above_outputs_and_then_their_gradients():
    above, below = networks(plot_explanation(explanation()))
    assert in_units(above) == FORWARD
    assert in_units(below) == BACKWARD
    for ax in (above, below):
        assert visible_texts(ax).count("1") == 2  # the biases
        assert "L = 1.00 (mean squared error)" in visible_texts(ax)


@pytest.mark.parametrize(("place", "values"), [(0, WEIGHTS_IN), (1, GRADIENTS_IN)])
def test_edges_are_weights_above_and_their_gradients_below(place, values):
    ax = networks(plot_explanation(explanation()))[place]
    largest = max(np.abs(layer).max() for layer in values)
    sizes = []
    widths = []
    for drawn, layer in zip(edges(ax), values, strict=True):
        assert len(drawn) == layer.size
        for ends, (color, width) in drawn.items():
            np.testing.assert_allclose(color, WEIGHTS(0.5 + layer[ends] / largest / 2), atol=0.01)
            sizes.append(abs(layer[ends]))
            widths.append(width)
    assert np.corrcoef(sizes, widths)[0, 1] > 0.999


@pytest.mark.parametrize(
    ("place", "numbers"),
    [
        (0, "0.50 -1.00 1.00 0.50 -1.00 0.75 -1.00 2.00 3.00"),
        (1, "0.00 6.00 0.00 6.00 0.00 12.0 2.00 0.00 2.00"),
    ],
)
def test_edges_are_labeled_with_their_numbers(place, numbers):
    ax = networks(plot_explanation(explanation()))[place]
    (gaps,) = [lines for lines in ax.collections if lines.get_zorder() == 2]
    centers = [np.mean(gap, axis=0) for gap in gaps.get_segments()]
    labels = [
        text.get_text()
        for text in texts_of(ax)
        if any(np.allclose(text.get_position(), center) for center in centers)
    ]
    assert sorted(labels) == sorted(numbers.replace("-", MINUS).split())


@pytest.mark.parametrize("figsize", [None, (12, 12), (6, 7), (4, 3)])
def test_titles_stand_clear_of_the_networks(figsize):
    figure = None if figsize is None else plt.figure(figsize=figsize, layout="constrained")
    figure = plot_explanation(explanation(), fig=figure)
    for ax in networks(figure):
        title = ax.title.get_window_extent()
        assert figure.bbox.contains(title.x0, title.y0) and figure.bbox.contains(*title.max)
        others = [text for other in networks(figure) for text in (*texts_of(other), other.title)]
        boxes = [text.get_window_extent() for text in others if text is not ax.title]
        assert boxes and not title.count_overlaps(boxes)


def test_fills_are_outputs_above_and_gradients_below():
    above, below = networks(plot_explanation(explanation()))
    for ax, values, largest in ((above, [0, 1], 2), (below, [0, 6], 6)):
        hidden = circles(ax)[1]
        order = np.argsort(-hidden.get_offsets()[:, 1])[1:]
        expected = OUTPUTS(0.5 + np.array(values) / largest / 2)
        np.testing.assert_allclose(hidden.get_facecolor()[order], expected, atol=0.01)


def large():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in ((300, 40), (40,), (40, 12), (12,))]
    return explain(weights, rng.normal(size=300), np.zeros(12))


@pytest.mark.parametrize("max_units", [3, 8])
def test_max_units_limits_the_drawn_units(max_units):
    figure = plot_explanation(large(), max_units=max_units)
    for ax in networks(figure):
        assert [len(nodes) for nodes in layers(ax)] == [
            max_units + 1,
            max_units + 1,
            max_units,
        ]  # and biases
        assert {"300 units", "40 units", "12 units"} <= set(visible_texts(ax))
        bundles = [c for c in ax.collections if isinstance(c, LineCollection)]
        assert {len(c.get_segments()) for c in bundles} >= {(max_units + 1) * max_units}


def test_a_network_within_the_limit_is_drawn_whole():
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in ((8, 8), (8,), (8, 2))]
    for ax in networks(plot_explanation(explain(weights, np.ones(8), 1))):
        assert [len(nodes) for nodes in layers(ax)] == [9, 9, 2]
        assert not any("units" in text for text in visible_texts(ax))


def test_a_given_figure_is_filled():
    figure = plt.figure(figsize=(6, 8), layout="constrained")
    assert plot_explanation(explanation(), fig=figure) is figure
    assert plt.get_fignums() == [figure.number]
    assert tuple(figure.get_size_inches()) == (6, 8)
    assert len(networks(figure)) == 2


def test_a_part_of_a_figure_is_filled_and_the_rest_left_alone():
    figure = plt.figure(figsize=(14, 8), layout="constrained")
    left, right = figure.subfigures(1, 2)
    assert plot_explanation(explanation(), fig=left) is left
    assert len(networks(left)) == 2 and not right.axes
    figure.canvas.draw()


@pytest.mark.parametrize(("output", "units", "y"), [("Sigmoid", 1, 1), ("Softmax", 3, 2)])
def test_predictions_are_drawn_with_their_default_loss(output, units, y):
    layers = [scratch.Affine("1", 2, 4), scratch.Tanh("f"), scratch.Affine("2", 4, units)]
    made = scratch.Model([*layers, getattr(scratch, output)("g")])
    p = made(np.array([[1.0, -2.0]]))[0]
    loss = -np.log(p[y if units > 1 else 0])
    name = "cross-entropy" if units > 1 else "binary cross-entropy"
    above, below = networks(plot_explanation(explain(made, [1.0, -2.0], y)))
    for ax in (above, below):
        assert f"L = {loss:.2f} ({name})" in visible_texts(ax)
    assert [texts[1] for texts in in_units(above)[2]] == [f"{probability:.2f}" for probability in p]
    error = p - (np.eye(3)[2] if units > 1 else 1)
    expected = [f"{value:.2f}".replace("-", MINUS) for value in error]
    assert [texts[0] for texts in in_units(below)[2]] == expected


@pytest.mark.parametrize("max_units", [0, 1.5])
def test_max_units_is_at_least_one(max_units):
    with pytest.raises(
        ValueError, match=rf"max_units must be a whole .* at least 1\. Got {max_units}"
    ):
        plot_explanation(explanation(), max_units=max_units)
