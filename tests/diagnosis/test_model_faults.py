import keras
import numpy as np
import pytest

from mlcourse import models
from mlcourse.diagnosis import diagnose, model_tests
from tests.diagnosis.tiny import compiled, digits, evidence, layers, mlp, moons, network

X, Y = moons()
LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def ending_in(*final, loss="sparse_categorical_crossentropy"):
    parts = [keras.Input((2,)), layers.Dense(8, "relu"), *final]
    return compiled(keras.Sequential(parts), loss)


@pytest.mark.parametrize(
    ("model", "is_found"),
    [
        (ending_in(layers.Dense(2, "softmax")), False),
        (ending_in(layers.Dense(2), layers.Softmax()), False),
        (ending_in(layers.Dense(2), loss=LOGITS), False),
        (ending_in(layers.Dense(1, "sigmoid"), loss="binary_crossentropy"), False),
        (ending_in(layers.Dense(2, "softmax"), layers.Softmax()), True),
        (ending_in(layers.Dense(2, "softmax"), layers.Activation("softmax")), True),
        (ending_in(layers.Dense(2, "softmax"), loss=LOGITS), True),
    ],
)
def test_a_second_softmax_is_found(model, is_found):
    found = model_tests.softmax_twice(evidence(model))
    assert (found is not None) == is_found


@pytest.mark.parametrize(
    ("model", "is_found"),
    [
        (ending_in(layers.Dense(2)), True),
        (ending_in(layers.Dense(1), loss="binary_crossentropy"), True),
        (ending_in(layers.Dense(2), loss=LOGITS), False),
        (ending_in(layers.Dense(2), layers.Softmax()), False),
        (ending_in(layers.Dense(1), loss="mse"), False),
    ],
)
def test_logits_need_a_loss_of_logits(model, is_found):
    found = model_tests.logits_without_from_logits(evidence(model))
    assert (found is not None) == is_found


def of_digits(*final, loss="sparse_categorical_crossentropy"):
    return compiled(keras.Sequential([keras.Input((64,)), *final]), loss)


@pytest.mark.parametrize(
    ("model", "problem"),
    [
        (of_digits(layers.Dense(10, "softmax")), None),
        (of_digits(layers.Dense(10), loss=LOGITS), None),
        (of_digits(layers.Dense(1, "sigmoid"), loss="binary_crossentropy"), "one unit cannot"),
        (of_digits(layers.Dense(10, "sigmoid")), "a sigmoid does not"),
        (of_digits(layers.Dense(10, "relu")), "relu returns no probabilities"),
        (of_digits(layers.Dense(5, "softmax")), "there are 10 classes"),
    ],
)
def test_the_output_must_suit_ten_classes(model, problem):
    found = model_tests.wrong_output_layer(evidence(model, *digits()))
    assert problem in found.message if problem else found is None


def test_layers_that_were_frozen_before_they_were_trained_are_found():
    model = network(layers.Dense(8, "relu", name="first"))
    assert model_tests.frozen_weights(evidence(model)) is None
    model.get_layer("first").trainable = False
    assert "1 of 2 layers" in model_tests.frozen_weights(evidence(model)).message
    model.get_layer("first").bias.assign(np.full(8, 0.1))  # as after training elsewhere
    assert model_tests.frozen_weights(evidence(model)) is None
    model.trainable = False
    assert "2 of 2 layers" in model_tests.frozen_weights(evidence(model)).message


def test_batch_normalization_needs_batches():
    model = network(layers.Dense(8), layers.BatchNormalization(), layers.ReLU())
    find = model_tests.small_batches_for_normalization
    assert find(evidence(model, batch_size=2)).message.endswith("2 examples at a time.")
    assert find(evidence(model, batch_size=16)) is None
    assert find(evidence(batch_size=2)) is None


@pytest.mark.parametrize(
    ("hidden", "confidence"),
    [
        ([layers.Dense(8, "relu"), layers.Dense(8, "tanh")], None),
        ([layers.Dense(8), layers.BatchNormalization(), layers.ReLU()], None),
        ([layers.Dense(8), layers.Dropout(0.1), layers.Dense(8)], "high"),
        ([layers.Dense(8), layers.Dense(8, "relu")], "medium"),
        ([layers.Dense(8), layers.BatchNormalization()], "high"),
    ],
)
def test_layers_without_an_activation_between_them_are_found(hidden, confidence):
    found = model_tests.no_activation_between_layers(evidence(network(*hidden)))
    assert (found and found.confidence) == confidence


def test_a_residual_network_and_a_convolutional_one_are_no_linear_functions():
    for model in (models.cnn((28, 28)), models.cifar_cnn(), models.residual((32, 32, 3), (8, 16))):
        result = evidence(compiled(model), *images(model))
        assert model_tests.no_activation_between_layers(result) is None


def images(model):
    shape = model.inputs[0].shape[1:]
    return np.random.default_rng(0).random((20, *shape), "float32"), np.arange(20) % 10


def test_a_layer_of_one_unit_is_a_bottleneck():
    narrow = network(layers.Dense(8, "relu"), layers.Dense(1, "tanh", name="narrow"))
    assert "narrow has 1 unit" in model_tests.bottleneck(evidence(narrow)).message
    assert model_tests.bottleneck(evidence()) is None


def test_dead_units_are_counted_in_the_hidden_layers():
    model = network(layers.Dense(4, "relu", name="hidden"))
    assert model_tests.dead_units(evidence(model)) is None
    model.get_layer("hidden").bias.assign([-99.0, -99.0, -99.0, 0.0])
    assert "3 of 4 units" in model_tests.dead_units(evidence(model)).message


