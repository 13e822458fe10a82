"""Weight initializers and signal propagation."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import special, stats

from mlcourse.initializers import (
    INITIALIZERS,
    Signal,
    find,
    initial_weights,
    propagate,
    signal_propagation,
)

SIZE = 300, 200
STDS = {
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
ERRORS = 5  # standard errors; exceeded with probability 6e-7


def test_all_initializers_exist():
    assert set(INITIALIZERS) == set(STDS)
    assert find("he_normal") is INITIALIZERS["he_normal"]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", NORMAL + UNIFORM)
def test_variances_are_those_of_the_formulas(name, seed):
    weights, expected = initial_weights(*SIZE, name, seed), STDS[name] ** 2
    kurtosis = 3 if name in NORMAL else 9 / 5
    error = expected * np.sqrt((kurtosis - 1) / weights.size)  # of a sample's variance
    assert (weights.shape, weights.dtype) == (SIZE, np.float64)
    assert weights.var() == pytest.approx(expected, abs=ERRORS * error)
    assert abs(weights.mean()) < ERRORS * np.sqrt(expected / weights.size)


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_weights_are_uniform_up_to_their_limit(name):
    weights = initial_weights(*SIZE, name, seed=1).ravel()
    limit = 3**0.5 * STDS[name]
    assert limit * 0.999 < np.abs(weights).max() <= limit
    assert stats.kstest(weights, stats.uniform(-limit, 2 * limit).cdf).pvalue > 0.001


@pytest.mark.parametrize("name", NORMAL)
def test_normal_weights_are_normal(name):
    weights = initial_weights(*SIZE, name, seed=1).ravel()
    assert stats.kstest(weights / STDS[name], stats.norm.cdf).pvalue > 0.001


def test_zeros_are_zero():
    np.testing.assert_array_equal(initial_weights(3, 2, "zeros"), np.zeros((3, 2)))


@pytest.mark.parametrize("name", NORMAL + UNIFORM)
def test_the_same_seed_gives_the_same_weights(name):
    first, second = (initial_weights(6, 5, name, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert np.all(first != initial_weights(6, 5, name, seed=4))


@pytest.mark.parametrize("name", NORMAL + UNIFORM)
def test_a_generator_is_advanced(name):
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
        ((5, 5, "he"), rf"initializer must be one of {', '.join(STDS)}\. Got 'he'"),
        ((5, 5, None), r"initializer must be one of .* Got None"),
    ],
)
def test_bad_arguments_give_the_rule_and_the_value(arguments, message):
    with pytest.raises(ValueError, match=message):
        initial_weights(*arguments)


@pytest.mark.parametrize("depth", [1, 4])
def test_a_signal_has_one_array_per_layer(depth):
    signal = signal_propagation(depth, width=5, n_examples=7)
    assert signal.activations.shape == signal.gradients.shape == (depth, 7, 5)
    for quantity in ("activations", "gradients"):
        assert signal.mean(quantity).shape == signal.std(quantity).shape == (depth,)


def test_the_same_seed_gives_the_same_signal():
    first, second, third = (signal_propagation(3, 5, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.activations, second.activations)
    np.testing.assert_array_equal(first.gradients, second.gradients)
    assert np.all(first.activations != third.activations)
    assert np.all(first.gradients != third.gradients)


@pytest.mark.parametrize("quantity", ["activations", "gradients"])
def test_statistics_by_layer_agree_with_the_arrays(quantity):
    rng = np.random.default_rng(0)
    signal = Signal(rng.normal(1, 2, (3, 6, 5)), rng.normal(-4, 3, (3, 6, 5)))
    layers = list(getattr(signal, quantity))
    np.testing.assert_allclose(signal.mean(quantity), [np.mean(layer) for layer in layers])
    np.testing.assert_allclose(signal.std(quantity), [np.std(layer) for layer in layers])
    counts, edges = signal.histogram(quantity, bins=7)
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
    "linear": (lambda z: z, lambda a: a),
    "softplus": (lambda z: np.log1p(np.exp(z)), lambda a: np.log(np.expm1(a))),
    "leaky_relu": (lambda z: np.where(z > 0, z, z / 10), lambda a: np.where(a > 0, a, a * 10)),
    # up to the logits' mean, which has no effect
    "softmax": (
        lambda z: special.softmax(z, axis=-1),
        lambda a: np.log(a) - np.log(a).mean(axis=-1, keepdims=True),
    ),
}


@pytest.mark.parametrize("name", INVERSES)
def test_gradients_are_the_differences_of_the_loss(name):
    function, inverse = INVERSES[name]
    signal = signal_propagation(4, 3, name, "glorot_normal", n_examples=40, seed=3)
    outputs, gradients = signal.activations, signal.gradients
    # without biases, the outputs determine the weights
    pairs = pairwise(outputs)
    weights = [np.linalg.lstsq(a, inverse(b), rcond=None)[0] for a, b in pairs]
    for number in range(3):

        def losses(a, following=weights[number:]):
            for matrix in following:
                a = function(a @ matrix)
            return (a * gradients[-1]).sum(
                axis=1
            )  # its gradient by the last outputs is gradients[-1]

        steps = 1e-5 * np.eye(3)
        a = outputs[number]
        expected = [(losses(a + step) - losses(a - step)) / 2e-5 for step in steps]
        np.testing.assert_allclose(gradients[number], np.transpose(expected), atol=1e-6)
        assert np.abs(gradients[number]).max() > 1e-3


@pytest.mark.parametrize("initializer", [*NORMAL, *UNIFORM])
def test_a_layer_s_weights_are_those_of_the_initializer(initializer):
    width = 40
    signal = signal_propagation(2, width, "linear", initializer, n_examples=60)
    first, second = signal.activations
    weights = np.linalg.lstsq(first, second, rcond=None)[0]
    np.testing.assert_allclose(first @ weights, second, atol=1e-9)
    expected = {"small": 0.01, "large": 1.0}.get(initializer)
    expected = expected or (2 / (2 * width if "glorot" in initializer else width)) ** 0.5
    assert weights.std() == pytest.approx(expected, rel=ERRORS * (1 / (2 * width**2)) ** 0.5)


def test_the_ends_of_a_signal_are_standard_normal():
    signal = signal_propagation(1, width=100, activation="linear", initializer="he_normal")
    gradients = signal.gradients[-1].ravel()
    assert stats.kstest(gradients, stats.norm.cdf).pvalue > 0.001
    weights = initial_weights(100, 100, "he_normal", seed=0)
    scale = np.sqrt(np.square(weights).sum(axis=0).mean())  # of the sums of normal inputs
    assert signal.std()[0] == pytest.approx(scale, rel=0.1)


def test_small_weights_let_the_signal_vanish():
    signal = signal_propagation(10, 100, "tanh", "small")
    sizes, back = signal.std(), signal.std("gradients")
    assert np.all(sizes[1:] < 0.2 * sizes[:-1]) and sizes[-1] < 1e-8
    assert np.all(back[:-1] < 0.2 * back[1:]) and back[0] < 1e-7


def test_large_weights_with_relu_let_it_explode():
    signal = signal_propagation(10, 100, "relu", "large")
    sizes, back = signal.std(), signal.std("gradients")
    assert np.all(sizes[1:] > 4 * sizes[:-1]) and sizes[-1] > 1e7
    assert np.all(back[:-1] > 4 * back[1:]) and back[0] > 1e6


def test_large_weights_with_tanh_saturate():
    outputs = signal_propagation(10, 100, "tanh", "large").activations
    assert np.mean(np.abs(outputs[-1]) > 0.99) > 0.5


@pytest.mark.parametrize("initializer", ["he_normal", "he_uniform"])
def test_he_preserves_the_scale_with_relu(initializer):
    signals = [signal_propagation(10, 100, "relu", initializer, seed=seed) for seed in range(5)]
    squares = np.mean([np.square(s.activations).mean(axis=(1, 2)) for s in signals], axis=0)
    np.testing.assert_array_less(np.abs(np.log(squares)), np.log(2))  # 1 in expectation
    back = np.mean([np.square(s.gradients).mean(axis=(1, 2)) for s in signals], axis=0)
    np.testing.assert_array_less(np.abs(np.log(back)), np.log(2))


@pytest.mark.parametrize("initializer", ["glorot_normal", "glorot_uniform"])
def test_glorot_with_tanh_agrees_with_the_theory_of_wide_networks(initializer):
    signals = [signal_propagation(10, 200, "tanh", initializer, seed=seed) for seed in range(3)]
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    variances = [1.0]  # of the logits of a wide layer, which are normal
    for _ in range(10):
        variances.append(weights @ np.tanh(variances[-1] ** 0.5 * nodes) ** 2 / weights.sum())
    sizes = np.mean([signal.std() for signal in signals], axis=0)
    np.testing.assert_allclose(sizes, np.sqrt(variances[1:]), rtol=0.1)
    back = np.mean([signal.std("gradients") for signal in signals], axis=0)
    assert sizes[-1] > 0.2 and back[0] > 0.2


def test_equal_outputs_have_the_standard_deviation_0():
    signal = signal_propagation(2, 7, "softplus", "zeros", n_examples=11)
    assert signal.std().tolist() == [0, 0]


def test_outputs_and_gradients_have_the_dtype_of_the_inputs():
    weights = np.full((2, 1, 1), 1e30)
    inputs = np.full((1, 1), 3e10, "float32")
    with np.errstate(over="ignore"):
        signal = propagate(weights, inputs, np.ones((1, 1), "float32"), "linear")
    assert signal.activations.dtype == signal.gradients.dtype == np.float32
    assert signal.activations.ravel().tolist() == [np.inf, np.inf]
    exact = propagate(weights, inputs.astype(float), [[1.0]], "linear")
    np.testing.assert_allclose(exact.activations.ravel(), [3e40, 3e70])


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((3, 2), (4, 2), (4, 2)), r"weights must have the shape \(depth, width, width\)"),
        (((1, 3, 2), (4, 2), (4, 2)), r"weights must have .* Got shape \(1, 3, 2\) instead"),
        (((1, 2, 2), (4, 3), (4, 2)), r"inputs must be of shape \(n, 2\), .* Got \(4, 3\)"),
        (((1, 2, 2), (4, 2), (2,)), r"gradients must be of shape \(n, 2\), .* Got \(2,\)"),
        (((1, 2, 2), (4, 2), (1, 2)), r"inputs .*gradients"),
    ],
)
def test_weights_inputs_and_gradients_must_fit(shapes, message):
    with pytest.raises(ValueError, match=message):
        propagate(*map(np.ones, shapes))


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
        ({"n_examples": 0}, r"n_examples must be a whole number of at least 1\. Got 0 instead"),
        ({"activation": "rel"}, r"function must be one of sigmoid, tanh, .* Got 'rel'"),
        ({"initializer": "he"}, rf"must be one of {', '.join(STDS)}\. Got 'he'"),
    ],
)
def test_invalid_arguments_raise(options, message):
    with pytest.raises(ValueError, match=message):
        signal_propagation(**options)


@pytest.mark.parametrize("method", ["mean", "std", "histogram"])
def test_a_signal_has_activations_and_gradients_alone(method):
    signal = signal_propagation(2, 3)
    rule = r"quantity must be one of activations, gradients\. Got 'weights' instead"
    with pytest.raises(ValueError, match=rule):
        getattr(signal, method)("weights")
