import numpy as np
import pytest
from sklearn.decomposition import PCA

from mlcourse.figures.evaluation.neighbors import nearest, plot_neighbors
from mlcourse.interactive import embedding
from tests.interactive.images import drawn, read, shown

RNG = np.random.default_rng(0)
Y = np.tile([0, 1, 1], 12)
PICTURES = RNG.integers(0, 256, (36, 5, 5), np.uint8)
PLACES, WIDE = RNG.normal(size=(36, 2)), RNG.normal(size=(36, 7))
NAMES = ("8", "3")


def explorer(outputs=PLACES, **options):
    return embedding(PICTURES, Y, outputs, class_names=NAMES, title="Digits", **options)


def star(figure):
    (line,) = [line for line in figure.axes[0].lines if line.get_marker() == "*"]
    return line.get_xydata()[0]


@pytest.mark.parametrize(("label", "example", "number"), [("any", 5, 5), (0, 2, 6), (1, 3, 5)])
def test_the_slider_goes_through_the_examples_of_the_class(label, example, number):
    explored = explorer()
    explored.set(label=label, example=example)
    np.testing.assert_array_equal(star(explored.figure), PLACES[number])
    np.testing.assert_array_equal(explored.figure.axes[1].images[0].get_array(), PICTURES[number])
    title = f"example {number}: {NAMES[Y[number]]}"
    assert explored.figure.axes[1].get_title() == title

    def draw(figure):
        options = {"class_names": NAMES, "title": "Digits", "fig": figure}
        plot_neighbors(PICTURES, Y, PLACES, number, **options)

    np.testing.assert_array_equal(shown(explored), drawn(draw, (10.5, 5)))


def test_the_slider_ends_with_the_examples_of_the_class():
    explored = explorer()
    assert explored.controls["example"].max == 35
    explored.set(example=35)
    explored.controls["label"].value = 0
    assert explored.controls["example"].max == 11
    assert explored.values == {"label": 0, "example": 11}
    np.testing.assert_array_equal(star(explored.figure), PLACES[33])
    assert not explored.error_message
    explored.controls["label"].label = "any"
    assert explored.controls["example"].max == 35


def test_a_class_with_fewer_examples_is_drawn_once(monkeypatch):
    explored, drawn = explorer(), []
    explored.set(example=35)
    draw = explored._draw
    monkeypatch.setattr(explored, "_draw", lambda *a, **kw: drawn.append(kw) or draw(*a, **kw))
    explored.controls["label"].value = 0
    assert drawn == [{"label": 0, "example": 11}]


def test_a_page_has_the_examples_that_the_chosen_class_has(monkeypatch):
    explored = embedding(PICTURES[:6], Y[:6], PLACES[:6])
    explored.set(label=0, example=1)
    monkeypatch.setenv("MLCOURSE_INTERACTIVE", "prerender")
    page = explored._repr_mimebundle_()["text/html"]
    assert '<input type="range" min="0" max="1" value="1"' in page


def test_the_neighbours_are_the_nearest_by_all_outputs():
    explored = explorer(WIDE)
    explored.set(example=4)
    distances = np.linalg.norm(WIDE - WIDE[4], axis=1)
    order = np.argsort(distances)[1:7]
    for axes, number in zip(explored.figure.axes[2:], order, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), PICTURES[number])
        assert axes.get_title() == NAMES[Y[number]]


def test_more_than_two_outputs_are_drawn_by_their_principal_components():
    explored = explorer(WIDE)
    components = PCA(2, random_state=0).fit(WIDE)
    np.testing.assert_allclose(star(explored.figure), components.transform(WIDE)[0])
    share = components.explained_variance_ratio_[0]
    label = f"component 1 ({share:.0%} of the variance)"
    assert explored.figure.axes[0].get_xlabel() == label


def test_an_example_is_not_its_own_neighbour():
    assert nearest([[1.0], [1.0], [1.0]], 1, 5).tolist() == [0, 2]


def test_each_class_has_a_marker_of_its_own():
    first, second = explorer().figure.axes[0].collections
    assert not np.array_equal(first.get_paths()[0].vertices, second.get_paths()[0].vertices)


def test_words_do_not_overlap():
    figure = explorer().figure
    boxes = [axes.title.get_window_extent() for axes in figure.axes[1:]]
    for i, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[i + 1 :])


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (PLACES[:-1], "x and embeddings must have the same length. Got 36 and 35 instead"),
        (PLACES[:, :1], r"outputs must be of shape \(n, units\), with two .* Got \(36, 1\)"),
        (np.full((36, 2), np.nan), "outputs must be finite"),
    ],
)
def test_outputs_that_do_not_fit_are_refused(outputs, message):
    with pytest.raises(ValueError, match=message):
        explorer(outputs)


def test_the_image_widget_has_a_thumbnail_at_each_point_and_a_click_selects_it():
    explored = explorer()
    image = explored.image
    tiles = read(image.thumbnails)[..., 0]
    assert image.thumbnail_columns == 6 and tiles.shape == (30, 30)
    np.testing.assert_array_equal(tiles[5:10, 10:15], PICTURES[8])  # row 1, column 2
    axes = explored.figure.axes[0]
    expected = axes.transData.transform(PLACES) * (1, -1) + (0, explored.figure.bbox.height)
    np.testing.assert_allclose(image.points, expected, atol=0.06)
    image.clicked = [image.points[9][0] + 1, image.points[9][1]]
    assert explored.values == {"label": "any", "example": 9}
    image.clicked = [0.0, 0.0]
    assert explored.values == {"label": "any", "example": 9}
