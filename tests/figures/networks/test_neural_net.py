import dataclasses
import gc
import inspect
import re
import weakref
from itertools import pairwise

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlcourse import activations, draw_neural_net, models
from mlcourse.figures import NeuralNetDisplay
from mlcourse.figures._shared.style import BLUE, GREEN, OUTPUTS, RED
from mlcourse.figures.networks.spec import DiagramOptions
from mlcourse.networks import from_model
from mlcourse.networks.network import Layer, Network
from tests.conftest import slow

LAYERS = keras.layers
RNG = np.random.default_rng(0)
NET = [RNG.normal(size=shape) for shape in ((4, 3), (3,), (3, 2), (2,))]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def axes(size=(6, 4)):
    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    return figure.add_axes((0, 0, 1, 1))


def visible_texts(ax):
    """Return the visible texts."""
    ax.figure.draw_without_rendering()
    return [text.get_text() for text in ax.texts if text.get_text() and text.get_visible()]


def boxes(ax):
    """Return the visible texts and their bounding boxes."""
    ax.figure.draw_without_rendering()
    texts = [text for text in ax.texts if text.get_text() and text.get_visible()]
    return [(text.get_text(), text.get_window_extent()) for text in texts]


def assert_no_overlap(ax):
    """Assert that all texts are inside the Axes and do not overlap by more than 2 pixels."""
    placed = boxes(ax)
    frame = ax.bbox
    for name, box in placed:
        assert frame.x0 - 1 <= box.x0 and box.x1 <= frame.x1 + 1, name
        assert frame.y0 - 1 <= box.y0 and box.y1 <= frame.y1 + 1, name
    if not placed:
        return
    corners = np.array([box.extents for _, box in placed])
    low = np.maximum(corners[:, None, :2], corners[None, :, :2])
    high = np.minimum(corners[:, None, 2:], corners[None, :, 2:])
    overlap = np.triu(((high - low) > 2).all(axis=2), 1)
    pairs = [(placed[i][0], placed[j][0]) for i, j in np.argwhere(overlap)]
    assert not pairs


FLAGS = ("draw_bias", "labels", "activation", "sigmoid", "weight_count", "random_weights")


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 13), min_size=2, max_size=8),
    flags=st.lists(st.booleans(), min_size=6, max_size=6),
    show=st.booleans(),
    figure=st.tuples(st.floats(1, 14), st.floats(1, 9)),
    dropout=st.none() | st.floats(0, 0.9),
    max_units=st.none() | st.integers(1, 14),
)
def test_sizes_are_drawn_with_any_options(sizes, flags, show, figure, dropout, max_units):
    options = dict(zip(FLAGS, flags, strict=True))
    ax = draw_neural_net(
        axes(figure), sizes, show_activations=show, dropout=dropout, max_units=max_units, **options
    )
    assert_no_overlap(ax)
    circles = [c for c in ax.collections if isinstance(c, EllipseCollection)]
    lines = [c for c in ax.collections if isinstance(c, LineCollection)]
    assert len(circles) <= 2 * len(sizes)  # nodes, and the dots of an ellipsis
    assert len(lines) <= 3 * len(sizes)  # edges, dividers, crosses
    assert not ax.patches and not ax.lines


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 12), min_size=2, max_size=6),
    flags=st.lists(st.booleans(), min_size=6, max_size=6),
    edges=st.sampled_from(["weight", "contribution", "gradient"]),
    filled=st.booleans(),
    figure=st.tuples(st.floats(1, 14), st.floats(1, 9)),
    dropout=st.none() | st.floats(0, 0.9),
    max_units=st.none() | st.integers(1, 14),
    top_edges=st.none() | st.integers(1, 200),
    biases=st.booleans(),
    colorbar=st.booleans(),
)
def test_networks_are_drawn_with_any_options(sizes, flags, edges, filled, figure, biases, **modes):
    rng = np.random.default_rng(len(sizes))
    weights = []
    for before, after in pairwise(sizes):
        weights.append(rng.normal(size=(before, after)))
        weights += [rng.normal(size=after)] * biases
    x, y = rng.normal(size=sizes[0]), rng.normal(size=sizes[-1])
    display = NeuralNetDisplay(
        axes(figure),
        weights,
        show_activations=x if filled else False,
        edges=edges,
        x=None if filled else x,
        y=y,
        **dict(zip(FLAGS, flags, strict=True)),
        **modes,
    )
    assert_no_overlap(display.ax)
    artists = len(display.ax.get_children())
    display.update([1.7 * array for array in weights], x=-x, y=y)
    assert len(display.ax.get_children()) == artists
    display.ax.figure.canvas.draw()


STYLES = [
    {"draw_bias": True, "weight_count": True},
    {"activation": True, "show_activations": True},
    {"show_activations": True, "dropout": 0.5, "draw_bias": True},
]


@pytest.mark.parametrize("options", STYLES)
@pytest.mark.parametrize("figure", [(4, 4), *slow((12, 6))])
@pytest.mark.parametrize("width", [1, 12, *slow(5)])
@pytest.mark.parametrize("depth", [0, 6, *slow(1)])
def test_text_never_overlaps_in_the_networks_of_a_lecture(depth, width, figure, options):
    assert_no_overlap(
        draw_neural_net(axes(figure), [5, *[width] * depth, 5], labels=True, **options)
    )


@pytest.mark.parametrize("sizes", [[1, 1], [2, 3, 1], [1, 1, 1], [5, *[12] * 6, 5], [30, 2]])
@pytest.mark.parametrize("figure", [(3, 3), (2, 8), (14, 3)])
def test_units_and_layers_keep_a_distance(sizes, figure):
    layout = NeuralNetDisplay(axes(figure), sizes, draw_bias=True).layout
    for column in layout.columns:
        heights = np.sort(column.centers[:, 1])
        assert (np.diff(heights) > 2.2 * layout.radius).all()
        assert heights[0] > layout.radius and heights[-1] < 1 - layout.radius
    assert layout.step > 4 * layout.radius
    assert layout.columns[0].x > layout.radius
    assert layout.columns[-1].x < layout.width - layout.radius


