"""A run that could not start leaves no files; one without a complete epoch can be replaced."""

import keras
import numpy as np
import pytest

from mlcourse import training
from mlcourse.training import runs
from mlcourse.training.runs import run

X = np.ones((8, 3), "float32")


class Unsavable(keras.Model):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, x):
        return self.inner(x)


def fit(layer, run="one", kind=None, **options):
    model = kind(layer) if kind else keras.Sequential([keras.Input((3,)), layer])
    model(X)
    model.compile("sgd", "mse", run_eagerly=True)
    return training.fit(model, X, X[:, :1], run=run, verbose=0, **options)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_a_model_that_cannot_be_saved_leaves_nothing(folder):
    with pytest.raises(NotImplementedError, match="get_config"):
        fit(keras.layers.Dense(1), kind=Unsavable)
    assert runs.list_runs() == [] and not folder.exists()
    assert len(fit(keras.layers.Dense(1)).epoch) == 1


def test_a_run_without_a_whole_epoch_can_begin_with_other_settings(monkeypatch):
    save, calls = run.save_model, []

    def broken(*arguments):
        calls.append(arguments)
        if len(calls) > 1:
            raise KeyboardInterrupt
        save(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(run, "save_model", broken)
        fit(keras.layers.Dense(1))
    assert runs.load("one").log.last == 0
    fit(keras.layers.Dense(1, activation="relu"), batch_size=2)
    assert runs.load("one").log.last == 1
    with pytest.raises(ValueError, match="must be the same as in run"):
        fit(keras.layers.Dense(1), batch_size=2, epochs=2)


def test_a_run_is_judged_by_its_monitor():
    options = {"monitor": "loss", "mode": "max", "epochs": 3}
    losses = fit(keras.layers.Dense(1), **options).history["loss"]
    assert runs.load("one").log.best() == ("loss", int(np.argmax(losses)) + 1, max(losses))
    with pytest.raises(ValueError, match="monitor must be the same as in run"):
        fit(keras.layers.Dense(1), epochs=3)
    with pytest.raises(ValueError, match="validation_data or validation_split must be given"):
        fit(keras.layers.Dense(1), "two", monitor="val_loss")
