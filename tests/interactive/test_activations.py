import numpy as np
import pytest

from mlcourse.activations import ACTIVATIONS
from mlcourse.figures import plot_activation, plot_signal_propagation
from mlcourse.initializers import INITIALIZERS, signal_propagation
from mlcourse.interactive import activation_functions, initialization
from mlcourse.interactive.networks import CURVE, MARGINS, scaled
from tests.conftest import few, slow
from tests.interactive.images import assert_shows


def curve(function, derivative):
    def draw(figure):
        plot_activation(function, figure.subplots(), derivative=derivative)
        figure.subplots_adjust(**CURVE)

    return draw


@pytest.mark.parametrize("function", few(ACTIVATIONS))
def test_each_function_is_drawn_with_and_without_its_derivative(function):
    shown = activation_functions()
    for derivative in (False, True):
        shown.set(function=function, derivative=derivative)
        assert_shows(shown, curve(function, derivative), (6, 4), "none")
        box, whole = shown.figure.axes[0].get_tightbbox(), shown.figure.bbox
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1
        assert whole.y0 <= box.y0 and box.y1 <= whole.y1


def test_the_first_function_may_be_chosen():
    shown = activation_functions("gelu", derivative=False)
    assert_shows(shown, curve("gelu", False), (6, 4), "none")


def signal(activation, rule, depth, title):
    def draw(figure):
        sent = signal_propagation(depth, 100, activation, rule, n_examples=100)
        plot_signal_propagation({title: sent}, fig=figure)
        figure.subplots_adjust(**MARGINS)

    return draw


@pytest.mark.parametrize(
    ("values", "deviation"),
    [
        ({}, "0.1"),
        ({"activation": "relu", "initializer": "he_normal", "depth": 30}, "0.141"),
        ({"initializer": "zeros", "depth": 2}, "0"),
        ({"activation": "sigmoid", "initializer": "glorot_uniform"}, "0.1"),
    ],
)
def test_a_signal_is_that_of_the_controls(values, deviation):
    shown = initialization()
    shown.set(**values)
    now = shown.values
    title = f"{now['activation']}, {now['initializer']}\ndeviation of weights {deviation}"
    draw = signal(now["activation"], now["initializer"], now["depth"], title)
    assert_shows(shown, draw, (6, 5), "none")


def test_weights_may_be_larger():
    shown = initialization("none", "glorot_normal", depth=2)
    before = shown.figure.axes[1].lines[0].get_ydata()
    shown.set(scale=2.0)
    # without a function between them, layers pass on what they get: twice, and twice again
    np.testing.assert_allclose(shown.figure.axes[1].lines[0].get_ydata(), before * [2, 4])
    title = "linear, glorot_normal\ndeviation of weights 0.2"
    draw = signal("linear", scaled("glorot_normal", 2.0), 2, title)
    assert_shows(shown, draw, (6, 5), "none")


@pytest.mark.parametrize("activation", ["sigmoid", "softmax", *slow("relu")])
@pytest.mark.parametrize("initializer", ["zeros", "large", *slow("small")])
def test_extreme_settings_are_drawn_within_the_picture(activation, initializer):
    shown = initialization()
    shown.set(activation=activation, initializer=initializer, scale=10.0, depth=30)
    assert shown.error_message == ""
    for axes in shown.figure.axes:
        box, whole = axes.get_tightbbox(), shown.figure.bbox
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1
        assert whole.y0 <= box.y0 and box.y1 <= whole.y1


def test_a_rule_that_is_scaled_keeps_its_kind():
    rule = INITIALIZERS["he_uniform"]
    twice = scaled("he_uniform", 2.0)
    assert twice.uniform and twice.std(50, 20) == 2 * rule.std(50, 20)


@pytest.mark.parametrize(
    ("make", "arguments", "message"),
    [
        (activation_functions, ["rel"], r"function must be one of sigmoid, .* Got 'rel' instead"),
        (activation_functions, ["relu", 1], r"derivative must be True or False\. Got 1 instead"),
        (initialization, ["rel"], r"function must be one of sigmoid, .* Got 'rel' instead"),
        (initialization, ["relu", "he"], r"initializer must be one of zeros, .* Got 'he' instead"),
        (initialization, ["relu", "he_normal", 31], r"depth must be .* 2 to 30\. Got 31 instead"),
    ],
)
def test_what_cannot_be_is_refused(make, arguments, message):
    with pytest.raises(ValueError, match=message):
        make(*arguments)
