"""Losses and their gradients, compared with Keras and central differences."""

import math

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from mlcourse.scratch import BCE, MSE, CrossEntropy
from tests.scratch.differences import assert_same_gradient, differences

few = settings(max_examples=25, deadline=None)
sizes, seeds = st.integers(1, 5), st.integers(0, 2**32 - 1)
REDUCTIONS = ["mean", "sum"]
KERAS = {
    MSE: keras.losses.MeanSquaredError,
    BCE: keras.losses.BinaryCrossentropy,
    CrossEntropy: keras.losses.CategoricalCrossentropy,
}


def one_hot(y, classes):
    return np.array([[float(label == column) for column in range(classes)] for label in y])


def targets_of(loss, kind, rng, n, outputs):
    """Return random targets of a kind for z, (n, outputs)."""
    if kind == "classes":
        return rng.integers(0, outputs, n)
    if kind == "one-hot":
        return one_hot(rng.integers(0, outputs, n), outputs)
    if kind == "soft":
        soft = rng.uniform(0.1, 1, (n, outputs))
        return soft / soft.sum(axis=1, keepdims=True) if loss is CrossEntropy else soft
    shape = (n,) if kind == "(n,)" else (n, 1)
    return rng.integers(0, 2, shape) if loss is BCE else rng.normal(size=shape)


CASES = [
    (MSE, "(n,)"),
    (MSE, "(n, 1)"),
    (MSE, "one-hot"),
    (MSE, "soft"),
    (BCE, "(n,)"),
    (BCE, "(n, 1)"),
    (BCE, "one-hot"),
    (BCE, "soft"),
    (CrossEntropy, "classes"),
    (CrossEntropy, "one-hot"),
    (CrossEntropy, "soft"),
]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("loss", "kind"), CASES)
@few
@given(n=sizes, outputs=sizes, seed=seeds)
def test_the_gradient_of_a_loss_is_the_difference(loss, kind, reduction, n, outputs, seed):
    rng = np.random.default_rng(seed)
    outputs = 1 if kind.startswith("(n") else outputs
    z, y = rng.normal(scale=2, size=(n, outputs)), targets_of(loss, kind, rng, n, outputs)
    made = loss(reduction)
    _, gradient = made.value_and_gradient(z, y)
    expected = differences(lambda: np.float64(made.value_and_gradient(z, y)[0]), z, 1.0)
    assert_same_gradient(gradient, expected)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("loss", "kind"), CASES)
def test_a_loss_is_that_of_keras_of_probabilities_and_of_logits(loss, kind, dtype, reduction):
    rng = np.random.default_rng(0)
    outputs = 1 if kind.startswith("(n") else 4
    z = rng.normal(scale=2, size=(7, outputs)).astype(dtype)
    y = targets_of(loss, kind, rng, 7, outputs)
    full = one_hot(y, 4) if kind == "classes" else y.reshape(z.shape).astype(float)
    how = {MSE: np.copy, BCE: special.expit, CrossEntropy: lambda z: special.softmax(z, axis=1)}
    a, options = how[loss](z), {"reduction": "sum" if reduction == "sum" else "sum_over_batch_size"}
    expected = float(KERAS[loss](**options)(full, a))
    assert loss(reduction)(a, y) == pytest.approx(expected, rel=1e-5)
    if loss is not MSE:
        expected = float(KERAS[loss](from_logits=True, **options)(full, z))
    assert loss(reduction).value_and_gradient(z, y)[0] == pytest.approx(expected, rel=1e-5)


def test_classes_are_sparse_targets_to_keras():
    rng = np.random.default_rng(0)
    a, y = special.softmax(rng.normal(size=(9, 5)), axis=1), rng.integers(0, 5, 9)
    expected = float(keras.losses.SparseCategoricalCrossentropy()(y, a))
    assert CrossEntropy()(a, y) == pytest.approx(expected, rel=1e-6)
    for dtype in ("uint8", "int32"):
        assert CrossEntropy()(a, y.astype(dtype)) == CrossEntropy()(a, y)


