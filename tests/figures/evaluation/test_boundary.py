import functools

import keras
import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from scipy import special
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mlcourse import plot_decision_boundary
from mlcourse.figures._shared.style import CYCLE
from mlcourse.figures.evaluation.boundary_response import (
    first_layer_lines,
    grid_points,
    probabilities,
)

FRAME = (-2.0, 3.0, -1.0, 4.0)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2)) + np.repeat([[0.0, 0.0], [2.0, 2.0]], 20, axis=0)
Y = np.repeat([0, 1], 20)
THREE = np.arange(40) % 3


def right_half(points):
    return special.expit(4 * (points[:, 0] - 1))


def thirds(points):
    return special.softmax(points @ np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]), axis=1)


class Stub:
    """A model that counts how often it is asked, and about how many points."""

    def __init__(self, method, function):
        self.calls = []
        setattr(self, method, functools.partial(self._answer, function))

    def _answer(self, function, points):
        self.calls.append(points)
        return function(points)


def draw(model=right_half, x=X, y=Y, **options):
    return plot_decision_boundary(model, x, y, **{"resolution": 20, **options})


def grid(model, classes=(0, 1), resolution=9):
    points = grid_points(FRAME, resolution, float)
    return probabilities(model, points, np.array(classes)).scores.reshape(
        resolution, resolution, -1
    )


def points_of(resolution=9):
    """The grid's points, in rows from the bottom to the top."""
    x, y = np.linspace(*FRAME[:2], resolution), np.linspace(*FRAME[2:], resolution)
    return np.array([[a, b] for b in y for a in x])


def color_at(ax, x, y):
    """The color of what the model says at a point."""
    (image,) = ax.images
    pixels, (left, right, bottom, top) = image.get_array(), image.get_extent()
    row = round((y - bottom) / (top - bottom) * (len(pixels) - 1))
    column = round((x - left) / (right - left) * (pixels.shape[1] - 1))
    return pixels[row, column, :3]


def markers(ax):
    return {group.get_label(): group for group in ax.collections if group.get_offsets().size > 2}


@pytest.mark.parametrize("method", ["predict_proba", "predict", "__call__"])
@pytest.mark.parametrize("options", [{}, {"fill": "class"}, {"resolution": 150}])
def test_the_model_is_asked_once_about_all_points(method, options):
    stub = Stub(method, right_half)
    model = stub if method != "__call__" else lambda points: stub.__dict__["__call__"](points)
    draw(model, **options)
    (points,) = stub.calls
    assert points.shape == (options.get("resolution", 20) ** 2, 2)


def test_probabilities_come_before_classes():
    stub = Stub("predict_proba", thirds)
    stub.predict = None
    np.testing.assert_allclose(grid(stub)[0, 0], thirds(points_of())[0], rtol=1e-6)


def test_keras_is_asked_once_in_large_batches(monkeypatch):
    model, calls = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")]), []
    predict = model.predict

    @functools.wraps(predict)
    def counted(*arguments, **options):
        calls.append(options)
        return predict(*arguments, **options)

    monkeypatch.setattr(model, "predict", counted)
    draw(model)
    (options,) = calls
    assert options["batch_size"] >= 1024 and options["verbose"] == 0


@pytest.mark.parametrize("units", [1, 2, 3])
def test_a_keras_model_s_probabilities_are_on_the_grid(units):
    keras.utils.set_random_seed(0)
    output = keras.layers.Dense(units, "sigmoid" if units == 1 else "softmax")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "tanh"), output])
    w, b, v, c = (values * 3 for values in model.get_weights())
    model.set_weights([w, b, v, c])
    scores = np.tanh(points_of() @ w + b) @ v + c
    scores = np.hstack([0 * scores, scores]) if units == 1 else scores
    expected = special.softmax(scores, axis=1).reshape(9, 9, -1)
    assert np.ptp(expected) > 0.3
    np.testing.assert_allclose(grid(model, range(max(units, 2))), expected, atol=1e-5)
    draw(model, y=THREE if units == 3 else Y, hidden_lines=True)


