import keras
import numpy as np
import pytest

from mlcourse.figures import draw_neural_net
from mlcourse.interactive import network_size, weight_updates
from tests.interactive.images import assert_shows
from tests.interactive.node import evaluate, needs_node

SESSION = 'import { Session } from "MODULES/network_size/session.js";'
SIZES = [
    {"inputs": 5, "layers": 3, "units": 6, "outputs": 5},
    {"inputs": 784, "layers": 0, "units": 6, "outputs": 10},
    {"inputs": 1, "layers": 6, "units": 12, "outputs": 1},
]


def text(shown):
    """Return the text below the still image."""
    return shown._figure().axes[0].texts[-1].get_text()


@needs_node
def test_the_page_and_python_count_the_parameters_of_keras():
    source = f"{SESSION} const result = DATA.map((s) => new Session(s).totals);"
    for sizes, totals in zip(SIZES, evaluate(source, SIZES), strict=True):
        units = [sizes["units"]] * sizes["layers"] + [sizes["outputs"]]
        layers = map(keras.layers.Dense, units)
        model = keras.Sequential([keras.Input((sizes["inputs"],)), *layers])
        assert totals["parameters"] == network_size(**sizes).n_parameters == model.count_params()
        n_biases = sum(layer.bias.shape[0] for layer in model.layers)
        assert totals["biases"] == n_biases
        assert totals["weights"] == model.count_params() - n_biases


@needs_node
def test_the_page_takes_the_settings_of_python_and_corrects_others():
    source = f"{SESSION} const result = DATA.map((s) => new Session(s).settings);"
    assert evaluate(source, SIZES) == SIZES
    first = network_size().settings
    wrong = [None, 3, {"layers": "2"}, {"units": 99, "layers": -1}, {"inputs": 1e9, "outputs": 2.6}]
    changes = [{}, {}, {}, {"units": 12, "layers": 0}, {"inputs": 10_000, "outputs": 3}]
    assert evaluate(source, wrong) == [{**first, **change} for change in changes]


def test_the_still_image_follows_the_settings():
    shown = network_size(inputs=3, outputs=2, layers=1, units=4)
    assert text(shown) == "20 weights"
    assert "A network of 3, 4, 2 units, with 26 weights and biases." in shown.to_html(script=False)
    shown.set(layers=6, units=12)
    assert shown.restarts == 1
    assert text(shown) == "780 weights"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": 7}, r"layers must be a whole number from 0 to 6\. Got 7 instead"),
        ({"units": 0}, r"units must be a whole number from 1 to 12\. Got 0 instead"),
        ({"inputs": 10_001}, r"inputs must be a whole number from 1 to 10000\. Got 10001"),
        ({"depth": 1}, r"a setting must be one of inputs, layers, units, outputs\. Got 'depth'"),
    ],
)
def test_a_size_that_is_not_allowed_is_refused(settings, message):
    shown = network_size()
    with pytest.raises(ValueError, match=message):
        shown.set(**settings)
    assert shown.settings == {"inputs": 5, "layers": 2, "units": 6, "outputs": 5}


def test_weight_updates_show_each_iteration_on_one_scale_of_colors():
    rng = np.random.default_rng(0)
    shapes = (3, 4), (4,), (4, 2), (2,)
    weights = [[size * rng.normal(size=shape) for shape in shapes] for size in (1, 3, 2)]
    largest = max(np.abs(array).max() for array in weights[1])
    shown = weight_updates(weights, title="A network")
    for iteration in (0, 2, 1):
        shown.set(iteration=iteration)

        def draw(figure, iteration=iteration):
            axes = figure.add_axes((0, 0, 1, 0.9))
            draw_neural_net(axes, weights[iteration], limit=largest)
            axes.set_title(f"A network · update {iteration}")

        assert_shows(shown, draw, (8, 5), "none")


def test_weight_updates_need_an_iteration():
    with pytest.raises(ValueError, match=r"number of iterations in weights must be .* Got 0"):
        weight_updates([])
