"""A short fit and a short search for child processes."""

import numpy as np

EPOCHS = 6
TRIALS = 4
RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 3)).astype("float32")
Y = RNG.integers(0, 2, 32)


def model(units=4):
    import keras

    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(units, activation="relu"), keras.layers.Dense(2, "softmax")]
    network = keras.Sequential([keras.Input((3,)), *layers])
    options = {"metrics": ["accuracy"], "run_eagerly": True}  # without compilation
    network.compile("sgd", "sparse_categorical_crossentropy", **options)
    return network


def fit(run, epochs=EPOCHS):
    """Start or resume a run, and return its history."""
    from mlcourse import training

    options = {"epochs": epochs, "batch_size": 16, "validation_split": 0.5, "verbose": 0}
    return training.fit(model(), X, Y, run=run, **options).history


def search(folder):
    """Start or resume a search, and return the number of completed trials."""
    from mlcourse import tuning

    data = {"train": (X[:16], Y[:16]), "validation": (X[16:], Y[16:])}
    options = {"trials": TRIALS, "epochs": 2, "directory": folder}
    return tuning.search(lambda hp: model(hp.Int("units", 1, 40)), data, **options).trials.ended
