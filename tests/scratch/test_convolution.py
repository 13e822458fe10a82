"""Convolution, pooling and flattening: outputs and gradients."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes
from scipy.signal import correlate2d

from mlcourse.scratch import Conv2D, Flatten, MaxPool2D
from tests.scratch.differences import check_layer

few = settings(max_examples=25, deadline=None)
seeds, sides, small = st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 2)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size", [1, 2, 3, 4])
@few
@given(n=small, height=sides, width=sides, channels=small, filters=small, seed=seeds)
def test_the_gradient_of_filters_is_the_difference(
    size, padding, n, height, width, channels, filters, seed
):
    rng = np.random.default_rng(seed)
    if padding == "valid":
        height, width = height + size - 1, width + size - 1
    layer = Conv2D("edges", channels, filters, size, padding, dtype="float64")
    layer.params["b"] = rng.normal(size=filters)
    check_layer(layer, rng.normal(size=(n, min(height, 5), min(width, 5), channels)))


@few
@given(n=small, height=sides, width=sides, channels=small, size=st.integers(1, 4), seed=seeds)
def test_the_gradient_of_pooling_is_the_difference(n, height, width, channels, size, seed):
    shape = (n, height + size - 1, width + size - 1, channels)
    x = np.random.default_rng(seed).permutation(np.prod(shape)) * 0.1  # no two are equal
    check_layer(MaxPool2D("pool", size), x.reshape(shape))


@few
@given(shape=array_shapes(min_dims=2, max_dims=5, max_side=3), seed=seeds)
def test_the_gradient_of_flattening_is_the_difference(shape, seed):
    check_layer(Flatten("flat"), np.random.default_rng(seed).normal(size=shape))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_filter_agrees_with_scipy(size, padding):
    x = np.random.default_rng(0).normal(size=(2, 7, 6, 3))
    layer = Conv2D("edges", 3, 4, size, padding, dtype="float64")
    layer.params["b"] = np.array([1.0, 2, 3, 4])
    out, zeros = layer.forward(x), size - 1 if padding == "same" else 0
    around = (zeros // 2, zeros - zeros // 2)
    padded = np.pad(x, ((0, 0), around, around, (0, 0)))
    for example, index in itertools.product(range(2), range(4)):
        expected = (
            index
            + 1
            + sum(
                correlate2d(padded[example, :, :, c], layer.params["w"][:, :, c, index], "valid")
                for c in range(3)
            )
        )
        np.testing.assert_allclose(out[example, :, :, index], expected, rtol=1e-12, atol=1e-12)


def test_padding_determines_the_size_of_the_output():
    x = np.ones((2, 28, 20, 1))
    assert Conv2D("edges", 1, 8).forward(x).shape == (2, 26, 18, 8)
    for size in (1, 2, 3, 4, 5):
        assert Conv2D("edges", 1, 8, size).forward(x).shape == (2, 29 - size, 21 - size, 8)
        assert Conv2D("edges", 1, 8, size, "same").forward(x).shape == (2, 28, 20, 8)


@pytest.mark.parametrize(("size", "shape"), [(1, (7, 5)), (2, (3, 2)), (3, (2, 1)), (4, (1, 1))])
def test_the_largest_of_each_block_is_kept_and_what_is_left_over_is_dropped(size, shape):
    x = np.random.default_rng(0).normal(size=(2, 7, 5, 3))
    layer = MaxPool2D("pool", size)
    out = layer.forward(x)
    assert out.shape == (2, *shape, 3)
    for row, column in np.ndindex(shape):
        block = x[:, row * size : (row + 1) * size, column * size : (column + 1) * size]
        np.testing.assert_array_equal(out[:, row, column], block.max(axis=(1, 2)))
    back = layer.backward(np.ones_like(out))
    np.testing.assert_array_equal(back[:, shape[0] * size :], 0)
    np.testing.assert_array_equal(back[:, :, shape[1] * size :], 0)
    np.testing.assert_array_equal(np.sort(x[back == 1]), np.sort(out.ravel()))


def test_flatten_and_its_backward_pass():
    x = np.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    layer = Flatten("flat")
    rows = layer.forward(x)
    np.testing.assert_array_equal(rows, [np.arange(60), np.arange(60, 120)])
    np.testing.assert_array_equal(layer.backward(rows), x)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_precision_is_kept(dtype):
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 3)).astype(dtype)
    for layer in (Conv2D("edges", 3, 2, dtype=dtype), MaxPool2D("pool"), Flatten("flat")):
        out = layer.forward(x)
        assert out.dtype == layer.backward(out).dtype == dtype
        assert {array.dtype for array in (*layer.params.values(), *layer.grads.values())} <= {
            np.dtype(dtype)
        }


def test_the_way_to_the_inputs_can_be_left_out():
    x = np.random.default_rng(0).normal(size=(2, 6, 6, 3))
    layer = Conv2D("edges", 3, 2, dtype="float64")
    out = layer.forward(x)
    layer.backward(out)
    grads = layer.grads
    assert layer.backward(out, to_inputs=False) is None
    for name in ("w", "b"):
        np.testing.assert_array_equal(layer.grads[name], grads[name])


def test_first_weights_are_he_s_for_what_a_filter_sees():
    layer = Conv2D("edges", 16, 64, 5)
    assert layer.params["w"].shape == (5, 5, 16, 64)
    assert layer.params["w"].std() == pytest.approx((2 / (5 * 5 * 16)) ** 0.5, rel=0.02)
    np.testing.assert_array_equal(layer.params["b"], np.zeros(64))
    np.testing.assert_array_equal(layer.params["w"], Conv2D("edges", 16, 64, 5).params["w"])
    assert (layer.params["w"] != Conv2D("lines", 16, 64, 5).params["w"]).any()


@pytest.mark.parametrize("shape", [(2, 8, 8, 1), (8, 8, 3), (2, 3), (2, 3, 8, 8)])
def test_inputs_of_another_shape_name_the_layer_and_the_shape(shape):
    with pytest.raises(ValueError) as error:
        Conv2D("edges", 3, 2).forward(np.ones(shape))
    rule = "layer edges must have inputs (examples, height, width, 3)"
    assert str(error.value) == f"{rule}. Got shape {shape} instead."


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conv2D("edges", 1, 2, 0), r"size must be a whole number of at least 1\. Got 0"),
        (lambda: Conv2D("edges", 1, 2, 2.5), r"size must be a whole number .* Got 2\.5 instead"),
        (lambda: Conv2D("edges", 1, 2, padding="full"), r"padding must be .*valid, same.* 'full'"),
        (lambda: MaxPool2D("pool", 0), r"size must be a whole number of at least 1\. Got 0"),
        (lambda: MaxPool2D("pool", (2, 2)), r"size must be a whole number .* Got \(2, 2\) instead"),
    ],
)
def test_a_bad_setting_gives_the_rule_and_the_value(make, message):
    with pytest.raises(ValueError, match=message):
        make()
