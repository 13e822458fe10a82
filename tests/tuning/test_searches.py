"""Searches with real fits, and their error messages."""

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import keras
import keras_tuner
import numpy as np
import pytest

from mlcourse import tuning
from mlcourse.tuning import pools, search_file, trial
from mlcourse.tuning.search_file import lock

ROOT = Path(__file__).parents[2]
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


def test_a_trial_that_diverges_has_failed_and_the_search_continues():
    def explosive(hp):
        return network(4, hp.Choice("learning_rate", [1e30, 1e31, 0.1]))

    found = search(explosive, trials=3).trials
    assert [one.status for one in found.trials].count("failed") == 2
    for one in found.failed:
        assert one.note == "loss is not a number in epoch 1: it diverged" or "epoch 2" in one.note
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


def test_a_space_that_is_used_up_ends_the_search_which_says_so(tmp_path):
    def small(hp):
        return network(hp.Choice("units", [2, 3]), 0.1)

    found = search(small, trials=5, epochs=1, directory=tmp_path).trials
    assert (len(found.trials), found.max_trials) == (2, 5)
    assert found.status().startswith("2 of 5 trials · all settings of the space tried · best")
    assert search(small, trials=9, epochs=1, directory=tmp_path).trials.ended == 2


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
    objective = keras_tuner.Objective("val_a_accuracy", "max")
    found = search(two, data, trials=1, objective=objective).trials
    assert 0 <= found.best.score <= 1


def test_a_callback_serves_each_trial():
    stopping = keras.callbacks.EarlyStopping("loss", min_delta=100, patience=1)
    found = search(trials=2, epochs=5, callbacks=[stopping]).trials
    assert [one.epochs for one in found.trials] == [2, 2]


def test_another_process_is_not_disturbed(tmp_path, monkeypatch):
    monkeypatch.setattr(search_file, "LOCK_TIMEOUT", 0)
    with (
        lock(tmp_path),
        pytest.raises(tuning.SearchBusy, match="must not be in use by another search"),
    ):
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
    with pytest.raises(ValueError, match=f"^{what} must be the same as in the search in"):
        search(directory=folder, trials=1, **change)


KNOWN = {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"method": "grid"}, "method must be one of random, hyperband, bayesian. Got 'grid'"),
        ({"trials": 0}, "trials must be a whole number of at least 1. Got 0"),
        ({"epochs": 1.5}, "epochs must be a whole number of at least 1. Got 1.5"),
        ({"seed": -1}, "seed must be a whole number from 0"),
        (
            {"objective": "val_auc"},
            "objective must be one of accuracy, loss, val_accuracy, val_loss",
        ),
        ({"objective": "quality"}, "objective must be a loss or a metric with a known direction"),
        ({"build": lambda hp: network(3, 0.1)}, "at least one hyperparameter"),
        (
            {"build": lambda hp: keras.Sequential([keras.layers.Dense(hp.Int("u", 1, 2))])},
            "compiled",
        ),
        ({"data": {"train": (X, Y)}}, "data must be a dict of train, validation"),
        ({"data": [X, Y]}, "data must be a dict of train, validation"),
        ({"data": {**DATA, "validation": (X, Y[:2])}}, "must have the same length"),
    ],
)
def test_bad_input_is_refused(options, message):
    with pytest.raises(ValueError, match=message.replace(".", r"\.")):
        search(**options)


def test_what_is_no_model_is_refused():
    with pytest.raises(ValueError, match=r"build must return a compiled Keras model\. Got 1 inst"):
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


class Breaks(keras.callbacks.Callback):
    """Interrupt fits in their second epoch, from the second fit on, if armed."""

    armed, fits = False, 0

    def on_train_begin(self, logs=None):
        Breaks.fits += 1

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if Breaks.armed and (self.epoch, batch) == (1, 0) and Breaks.fits > 1:
            raise KeyboardInterrupt


def told(found):
    return [(one.number, one.values, one.status, one.score) for one in found.trials.trials]


