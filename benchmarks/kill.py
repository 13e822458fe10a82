"""A short fit that is killed at twenty random moments, and goes on each time.

Its history and weights are compared with those of one that is left alone.
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
LONGEST = 2.5  # seconds until a process is killed, once it is about to train


def train(name):
    """Begins a run, or goes on with it."""
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
    watchers = [
        training.early_stopping(patience=EPOCHS),
        keras.callbacks.ReduceLROnPlateau(patience=2),
    ]
    options = {"validation_split": 0.25, "epochs": EPOCHS, "callbacks": watchers, "verbose": 0}
    print("begins", flush=True)
    training.fit(model, x, y, run=name, **options)


def begin(name):
    """Starts a process that trains a run, and returns it when it is about to."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.kill", name], stdout=subprocess.PIPE
    )
    process.stdout.readline()
    return process


def complete(name):
    """Trains a run to its end."""
    assert begin(name).wait() == 0, f"{name} did not come to its end"


def same(one, other):
    """Whether two histories, or lists of weights, are equal to the last bit."""
    if isinstance(one, dict):
        return list(one) == list(other) and same(list(one.values()), list(other.values()))
    pairs = zip(one, other, strict=True)
    return all(np.array_equal(first, second, equal_nan=True) for first, second in pairs)


def epochs_of(name):
    """Returns how many epochs a run has kept; a run that cannot be read raises."""
    return runs.load(name).log.last if name in runs.list_runs() else 0


def kill(name, seconds):
    """Goes on with a run, kills it, and says whether it had ended, and whether it lost nothing."""
    before, process = epochs_of(name), begin(name)
    time.sleep(seconds)
    process.kill()
    if process.wait() == 0:  # it was quicker
        return True, True
    after = epochs_of(name)
    return False, after >= before and as_whole(name, after)


def as_whole(name, epochs):
    """Whether a run's history so far is that of the one that was left alone."""
    whole, history = runs.load("whole").history, runs.load(name).history if epochs else {}
    return all(same(values, whole[key][:epochs]) for key, values in history.items())


def equal(name):
    """Whether a run ended with the history and the weights of the one that was left alone."""
    one, whole = runs.load(name), runs.load("whole")
    weights = [run.model("last").get_weights() for run in (one, whole)]
    return same(one.history, whole.history) and same(*weights)


def rows():
    """Yields how many of the kills lost nothing, and how the runs ended."""
    moments, broken, kept = random.Random(0), ["broken 1"], []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MLCOURSE_RUNS"] = folder
        complete("whole")
        while len(kept) < KILLS:
            ended, whole = kill(broken[-1], moments.uniform(0, LONGEST))
            if ended:
                broken.append(f"broken {len(broken) + 1}")
            else:
                kept.append(whole)
        complete(broken[-1])
        alike = sum(map(equal, broken))
    yield Finding(f"a kept fit, killed at {KILLS} random moments", f"{sum(kept)} resumed")
    result = f"{alike} of {len(broken)}, to the last bit"
    yield Finding("fits that end with the history and weights of one left alone", result)


if __name__ == "__main__":
    train(sys.argv[1])