@pytest.mark.parametrize(("accuracy", "confidence"), [(0.99, "low"), (0.7, "high")])
def test_units_that_died_in_a_fit_are_a_fault_if_the_accuracy_is_low(accuracy, confidence):
    model = network(layers.Dense(4, "relu", name="hidden"))
    model.fit(X, Y, epochs=1, verbose=0)
    model.get_layer("hidden").bias.assign([-99.0, -99.0, -99.0, 0.0])
    found = evidence(model, history={"loss": [0.5]})
    found.training_accuracy = accuracy
    found.simple_accuracies = np.arange(100) < 90
    assert model_tests.dead_units(found).confidence == confidence


def test_units_that_died_in_a_fit_follow_from_what_prevents_overfitting_a_batch():
    model = network(layers.Dense(4, "relu", name="hidden"), layers.Dropout(0.99))
    model.fit(X, Y, epochs=1, verbose=0)
    model.get_layer("hidden").bias.assign([-99.0] * 4)
    found = evidence(model, history={"loss": [0.5]})
    found.training_accuracy = 0.5
    assert model_tests.dead_units(found).confidence == "low"
    found.overfit_accuracy = 1.0
    assert model_tests.dead_units(found).confidence == "high"


def test_activations_at_their_limits_are_counted():
    model = network(layers.Dense(8, "tanh", name="hidden"))
    assert model_tests.saturated_units(evidence(model)) is None
    kernel, bias = model.get_layer("hidden").get_weights()
    model.get_layer("hidden").set_weights([1000 * kernel, bias])
    x = moons()[0]
    at_limit = np.abs(np.tanh(x @ (1000 * kernel) + bias)) > 0.99
    assert f"{at_limit.mean():.0%}" in model_tests.saturated_units(evidence(model)).message


def deep(n_layers, activation, initializer):
    hidden = [
        layers.Dense(16, activation, kernel_initializer=initializer()) for _ in range(n_layers)
    ]
    return network(*hidden)


@pytest.mark.slow
def test_gradients_vanish_in_deep_sigmoid_networks_and_explode_with_large_weights():
    sigmoid = evidence(deep(12, "sigmoid", keras.initializers.GlorotUniform))
    large = evidence(deep(10, "relu", lambda: keras.initializers.VarianceScaling(16)))
    healthy = evidence(deep(4, "relu", keras.initializers.HeNormal))
    assert model_tests.vanishing_gradients(sigmoid)
    assert model_tests.exploding_gradients(large)
    for part, other in (
        (sigmoid, model_tests.exploding_gradients),
        (healthy, model_tests.vanishing_gradients),
    ):
        assert other(part) is None
    assert model_tests.exploding_gradients(healthy) is None


@pytest.mark.parametrize(
    "final",
    [
        [layers.Dense(2, "softmax")],
        [layers.Dense(2), layers.Softmax()],
        [layers.Dense(2), layers.Activation("softmax")],
    ],
)
def test_confident_wrong_predictions_have_gradients_on_all_backends(final):
    """A clipped crossentropy, as on JAX, has none."""
    model = ending_in(*final)
    hidden, output = (layer for layer in model.layers if layer.weights)
    rng = np.random.default_rng(0)
    kernel, bias, output_kernel = (rng.normal(size=shape) for shape in [(2, 8), (8,), (8, 2)])
    hidden.set_weights([kernel, bias])
    output.set_weights([1e4 * output_kernel, np.zeros(2)])
    found = evidence(model, X[:200], Y[:200])
    x, y = X[:200].astype("float64"), Y[:200]
    h = np.maximum(x @ kernel + bias, 0)
    logits = h @ output_kernel
    errors = (logits == logits.max(axis=1, keepdims=True)) - np.eye(2)[y]
    expected = np.linalg.norm(h.T @ errors / len(x))
    assert expected > 0.1
    assert found.gradient_norms[output.name] == pytest.approx(expected, rel=0.02)


def test_large_weights_of_the_output_are_no_exploding_gradients():
    large = keras.initializers.VarianceScaling(250_000)
    hidden = [layers.Dense(16, "relu", kernel_initializer="he_normal") for _ in range(2)]
    output = layers.Dense(2, "softmax", kernel_initializer=large)
    found = evidence(compiled(keras.Sequential([keras.Input((2,)), *hidden, output])))
    *_, last_hidden, last = found.gradient_norms.values()
    assert last_hidden > model_tests.MAX_NORM * last
    assert model_tests.exploding_gradients(found) is None
    assert model_tests.initial_loss(found).confidence == "high"


def test_the_initial_loss_is_compared_with_equal_probabilities():
    large = keras.initializers.VarianceScaling(2500)
    model = network(layers.Dense(16, "relu", kernel_initializer=large))
    outputs = model.predict(X, verbose=0)
    found = model_tests.initial_loss(evidence(model, y=outputs.argmin(axis=1)))
    assert "equal probabilities give 0.693" in found.message
    loss = -np.log(outputs.min(axis=1).clip(1e-7)).mean()
    assert f"{loss:.3g}" in found.message
    assert model_tests.initial_loss(evidence(mlp(2, 2))) is None


def test_a_model_without_kernels_is_diagnosed_without_gradients():
    model = keras.Sequential([keras.Input((2,)), layers.BatchNormalization(), layers.Softmax()])
    diagnosis = diagnose(compiled(model), X, Y)
    assert {"vanishing gradients", "exploding gradients"} <= set(diagnosis.not_tested)


def test_a_value_that_is_not_finite_has_no_bar():
    huge = keras.initializers.RandomNormal(stddev=1e20)
    deep = [layers.Dense(8, "relu", kernel_initializer=huge) for _ in range(3)]
    found = evidence(network(*deep))
    for test in (model_tests.exploding_gradients, model_tests.initial_loss):
        finding = test(found)
        assert "nan" in finding.message or "inf" in finding.message
        assert finding.draw is None
