import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from scipy import special

from mlcourse import plot_activation, plot_signal_propagation
from mlcourse.activations import ACTIVATIONS, SELU_ALPHA, SELU_SCALE, activation
from mlcourse.initializers import Signal, signal_propagation
from tests.conftest import few, slow

NAMES = list(ACTIVATIONS)
JUMPS = {"relu": (0, 1), "leaky_relu": (0.1, 1), "selu": (SELU_SCALE * SELU_ALPHA, SELU_SCALE)}


def assert_inside(figure):
    figure.canvas.draw()
    whole = figure.bbox
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1
        assert whole.y0 <= box.y0 and box.y1 <= whole.y1


@pytest.mark.parametrize("name", few(NAMES))
def test_the_curve_is_the_function(name):
    (line,) = plot_activation(name).lines
    z, values = line.get_data()
    assert (z[0], z[-1]) == (-5, 5) and len(z) > 100
    np.testing.assert_allclose(values, activation(z, name))


def test_softmax_is_over_all_points_of_the_axis():
    z, values = plot_activation("softmax").lines[0].get_data()
    np.testing.assert_allclose(values, special.softmax(z))
    assert values.sum() == pytest.approx(1)


OTHER_SIZES = [
    pytest.param(columns, size, marks=pytest.mark.slow)
    for columns, size in [(2, (5, 4)), (2, (8, 6)), (1, (5, 3.5))]
]


def covers(ax):
    """Return whether the legend of the Axes covers a point of a curve."""
    ax.figure.canvas.draw()
    box = ax.get_legend().get_window_extent()
    points = [line.get_transform().transform(line.get_xydata()) for line in ax.lines]
    return any(box.contains(*point) for points in points for point in points)


@pytest.mark.parametrize("layout", ["constrained", *slow(None)])
@pytest.mark.parametrize("columns, size", [(4, (10, 2)), *OTHER_SIZES])
def test_a_legend_that_would_cover_the_curves_is_left_out(columns, size, layout):
    for start in range(0, len(NAMES), 4):
        figure, axes = plt.subplots(
            4 // columns, columns, figsize=size, layout=layout, squeeze=False
        )
        for name, ax in zip(NAMES[start : start + 4], axes.flat, strict=False):
            plot_activation(name, ax, derivative=True)
        figure.canvas.draw()
        for ax in axes.flat:
            assert ax.get_legend() is None or not covers(ax)
        if columns == 4:
            assert all(ax.get_legend() is None for ax in axes.flat)
        plt.close(figure)


def test_the_legend_can_be_set():
    figure, axes = plt.subplots(1, 4, figsize=(10, 2))
    assert plot_activation("tanh", axes[0], True, legend=True).get_legend() is not None
    assert plot_activation("tanh", axes[1], legend=True).get_legend() is not None
    assert plot_activation("tanh", derivative=True, legend=False).get_legend() is None
    plt.close(figure)


@pytest.mark.parametrize("name", few(NAMES))
def test_the_derivative_is_drawn_with_a_legend(name):
    ax = plot_activation(name, derivative=True)
    curve, dashed = ax.lines
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [name, "its derivative"]
    assert (curve.get_linestyle(), dashed.get_linestyle()) == ("-", "--")
    assert curve.get_color() != dashed.get_color()
    z, values = curve.get_data()
    middles = (z[1:] + z[:-1]) / 2
    x, slopes = dashed.get_data()
    expected = np.diff(values) / np.diff(z)
    np.testing.assert_allclose(np.interp(middles, x, slopes), expected, atol=1e-3)
    assert plot_activation(name).get_legend() is None


@pytest.mark.parametrize("name", JUMPS)
def test_a_jump_of_the_derivative_is_a_vertical_step(name):
    z, slopes = plot_activation(name, derivative=True).lines[1].get_data()
    assert np.all(np.diff(z) > 0)
    (place,) = np.flatnonzero(np.diff(z) < 1e-9)
    assert z[place] == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(slopes[place : place + 2], JUMPS[name])


@pytest.mark.parametrize("name", [name for name in NAMES if name not in JUMPS])
def test_the_others_have_no_step(name):
    z, slopes = plot_activation(name, derivative=True).lines[1].get_data()
    assert np.diff(z).min() > 1e-3
    assert np.abs(np.diff(slopes)).max() < 0.03


@pytest.mark.parametrize("derivative", [False, True])
@pytest.mark.parametrize("name", few(NAMES))
def test_nothing_is_outside_the_figure(name, derivative):
    assert_inside(plot_activation(name, derivative=derivative).get_figure())


@pytest.mark.parametrize("name", few(NAMES))
def test_the_title_has_the_name_and_the_formula(name):
    assert plot_activation(name).get_title() == f"{name}: ${ACTIVATIONS[name].formula}$"