def test_the_largest_lecture_network_keeps_its_labels_on_a_wide_figure():
    ax = draw_neural_net(axes((12, 6)), [5, *[12] * 6, 5], draw_bias=True, labels=True)
    texts = visible_texts(ax)
    assert {"$h^{(1)}_{1}$", "$h^{(6)}_{12}$", "$x_{5}$", "$o_{5}$"} <= set(texts)
    assert {"input", "hidden 6", "output"} <= set(texts)
    assert texts.count("1") == 7


def test_logistic_regression_as_the_course_draws_it():
    ax = draw_neural_net(axes(), [4, 1], True, True, True, True, True, False, True, figsize=(4, 4))
    expected = ["$x_{1}$", "$x_{2}$", "$x_{3}$", "$x_{4}$", "1", "$z$", r"$\sigma$"]
    expected += [r"$\hat{y}$", "4 weights, 1 bias", "input", "output"]
    expected += ["$b$", *[f"$w_{{{number}}}$" for number in range(1, 5)]]
    assert sorted(visible_texts(ax)) == sorted(expected)


def test_one_hidden_layer_as_the_course_draws_it():
    ax = draw_neural_net(axes(), [2, 3, 1], draw_bias=True, labels=True, weight_count=True)
    texts = visible_texts(ax)
    assert {"$h_{1}$", "$h_{2}$", "$h_{3}$", "$o_{1}$", "hidden", "9 weights, 4 biases"} <= set(
        texts
    )
    assert {"$w^{(1)}_{23}$", "$b^{(1)}_{3}$", "$w^{(2)}_{3}$", "$b^{(2)}$"} <= set(texts)
    ax = draw_neural_net(
        axes(), [2, 3, 1], draw_bias=True, labels=True, activation=True, show_activations=True
    )
    texts = visible_texts(ax)
    assert texts.count("$f$") == 3 and texts.count("$g$") == 1
    assert {"$z_{3}$", "$a_{1}$", "$a_{3}$", r"$\hat{y}$"} <= set(texts)


def test_the_symbols_are_in_their_units():
    display = NeuralNetDisplay(axes(), [2, 3, 1], draw_bias=True, labels=True, activation=True)
    for text in display.ax.texts:
        column = min(
            display.layout.columns, key=lambda column: abs(column.x - text.get_position()[0])
        )
        x, y = text.get_position()
        if text.get_text() == "1":
            assert (x, y) == (column.x, column.bias)
        if text.get_text() == "$f$":
            assert x > column.x and y in column.y
        if text.get_text().startswith("$z"):
            assert x < column.x and y in column.y


def test_layers_have_the_colors_of_their_kind():
    display = NeuralNetDisplay(axes(), [2, 3, 4, 1])
    for nodes, color in zip(display.nodes, (GREEN, BLUE, BLUE, RED), strict=True):
        np.testing.assert_allclose(nodes.get_edgecolor()[0][:3], to_rgb(color))
        faces = {tuple(face) for face in nodes.get_facecolor()}
        assert len(faces) == 1


def test_a_bias_has_edges_out_and_none_in():
    display = NeuralNetDisplay(axes(), [2, 3, 1], draw_bias=True)
    assert [len(nodes.get_offsets()) for nodes in display.nodes] == [3, 4, 1]
    assert [len(edges.get_segments()) for edges in display.edges] == [9, 4]
    bias = display.layout.columns[1].bias
    ends = np.array(display.edges[0].get_segments())[:, 1, 1]
    assert bias not in ends
    assert bias in np.array(display.edges[1].get_segments())[:, 0, 1]


def test_edges_have_the_color_and_width_of_their_weight():
    weights = np.array([[2.0, -2.0], [0.0, 1.0]])
    display = NeuralNetDisplay(axes(), [weights])
    (zero, half, red, blue) = display.edges[0].get_color()  # the strong ones above the weak
    np.testing.assert_allclose(red[:3], to_rgb(RED), atol=0.01)
    np.testing.assert_allclose(blue[:3], to_rgb(BLUE), atol=0.01)
    assert np.ptp(zero[:3]) < 0.02  # grey
    assert np.linalg.norm(half - red) < np.linalg.norm(half - blue)
    widths = display.edges[0].get_linewidth()
    assert widths[2] == widths[3] > widths[1] > widths[0]
    before, after = (column.y for column in display.layout.columns)
    ends = [[before[1], after[0]], [before[1], after[1]], [before[0], after[0]]]
    np.testing.assert_array_equal(np.array(display.edges[0].get_segments())[:3, :, 1], ends)


def color_limits(figure):
    return [ax.get_ylim() for ax in figure.axes[1:]]


def test_the_color_bar_is_centered_and_can_be_fixed():
    ax = draw_neural_net(axes(), [np.array([[-3.0], [1.0]])])
    assert color_limits(ax.figure) == [(-3, 3)]
    ax = draw_neural_net(axes(), [np.array([[-3.0], [1.0]])], limit=5, show_activations=[1, 9])
    assert color_limits(ax.figure) == [(-5, 5), (-9, 9)]
    assert color_limits(draw_neural_net(axes(), [np.ones((1, 1))], colorbar=False).figure) == []


def keras_model():
    model = models.mlp(4, (5, 3), classes=3, activation="tanh", initializer="glorot_normal")
    model.set_weights([RNG.normal(size=weight.shape) for weight in model.get_weights()])
    return model