def test_a_search_that_is_interrupted_in_an_epoch_ends_with_the_same_scores(
    tmp_path, monkeypatch, capsys
):
    def noisy(hp):
        layers = [keras.layers.Dropout(0.3), keras.layers.Dense(2, "softmax")]
        model = keras.Sequential(layers)  # built at the first call
        model.compile(
            keras.optimizers.Adam(hp.Float("learning_rate", 0.01, 1)),
            "sparse_categorical_crossentropy",
            metrics=["accuracy"],
            run_eagerly=True,
        )
        return model

    options = {"objective": "val_loss", "callbacks": Breaks()}
    expected = told(search(noisy, **options))
    monkeypatch.setattr(Breaks, "armed", True)
    monkeypatch.setattr(Breaks, "fits", 0)
    with pytest.raises(KeyboardInterrupt):
        search(noisy, directory=tmp_path, **options)
    assert [one.status for one in search_file.read(tmp_path).trials] == ["completed", "running"]
    monkeypatch.setattr(Breaks, "armed", False)
    found = search(noisy, directory=tmp_path, **options)
    assert told(found) == expected
    assert Breaks.fits == 3  # no completed trial ran again
    model = found.best_model()
    assert model.input_shape == (None, 3)
    loss, _ = model.evaluate(*DATA["validation"], verbose=0)
    assert loss == pytest.approx(found.trials.best.score)
    assert capsys.readouterr().out == ""


def test_the_best_model_is_asked_for_without_a_word_to_the_search(tmp_path):
    first = search(directory=tmp_path, epochs=1, trials=1)
    assert search(directory=tmp_path, epochs=1, trials=2).trials.ended == 2
    before = (tmp_path / "search.json").read_bytes()
    assert first.best_model().layers[0].units == first.trials.best.values["units"]
    assert (tmp_path / "search.json").read_bytes() == before
    fewer = search(directory=tmp_path, epochs=1, trials=1)
    assert fewer.trials.status().startswith("2 of 2 trials")


