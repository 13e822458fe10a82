"""A short fit that is killed at twenty random times and resumed each time.

Its history and weights are compared with those of an uninterrupted fit.
"""

import os
import random
import subprocess
import sys
import tempfile
import time

import numpy as np

from benchmarks.timing import Finding
from mlcourse.training import runs

KILLS = 20
EPOCHS = 30
MAX_SECONDS = 2.5  # from the start of training to the kill


def train(name):
    """Start or resume a run."""
    import keras

    from mlcourse import training

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(256, 8)).astype("float32"), rng.integers(0, 3, 256)
    training.set_seed(0)
    layers = [
        keras.layers.Dense(16, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.3),
        keras.layers.Dense(3, activation="softmax"),
    ]
    model = keras.Sequential([keras.Input((8,)), *layers])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    callbacks = [
        training.early_stopping(patience=EPOCHS),
        keras.callbacks.ReduceLROnPlateau(patience=2),
    ]
    options = {"validation_split": 0.25, "epochs": EPOCHS, "callbacks": callbacks, "verbose": 0}
    print("training", flush=True)
    training.fit(model, x, y, run=name, **options)


def begin(name):
    """Start a process that trains a run, and return it when the training begins."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.kill", name], stdout=subprocess.PIPE
    )
    process.stdout.readline()
    return process


def complete(name):
    """Train a run to its end."""
    assert begin(name).wait() == 0, f"{name} failed"


def same(first, second):
    """Return whether two histories, or lists of weights, are identical."""
    if isinstance(first, dict):
        return list(first) == list(second) and same(list(first.values()), list(second.values()))
    pairs = zip(first, second, strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def epochs_of(name):
    """Return the number of saved epochs of a run; fail if the run cannot be read."""
    return runs.load(name).log.last if name in runs.list_runs() else 0


def kill(name, seconds):
    """Resume a run and kill it; return whether it had ended, and whether it is intact."""
    before = epochs_of(name)
    process = begin(name)
    time.sleep(seconds)
    process.kill()
    if process.wait() == 0:  # ended before the kill
        return True, True
    after = epochs_of(name)
    return False, after >= before and has_same_history(name, after)


def has_same_history(name, epochs):
    """Return whether the history of a run agrees with the uninterrupted run."""
    expected = runs.load("whole").history
    history = runs.load(name).history if epochs else {}
    return all(same(values, expected[key][:epochs]) for key, values in history.items())


def has_same_result(name):
    """Return whether a run ended with the history and weights of the uninterrupted run."""
    run = runs.load(name)
    expected = runs.load("whole")
    weights = run.model("last").get_weights()
    expected_weights = expected.model("last").get_weights()
    return same(run.history, expected.history) and same(weights, expected_weights)


def rows():
    """Yield the number of kills without loss, and the number of runs with the expected result."""
    rng = random.Random(0)
    killed_runs = ["killed 1"]
    intact = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLCOURSE_RUNS"] = folder
        complete("whole")
        while len(intact) < KILLS:
            has_ended, is_intact = kill(killed_runs[-1], rng.uniform(0, MAX_SECONDS))
            if has_ended:
                killed_runs.append(f"killed {len(killed_runs) + 1}")
            else:
                intact.append(is_intact)
        complete(killed_runs[-1])
        n_same = sum(map(has_same_result, killed_runs))
    yield Finding(f"a saved fit, killed at {KILLS} random times", f"{sum(intact)} resumed")
    result = f"{n_same} of {len(killed_runs)} identical"
    yield Finding("history and weights, compared with an uninterrupted fit", result)


if __name__ == "__main__":
    train(sys.argv[1])
