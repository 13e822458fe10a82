import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from scipy import special

from mlcourse.figures import plot_digit_prediction
from mlcourse.figures._shared.style import CYCLE, PROBABILITIES

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(60, 2)) + np.repeat([[0.0, 0.0], [3.0, 2.0]], 30, axis=0)
Y = np.repeat([0, 1], 30)
IMAGE = RNG.integers(0, 256, (28, 28), np.uint8)
MODELS = {
    "embedding": lambda x: np.array([[0.83]]),
    "logistic regression": lambda x: np.array([[0.31]]),
    "large network": lambda x: np.array([[0.9996]]),
}


def head(places):
    return special.expit(2 * places[:, :1] + places[:, 1:] - 4)


def place(x):
    return np.array([[1.5, -0.5]])


def draw(image=IMAGE, models=MODELS, encoder=place, points=POINTS, y=Y, **options):
    return plot_digit_prediction(image, models, encoder, head, points, y, **options)


def bars(ax):
    """The parts of each model's bar, from top to bottom: (start, width, color)."""
    rows = {}
    for bar in ax.patches:
        rows.setdefault(round(bar.get_y() + bar.get_height() / 2), []).append(
            (bar.get_x(), bar.get_width(), bar.get_facecolor())
        )
    return [rows[row] for row in sorted(rows)]


def star(ax):
    (found,) = [line for line in ax.lines if line.get_marker() == "*"]
    return np.ravel(found.get_data())


def test_the_digit_stands_beside_the_answers_and_the_embedding():
    figure = draw(title="A digit of my own")
    left, middle, right = figure.axes
    np.testing.assert_array_equal(left.images[0].get_array(), IMAGE)
    assert figure.get_suptitle() == "A digit of my own"
    figure.draw_without_rendering()
    places = [ax.get_position() for ax in (left, middle, right)]
    assert places[0].x1 < places[1].x0 and places[1].x1 < places[2].x0


def test_each_model_has_a_bar_that_its_probabilities_share():
    _, middle, _ = draw().axes
    found = bars(middle)
    for parts, p in zip(found, (0.83, 0.31, 0.9996), strict=True):
        (first, one, blue), (second, two, red) = parts
        assert one + two == pytest.approx(1)
        assert (one, two) == (pytest.approx(1 - p), pytest.approx(p))
        assert (first, second) == (0, pytest.approx(1 - p))
        np.testing.assert_allclose([blue, red], PROBABILITIES([0.0, 1.0]))
    assert middle.get_xlim() == (0, 1)
    bottom, top = middle.get_ylim()
    assert bottom > top  # the first model is the upper one


@pytest.mark.parametrize("class_names", [("0", "1"), ("3", "8"), ("sandal", "ankle boot")])
def test_texts_name_the_likelier_class_and_how_likely_it_is(class_names):
    first, second = class_names
    _, middle, _ = draw(class_names=class_names).axes
    assert [text.get_text() for text in middle.texts] == [
        f"embedding: {second} (83.0%)",
        f"logistic regression: {first} (69.0%)",
        f"large network: {second} (100.0%)",
    ]
    assert middle.get_xlabel() == f"probability of {first} | {second}"


def test_texts_stand_above_their_bars_in_the_figure():
    figure = draw(title="A digit")
    figure.draw_without_rendering()
    _, middle, _ = figure.axes
    boxes = [text.get_window_extent() for text in middle.texts]
    for number, box in enumerate(boxes):
        bar = middle.patches[2 * number].get_window_extent()
        assert bar.y1 <= box.y0 + 1 and box.y0 - bar.y1 < bar.height / 2
        assert middle.bbox.x0 <= box.x0 and box.x1 <= middle.bbox.x1
        others = [patch.get_window_extent() for patch in middle.patches]
        assert not box.count_overlaps(others)


@pytest.mark.parametrize(
    "answer",
    [
        np.array([[0.25]], np.float32),
        np.array([[0.25]]),
        np.array([0.25]),
        [[0.25]],
        np.array([[0.75, 0.25]]),
    ],
)
def test_a_model_may_answer_with_any_array_of_one_number(answer):
    _, middle, _ = draw(models={"one": lambda x: answer}).axes
    assert [width for _, width, _ in bars(middle)[0]] == [0.75, 0.25]
    assert middle.texts[0].get_text() == "one: 0 (75.0%)"


@pytest.mark.parametrize("spot", [(1.5, -0.5), (0.0, 0.0), (80.0, -3.0), (-9.0, 500.0)])
def test_the_star_is_where_the_encoder_puts_the_digit_and_within_the_frame(spot):
    _, _, right = draw(encoder=lambda x: np.array([spot])).axes
    np.testing.assert_allclose(star(right), spot)
    (left_side, right_side), (bottom, top) = right.get_xlim(), right.get_ylim()
    for x, y in (spot, *POINTS):
        assert left_side < x < right_side and bottom < y < top
    assert tuple(right.images[0].get_extent()) == (left_side, right_side, bottom, top)
    drawn = [c.get_offsets() for c in right.collections if c.get_label() in ("0", "1")]
    np.testing.assert_allclose(np.concatenate(drawn), POINTS)