def test_a_keras_model_shows_its_own_outputs_and_counts():
    model, x = keras_model(), RNG.normal(size=4)
    display = NeuralNetDisplay(axes((9, 6)), model, weight_count=True, show_activations=x)
    for layer, outputs in zip(model.layers, display.spec.forward_pass.a[1:], strict=True):
        part = keras.Model(model.inputs, layer.output)
        np.testing.assert_allclose(outputs, part.predict(x[None], verbose=0)[0], atol=1e-6)
    weights = sum(layer.kernel.shape[0] * layer.kernel.shape[1] for layer in model.layers)
    assert f"{weights} weights, {model.count_params() - weights} biases" in visible_texts(
        display.ax
    )
    faces = display.nodes[1].get_facecolor()
    order = np.argsort(display.spec.forward_pass.a[1])
    warm = faces[order, 0] - faces[order, 2]  # from violet, with more blue, to orange
    assert (np.diff(warm) >= 0).all()


@pytest.mark.parametrize("edges", ["weight", "contribution", "gradient"])
def test_edges_show_weights_contributions_or_gradients(edges):
    x, y = RNG.normal(size=4), np.array([1.0, 0.0])
    display = NeuralNetDisplay(axes(), NET, edges=edges, x=x, y=y, draw_bias=True)
    hidden = x @ NET[0] + NET[1]
    error = 2 * (hidden @ NET[2] + NET[3] - y) / 2  # of the mean squared error
    expected = {
        "weight": [np.vstack(NET[1::-1]), np.vstack(NET[:1:-1])],
        "contribution": [
            np.vstack([NET[1], x[:, None] * NET[0]]),
            np.vstack([NET[3], hidden[:, None] * NET[2]]),
        ],
        "gradient": [
            np.outer([1, *x], NET[2] @ error),
            np.outer([1, *hidden], error),
        ],
    }[edges]
    for given_values, values in zip(display.spec.edge_values(), expected, strict=True):
        np.testing.assert_allclose(given_values, values)


def test_numbers_are_in_the_units_and_on_the_edges():
    weights = [np.array([[0.5], [-0.25]]), np.array([0.125])]
    ax = draw_neural_net(
        axes((8, 5)), weights, True, True, True, show_activations=[2.0, 4.0], colorbar=False
    )
    minus = "\N{MINUS SIGN}"
    shown = ["2.00", "4.00", "1", "0.12", "0.12", "0.50", f"{minus}0.25", "0.12", "input", "output"]
    assert sorted(visible_texts(ax)) == sorted(shown)


def test_dropped_units_are_crossed_and_their_edges_faint():
    mask = [0, 1, 1]
    display = NeuralNetDisplay(axes(), [2, 3, 1], labels=True, draw_bias=True, dropout=[mask])
    texts = visible_texts(display.ax)
    assert "$h_{1}$" not in texts and {"$h_{2}$", "1 of 3 hidden units dropped"} <= set(texts)
    into, out = (edges.get_color()[:, 3] for edges in display.edges)
    np.testing.assert_array_equal(into < 0.5, [True, False, False] * 3)
    np.testing.assert_array_equal(out < 0.5, [False, True, False, False])
    (cross,) = (lines.get_segments() for lines in display.ax.collections if lines.zorder == 4)
    centre = np.mean(cross, axis=(0, 1))
    np.testing.assert_allclose(
        centre, [display.layout.columns[1].x, display.layout.columns[1].y[0]]
    )


