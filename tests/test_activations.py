import math
import warnings

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import special

import mlcourse
from mlcourse import activation, activation_derivative
from mlcourse.activations import ACTIVATIONS, SELU_ALPHA, SELU_SCALE, leaky_relu

NAMES = list(ACTIVATIONS)
ALONE = [name for name in NAMES if name != "softmax"]  # each output depends on its input alone
JUMPS = {"relu": (0, 1), "leaky_relu": (0.1, 1), "selu": (SELU_SCALE * SELU_ALPHA, SELU_SCALE)}
FAR = [1e4, 800.0, 90.0, 40.0, 1e-30]
OPTIONS = {"leaky_relu": {"negative_slope": 0.1}, "gelu": {"approximate": False}}
KERAS = {"none": "linear", "swish": "silu"}
floats = st.floats(-1e4, 1e4)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def keras_says(name, x):
    function = getattr(keras.activations, KERAS.get(name, name))
    tensor = keras.ops.convert_to_tensor(x, dtype=str(x.dtype))
    return keras.ops.convert_to_numpy(function(tensor, **OPTIONS.get(name, {})))


def slope(function, x):
    """The central difference: exact to about 1e-10, but for a bend within the step."""
    step = 1e-6 * np.maximum(1, np.abs(x))
    return (function(x + step) - function(x - step)) / (2 * step)


def jacobian(function, row):
    """All central differences of a row's outputs, in rows, by its inputs, in columns."""
    steps = 1e-6 * np.eye(len(row))
    return np.stack([(function(row + h) - function(row - h)) / 2e-6 for h in steps], axis=1)


def test_the_functions_are_all_there():
    assert set(NAMES) == {"sigmoid", "tanh", "relu", "leaky_relu", "softmax", "none"} | {
        "elu",
        "selu",
        "gelu",
        "swish",
        "softplus",
    }
    assert mlcourse.activation is activation
    assert mlcourse.activation_derivative is activation_derivative


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float64", 1e-7)])
@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_that_of_keras(name, dtype, tolerance):
    x = np.concatenate([np.linspace(-12, 12, 97), [0.0, -1e-3, 1e-3, 60.0, -60.0]])
    x = np.random.default_rng(0).permutation(np.append(x, [1e3, -1e3])).reshape(8, 13).astype(dtype)
    result = activation(x, name)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, keras_says(name, x), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ALONE)
@settings(max_examples=60, deadline=None)
@given(x=floats)
def test_a_derivative_is_the_central_difference(name, x):
    assume(name not in JUMPS or abs(x) > 0.02)
    expected = slope(lambda x: activation(x, name), x)
    assert activation_derivative(x, name) == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", ALONE)
def test_a_derivative_in_float32_is_that_in_float64(name):
    x = np.linspace(-12, 12, 98, dtype=np.float32)
    expected = activation_derivative(x.astype(float), name)
    np.testing.assert_allclose(activation_derivative(x, name), expected, rtol=1e-5, atol=5e-7)


@pytest.mark.parametrize("x", [-700.0, -40.0, 40.0, 700.0])
def test_a_saturated_sigmoid_still_has_a_slope(x):
    expected = math.exp(-abs(x)) / (1 + math.exp(-abs(x))) ** 2
    assert activation_derivative(x, "sigmoid") == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("name", JUMPS)
def test_a_jump_takes_the_derivative_from_the_left(name):
    tiny = np.nextafter(0.0, 1)
    left, right = JUMPS[name]
    slopes = activation_derivative([-tiny, 0.0, -0.0, tiny], name)
    np.testing.assert_allclose(slopes, [left, left, left, right])


def test_those_with_a_corner_are_those_that_jump():
    jumps = set()
    for name in ALONE:
        below, above = activation_derivative([-1e-9, 1e-9], name)
        if abs(above - below) > 1e-3:
            jumps.add(name)
    assert jumps == {name for name in NAMES if ACTIVATIONS[name].corner} == set(JUMPS)


