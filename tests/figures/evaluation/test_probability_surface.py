import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex
from mpl_toolkits.mplot3d import Axes3D
from mpl_toolkits.mplot3d.art3d import Path3DCollection
from scipy import special
from sklearn.linear_model import LogisticRegression

from mlcourse import plot_decision_boundary, plot_probability_surface
from mlcourse.figures._shared.style import CYCLE, PROBABILITIES

FRAME = (-2.0, 3.0, -1.0, 4.0)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2)) + np.repeat([[0.0, 0.0], [2.0, 2.0]], 20, axis=0)
Y = np.repeat([0, 1], 20)


def slope(points):
    return special.expit(2 * points[:, 0] - points[:, 1] - 0.5)


def thirds(points):
    return np.full((len(points), 3), 1 / 3)


def draw(model=slope, x=X, y=Y, ax=None, **options):
    return plot_probability_surface(model, x, y, **options, ax=ax)


@pytest.fixture
def surfaces(monkeypatch):
    """Return the data of Matplotlib's plot_surface, and the collections that it returns."""
    original, given = Axes3D.plot_surface, []

    def spy(self, x, y, z, **settings):
        given.append((x, y, z, original(self, x, y, z, **settings)))
        return given[-1][-1]

    monkeypatch.setattr(Axes3D, "plot_surface", spy)
    return given


def groups(ax):
    """The examples that are drawn of each class: x_1, x_2 and height, (n, 3)."""
    found = [c for c in ax.collections if isinstance(c, Path3DCollection)]
    return {c.get_label(): np.transpose(c._offsets3d) for c in found}


def in_order(colors):
    """Return the rows of an array, sorted: Matplotlib sorts faces by their depth."""
    return colors[np.lexsort(colors.T)]


def line(ax):
    """Return the points of the black line, (n, 3), or None."""
    found = [c for c in ax.collections if isinstance(c, mpl.contour.ContourSet)]
    if not found:
        return None
    (contour,) = found
    assert to_hex(contour.get_edgecolor()[0]) == "#000000"
    paths = np.concatenate([path.vertices for path in contour.get_paths()])
    return np.column_stack([paths, np.full(len(paths), contour.levels[0])])


@pytest.mark.parametrize("frame", [None, FRAME, np.array(FRAME)])
def test_heights_are_the_model_s_probabilities_on_the_whole_frame(frame, surfaces):
    draw(frame=frame)
    ((x, y, z, surface),) = surfaces
    assert min(z.shape) >= 50
    np.testing.assert_allclose(z, slope(np.stack([x, y], axis=1)), atol=1e-5)
    limits = x.min(), x.max(), y.min(), y.max()
    if frame is None:
        assert limits[0] < X[:, 0].min() < X[:, 0].max() < limits[1]
        assert limits[2] < X[:, 1].min() < X[:, 1].max() < limits[3]
    else:
        np.testing.assert_allclose(limits, FRAME)
    corners = np.stack([z[:-1, :-1], z[1:, :-1], z[:-1, 1:], z[1:, 1:]])
    faces = PROBABILITIES(corners.mean(axis=0).ravel())
    np.testing.assert_allclose(in_order(surface.get_facecolor()), in_order(faces), atol=0.01)


@pytest.mark.parametrize(
    "model",
    [
        slope,
        lambda points: slope(points)[:, None],
        lambda points: np.stack([1 - slope(points), slope(points)], axis=1),
        LogisticRegression().fit(X, Y),
    ],
)
def test_examples_lie_at_their_own_probability(model):
    ax = draw(model)
    expected = model.predict_proba(X)[:, 1] if hasattr(model, "predict_proba") else slope(X)
    assert list(groups(ax)) == ["0", "1"]
    for number, places in enumerate(groups(ax).values()):
        own = number == Y
        np.testing.assert_allclose(places[:, :2], X[own])
        np.testing.assert_allclose(places[:, 2], expected[own], atol=1e-6)


def test_a_model_that_predicts_classes_has_a_sheet_of_two_heights(surfaces):
    ax = draw(lambda points: points[:, 0] > 1)
    assert set(np.unique(surfaces[0][2])) == {0, 1}
    heights = np.concatenate(list(groups(ax).values()))
    np.testing.assert_array_equal(heights[:, 2], heights[:, 0] > 1)