def test_given_axes_are_drawn_in_and_returned():
    figure, (left, right) = plt.subplots(1, 2)
    assert plot_activation("relu", right) is right
    assert plot_activation("tanh", ax=left, derivative=True) is left
    assert [len(axes.lines) for axes in (left, right)] == [2, 1]
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize("draw", [True, False])
def test_settings_are_left_alone(draw):
    before = dict(mpl.rcParams)
    if draw:
        plot_activation("relu", derivative=True)
    else:
        plot_signal_propagation({"a": signal_propagation(2, 3)})
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", ["rel", None])
def test_an_unknown_function_lists_the_known_ones_and_draws_nothing(name):
    with pytest.raises(ValueError, match=rf"{', '.join(NAMES)}\. Got {name!r} instead"):
        plot_activation(name)
    assert plt.get_fignums() == []


def test_derivative_is_true_or_false():
    with pytest.raises(ValueError, match=r"derivative must be True or False\. Got 'yes' instead"):
        plot_activation("relu", derivative="yes")


SIGNALS = {
    "Glorot": signal_propagation(6, 20, "tanh", "glorot_normal", 30),
    "small": signal_propagation(6, 20, "tanh", "small", 30),
    "deep": signal_propagation(9, 20, "relu", "he_normal", 30),
}


def test_each_signal_has_two_axes_below_each_other():
    figure = plot_signal_propagation(SIGNALS)
    assert [axes.get_title() for axes in figure.axes] == [*SIGNALS, "", "", ""]
    figure.canvas.draw()
    above, below = figure.axes[:3], figure.axes[3:]
    for top, bottom in zip(above, below, strict=True):
        upper, lower = top.get_position(), bottom.get_position()
        assert upper.y0 > lower.y1
        assert upper.x0 == pytest.approx(lower.x0)
        assert bottom.get_xlabel() == "layer"


def test_the_curves_are_the_standard_deviations_by_layer_on_one_log_scale():
    figure = plot_signal_propagation(SIGNALS)
    for signal, axes in zip(SIGNALS.values(), figure.axes[3:], strict=True):
        assert axes.get_yscale() == "log"
        curves = {line.get_label(): line for line in axes.lines}
        assert set(curves) == {"outputs", "gradients"}
        for label, array in (("outputs", signal.activations), ("gradients", signal.gradients)):
            layers, sizes = curves[label].get_data()
            np.testing.assert_array_equal(layers, np.arange(1, len(array) + 1))
            np.testing.assert_allclose(sizes, [np.std(layer) for layer in array])
    assert len({axes.get_ylim() for axes in figure.axes[3:]}) == 1


def test_a_small_change_of_the_standard_deviation_looks_small():
    signal = signal_propagation(3, 30, "tanh", "glorot_normal")
    low, high = plot_signal_propagation({"healthy": signal}).axes[1].get_ylim()
    assert low <= 0.01 and high >= 100


def test_the_legend_tells_outputs_from_gradients():
    legends = [axes.get_legend() for axes in plot_signal_propagation(SIGNALS).axes]
    (legend,) = [legend for legend in legends if legend is not None]
    assert [text.get_text() for text in legend.get_texts()] == ["outputs", "gradients"]


def test_the_darkest_pixels_of_a_histogram_have_the_highest_counts():
    outputs = np.array([[[0.0, 0.0, 1.9, -9.0]], [[-1.9, -1.9, -1.9, 9.0]], [[9.0, 9.0, 9.0, 9.0]]])
    image = plot_signal_propagation({"one": Signal(outputs, outputs)}).axes[0].images[0]
    darkness = np.asarray(image.get_array())
    left, right, bottom, top = image.get_extent()
    assert image.origin == "lower" and (left, right) == (0.5, 3.5)
    rows = {
        value: int((value - bottom) / (top - bottom) * len(darkness)) for value in (0.0, 1.9, -1.9)
    }
    assert np.argmax(darkness[:, 0]) == rows[0.0] and darkness[rows[0.0], 0] == 1
    assert 0 < darkness[rows[1.9], 0] < 1
    assert np.flatnonzero(darkness[:, 0]).tolist() == sorted([rows[0.0], rows[1.9]])
    assert np.flatnonzero(darkness[:, 1]).tolist() == [rows[-1.9]]
    assert not darkness[:, 2].any()


@pytest.mark.parametrize("depth", [1, 4])
def test_a_signal_of_zeros_is_drawn(depth):
    figure = plot_signal_propagation({"zeros": signal_propagation(depth, 5, "tanh", "zeros")})
    assert_inside(figure)
    outputs, gradients = (line.get_ydata() for line in figure.axes[1].lines)
    assert np.isnan(outputs).all()
    assert np.isnan(gradients[:-1]).all() and gradients[-1] > 0.5


def test_a_given_figure_is_drawn_in():
    figure = plt.figure(figsize=(7, 5))
    assert plot_signal_propagation({"a": SIGNALS["deep"]}, fig=figure) is figure
    assert len(figure.axes) == 2
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize("count", [1, 3])
def test_no_label_is_outside_the_figure(count):
    assert_inside(plot_signal_propagation(dict(list(SIGNALS.items())[:count])))


def test_there_is_at_least_one_signal():
    rule = r"signals must be a dict of titles to signals, with at least one item\. Got \{\} instead"
    with pytest.raises(ValueError, match=rule):
        plot_signal_propagation({})
    assert plt.get_fignums() == []
