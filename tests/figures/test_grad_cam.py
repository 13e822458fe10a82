import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.figures.grad_cam import plot_grad_cam

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


def test_words_stand_above_the_pair_and_long_ones_on_several_lines():
    words = ["cat", "dog", "a text that is too long for a line above two pictures", "", "ship"]
    figure = plot_grad_cam(X, MAPS, words, title="Where it looks")
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
    figure = plot_grad_cam(X[:count], MAPS[:count], words, title="CIFAR-10")
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
    with pytest.raises(ValueError, match=r"x and words must be of one length\. Got 5 and 1"):
        plot_grad_cam(X, MAPS, ["one"])
