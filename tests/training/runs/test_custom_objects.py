"""Runs of models with custom classes and functions."""

import keras
import numpy as np
import pytest

from mlcourse import training
from mlcourse.training import runs

X = np.ones((8, 3), "float32")
L, ops = keras.layers, keras.ops


class Doubled(L.Layer):
    def call(self, x):
        return 2 * x


class Wrapped(keras.Sequential):
    pass


class Loss(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return ops.mean((y_true - y_pred) ** 2)


class Metric(keras.metrics.MeanSquaredError):
    pass


class AllOnes(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None):
        return ops.ones(shape)


class Penalty(keras.regularizers.Regularizer):
    def __call__(self, x):
        return ops.sum(x**2)

    def get_config(self):
        return {}


class Small(keras.constraints.Constraint):
    def __call__(self, w):
        return ops.clip(w, -1, 1)


class Descent(keras.optimizers.SGD):
    pass


def bent(x):
    return ops.maximum(x, -0.5)


def gap(y_true, y_pred):
    return ops.mean(ops.abs(y_true - y_pred))


OWN = {
    "layer": (Doubled, lambda: {"layers": [Doubled()]}),
    "model": (Wrapped, lambda: {"kind": Wrapped}),
    "loss": (Loss, lambda: {"loss": Loss()}),
    "loss function": (gap, lambda: {"loss": gap}),
    "metric": (Metric, lambda: {"metrics": [Metric()]}),
    "metric function": (gap, lambda: {"metrics": [gap]}),
    "initializer": (AllOnes, lambda: {"layers": [L.Dense(2, kernel_initializer=AllOnes())]}),
    "regularizer": (Penalty, lambda: {"layers": [L.Dense(2, kernel_regularizer=Penalty())]}),
    "constraint": (Small, lambda: {"layers": [L.Dense(2, kernel_constraint=Small())]}),
    "activation": (bent, lambda: {"layers": [L.Dense(2, activation=bent)]}),
    "optimizer": (Descent, lambda: {"optimizer": Descent(0.01)}),
    "function of a Lambda": (bent, lambda: {"layers": [L.Lambda(bent)]}),
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path / "runs"))
    for own in {own for own, _ in OWN.values()}:  # as in a process without this module
        monkeypatch.delitem(globals(), own.__name__)


def fitted(layers=(), kind=keras.Sequential, optimizer="sgd", loss="mse", metrics=()):
    model = kind([keras.Input((3,)), *layers, L.Dense(1)])
    model.compile(optimizer, loss, metrics=list(metrics), run_eagerly=True)
    training.fit(model, X, X[:, :1], run="one", verbose=0)
    return model


@pytest.mark.parametrize("what", OWN)
def test_a_model_loads_with_the_class_that_the_error_asks_for(what, monkeypatch):
    own, parts = OWN[what]
    monkeypatch.setitem(globals(), own.__name__, own)
    model = fitted(**parts())
    monkeypatch.delitem(globals(), own.__name__)
    rule = f"custom_objects must have '{own.__name__}', which the model uses; or build it as .*"
    with pytest.raises(ValueError, match=rf"{rule}best\.keras'\)\. Got none instead\."):
        runs.load("one").model()
    with pytest.raises(ValueError, match=rf"{rule}last\.keras'\)\. Got 'Other' instead\."):
        runs.load("one").model("last", {"Other": own})
    loaded = runs.load("one").model(custom_objects={own.__name__: own})
    expected = model.predict(X, verbose=0)
    np.testing.assert_allclose(loaded.predict(X, verbose=0), expected, rtol=1e-6)


def test_a_registered_class_needs_no_word():
    @keras.saving.register_keras_serializable("tests_of_runs")
    class Tripled(L.Layer):
        def call(self, x):
            return 3 * x

    model = fitted([Tripled()])
    found = runs.load("one").model().predict(X, verbose=0)
    np.testing.assert_allclose(found, model.predict(X, verbose=0), rtol=1e-6)


def test_code_in_a_file_is_not_run_but_its_weights_can_be_loaded():
    def build():
        return keras.Sequential([keras.Input((3,)), L.Lambda(lambda x: 2 * x), L.Dense(1)])

    model = build()
    model.compile("sgd", "mse", run_eagerly=True)
    training.fit(model, X, X[:, :1], run="one", verbose=0)
    with pytest.raises(
        ValueError, match=r"no Lambda layer .* call model\.load_weights\('.*\.keras"
    ):
        runs.load("one").model()
    again = build()
    again.load_weights(runs.load("one").path / "best.keras")
    expected = model.predict(X, verbose=0)
    np.testing.assert_allclose(again.predict(X, verbose=0), expected, rtol=1e-6)


@pytest.mark.parametrize("value", [3, [Doubled], "Doubled"])
def test_custom_objects_are_a_dict(value):
    fitted()
    with pytest.raises(ValueError, match="custom_objects must be a dict of names to classes"):
        runs.load("one").model(custom_objects=value)
