from itertools import pairwise

import keras
import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.figures.images.feature_maps import plot_feature_maps
from mlcourse.inspection import feature_maps

IMAGE = np.zeros((8, 8, 3), np.uint8)


def maps():
    """Two layers of 8 x 8 and 4 x 4, whose channels have the values of their numbers, negated."""
    numbers = np.array([1.0, -5.0, 3.0])
    return {"first": np.zeros((8, 8, 3)) + numbers, "second": np.zeros((4, 4, 2)) + numbers[:2]}


def shown(axes):
    """Return the maps of a row, without the gaps."""
    (image,) = axes.images
    array = np.ma.filled(image.get_array().astype(float), np.nan)
    height = len(array)
    return [part[:, :height] for part in np.split(array, array.shape[1] // (height + 1), axis=1)]


def test_a_row_has_the_strongest_channels_of_a_layer():
    figure = plot_feature_maps(IMAGE, maps(), max_channels=2)
    picture, first, second = figure.axes
    np.testing.assert_array_equal(picture.images[0].get_array(), IMAGE)
    assert [part[0, 0] for part in shown(first)] == [-5, 3]
    assert [part[0, 0] for part in shown(second)] == [-5, 1]
    words = [axes.get_ylabel() for axes in (first, second)]
    assert words == ["first\n8 x 8, 2 of 3", "second\n4 x 4, all 2"]


def test_a_map_is_drawn_as_it_is():
    array = np.random.default_rng(0).random((5, 5, 4))
    (one,) = shown(plot_feature_maps(IMAGE, {"conv": array}, max_channels=1).axes[1])
    strongest = np.square(array).mean(axis=(0, 1)).argmax()
    np.testing.assert_array_equal(one, array[..., strongest])


def test_maps_of_one_layer_share_a_scale_that_has_0():
    figure = plot_feature_maps(IMAGE, {**maps(), "third": np.full((2, 2, 1), 4.0)})
    scales = [axes.images[0].get_clim() for axes in figure.axes[1:]]
    assert scales == [(-5, 3), (-5, 1), (0, 4)]


def test_a_layer_that_is_0_everywhere_is_black():
    (image,) = plot_feature_maps(IMAGE, {"dead": np.zeros((2, 2, 1))}).axes[1].images
    assert image.get_clim()[0] == 0
    assert image.get_clim()[1] > 0


def test_maps_stand_below_each_other_whatever_their_size():
    figure = plot_feature_maps(IMAGE, maps(), title="Maps")
    figure.draw_without_rendering()
    first, second = (axes.get_window_extent() for axes in figure.axes[1:])
    np.testing.assert_allclose([first.x0, first.x1], [second.x0, second.x1], atol=1)
    assert figure.axes[1].get_xlim() == figure.axes[2].get_xlim()


@pytest.mark.parametrize("count", [1, 9])
def test_no_words_touch_a_map_or_the_edge(count):
    name = "a_long_name_of_block_3_convolution_{}"
    layers = {name.format(number): np.ones((4, 4, 12)) for number in range(count)}
    figure = plot_feature_maps(IMAGE, layers, title="Maps")
    figure.draw_without_rendering()
    labels = [axes.yaxis.label for axes in figure.axes[1:]]
    boxes = [label.get_window_extent() for label in labels]
    picture = figure.axes[0].get_window_extent()
    for axes, label, box in zip(figure.axes[1:], labels, boxes, strict=True):
        assert label.get_fontsize() >= 10
        assert box.x0 > picture.x1
        assert box.x1 <= axes.get_window_extent().x0
    assert not any(one.overlaps(other) for one, other in pairwise(boxes))


def test_the_maps_of_a_batch_of_one_image_are_drawn():
    one = plot_feature_maps(IMAGE, maps())
    batch = plot_feature_maps(IMAGE, {name: array[None] for name, array in maps().items()})
    for axes, other in zip(one.axes, batch.axes, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), other.images[0].get_array())
        assert axes.get_ylabel() == other.get_ylabel()


def test_a_given_figure_is_filled():
    figure = plt.figure()
    assert plot_feature_maps(IMAGE, maps(), title="Maps", fig=figure) is figure
    assert figure.get_suptitle() == "Maps"


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match=r"maps must be a dict of layer names .* Got \{\} instead"):
        plot_feature_maps(IMAGE, {})
    with pytest.raises(ValueError, match=r"maps of conv must be of shape .* Got \(2, 4, 4, 2\)"):
        plot_feature_maps(IMAGE, {"conv": np.zeros((2, 4, 4, 2))})
    with pytest.raises(
        ValueError, match=r"max_channels must be a whole number of at least 1\. Got 0"
    ):
        plot_feature_maps(IMAGE, maps(), max_channels=0)


def test_a_signal_has_its_channels_as_rows_the_strongest_first():
    signal = np.sin(np.arange(10.0))
    maps = {"conv1d": np.arange(1, 4) * np.ones((8, 3))}
    for shown, given in ((signal, maps), (signal[:, None], {"conv1d": maps["conv1d"][None]})):
        figure = plot_feature_maps(shown, given)
        np.testing.assert_allclose(np.ravel(figure.axes[0].lines[0].get_ydata()), signal)
        image = figure.axes[1].images[0]
        np.testing.assert_allclose(image.get_array()[::-1, 0], [3, 2, 1])  # from below
        assert figure.axes[1].get_ylabel() == "conv1d\n8 steps, all 3"
    several = plot_feature_maps(np.ones((10, 3)) / 2, {"conv1d": maps["conv1d"][None]})
    assert len(several.axes[0].lines) == 3
    with pytest.raises(ValueError, match=r"of shape \(steps, channels\), of one example. Got \(8,"):
        plot_feature_maps(signal, {"conv1d": np.ones((8, 8, 3))})


def test_feature_maps_of_a_signal_are_those_of_its_convolutions():
    model = keras.Sequential(
        [
            keras.Input((12, 1)),
            keras.layers.Conv1D(3, 5, activation="relu", name="conv"),
            keras.layers.GlobalAveragePooling1D(),
        ]
    )
    x = np.random.default_rng(0).normal(size=(4, 12, 1))
    found = feature_maps(model, x)["conv"]
    kernel, _ = model.layers[0].get_weights()
    windows = np.lib.stride_tricks.sliding_window_view(x[..., 0], 5, axis=1)
    expected = np.maximum(windows @ kernel[:, 0], 0)
    np.testing.assert_allclose(found, expected, atol=1e-5)