def test_dropout_is_seeded_and_scales_the_other_units():
    first, again, other = (
        NeuralNetDisplay(axes(), [4, 30, 2], dropout=0.4, seed=seed).spec.masks[0]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert set(first) == {0, 1 / 0.6}
    display = NeuralNetDisplay(axes(), NET, dropout=[[0, 2, 1]], show_activations=np.ones(4))
    hidden = (NET[0].sum(axis=0) + NET[1]) * [0, 2, 1]
    np.testing.assert_allclose(display.spec.forward_pass.a[1], hidden)


def test_masks_may_be_of_different_lengths():
    display = NeuralNetDisplay(axes(), [2, 3, 5, 1], dropout=[[0, 1, 1], [1, 0, 0, 1, 1]])
    assert "3 of 8 hidden units dropped" in visible_texts(display.ax)


def test_a_matrix_and_its_bias_may_be_a_pair():
    pairs = [(NET[0], NET[1]), (NET[2], NET[3])]
    ax = draw_neural_net(axes(), pairs, weight_count=True)
    assert "18 weights, 5 biases" in visible_texts(ax)


def test_an_ellipsis_replaces_units_only_in_larger_layers():
    weights = [RNG.normal(size=(20, 5)), RNG.normal(size=(5, 30))]
    display = NeuralNetDisplay(axes(), weights, max_units=5, labels=True, weight_count=True)
    assert [list(column.units) for column in display.layout.columns] == [
        [0, 1, 2, 18, 19],
        [0, 1, 2, 3, 4],
        [0, 1, 2, 28, 29],
    ]
    texts = visible_texts(display.ax)
    assert {"20 units", "30 units", "250 weights", "$x_{20}$"} <= set(texts)
    assert "5 units" not in texts
    shown = weights[0][[0, 1, 2, 18, 19]].ravel()
    order = np.argsort(np.abs(shown))
    segments = display.layout.segments(0).reshape(-1, 2, 2)[order]
    np.testing.assert_array_equal(display.edges[0].get_segments(), segments)


def test_top_edges_draws_only_the_strongest_edges():
    weights = [RNG.normal(size=(6, 5)), RNG.normal(size=(5, 4))]
    display = NeuralNetDisplay(axes(), weights, top_edges=7)
    assert "the strongest 7 of 50 edges" in visible_texts(display.ax)
    sizes = np.sort(np.abs(np.concatenate([matrix.ravel() for matrix in weights])))
    masks = [np.abs(matrix) >= sizes[-7] for matrix in weights]
    drawn = [len(edges.get_segments()) for edges in display.edges]
    assert drawn == [mask.sum() for mask in masks]
    display.update([np.ones((6, 5)), np.zeros((5, 4))])
    assert [len(edges.get_segments()) for edges in display.edges] == [7, 0]
    display = NeuralNetDisplay(axes(), weights, top_edges=50)
    assert visible_texts(display.ax) == []


def test_an_update_changes_colors_and_creates_no_artist():
    options = {"draw_bias": True, "labels": True}
    display = NeuralNetDisplay(axes((8, 5)), NET, show_activations=np.ones(4), **options)
    artists = list(display.ax.get_children())
    before = [edges.get_color().copy() for edges in display.edges]
    others = [-array for array in NET]
    display.update(others, x=np.zeros(4))
    assert display.ax.get_children() == artists
    fresh = NeuralNetDisplay(axes((8, 5)), others, show_activations=np.zeros(4), **options)
    assert visible_texts(display.ax) == visible_texts(fresh.ax)
    for old, mine, new in zip(before, display.edges, fresh.edges, strict=True):
        np.testing.assert_allclose(mine.get_color(), new.get_color())
        assert not np.allclose(old, mine.get_color())


@pytest.mark.parametrize(
    ("arguments", "update", "message"),
    [
        (
            {},
            {"network": [np.ones((1, 1))]},
            r"must have the layer sizes .*\[4, 3, 2\]\. Got \[1, 1\]",
        ),
        ({}, {"network": NET, "x": np.ones(4)}, r"x can be updated only in .* with x\. Got x="),
        ({"x": np.ones(4)}, {"y": 1}, r"y can be updated only in .* with y\. Got y=1"),
        ({"x": np.ones(4)}, {"network": NET, "x": np.ones(3)}, r"x must hold 4 finite numbers"),
    ],
)
def test_an_update_is_all_or_nothing(arguments, update, message):
    display = NeuralNetDisplay(axes(), NET, **arguments)
    before = display.spec.network, display.spec.forward_pass, display.edges[0].get_color().copy()
    with pytest.raises(ValueError, match=message):
        display.update(**update)
    assert (display.spec.network, display.spec.forward_pass) == before[:2]
    np.testing.assert_array_equal(display.edges[0].get_color(), before[2])


@pytest.mark.parametrize("options", [{}, {"random_weights": True}])
def test_sizes_alone_cannot_be_updated(options):
    display = NeuralNetDisplay(axes(), [4, 3, 2], **options)
    with pytest.raises(ValueError, match=r"a network with weights\. Got a diagram of layer sizes"):
        display.update(NET)


def test_numbers_that_grow_stay_in_their_units():
    display = NeuralNetDisplay(axes((9, 6)), NET, labels=True, show_activations=np.ones(4))
    display.update(x=np.full(4, -9876.0))
    display.ax.figure.draw_without_rendering()
    to_data = display.ax.transData.inverted()
    for text in display.ax.texts:
        column = min(display.layout.columns, key=lambda c: abs(c.x - text.get_position()[0]))
        if (
            text.get_visible()
            and column.x == text.get_position()[0]
            and text.get_position()[1] < 0.9
        ):
            box = to_data.transform_bbox(text.get_window_extent())
            assert box.width <= 2 * display.layout.radius


def test_another_network_in_the_axes_replaces_the_color_bars():
    ax = axes()
    for _ in range(3):
        ax.clear()
        draw_neural_net(ax, NET, show_activations=np.ones(4))
        assert len(ax.figure.axes) == 3


def test_a_deleted_figure_is_garbage_collected():
    ax = draw_neural_net(axes(), NET, show_activations=np.ones(4))
    ax.figure.draw_without_rendering()
    gone = weakref.ref(ax)
    del ax
    gc.collect()
    assert gone() is None


def gap_colors(ax):
    """Return the colors of the gaps for the labels of edges."""
    gaps = [lines for lines in ax.collections if lines.get_zorder() == 2]
    return {tuple(color[:3]) for lines in gaps for color in lines.get_color()}


def test_text_is_legible_on_a_dark_figure():
    with plt.style.context("dark_background"):
        _, ax = plt.subplots(figsize=(7, 5))
        draw_neural_net(ax, [2, 3, 1], labels=True, activation=True)
        texts = {text.get_text(): text for text in ax.texts}
        assert texts["$f$"].get_color() == "white"
        assert texts["input"].get_color() == "white"
        label = texts["$w^{(2)}_{1}$"]
        assert label.get_color() == "white"
        assert gap_colors(ax) == {(0, 0, 0)}


def test_the_strongest_edges_are_not_those_of_dropped_units():
    display = NeuralNetDisplay(axes(), NET, dropout=[[0, 1, 1]], top_edges=3, labels=True)
    assert all((edges.get_color()[:, 3] == 1).all() for edges in display.edges)


def test_the_output_function_of_a_network_is_its_own():
    for output, letter in (("sigmoid", r"$\sigma$"), ("none", "$g$")):
        layer = Layer(np.ones((2, 1)), None, (activations.find(output),))
        ax = draw_neural_net(axes(), Network((layer,)), activation=True, sigmoid=True)
        assert letter in visible_texts(ax)


def test_random_weights_depend_on_the_seed():
    draws = [NeuralNetDisplay(axes(), [3, 3], random_weights=True, seed=s) for s in (0, 0, 1)]
    first, again, other = (display.edges[0].get_color() for display in draws)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_text_scales_with_the_figure_and_is_hidden_if_too_small():
    ax = draw_neural_net(axes((6, 6)), [2, 3, 1], labels=True)
    ax.figure.canvas.draw()
    name = next(text for text in ax.texts if text.get_text() == "$h_{1}$")
    before = name.get_fontsize()
    ax.figure.set_size_inches(12, 12)
    ax.figure.canvas.draw()
    assert name.get_fontsize() == pytest.approx(2 * before)
    ax.figure.set_size_inches(1, 1)
    assert visible_texts(ax) == []


def test_a_new_figure_has_the_given_size():
    ax = draw_neural_net(None, [2, 1], figsize=(3, 5))
    assert tuple(ax.figure.get_size_inches()) == (3, 5)
    assert draw_neural_net(ax, [2, 1]) is ax


def scaled_model():
    """Return a network with two layers that scale the inputs."""
    layers = [
        LAYERS.Normalization(mean=[1.0, 2.0], variance=[4.0, 1.0]),
        LAYERS.Rescaling(0.5),
        LAYERS.Dense(3, "relu"),
        LAYERS.Dense(2, "softmax"),
    ]
    return keras.Sequential([keras.Input((2,)), *layers])


def test_inputs_show_their_scaled_values():
    model = scaled_model()
    display = NeuralNetDisplay(
        axes((9, 6)), model, show_activations=[3.0, 4.0], weight_count=True, edges="contribution"
    )
    forward_pass = display.spec.forward_pass
    np.testing.assert_allclose(forward_pass.a[0], [0.5, 1.0])
    expected = model.predict(np.array([[3.0, 4.0]]), verbose=0)[0]
    np.testing.assert_allclose(forward_pass.a[-1], expected, atol=1e-6)
    contributions = [[0.5], [1.0]] * model.layers[2].get_weights()[0]
    np.testing.assert_allclose(display.spec.edge_values()[0][1:], contributions, atol=1e-6)
    texts = visible_texts(display.ax)
    assert {"0.50", "1.00", "inputs after normalization, rescaling"} <= set(texts)
    assert_no_overlap(display.ax)


def test_a_pipeline_is_drawn_and_its_steps_are_named():
    x = RNG.normal(size=(40, 3))
    network = MLPRegressor(hidden_layer_sizes=[4], max_iter=9)
    pipeline = make_pipeline(StandardScaler(), PCA(2), network)
    with pytest.warns(ConvergenceWarning):
        pipeline.fit(x, x[:, 0])
    display = NeuralNetDisplay(axes((6, 5)), pipeline, show_activations=x[0])
    assert display.spec.sizes == [2, 4, 1]
    np.testing.assert_allclose(display.spec.forward_pass.a[0], pipeline[:-1].transform(x[:1])[0])
    assert "inputs after StandardScaler, PCA" in visible_texts(display.ax)
    assert_no_overlap(display.ax)


def test_an_update_keeps_the_preprocessing():
    display = NeuralNetDisplay(axes(), scaled_model())
    other = keras.Sequential([keras.Input((2,)), *scaled_model().layers[2:]])
    with pytest.raises(ValueError, match=r"preprocessing .* normalization, rescaling\. Got none"):
        display.update(other)
    display.update(scaled_model())


NAMES = ["sepal length (cm)", "$cost$", "a very long name of an input, " * 5]


def flat(text):
    return text.get_text().replace("\n", " ")


@pytest.mark.parametrize("figure", [(6, 4), (3, 3), *slow((12, 6), (4, 8))])
@pytest.mark.parametrize("size", [14, 3])
@pytest.mark.parametrize(
    "options", [{}, {"show_activations": True, "labels": True}, {"draw_bias": True}]
)
def test_names_of_inputs_and_outputs_neither_overlap_nor_leave_the_figure(figure, size, options):
    inputs = [NAMES[unit % 3] for unit in range(size)]
    outputs = ["no", "an_output_with_a_long_name_too"]
    ax = draw_neural_net(
        axes(figure), [size, 5, 2], input_names=inputs, output_names=outputs, **options
    )
    assert_no_overlap(ax)
    nodes = [c for c in ax.collections if isinstance(c, EllipseCollection)]
    low, high = (nodes[n].get_offsets()[:, 0].mean() for n in (0, -1))
    named = [text for text in ax.texts if text.get_ha() != "center"]
    for text in named:
        if text.get_text() and not text.get_text().startswith(("$a", r"$\hat")):
            assert not low <= text.get_position()[0] <= high


def test_names_are_next_to_their_units():
    display = NeuralNetDisplay(
        axes((9, 5)), [3, 2], input_names=NAMES, output_names=np.array(["cat", "dog"])
    )
    texts = {flat(text): text for text in display.ax.texts}
    first, last = display.layout.columns
    for name, unit, column in [("$cost$", 1, first), ("cat", 0, last), ("dog", 1, last)]:
        x, y = texts[name].get_position()
        assert y == column.y[unit]
        assert (x < column.x) == (column is first)
    assert any(text.endswith("…") for text in texts)
    assert texts["sepal length (cm)"].get_ha() == "right" and texts["cat"].get_ha() == "left"


def test_names_of_units_that_are_not_drawn_are_not_drawn():
    names = [f"input {number}" for number in range(20)]
    ax = draw_neural_net(axes((8, 6)), [20, 2], max_units=4, input_names=names)
    shown = {flat(text) for text in ax.texts if "input" in text.get_text()}
    assert shown == {"input 0", "input 1", "input 18", "input 19"}


def test_names_without_space_are_hidden():
    names = [f"input {number}" for number in range(60)]
    ax = draw_neural_net(axes((4, 3)), [60, 2], input_names=names)
    assert visible_texts(ax) == []


INVALID = [
    (([2, 1],), {"input_names": ["a"]}, r"input_names must have a name .* 2 units\. Got 1"),
    (([2, 1],), {"input_names": "ab"}, r"input_names must have a name .* Got 'ab'"),
    (([2, 1],), {"output_names": ["a", "b"]}, r"output_names must have .* 1 units\. Got 2"),
    (([2, 1],), {"output_names": 3}, r"output_names must .* Got 3"),
    (([],), {}, r"layer_sizes must list .* at least two layers\. Got \[\]"),
    (([5],), {}, r"at least two layers\. Got \[5\]"),
    (([3, 0],), {}, r"each size in layer_sizes must be .* at least 1\. Got 0"),
    (([3, -1],), {}, r"Got -1 instead"),
    (([3, 2.5],), {}, r"Got 2\.5 instead"),
    (([3, "4"],), {}, r"Got '4' instead"),
    (("abc",), {}, r"must be given by layer sizes, .* Got 'abc'"),
    (([2, 1],), {"labels": 1}, r"labels must be True or False\. Got 1"),
    (([2, 1],), {"show_activations": [1, 2]}, r"need a network with weights\. Got layer sizes"),
    (([2, 1],), {"edges": "gradient"}, r"need a network with weights\. Got layer sizes \[2, 1\]"),
    (([2, 1],), {"top_edges": 3}, r"top_edges needs a network with weights"),
    ((NET,), {"edges": "colour"}, r"edges must be one of weight, .* Got 'colour'"),
    ((NET,), {"edges": "contribution"}, r"edges='contribution' needs an input x\. Got None"),
    ((NET,), {"edges": "gradient", "x": np.ones(4)}, r"needs a target y\. Got None"),
    ((NET,), {"show_activations": np.ones(4), "x": np.ones(4)}, r"in x\. Got both"),
    ((NET,), {"dropout": [["a", "b", "c"]]}, r"each mask in dropout must be numbers"),
    (
        ([np.array([[1e308]])],),
        {},
        r"the largest weight must be at most 1e\+300\. Got 1e\+308 instead",
    ),
    ((NET,), {"dropout": [[1, -1, 1]]}, r"must hold finite numbers of at least 0"),
    ((NET,), {"y": [1, 0]}, r"a target y needs an input x"),
    ((NET,), {"show_activations": np.ones(3)}, r"x must hold 4 finite numbers\. Got 3"),
    ((NET,), {"edges": "gradient", "x": np.ones(4), "y": np.ones(3)}, r"y must hold 2 .* Got 3"),
    ((NET,), {"top_edges": 0}, r"top_edges must be a whole number of at least 1\. Got 0"),
    ((NET,), {"max_units": 0}, r"max_units must be a whole number of at least 1\. Got 0"),
    ((NET,), {"dropout": 1}, r"dropout must be a number, at least 0 and below 1\. Got 1"),
    ((NET,), {"dropout": [[1, 0]]}, r"each mask in dropout .* \(3,\)\. Got shape \(2,\)"),
    ((NET,), {"dropout": [[1], [0]]}, r"masks in dropout and the hidden layers .* Got 2 and 1"),
    ((NET,), {"limit": 0}, r"limit must be positive\. Got 0"),
    ((NET,), {"seed": -1}, r"seed must be a whole number .* Got -1"),
]


@pytest.mark.parametrize(("arguments", "options", "message"), INVALID)
def test_invalid_arguments_raise_before_anything_is_drawn(arguments, options, message):
    ax = axes()
    children = list(ax.get_children())
    with pytest.raises(ValueError, match=message):
        draw_neural_net(ax, *arguments, **options)
    assert ax.get_children() == children
    assert plt.get_fignums() == []


def test_a_network_object_is_accepted():
    network = from_model(NET)
    assert NeuralNetDisplay(axes(), network).spec.network is network


MINUS = "\N{MINUS SIGN}"
DEEP = [
    *[np.array([[1.0, 0.5], [-1.0, 0.75]]), np.array([0.5, -1.0])],
    *[np.array([[2.0], [3.0]]), np.array([-1.0])],
]


def relu_network():
    """Return a network; for x = (1, 2), y = 1: z = (-0.5, 1), a = (0, 1), output 2, dL/da = 2."""
    first = Layer(DEEP[0], DEEP[1], (activations.find("relu"),))
    return Network((first, Layer(DEEP[2], DEEP[3])))


def fills(display, number):
    """Return the fill colors of the units of a layer, without the bias."""
    return display.nodes[number].get_facecolor()[-display.spec.sizes[number] :]


def in_units(display):
    """Return the texts in the units of each layer after the input, from top to bottom."""
    layers = []
    for column in display.layout.columns[1:]:
        texts = [t for t in display.ax.texts if abs(t.get_position()[0] - column.x) < 1e-9]
        radius = display.layout.radius
        inside = [[t for t in texts if abs(t.get_position()[1] - y) < radius] for y in column.y]
        layers.append(
            [
                [t.get_text() for t in sorted(unit, key=lambda t: -t.get_position()[1])]
                for unit in inside
            ]
        )
    return layers


def test_units_are_filled_with_their_gradients():
    x, y = np.array([1.0, 2.0]), 1.0
    gradients = [
        0 * x,
        np.array([0.0, 6.0]),
        np.array([2.0]),
    ]  # computed by hand; inputs have no color
    for activation in (False, True):
        display = NeuralNetDisplay(
            axes(),
            relu_network(),
            activation=activation,
            draw_bias=True,
            show_activations=x,
            y=y,
            units="gradient",
        )
        for number, values in enumerate(gradients):
            expected = OUTPUTS(0.5 + values / 6 / 2)
            np.testing.assert_allclose(fills(display, number), expected, atol=0.01)
        biases = [nodes.get_facecolor()[0] for nodes in display.nodes[:2]]
        np.testing.assert_allclose(biases, OUTPUTS([0.5] * 2), atol=0.01)


@pytest.mark.parametrize(
    ("units", "activation", "expected"),
    [
        ("output", False, [[["0.00"], ["1.00"]], [["2.00"]]]),
        ("output", True, [[[f"{MINUS}0.50", "0.00"], ["1.00", "1.00"]], [["2.00", "2.00"]]]),
        ("gradient", False, [[["0.00"], ["6.00"]], [["2.00"]]]),
        ("gradient", True, [[["0.00", "4.00"], ["6.00", "6.00"]], [["2.00", "2.00"]]]),
    ],
)
def test_halves_of_units_show_sum_and_output_or_their_gradients(units, activation, expected):
    display = NeuralNetDisplay(
        axes((8, 6)),
        relu_network(),
        activation=activation,
        show_activations=[1.0, 2.0],
        y=1.0,
        units=units,
    )
    assert in_units(display) == expected
    flat = [text for layer in expected for unit in layer for text in unit]
    shown = visible_texts(display.ax)
    assert {"1.00", "2.00"} | set(flat) <= set(shown)
    assert_no_overlap(display.ax)


@pytest.mark.parametrize(
    ("units", "label"), [("output", "output of a unit"), ("gradient", "dL/dz")]
)
@pytest.mark.parametrize(("edges", "edge_label"), [("weight", "weight"), ("gradient", "dL/dw")])
def test_color_bars_are_labeled(units, label, edges, edge_label):
    ax = draw_neural_net(
        axes(), relu_network(), show_activations=[1.0, 2.0], y=1.0, units=units, edges=edges
    )
    bars = {bar.get_ylabel(): bar.get_ylim() for bar in ax.figure.axes[1:]}
    assert set(bars) == {label, edge_label}
    assert bars[label] == ((-2, 2) if units == "output" else (-6, 6))
    assert bars[edge_label] == ((-3, 3) if edges == "weight" else (-12, 12))


def test_gradients_of_units_are_those_of_keras():
    """A step of SGD with learning rate 1 subtracts the gradient dL/dz from a bias."""
    model, x, y = keras_model(), RNG.normal(size=4), np.array([0.0, 1.0, 0.0])
    model.compile(keras.optimizers.SGD(1.0), "categorical_crossentropy")
    display = NeuralNetDisplay(axes(), model, show_activations=x, y=y, units="gradient")
    before = model.get_weights()
    model.train_on_batch(x[None], y[None])
    steps = [old - new for old, new in zip(before, model.get_weights(), strict=True)][1::2]
    largest = max(np.abs(values).max() for values in steps)
    for number, values in enumerate([0 * x, *steps]):
        expected = OUTPUTS(0.5 + values / largest / 2)
        np.testing.assert_allclose(fills(display, number), expected, atol=0.01)


def test_an_update_shows_the_new_gradients():
    options = {"show_activations": [1.0, 2.0], "y": 1.0, "units": "gradient", "activation": True}
    display = NeuralNetDisplay(axes((8, 6)), relu_network(), **options)
    artists = list(display.ax.get_children())
    display.update(y=3.0)  # the error has the other sign
    assert in_units(display) == [
        [["0.00", f"{MINUS}4.00"], [f"{MINUS}6.00", f"{MINUS}6.00"]],
        [[f"{MINUS}2.00", f"{MINUS}2.00"]],
    ]
    expected = OUTPUTS(0.5 - np.array([0.0, 6.0]) / 6 / 2)
    np.testing.assert_allclose(fills(display, 1), expected, atol=0.01)
    display.update(x=[2.0, 1.0])  # now z = (1.5, 0.75), and both let the gradient through
    output = 2 * 1.5 + 3 * 0.75 - 1
    error = 2 * (output - 3.0)
    assert in_units(display)[0] == [[f"{2 * error:.2f}"] * 2, [f"{3 * error:.2f}"] * 2]
    half = Network((relu_network().layers[0], Layer(DEEP[2] / 2, DEEP[3])))
    display.update(half)
    error = 2 * (1.5 + 1.5 * 0.75 - 1 - 3.0)
    texts = [f"{factor * error:.2f}".replace("-", MINUS) for factor in (1, 1.5)]
    assert in_units(display)[0] == [[text] * 2 for text in texts]
    assert display.ax.get_children() == artists


def test_an_invalid_update_changes_nothing():
    display = NeuralNetDisplay(
        axes((8, 6)), relu_network(), show_activations=[1.0, 2.0], y=1.0, units="gradient"
    )
    texts = in_units(display)
    colors = fills(display, 1).copy()
    with pytest.raises(ValueError, match=r"y must hold 1 finite numbers\. Got 2 instead"):
        display.update(y=[1.0, 2.0])
    assert in_units(display) == texts
    np.testing.assert_array_equal(fills(display, 1), colors)


def test_gradients_of_dropped_units_are_not_visible_texts():
    display = NeuralNetDisplay(
        axes((8, 6)),
        relu_network(),
        show_activations=[1.0, 2.0],
        y=1.0,
        units="gradient",
        dropout=[[1, 0]],
    )
    assert in_units(display)[0] == [["0.00"], []]
    np.testing.assert_allclose(fills(display, 1)[1], OUTPUTS(0.5), atol=0.01)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((NET,), {"x": np.ones(4)}, r"units='gradient' needs a target y\. Got None instead"),
        ((NET,), {}, r"units='gradient' needs a target y\. Got None instead"),
        ((NET,), {"y": [1, 0]}, r"a target y needs an input x\. Got y=\[1, 0\] alone"),
        (([4, 3, 2],), {}, r"units='gradient' needs a target y\. Got None instead"),
        ((NET,), {"units": "colour"}, r"units must be one of output, gradient\. Got 'colour'"),
        ((NET,), {"units": None}, r"units must be one of output, gradient\. Got None"),
    ],
)
def test_gradients_of_units_need_an_input_and_a_target(arguments, options, message):
    ax = axes()
    children = list(ax.get_children())
    with pytest.raises(ValueError, match=message):
        draw_neural_net(ax, *arguments, **{"units": "gradient", **options})
    assert ax.get_children() == children


