"""Searches with real fits, and what they refuse."""

from importlib import import_module

import keras
import keras_tuner
import numpy as np
import pytest

from mlcourse import search_file, tuning
from mlcourse.tuning.search import lock

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)).astype("float32")
Y = (X[:, 0] > 0).astype(int)
DATA = {"train": (X[:40], Y[:40]), "validation": (X[40:], Y[40:])}


def network(units, rate, **options):
    layers = [keras.layers.Dense(units, activation="relu"), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((3,)), *layers])
    loss = "sparse_categorical_crossentropy"
    optimizer = keras.optimizers.SGD(rate)
    model.compile(optimizer, loss, metrics=["accuracy"], run_eagerly=True, **options)
    return model


def build(hp):
    return network(hp.Int("units", 2, 9), hp.Choice("learning_rate", [0.1, 0.01]))


def search(build=build, data=DATA, method="random", **options):
    options = {"trials": 2, "epochs": 2, "batch_size": 20, **options}
    return tuning.search(build, data, method, **options)


def test_the_best_model_comes_back_with_the_weights_of_its_score(tmp_path):
    found = search(trials=3, directory=tmp_path)
    model = found.best_model()
    _, accuracy = model.evaluate(*DATA["validation"], verbose=0)
    assert accuracy == pytest.approx(found.trials.best.score)
    assert model.layers[0].units == found.trials.best.values["units"]
    assert search_file.read(tmp_path).trials == found.trials.trials


def test_a_trial_that_diverges_has_failed_and_the_search_goes_on():
    def explosive(hp):
        return network(4, hp.Choice("learning_rate", [1e30, 1e31, 0.1]))

    found = search(explosive, trials=3).trials
    assert [one.status for one in found.trials].count("failed") == 2
    for one in found.failed:
        assert one.note == "loss is no number in epoch 1: it diverged" or "epoch 2" in one.note
    assert found.best.values == {"learning_rate": 0.1}
    assert found.status().startswith("3 of 3 trials · 2 failed")


def test_if_all_trials_fail_there_is_no_best_model():
    def explosive(hp):
        return network(4, hp.Choice("learning_rate", [1e30, 1e31, 1e32, 1e33]))

    found = search(explosive, trials=4)
    assert len(found.trials.failed) == 4
    with pytest.raises(ValueError, match=r"a trial that completed\. Got 4 of 4 trials · 4 failed"):
        found.best_model()


def test_an_error_in_a_trial_fails_that_trial_alone():
    def fragile(hp):
        if hp.Choice("kind", ["good", "bad"]) == "bad":
            raise RuntimeError("no room")
        return network(4, 0.1)

    found = search(fragile).trials
    (failed,) = found.failed
    assert failed.values == {"kind": "bad"}
    assert failed.note == "RuntimeError: no room"
    assert found.best.values == {"kind": "good"}


def test_a_search_for_a_small_loss_and_one_with_an_objective():
    for objective in ("val_loss", keras_tuner.Objective("val_loss", "min")):
        found = search(objective=objective).trials
        assert found.direction == -1
        assert found.best.score == min(one.score for one in found.trials)


def test_a_space_that_is_used_up_ends_the_search():
    def small(hp):
        return network(hp.Choice("units", [2, 3]), 0.1)

    found = search(small, trials=5, epochs=1).trials
    assert (len(found.trials), found.asked) == (2, 5)


def test_hyperband_trains_the_best_of_a_round_on():
    found = search(method="hyperband", trials=7, epochs=4).trials
    assert [one.epochs for one in found.trials] == [2] * 5 + [4] * 2
    first, second = found.trials[:5], found.trials[5:]
    best = sorted(first, key=lambda one: -one.score)[:2]
    assert [one.values for one in second] == [one.values for one in best]


