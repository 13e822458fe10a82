"""The network from scratch beside scikit-learn's and an eager Keras: an epoch of MNIST, in turn."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import time
import warnings
from itertools import pairwise

import keras
import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from mlcourse import datasets, scratch, training
from mlcourse.scratch import Affine

RUNS, KERAS_RUNS = 7, 2
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


class Timed(Affine):
    """A layer that notes the seconds that its matrix products take."""

    seconds = 0.0

    def forward(self, x, training=False):
        """As `Affine`."""
        self.x = x
        return self.product(x, self.params["w"]) + self.params["b"]

    def backward(self, grad, to_inputs=True):
        """As `Affine`."""
        self.grads = {"w": self.product(self.x.T, grad), "b": grad.sum(axis=0)}
        return self.product(grad, self.params["w"].T) if to_inputs else None

    def product(self, a, b):
        """Returns a @ b, and adds the time that it took."""
        start = time.perf_counter()
        product = a @ b
        Timed.seconds += time.perf_counter() - start
        return product


def from_scratch(x, y, optimizer, affine=Affine):
    """Returns a function that trains our network for an epoch."""
    parts = []
    for number, (n_in, n_out) in enumerate(pairwise(SIZES), 1):
        parts += [affine(f"sums {number}", n_in, n_out), scratch.Relu(f"relu {number}")]
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


def seconds(epoch):
    """Returns how long a function takes."""
    start = time.perf_counter()
    epoch()
    return time.perf_counter() - start


def spread(values):
    """Returns a median and its range as text."""
    return f"{np.median(values):5.2f} ({np.min(values):.2f} to {np.max(values):.2f})"


def main():
    """Prints seconds an epoch, how many times as quick ours is, and the share of its products."""
    data = datasets.load("mnist", stand_in=True)
    x, y = training.prepare_images(data.x_train, flatten=True), data.y_train
    print(f"{data.title}, {'-'.join(map(str, SIZES))}, batches of {BATCH}, float32")
    print(
        f"seconds an epoch, medians of {RUNS} runs in turn (Keras {KERAS_RUNS}), and the range:\n"
    )
    alone, shares = products_alone(x), {}
    for name, (ours, settings, theirs) in OPTIMIZERS.items():
        timed = from_scratch(x, y, ours, Timed)
        ways = {
            "ours": from_scratch(x, y, ours),
            "scikit-learn": scikit_learn(x, y, settings),
            "eager Keras": eager_keras(x, y, theirs()),
        }
        taken, shares[name] = {way: [] for way in ways}, []
        for run in range(RUNS + 1):
            for way, epoch in ways.items():
                if run <= KERAS_RUNS or way != "eager Keras":
                    taken[way].append(seconds(epoch))
            Timed.seconds = 0.0
            whole = seconds(timed)
            shares[name].append((Timed.seconds / whole, whole / seconds(alone)))
        print(name)
        for way, each in taken.items():
            each = np.array(each[1:])  # the first run is a warm-up
            ratio = each / np.array(taken["ours"][1 : len(each) + 1])
            print(f"  {way:13} {spread(each):24} {spread(ratio)} times ours")
        shares[name] = shares[name][1:]
    print("\nof our epoch, and beside no more than its matrix products:\n")
    for name, pairs in shares.items():
        inside, ratio = np.transpose(pairs)
        share = f"{np.median(inside):.0%} ({inside.min():.0%} to {inside.max():.0%})"
        print(f"{name:17} inside the products {share:18} {spread(ratio)} times the products alone")


if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    main()
