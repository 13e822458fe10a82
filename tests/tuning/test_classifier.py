"""A Keras model as a scikit-learn classifier."""

import functools
import pickle
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, StratifiedKFold, check_cv, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlcourse import tuning

ROOT = Path(__file__).parents[2]
X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])
ONE_HOT = np.eye(3, dtype=int)[Y]
QUIET = {"epochs": 1, "verbose": 0, "random_state": 0}


def network(units=4, rate=0.05, head=3, activation="softmax", loss=None, shaped=True):
    layers = [keras.layers.Dense(units), keras.layers.Dense(head, activation=activation)]
    model = keras.Sequential([keras.Input((4,)), *layers] if shaped else layers)
    loss = loss or "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"], run_eagerly=True)
    return model


def test_scikit_learn_takes_the_wrapped_model_for_a_classifier():
    wrapped = tuning.classifier(network, units=4, **QUIET)
    assert is_classifier(wrapped)
    assert is_classifier(clone(wrapped))
    folds = check_cv(3, Y, classifier=is_classifier(wrapped))
    assert isinstance(folds, StratifiedKFold)
    for _, held_out in folds.split(X, Y):
        assert np.ptp(np.bincount(Y[held_out])) <= 1


def test_the_arguments_of_build_are_parameters_with_their_defaults():
    wrapped = tuning.classifier(network, rate=0.1, **QUIET)
    known = {"units": 4, "rate": 0.1, "head": 3, "shaped": True, "epochs": 1, "random_state": 0}
    assert known.items() <= wrapped.get_params().items()
    assert wrapped.set_params(units=2).get_params()["units"] == 2
    assert clone(wrapped).get_params() == wrapped.get_params()
    found = GridSearchCV(tuning.classifier(network, **QUIET), {"units": [2, 3]}, cv=2).fit(X, Y)
    assert found.best_estimator_.model_.layers[0].units == found.best_params_["units"]


def test_a_grid_gives_build_what_the_wrapper_has_a_setting_for_too():
    def build(optimizer="adam", units=2):
        model = network(units)
        model.compile(optimizer, "sparse_categorical_crossentropy", run_eagerly=True)
        return model

    grid = {"optimizer": ["sgd", "rmsprop"]}
    found = GridSearchCV(tuning.classifier(build, **QUIET), grid, cv=2, refit=False).fit(X, Y)
    assert [one["optimizer"] for one in found.cv_results_["params"]] == ["sgd", "rmsprop"]
    for name, kind in (("sgd", keras.optimizers.SGD), ("rmsprop", keras.optimizers.RMSprop)):
        model = tuning.classifier(build, optimizer=name, **QUIET).fit(X, Y).model_
        assert isinstance(model.optimizer, kind)
    assert isinstance(
        tuning.classifier(build).fit(X, Y, verbose=0).model_.optimizer, keras.optimizers.Adam
    )


@pytest.mark.parametrize("settings", [{"units": 5}, {"model__units": 5}])
def test_arguments_reach_functions_of_any_kind(settings):
    def any_name(**options):
        return network(**options)

    class Builder:
        def __call__(self, units=3):
            return network(units)

    for build in (network, any_name, functools.partial(network, rate=0.1), Builder()):
        fitted = tuning.classifier(build, **settings, **QUIET).fit(X, Y)
        assert fitted.model_.layers[0].units == 5


def test_an_argument_without_default_comes_from_the_grid():
    def build(units):
        return network(units)

    found = GridSearchCV(tuning.classifier(build, **QUIET), {"units": [2, 3]}, cv=2).fit(X, Y)
    assert found.best_params_["units"] in (2, 3)


def test_a_model_without_input_shape_gets_that_of_the_data():
    fitted = tuning.classifier(network, shaped=False, **QUIET).fit(X, Y)
    assert fitted.model_.input_shape == (None, 4)
    assert fitted.score(X, Y) == np.mean(fitted.predict(X) == Y)
    images = X.reshape(-1, 2, 2)
    fitted = tuning.classifier(unbuilt_of_images, **QUIET).fit(images, Y)
    assert fitted.predict(images).shape == (150,)


def unbuilt_of_images():
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    return model