def test_two_heads_can_be_searched():
    def two(hp):
        inputs = keras.Input((3,))
        body = keras.layers.Dense(hp.Int("units", 2, 4), activation="relu")(inputs)
        heads = [keras.layers.Dense(2, "softmax", name=name)(body) for name in ("a", "b")]
        model = keras.Model(inputs, heads)
        loss = ["sparse_categorical_crossentropy"] * 2
        model.compile("sgd", loss, metrics=[["accuracy"]] * 2, run_eagerly=True)
        return model

    data = {name: (x, [y, 1 - y]) for name, (x, y) in DATA.items()}
    found = search(two, data, trials=1, objective="val_a_accuracy").trials
    assert 0 <= found.best.score <= 1


def test_a_callback_serves_each_trial():
    stopping = keras.callbacks.EarlyStopping("loss", min_delta=100, patience=1)
    found = search(trials=2, epochs=5, callbacks=[stopping]).trials
    assert [one.epochs for one in found.trials] == [2, 2]


def test_another_process_is_not_disturbed(tmp_path, monkeypatch):
    monkeypatch.setattr(import_module("mlcourse.tuning.search"), "PATIENCE", 0)
    with lock(tmp_path), pytest.raises(tuning.SearchBusy, match="in which no search runs"):
        search(directory=tmp_path)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"seed": 1}, "seed"),
        ({"epochs": 3}, "epochs"),
        ({"method": "bayesian"}, "method"),
        ({"data": {**DATA, "validation": (X[41:], Y[41:])}}, "data"),
        ({"build": lambda hp: network(hp.Int("units", 2, 10), 0.1)}, "space"),
        ({"objective": "val_loss"}, "objective"),
    ],
)
def test_a_directory_of_another_search_is_refused(tmp_path_factory, change, what):
    folder = KNOWN.setdefault("folder", tmp_path_factory.mktemp("search"))
    search(directory=folder, trials=1)
    with pytest.raises(ValueError, match=f"was begun with another {what}, and must go on"):
        search(directory=folder, trials=1, **change)


KNOWN = {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "grid"}, "method must be one of random, hyperband, bayesian. Got 'grid'"),
        ({"trials": 0}, "trials must be a whole number of at least 1. Got 0"),
        ({"epochs": 1.5}, "epochs must be a whole number of at least 1. Got 1.5"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        ({"objective": "val_auc"}, "objective must be one of accuracy, loss, val_accuracy, val_loss"),
        ({"objective": "quality"}, "objective must be a name of which it is known"),
        ({"build": lambda hp: network(3, 0.1)}, "at least one hyperparameter"),
        (
            {"build": lambda hp: keras.Sequential([keras.layers.Dense(hp.Int("u", 1, 2))])},
            "compiled",
        ),
        ({"data": {"train": (X, Y)}}, "data must be a dict of train, validation"),
        ({"data": [X, Y]}, "data must be a dict of train, validation"),
        ({"data": {**DATA, "validation": (X, Y[:2])}}, "must be of one length"),
    ],
)
def test_bad_input_is_refused(options, message):
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        search(**options)


def test_what_is_no_model_is_refused():
    with pytest.raises(TypeError, match=r"build must return a Keras model\. Got int instead"):
        search(lambda hp: hp.Int("units", 1, 2))


def test_folders_that_have_something_else_in_them_are_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("two years of work")
    with pytest.raises(ValueError, match="directory must be empty, or that of a search"):
        search(directory=tmp_path)
    with pytest.raises(ValueError, match="directory must be a folder"):
        search(directory=tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "two years of work"
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "search.json").write_text('{"format": 1')
    with pytest.raises(ValueError, match=r"search\.json cannot be read"):
        search(directory=tmp_path / "damaged")


def test_the_courses_spaces_are_what_the_course_says():
    hp = keras_tuner.HyperParameters()
    for space, count in ((tuning.course_space, 2), (tuning.mlp_space, 5), (tuning.cnn_space, 4)):
        hp = keras_tuner.HyperParameters()
        assert space(hp).compiled
        assert len(hp.space) == count
    course = keras_tuner.HyperParameters()
    tuning.course_space(course)
    units, rates = course.space
    assert (units.min_value, units.max_value, units.step) == (32, 512, 32)
    assert list(rates.values) == [1e-2, 1e-3, 1e-4]
