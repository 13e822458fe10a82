"""One fault in a model or the settings of its fit: what each fault changes, and its name."""

import keras
import numpy as np
import pytest

from mlcourse import datasets, models
from mlcourse.datasets import injection as data_injection
from mlcourse.models.injection import FAULTS, SHARED

X, Y = datasets.two_moons(60, seed=0)


def healthy(optimizer="adam", hidden=(16, 16), **options):
    model = models.mlp(2, hidden, classes=2, **options)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


MODEL = healthy()


def inject(fault, model=MODEL, seed=0):
    data = (X, Y) if fault == SHARED else ()
    return models.inject(model, *data, fault=fault, seed=seed, batch_size=20, epochs=2)


def hidden_outputs(model):
    """Return the activations of the hidden dense layers for X."""
    layers = [layer for layer in model.layers[:-1] if isinstance(layer, keras.layers.Dense)]
    probe = keras.Model(model.inputs, [layer.output for layer in layers])
    return [np.asarray(values) for values in probe.predict(X, verbose=0)]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_copy_shares_nothing_and_the_given_model_is_unchanged(fault):
    before = [array.copy() for array in MODEL.get_weights()]
    model, settings = inject(fault)
    assert settings.keys() == {"batch_size", "epochs"}
    assert not {id(v) for v in model.variables} & {id(v) for v in MODEL.variables}
    assert model.optimizer is not MODEL.optimizer
    model.predict(X[:2], verbose=0)
    for array, copy in zip(MODEL.get_weights(), before, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_same_seed_gives_the_same_weights(fault):
    one, two = (inject(fault, seed=4) for _ in range(2))
    weights = [model.get_weights() for model, _ in (one, two)]
    for first, second in zip(*weights, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-5)
    assert repr(one) == "Injected('model', seed=4)"
    assert one.has(fault)
    assert sum(map(one.has, one.choices)) == 1


def test_a_random_fault_is_one_that_is_possible():
    case = models.inject(MODEL, seed=1)
    assert set(case.choices) == set(FAULTS) - {SHARED}
    assert any(map(case.has, case.choices))


def test_no_name_is_in_both_laboratories():
    assert not set(FAULTS) & set(data_injection.FAULTS)


def test_the_outputs():
    model, _ = inject("softmax twice")
    assert [layer.activation.__name__ for layer in model.layers[-2:]] == ["softmax"] * 2
    for fault, name in (
        ("logits without from_logits", "linear"),
        ("wrong output layer", "sigmoid"),
    ):
        model, _ = inject(fault)
        assert model.layers[-1].activation.__name__ == name
        assert not model.loss.from_logits
    model, _ = inject("initial loss")
    assert model.evaluate(X, Y, verbose=0)[0] > 2 * np.log(2)


def test_the_layers():
    model, _ = inject("no activation between layers")
    weights = model.get_weights()
    product = X
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        product = product @ kernel + bias
    exponentials = np.exp(product)
    expected = exponentials / exponentials.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, atol=1e-5)
    model, _ = inject("bottleneck")
    assert min(layer.output.shape[-1] for layer in model.layers) == 1
    model, _ = inject("frozen weights")
    assert [layer.trainable for layer in model.layers] == [False, False, True]
    model, settings = inject("batches too small for batch normalization")
    assert sum(isinstance(one, keras.layers.BatchNormalization) for one in model.layers) == 2
    assert settings["batch_size"] <= 2
    model, _ = inject("batches too small for batch normalization", healthy(batch_norm=True))
    assert sum(isinstance(one, keras.layers.BatchNormalization) for one in model.layers) == 2


def test_separate_activation_layers_are_removed():
    dense = keras.layers.Dense
    layers = [dense(4), keras.layers.ReLU(), dense(2, "softmax")]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.compile("sgd", "sparse_categorical_crossentropy")
    broken, _ = inject("no activation between layers", model)
    assert [type(layer) for layer in broken.layers] == [dense, dense]


