import os
import warnings
from contextlib import suppress

import keras
import matplotlib as mpl
import numpy as np
import pytest

from mlcourse import callbacks, devices, training
from mlcourse.training import speed

X = np.random.default_rng(0).normal(size=(40, 4)).astype("float32")
Y = (X[:, 0] > 0).astype(int)


def network():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


class Interrupt(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        raise KeyboardInterrupt


def fit(**options):
    return training.fit(network(), X, Y, **{"epochs": 2, "verbose": 0, **options})


CALLS = {
    "a plain fit": fit,
    "a quick fit": lambda: fit(epochs=9, batch_size=4),
    "a kept fit": lambda: fit(run="one"),
    "an interrupted fit": lambda: fit(callbacks=[Interrupt()]),
    "a refused fit": lambda: training.fit(network(), X, Y + 1),
    "a sweep of the rate": lambda: callbacks.find_learning_rate(network(), X, Y, steps=10, seeds=1),
    "configure": devices.configure,
}


def state():
    """Return the settings of the process that a call must not change."""
    found = {
        "environment": dict(os.environ),
        "warnings": list(warnings.filters),
        "errors": np.geterr(),
        "rcParams": dict(mpl.rcParams),
        "keras": (keras.config.floatx(), keras.config.dtype_policy().name),
    }
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        logger = tf.get_logger()
        found["tensorflow"] = dict(vars(tf.data.Dataset)), list(logger.filters), logger.level
    return found


@pytest.mark.parametrize("call", CALLS)
def test_a_call_leaves_the_process_as_it_was(call, tmp_path, monkeypatch):
    monkeypatch.setenv("MLCOURSE_RUNS", str(tmp_path))
    monkeypatch.setattr(speed, "MIN_STEPS", 50)
    monkeypatch.setattr(speed, "MIN_XLA_STEPS", 50)
    before = state()
    with suppress(KeyboardInterrupt, ValueError):
        CALLS[call]()
    assert state() == before
