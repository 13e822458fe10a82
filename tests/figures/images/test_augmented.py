import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.figures.images.samples import plot_augmented

IMAGE = np.random.default_rng(0).random((8, 8, 3))


def images(figure):
    return [axes.images[0].get_array() for axes in figure.axes]


@pytest.mark.parametrize("image", [IMAGE, IMAGE[..., 0], (255 * IMAGE).astype(np.uint8)])
def test_the_original_comes_first_and_is_framed(image):
    figure = plot_augmented(image, rows=2, cols=3, title="Noise")
    assert [axes.get_title("left") for axes in figure.axes] == ["original", *[""] * 5]
    assert [len(axes.patches) for axes in figure.axes] == [1, 0, 0, 0, 0, 0]
    assert figure.axes[0].patches[0].get_bbox().bounds == (-0.5, -0.5, 8, 8)
    np.testing.assert_array_equal(images(figure)[0], image)
    assert figure.get_suptitle() == "Noise"


def test_the_others_are_changed_each_in_its_own_way():
    first, *others = images(plot_augmented(IMAGE, rows=1, cols=5, cutout=3, seed=2))
    assert len({one.tobytes() for one in [first, *others]}) == 5
    assert all((one == 0).all(axis=2).sum() >= 2 for one in others)
    again = images(plot_augmented(IMAGE, rows=1, cols=5, cutout=3, seed=2))
    np.testing.assert_array_equal(again[1:], others)


def test_settings_are_those_of_augmentation():
    same = images(plot_augmented(IMAGE, rows=1, cols=3, flip=False, pad=0))
    for one in same:
        np.testing.assert_array_equal(one, IMAGE)


def test_a_sheet_fills_a_given_figure():
    figure = plt.figure()
    assert plot_augmented(IMAGE, rows=1, cols=2, fig=figure) is figure


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image": IMAGE[0, 0]}, r"image must be of shape .* Got \(3,\)"),
        ({"image": 2 * IMAGE}, r"must be uint8, or in \[0, 1\]\. Got float64 from"),
        ({"rows": 1, "cols": 1}, r"rows x cols, must be a whole number of at least 2\. Got 1"),
        ({"pad": 8}, r"pad must be a whole number from 0 to 7\. Got 8 instead"),
        ({"seed": -1}, r"seed must be a whole number of at least 0\. Got -1 instead"),
    ],
)
def test_what_cannot_be_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        plot_augmented(**{"image": IMAGE, **change})