def test_an_input_fills_the_units_if_the_edges_are_weights():
    weights = [np.ones((2, 3)), np.ones((3, 1))]
    given, shown = (
        [text.get_text() for text in draw_neural_net(None, weights, **{name: [5, -3]}).texts]
        for name in ("x", "show_activations")
    )
    assert given == shown
    assert given != [text.get_text() for text in draw_neural_net(None, weights).texts]


def test_the_function_has_the_defaults_of_the_options_and_documents_all_of_them():
    defaults = {field.name: field.default for field in dataclasses.fields(DiagramOptions)}
    parameters = inspect.signature(draw_neural_net).parameters.values()
    for parameter in parameters:
        if parameter.default is not parameter.empty:
            assert defaults[parameter.name] == parameter.default
    text = inspect.getdoc(draw_neural_net)
    assert [name for name in defaults if not re.search(rf" `?{name}`?: ", text)] == []


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError, match="unexpected keyword argument 'color'"):
        draw_neural_net(axes(), [2, 1], color="red")


PLANE = np.array([[-1.0, 0.0], [3.0, 2.0]])


def maps(ax):
    """Return the images in the units, by layer and from top to bottom."""
    return [np.asarray(image.get_array()) for image in ax.images]


def test_the_map_of_a_unit_is_its_output_on_the_plane_of_the_inputs():
    weights = [np.array([[1.0, -2.0], [0.5, 1.0]]), np.array([0.1, 0.0]), np.array([[1.0], [3.0]])]
    ax = draw_neural_net(axes(), weights, heatmaps=PLANE)
    values = maps(ax)
    assert len(values) == 5 and len({image.shape for image in values}) == 1
    x1, x2 = values[:2]
    assert x1[0, 0] == pytest.approx(-1.4) and x1[0, -1] == pytest.approx(3.4)  # a tenth more
    assert x2[0, 0] == pytest.approx(-0.2) and x2[-1, 0] == pytest.approx(2.2)
    np.testing.assert_allclose(values[2], x1 + 0.5 * x2 + 0.1)
    np.testing.assert_allclose(values[3], -2 * x1 + x2)
    np.testing.assert_allclose(values[4], values[2] + 3 * values[3])