@pytest.mark.parametrize(
    "model",
    [LogisticRegression(), MLPClassifier((5,), solver="lbfgs", tol=0.1, random_state=0)],
)
@pytest.mark.parametrize("names", [[0, 1], [3, 7, 5], ["cat", "dog"], ["cat", "dog", "owl"]])
def test_a_scikit_learn_model_s_probabilities_are_on_the_grid(model, names):
    y = np.array(names)[THREE if len(names) == 3 else Y]
    model.fit(X, y)
    expected = model.predict_proba(points_of()).reshape(9, 9, -1)
    np.testing.assert_allclose(grid(model, model.classes_), expected, atol=1e-5)
    ax = draw(model, y=y)
    assert set(markers(ax)) == {str(name) for name in names}


@pytest.mark.parametrize("names", [[0, 1], [3, 7, 5], ["cat", "dog"], ["cat", "dog", "owl"]])
def test_a_model_that_predicts_classes_is_certain_of_them(names):
    y = np.array(names)[THREE if len(names) == 3 else Y]
    model = SVC().fit(X, y)
    assert not hasattr(model, "predict_proba")
    result = grid(model, model.classes_)
    assert set(np.unique(result)) == {0, 1}
    chosen = model.classes_[result.argmax(axis=2)].ravel()
    np.testing.assert_array_equal(chosen, model.predict(points_of().astype(np.float32)))
    draw(model, y=y)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (right_half, right_half),
        (lambda points: right_half(points)[:, None], right_half),
        (lambda points: np.stack([1 - right_half(points), right_half(points)], 1), right_half),
        (lambda points: points[:, 0] > 0.1, lambda points: points[:, 0] > 0.1),
        (lambda points: (points[:, :1] > 0.1).astype(int), lambda points: points[:, 0] > 0.1),
        (lambda points: list(right_half(points)), right_half),
    ],
)
def test_a_function_of_two_classes_may_answer_in_many_ways(model, expected):
    result = grid(model)
    assert result.shape == (9, 9, 2)
    np.testing.assert_allclose(result[:, :, 1].ravel(), expected(points_of()), atol=1e-6)
    np.testing.assert_allclose(result.sum(axis=2), 1)


@pytest.mark.parametrize("axis", [0, 1])
def test_rows_go_up_and_columns_go_right(axis):
    def model(points):
        return (points[:, axis] + 2) / 8

    x, y = np.linspace(*FRAME[:2], 9), np.linspace(*FRAME[2:], 9)
    expected = (np.meshgrid(x, y)[axis] + 2) / 8
    np.testing.assert_allclose(grid(model)[:, :, 1], expected, atol=1e-6)
    (image,) = draw(model, frame=FRAME).images
    assert image.origin == "lower" and tuple(image.get_extent()) == FRAME


@pytest.mark.parametrize("output", [lambda p: np.full((len(p), 2), 0.9), lambda p: abs(p) / 10])
def test_probabilities_of_a_point_have_the_sum_1(output):
    with pytest.raises(ValueError, match=r"must have the sum 1\. Got sums from"):
        draw(output)


@pytest.mark.parametrize("model", [LogisticRegression(), SVC()])
def test_a_model_names_its_classes_where_y_lacks_some(model):
    x = RNG.normal(size=(60, 2))
    labels = np.digitize(x[:, 0], [-0.4, 0.4]) + 1
    model.fit(x, labels)
    whole = plot_decision_boundary(model, x, labels, frame=FRAME)
    part = plot_decision_boundary(model, x[labels > 1], labels[labels > 1], frame=FRAME)
    colors = [
        {
            c.get_label(): tuple(c.get_facecolor()[0])
            for c in ax.collections
            if c.get_label() in "123"
        }
        for ax in (whole, part)
    ]
    assert set(colors[0]) == set("123")
    assert colors[1] == colors[0]  # a class without examples has a region


@pytest.mark.parametrize(
    ("w", "b", "ends"),
    [
        ((1, 0), -1, [(1, -1), (1, 4)]),
        ((-2, 0), 2, [(1, -1), (1, 4)]),
        ((0, 1), -2, [(-2, 2), (3, 2)]),
        ((0, 0.5), -1, [(-2, 2), (3, 2)]),
        ((1, -1), 1, [(-2, -1), (3, 4)]),  # from corner to corner
        ((1, 1), -2, [(-2, 4), (3, -1)]),
        ((1, 1), 0, [(-2, 2), (1, -1)]),
        ((2, -1), 0, [(-0.5, -1), (2, 4)]),
        ((1e-6, 1), -2, [(-2, 2.000002), (3, 1.999997)]),
    ],
)
def test_a_unit_s_line_goes_from_border_to_border(w, b, ends):
    lines = first_layer_lines([np.array([w], float).T, np.array([b], float)], FRAME)
    assert lines.shape == (1, 2, 2)
    np.testing.assert_allclose(sorted(lines[0].tolist()), sorted(ends), atol=1e-9)


