from itertools import pairwise

import numpy as np
import pytest
from scipy import special, stats

from mlcourse.initializers import INITIALIZERS, Signal, find, initial_weights, signal_propagation

SIZE = 300, 200
DEVIATIONS = {
    "zeros": 0,
    "small": 0.01,
    "large": 1,
    "glorot_normal": (2 / 500) ** 0.5,
    "glorot_uniform": (2 / 500) ** 0.5,
    "he_normal": (2 / 300) ** 0.5,
    "he_uniform": (2 / 300) ** 0.5,
}
NORMAL = ["small", "large", "glorot_normal", "he_normal"]
UNIFORM = ["glorot_uniform", "he_uniform"]
ERRORS = 5  # standard errors: one draw in two million is further away


def test_the_rules_are_all_there():
    assert set(INITIALIZERS) == set(DEVIATIONS)
    assert find("he_normal") is INITIALIZERS["he_normal"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", NORMAL + UNIFORM)
def test_variances_are_those_of_the_formulas(name, seed):
    weights, expected = initial_weights(*SIZE, name, seed), DEVIATIONS[name] ** 2
    kurtosis = 3 if name in NORMAL else 9 / 5
    error = expected * np.sqrt((kurtosis - 1) / weights.size)  # of a sample's variance
    assert (weights.shape, weights.dtype) == (SIZE, np.float64)
    assert weights.var() == pytest.approx(expected, abs=ERRORS * error)
    assert abs(weights.mean()) < ERRORS * np.sqrt(expected / weights.size)


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_weights_are_uniform_up_to_their_limit(name):
    weights = initial_weights(*SIZE, name, seed=1).ravel()
    limit = 3**0.5 * DEVIATIONS[name]
    assert limit * 0.999 < np.abs(weights).max() <= limit
    assert stats.kstest(weights, stats.uniform(-limit, 2 * limit).cdf).pvalue > 0.001


@pytest.mark.parametrize("name", NORMAL)
def test_normal_weights_are_normal(name):
    weights = initial_weights(*SIZE, name, seed=1).ravel()
    assert stats.kstest(weights / DEVIATIONS[name], stats.norm.cdf).pvalue > 0.001


def test_zeros_are_zero():
    np.testing.assert_array_equal(initial_weights(3, 2, "zeros"), np.zeros((3, 2)))


@pytest.mark.parametrize("name", NORMAL + UNIFORM)
def test_the_same_seed_gives_the_same_weights(name):
    first, second = (initial_weights(6, 5, name, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert np.all(first != initial_weights(6, 5, name, seed=4))


@pytest.mark.parametrize("name", NORMAL + UNIFORM)
def test_a_generator_goes_on(name):
    rng = np.random.default_rng(3)
    first, second = (initial_weights(6, 5, name, rng) for _ in range(2))
    np.testing.assert_array_equal(first, initial_weights(6, 5, name, seed=3))
    assert np.all(first != second)


def test_the_default_is_that_of_keras():
    expected = initial_weights(6, 5, "glorot_uniform", seed=0)
    np.testing.assert_array_equal(initial_weights(6, 5), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 5), r"fan_in must be a whole number of at least 1\. Got 0 instead"),
        ((5, -1), r"fan_out must be a whole number of at least 1\. Got -1 instead"),
        ((2.5, 5), r"fan_in must be .* Got 2\.5"),
        ((5, True), r"fan_out must be .* Got True"),
        ((5, 5, "he"), rf"initializer must be one of {', '.join(DEVIATIONS)}\. Got 'he'"),
        ((5, 5, None), r"initializer must be one of .* Got None"),
    ],
)
def test_bad_arguments_give_the_rule_and_the_value(arguments, message):
    with pytest.raises(ValueError, match=message):
        initial_weights(*arguments)


@pytest.mark.parametrize("depth", [1, 4])
def test_a_signal_has_an_array_a_layer(depth):
    signal = signal_propagation(depth, width=5, examples=7)
    assert signal.activations.shape == signal.gradients.shape == (depth, 7, 5)
    for what in ("activations", "gradients"):
        assert signal.mean(what).shape == signal.deviation(what).shape == (depth,)