def test_each_map_is_in_the_circle_of_its_unit():
    display = NeuralNetDisplay(axes(), [np.ones((2, 3)), np.ones((3, 1))], heatmaps=PLANE)
    centers = np.concatenate([column.centers for column in display.layout.columns])
    for image, (x, y) in zip(display.ax.images, centers, strict=True):
        left, right, bottom, top = image.get_extent()
        assert ((left + right) / 2, (bottom + top) / 2) == pytest.approx((x, y))
        assert right - left < 2 * display.layout.radius
        assert image.get_clip_path() is not None


@pytest.mark.parametrize(("name", "middle"), [("sigmoid", 0.5), ("tanh", 0.0)])
def test_the_middle_of_a_map_is_zero_or_a_probability_of_half(name, middle):
    layer = Layer(np.array([[1.0], [2.0]]), None, (activations.find(name),))
    ax = draw_neural_net(axes(), Network((layer,)), heatmaps=PLANE)
    low, high = ax.images[-1].get_clim()
    assert (low + high) / 2 == pytest.approx(middle)
    assert low <= maps(ax)[-1].min() and maps(ax)[-1].max() <= high


def test_an_update_changes_the_maps():
    display = NeuralNetDisplay(axes(), [np.ones((2, 1))], heatmaps=PLANE)
    before = maps(display.ax)[-1].copy()
    display.update([-np.ones((2, 1))])
    np.testing.assert_allclose(maps(display.ax)[-1], -before)


