"""Keras Tuner's oracles, and their private names that `oracles` uses."""

import warnings

import keras_tuner
import numpy as np
import pytest

from mlcourse.tuning import oracles, search_file

GOAL = keras_tuner.Objective("loss", "min")


def begun(folder, method="random", trials=3):
    oracle = oracles.make_oracle(method, GOAL, trials, 1, 0)
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 1, 64)
    oracle.update_space(hp)
    oracle.begin(folder, {"objective": {"name": "loss", "direction": "min"}})
    return oracle


def test_the_private_names_are_where_they_were():
    assert callable(vars(keras_tuner.Oracle)["_save_trial"])
    found = oracles.make_oracle("bayesian", GOAL, 3, 1, 0)
    assert isinstance(found._random_state, np.random.RandomState)


def test_a_gaussian_process_does_not_warn(monkeypatch, tmp_path):
    def warns(self, trial_id):
        warnings.warn("close to the bound", UserWarning, stacklevel=2)
        return {"status": "RUNNING", "values": {"units": 3}}

    monkeypatch.setattr(oracles.oracles.BayesianOptimizationOracle, "populate_space", warns)
    oracle = begun(tmp_path, "bayesian")
    with warnings.catch_warnings(action="error"):
        assert oracle.populate_space("0")["values"] == {"units": 3}


@pytest.mark.parametrize("method", ["random", "hyperband", "bayesian"])
def test_unfinished_trials_are_resumed_and_no_report_is_lost(tmp_path, method):
    oracle = begun(tmp_path, method)
    first, second = oracle.ask(), oracle.ask()
    oracle.tell(second, {"loss": 0.5, "epochs": 1, "seconds": 2.0})
    again = begun(tmp_path, method)
    (unfinished,) = again.unfinished()
    assert unfinished.trial_id == first.trial_id
    assert unfinished.hyperparameters.values == first.hyperparameters.values
    assert search_file.read(tmp_path).trials[1].score == 0.5
    third = again.ask()
    assert third.trial_id == "2"
    assert again.ask() is None
    for trial in (unfinished, third):
        again.tell(trial, {"loss": float("nan")})
    assert [one.status for one in search_file.read(tmp_path).trials] == [
        "failed",
        "completed",
        "failed",
    ]
    assert not begun(tmp_path, method).unfinished()


def test_a_file_of_an_earlier_version_is_resumed(tmp_path):
    """Such a file has a queue of trials to run again, and the ids of workers."""
    oracle = begun(tmp_path)
    trials = [oracle.ask(), oracle.ask()]
    state = search_file.read_state(tmp_path)
    state["oracle"]["retry_queue"] = [trials[0].trial_id]
    state["oracle"]["ongoing_trials"] = {"worker1": trials[1].trial_id}
    search_file.write(tmp_path, {name: state[name] for name in ("asked", "settings", "oracle")})
    again = begun(tmp_path)
    assert [one.trial_id for one in again.unfinished()] == ["0", "1"]
    assert again.ask().trial_id == "2"
