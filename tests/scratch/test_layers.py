"""Layers: outputs and gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from scipy import special

from mlcourse import activations
from mlcourse.initializers import INITIALIZERS
from mlcourse.scratch import (
    Activation,
    Affine,
    BatchNorm,
    Dropout,
    LeakyRelu,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
)
from tests.scratch.differences import assert_same_gradient, check_layer, differences

few = settings(max_examples=25, deadline=None)
sizes, seeds = st.integers(1, 5), st.integers(0, 2**32 - 1)
shapes = array_shapes(min_dims=2, max_dims=4, max_side=4)
FUNCTIONS = {
    "sigmoid": lambda: Sigmoid("it"),
    "tanh": lambda: Tanh("it"),
    "relu": lambda: Relu("it"),
    "softmax": lambda: Softmax("it"),
    "leaky relu": lambda: LeakyRelu("it"),
    "leaky relu 0": lambda: LeakyRelu("it", 0),
    "leaky relu 0.7": lambda: LeakyRelu("it", slope=0.7),
    **{
        name: lambda function=function: Activation("it", function)
        for name, function in activations.ACTIVATIONS.items()
        if name in ("linear", "elu", "selu", "gelu", "swish", "softplus")
    },
}


def away_from_0(rng, shape):
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.01, 3, shape)


def with_random_params(layer, rng):
    for name, array in layer.params.items():
        layer.params[name] = rng.uniform(0.5, 2, array.shape)
    return layer


@few
@given(n=sizes, n_in=sizes, n_out=sizes, seed=seeds)
def test_the_gradient_of_sums_is_the_difference(n, n_in, n_out, seed):
    rng = np.random.default_rng(seed)
    layer = with_random_params(Affine("sums", n_in, n_out, dtype="float64"), rng)
    check_layer(layer, rng.normal(size=(n, n_in)))


@pytest.mark.parametrize("name", FUNCTIONS)
@few
@given(shape=shapes, seed=seeds)
def test_the_gradient_of_a_function_is_the_difference(name, shape, seed):
    check_layer(FUNCTIONS[name](), away_from_0(np.random.default_rng(seed), shape))


@pytest.mark.parametrize("training", [True, False])
@few
@given(shape=shapes, seed=seeds, rate=st.floats(0, 0.9))
def test_the_gradient_of_dropout_is_the_difference(training, shape, seed, rate):
    x = np.random.default_rng(seed).normal(size=shape)
    check_layer(Dropout("drop", rate, seed=seed), x, training)


@pytest.mark.parametrize("training", [True, False])
@few
@given(n=sizes, columns=sizes, seed=seeds, epsilon=st.floats(1e-3, 1))
def test_the_gradient_of_normalization_is_the_difference(training, n, columns, seed, epsilon):
    rng = np.random.default_rng(seed)
    layer = BatchNorm("norm", columns, epsilon=epsilon, dtype="float64")
    layer.state = {name: rng.uniform(0.5, 2, columns) for name in layer.state}
    check_layer(with_random_params(layer, rng), rng.normal(2, 3, size=(n, columns)), training)


@few
@given(n=sizes, seed=seeds)
def test_the_gradient_is_that_of_the_last_forward(n, seed):
    rng = np.random.default_rng(seed)
    x, weights = rng.normal(size=(n, 3)), rng.normal(size=(n, 3))
    for layer in (Affine("sums", 3, 3, dtype="float64"), Sigmoid("it"), BatchNorm("norm", 3)):
        layer.forward(rng.normal(size=(4, 3)), training=True)
        layer.forward(x)
        expected = differences(lambda layer=layer: layer.forward(x), x, weights)
        layer.forward(x)
        assert_same_gradient(layer.backward(weights), expected)


def test_sums_are_those_of_each_example_and_unit():
    layer = Affine("sums", 2, 3, dtype="float64")
    layer.params = {"w": np.array([[1.0, 2, 3], [4, 5, 6]]), "b": np.array([10.0, 20, 30])}
    np.testing.assert_array_equal(
        layer.forward(np.array([[1.0, 0], [1, -1]])), [[11, 22, 33], [7, 17, 27]]
    )


def test_functions_are_those_of_scipy():
    z = np.random.default_rng(0).normal(scale=3, size=(6, 4))
    expected = {
        Sigmoid: special.expit(z),
        Tanh: np.sinh(z) / np.cosh(z),
        Relu: np.where(z > 0, z, 0),
        Softmax: special.softmax(z, axis=1),
    }
    for kind, a in expected.items():
        np.testing.assert_allclose(kind("it").forward(z), a, rtol=1e-12)
    np.testing.assert_allclose(LeakyRelu("it").forward(z), np.where(z > 0, z, 0.1 * z))
    np.testing.assert_allclose(LeakyRelu("it", 0.4).forward(z), np.where(z > 0, z, 0.4 * z))


def test_dropout_drops_a_fraction_and_preserves_the_mean():
    layer, x = Dropout("drop", 0.3), np.full((200, 100), 7.0)
    out = layer.forward(x, training=True)
    assert set(np.unique(out).round(9)) == {0.0, 10.0}
    assert np.mean(out == 0) == pytest.approx(0.3, abs=0.02)
    assert out.mean() == pytest.approx(7, rel=0.03)
    again = layer.forward(x, training=True)
    assert 0.3 < np.mean(out != again) < 0.5  # 2 * 0.3 * 0.7, as the masks are independent


def test_dropout_is_for_training_alone():
    x = np.random.default_rng(0).normal(size=(20, 30))
    layer = Dropout("drop", 0.5)
    np.testing.assert_array_equal(layer.forward(x), x)
    np.testing.assert_array_equal(layer.backward(x), x)
    np.testing.assert_array_equal(Dropout("drop", 0).forward(x, training=True), x)


def test_dropouts_of_one_seed_differ_by_their_names():
    x = np.ones((10, 10))
    first, same, other, seeded = (
        layer.forward(x, training=True)
        for layer in (
            Dropout("first", 0.5),
            Dropout("first", 0.5),
            Dropout("other", 0.5),
            Dropout("first", 0.5, seed=1),
        )
    )
    np.testing.assert_array_equal(first, same)
    assert (first != other).any() and (first != seeded).any()


def test_a_batch_is_normalized_in_training():
    x = np.random.default_rng(0).normal([5, -3], [2, 10], size=(50, 2))
    layer = BatchNorm("norm", 2, epsilon=1e-12, dtype="float64")
    out = layer.forward(x, training=True)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(out.std(axis=0), 1)
    layer.params = {"gamma": np.array([2.0, 3]), "beta": np.array([-1.0, 1])}
    np.testing.assert_allclose(layer.forward(x, training=True), out * [2, 3] + [-1, 1])


def test_moving_statistics_follow_the_batches():
    rng = np.random.default_rng(0)
    batches = rng.normal(3, 2, size=(2, 10, 4))
    layer, mean, variance = BatchNorm("norm", 4, momentum=0.6, dtype="float64"), 0.0, 1.0
    for batch in batches:
        layer.forward(batch, training=True)
        mean = 0.6 * mean + 0.4 * batch.mean(axis=0)
        variance = 0.6 * variance + 0.4 * ((batch - batch.mean(axis=0)) ** 2).mean(axis=0)
    np.testing.assert_allclose(layer.state["moving_mean"], mean)
    np.testing.assert_allclose(layer.state["moving_variance"], variance)
    out = layer.forward(batches[0])
    np.testing.assert_allclose(out, (batches[0] - mean) / np.sqrt(variance + 1e-3))
    np.testing.assert_allclose(layer.state["moving_mean"], mean)  # not changed outside training
    np.testing.assert_allclose(layer.forward(batches[0][:1]), out[:1])


@pytest.mark.parametrize("initializer", ["he_normal", "glorot_uniform", "zeros"])
def test_initial_weights_are_those_of_the_initializer(initializer):
    layer = Affine("sums", 300, 200, initializer=initializer)
    std = INITIALIZERS[initializer].std(300, 200)
    assert layer.params["w"].std() == pytest.approx(std, rel=0.02)
    assert layer.params["w"].shape == (300, 200)
    np.testing.assert_array_equal(layer.params["b"], np.zeros(200))


def test_he_s_rule_is_the_default():
    w = Affine("sums", 800, 100).params["w"]
    assert w.std() == pytest.approx((2 / 800) ** 0.5, rel=0.02)


def test_layers_of_one_seed_differ_by_their_names():
    first, same, other, seeded = (
        Affine(name, 4, 3, seed=seed).params["w"]
        for name, seed in [("first", 0), ("first", 0), ("other", 0), ("first", 1)]
    )
    np.testing.assert_array_equal(first, same)
    assert (first != other).all() and (first != seeded).all()
    doubled = Affine("first", 4, 3, dtype="float64").params["w"]
    np.testing.assert_array_equal(first, doubled.astype("float32"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_layer_preserves_the_dtype(dtype):
    x = np.random.default_rng(0).normal(size=(5, 3)).astype(dtype)
    layers = [Affine("sums", 3, 3, dtype=dtype), BatchNorm("norm", 3, dtype=dtype)]
    layers += [make() for make in FUNCTIONS.values()] + [Dropout("drop", 0.3)]
    for layer in layers:
        assert layer.forward(x, training=True).dtype == dtype
        assert layer.backward(x).dtype == dtype
        arrays = [*layer.params.values(), *layer.state.values(), *layer.grads.values()]
        assert {array.dtype for array in arrays} <= {np.dtype(dtype)}


def test_the_gradient_by_the_inputs_can_be_skipped():
    x = np.random.default_rng(0).normal(size=(5, 3))
    layer = Affine("sums", 3, 2, dtype="float64")
    grad = layer.forward(x)
    layer.backward(grad)
    grads = layer.grads
    assert layer.backward(grad, to_inputs=False) is None
    for name in ("w", "b"):
        np.testing.assert_array_equal(layer.grads[name], grads[name])


@pytest.mark.parametrize("layer", [Affine("sums", 3, 2), BatchNorm("sums", 3)])
@pytest.mark.parametrize("shape", [(5, 4), (3,), (5, 3, 1)])
def test_inputs_of_another_shape_name_the_layer_and_both_shapes(layer, shape):
    with pytest.raises(ValueError) as error:
        layer.forward(np.ones(shape))
    rule = "the input of layer sums must be of shape (n, 3)"
    assert str(error.value) == f"{rule}. Got {shape} instead."


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Affine("sums", 0, 2), r"fan_in must be a whole number of at least 1\. Got 0 i"),
        (lambda: Affine("sums", 2, 2.5), r"fan_out must be a whole number .* Got 2\.5 instead"),
        (lambda: Affine("sums", 2, 2, initializer="he"), r"initializer must be one of .*he_normal"),
        (lambda: Affine("sums", 2, 2, seed=-1), r"seed must be a whole number .* Got -1 instead"),
        (lambda: Dropout("drop", 1), r"rate must be .*at least 0 and below 1\. Got 1 instead"),
        (lambda: Dropout("drop", -0.1), r"rate must be .*at least 0 .* Got -0\.1 instead"),
        (lambda: LeakyRelu("leak", 1.5), r"slope must be at most 1\. Got 1\.5 instead"),
        (lambda: LeakyRelu("leak", "0.1"), r"slope must be a number.* Got '0\.1' instead"),
    ],
)
def test_a_bad_setting_gives_the_rule_and_the_value(make, message):
    with pytest.raises(ValueError, match=message):
        make()