@pytest.mark.parametrize(
    ("w", "b"),
    [
        *[((0, 0), 0), ((0, 0), 1)],
        *[((1, 0), -3.5), ((1, 0), 2.5), ((0, 1), -4.5), ((0, 1), 1.5)],
        *[((1, 1), -7.5), ((1, 1), 3.5), ((1, -1), 6.5), ((1, -1), -4.5)],
    ],
)
def test_a_unit_without_a_line_in_the_frame_has_none(w, b):
    weights = [np.array([w], float).T, np.array([b], float)]
    assert first_layer_lines(weights, FRAME).shape == (0, 2, 2)


def test_a_first_layer_without_lines_is_drawn_too():
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid")])
    network.set_weights([np.zeros((2, 1)), np.zeros(1)])
    ax = draw(network, hidden_lines=True)
    segments = [g.get_segments() for g in ax.collections if isinstance(g, LineCollection)]
    assert sum(map(len, segments)) == 0
    ax.get_figure().canvas.draw()


# a weight below 1e-30 is none: its reciprocal need not be a number
weights = st.floats(-10, 10).map(lambda number: number if abs(number) > 1e-30 else 0.0)


@settings(max_examples=100, deadline=None)
@given(w=st.tuples(weights, weights), b=weights, width=st.floats(0.1, 10), x=weights, y=weights)
def test_ends_are_on_the_frame_and_on_the_line(w, b, width, x, y):
    w = np.array(w)
    assume(np.linalg.norm(w) > 1e-3)
    frame = x, x + width, y, y + 2
    sums = [np.dot(w, corner) + b for corner in [(h, v) for h in frame[:2] for v in frame[2:]]]
    assume(np.abs(sums).min() > 1e-6)
    lines = first_layer_lines([w[:, None], np.array([b])], frame)
    crosses = min(sums) < 0 < max(sums)  # corners on both sides
    assert len(lines) == crosses
    for end in lines.reshape(-1, 2):
        assert np.dot(w, end) + b == pytest.approx(0, abs=1e-9 * (1 + np.linalg.norm(w) * 20))
        distances = np.array([end[0] - frame[0], frame[1] - end[0], end[1] - y, y + 2 - end[1]])
        assert distances.min() == pytest.approx(0, abs=1e-8)
    if crosses:
        assert np.linalg.norm(lines[0, 0] - lines[0, 1]) > 0


def test_each_unit_of_the_first_layer_has_its_line():
    w = np.array([[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0]])
    layers = [w, np.array([-1.0, -2.0, 1.0, -50.0]), np.ones((4, 1))]
    upright, level = first_layer_lines(layers, FRAME)
    np.testing.assert_allclose(upright[:, 0], 1)
    np.testing.assert_allclose(level[:, 1], 2)
    assert {*upright[:, 1], *level[:, 0]} == {*FRAME}


def test_without_biases_the_lines_go_through_the_origin():
    for start, stop in first_layer_lines([np.array([[1.0, 0.3, 2.0], [0.0, 1.0, -1.0]])], FRAME):
        assert start[0] * stop[1] == pytest.approx(start[1] * stop[0], abs=1e-12)


def test_hidden_lines_are_those_of_the_inputs_before_their_scaling():
    layers = [
        keras.layers.Normalization(mean=[1.0, -2.0], variance=[4.0, 0.25]),
        keras.layers.Rescaling(0.5, 0.1),
        keras.layers.Dense(3),
    ]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.layers[-1].set_weights([RNG.normal(size=(2, 3)), np.zeros(3)])
    lines = first_layer_lines(model, (-20.0, 20.0, -20.0, 20.0))
    assert len(lines) == 3
    for unit, ends in enumerate(lines):
        np.testing.assert_allclose(model.predict(ends, verbose=0)[:, unit], 0, atol=1e-4)