def test_the_black_line_is_where_both_classes_are_as_likely():
    x_1, x_2, height = line(draw(frame=FRAME)).T
    assert len(height) > 10 and set(height) == {0.5}
    np.testing.assert_allclose(2 * x_1 - x_2, 0.5, atol=0.02)


@pytest.mark.parametrize("probability", [0.0, 0.2, 0.5, 1.0])
def test_where_neither_class_gives_way_there_is_no_line(probability):
    ax = draw(lambda points: np.full(len(points), probability))
    assert line(ax) is None
    assert ax.get_zlim() == (0, 1)
    ax.figure.canvas.draw()


@pytest.mark.parametrize(
    ("labels", "class_names", "expected"),
    [
        ([0, 1], None, ["0", "1"]),
        ([0, 1], ("shirt", "boot"), ["shirt", "boot"]),
        (["no", "yes"], None, ["no", "yes"]),
        (["a", "b"], ["first", "second"], ["first", "second"]),
        ([3, 8], None, ["3", "8"]),
    ],
)
def test_classes_are_named_in_the_legend_and_at_the_height(labels, class_names, expected):
    ax = draw(y=np.array(labels)[Y], class_names=class_names)
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == expected
    assert legend.get_title().get_text() == "class"
    assert ax.get_zlabel() == f"probability of {expected[1]}"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")
    assert [len(places) for places in groups(ax).values()] == [20, 20]


def test_classes_have_the_colors_and_markers_of_the_flat_picture():
    sheet = draw()
    flat = plot_decision_boundary(slope, X, Y, resolution=20)
    looks = []
    for ax in (sheet, flat):
        drawn = {str(c.get_label()): c for c in ax.collections if str(c.get_label()) in "01"}
        looks.append(
            [(to_hex(c.get_facecolor()[0]), len(c.get_paths()[0].vertices)) for c in drawn.values()]
        )
    assert looks[0] == looks[1]
    assert [color.upper() for color, _ in looks[0]] == list(CYCLE[:2])


@pytest.mark.parametrize(("most", "drawn"), [(1, 1), (7, 7), (39, 39), (40, 40), (400, 40)])
def test_so_many_examples_are_drawn_at_the_most(most, drawn):
    ax = draw(max_examples=most)
    places = np.concatenate(list(groups(ax).values()))
    assert len(places) == drawn
    assert {tuple(place) for place in places[:, :2]} <= {tuple(place) for place in X}
    assert len({tuple(place) for place in places}) == drawn  # none of them twice


def test_examples_are_taken_evenly_from_all():
    x = np.column_stack([np.arange(1000), np.arange(1000)]) / 1000
    ax = draw(x=x, y=np.repeat([0, 1], 500), max_examples=100)
    taken = np.sort(np.concatenate(list(groups(ax).values()))[:, 0]) * 1000
    assert taken[0] == 0 and taken[-1] == pytest.approx(999)
    gaps = np.diff(taken)
    assert gaps.min() > 9.5 and gaps.max() < 11.5


def test_400_examples_are_drawn_where_nothing_is_said():
    x = RNG.normal(size=(5000, 2))
    places = groups(draw(x=x, y=np.arange(5000) % 2)).values()
    assert sum(map(len, places)) == 400


def test_a_class_without_examples_is_in_the_legend_too():
    ax = draw(y=0 * Y)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0", "1"]
    assert [len(places) for places in groups(ax).values()] == [40, 0]