def test_it_is_pickled_before_and_after_a_fit():
    wrapped = tuning.classifier(network, **QUIET)
    assert pickle.loads(pickle.dumps(wrapped)).get_params() == wrapped.get_params()
    wrapped.fit(X, Y)
    again = pickle.loads(pickle.dumps(wrapped))
    np.testing.assert_array_equal(again.predict_proba(X), wrapped.predict_proba(X))


@pytest.mark.slow
def test_other_processes_give_the_same_scores():
    def build(units=3):  # a local function
        return network(units)

    options = {"cv": 2, "error_score": "raise"}
    wrapped = tuning.classifier(build, **QUIET)
    expected = cross_val_score(wrapped, X, Y, **options)
    np.testing.assert_allclose(cross_val_score(wrapped, X, Y, n_jobs=2, **options), expected)


def test_one_random_state_gives_one_result():
    first, again, other = (
        tuning.classifier(network, **{**QUIET, "random_state": seed}).fit(X, Y).predict_proba(X)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("labels", "loss"),
    [
        (Y, None),
        (NAMES[Y], None),
        (NAMES[Y].astype(object), None),
        (ONE_HOT, "categorical_crossentropy"),
    ],
)
def test_labels_come_back_as_they_were_given(labels, loss):
    wrapped = tuning.classifier(network, **{**QUIET, "epochs": 8}).set_params(loss=loss)
    fitted = wrapped.fit(X, labels)
    predictions = fitted.predict(X)
    assert predictions.shape == labels.shape and set(predictions.ravel()) <= set(labels.ravel())
    likeliest = fitted.predict_proba(X).argmax(axis=1)
    expected = np.eye(3, dtype=int)[likeliest] if labels.ndim == 2 else fitted.classes_[likeliest]
    np.testing.assert_array_equal(predictions, expected)
    right = (predictions == labels).reshape(len(X), -1).all(axis=1).mean()
    assert fitted.score(X, labels) == right > 0.5


LOSSES = {
    "sigmoid": (1, "sigmoid", "binary_crossentropy"),
    "logit": (1, None, keras.losses.BinaryCrossentropy(from_logits=True)),
    "softmax": (2, "softmax", "sparse_categorical_crossentropy"),
    "logits": (2, None, keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
}


@pytest.mark.parametrize("which", LOSSES)
def test_two_classes_have_two_probabilities(which):
    head, activation, loss = LOSSES[which]
    x, labels = X[:100], NAMES[Y[:100]]

    def build():
        return network(head=head, activation=activation, loss=loss)

    fitted = tuning.classifier(build, **QUIET).fit(x, labels)
    outputs = fitted.model_.predict(x, verbose=0)
    if activation is None:
        outputs = expit(outputs) if head == 1 else softmax(outputs, axis=1)
    expected = np.hstack([1 - outputs, outputs]) if head == 1 else outputs
    np.testing.assert_allclose(fitted.predict_proba(x), expected, rtol=1e-5)
    np.testing.assert_array_equal(fitted.predict(x), fitted.classes_[expected.argmax(axis=1)])
    assert fitted.predict_proba(x[:1]).shape == (1, 2)


def test_a_pipeline_scales_for_it():
    pipeline = make_pipeline(StandardScaler(), tuning.classifier(network, **QUIET))
    grid = {"classifier__units": [2], "classifier__epochs": [1, 2]}
    found = GridSearchCV(pipeline, grid, cv=2).fit(X, NAMES[Y])
    assert found.best_estimator_[-1].model_.layers[0].units == 2
    scaled = found.best_estimator_[0].transform(X)
    expected = found.best_estimator_[-1].predict(scaled)
    np.testing.assert_array_equal(found.predict(X), expected)


SEEDED_THEN_NOT = """
from tests.tuning.test_classifier import QUIET, X, Y, network, tuning
tuning.classifier(network, **QUIET).fit(X, Y)
network().fit(X, Y, verbose=0)
"""


def test_a_random_state_does_not_make_later_fits_ask_for_a_seed():
    command = [sys.executable, "-c", SEEDED_THEN_NOT]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_too_few_outputs_and_unknown_settings_are_refused():
    with pytest.raises(ValueError, match=r"an output for each of the 3 classes\. Got 1 instead"):
        tuning.classifier(network, head=1, activation="sigmoid", **QUIET).fit(X, Y)
    with pytest.raises(ValueError, match=r"argument of build or of KerasClassifier\. Got 'unit'"):
        tuning.classifier(network, unit=3)
