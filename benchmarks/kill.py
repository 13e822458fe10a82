"""A short fit with a run, killed at 20 random moments and resumed each time.

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
MAX_DELAY = 2.5  # seconds from the start of the fit to the kill


def train(name):
    """Start or resume a run."""
    import keras

    from mlcourse import training

    rng = np.random.default_rng(0)
    x = rng.normal(size=(256, 8)).astype("float32")
    y = rng.integers(0, 3, 256)
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
    print("begins", flush=True)
    training.fit(model, x, y, run=name, **options)


def begin(name):
    """Start a process that trains a run, and return it when the fit is about to start."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.kill", name], stdout=subprocess.PIPE
    )
    process.stdout.readline()
    return process


def complete(name):
    """Train a run to its end."""
    assert begin(name).wait() == 0, f"{name} did not end"


def same(a, b):
    """Return whether two histories, or lists of weights, are equal to the last bit."""
    if isinstance(a, dict):
        return list(a) == list(b) and same(list(a.values()), list(b.values()))
    pairs = zip(a, b, strict=True)
    return all(np.array_equal(first, second, equal_nan=True) for first, second in pairs)


def epochs_of(name):
    """Return the number of saved epochs of a run; raise an error if it cannot be read."""
    return runs.load(name).log.last if name in runs.list_runs() else 0


def kill(name, seconds):
    """Resume a run, kill it, and return whether it had ended, and whether it lost no epoch."""
    before = epochs_of(name)
    process = begin(name)
    time.sleep(seconds)
    process.kill()
    if process.wait() == 0:  # it ended before the kill
        return True, True
    after = epochs_of(name)
    return False, after >= before and is_prefix(name, after)


def is_prefix(name, epochs):
    """Return whether a run's history so far equals that of the uninterrupted run."""
    if not epochs:
        return True
    expected = runs.load("uninterrupted").history
    history = runs.load(name).history
    return all(same(values, expected[key][:epochs]) for key, values in history.items())


def equal(name):
    """Return whether a run has the history and the weights of the uninterrupted run."""
    run = runs.load(name)
    expected = runs.load("uninterrupted")
    weights = [item.model("last").get_weights() for item in (run, expected)]
    return same(run.history, expected.history) and same(*weights)


def rows():
    """Yield the number of kills without a loss, and of runs that equal an uninterrupted one."""
    rng = random.Random(0)
    killed = ["killed 1"]
    resumed = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLCOURSE_RUNS"] = folder
        complete("uninterrupted")
        while len(resumed) < KILLS:
            ended, is_complete = kill(killed[-1], rng.uniform(0, MAX_DELAY))
            if ended:
                killed.append(f"killed {len(killed) + 1}")
            else:
                resumed.append(is_complete)
        complete(killed[-1])
        n_equal = sum(map(equal, killed))
    yield Finding(f"a fit with a run, killed at {KILLS} random moments", f"{sum(resumed)} resumed")
    result = f"{n_equal} of {len(killed)}, to the last bit"
    yield Finding("fits with the history and weights of an uninterrupted one", result)


if __name__ == "__main__":
    train(sys.argv[1])
