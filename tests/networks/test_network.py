"""Forward and backward pass of a `Network`, compared with Keras and central differences."""

import keras
import numpy as np
import pytest

from mlcourse import activations
from mlcourse.losses import LOSSES
from mlcourse.networks import from_model
from mlcourse.networks.network import Layer, Network

LAYERS = keras.layers


def model(output=None, units=3, hidden="tanh", norm=False):
    """Return a built Keras model with 4 inputs and random weights."""
    steps = [keras.Input((4,)), LAYERS.Dense(5, hidden)]
    steps += [LAYERS.BatchNormalization()] * norm
    steps += [LAYERS.Dropout(0.5), LAYERS.Dense(6), LAYERS.Activation("gelu")]
    made = keras.Sequential([*steps, LAYERS.Dense(units, output)])
    rng = np.random.default_rng(0)
    made.set_weights([rng.uniform(0.2, 1, w.shape) - 0.3 for w in made.get_weights()])
    return made


CASES = [
    ("softmax", 3, "categorical_crossentropy", [0.0, 1.0, 0.0]),
    ("softmax", 3, "categorical_crossentropy", [0.1, 0.7, 0.2]),
    ("softmax", 3, "mse", [0.0, 1.0, 0.0]),
    ("sigmoid", 1, "binary_crossentropy", [1.0]),
    ("sigmoid", 3, "binary_crossentropy", [1.0, 0.0, 0.3]),
    ("sigmoid", 2, "mean_squared_error", [1.0, 0.0]),
    (None, 2, "mse", [1.5, -2.0]),
]


@pytest.mark.parametrize(("output", "units", "loss", "y"), CASES)
def test_a_run_is_what_keras_computes(output, units, loss, y):
    """One step of SGD with learning rate 1 subtracts the gradient."""
    made = model(output, units)
    made.layers[1].rate = 0.0  # dropout would make the step random
    made.compile(keras.optimizers.SGD(1.0), loss)
    network = from_model(made)
    x, y = np.random.default_rng(1).normal(size=4), np.array(y)
    run = network.run(x, y)
    np.testing.assert_allclose(run.a[-1], made.predict(x[None], verbose=0)[0], atol=1e-6)

    before = made.get_weights()
    assert made.train_on_batch(x[None], y[None]) == pytest.approx(run.loss, abs=1e-5)
    steps = [old - new for old, new in zip(before, made.get_weights(), strict=True)]
    for step, gradient in zip(steps[::2], run.gradients, strict=True):
        np.testing.assert_allclose(gradient, step, atol=1e-5)
    for step, gradient in zip(steps[1::2], run.dz, strict=True):
        np.testing.assert_allclose(gradient, step, atol=1e-5)


@pytest.mark.parametrize(("output", "units", "loss", "y"), CASES)
def test_gradients_are_the_differences_of_the_loss(output, units, loss, y):
    made = model(output, units, norm=True)
    made.compile(loss=loss)
    network = from_model(made)
    x, step = np.random.default_rng(1).normal(size=4), 1e-6
    masks = [np.array([0, 2, 2, 0, 2.0]), np.array([1, 0, 1, 1, 0, 1.0])]
    run = network.run(x, y, masks)
    for number, layer in enumerate(network.layers):
        for spot in np.ndindex(layer.weights.shape):
            losses = []
            for sign in (1, -1):
                weights = layer.weights.copy()
                weights[spot] += sign * step
                moved = list(network.layers)
                moved[number] = Layer(weights, layer.bias, layer.functions)
                losses.append(Network(tuple(moved), network.compiled_loss).run(x, y, masks).loss)
            difference = (losses[0] - losses[1]) / (2 * step)
            assert run.gradients[number][spot] == pytest.approx(difference, abs=1e-7)


@pytest.mark.parametrize("name", LOSSES)
def test_a_losses_gradient_is_its_difference(name):
    a, y, step = np.array([0.2, 0.7, 0.1]), np.array([0.0, 1.0, 0.0]), 1e-7
    for unit in range(3):
        moved = [a + sign * step * np.eye(3)[unit] for sign in (1, -1)]
        difference = (LOSSES[name](moved[0], y)[0] - LOSSES[name](moved[1], y)[0]) / (2 * step)
        assert LOSSES[name](a, y)[1][unit] == pytest.approx(difference, rel=1e-5)


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_a_wrong_prediction_with_probability_1_has_a_gradient(output):
    layer = Layer(np.array([[5000.0, 0.0], [0.0, 5000.0]]), None, (activations.find(output),))
    run = Network((layer,)).run([1.0, -1.0], [0.0, 1.0])
    divisor = 1 if output == "softmax" else 2
    np.testing.assert_allclose(run.dz[0], np.array([1.0, -1.0]) / divisor)
    assert np.isfinite(run.loss)


def test_a_class_is_a_target_too():
    network = from_model(model("softmax"))
    by_number, by_vector = network.run(np.ones(4), 2), network.run(np.ones(4), [0, 0, 1])
    np.testing.assert_array_equal(by_number.dz[-1], by_vector.dz[-1])


@pytest.mark.parametrize("x", [[1, 2, 3], [[1, 2]], "abcd", [1, 2, 3, np.nan], None, 7])
def test_an_input_has_a_number_for_each_input_unit(x):
    with pytest.raises(ValueError, match=r"x must hold 4 finite numbers\. Got .* instead"):
        from_model(model()).run(x)


@pytest.mark.parametrize("y", [3, -1, 0.5, [1, 2], [1, 1, 0]])
def test_a_target_is_a_class_or_has_a_number_for_each_output(y):
    with pytest.raises(ValueError, match=r"y.* must .* Got .* instead"):
        from_model(model("softmax")).run(np.ones(4), y)


@pytest.mark.parametrize(
    ("output", "loss", "name"),
    [
        ("softmax", "kl_divergence", "kl_divergence"),
        (None, keras.losses.CategoricalCrossentropy(from_logits=True), "from_logits"),
        ("softmax", keras.losses.CategoricalCrossentropy(label_smoothing=0.1), "label_smoothing"),
        ("sigmoid", "categorical_crossentropy", "categorical_crossentropy after sigmoid"),
    ],
)
def test_an_unknown_loss_raises(output, loss, name):
    made = model(output)
    made.compile(loss=loss)
    with pytest.raises(ValueError, match=rf"a gradient needs .* Got .*{name}"):
        from_model(made).run(np.ones(4), [1, 0, 0])
    assert from_model(made).run(np.ones(4)).loss is None


@pytest.mark.parametrize("has_masks", [False, True])
def test_outputs_of_many_examples_are_those_of_each_example(has_masks):
    network = from_model(model("softmax", norm=True))
    masks = [np.array([0, 2, 2, 0, 2.0]), np.array([1, 0, 1, 1, 0, 1.0])] if has_masks else None
    examples = np.random.default_rng(1).normal(size=(7, 4))
    runs = [network.run(x, masks=masks).a for x in examples]
    for outputs, expected in zip(
        network.outputs(examples, masks), zip(*runs, strict=True), strict=True
    ):
        np.testing.assert_allclose(outputs, expected, rtol=1e-12)


def test_outputs_need_as_many_features_as_there_are_inputs():
    with pytest.raises(ValueError, match=r"X must be of shape \(n, 4\)"):
        from_model(model()).outputs(np.zeros((7, 3)))