def test_the_default_is_sigmoid():
    np.testing.assert_allclose(activation([0.0, 2.0]), [0.5, 1 / (1 + math.exp(-2))])
    np.testing.assert_allclose(activation_derivative([0.0, -0.0]), [0.25, 0.25])


@pytest.mark.parametrize("slope_below", [0.0, 0.3, 1.0])
def test_a_leaky_relu_has_the_slope_that_it_is_given(slope_below):
    known, x = leaky_relu(slope_below), np.array([-2.0, 3.0])
    np.testing.assert_allclose(known.function(x), [-2 * slope_below, 3.0])
    np.testing.assert_allclose(known.derivative(x), [slope_below, 1.0])


@pytest.mark.parametrize("shape", [(5,), (1,), (4, 3), (2, 3, 4), (2, 1, 3, 5)])
def test_softmax_is_along_the_last_axis(shape):
    x = np.random.default_rng(0).normal(scale=3, size=shape)
    np.testing.assert_allclose(activation(x, "softmax"), special.softmax(x, axis=-1))


@settings(max_examples=60, deadline=None)
@given(
    x=arrays(float, array_shapes(min_dims=1, max_dims=4, max_side=4), elements=floats),
    shift=st.floats(-1e3, 1e3),
)
def test_softmax_sums_to_1_and_a_shift_does_not_matter(x, shift):
    result = activation(x, "softmax")
    assert result.min() >= 0
    np.testing.assert_allclose(result.sum(axis=-1), 1)
    np.testing.assert_allclose(activation(x + shift, "softmax"), result, atol=1e-10)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_of_large_numbers_is_stable(dtype):
    x = np.array([[1e4, 1e4, -1e4], [1e4, -1e4, 0], [-1e4, -1e4, -1e4]], dtype)
    expected = [[0.5, 0.5, 0], [1, 0, 0], [1 / 3] * 3]
    np.testing.assert_allclose(activation(x, "softmax"), expected, rtol=1e-6)
    expected = [[0.25, 0.25, 0], [0, 0, 0], [2 / 9] * 3]
    np.testing.assert_allclose(activation_derivative(x, "softmax"), expected, rtol=1e-6)


@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 4), (2, 2, 2, 3)])
def test_softmax_s_derivative_is_the_diagonal_of_the_jacobian(shape):
    x = np.random.default_rng(1).normal(size=shape)
    rows = x.reshape(-1, shape[-1])
    expected = [np.diag(jacobian(special.softmax, row)) for row in rows]
    result = activation_derivative(x, "softmax")
    np.testing.assert_allclose(result, np.reshape(expected, shape), atol=1e-8)


@pytest.mark.parametrize("shape", [(4,), (5, 4), (2, 3, 4)])
@pytest.mark.parametrize("name", NAMES)
def test_the_gradient_goes_back_by_the_whole_jacobian(name, shape):
    rng = np.random.default_rng(2)
    z, gradient = rng.normal(size=shape), rng.normal(size=shape)
    assert np.abs(z).min() > 1e-3  # no corner is within a step of the difference
    pairs = zip(z.reshape(-1, 4), gradient.reshape(-1, 4), strict=True)
    expected = [g @ jacobian(lambda row: activation(row, name), row) for row, g in pairs]
    result = ACTIVATIONS[name].backward(z, gradient)
    assert result.shape == shape
    np.testing.assert_allclose(result.reshape(-1, 4), expected, atol=1e-8)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("dtype", "most"), [("float32", 1e30), ("float64", 1e300)])
@pytest.mark.parametrize("name", NAMES)
def test_far_from_0_all_is_finite(name, dtype, most, sign):
    x = sign * np.array([most, 1e30, *FAR], dtype)
    values, slopes = activation(x, name), activation_derivative(x, name)
    assert np.isfinite(values).all() and np.isfinite(slopes).all()
    assert values.dtype == slopes.dtype == dtype


