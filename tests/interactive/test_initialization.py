"""Initial weights in the page: the page computes what Python computes."""

import itertools

import numpy as np
import pytest

from mlcourse.activations import ACTIVATIONS
from mlcourse.initializers import INITIALIZERS, propagate
from mlcourse.interactive import initialization
from mlcourse.interactive.components import seeded
from mlcourse.interactive.components.initialization import describe
from tests.conftest import slow
from tests.interactive.node import evaluate, needs_node

SHOWN = """
import { Session } from "MODULES/initialization/session.js";
import { histogram } from "MODULES/initialization/signal.js";
import { describe } from "MODULES/initialization/words.js";
const result = DATA.map((given) => {
    const { signal, settings } = new Session(given);
    const { outputs, outputSizes, gradientSizes, deviation } = signal;
    const words = [describe("signal", outputSizes), describe("gradient", gradientSizes, true)];
    const counts = outputs.map(histogram);
    return { settings, deviation, outputSizes, gradientSizes, counts, words: words.join(" ") };
});
"""
NORMALIZED = """
import { normalize } from "MODULES/initialization/session.js";
const result = DATA.map(normalize);
"""
FIRST = {"activation": "tanh", "initializer": "glorot_normal", "scale": 1.0, "depth": 10}
EXTREMES = [
    {"activation": activation, "initializer": initializer, "scale": scale, "depth": 30}
    for activation, initializer, scale in (
        ("tanh", "large", 10.0),
        ("sigmoid", "large", 10.0),
        ("relu", "large", 10.0),
        ("softplus", "large", 10.0),
        ("sigmoid", "small", 0.1),
        ("linear", "small", 0.1),
    )
]
EVERY = [
    {"activation": activation, "initializer": initializer, "scale": 1.3, "depth": 2 + i % 29}
    for i, (activation, initializer) in enumerate(itertools.product(ACTIVATIONS, INITIALIZERS))
]


def shown_with(settings):
    shown = initialization()
    shown.set(**settings)
    return shown


@needs_node
@pytest.mark.parametrize("settings", [[FIRST, *EXTREMES], *slow(EVERY)])
def test_the_page_and_python_compute_the_same(settings):
    for given, page in zip(settings, evaluate(SHOWN, settings), strict=True):
        shown = shown_with(given)
        assert page["settings"] == shown.settings == given
        signal = shown.signal
        for name, quantity in (("outputSizes", "activations"), ("gradientSizes", "gradients")):
            sizes = np.array(page[name], dtype=float)  # null is NaN
            np.testing.assert_allclose(
                sizes, signal.std(quantity), rtol=1e-11, err_msg=f"{given} {quantity}"
            )
        finite = ~np.isnan(signal.activations[:, 0, 0])
        counts, _ = signal.histogram(bins=np.linspace(-3, 3, 62))
        np.testing.assert_array_equal(page["counts"], counts[finite])
        assert shown._description().endswith(f". {page['words']}")


@needs_node
def test_the_page_replaces_settings_that_are_not_valid():
    given = [
        None,
        3,
        {"activation": "toString", "initializer": 1, "scale": "2", "depth": None},
        {"activation": "softmax", "initializer": "zeros", "scale": 99, "depth": 1e9},
        {"scale": 0, "depth": 2.6},
    ]
    assert evaluate(NORMALIZED, given) == [
        *[FIRST] * 3,
        {"activation": "softmax", "initializer": "zeros", "scale": 10, "depth": 30},
        {**FIRST, "scale": 0.1, "depth": 3},
    ]


RULE = [
    ([0.7, 0.1], "keeps its size: its standard deviation is 0.7 in layer 1 and 0.1 in layer 2"),
    ([0.7, 10.0], "keeps its size: its standard deviation is 0.7 in layer 1 and 10 in layer 2"),
    ([3.0, 0.0999], "vanishes: its standard deviation is 3 in layer 1 and 0.1 in layer 2"),
    ([9.0, 1.0, 10.01], "explodes: its standard deviation is 9 in layer 1 and 10 in layer 3"),
    (
        [1.0, 1.23e-7],
        "vanishes: its standard deviation is 1 in layer 1 and 1.2e\N{MINUS SIGN}7 in layer 2",
    ),
    ([123.4, 5678.0], "explodes: its standard deviation is 120 in layer 1 and 5.7e+3 in layer 2"),
    ([1.0, 0.0, 0.0], "vanishes: from layer 2 on, its standard deviation is 0"),
    (
        [1.0, 9e9, None],
        "explodes: from layer 3 on, its standard deviation is too large for float32",
    ),
    ([None, None], "cannot be computed"),
]
BACKWARD = [
    ([0.1, 1.0], "keeps its size: its standard deviation is 1 in layer 2 and 0.1 in layer 1"),
    ([0.09, 1.0], "vanishes: its standard deviation is 1 in layer 2 and 0.09 in layer 1"),
    ([0.0, 0.0, 1.0], "vanishes: from layer 2 down, its standard deviation is 0"),
    (
        [None, 1e30, 1.0],
        "explodes: from layer 1 down, its standard deviation is too large for float32",
    ),
]


