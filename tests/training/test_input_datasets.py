"""Fits read arrays in the same order as Keras, without a delay at the end of an epoch."""

import keras
import numpy as np
import pytest

from mlcourse import training
from mlcourse.training.speed import as_datasets

TENSORFLOW = keras.backend.backend() == "tensorflow"
rng = np.random.default_rng(0)
X = rng.normal(size=(50, 4))  # float64; Keras computes in float32
Y = rng.integers(0, 3, 50)
WEIGHTS = rng.uniform(size=50)


def network():
    training.set_seed(3)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def two_headed():
    training.set_seed(3)
    first, second = keras.Input((4,), name="first"), keras.Input((4,), name="second")
    both = keras.layers.Concatenate()([first, second])
    heads = [keras.layers.Dense(1, name=name)(both) for name in ("sum", "difference")]
    model = keras.Model({"first": first, "second": second}, heads)
    model.compile("sgd", ["mse", "mae"])
    return model


def history_of(fit, model, x, y, **options):
    training.set_seed(5)
    return fit(model, x, y, epochs=3, verbose=0, **options).history, model.get_weights()


@pytest.mark.parametrize(
    "options",
    [
        {"batch_size": 8},
        {"shuffle": False},
        {"sample_weight": WEIGHTS},
        {"class_weight": {0: 1.0, 1: 2.0, 2: 0.5}},
        {"validation_split": 0.3, "sample_weight": WEIGHTS},
        {"validation_data": (X[:7], Y[:7]), "validation_batch_size": 3},
        {"validation_data": (X[:7], Y[:7], WEIGHTS[:7])},
        {"validation_data": (X[:9], Y[:9]), "validation_freq": 2},
        {"steps_per_epoch": 2, "batch_size": 8},
    ],
    ids=lambda options: " ".join(options),
)
def test_the_numbers_are_those_of_model_fit(options):
    expected, weights = history_of(keras.Model.fit, network(), X, Y, **options)
    found, ours = history_of(training.fit, network(), X, Y, **options)
    assert found == expected
    for one, other in zip(ours, weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_several_inputs_and_outputs_have_the_numbers_of_model_fit():
    x = {"first": X, "second": X[::-1].copy()}
    y = [X.sum(axis=1, keepdims=True), X[:, :1]]
    expected, _ = history_of(keras.Model.fit, two_headed(), x, y, validation_split=0.2)
    assert history_of(training.fit, two_headed(), x, y, validation_split=0.2)[0] == expected


def test_steps_are_known_before_the_first_epoch_has_ended():
    class Steps(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.steps = self.params["steps"]

    steps = Steps()
    training.fit(network(), X, Y, batch_size=8, callbacks=[steps], verbose=0)
    assert steps.steps == 7


@pytest.mark.skipif(not TENSORFLOW, reason="other backends read arrays without tf.data")
def test_arrays_are_read_without_tuning():
    data = {"x": X, "y": Y, "validation_data": (X, Y)}
    read = as_datasets(network(), data)
    for dataset in (read["x"], read["validation_data"]):
        assert dataset.options().autotune.enabled is False
    assert data["x"] is X


@pytest.mark.parametrize(
    "data",
    [
        {"x": keras.ops.convert_to_tensor(X), "y": Y},
        {"x": np.array([["a"], ["b"]]), "y": Y[:2]},
        {"x": X, "y": Y, "shuffle": "batch"},
        {"x": X, "y": Y, "steps_per_epoch": 3},
        {"x": X, "y": Y, "validation_split": 0.999},
    ],
    ids=["tensors", "text", "batches in order", "steps", "nothing left"],
)
def test_what_keras_reads_in_its_own_way_is_left_alone(data):
    assert as_datasets(network(), data) is data
