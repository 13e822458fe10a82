"""The flat part of each activation function, compared with the function."""

import functools
import math

import keras
import numpy as np
import pytest

from mlcourse.inspection.activation_rules import TOLERANCE, flat_part

SMOOTH = ["elu", "selu", "celu", "gelu", "silu", "swish", "mish", "softplus", "exponential"]
SMOOTH += ["squareplus", "tanh", "sigmoid", "softsign"]
CUT = ["relu", "relu6", "hard_silu", "sparse_plus", "hard_sigmoid", "hard_tanh", "sparse_sigmoid"]


def values(function, z):
    return keras.ops.convert_to_numpy(function(np.asarray(z, np.float32))).astype(float)


@pytest.mark.parametrize("name", SMOOTH + CUT)
def test_it_is_where_the_output_is_next_to_its_limit(name):
    function = keras.activations.get(name)
    part = flat_part(function)
    near = TOLERANCE if name in SMOOTH else 0
    for end, side in ((part.low, -1), (part.high, 1)):
        if math.isinf(end):
            continue
        limit = values(function, [side * 1e4])
        beyond = values(function, end + side * np.geomspace(1e-3, 1e3, 400))
        assert np.abs(beyond - limit).max() <= near + 1e-5  # rounding in float32
        before = values(function, [end - side * 0.02 * max(1, abs(end))])
        assert np.abs(before - limit) > near


@pytest.mark.parametrize("name", ["linear", "softmax", "log_softmax", "glu", "tanh_shrink"])
def test_others_have_none(name):
    assert flat_part(keras.activations.get(name)) is None


def test_options_count():
    relu = functools.partial(keras.activations.relu, max_value=2, threshold=1)
    assert (flat_part(relu).low, flat_part(relu).high) == (1, 2)
    assert flat_part(keras.layers.ReLU(negative_slope=0.1)).has_slope
    assert not flat_part(keras.layers.ReLU(threshold=1)).has_slope
    elu = flat_part(keras.layers.ELU(alpha=2.0))
    assert 2 * math.exp(elu.low) == pytest.approx(TOLERANCE)
    assert flat_part(functools.partial(keras.activations.celu, alpha=2.0)).low == (
        pytest.approx(2 * math.log(TOLERANCE / 2))
    )


def test_a_function_of_one_s_own_is_unknown_whatever_its_name():
    def relu(x):
        return -x

    assert flat_part(relu) is None
