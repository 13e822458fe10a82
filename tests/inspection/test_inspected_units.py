import keras
import numpy as np
import pytest

from mlcourse.inspection.dead_units import dead_units
from tests.inspection.tiny import layers, left_as_it_was, pictures, residual

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def with_biases(layer, biases):
    """Gives a layer these biases, far from what its inputs can make up for, and no weights."""
    kernel, _ = layer.get_weights()
    layer.set_weights([np.zeros_like(kernel), np.array(biases, float)])


def test_the_share_is_of_units_that_are_0_for_every_example():
    dense, other = layers.Dense(4, "relu", name="first"), layers.Dense(2, name="sums")
    model = keras.Sequential([keras.Input((3,)), dense, other, layers.ReLU(name="second")])
    with_biases(dense, [1, -1, -1, -1])
    with_biases(other, [1, -1])
    assert dead_units(model, np.ones((5, 3))) == {"first": 0.75, "second": 0.5}


def test_one_example_or_one_place_is_enough_to_live():
    one = keras.initializers.Constant(1.0)
    convolution = layers.Conv2D(1, 1, activation="relu", kernel_initializer=one, name="maps")
    model = keras.Sequential([keras.Input((4, 4, 1)), convolution])
    x = np.full((40, 4, 4, 1), -1.0)
    assert dead_units(model, x) == {"maps": 1.0}
    x[39, 2, 3] = 0.5  # in the second batch of predict
    assert dead_units(model, x) == {"maps": 0.0}


def test_the_numbers_are_those_of_the_activations():
    model, x = residual(), pictures(40)
    relu = keras.Model(model.inputs[0], model.get_layer("relu").output)
    shift = np.array([-9.0, 0, 0, -9.0])
    model.get_layer("scaled").beta.assign(shift)
    with left_as_it_was(model):
        found = dead_units(model, x)
    silent = (np.asarray(relu.predict(x, verbose=0)) == 0).all(axis=(0, 1, 2)).mean()
    assert found == {"relu": silent}
    assert silent == 0.5


@pytest.mark.parametrize(
    ("layer", "count"),
    [
        (layers.Activation("relu"), 1),
        (layers.Dense(2, activation=layers.ReLU()), 1),
        (layers.Activation(keras.activations.relu), 1),
        (layers.ReLU(max_value=6), 1),
        (layers.ReLU(negative_slope=0.1), 0),
        (layers.LeakyReLU(), 0),
        (layers.Dense(2, "tanh"), 0),
        (layers.Dense(2), 0),
    ],
)
def test_any_kind_of_relu_is_known_and_no_other(layer, count):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, "relu"), layer])
    assert len(dead_units(model, np.ones((1, 2)))) == 1 + count


def test_the_order_is_that_of_the_network_with_models_within_it():
    block = keras.Sequential([keras.Input((2,)), layers.Dense(2, "relu", name="a")], name="block")
    inputs = keras.Input((2,))
    outputs = block(layers.Dense(2, "relu", name="z")(inputs))
    model = keras.Model(inputs, keras.ops.relu(outputs))
    assert list(dead_units(model, np.ones((1, 2))))[:2] == ["z", "block/a"]
    assert len(dead_units(model, np.ones((1, 2)))) == 3


def test_a_layer_used_twice_lives_if_it_does_once():
    inputs, shared = keras.Input((1,)), layers.ReLU(name="shared")
    model = keras.Model(inputs, layers.Add()([shared(inputs), shared(-inputs)]))
    assert dead_units(model, np.ones((2, 1))) == {"shared": 0.0}
    assert dead_units(model, np.zeros((2, 1))) == {"shared": 1.0}


def test_what_is_wrong_is_said():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, "tanh")])
    with pytest.raises(ValueError, match=r"must have a layer with ReLU\. Got Dense instead"):
        dead_units(model, np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"x must be of shape \(n, 2\), .* Got \(1, 3\) instead"):
        dead_units(model, np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"x must have at least one example"):
        dead_units(model, np.ones((0, 2)))
    with pytest.raises(ValueError, match=r"Sequential or Functional, and built"):
        dead_units(keras.Sequential([layers.Dense(2, "relu")]), np.ones((1, 2)))
    inputs = [keras.Input((1,)), keras.Input((1,))]
    two = keras.Model(inputs, layers.Add()(inputs))
    with pytest.raises(ValueError, match=r"number of the model's inputs .* from 1 to 1\. Got 2"):
        dead_units(two, np.ones((1, 1)))
