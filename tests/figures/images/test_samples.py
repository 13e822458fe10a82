import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse import plot_samples
from mlcourse.figures import plot_probabilities
from mlcourse.figures._shared.style import BLUE, RED

NAMES = ("cat", "dog", "owl")


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.mark.parametrize("shape", [(6, 8, 8), (6, 8, 8, 3)])
def test_samples_stand_in_rows_under_their_classes(shape):
    x = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    figure = plot_samples(x, [0, 1, 2, 0, 1, 2], 2, 3, class_names=NAMES, title="Pets")
    assert [axes.get_title() for axes in figure.axes] == [*NAMES, *NAMES]
    assert figure.get_suptitle() == "Pets"
    for axes, image in zip(figure.axes, x, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), image)


@pytest.mark.parametrize("y", [[2, 0, 1], [[2], [0], [1]], np.eye(3)[[2, 0, 1]]])
def test_labels_may_be_numbers_in_one_column_or_ones_among_zeros(y):
    figure = plot_samples(np.zeros((3, 4, 4)), y, 1, 3, class_names=["cat", "dog", "frog"])
    assert [axes.get_title() for axes in figure.axes] == ["frog", "cat", "dog"]


@pytest.mark.parametrize(
    ("x", "got"),
    [
        (np.full((1, 4, 4, 3), -1.0), r"uint8, or in \[0, 1\]\. Got float64 from -1 to -1"),
        (np.zeros((1, 4, 4, 2)), r"1 or 3 channels last\. Got \(1, 4, 4, 2\) instead"),
    ],
)
def test_what_cannot_be_shown_as_it_is_is_refused(x, got):
    with pytest.raises(ValueError, match=got):
        plot_samples(x, [0], 1, 1)


def test_samples_fill_a_given_figure():
    figure = plt.figure()
    assert plot_samples(np.zeros((1, 4, 4)), [0], 1, 1, fig=figure) is figure


def test_too_few_samples_or_labels_are_refused():
    with pytest.raises(ValueError, match=r"images, for 2 x 3 Axes, must be .* 6\. Got 5"):
        plot_samples(np.zeros((5, 4, 4)), [0] * 5, 2, 3)
    with pytest.raises(
        ValueError, match=r"x and y must have the same length\. Got 6 and 5 instead"
    ):
        plot_samples(np.zeros((6, 4, 4)), [0] * 5, 2, 3)
    with pytest.raises(ValueError, match=r"rows must be a whole number of at least 1\. Got 0"):
        plot_samples(np.zeros((6, 4, 4)), [0] * 6, 0, 3)


@pytest.mark.parametrize(("label", "color"), [(1, BLUE), (2, RED), (None, BLUE)])
def test_probabilities_are_bars_and_a_wrong_answer_is_red(label, color):
    figure = plot_probabilities(
        np.zeros((4, 4)), [0.2, 0.7, 0.1], class_names=NAMES, label=label, title="T"
    )
    left, right = figure.axes
    bars = right.containers[0]
    assert [bar.get_width() for bar in bars] == [0.2, 0.7, 0.1]
    assert [text.get_text() for text in right.get_yticklabels()] == list(NAMES)
    assert plt.matplotlib.colors.to_hex(bars[1].get_facecolor()).upper() == color
    assert left.get_title() == ("" if label is None else f"true class: {NAMES[label]}")


@pytest.mark.parametrize(("image", "white"), [(np.full((2, 2), 60, np.uint8), 255), (np.eye(2), 1)])
def test_black_is_0_and_white_is_the_most_there_can_be(image, white):
    figure = plot_samples(image[None], [0], 1, 1)
    assert figure.axes[0].images[0].get_clim() == (0, white)


@pytest.mark.parametrize("label", [3, -1])
def test_a_label_has_a_name(label):
    with pytest.raises(ValueError, match=rf"y must hold whole numbers from 0 to 2, .* Got {label}"):
        plot_samples(np.zeros((1, 2, 2)), [label], 1, 1, class_names=NAMES)
    assert plt.get_fignums() == []


@pytest.mark.parametrize("dtype", [bool, np.int64, np.float32])
@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_a_picture_of_zeros_and_ones_is_black_and_white_whatever_their_type(dtype, channels):
    x = np.ones((1, 2, 2, *channels), dtype)
    x[0, 0] = 0
    (axes,) = plot_samples(x, [0], 1, 1).axes
    rgba = axes.images[0].make_image(None, unsampled=True)[0]
    assert (rgba[0, :, :3] == 0).all() and (rgba[1, :, :3] == 255).all()


def test_there_is_a_probability_for_each_class():
    with pytest.raises(ValueError, match=r"probabilities and class_names .* Got 2 and 3 instead"):
        plot_probabilities(np.zeros((4, 4)), [0.5, 0.5], class_names=NAMES)
