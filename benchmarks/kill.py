"""A short fit that is killed at twenty random moments, and goes on each time, beside one that is
left alone.
"""

import os
import random
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from mlcourse import runs

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
    process = subprocess.Popen([sys.executable, __file__, name], stdout=subprocess.PIPE)
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
    return runs.load(name).log.last if name in runs.list() else 0


def main():
    """Prints how many of the kills lost nothing, and whether the history is that of one go."""
    moments, killed, resumed, lost, number = random.Random(0), 0, 0, 0, 1
    complete("whole")
    whole, broken = runs.load("whole"), ["broken 1"]
    while killed < KILLS:
        name = broken[-1]
        before, process = epochs_of(name), begin(name)
        time.sleep(moments.uniform(0, LONGEST))
        process.kill()
        if process.wait() == 0:  # it was quicker
            number += 1
            broken.append(f"broken {number}")
            continue
        killed += 1
        after = epochs_of(name)
        history = runs.load(name).history if after else {}
        kept = all(same(values, whole.history[key][:after]) for key, values in history.items())
        lost += after < before or not kept
        resumed += after >= before and kept
    complete(broken[-1])
    equal = True
    for run in map(runs.load, broken):
        weights = [one.model("last").get_weights() for one in (run, whole)]
        equal = equal and same(run.history, whole.history) and same(*weights)
    assert not lost, f"{lost} of {killed} kills lost an epoch"
    assert equal, "the history is another than that of a fit in one go"
    print(
        f"{killed} kills: {resumed} resumed, {lost} lost, "
        f"history equal to the last bit: {equal} ({len(broken)} runs of {EPOCHS} epochs)"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        train(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["MLCOURSE_RUNS"] = folder
            main()