@pytest.mark.parametrize(
    ("name", "value", "slopes"),
    [
        ("sigmoid", (0, 1), (0, 0)),
        ("tanh", (-1, 1), (0, 0)),
        ("relu", (0, 1e30), (0, 1)),
        ("leaky_relu", (-1e29, 1e30), (0.1, 1)),
        ("none", (-1e30, 1e30), (1, 1)),
        ("elu", (-1, 1e30), (0, 1)),
        ("selu", (-SELU_SCALE * SELU_ALPHA, SELU_SCALE * 1e30), (0, SELU_SCALE)),
        ("gelu", (0, 1e30), (0, 1)),
        ("swish", (0, 1e30), (0, 1)),
        ("softplus", (0, 1e30), (0, 1)),
    ],
)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_from_0_there_are_the_limits(name, value, slopes, dtype):
    x = np.array([-1e30, 1e30], dtype)
    np.testing.assert_allclose(activation(x, name), value, rtol=1e-6)
    np.testing.assert_allclose(activation_derivative(x, name), slopes, rtol=1e-6)


@pytest.mark.parametrize("function", [activation, activation_derivative])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_shape_and_dtype_are_kept(function, name, dtype, data):
    width = 32 if dtype == "float32" else 64
    most = float(np.float32(1e30)) if dtype == "float32" else 1e300
    shapes = array_shapes(min_dims=1, max_dims=3, max_side=3)
    elements = st.floats(-most, most, width=width)
    x = data.draw(arrays(dtype, shapes, elements=elements))
    result = function(x, name)
    assert (result.shape, result.dtype) == (x.shape, x.dtype)
    assert np.isfinite(result).all()


@pytest.mark.parametrize("function", [activation, activation_derivative])
@pytest.mark.parametrize("name", NAMES)
def test_whole_numbers_and_lists_are_taken_as_float64(function, name):
    expected = function(np.array([[-2.0, 0.0, 3.0]]), name)
    whole = np.array([[-2, 0, 3]])
    for same in ([[-2, 0, 3]], ((-2.0, 0, 3),), whole, whole.astype(np.int8)):
        result = function(same, name)
        assert result.dtype == np.float64
        np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("function", [activation, activation_derivative])
@pytest.mark.parametrize("name", NAMES)
def test_all_but_float32_gives_float64(function, name):
    halves = np.array([[-2.0, 0.0, 3.0]], np.float16)
    assert function(halves, name).dtype == np.float64
    np.testing.assert_array_equal(function(halves, name), function(halves.astype(float), name))


@pytest.mark.parametrize("function", [activation, activation_derivative])
@pytest.mark.parametrize("name", ALONE)
def test_a_single_number_gives_an_array_of_its_shape(name, function):
    for number in (2, 2.0, np.float32(2), np.array(2.0)):
        result = function(number, name)
        assert isinstance(result, np.ndarray) and result.shape == ()
        assert result == pytest.approx(float(function([2.0], name)[0]), rel=1e-6)


@pytest.mark.parametrize("function", [activation, activation_derivative])
def test_softmax_of_a_single_number_is_refused(function):
    with pytest.raises(ValueError, match=r"softmax needs an axis of classes\. Got .* 2\.0 instead"):
        function(2.0, "softmax")


@pytest.mark.parametrize("function", [activation, activation_derivative])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_given_is_neither_changed_nor_shared(function, name):
    x = np.array([[-2.0, 0.0, 3.0], [1.0, 2.0, -4.0]])
    before = x.copy()
    result = function(x, name)
    assert not np.shares_memory(result, x)
    result[...] = 7
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("function", [activation, activation_derivative])
@pytest.mark.parametrize("name", ["rel", "ReLU", "", None, ["relu"]])
def test_an_unknown_name_lists_the_known_ones(function, name):
    with pytest.raises(ValueError, match=r"function must be one of .* Got ") as error:
        function([1.0], name)
    rule, got = str(error.value).removeprefix("function must be one of ").split(". Got ")
    assert set(rule.split(", ")) == set(NAMES)
    assert got.removesuffix(" Did you mean 'relu'?") == f"{name!r} instead."
