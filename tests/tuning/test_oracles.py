"""Keras Tuner's oracles with their state in one file."""

import warnings

import keras_tuner
import pytest

from mlcourse.tuning import oracles, search_file

GOAL = keras_tuner.Objective("loss", "min")


def begun(folder, method="random", trials=3):
    oracle = oracles.make_oracle(method, GOAL, trials, 1, 0)
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 1, 64)
    oracle.update_space(hp)
    oracle.begin(lambda hp: None, folder, {"objective": {"name": "loss", "direction": "min"}})
    return oracle


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
    oracle.tell(second, {"status": "completed", "score": 0.5})
    again = begun(tmp_path, method)
    (unfinished,) = again.unfinished()
    assert unfinished.trial_id == first.trial_id
    assert unfinished.hyperparameters.values == first.hyperparameters.values
    assert search_file.read(tmp_path).trials[1].score == 0.5
    third = again.ask()
    assert third.trial_id == "2"
    assert again.ask() is None
    for trial in (unfinished, third):
        again.tell(trial, {"status": "failed", "score": float("nan")})
    assert [one.status for one in search_file.read(tmp_path).trials] == [
        "failed",
        "completed",
        "failed",
    ]
    assert not begun(tmp_path, method).unfinished()