@pytest.mark.parametrize(
    ("loss", "a", "y", "value"),
    [
        (MSE(), [[1.0, 2.0], [0.0, 0.0]], [[0.0, 0.0], [3.0, 1.0]], (2.5 + 5) / 2),
        (MSE("sum"), [[1.0, 2.0], [0.0, 0.0]], [[0.0, 0.0], [3.0, 1.0]], 7.5),
        (BCE(), [[0.9], [0.2]], [1, 0], -(math.log(0.9) + math.log(0.8)) / 2),
        (BCE("sum"), [[0.9], [0.2]], [[1], [0]], -math.log(0.9) - math.log(0.8)),
        (BCE(), [[0.9, 0.4]], [[1, 0.5]], -(math.log(0.9) + math.log(0.24) / 2) / 2),
        (CrossEntropy(), [[0.7, 0.3], [0.4, 0.6]], [0, 0], -(math.log(0.7) + math.log(0.4)) / 2),
        (CrossEntropy("sum"), [[0.7, 0.3]], [[0.5, 0.5]], -math.log(0.21) / 2),
    ],
)
def test_a_loss_is_the_one_computed_by_hand(loss, a, y, value):
    assert loss(np.array(a), np.array(y)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("loss", "z", "y", "value", "gradient"),
    [
        (BCE, [[1000], [-1000]], [0, 1], 1000, [[0.5], [-0.5]]),
        (BCE, [[1000], [-1000]], [1, 0], 0, [[0], [0]]),
        (BCE, [[1000, -1000]], [[0.25, 0.25]], 500, [[0.375, -0.125]]),
        (CrossEntropy, [[1000, -1000, 0]], [1], 2000, [[1, -1, 0]]),
        (CrossEntropy, [[1000, -1000, 0]], [0], 0, [[0, 0, 0]]),
        (CrossEntropy, [[1000, 1000]], [[0.5, 0.5]], math.log(2), [[0, 0]]),
        (CrossEntropy, [[-1000, -1000]], [1], math.log(2), [[0.5, -0.5]]),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_logits_have_a_finite_loss_and_the_right_gradient(loss, z, y, value, gradient, dtype):
    with np.errstate(all="raise", under="ignore"):
        got, slopes = loss().value_and_gradient(np.array(z, dtype), np.array(y))
    assert got == pytest.approx(value, rel=1e-6)
    np.testing.assert_allclose(slopes, gradient, atol=1e-6)
    assert slopes.dtype == dtype


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("loss", "a", "y"), [(BCE, [[0.0], [1.0]], [1, 0]), (CrossEntropy, [[0, 1], [1, 0]], [0, 1])]
)
def test_a_probability_of_0_costs_as_much_as_in_keras(loss, a, y, dtype):
    a, y = np.array(a, dtype), np.array(y)
    full = y.reshape(-1, 1) if loss is BCE else one_hot(y, 2)
    expected = float(KERAS[loss]()(full.astype(float), a))
    assert loss()(a, y) == pytest.approx(expected, rel=0.02)  # 1e-7 has few digits in float32
    assert loss()(a, 1 - y) == pytest.approx(0, abs=3e-7)


@pytest.mark.parametrize(("loss", "kind"), CASES)
def test_the_mean_is_the_sum_over_the_examples(loss, kind):
    rng = np.random.default_rng(0)
    outputs = 1 if kind.startswith("(n") else 3
    z, y = rng.normal(size=(6, outputs)), targets_of(loss, kind, rng, 6, outputs)
    (mean, slopes), (total, steeper) = (
        loss(reduction).value_and_gradient(z, y) for reduction in REDUCTIONS
    )
    assert 6 * mean == pytest.approx(total)
    np.testing.assert_allclose(6 * slopes, steeper)
    parts = [loss("sum").value_and_gradient(z[n : n + 1], y[n : n + 1])[0] for n in range(6)]
    assert sum(parts) == pytest.approx(total)
    assert loss().value_and_gradient(z, y)[0] == mean  # the default


def test_one_target_can_be_given_in_many_ways():
    rng = np.random.default_rng(0)
    z, y = rng.normal(size=(8, 1)), rng.integers(0, 2, 8)
    for loss in (MSE(), BCE()):
        value, gradient = loss.value_and_gradient(z, y)
        for same in (y.reshape(8, 1), y.astype(float), y.astype(bool), y.astype("uint8")):
            again, slopes = loss.value_and_gradient(z, same)
            assert again == value
            np.testing.assert_array_equal(slopes, gradient)
    z, y = rng.normal(size=(8, 3)), rng.integers(0, 3, 8)
    value, gradient = CrossEntropy().value_and_gradient(z, y)
    again, slopes = CrossEntropy().value_and_gradient(z, one_hot(y, 3))
    assert again == pytest.approx(value)
    np.testing.assert_allclose(slopes, gradient)


@pytest.mark.parametrize("loss", [MSE, BCE, CrossEntropy])
def test_arguments_are_not_modified(loss):
    a, y = np.array([[0.2, 0.8], [0.5, 0.5]]), np.array([[0.0, 1], [1, 0]])
    for array in (a, y):
        array.flags.writeable = False
    assert loss()(a, y) == loss()(a.copy(), y.copy())
    _, gradient = loss().value_and_gradient(a, y)
    assert not np.shares_memory(gradient, a) and not np.shares_memory(gradient, y)


@pytest.mark.parametrize("loss", [MSE, BCE, CrossEntropy])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_loss_is_a_float_and_its_gradient_preserves_the_dtype(loss, dtype):
    z = np.array([[0.2, 0.8], [0.5, 0.5]], dtype)
    value, gradient = loss().value_and_gradient(z, np.array([[0.0, 1], [1, 0]]))
    assert type(value) is float
    assert (gradient.shape, gradient.dtype) == (z.shape, dtype)


@pytest.mark.parametrize("loss", [MSE, BCE, CrossEntropy])
def test_an_unknown_reduction_lists_the_known_ones(loss):
    with pytest.raises(ValueError, match=r"reduction must be one of mean, sum\. Got 'none' instea"):
        loss("none")


def test_integer_outputs_and_list_targets():
    assert MSE()(np.array([[1], [2]]), np.array([0.5, 1.5])) == 0.25
    assert MSE()(np.array([[1.0], [2.0]]), [0.5, 1.5]) == 0.25
    logits = np.array([[0.0, 0.0]])
    assert CrossEntropy().value_and_gradient(logits, [1])[0] == pytest.approx(np.log(2))
