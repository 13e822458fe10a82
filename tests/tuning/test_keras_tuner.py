"""Keras Tuner as in its own guide."""

import keras_tuner
import pytest

from tests.tuning.test_searches import X, Y, build


@pytest.mark.slow
def test_a_random_search_of_keras_tuner_completes_its_trials(tmp_path):
    tuner = keras_tuner.RandomSearch(
        build, objective="val_accuracy", max_trials=2, directory=tmp_path, seed=1
    )
    tuner.search(X[:40], Y[:40], validation_data=(X[40:], Y[40:]), epochs=1, verbose=0)
    assert [trial.status for trial in tuner.oracle.trials.values()] == ["COMPLETED"] * 2
    best = tuner.oracle.get_best_trials()[0]
    (model,) = tuner.get_best_models()
    assert model.evaluate(X[40:], Y[40:], verbose=0)[1] == best.score