@pytest.mark.parametrize(("rule", "backward"), [(RULE, False), (BACKWARD, True)])
def test_a_sentence_says_what_happens_from_the_first_layer_to_the_last(rule, backward):
    for deviations, sentence in rule:
        found = describe("signal", np.array(deviations, dtype=float), backward)
        assert found == f"The signal {sentence}."


@needs_node
@pytest.mark.parametrize(("rule", "backward"), [(RULE, False), (BACKWARD, True)])
def test_the_page_has_the_same_sentences(rule, backward):
    source = """
    import { describe } from "MODULES/initialization/words.js";
    const [all, isBackward] = DATA;
    const withNaN = (sizes) => sizes.map((size) => size ?? NaN);
    const result = all.map((sizes) => describe("signal", withNaN(sizes), isBackward));
    """
    sentences = evaluate(source, [[deviations for deviations, _ in rule], backward])
    assert sentences == [f"The signal {sentence}." for _, sentence in rule]


def test_arrays_of_seeded_numbers_are_those_of_the_generator():
    uniform = seeded.generator(3, "signal")
    np.testing.assert_array_equal(
        seeded.uniform_array(50, 3, "signal"), [uniform() for _ in range(50)]
    )
    uniform = seeded.generator(3, "signal")
    expected = [seeded.normal(uniform) for _ in range(50)]
    np.testing.assert_allclose(seeded.normal_array(50, 3, "signal"), expected, rtol=1e-13)


@pytest.mark.parametrize("initializer", ["glorot_normal", "glorot_uniform"])
def test_weights_are_standard_numbers_times_scale_and_rule(initializer):
    shown = shown_with({"activation": "linear", "initializer": initializer, "depth": 2})
    before = shown.signal.std()
    shown.set(scale=2.0)
    np.testing.assert_allclose(shown.signal.std(), before * [2, 4], rtol=1e-6)
    weights = seeded.initial_parameters([100, 100], initializer, 0)[:-100].reshape(1, 100, 100)
    inputs = seeded.normal_array(600, 0, "signal").reshape(6, 100)
    expected = propagate(weights, inputs, inputs, "linear").std()[0]
    assert before[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("settings", "n_outputs", "n_gradients"),
    [
        (FIRST, 10, 10),
        ({"activation": "relu", "initializer": "large", "scale": 10.0, "depth": 30}, 20, 0),
        ({"initializer": "zeros"}, 0, 1),
    ],
)
def test_the_still_image_has_the_sizes_of_the_page_without_zero_and_infinity(
    settings, n_outputs, n_gradients
):
    shown = shown_with(settings)
    outputs, gradients = shown._figure().axes[1].lines
    for line, quantity, n in (
        (outputs, "activations", n_outputs),
        (gradients, "gradients", n_gradients),
    ):
        sizes = shown.signal.std(quantity)
        drawn = line.get_ydata()
        is_drawn = np.isfinite(drawn)
        assert is_drawn.sum() == n
        np.testing.assert_array_equal(drawn[is_drawn], sizes[is_drawn])


def test_the_still_image_says_what_it_shows():
    shown = shown_with({"activation": "relu", "initializer": "he_normal", "scale": 0.5})
    title = shown._figure().axes[0].get_title()
    assert title == "relu, he_normal\nstandard deviation of weights 0.0707"
    html = shown.to_html(script=False)
    assert "relu, he_normal, scale 0.5. The signal vanishes: its standard deviation is " in html
    assert "It needs JavaScript." in html


@pytest.mark.parametrize("activation", ["sigmoid", *slow("softmax", "softplus")])
@pytest.mark.parametrize("initializer", ["zeros", *slow("large")])
def test_extreme_settings_are_drawn_within_the_image(activation, initializer):
    settings = {"activation": activation, "initializer": initializer, "scale": 10.0, "depth": 30}
    figure = shown_with(settings)._figure()
    for axes in figure.axes:
        box, whole = axes.get_tightbbox(), figure.bbox
        assert whole.x0 <= box.x0 and box.x1 <= whole.x1
        assert whole.y0 <= box.y0 and box.y1 <= whole.y1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rel"], r"function must be one of sigmoid, .* Got 'rel' instead"),
        (["relu", "he"], r"initializer must be one of zeros, .* Got 'he' instead"),
        (["relu", "he_normal", 31], r"depth must be .* 2 to 30\. Got 31 instead"),
    ],
)
def test_arguments_that_are_not_allowed_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        initialization(*arguments)


def test_settings_are_changed_and_checked():
    shown = initialization("none", depth=2)
    assert shown.settings == {**FIRST, "activation": "linear", "depth": 2}
    shown.set(scale=3)
    assert shown.settings["scale"] == 3.0 and shown.restarts == 1
    for settings, message in (
        ({"scale": 11}, r"scale must be at most 10\. Got 11 instead"),
        ({"scale": 0}, r"scale must be .* at least 0.1\. Got 0 instead"),
        ({"seed": 1}, r"a setting must be one of activation, initializer, scale, depth"),
    ):
        with pytest.raises(ValueError, match=message):
            shown.set(**settings)
    assert shown.settings["scale"] == 3.0
