import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.figures._shared.style import WEIGHTS
from mlcourse.figures.images.feature_maps import plot_filters


def sheet(figure):
    (image,) = figure.axes[0].images
    return np.asarray(image.get_array())


def tile(figure, row, col, size):
    """The colors of a tile's weights: each is 2 x 2 pixels, with one of white between tiles."""
    step = 2 * size + 1
    part = sheet(figure)[row * step : row * step + 2 * size, col * step : col * step + 2 * size]
    np.testing.assert_array_equal(part[::2, ::2], part[1::2, 1::2])
    return part[::2, ::2]


def test_filters_of_three_channels_are_colors_each_on_its_own_scale():
    kernels = (
        np.random.default_rng(0).normal(size=(5, 3, 3, 3)) * np.arange(1, 6)[:, None, None, None]
    )
    figure = plot_filters(kernels, rows=2)
    assert sheet(figure).shape == (2 * 7 - 1, 3 * 7 - 1, 3)
    for number, kernel in enumerate(kernels):
        expected = (kernel - kernel.min()) / (kernel.max() - kernel.min())
        np.testing.assert_allclose(tile(figure, *divmod(number, 3), 3), expected)
    assert (tile(figure, 1, 2, 3) == 1).all()  # the place of none
    assert (sheet(figure)[6] == 1).all()  # between the rows


def test_other_filters_are_blue_below_0_and_red_above():
    kernels = np.array([[-1.0, 0.0, 0.5], [0.0, 0.0, 0.0]])[:, None, :, None]
    kernels = np.concatenate([kernels] * 3, axis=1)
    figure = plot_filters(kernels, rows=1)
    expected = [WEIGHTS(0.0)[:3], WEIGHTS(0.5)[:3], WEIGHTS(0.75)[:3]]
    np.testing.assert_allclose(tile(figure, 0, 0, 3)[0], expected)
    np.testing.assert_allclose(tile(figure, 0, 1, 3)[0], [WEIGHTS(0.5)[:3]] * 3)
    assert "blue below 0, red above" in figure.axes[0].get_title()
    two = np.concatenate([kernels, 3 * kernels], axis=3)
    np.testing.assert_allclose(sheet(plot_filters(two, rows=1)), sheet(figure))


def test_a_constant_filter_is_drawn_without_a_warning():
    assert np.isfinite(sheet(plot_filters(np.ones((1, 2, 2, 3))))).all()


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (2, 1), (16, 3), (32, 4), (64, 6)])
def test_the_sheet_is_wider_than_high(count, rows):
    height, width, _ = sheet(plot_filters(np.zeros((count, 3, 3, 3)))).shape
    assert (height + 1) // 7 == rows
    assert width >= height


@pytest.mark.parametrize("count", [1, 16, 64])
def test_no_words_are_cut_or_touch(count):
    figure = plot_filters(np.zeros((count, 3, 3, 1)), title="The first layer, trained on CIFAR-10")
    figure.draw_without_rendering()
    boxes = [one.get_window_extent() for one in (figure._suptitle, figure.axes[0].title)]
    assert not boxes[0].overlaps(boxes[1])
    for box in boxes:
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width


def test_a_given_figure_is_filled():
    figure = plt.figure()
    assert plot_filters(np.zeros((2, 3, 3, 3)), title="Filters", fig=figure) is figure
    assert figure.get_suptitle() == "Filters"


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match=r"shape \(filters, height, width, channels\)\. Got \(3,"):
        plot_filters(np.zeros((3, 3, 3)))
    with pytest.raises(ValueError, match=r"kernels must be finite\. Got nan at \[0, 0, 0, 0\]"):
        plot_filters(np.full((1, 1, 1, 1), np.nan))
    with pytest.raises(ValueError, match=r"rows must be a whole number from 1 to 2\. Got 3"):
        plot_filters(np.zeros((2, 3, 3, 3)), rows=3)