def test_the_star_stands_above_the_examples():
    _, _, right = draw().axes
    (line,) = [line for line in right.lines if line.get_marker() == "*"]
    assert line.get_zorder() > max(c.get_zorder() for c in right.collections)


def test_the_map_is_the_head_s_and_its_examples_have_their_classes_names():
    _, _, right = draw(class_names=("shirt", "boot")).axes
    texts = [text.get_text() for text in right.get_legend().get_texts()]
    assert texts == ["shirt", "boot", "this digit"]
    groups = {c.get_label(): c for c in right.collections if c.get_label() in ("shirt", "boot")}
    for number, group in enumerate(groups.values()):
        np.testing.assert_allclose(group.get_offsets(), POINTS[number == Y])
        expected = mpl.colors.to_rgba(CYCLE[number])
        np.testing.assert_allclose(group.get_facecolor()[0], expected)
    (image,) = right.images
    left_side, right_side, bottom, top = image.get_extent()
    colors = image.get_array()
    corners = np.array([[left_side, bottom], [right_side, bottom], [left_side, top]])
    expected = PROBABILITIES(head(corners)[:, 0])
    np.testing.assert_allclose(colors[[0, 0, -1], [0, -1, 0]], expected, atol=1e-4)


@pytest.mark.parametrize("image", [IMAGE, IMAGE / 255, (IMAGE / 255).astype(np.float32)])
def test_models_and_encoder_are_asked_about_pixels_from_0_to_1(image):
    asked = []

    def model(x):
        asked.append(x)
        return np.array([[x[0, 5]]])

    def encoder(x):
        asked.append(x)
        return x[:, :2]

    figure = draw(image, {"one": model, "two": model}, encoder)
    assert len(asked) == 3
    for x in asked:
        np.testing.assert_allclose(x, IMAGE.reshape(1, -1) / 255, atol=1e-6)
    left, middle, right = figure.axes
    assert left.images[0].get_clim() == (0, 255 if image.dtype == np.uint8 else 1)
    p = IMAGE[0, 5] / 255
    assert [width for _, width, _ in bars(middle)[0]] == pytest.approx([1 - p, p])
    np.testing.assert_allclose(star(right), IMAGE[0, :2] / 255, atol=1e-6)


def test_a_given_figure_or_a_part_of_one_is_filled():
    figure = plt.figure(figsize=(12, 9), layout="constrained")
    upper, lower = figure.subfigures(2, 1)
    assert draw(fig=lower) is lower
    assert len(lower.axes) == 3 and not upper.axes
    assert plt.get_fignums() == [figure.number]
    figure.canvas.draw()


def test_many_points_are_drawn_without_a_warning():
    points = RNG.normal(size=(12_000, 2))
    draw(points=points, y=np.arange(12_000) % 2).canvas.draw()


def test_settings_and_arrays_are_left_alone():
    before, image, points = dict(mpl.rcParams), IMAGE.copy(), POINTS.copy()
    draw()
    assert dict(mpl.rcParams) == before
    np.testing.assert_array_equal(IMAGE, image)
    np.testing.assert_array_equal(POINTS, points)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"y": Y[:-1]}, r"must have the same length\. Got 60 and 59 instead"),
        ({"y": np.ones((60, 2))}, r"y must have one class for each example\. Got multi-label"),
        ({"y": np.arange(60) % 3}, r"y must have the 2 classes of the model\. Got \[0, 1, 2\]"),
        ({"points": POINTS[:, :1]}, "dimension|shape"),
        ({"points": np.zeros((60, 3))}, "dimension|shape"),
        ({"encoder": lambda x: np.zeros((1, 3))}, "dimension|shape"),
        ({"encoder": lambda x: np.full((1, 2), np.nan)}, r"finite\. Got .*nan"),
        (
            {"class_names": ("a", "b", "c")},
            r"class_names and the two classes .* Got 3 and 2 instead",
        ),
    ],
)
def test_what_does_not_fit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        draw(**options)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([[7.0]], "must predict probabilities or classes.* Got numbers from -6 to 7"),
        ([[np.nan]], "must predict probabilities or classes"),
        ([[0.2], [0.4]], r"one prediction for each of 1 points.* Got an array of shape \(2, 1\)"),
        ([[0.5, 0.9]], "must have the sum 1"),
    ],
)
def test_an_answer_that_is_no_probability_is_refused(answer, message):
    with pytest.raises(ValueError, match=message):
        draw(models={"one": lambda x: np.array(answer)})
    assert not plt.get_fignums()
