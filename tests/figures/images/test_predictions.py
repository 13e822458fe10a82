import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.figures.images.predictions import plot_predictions

NAMES = ("cat", "dog", "owl")
CIFAR = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def five():
    """Return images, labels and predictions, of which 1 and 3 are wrong."""
    x = np.arange(5.0)[:, None, None] / 5 + np.zeros((1, 4, 4))
    predictions = np.eye(3)[[0, 0, 2, 1, 1]] * 0.7 + 0.1
    return x, np.array([0, 1, 2, 0, 1]), predictions


def words(figure):
    """Return the true classes above the images and the predicted classes below them."""
    (axes,) = figure.axes
    found = [text.get_text() for text in axes.texts]
    return found[0::2], found[1::2]


def places(figure):
    """Return the left, right, lower and upper edges of the images."""
    return [image.get_extent() for image in figure.axes[0].images]


def test_each_picture_is_between_its_class_and_the_answer():
    x, y, predictions = five()
    figure = plot_predictions(x, y, predictions, rows=2, cols=2, class_names=NAMES, title="Pets")
    assert words(figure) == (["cat", "dog", "owl", "cat"], ["✓ cat", "✗ cat", "✓ owl", "✗ dog"])
    (axes,) = figure.axes
    above, below = axes.texts[0::2], axes.texts[1::2]
    for number, (left, right, lower, upper) in enumerate(places(figure)):
        np.testing.assert_array_equal(axes.images[number].get_array(), x[number])
        for text in (above[number], below[number]):
            assert text.get_position()[0] == pytest.approx((left + right) / 2)
        assert above[number].get_position()[1] < upper < lower < below[number].get_position()[1]
    assert figure.get_suptitle().splitlines()[0] == "Pets: 2 of 4 are right"


def test_pictures_stand_in_rows_from_the_upper_left():
    corners = [
        (left, upper) for left, _, _, upper in places(plot_predictions(*five(), rows=2, cols=3))
    ]
    assert corners[:3] == sorted(corners[:3])
    assert len({upper for _, upper in corners[:3]}) == 1
    assert corners[3][0] == corners[0][0]
    assert corners[3][1] > corners[0][1]


def test_what_is_wrong_has_a_frame():
    figure = plot_predictions(*five(), rows=1, cols=5)
    (frames,) = figure.axes[0].collections
    edges = [path.get_extents() for path in frames.get_paths()]
    expected = [places(figure)[number] for number in (1, 3)]
    found = [(box.x0, box.x1, box.y1, box.y0) for box in edges]
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("form", ["column", "one-hot"])
def test_whatever_form_classes_and_answers_have(form):
    x, y, predictions = five()
    if form == "column":
        figure = plot_predictions(x, y[:, None], predictions.argmax(axis=1), rows=1, cols=5)
    else:
        figure = plot_predictions(x, np.eye(3)[y], predictions, rows=1, cols=5)
    assert words(figure)[1] == ["✓ 0", "✗ 0", "✓ 2", "✗ 1", "✓ 1"]


def test_places_without_a_picture_stay_empty():
    figure = plot_predictions(*five())
    assert len(figure.axes[0].images) == 5
    assert not figure.axes[0].axison
    assert figure.get_suptitle().startswith("3 of 5 are right")


@pytest.mark.parametrize("shape", [(3, 4, 4), (3, 4, 4, 1), (3, 4, 4, 3)])
def test_pictures_are_grey_or_colored(shape):
    x = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    figure = plot_predictions(x, [0, 1, 1], [0.2, 0.9, 0.1], rows=1, cols=3)
    np.testing.assert_array_equal(figure.axes[0].images[1].get_array(), x[1].squeeze())


@pytest.mark.parametrize("shape", [(2, 8, 4), (2, 4, 8), (2, 4, 4, 3)])
def test_a_pixel_is_as_wide_as_it_is_high(shape):
    figure = plot_predictions(np.zeros(shape), [0, 1], [0.1, 0.9], rows=1, cols=2)
    figure.draw_without_rendering()
    for image in figure.axes[0].images:
        box = image.get_window_extent()
        assert box.width / box.height == pytest.approx(shape[2] / shape[1])


LONG = ["a class of many words that continues", "Kraftfahrzeughaftpflichtversicherung", "cat"]


@pytest.mark.parametrize("layout", ["constrained", "none"])
@pytest.mark.parametrize(
    ("rows", "cols", "names"), [(10, 10, CIFAR), (2, 3, CIFAR), (3, 4, LONG), (1, 1, LONG)]
)
def test_no_words_touch_each_other_or_the_edge(rows, cols, names, layout):
    rng = np.random.default_rng(0)
    n = rows * cols
    y, predictions = rng.integers(0, len(names), n), rng.dirichlet(np.ones(len(names)), n)
    with plt.rc_context({"figure.constrained_layout.use": layout == "constrained"}):
        figure = plot_predictions(
            np.zeros((n, 8, 8)),
            y,
            predictions,
            rows=rows,
            cols=cols,
            class_names=names,
            title="CIFAR-10",
        )
        figure.draw_without_rendering()
    texts = [*figure.axes[0].texts, figure._suptitle]
    assert min(text.get_fontsize() for text in texts) >= 10
    boxes = [text.get_window_extent() for text in texts]
    pictures = [image.get_window_extent() for image in figure.axes[0].images]
    assert len(pictures) == n
    for number, box in enumerate(boxes):
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height
        assert not any(box.overlaps(other) for other in boxes[number + 1 :] + pictures)


def test_it_fills_a_given_figure_or_a_part_of_one():
    figure = plt.figure(figsize=(6, 6), layout="constrained")
    assert plot_predictions(*five(), rows=2, cols=3, fig=figure) is figure
    figure.draw_without_rendering()
    part = plt.figure(figsize=(8, 8), layout="constrained").subfigures(1, 2)[1]
    assert plot_predictions(*five(), rows=2, cols=3, fig=part) is part
    part.figure.draw_without_rendering()
    boxes = [image.get_window_extent() for image in part.axes[0].images]
    assert len(boxes) == 5
    assert all(part.bbox.x0 <= box.x0 < box.x1 <= part.bbox.x1 for box in boxes)


def test_what_does_not_fit_is_refused_and_leaves_no_figure():
    x, y, predictions = five()
    for arguments, message in (
        ((x[:4], y, predictions), r"x and y_pred must have the same length\. Got 4 and 5"),
        ((x, y[:4], predictions), r"y_true and y_pred must have the same length\. Got 4 and 5"),
        ((x, 2 * y, predictions), r"y_true must hold whole numbers from 0 to 2, .* Got 4 instead"),
        ((x.reshape(5, 16), y, predictions), r"x must be of shape \(n, height, .* Got \(5, 16\)"),
        ((x * 255, y, predictions), r"x must be uint8, or in \[0, 1\]\. Got float64 from 0 to 204"),
        ((x * np.nan, y, predictions), r"x must be uint8, or in \[0, 1\]\. Got float64 from nan"),
    ):
        with pytest.raises(ValueError, match=message):
            plot_predictions(*arguments)
    with pytest.raises(ValueError, match=r"rows must be a whole number of at least 1\. Got 0"):
        plot_predictions(x, y, predictions, rows=0, cols=3)
    with pytest.raises(ValueError, match=r"y_pred must be of shape \(n, 2\)\. Got \(5, 3\)"):
        plot_predictions(x, y, predictions, class_names=NAMES[:2])
    assert plt.get_fignums() == []