def test_hidden_lines_of_a_pipeline_are_refused():
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((3,), max_iter=9))
    with pytest.warns(ConvergenceWarning):
        pipeline.fit(X, Y)
    with pytest.raises(ValueError, match=r"without preprocessing.* Got one after StandardScaler"):
        first_layer_lines(pipeline, FRAME)


def test_hidden_lines_are_dashed_and_those_of_the_model():
    network = MLPClassifier((6,), solver="lbfgs", max_iter=30, random_state=1).fit(X, Y)
    ax = draw(network, hidden_lines=True, frame=FRAME)
    (drawn,) = (group for group in ax.collections if isinstance(group, LineCollection))
    np.testing.assert_allclose(drawn.get_segments(), first_layer_lines(network, FRAME))
    assert len(drawn.get_segments()) > 1
    for line in drawn.get_segments():
        sums = line @ network.coefs_[0] + network.intercepts_[0]
        assert np.abs(sums).max(axis=0).min() < 1e-9  # both ends are on one unit's line
    assert drawn.get_linestyle()[0][1] is not None  # a pattern of dashes
    assert not [g for g in draw(network).collections if isinstance(g, LineCollection)]


@pytest.mark.parametrize("names", [[0, 1], list("abc"), list("abcdefghijklmn")])
def test_each_class_has_a_marker_and_a_color(names):
    y = np.array(names)[np.arange(40) % len(names)]
    ax = draw(lambda points: np.full((len(points), len(names)), 1 / len(names)), y=y)
    groups = markers(ax)
    assert list(groups) == [str(name) for name in names]
    for name, group in zip(names, groups.values(), strict=True):
        np.testing.assert_allclose(group.get_offsets(), X[y == name])
    colors = {to_hex(group.get_facecolor()[0]) for group in groups.values()}
    shapes = {group.get_paths()[0].vertices.tobytes() for group in groups.values()}
    assert len(colors) == len(shapes) == len(names)


def test_of_many_classes_none_look_alike():
    ax = draw(lambda points: np.full((len(points), 20), 1 / 20), y=np.arange(40) % 20)
    looks = {
        (to_hex(group.get_facecolor()[0]), group.get_paths()[0].vertices.tobytes())
        for group in markers(ax).values()
    }
    assert len(looks) == len(markers(ax)) == 20


def test_areas_of_many_classes_differ_in_color():
    wide = np.array([[0.0, 0.0], [11.0, 1.0]])
    ax = draw(
        lambda points: np.eye(12)[np.clip(np.round(points[:, 0]), 0, 11).astype(int)],
        x=wide,
        y=[0, 11],
        frame=(-0.5, 11.5, 0, 1),
        resolution=121,
    )
    assert len({tuple(color_at(ax, number, 0.5)) for number in range(12)}) == 12


@pytest.mark.parametrize("fill", ["probability", "class"])
@pytest.mark.parametrize("classes", [2, 3])
def test_where_a_class_is_certain_is_a_light_shade_of_its_color(fill, classes):
    wide = np.array([[0.0, 0.0], [classes - 1.0, 1.0]])
    ax = draw(
        lambda points: np.eye(classes)[np.clip(np.round(points[:, 0]), 0, classes - 1).astype(int)],
        x=wide,
        y=[0, classes - 1],
        fill=fill,
        frame=(-0.5, classes - 0.5, 0, 1),
        resolution=61,
    )
    seen = [color_at(ax, number, 0.5) for number in range(classes)]
    palette = np.array([mpl.colors.to_rgb(color) for color in CYCLE[:classes]])
    for number, color in enumerate(seen):
        assert np.argmin(np.linalg.norm(palette - color, axis=1)) == number
        assert color.mean() > palette[number].mean() + 0.1


def test_of_two_classes_as_likely_the_color_is_white():
    ax = draw(lambda points: np.full(len(points), 0.5))
    np.testing.assert_allclose(ax.images[0].get_array()[:, :, :3], 1, atol=0.01)


def test_fill_class_has_one_color_a_class():
    shades = [draw(fill=fill).images[0].get_array() for fill in ("probability", "class")]
    many, two = (len(np.unique(shade.reshape(400, -1), axis=0)) for shade in shades)
    assert two == 2 and many > 5