def test_the_same_seed_gives_the_same_signal():
    first, second, third = (signal_propagation(3, 5, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.activations, second.activations)
    np.testing.assert_array_equal(first.gradients, second.gradients)
    assert np.all(first.activations != third.activations)
    assert np.all(first.gradients != third.gradients)


@pytest.mark.parametrize("what", ["activations", "gradients"])
def test_the_numbers_by_layer_are_those_of_the_arrays(what):
    rng = np.random.default_rng(0)
    signal = Signal(rng.normal(1, 2, (3, 6, 5)), rng.normal(-4, 3, (3, 6, 5)))
    layers = list(getattr(signal, what))
    np.testing.assert_allclose(signal.mean(what), [np.mean(layer) for layer in layers])
    np.testing.assert_allclose(signal.deviation(what), [np.std(layer) for layer in layers])
    counts, edges = signal.histogram(what, bins=7)
    assert (edges[0], edges[-1]) == (np.min(layers), np.max(layers))
    np.testing.assert_allclose(np.diff(edges), np.ptp(layers) / 7)
    expected = [[np.sum(np.searchsorted(edges[1:-1], x, "right") == n) for n in range(7)]
                for x in layers]  # fmt: skip
    np.testing.assert_array_equal(counts, expected)
    assert counts.sum() == np.size(layers)


def test_a_histogram_takes_edges():
    signal = Signal(np.array([[[0.1, 0.2, 0.9]], [[0.6, 5.0, -5.0]]]), np.zeros((2, 1, 3)))
    counts, edges = signal.histogram(bins=[0, 0.5, 1])
    assert counts.tolist() == [[2, 1], [0, 1]]
    assert edges.tolist() == [0, 0.5, 1]


INVERSES = {
    "tanh": (np.tanh, np.arctanh),
    "sigmoid": (special.expit, special.logit),
    "none": (lambda z: z, lambda a: a),
    "softplus": (lambda z: np.log1p(np.exp(z)), lambda a: np.log(np.expm1(a))),
    "leaky_relu": (lambda z: np.where(z > 0, z, z / 10), lambda a: np.where(a > 0, a, a * 10)),
    # the logits' mean is lost, and does not matter
    "softmax": (
        lambda z: special.softmax(z, axis=-1),
        lambda a: np.log(a) - np.log(a).mean(axis=-1, keepdims=True),
    ),
}


@pytest.mark.parametrize("name", INVERSES)
def test_gradients_are_the_differences_of_the_loss(name):
    function, inverse = INVERSES[name]
    signal = signal_propagation(4, 3, name, "glorot_normal", examples=40, seed=3)
    outputs, gradients = signal.activations, signal.gradients
    # the layers have no biases, so that their outputs tell their weights
    pairs = pairwise(outputs)
    weights = [np.linalg.lstsq(a, inverse(b), rcond=None)[0] for a, b in pairs]
    for number in range(3):

        def losses(a, following=weights[number:]):
            for matrix in following:
                a = function(a @ matrix)
            return (a * gradients[-1]).sum(axis=1)  # whose gradient by the last outputs this is

        steps = 1e-5 * np.eye(3)
        a = outputs[number]
        expected = [(losses(a + step) - losses(a - step)) / 2e-5 for step in steps]
        np.testing.assert_allclose(gradients[number], np.transpose(expected), atol=1e-6)
        assert np.abs(gradients[number]).max() > 1e-3


@pytest.mark.parametrize("initializer", [*NORMAL, *UNIFORM])
def test_a_layer_s_weights_are_those_of_the_initializer(initializer):
    width = 40
    signal = signal_propagation(2, width, "none", initializer, examples=60)
    first, second = signal.activations
    weights = np.linalg.lstsq(first, second, rcond=None)[0]
    np.testing.assert_allclose(first @ weights, second, atol=1e-9)
    expected = {"small": 0.01, "large": 1.0}.get(initializer)
    expected = expected or (2 / (2 * width if "glorot" in initializer else width)) ** 0.5
    assert weights.std() == pytest.approx(expected, rel=ERRORS * (1 / (2 * width**2)) ** 0.5)


def test_the_ends_of_a_signal_are_standard_normal():
    signal = signal_propagation(1, width=100, activation="none", initializer="he_normal")
    gradients = signal.gradients[-1].ravel()
    assert stats.kstest(gradients, stats.norm.cdf).pvalue > 0.001
    weights = initial_weights(100, 100, "he_normal", seed=0)
    scale = np.sqrt(np.square(weights).sum(axis=0).mean())  # of normal inputs' sums
    assert signal.deviation()[0] == pytest.approx(scale, rel=0.1)


def test_small_weights_let_the_signal_vanish():
    signal = signal_propagation(10, 100, "tanh", "small")
    sizes, back = signal.deviation(), signal.deviation("gradients")
    assert np.all(sizes[1:] < 0.2 * sizes[:-1]) and sizes[-1] < 1e-8
    assert np.all(back[:-1] < 0.2 * back[1:]) and back[0] < 1e-7


def test_large_weights_with_relu_let_it_explode():
    signal = signal_propagation(10, 100, "relu", "large")
    sizes, back = signal.deviation(), signal.deviation("gradients")
    assert np.all(sizes[1:] > 4 * sizes[:-1]) and sizes[-1] > 1e7
    assert np.all(back[:-1] > 4 * back[1:]) and back[0] > 1e6


def test_large_weights_with_tanh_saturate():
    outputs = signal_propagation(10, 100, "tanh", "large").activations
    assert np.mean(np.abs(outputs[-1]) > 0.99) > 0.5


@pytest.mark.parametrize("initializer", ["he_normal", "he_uniform"])
def test_he_keeps_the_size_behind_relu(initializer):
    signals = [signal_propagation(10, 100, "relu", initializer, seed=seed) for seed in range(5)]
    squares = np.mean([np.square(s.activations).mean(axis=(1, 2)) for s in signals], axis=0)
    np.testing.assert_array_less(np.abs(np.log(squares)), np.log(2))  # 1 in expectation
    back = np.mean([np.square(s.gradients).mean(axis=(1, 2)) for s in signals], axis=0)
    np.testing.assert_array_less(np.abs(np.log(back)), np.log(2))


@pytest.mark.parametrize("initializer", ["glorot_normal", "glorot_uniform"])
def test_glorot_with_tanh_is_as_the_theory_of_wide_networks_has_it(initializer):
    signals = [signal_propagation(10, 200, "tanh", initializer, seed=seed) for seed in range(3)]
    nodes, shares = np.polynomial.hermite_e.hermegauss(60)
    variances = [1.0]  # of a wide layer's sums, which are normal
    for _ in range(10):
        variances.append(shares @ np.tanh(variances[-1] ** 0.5 * nodes) ** 2 / shares.sum())
    sizes = np.mean([signal.deviation() for signal in signals], axis=0)
    np.testing.assert_allclose(sizes, np.sqrt(variances[1:]), rtol=0.1)
    back = np.mean([signal.deviation("gradients") for signal in signals], axis=0)
    assert sizes[-1] > 0.2 and back[0] > 0.2


def test_zeros_give_zeros():
    signal = signal_propagation(4, 10, "tanh", "zeros")
    assert not signal.activations.any()
    assert not signal.gradients[:-1].any()
    assert signal.gradients[-1].any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"depth": 0}, r"depth must be a whole number of at least 1\. Got 0 instead"),
        ({"width": 2.5}, r"width must be a whole number of at least 1\. Got 2\.5 instead"),
        ({"width": 0}, r"width must be .* Got 0"),
        ({"examples": 0}, r"examples must be a whole number of at least 1\. Got 0 instead"),
        ({"activation": "rel"}, r"function must be one of sigmoid, tanh, .* Got 'rel'"),
        ({"initializer": "he"}, rf"must be one of {', '.join(DEVIATIONS)}\. Got 'he'"),
    ],
)
def test_a_bad_network_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        signal_propagation(**options)


@pytest.mark.parametrize("method", ["mean", "deviation", "histogram"])
def test_a_signal_has_activations_and_gradients_alone(method):
    signal = signal_propagation(2, 3)
    rule = r"what must be one of activations, gradients\. Got 'weights' instead"
    with pytest.raises(ValueError, match=rule):
        getattr(signal, method)("weights")
