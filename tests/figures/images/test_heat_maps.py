import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.figures.images.heat_maps import plot_grad_cam, plot_occlusion, plot_saliency

X = np.random.default_rng(0).integers(0, 256, (5, 8, 8, 3), np.uint8)
MAPS = np.random.default_rng(1).random((5, 8, 8)) * np.arange(5)[:, None, None]


def test_each_picture_is_plain_and_beside_it_under_its_map():
    figure = plot_grad_cam(X, MAPS)
    *pairs, bar = figure.axes
    assert len(pairs) == 10
    for number in range(5):
        plain, heated = pairs[2 * number : 2 * number + 2]
        np.testing.assert_array_equal(plain.images[0].get_array(), X[number])
        grey, heat = heated.images
        np.testing.assert_array_equal(grey.get_array(), X[number].mean(axis=2).astype(np.uint8))
        largest = MAPS[number].max() or 1  # the first one is 0 everywhere
        np.testing.assert_allclose(heat.get_array(), MAPS[number] / largest)
        assert heat.get_clim() == (0, 1)
        assert 0 < heat.get_alpha() < 1
    assert [label.get_text() for label in bar.get_yticklabels()] == ["nothing", "most"]
    assert bar.get_ylabel() == "speaks for the class"


def test_one_scale_for_all_maps_is_that_of_the_largest_value():
    figure = plot_grad_cam(X, MAPS, common_scale=True)
    *pairs, bar = figure.axes
    for number in range(5):
        _, heat = pairs[2 * number + 1].images
        np.testing.assert_allclose(heat.get_array(), MAPS[number] / MAPS.max())
    labels = [label.get_text() for label in bar.get_yticklabels()]
    assert labels == ["0", f"{MAPS.max():.3g}"]
    assert bar.get_xlabel() == "one scale\nfor all"
    assert plot_grad_cam(X, MAPS).axes[-1].get_xlabel() == "each on its\nown scale"
    np.testing.assert_array_equal(
        plot_grad_cam(X, 0 * MAPS, common_scale=True).axes[1].images[1].get_array(), 0
    )


SIGNALS = np.random.default_rng(2).normal(size=(4, 30, 2))


@pytest.mark.parametrize("channels", [True, False])
def test_a_signal_is_a_curve_over_its_map(channels):
    signals = SIGNALS if channels else SIGNALS[..., 0]
    maps = np.abs(SIGNALS[..., 1])
    figure = plot_grad_cam(
        signals, maps, captions=["a long text about a signal " * 5] * 4, title="Conv1D"
    )
    *axes, bar = figure.axes
    assert len(axes) == 4
    for ax, signal, values in zip(axes, signals, maps, strict=True):
        drawn = np.transpose([line.get_ydata() for line in ax.lines])
        np.testing.assert_array_equal(drawn, signal.reshape(30, -1))
        (heat,) = ax.images
        np.testing.assert_allclose(heat.get_array(), values[None] / values.max())
        assert tuple(heat.get_extent()[:2]) == (-0.5, 29.5)  # the middle of each color is its step
    figure.draw_without_rendering()
    boxes = [
        text.get_window_extent() for text in (*(ax._left_title for ax in axes), bar.xaxis.label)
    ]
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])
        assert box.x1 <= figure.bbox.width


def test_a_map_of_occlusion_is_red_where_the_probability_drops_and_blue_where_it_rises():
    maps = np.stack([MAPS[1], -2 * MAPS[1]])
    *pairs, bar = plot_occlusion(X[:2], maps, common_scale=True).axes
    heats = [pair.images[1] for pair in pairs[1::2]]
    largest = 2 * MAPS[1].max()
    for heat, values in zip(heats, maps, strict=True):
        np.testing.assert_allclose(heat.get_array(), values / largest)
        assert heat.get_clim() == (-1, 1)
    labels = [label.get_text() for label in bar.get_yticklabels()]
    assert labels == [f"{-largest:.3g}", "0", f"{largest:.3g}"]
    red, blue = heats[0].cmap(1.0), heats[0].cmap(0.0)
    assert red[0] > red[2]
    assert blue[0] < blue[2]


def test_a_map_of_saliency_is_on_its_own_scale():
    *pairs, bar = plot_saliency(X[:2], MAPS[1:3]).axes
    assert [pair.images[1].get_array().max() for pair in pairs[1::2]] == [1, 1]
    assert [label.get_text() for label in bar.get_yticklabels()] == ["0", "max"]


def test_words_stand_above_the_pair_and_long_ones_on_several_lines():
    words = ["cat", "dog", "a text that is too long for a line above two pictures", "", "ship"]
    figure = plot_grad_cam(X, MAPS, captions=words, title="Where it looks")
    titles = [axes.get_title(loc="left") for axes in figure.axes[:-1:2]]
    assert titles[:2] == ["cat", "dog"]
    assert "\n" in titles[2]
    assert figure.get_suptitle() == "Where it looks"


def test_pictures_may_be_grey_and_in_floats():
    figure = plot_grad_cam(X[:1, ..., 0] / 255, MAPS[1:2])
    assert len(figure.axes) == 3
    np.testing.assert_allclose(figure.axes[1].images[0].get_array(), X[0, ..., 0] / 255)


@pytest.mark.parametrize("count", [1, 4, 5])
def test_no_words_touch_each_other_or_the_edge(count):
    words = ["automobile, taken for an airplane"] * count
    figure = plot_grad_cam(X[:count], MAPS[:count], captions=words, title="CIFAR-10")
    figure.draw_without_rendering()
    texts = [axes._left_title for axes in figure.axes[:-1:2]]
    texts += [figure._suptitle, figure.axes[-1].yaxis.label]
    boxes = [text.get_window_extent() for text in texts]
    for number, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width + 1
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])
    assert min(text.get_fontsize() for text in texts) >= 10


def test_a_given_figure_is_filled():
    figure = plt.figure()
    assert plot_grad_cam(X, MAPS, fig=figure) is figure


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match=r"maps must be of shape \(5, 8, 8\), .* Got \(4, 8, 8\)"):
        plot_grad_cam(X, MAPS[:4])
    with pytest.raises(
        ValueError, match=r"the smallest value of maps must be .* at least 0\. Got -"
    ):
        plot_grad_cam(X, -MAPS)
    with pytest.raises(ValueError, match=r"x and captions must have the same length\. Got 5 and 1"):
        plot_grad_cam(X, MAPS, captions=["one"])


def test_pairs_of_images_fill_a_figure_of_any_shape():
    images = np.zeros((6, 8, 8))
    rows = {}
    for size in [(4, 8), (12, 3)]:
        figure = plot_grad_cam(images, images, fig=plt.figure(figsize=size))
        rows[size] = len({ax.get_subplotspec().rowspan.start for ax in figure.axes[:-1]})
    assert rows == {(4, 8): 6, (12, 3): 2}
