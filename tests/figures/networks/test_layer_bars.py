from itertools import pairwise

import numpy as np
import pytest
from matplotlib import pyplot as plt

from mlcourse.figures.networks.layers import plot_layer_bars

VALUES = {"conv2d": 0.5, "conv2d_1": 0.0, "dense": 0.125}


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_each_layer_has_a_bar_the_first_on_top():
    ax = plot_layer_bars(VALUES, label="Norm", title="Gradients")
    assert [bar.get_width() for bar in ax.patches] == [0.5, 0, 0.125]
    assert [bar.get_y() + bar.get_height() / 2 for bar in ax.patches] == pytest.approx([0, 1, 2])
    assert ax.yaxis_inverted()
    assert [label.get_text() for label in ax.get_yticklabels()] == list(VALUES)
    assert (ax.get_xlabel(), ax.get_title()) == ("Norm", "Gradients")
    assert texts(ax) == ["0.5", "0", "0.12"]


def test_fractions_are_written_as_percentages():
    ax = plot_layer_bars(VALUES, percent=True)
    assert texts(ax) == ["50.0%", "0.0%", "12.5%"]
    assert ax.get_xlim()[1] > 1
    assert ax.xaxis.get_major_formatter()(0.2) == "20%"


def test_on_a_log_scale_they_are_points_and_a_0_is_written_at_the_left():
    ax = plot_layer_bars({**VALUES, "last": 1e-4}, log_scale=True)
    assert ax.get_xscale() == "log"
    assert not ax.patches
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_xdata(), [0.5, np.nan, 0.125, 1e-4])
    assert line.get_marker() == "o"
    assert texts(ax) == ["0.5", "0", "0.12", "0.0001"]
    ax.figure.draw_without_rendering()
    left = ax.get_window_extent().x0
    assert left < ax.texts[1].get_window_extent().x0 < left + 20


@pytest.mark.parametrize("log_scale", [False, True])
def test_nan_is_written_as_no_number(log_scale):
    assert texts(plot_layer_bars({"a": np.nan, "b": 1.0}, log_scale=log_scale)) == [
        "no number",
        "1",
    ]
    assert texts(plot_layer_bars({"a": 0.0}, log_scale=log_scale)) == ["0"]
    assert texts(plot_layer_bars({"a": np.nan}, log_scale=log_scale)) == ["no number"]


@pytest.mark.parametrize("settings", [{}, {"log_scale": True}, {"percent": True}])
@pytest.mark.parametrize("count", [1, 22])
def test_texts_do_not_overlap_and_are_inside_the_figure(settings, count):
    values = {f"a_long_name_of_block_3_layer_{number}": 0.8**number for number in range(count)}
    ax = plot_layer_bars(values, label="Norm of the gradient", **settings)
    ax.figure.draw_without_rendering()
    for group in (ax.texts, ax.get_yticklabels()):
        boxes = [text.get_window_extent() for text in group]
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))
        assert all(box.x0 >= 0 and box.x1 <= ax.figure.bbox.width for box in boxes)
        assert min(text.get_fontsize() for text in group) >= 10


def test_given_axes_are_drawn_in():
    _, ax = plt.subplots()
    assert plot_layer_bars(VALUES, ax=ax) is ax


def test_invalid_arguments_raise():
    with pytest.raises(ValueError, match=r"values must be a dict of names of layers .* Got \{\}"):
        plot_layer_bars({})
    with pytest.raises(ValueError, match=r"finite, and at least 0\. Got -1 for 'dense' instead"):
        plot_layer_bars({"dense": -1.0})
    with pytest.raises(ValueError, match=r"must be from 0 to 1\. Got 1\.5 for 'dense' instead"):
        plot_layer_bars({"dense": 1.5}, percent=True)
    with pytest.raises(ValueError, match=r"log_scale must be True or False\. Got 'log' instead"):
        plot_layer_bars(VALUES, log_scale="log")
