"""The network from scratch beside scikit-learn's and an eager Keras: an epoch of MNIST.

The networks are 784-128-128-10, in float32, with batches of 128.
"""

import warnings
from itertools import pairwise

import keras
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.timing import compared
from mlcourse import datasets, scratch, training

RUNS, KERAS_RUNS = 7, 3
SIZES = (784, 128, 128, 10)
BATCH = 128
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
    """Returns a function that trains our network for an epoch."""
    parts = []
    for number, (n_in, n_out) in enumerate(pairwise(SIZES), 1):
        parts += [scratch.Affine(f"sums {number}", n_in, n_out), scratch.Relu(f"relu {number}")]
    model = scratch.Model([*parts[:-1], scratch.Softmax("probabilities")])
    data = scratch.Data(x, y)
    batches = scratch.Dataloader(data, scratch.Sampler(data, BATCH, shuffle=True))
    learner = scratch.Learner(scratch.CrossEntropy(), model, optimizer, epochs=1)
    return lambda: learner.train_loop(batches)


def scikit_learn(x, y, settings):
    """Returns a function that trains scikit-learn's network for an epoch."""
    network = MLPClassifier(SIZES[1:-1], batch_size=BATCH, alpha=0, random_state=0, **settings)
    return lambda: network.partial_fit(x, y, classes=np.arange(10))


def eager_keras(x, y, optimizer):
    """Returns a function that trains Keras's network for an epoch, operation by operation."""
    training.set_seed(0)
    hidden = [keras.layers.Dense(size, activation="relu") for size in SIZES[1:-1]]
    last = keras.layers.Dense(SIZES[-1], activation="softmax")
    model = keras.Sequential([keras.Input((SIZES[0],)), *hidden, last])
    model.compile(optimizer, "sparse_categorical_crossentropy", run_eagerly=True)

    def epoch():
        order = np.random.default_rng(0).permutation(len(x))
        for start in range(0, len(x), BATCH):
            chosen = order[start : start + BATCH]
            model.train_on_batch(x[chosen], y[chosen])

    return epoch


def products_alone(x):
    """Returns a function that does no more than an epoch's matrix products."""
    rng = np.random.default_rng(0)
    weights = [rng.random(shape, np.float32) for shape in pairwise(SIZES)]
    values = [x[:BATCH], *(rng.random((BATCH, size), np.float32) for size in SIZES[1:])]

    def epoch():
        for _ in range(-(-len(x) // BATCH)):
            for number, w in enumerate(weights):
                values[number] @ w
                values[number].T @ values[number + 1]
                if number:
                    values[number + 1] @ w.T

    return epoch


def rows():
    """Yields, for each optimizer, the ratios of an epoch."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    data = datasets.load("mnist", synthetic=True)
    x, y = training.prepare_images(data.x_train, flatten=True), data.y_train
    for name, (ours, settings, theirs) in OPTIMIZERS.items():
        what = f"the network from scratch, an epoch of {data.title}, {name}"
        epoch = from_scratch(x, y, ours)
        quick = {"scikit-learn": scikit_learn(x, y, settings)}
        if name == "gradient descent":
            quick["no more than its matrix products"] = products_alone(x)
        yield from compared(what, epoch, quick, RUNS)
        yield from compared(what, epoch, {"eager Keras": eager_keras(x, y, theirs())}, KERAS_RUNS)