@pytest.mark.parametrize("model", [slope, LogisticRegression().fit(X, Y)])
def test_a_frame_without_examples_is_drawn_too(model):
    ax = draw(model, frame=(50, 51, 50, 51))
    assert [len(places) for places in groups(ax).values()] == [0, 0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0", "1"]
    ax.figure.canvas.draw()


def test_heights_go_from_0_to_1():
    for steepness in (0.01, 1, 100):
        ax = draw(lambda points, k=steepness: special.expit(k * points[:, 0]))
        assert ax.get_zlim() == (0, 1)


def test_examples_are_drawn_above_the_sheet():
    ax = draw()
    above = [c.get_zorder() for c in ax.collections if isinstance(c, Path3DCollection)]
    assert not ax.computed_zorder
    assert min(above) > max(
        c.get_zorder() for c in ax.collections if c.get_label() not in ("0", "1")
    )


def test_given_axes_are_drawn_in_and_settings_and_examples_left_alone():
    before, x, y = dict(mpl.rcParams), X.copy(), Y.copy()
    figure = plt.figure()
    left, right = (figure.add_subplot(1, 2, n, projection="3d") for n in (1, 2))
    assert draw(ax=right) is right
    assert not left.collections and right.collections
    assert plt.get_fignums() == [figure.number]
    assert dict(mpl.rcParams) == before
    np.testing.assert_array_equal(X, x)
    np.testing.assert_array_equal(Y, y)
    figure.canvas.draw()


def test_new_axes_are_in_a_figure_of_their_own():
    ax = draw()
    assert ax.name == "3d" and ax.figure.axes == [ax]
    assert tuple(ax.figure.get_size_inches()) == (7.5, 6)


@pytest.mark.parametrize("figsize", [(7.5, 6), (4, 3)])
def test_labels_are_within_the_figure(figsize):
    figure = plt.figure(figsize=figsize, layout="constrained")
    ax = draw(ax=figure.add_subplot(projection="3d"), class_names=("sandal", "ankle boot"))
    figure.canvas.draw()
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        box = axis.label.get_window_extent()
        assert figure.bbox.contains(box.x0, box.y0) and figure.bbox.contains(box.x1, box.y1)
    box = ax.get_legend().get_window_extent()
    assert figure.bbox.contains(box.x0, box.y0) and figure.bbox.contains(box.x1, box.y1)


def flat_axes():
    return plt.figure().add_subplot()


def test_flat_axes_are_refused():
    ax = flat_axes()
    with pytest.raises(ValueError, match=r"ax must be a 3-D Axes or None\. Got <Axes: > instead"):
        draw(ax=ax)
    assert not ax.collections


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"model": thirds, "y": np.arange(40) % 3},
            r"the model must have two classes\. Got 3 instead",
        ),
        (
            {"model": lambda points: np.zeros(len(points), int), "y": 0 * Y},
            r"the model must have two classes\. Got 1 instead",
        ),
        ({"x": X[:, :1]}, r"X must be examples of shape \(n, 2\).* Got \(40, 1\) instead"),
        ({"x": np.zeros((40, 3))}, r"X must be examples of shape \(n, 2\).* Got \(40, 3\)"),
        ({"x": X[0]}, r"X must be examples of shape \(n, 2\), all finite\. Got \(2,\) instead"),
        ({"x": np.zeros((0, 2)), "y": []}, r"X must be examples .* Got \(0, 2\) instead"),
        ({"x": X * np.nan}, r"X must be examples .* all finite\. Got NaN or infinity instead"),
        ({"y": Y[:-1]}, r"X and y must have the same length\. Got 40 and 39 instead"),
        ({"y": np.ones((40, 2))}, r"y must have one class for each example\. Got multi-label"),
        ({"y": np.arange(40) % 3}, r"y must have the 2 classes of the model\. Got \[0, 1, 2\]"),
        ({"model": lambda points: 9 * points[:, 0]}, r"must predict probabilities or classes"),
        ({"model": 5}, r"the model must predict, or be a function\. Got 5 instead"),
        ({"class_names": list("abc")}, r"class_names and the classes .* Got 3 and 2 instead"),
        ({"frame": (1, 0, 0, 1)}, r"frame must be left < right, bottom < top\. Got "),
        ({"max_examples": 0}, r"max_examples must be a whole number of at least 1\. Got 0 instead"),
        (
            {"max_examples": 2.5},
            r"max_examples must be a whole number of at least 1\. Got 2\.5 instead",
        ),
    ],
)
def test_what_has_no_sheet_is_refused_and_nothing_drawn(options, message):
    with pytest.raises(ValueError, match=message):
        draw(**options)
    assert plt.get_fignums() == []
