import keras
import numpy as np
import pytest

from mlcourse.inspection.dead_units import dead_units
from tests.inspection.tiny import layers, left_as_it_was, pictures, residual

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def with_biases(layer, biases):
    """Set the biases of a layer, and its weights to 0."""
    kernel, _ = layer.get_weights()
    layer.set_weights([np.zeros_like(kernel), np.array(biases, float)])


def test_the_fraction_is_of_units_that_are_0_for_every_example():
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
        (layers.ReLU(negative_slope=0.1), 1),
        (layers.LeakyReLU(), 1),
        (layers.PReLU(), 1),
        (layers.Lambda(keras.activations.tanh), 1),
        (layers.Dense(2, "tanh"), 1),
        (layers.Dense(2), 0),
        (layers.Softmax(), 0),
        (layers.Dense(2, lambda x: x), 0),
    ],
)
def test_any_activation_with_a_flat_part_is_known_and_no_other(layer, count):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, "relu"), layer])
    units = dead_units(model, np.ones((1, 2)))
    assert len(units) == 1 + count
    assert list(units.not_judged) == ([] if count else [layer.name])


def test_the_order_is_that_of_the_network_with_models_within_it():
    block = keras.Sequential([keras.Input((2,)), layers.Dense(2, "relu", name="a")], name="block")
    inputs = keras.Input((2,))
    outputs = block(layers.Dense(2, "relu", name="z")(inputs))
    model = keras.Model(inputs, keras.ops.relu(outputs))
    assert list(dead_units(model, np.ones((1, 2))))[:2] == ["z", "block/a"]
    assert len(dead_units(model, np.ones((1, 2)))) == 3


def test_the_units_of_a_layer_used_twice_are_alive_if_they_are_in_one_use():
    inputs, shared = keras.Input((1,)), layers.Dense(1, "relu", name="shared")
    model = keras.Model(inputs, layers.Add()([shared(inputs), shared(-inputs)]))
    shared.set_weights([np.ones((1, 1)), np.zeros(1)])
    units = dead_units(model, np.ones((2, 1)))
    assert units == {"shared": 0.0}
    assert units.layers["shared"].uses == 2
    assert dead_units(model, np.zeros((2, 1))) == {"shared": 1.0}


def test_an_activation_without_weights_is_judged_in_each_use():
    inputs, relu = keras.Input((1,)), layers.ReLU(name="relu")
    wide = layers.Dense(3, name="wide")
    model = keras.Model(inputs, wide(relu(-relu(inputs))))
    wide_too = keras.Model(inputs, relu(wide(inputs)))
    assert dead_units(model, np.ones((2, 1))) == {"relu": 0.0, "relu, use 2": 1.0}
    assert dead_units(wide_too, np.zeros((2, 1))).layers["relu"].units == 3


def test_what_is_wrong_is_said():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(2, name="sums")])
    with pytest.raises(ValueError, match=r"flat part, such as relu\. Got sums \(linear: it has no"):
        dead_units(model, np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"x must be of shape \(n, 2\), .* Got \(1, 3\) instead"):
        dead_units(model, np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"x must have at least one example"):
        dead_units(model, np.ones((0, 2)))
    with pytest.raises(ValueError, match=r"x must be finite\. Got nan at \[0, 1\] instead"):
        dead_units(model, np.array([[1, np.nan]]))
    for unbuilt in (keras.Sequential([layers.Dense(2, "relu")]), "model", None):
        with pytest.raises(ValueError, match=r"model must be a Keras model that is built"):
            dead_units(unbuilt, np.ones((1, 2)))
    model.layers[0].bias.assign([np.nan, 0])
    with pytest.raises(ValueError, match=r"weights must be finite\. Got NaN or infinity in .*bias"):
        dead_units(model, np.ones((1, 2)))


def test_pre_activations_that_overflow_are_refused():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, "relu", name="large")])
    model.set_weights([np.full((1, 1), 3e38), np.zeros(1)])
    with pytest.raises(ValueError, match=r"pre-activations must be finite.* in large\."):
        dead_units(model, np.full((1, 1), 10.0))


def in_the_flat_part(pre_activations, function):
    """Return the report of a layer with these pre-activations, (examples, units)."""
    z = np.array(pre_activations, float)
    model = keras.Sequential([keras.Input((z.shape[1],)), layers.Activation(function, name="it")])
    return dead_units(model, z).layers["it"]


@pytest.mark.parametrize(
    ("function", "pre_activations", "dead", "saturated"),
    [
        ("relu", [[-1, -1, 0, 1], [-2, 1, 0, 9]], 2, 0),
        ("relu6", [[-1, 7, -1, 7, 1], [-2, 8, 7, 3, 2]], 1, 2),
        ("leaky_relu", [[-1, -1, 1], [-2, 1, 9]], 1, 0),
        ("elu", [[-5, -5, -4], [-9, 1, -9]], 0, 1),
        ("selu", [[-5.2, -5, 1], [-9, -9, -9]], 0, 1),
        ("gelu", [[-2.7, -2.6, -0.001], [-9, -9, -9]], 1, 0),
        ("silu", [[-6.5, -6.4, -0.001], [-9, -9, -9]], 1, 0),
        ("softplus", [[-4.7, -4.5, 1], [-9, -9, -9]], 1, 0),
        ("tanh", [[-2.7, -2.7, -2.6], [-9, 2.7, 2.7]], 0, 2),
        ("sigmoid", [[-4.7, -4.6, 4.5], [-9, 4.6, 9]], 0, 2),
        ("hard_sigmoid", [[-3, -2.9, 3], [-9, -9, -3]], 0, 2),
        ("hard_silu", [[-3, -2.9, 3], [-9, -9, 9]], 1, 0),
    ],
)
def test_each_activation_has_its_rule(function, pre_activations, dead, saturated):
    found = in_the_flat_part(pre_activations, function)
    assert (found.dead, found.saturated) == (dead, saturated)
    assert found.fraction == (dead + saturated) / len(pre_activations[0])


def test_an_activation_after_batch_normalization_counts():
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(4), layers.BatchNormalization(), layers.LeakyReLU()]
    )
    model.layers[1].beta.assign([-99.0, 99, -99, 99])
    with left_as_it_was(model.compile("sgd") or model):
        units = dead_units(model, np.random.default_rng(0).normal(size=(50, 2)))
    assert list(units.values()) == [0.5]
    assert list(units.not_judged) == [one.name for one in model.layers[:2]]


def test_the_report_is_a_table():
    dense, last = layers.Dense(4, "tanh", name="<hidden>"), layers.Dense(2, "softmax", name="last")
    model = keras.Sequential([keras.Input((2,)), dense, last])
    dense.bias.assign([9.0, -9, 9, 0])
    units = dead_units(model, np.zeros((3, 2)))
    head, row, note = str(units).splitlines()
    assert head.split() == ["layer", "activation", "units", "dead", "saturated", "rule"]
    assert row.split(maxsplit=5)[:5] == ["<hidden>", "tanh", "4", "0", "(0.0%)"]
    assert "3 (75.0%)" in row
    assert row.endswith("output within 0.01 of a limit for every example")
    assert note == "not judged (softmax: its units depend on each other): last"
    assert '<td style="text-align:left">&lt;hidden&gt;</td>' in units._repr_html_()
