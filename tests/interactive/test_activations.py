import numpy as np
import pytest

from mlcourse.activations import ACTIVATIONS, activation, activation_derivative
from mlcourse.figures import plot_signal_propagation
from mlcourse.initializers import INITIALIZERS, signal_propagation
from mlcourse.interactive import activation_functions, initialization
from mlcourse.interactive.networks import MARGINS, scaled
from tests.conftest import slow
from tests.interactive.images import assert_shows
from tests.interactive.node import evaluate, needs_node

SESSION = "MODULES/activation_functions/session.js"
CURVES = f"""
import {{ FORMULAS, curvesOf }} from "{SESSION}";
const result = Object.fromEntries(Object.keys(FORMULAS).map((name) => {{
    const {{ z, a, slopes }} = curvesOf(name);
    return [name, [[...z], [...a], [...slopes]]];
}}));
"""
NORMALIZED = f'import {{ normalize }} from "{SESSION}";const result = DATA.map(normalize);'


@needs_node
def test_the_curves_of_the_page_are_those_of_the_package():
    shown = evaluate(CURVES, None)
    assert list(shown) == list(ACTIVATIONS)
    for name, (z, a, slopes) in shown.items():
        np.testing.assert_allclose(a, activation(z, name), rtol=0, atol=1e-12)
        np.testing.assert_allclose(slopes, activation_derivative(z, name), rtol=0, atol=1e-12)


@needs_node
def test_the_page_replaces_settings_that_are_not_valid():
    given = [None, 3, {"function": "toString", "z": 99}, {"z": "a", "derivative": False}]
    assert evaluate(NORMALIZED, given) == [
        {"function": "sigmoid", "derivative": True, "z": 1},
        {"function": "sigmoid", "derivative": True, "z": 1},
        {"function": "sigmoid", "derivative": True, "z": 5},
        {"function": "sigmoid", "derivative": False, "z": 1},
    ]


@pytest.mark.parametrize("derivative", [False, True])
def test_the_still_image_has_the_curves(derivative):
    shown = activation_functions("gelu", derivative)
    lines = shown._figure().axes[0].lines
    assert [line.get_label() for line in lines] == ["gelu", "its derivative"][: 1 + derivative]
    html = shown.to_html(script=False)
    assert ("The curve of gelu and its derivative." in html) == derivative
    assert "It needs JavaScript." in html


def test_settings_are_changed_and_checked():
    shown = activation_functions()
    shown.set(function="none", z=-1.26)
    assert shown.settings == {"function": "linear", "derivative": True, "z": -1.3}
    assert shown.restarts == 1
    for settings, message in (
        ({"z": 5.1}, r"z must be at most 5\. Got 5.1 instead"),
        ({"z": "a"}, r"z must be .* Got 'a' instead"),
        ({"slope": 1}, r"a setting must be one of function, derivative, z"),
    ):
        with pytest.raises(ValueError, match=message):
            shown.set(**settings)
    assert shown.settings["z"] == -1.3


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
    title = f"{now['activation']}, {now['initializer']}\nstandard deviation of weights {deviation}"
    draw = signal(now["activation"], now["initializer"], now["depth"], title)
    assert_shows(shown, draw, (6, 5), "none")


def test_weights_may_be_larger():
    shown = initialization("none", "glorot_normal", depth=2)
    before = shown.figure.axes[1].lines[0].get_ydata()
    shown.set(scale=2.0)
    # without a function between them, layers pass on what they get: twice, and twice again
    np.testing.assert_allclose(shown.figure.axes[1].lines[0].get_ydata(), before * [2, 4])
    title = "linear, glorot_normal\nstandard deviation of weights 0.2"
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