def test_the_black_line_is_where_two_classes_are_as_likely():
    ax = draw(lambda points: special.expit(points[:, 0] - points[:, 1] + 0.3), resolution=60)
    (contour,) = (group for group in ax.collections if isinstance(group, mpl.contour.ContourSet))
    ends = np.concatenate([path.vertices for path in contour.get_paths()])
    assert len(ends) > 10
    np.testing.assert_allclose(ends[:, 0] - ends[:, 1], -0.3, atol=0.01)
    assert to_hex(contour.get_edgecolor()[0]) == "#000000"


def test_without_a_change_of_class_there_is_no_black_line():
    for probability in (0.2, 0.5, 1.0):
        ax = draw(lambda points, p=probability: np.full(len(points), p))
        assert not [group for group in ax.collections if isinstance(group, mpl.contour.ContourSet)]


def test_a_single_class_is_drawn_too():
    ax = draw(lambda points: np.zeros(len(points), int), y=0 * Y)
    assert list(markers(ax)) == ["0"]


def test_between_three_classes_there_are_black_lines():
    ax = draw(thirds, y=THREE, frame=FRAME, resolution=60)
    contours = [group for group in ax.collections if isinstance(group, mpl.contour.ContourSet)]
    ends = np.concatenate([path.vertices for c in contours for path in c.get_paths()])
    first, second, _ = np.sort(thirds(ends), axis=1)[:, ::-1].T
    assert len(ends) > 30
    np.testing.assert_allclose(first, second, atol=0.03)


@pytest.mark.parametrize(
    ("model", "y", "options", "label"),
    [
        (right_half, Y, {}, "probability of class 1"),
        (right_half, np.array(["no", "yes"])[Y], {}, "probability of class yes"),
        (right_half, 0 * Y, {}, "probability of class 1"),
        (right_half, Y, {"colorbar": False}, None),
        (right_half, Y, {"fill": "class"}, None),
        (thirds, THREE, {}, None),
    ],
)
def test_probabilities_of_two_classes_have_a_color_bar(model, y, options, label):
    ax = draw(model, y=y, **options)
    others = [axes for axes in ax.get_figure().axes if axes is not ax]
    assert [axes.get_ylabel() for axes in others] == ([] if label is None else [label])
    for axes in others:
        assert axes.get_ylim() == (0, 1)


def test_the_frame_is_around_the_examples_or_the_one_given():
    ax = draw()
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < X[:, 0].min() and X[:, 0].max() < right
    assert bottom < X[:, 1].min() and X[:, 1].max() < top
    assert right - left < 1.5 * np.ptp(X[:, 0]) and top - bottom < 1.5 * np.ptp(X[:, 1])
    given = draw(frame=np.array(FRAME))
    assert (*given.get_xlim(), *given.get_ylim()) == FRAME


def test_a_single_example_has_a_frame():
    ax = draw(x=[[3.0, -2.0]], y=[1])
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    assert left < 3 < right and bottom < -2 < top


def test_given_axes_are_drawn_in_and_returned():
    figure, (left, right) = plt.subplots(1, 2)
    assert draw(ax=right, colorbar=False) is right
    assert figure.axes == [left, right] and not left.images
    assert plt.get_fignums() == [figure.number]
    part = plt.figure(layout="constrained").subfigures(1, 2)[0]
    ax = part.subplots()
    draw(ax=ax)
    assert len(part.axes) == 2


def test_settings_and_examples_are_left_alone():
    before, x, y = dict(mpl.rcParams), X.copy(), Y.copy()
    draw(x=X, y=Y, frame=FRAME)
    assert dict(mpl.rcParams) == before
    np.testing.assert_array_equal(X, x)
    np.testing.assert_array_equal(Y, y)


def test_a_class_without_examples_keeps_its_color():
    ax = draw(thirds, y=np.where(Y, 2, 0), frame=FRAME)
    colors = [to_hex(group.get_facecolor()[0]).upper() for group in markers(ax).values()]
    assert colors == [CYCLE[0], CYCLE[2]]


class Logits:
    def predict(self, points):
        return points @ np.array([[3.0, -1.0], [1.0, 2.0]])


