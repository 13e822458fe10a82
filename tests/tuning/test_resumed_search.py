"""Searches that are killed at different moments, with simulated fits."""

import keras
import numpy as np
import pytest

from mlcourse import tuning
from mlcourse._core import files
from mlcourse.tuning import oracles, search_file, trial
from mlcourse.tuning.search import _Progress
from mlcourse.tuning.trial import TrialRunner

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 3)).astype("float32"), RNG.integers(0, 2, 20)
DATA = {"train": (X[:12], Y[:12]), "validation": (X[12:], Y[12:])}
TRIALS = 5
CACHE = {}  # results of uninterrupted searches


class Killed(BaseException):
    """Simulates the end of a process."""


def build(hp):
    units = hp.values.get("units") or hp.Int("units", 1, 40)
    layers = [keras.layers.Dense(units, activation="relu"), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((3,)), *layers])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rate = hp.Choice("learning_rate", [0.1, 0.01])
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"], run_eagerly=True)
    return model


@pytest.fixture(autouse=True)
def fits(monkeypatch):
    """Replace fits by simulated ones; return the initial weights of each."""
    begun = []

    def fit(model, *, epochs, callbacks, initial_epoch=0, **_):
        weights = model.get_weights()
        begun.append(float(weights[0].sum()))
        for callback in callbacks:
            callback.set_model(model)
        for epoch in range(initial_epoch, epochs):
            score = 1 / (1 + abs(weights[0].shape[1] - 20)) + epoch / 1000
            for callback in callbacks:
                callback.on_epoch_end(epoch, {"loss": 1 - score, "val_accuracy": score})

    monkeypatch.setattr(trial, "fit", fit)
    return begun


def search(folder, method="random", **options):
    options = {"trials": TRIALS, "epochs": 3, "seed": 0, **options}
    return tuning.search(build, DATA, method, directory=folder, **options).trials


@pytest.fixture
def unbroken(tmp_path_factory, fits):
    """Return the result of an uninterrupted search, and the initial weights of its fits."""

    def of(method):
        if method not in CACHE:
            found = search(tmp_path_factory.mktemp("whole"), method)
            CACHE[method] = told(found), set(fits)
        return CACHE[method]

    return of


def told(trials):
    return [(one.number, one.values, one.status, one.score, one.epochs) for one in trials.trials]


def kill(monkeypatch, owner, name, call, after):
    """Simulate the end of the process before or after a call of a function or a method."""
    function, calls = getattr(owner, name), []

    def killed(*arguments, **options):
        calls.append(name)
        if len(calls) == call + 1 and not after:
            raise Killed
        found = function(*arguments, **options)
        if len(calls) == call + 1:
            raise Killed
        return found

    monkeypatch.setattr(owner, name, killed)


MOMENTS = [
    (search_file, "write"),
    (oracles.PersistentOracle, "ask"),
    (oracles.PersistentOracle, "tell"),
    (oracles.PersistentOracle, "save"),
    (TrialRunner, "__call__"),
    (_Progress, "tell"),
    (files, "write_text"),
    (trial._BestEpoch, "_save_if_best"),
    (trial._BestEpoch, "on_epoch_end"),
]


CASES = [
    *(("random", *moment, 2, after) for moment in MOMENTS for after in (False, True)),
    *(("hyperband", *MOMENTS[place], 3, False) for place in (0, 2, 7)),
    ("bayesian", *MOMENTS[2], 3, False),
]


@pytest.mark.parametrize(("method", "owner", "name", "call", "after"), CASES)
def test_a_search_that_is_killed_ends_like_one_that_is_not(
    tmp_path, monkeypatch, fits, unbroken, method, owner, name, call, after
):
    expected, weights = unbroken(method)
    fits.clear()
    with monkeypatch.context() as patch:
        kill(patch, owner, name, call, after)
        with pytest.raises(Killed):
            search(tmp_path, method)
    ended, begun = (
        [one for one in search_file.read(tmp_path).trials if not one.is_running],
        len(fits),
    )
    found = search(tmp_path, method)
    assert told(found) == expected
    assert [one for one in found.trials if one in ended] == ended  # including their seconds
    assert len(fits) - begun == TRIALS - len(ended)
    assert set(fits) == weights  # the same initial weights at each attempt


def test_more_trials_can_be_asked_for_later(tmp_path, fits, unbroken):
    expected, _ = unbroken("random")
    fits.clear()
    assert told(search(tmp_path, trials=2)) == expected[:2]
    assert told(search(tmp_path)) == expected
    assert len(fits) == TRIALS


def test_a_search_that_is_complete_trains_nothing(tmp_path, fits):
    first = search(tmp_path, trials=2)
    fits.clear()
    assert told(search(tmp_path, trials=2)) == told(first)
    assert not fits


def test_seeds_decide_what_is_tried():
    def tried(seed):
        return [one.values for one in search(None, seed=seed, trials=4).trials]

    first, again, *others = map(tried, (0, 0, 1, 2))
    assert first == again
    for one in others:  # nor the same series, shifted
        assert first != one
        assert first[1:] != one[:-1]
        assert first[:-1] != one[1:]


@pytest.mark.parametrize("method", ["random", "bayesian", "hyperband"])
def test_each_setting_of_a_small_space_is_tried_once(method):
    def small(hp):
        hp.Choice("units", [3, 5])
        hp.Choice("learning_rate", [0.1, 0.01])
        return build(hp)

    found = tuning.search(small, DATA, method, trials=4, epochs=1).trials
    settings = {tuple(one.values.values()) for one in found.trials}
    assert len(settings) == len(found.trials) == 4