def test_the_units():
    model, _ = inject("dead units")
    dead = [np.all(values == 0, axis=0).mean() for values in hidden_outputs(model)]
    assert np.mean(dead) > 0.7
    model, _ = inject("saturated units")
    saturated = hidden_outputs(model)
    assert all(np.mean(np.abs(values) > 0.95) > 0.7 for values in saturated)


def test_the_depth():
    spreads = {}
    for fault in ("vanishing gradients", "exploding gradients"):
        model, _ = inject(fault)
        values = hidden_outputs(model)
        assert len(values) == 12
        spreads[fault] = values[-1].std(axis=0).mean() / values[1].std(axis=0).mean()
    assert spreads["vanishing gradients"] < 0.01
    assert spreads["exploding gradients"] > 100


@pytest.mark.parametrize(
    "optimizer", [keras.optimizers.Adam(0.01), keras.optimizers.SGD(0.1, momentum=0.5)]
)
def test_the_learning_rate(optimizer):
    rate = float(np.asarray(optimizer.learning_rate))
    model = healthy(optimizer)
    rates = {}
    for fault in ("learning rate too low", "learning rate too high", "diverging", "dead units"):
        broken, _ = inject(fault, model)
        assert type(broken.optimizer) is type(optimizer)
        rates[fault] = float(np.asarray(broken.optimizer.learning_rate))
    assert rates["learning rate too low"] == pytest.approx(rate / 1000)
    assert rate < rates["learning rate too high"] < rates["diverging"] / 1000
    assert rates["dead units"] == pytest.approx(rate)
    broken, _ = inject("decays too early", model)
    schedule = broken.optimizer.get_config()["learning_rate"]["config"]
    assert schedule["initial_learning_rate"] == pytest.approx(rate)
    assert schedule["decay_rate"] ** (10 / schedule["decay_steps"]) < 0.01


def test_the_fit():
    model, settings = inject("trained past the best epoch", healthy(dropout=0.2))
    assert settings == {"batch_size": 20, "epochs": 40}
    assert not [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    model, settings = inject(SHARED)
    assert settings == {"batch_size": 20, "epochs": 2}
    assert int(np.asarray(model.optimizer.iterations)) == 6
    model, _ = inject("cannot overfit a batch")
    assert [one.rate for one in model.layers if isinstance(one, keras.layers.Dropout)] == [0.98] * 2
    model, _ = inject("underfitting")
    assert sum(float(np.asarray(loss)) for loss in model.losses) > 1


def functional():
    model = keras.Model(MODEL.inputs, MODEL.outputs)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def compiled(*layers, loss="sparse_categorical_crossentropy"):
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: None, "model must be a compiled keras.Sequential"),
        (functional, "model must be a compiled keras.Sequential"),
        (lambda: models.mlp(2, (3,)), "model must be a compiled keras.Sequential"),
        (lambda: keras.Sequential([keras.layers.Dense(2)]), "with an input shape"),
        (lambda: compiled(keras.layers.Dense(2)), "must be Dense with a softmax"),
        (lambda: compiled(keras.layers.Dense(2, "softmax")), "must have a hidden layer"),
        (lambda: compiled(*healthy().layers, loss="mse"), "with a loss of sparse_categorical"),
    ],
)
def test_a_model_that_is_not_as_described_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        models.inject(make())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fault": "dead unit"}, "Did you mean 'dead units'"),
        ({"fault": SHARED}, "fault must be one of"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1. Got 0"),
        ({"epochs": 1.5}, "epochs must be a whole number of at least 1. Got 1.5"),
        ({"seed": -1}, "seed must be"),
        ({"x": X}, "y must"),
        ({"x": X, "y": Y[:3]}, "the same length"),
        ({"x": X, "y": Y + 1}, "y must"),
    ],
)
def test_an_argument_that_is_invalid_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        models.inject(MODEL, **options)
