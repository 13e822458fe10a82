import numpy as np
import pytest

from mlcourse.activations import ACTIVATIONS, activation, activation_derivative
from mlcourse.interactive import activation_functions
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rel"], r"function must be one of sigmoid, .* Got 'rel' instead"),
        (["relu", 1], r"derivative must be True or False\. Got 1 instead"),
    ],
)
def test_what_cannot_be_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        activation_functions(*arguments)