@pytest.mark.parametrize(
    ("layer_sizes", "options", "message"),
    [
        ([2, 3, 1], {"heatmaps": PLANE}, "network with weights and two inputs"),
        (NET, {"heatmaps": PLANE}, "network with weights and two inputs"),
        ([np.ones((2, 1))], {"heatmaps": [1, 2]}, r"\(n, 2\)"),
        ([np.ones((2, 1))], {"heatmaps": [[1, np.nan]]}, "finite"),
        ([np.ones((2, 1))], {"heatmaps": PLANE, "x": [1, 2]}, "either heatmaps or"),
    ],
)
def test_wrong_heatmaps_are_refused(layer_sizes, options, message):
    with pytest.raises(ValueError, match=message):
        draw_neural_net(axes(), layer_sizes, **options)


def test_the_name_of_a_weight_hides_its_own_edge_only():
    display = NeuralNetDisplay(axes(), [2, 3, 1], labels=True, draw_bias=True)
    names = [text for text in display.ax.texts if text.get_text().startswith(("$w", "$b"))]
    (lines,) = [lines for lines in display.ax.collections if lines.get_zorder() == 2]
    gaps = lines.get_segments()
    segments = [
        segment
        for layer in range(len(display.edges))
        for segment in display.layout.segments(layer).reshape(-1, 2, 2)
    ]
    assert len(names) == len(gaps) == len(segments) == 13
    for name, gap, (start, end) in zip(names, gaps, segments, strict=True):
        assert name.get_bbox_patch() is None
        np.testing.assert_allclose(np.mean(gap, axis=0), name.get_position())
        for point in gap:
            along, offset = end - start, point - start
            assert along[0] * offset[1] == pytest.approx(along[1] * offset[0])  # on its own edge
        length = np.linalg.norm(end - start)
        assert np.linalg.norm(np.diff(gap, axis=0)) < 0.25 * length