def test_hidden_lines_are_those_of_two_inputs():
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    with pytest.raises(ValueError, match=r"needs a network of two inputs\. Got 3 instead"):
        draw(network, hidden_lines=True)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"x": X[:, :1]},
            r"X must be examples of shape \(n, 2\), all finite\. Got \(40, 1\) instead",
        ),
        ({"x": X[0]}, r"X must be examples of shape \(n, 2\), all finite\. Got \(2,\) instead"),
        ({"x": np.zeros((0, 2)), "y": []}, r"X must be examples .* Got \(0, 2\) instead"),
        ({"x": np.zeros((40, 3))}, r"X must be examples .* Got \(40, 3\) instead"),
        ({"y": Y[:-1]}, r"X and y must have the same length\. Got 40 and 39 instead"),
        ({"y": Y[:, None, None] * [[1, 1]]}, r"y must .* Got \(40, 1, 2\) instead: flatten"),
        ({"y": np.ones((40, 2))}, r"y must have one class for each example\. Got multi-label"),
        ({"model": Logits()}, r"must predict probabilities or classes\. Got numbers from -"),
        ({"model": lambda points: points[:, 0] * np.nan}, r"must predict probabilities or classes"),
        (
            {"model": lambda points: np.eye(3, dtype=int)[np.ones(len(points), int)], "y": THREE},
            r"must predict probabilities or classes",
        ),
        ({"model": lambda points: np.full(len(points), 2)}, r"must predict .*classes.* Got .*2"),
        ({"model": lambda points: points[:, 0] > 0, "y": np.array(["a", "b"])[Y]}, r"must predict"),
        ({"y": THREE}, r"class.* Got .* instead"),  # of which the model knows two
        ({"model": 5}, r"the model must predict, or be a function\. Got 5 instead"),
        (
            {"model": lambda points: right_half(points)[:-1]},
            r"one prediction for each of 400 points\. Got an array of shape \(399,\) instead",
        ),
        (
            {"model": lambda points: np.ones((len(points), 2, 2))},
            r"one prediction for each of 400 points\. Got an array of shape \(400, 2, 2\) instead",
        ),
        (
            {"model": lambda points: 0.5},
            r"one prediction for each of 400 points\. Got .*\(\) instead",
        ),
        ({"hidden_lines": True}, r"must be given by layer sizes, .* Got <function"),
        ({"hidden_lines": "yes"}, r"hidden_lines must be True or False\. Got 'yes' instead"),
        ({"colorbar": "no"}, r"colorbar must be True or False\. Got 'no' instead"),
        ({"fill": "shade"}, r"fill must be one of probability, class\. Got 'shade' instead"),
        ({"resolution": 1}, r"resolution must be a whole number of at least 2\. Got 1 instead"),
        ({"resolution": 20.0}, r"resolution must be a whole number of at least 2\. Got 20\.0"),
        ({"frame": (0, 1, 0)}, r"frame must be left < right, bottom < top\. Got \(0, 1, 0\)"),
        ({"frame": (1, 0, 0, 1)}, r"frame must be left < right, bottom < top\. Got "),
        ({"frame": (0, 1, 2, 2)}, r"frame must be left < right, bottom < top\. Got "),
        ({"frame": (0, np.inf, 0, 1)}, r"each side of frame must be a number, finite\. Got inf"),
        ({"frame": (0, "1", 0, 1)}, r"each side of frame must be a number, finite\. Got '1'"),
        ({"frame": 5}, r"frame must be left < right, bottom < top\. Got 5 instead"),
    ],
)
def test_bad_arguments_give_the_rule_and_the_value_and_draw_nothing(options, message):
    with pytest.raises(ValueError, match=message):
        draw(**options)
    assert plt.get_fignums() == []


def diagonal(points):
    return special.expit(2 * points[:, 0] - points[:, 1] + 0.3)


def lines_of(ax):
    """Of each contour, its ends and whether it is the border between the classes."""
    found = [group for group in ax.collections if isinstance(group, mpl.contour.ContourSet)]
    ends = [np.concatenate([path.vertices for path in group.get_paths()]) for group in found]
    black = [to_hex(group.get_edgecolor()[0]) == "#000000" for group in found]
    return list(zip(ends, black, strict=True))


