"""A small model, points and digits, and the evidence of a fit."""

import keras
import numpy as np
from sklearn.datasets import load_digits

from mlcourse import datasets, models
from mlcourse.diagnosis.diagnose import evidence_of

layers = keras.layers


def moons(n_samples=300, noise=0.1, seed=0):
    """Return points of two moons and their labels, in random order."""
    x, y = datasets.two_moons(n_samples, noise, seed)
    order = np.random.default_rng(seed).permutation(n_samples)
    return x[order], y[order]


def digits():
    """Return 1,797 digits, in [0, 1], as rows, and their labels, in random order."""
    x, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return (x[order] / 16).astype("float32"), y[order]


def network(*hidden, n_inputs=2, loss="sparse_categorical_crossentropy", optimizer="adam"):
    """Return a compiled model with hidden layers, by default one of 16 ReLU units."""
    keras.utils.set_random_seed(0)
    hidden = hidden or (layers.Dense(16, "relu"),)
    model = keras.Sequential([keras.Input((n_inputs,)), *hidden, layers.Dense(2, "softmax")])
    return compiled(model, loss, optimizer)


def compiled(model, loss="sparse_categorical_crossentropy", optimizer="adam"):
    model.compile(optimizer, loss, metrics=["accuracy"])
    return model


def mlp(n_inputs, n_classes):
    keras.utils.set_random_seed(0)
    return compiled(models.mlp(n_inputs, (16,), n_classes))


def evidence(
    model=None, x=None, y=None, validation_data=None, history=None, test_data=None, batch_size=None
):
    """Return the evidence of a model and data, by default of moons."""
    model = network() if model is None else model
    default_x, default_y = moons()
    x = default_x if x is None else x
    y = default_y if y is None else y
    options = {"test_data": test_data, "batch_size": batch_size, "seed": 0}
    return evidence_of(model, x, y, validation_data, history, **options)