def test_units_of_several_hidden_layers_have_their_layer_in_their_name():
    assert "$h_{1}$" in visible_texts(draw_neural_net(axes(), [2, 2, 1], labels=True))
    texts = visible_texts(draw_neural_net(axes(), [2, 2, 2, 1], labels=True))
    assert {"$h^{(1)}_{1}$", "$h^{(2)}_{1}$"} <= set(texts) and "$h_{1}$" not in texts


def test_an_ellipsis_replaces_two_units_or_more():
    texts = visible_texts(draw_neural_net(axes(), [4, 5, 1], max_units=3))
    assert "5 units" in texts and "4 units" not in texts


def test_one_layer_has_one_format_of_numbers():
    ax = draw_neural_net(axes(), [np.ones((3, 1))], show_activations=[1.0, 0.001, -0.5])
    assert {"1.00", "0.00", "\N{MINUS SIGN}0.50"} <= set(visible_texts(ax))
    tiny = draw_neural_net(axes(), [np.ones((2, 1))], show_activations=[0.001, 0.002])
    assert {"1e-3", "2e-3"} <= set(visible_texts(tiny))


def test_a_network_without_biases_does_not_count_them():
    assert "2 weights" in visible_texts(
        draw_neural_net(axes(), [np.ones((2, 1))], weight_count=True)
    )
