import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import Rectangle
from scipy.signal import correlate as scipy_correlate

from mlcourse.figures.images.convolution import correlate, plot_convolution, plot_filter_maps

RNG = np.random.default_rng(0)
IMAGE = RNG.integers(0, 10, (6, 7)).astype(float)
KERNEL = RNG.integers(-3, 4, (3, 2)).astype(float)


def frame(ax):
    """The (left, bottom, width, height) of the frame in Axes."""
    (patch,) = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    return *patch.get_xy(), patch.get_width(), patch.get_height()


def test_the_map_is_the_cross_correlation_of_scipy():
    x, kernel = RNG.normal(size=(9, 8, 3)), RNG.normal(size=(4, 2, 3))
    expected = scipy_correlate(x, kernel, mode="valid")[..., 0]
    np.testing.assert_allclose(correlate(x, kernel), expected)


def test_the_sum_of_the_products_is_the_framed_pixel_of_the_map():
    figure = plot_convolution(IMAGE, KERNEL, position=(2, 4))
    image_ax, kernel_ax, products_ax, map_ax = figure.axes
    products = products_ax.images[0].get_array()
    np.testing.assert_array_equal(products, IMAGE[2:5, 4:6] * KERNEL)
    np.testing.assert_array_equal(kernel_ax.images[0].get_array(), KERNEL)
    assert map_ax.images[0].get_array()[2, 4] == products.sum()
    assert products_ax.get_xlabel() == f"sum: {products.sum():g}"
    assert frame(image_ax) == (3.5, 1.5, 2, 3)
    assert frame(map_ax) == (3.5, 1.5, 1, 1)
    texts = {text.get_position(): text.get_text() for text in products_ax.texts}
    assert texts == {(c, r): f"{v:g}" for (r, c), v in np.ndenumerate(products + 0)}


def test_without_a_position_it_is_the_strongest_pixel():
    map_ax = plot_convolution(IMAGE, KERNEL).axes[3]
    row, column = np.unravel_index(np.abs(map_ax.images[0].get_array()).argmax(), (4, 6))
    assert frame(map_ax)[:2] == (column - 0.5, row - 0.5)


def test_a_large_image_has_no_numbers():
    image_ax, kernel_ax, *_ = plot_convolution(np.eye(20), KERNEL).axes
    assert not image_ax.texts and len(kernel_ax.texts) == KERNEL.size


def test_each_filter_is_joined_to_its_map():
    kernels = RNG.normal(size=(3, 2, 2, 1))
    figure = plot_filter_maps(IMAGE, kernels, max_filters=2)
    assert len(figure.axes) == 1 + 2 * 2
    for kernel, map_ax in zip(kernels, figure.axes[2::2], strict=False):
        expected = scipy_correlate(IMAGE, kernel[..., 0], mode="valid")
        np.testing.assert_allclose(map_ax.images[0].get_array(), expected)
    assert len(figure.patches) + len(figure.artists) >= 4  # two arrows for each filter


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plot_convolution(IMAGE, np.eye(9)), "not be larger than the image, 6 x 7. Got 9"),
        (lambda: plot_convolution(IMAGE[0], KERNEL), r"image must be of shape .* Got \(7,\)"),
        (lambda: plot_convolution(IMAGE, KERNEL, position=(0, 9)), "the column of position"),
        (lambda: plot_convolution(IMAGE, KERNEL, position=3), "must be a row and a column. Got 3"),
        (lambda: plot_filter_maps(IMAGE, np.ones((1, 2, 2, 3))), "with as many channels"),
    ],
)
def test_invalid_arguments_leave_no_figure(call, message):
    with pytest.raises(ValueError, match=message):
        call()
    assert plt.get_fignums() == []