def test_hyperband_trains_on_with_the_weights_of_before(monkeypatch):
    begun, fit = [], trial.fit

    def noted(model, **options):
        begun.append((int(model.optimizer.iterations.numpy()), model.get_weights()))
        return fit(model, **options)

    monkeypatch.setattr(trial, "fit", noted)
    found = search(method="hyperband", trials=4, epochs=3)
    assert [steps for steps, _ in begun] == [0, 0, 0, 2]
    before = found._model(max(found.trials.trials[:3], key=lambda one: one.score).number)
    for mine, theirs in zip(begun[3][1], before.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_settings_under_a_condition_may_be_such_as_cannot_be_built(tmp_path):
    def forked(hp):
        hp.Choice("kind", ["narrow", "wide"])
        with hp.conditional_scope("kind", ["narrow"]):
            units = hp.Int("units", 2, 3)
        with hp.conditional_scope("kind", ["wide"]):
            if hp.Int("width", 8, 9):
                raise MemoryError("too wide")
        return network(units, 0.1)

    found = search(forked, trials=9, epochs=1, directory=tmp_path).trials
    assert [set(one.values) for one in found.failed] == [{"kind", "width"}] * 2
    assert [set(one.values) for one in found.completed] == [{"kind", "units"}] * 2
    assert {one.note for one in found.failed} == {"MemoryError: too wide"}
    assert found.exhausted
    assert search(forked, trials=9, epochs=1, directory=tmp_path).trials == found


def test_a_search_that_another_process_began_meanwhile_is_left_alone(tmp_path, monkeypatch):
    first = []

    def begins_late(directory):
        if not first:
            first.append(True)
            search(directory=directory, trials=1)
            first.append((tmp_path / "search.json").read_bytes())
        return lock(directory)

    monkeypatch.setattr(search_file, "lock", begins_late)
    with pytest.raises(ValueError, match=r"^seed must be the same as in .* Got 1 instead of 0\."):
        search(directory=tmp_path, trials=1, seed=1)
    assert (tmp_path / "search.json").read_bytes() == first[1]


def test_which_of_two_unfinished_trials_runs_is_shown(tmp_path, monkeypatch):
    said = []

    def two_at_once(client, work, ask, tell, on_news):
        assert [ask()[0] for _ in range(2)] == [0, 1]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(pools, "run", two_at_once)
        search(directory=tmp_path, epochs=1)
    where = import_module("mlcourse.tuning.search").LiveTable
    monkeypatch.setattr(where, "show", lambda self, table, done, now="": said.append((done, now)))
    search(directory=tmp_path, epochs=1)
    first, second = (f"trial {number}" for number in (0, 1))
    expected = [(0, first), (0, f"{first}, epoch 1 done"), (1, ""), (1, second)]
    assert said == [(0, ""), *expected, (1, f"{second}, epoch 1 done"), (2, ""), (2, "")]


class Steps(keras.callbacks.Callback):
    """Record the steps per epoch and the epochs of each fit."""

    noted: list = []  # noqa: RUF012

    def on_train_begin(self, logs=None):
        Steps.noted.append((self.params["steps"], self.params["epochs"]))


def test_a_batch_size_and_epochs_that_are_asked_for_are_those_of_the_fit(monkeypatch):
    def asking(hp):
        hp.Choice("batch_size", [5, 40])
        hp.Int("epochs", 1, 3)
        return network(3, 0.1)

    monkeypatch.setattr(Steps, "noted", [])
    found = search(asking, trials=4, callbacks=[Steps()]).trials
    values = [one.values for one in found.trials]
    assert Steps.noted == [(40 // one["batch_size"], one["epochs"]) for one in values]
    assert [one.epochs for one in found.trials] == [one["epochs"] for one in values]
    assert len(set(Steps.noted)) > 1


def test_hyperband_chooses_the_epochs_itself():
    def asking(hp):
        hp.Choice("batch_size", [5, 40])
        hp.Int("epochs", 1, 3)
        return network(3, 0.1)

    with pytest.raises(ValueError, match=r"must not ask hp for epochs, which Hyperband chooses"):
        search(asking, method="hyperband")


class Unique(keras.callbacks.Callback):
    def __deepcopy__(self, memo):
        raise TypeError("there is only one")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"callbacks": [3]}, r"callbacks must be a list of Keras callbacks\. Got 3"),
        ({"callbacks": [Unique()]}, r"must support copy\.deepcopy.* Got .* there is only one\."),
        (
            {"data": {**DATA, "validation": (X[:, :2], Y)}},
            r"x of validation must be of shape \(n, 3\), as the model takes it\. Got \(60, 2\)",
        ),
        ({"data": {**DATA, "validation": ([], [])}}, r"x of validation must be an array .* of 0"),
        ({"data": {**DATA, "validation": (X[0, 0], Y)}}, "x of validation must be an array"),
        ({"data": {**DATA, "train": (X[:0], Y[:0])}}, "number of examples of train must be"),
    ],
)
def test_what_would_fail_each_trial_is_refused_before_the_first(monkeypatch, options, message):
    monkeypatch.setattr(trial, "fit", None)
    with pytest.raises(ValueError, match=message):
        search(**options)


def test_other_data_are_noticed_in_lists_too(tmp_path):
    def two(hp):
        inputs = [keras.Input((3,)), keras.Input((3,))]
        outputs = keras.layers.Dense(hp.Int("units", 2, 3))(keras.layers.add(inputs))
        model = keras.Model(inputs, [outputs])
        model.compile("sgd", ["mse"], run_eagerly=True)
        return model

    def shifted(shift):
        data = {name: ([x, x + shift], [x[:, :2]]) for name, (x, _) in DATA.items()}
        return search(two, data, trials=1, objective="val_loss", directory=tmp_path)

    shifted(0)
    message = r"^data must be the same as in .* Got train 'float32 .* instead of"
    with pytest.raises(ValueError, match=message):
        shifted(1)


ELSEWHERE = """
import keras
import pytest
from tests.tuning.test_searches import DATA, search, told

assert keras.config.backend() == BACKEND
found = search(trials=3)
assert all(one.is_scored for one in found.trials.trials)
_, accuracy = found.best_model().evaluate(*DATA["validation"], verbose=0)
assert accuracy == pytest.approx(found.trials.best.score)
assert told(search(trials=3)) == told(found)
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_search_runs_on_each_backend(backend):
    pytest.importorskip(backend)
    script = ELSEWHERE.replace("BACKEND", repr(backend))
    command = [sys.executable, "-c", script]
    variables = {**os.environ, "KERAS_BACKEND": backend}
    done = subprocess.run(command, capture_output=True, text=True, env=variables, cwd=ROOT)
    assert done.returncode == 0, done.stderr