def test_lines_are_where_the_second_class_has_the_probabilities_asked_for():
    levels = [0.9, 0.01, 0.25, 0.75]
    ax = draw(diagonal, levels=levels, frame=FRAME, resolution=60)
    drawn = [ends for ends, black in lines_of(ax) if not black]
    for ends, level in zip(drawn, sorted(levels), strict=True):
        assert len(ends) > 10
        np.testing.assert_allclose(diagonal(ends), level, rtol=0.02)
    assert sum(black for _, black in lines_of(ax)) == 1  # the border is drawn as well
    widths = [g.get_linewidth()[0] for g in ax.collections if hasattr(g, "levels")]
    assert max(widths[1:]) < widths[0]


def test_each_line_has_its_number_on_it():
    levels = (0.01, 0.25, 0.5, 0.75, 0.995)
    ax = draw(diagonal, levels=levels, frame=FRAME)
    assert [text.get_text() for text in ax.texts] == ["0.01", "0.25", "0.5", "0.75", "0.995"]
    places = np.array([text.get_position() for text in ax.texts])
    np.testing.assert_allclose(special.logit(diagonal(places)), special.logit(levels), atol=0.02)
    left, right, bottom, top = FRAME
    assert ((places >= (left, bottom)) & (places <= (right, top))).all()


@pytest.mark.parametrize("count", [5, 9])
def test_numbers_of_levels_do_not_overlap(count):
    levels = np.linspace(0, 1, count + 2)[1:-1]
    ax = draw(diagonal, levels=levels, frame=FRAME)
    ax.get_figure().draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) == count
    assert not any(box.count_overlaps(boxes[:number]) for number, box in enumerate(boxes))


def test_a_probability_that_the_model_does_not_reach_has_no_line():
    ax = draw(lambda points: 0.4 + 0.2 * diagonal(points), levels=[0.1, 0.45, 0.9], frame=FRAME)
    assert [text.get_text() for text in ax.texts] == ["0.45"]
    assert sum(not black for _, black in lines_of(ax)) == 1
    ax = draw(lambda points: np.full(len(points), 0.3), levels=[0.3])
    assert not ax.texts and not lines_of(ax)


def test_a_level_given_twice_is_drawn_once_and_none_are_drawn_unasked():
    ax = draw(diagonal, levels=(0.3, 0.3), frame=FRAME)
    assert [text.get_text() for text in ax.texts] == ["0.3"]
    assert not draw(diagonal, frame=FRAME).texts
    assert not draw(diagonal, frame=FRAME, levels=[]).texts


@pytest.mark.parametrize("fill", ["probability", "class"])
@pytest.mark.parametrize("names", [[0, 1], ["no", "yes"]])
def test_levels_are_those_of_the_second_class_whatever_it_is_called(names, fill):
    ax = draw(diagonal, y=np.array(names)[Y], levels=[0.8], fill=fill, frame=FRAME)
    ((place, _),) = ([text.get_position(), text.get_text()] for text in ax.texts)
    assert diagonal(np.array([place]))[0] == pytest.approx(0.8, abs=0.01)


def test_a_step_from_class_to_class_has_straight_levels():
    ax = draw(lambda points: points[:, 0] > 0.5, levels=[0.1, 0.9], frame=FRAME, resolution=51)
    for ends, _ in lines_of(ax):
        np.testing.assert_allclose(ends[:, 0], 0.55, atol=0.06)  # between two columns of the grid
        assert np.ptp(ends[:, 0]) < 1e-9
    assert len(lines_of(ax)) == 3


@pytest.mark.parametrize(
    ("model", "y", "names"),
    [
        (right_half, Y, ("shirt", "boot")),
        (right_half, np.array(["a", "b"])[Y], ["shirt", "boot"]),
        (thirds, THREE, ("cat", "dog", "owl")),
        (thirds, np.where(Y, 2, 0), np.array(["cat", "dog", "owl"])),
    ],
)
def test_classes_have_the_names_that_are_given(model, y, names):
    ax = draw(model, y=y, class_names=names)
    own = [name for name, label in zip(names, np.unique([*y]), strict=False) if label in y]
    if len(names) == 3:
        own = list(names)  # also of a class without examples
        legend = [text.get_text() for text in ax.get_legend().get_texts()]
        assert legend == own
    else:
        (bar,) = (axes for axes in ax.get_figure().axes if axes is not ax)
        assert bar.get_ylabel() == f"probability of class {names[1]}"
    assert list(markers(ax)) == [name for name in own if name != "dog" or 1 in y]


