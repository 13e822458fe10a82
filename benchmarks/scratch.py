"""The network from scratch compared with scikit-learn and eager Keras: an epoch of MNIST.

The networks are 784-128-128-10, in float32, with batches of 128.
"""

import math
import warnings
from itertools import pairwise

import keras
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.timing import compare
from mlcourse import datasets, scratch, training

RUNS = 7
KERAS_RUNS = 3
SIZES = (784, 128, 128, 10)
BATCH_SIZE = 128
OPTIMIZERS = {
    "gradient descent": (
        scratch.GD(0.1),
        {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.1},
        lambda: keras.optimizers.SGD(0.1),
    ),
    "momentum": (
        scratch.Momentum(0.01, momentum=0.9),
        {"solver": "sgd", "nesterovs_momentum": False, "learning_rate_init": 0.01},
        lambda: keras.optimizers.SGD(0.01, momentum=0.9),
    ),
    "Adam": (
        scratch.Adam(0.001),
        {"solver": "adam", "learning_rate_init": 0.001},
        lambda: keras.optimizers.Adam(0.001),
    ),
}


def from_scratch(x, y, optimizer):
    """Return a function that trains our network for an epoch."""
    layers = []
    for number, (n_in, n_out) in enumerate(pairwise(SIZES), 1):
        layers += [scratch.Affine(f"sums {number}", n_in, n_out), scratch.Relu(f"relu {number}")]
    model = scratch.Model([*layers[:-1], scratch.Softmax("probabilities")])
    data = scratch.Data(x, y)
    batches = scratch.Dataloader(data, scratch.Sampler(data, BATCH_SIZE, shuffle=True))
    learner = scratch.Learner(scratch.CrossEntropy(), model, optimizer, epochs=1)
    return lambda: learner.train_loop(batches)


def scikit_learn(x, y, settings):
    """Return a function that trains scikit-learn's network for an epoch."""
    options = {"batch_size": BATCH_SIZE, "alpha": 0, "random_state": 0, **settings}
    network = MLPClassifier(SIZES[1:-1], **options)
    return lambda: network.partial_fit(x, y, classes=np.arange(10))


def eager_keras(x, y, optimizer):
    """Return a function that trains a Keras network for an epoch in eager mode."""
    training.set_seed(0)
    hidden = [keras.layers.Dense(size, activation="relu") for size in SIZES[1:-1]]
    last = keras.layers.Dense(SIZES[-1], activation="softmax")
    model = keras.Sequential([keras.Input((SIZES[0],)), *hidden, last])
    model.compile(optimizer, "sparse_categorical_crossentropy", run_eagerly=True)

    def epoch():
        order = np.random.default_rng(0).permutation(len(x))
        for start in range(0, len(x), BATCH_SIZE):
            batch = order[start : start + BATCH_SIZE]
            model.train_on_batch(x[batch], y[batch])

    return epoch


def matrix_products(x):
    """Return a function that computes only the matrix products of an epoch."""
    rng = np.random.default_rng(0)
    weights = [rng.random(shape, np.float32) for shape in pairwise(SIZES)]
    values = [x[:BATCH_SIZE], *(rng.random((BATCH_SIZE, size), np.float32) for size in SIZES[1:])]

    def epoch():
        for _ in range(math.ceil(len(x) / BATCH_SIZE)):
            for number, w in enumerate(weights):
                values[number] @ w
                values[number].T @ values[number + 1]
                if number:
                    values[number + 1] @ w.T

    return epoch


def rows():
    """Yield the ratios of an epoch for each optimizer."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    data = datasets.load("mnist", synthetic=True)
    x, y = training.prepare_images(data.x_train, flatten=True), data.y_train
    for name, (optimizer, settings, make_keras_optimizer) in OPTIMIZERS.items():
        task = f"the network from scratch, an epoch of {data.title}, {name}"
        ours = from_scratch(x, y, optimizer)
        alternatives = {"scikit-learn": scikit_learn(x, y, settings)}
        if name == "gradient descent":
            alternatives["its matrix products alone"] = matrix_products(x)
        yield from compare(task, ours, alternatives, RUNS)
        slow_alternatives = {"eager Keras": eager_keras(x, y, make_keras_optimizer())}
        yield from compare(task, ours, slow_alternatives, KERAS_RUNS)
