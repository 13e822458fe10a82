from itertools import pairwise

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb

from mlcourse.figures.training.updates import plot_update_ratios

RATIOS = {"iterations": [0, 10, 20], "conv2d": [0.1, 0.01, 0.002], "dense": [0.2, np.nan, 0.0]}


def lines(ax):
    """The lines of the layers, without that of the healthy ratio."""
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


def test_each_layer_has_a_line_on_a_log_scale():
    ax = plot_update_ratios(RATIOS, title="Adam")
    drawn = lines(ax)
    assert list(drawn) == ["conv2d", "dense"]
    np.testing.assert_array_equal(drawn["conv2d"].get_xydata().T, [[0, 10, 20], [0.1, 0.01, 0.002]])
    np.testing.assert_array_equal(drawn["dense"].get_ydata(), [0.2, np.nan, np.nan])
    assert ax.get_yscale() == "log"
    assert ax.get_title() == "Adam"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("batch", "norm of update / of weights")


def test_the_band_is_around_a_thousandth_and_in_sight():
    ax = plot_update_ratios({"iterations": [0, 1], "conv2d": [0.5, 0.4]})
    (band,) = ax.patches
    low, high = band.get_y(), band.get_y() + band.get_height()
    assert np.sqrt(low * high) == pytest.approx(1e-3)
    assert high / low == pytest.approx(10)
    bottom, top = ax.get_ylim()
    assert bottom < low
    assert top > 0.5
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["conv2d", "healthy: about 0.001"]


def test_layers_differ_in_brightness_by_depth_and_neighbours_in_marker():
    names = [f"conv2d_{number}" for number in range(22)]
    ax = plot_update_ratios({"iterations": range(40)} | {name: np.ones(40) for name in names})
    drawn = list(lines(ax).values())
    brightness = [np.dot(to_rgb(line.get_color()), (0.3, 0.6, 0.1)) for line in drawn]
    assert (np.diff(brightness) > 0).all()
    pairs = pairwise(drawn)
    assert all(one.get_marker() != other.get_marker() for one, other in pairs)
    assert len(ax.get_legend().get_texts()) == 23


@pytest.mark.parametrize("count", [1, 22])
def test_the_legend_is_within_the_figure_and_legible(count):
    names = [f"block3_convolution_{number}" for number in range(count)]
    ax = plot_update_ratios({"iterations": [0, 9]} | {name: [1e-3, 2e-3] for name in names})
    ax.figure.draw_without_rendering()
    box = ax.get_legend().get_window_extent()
    assert box.x1 <= ax.figure.bbox.width
    assert box.y0 >= 0
    assert not box.overlaps(ax.get_window_extent())
    assert min(text.get_fontsize() for text in ax.get_legend().get_texts()) >= 10


def test_given_axes_are_drawn_in_and_the_ratios_stay():
    _, ax = plt.subplots()
    before = dict(RATIOS)
    assert plot_update_ratios(RATIOS, ax=ax) is ax
    assert before == RATIOS


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match=r"iterations of ratios must have at least one example"):
        plot_update_ratios({"conv2d": []})
    with pytest.raises(ValueError, match=r"number of layers in ratios must be .* Got 0"):
        plot_update_ratios({"iterations": [0]})
    with pytest.raises(
        ValueError, match=r"iterations and conv2d must have the same length\. Got 2 and"
    ):
        plot_update_ratios({"iterations": [0, 1], "conv2d": [1.0]})