@pytest.mark.parametrize(
    ("count", "size"), [(1, 28), (40, 28), (400, 28), (800, 14), (1600, 7), (20_000, 7)]
)
def test_where_there_are_many_examples_they_are_small(count, size):
    rng = np.random.default_rng(0)
    ax = draw(x=rng.normal(size=(count, 2)), y=np.arange(count) % 2)
    groups = [group for group in ax.collections if str(group.get_label()) in "01"]
    assert sum(len(group.get_offsets()) for group in groups) == count
    for group in groups:
        np.testing.assert_allclose(group.get_sizes(), size)
        assert 0 < group.get_linewidth()[0] <= 0.6
        assert group.get_linewidth()[0] / np.sqrt(size) < 0.6 / np.sqrt(28) + 1e-9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"levels": [0]}, r"each of levels must be positive\. Got 0 instead"),
        ({"levels": [-0.1, 0.5]}, r"each of levels must be positive\. Got -0\.1 instead"),
        ({"levels": [0.5, 1.0]}, r"levels must be a number, below 1\. Got 1\.0 instead"),
        ({"levels": [np.nan]}, r"each of levels must be a number, finite\. Got nan instead"),
        ({"levels": ["0.5"]}, r"each of levels must be a number, finite\. Got '0\.5' instead"),
        (
            {"levels": [0.5], "model": thirds, "y": THREE},
            r"levels are for two classes\. Got 3 instead",
        ),
        (
            {"class_names": ["a"]},
            r"must have the same length\. Got 1 and 2 instead",
        ),
        (
            {"class_names": "ab", "model": thirds, "y": THREE},
            r"class_names must be a list of strings\. Got 'ab' instead",
        ),
    ],
)
def test_levels_and_names_that_do_not_fit_are_refused_and_nothing_drawn(options, message):
    with pytest.raises(ValueError, match=message):
        draw(**options)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    "form", [lambda y: y[:, None], lambda y: np.eye(2)[y], lambda y: y == 1, lambda y: 1.0 * y]
)
def test_labels_of_every_form_give_the_same_figure(form):
    plain, other = draw(right_half, frame=FRAME), draw(right_half, y=form(Y), frame=FRAME)
    assert list(markers(plain)) == list(markers(other)) == ["0", "1"]
    for name, group in markers(plain).items():
        np.testing.assert_array_equal(group.get_offsets(), markers(other)[name].get_offsets())


@pytest.mark.parametrize("labels", [(-1, 1), (-1.0, 1.0), (1, 2), (3.0, 8.0)])
@pytest.mark.parametrize("dtype", [int, float])
def test_a_function_may_return_any_two_labels(labels, dtype):
    low, high = labels

    def model(points):
        return np.where(points[:, 0] > 0.5, high, low).astype(dtype)

    ax = draw(model, y=np.where(Y, high, low), frame=FRAME)
    expected = draw(lambda points: points[:, 0] > 0.5, frame=FRAME)
    np.testing.assert_array_equal(ax.images[0].get_array(), expected.images[0].get_array())
    assert list(markers(ax)) == [str(int(low)), str(int(high))]


def test_logits_are_drawn_as_probabilities_if_they_are_said_to_be_logits():
    def one(points):
        return special.logit(diagonal(points))[:, None]

    def three(points):
        return np.log(thirds(points))

    for logits, model, y in ((one, diagonal, Y), (three, thirds, THREE)):
        drawn, expected = (
            draw(logits, y=y, frame=FRAME, from_logits=True),
            draw(model, y=y, frame=FRAME),
        )
        np.testing.assert_allclose(
            drawn.images[0].get_array(), expected.images[0].get_array(), atol=1e-4
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_model_gets_points_of_the_dtype_of_the_examples(dtype):
    from sklearn.cluster import KMeans

    x = np.asarray(X, dtype)
    model = KMeans(3, n_init=1, random_state=0).fit(x)
    draw(model, x=x, y=model.labels_)
