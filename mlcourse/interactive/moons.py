"""A small network that learns to tell two noisy moons apart, an epoch at a time."""

import numpy as np

from mlcourse import scratch
from mlcourse.datasets import two_moons
from mlcourse.histories import EpochLog
from mlcourse.optimizers import adam
from mlcourse.scratch.optimizers import Updates

POINTS, NEW_POINTS = 50, 500  # of each class: to learn from, and to validate with
RATE, BATCH, EPOCHS = 0.01, 20, 1000


class MoonFit:
    """A network, its points, and what it has learned so far.

    It is trained with Adam, on the binary cross-entropy and, for each weight w, l2 w^2.

    Args:
        hidden: units of each hidden layer, in a list; they are ReLU units.
        l2: factor of the weights' squares in what is made small.
        dropout: share of each hidden layer's outputs set to 0 while training, in [0, 1).
        noise: standard deviation of the points around their moons.
        seed: of the points, the weights and the order of the examples.

    Attributes:
        points, new: examples (n, 2) and classes (n,), to learn from and to validate with.
        log: an `EpochLog` of both losses by epoch, without the l2 w^2 and without dropout.

    >>> fit = MoonFit([8], l2=0.001, dropout=0.0, noise=0.2)
    >>> fit.train()
    >>> fit.log.epochs["val_loss"]
    [1]
    """

    def __init__(self, hidden, l2, dropout, noise, seed=0):
        self.points = two_moons(POINTS, noise, seed)
        self.new = two_moons(NEW_POINTS, noise, seed + 1)
        self._model, self._l2 = scratch.Model(_layers(hidden, dropout, seed)), l2
        self._body = scratch.Model(self._model.layers[:-1])  # the loss has the sigmoid inside
        data = scratch.Data(*self.points)
        self._batches = scratch.Dataloader(data, scratch.Sampler(data, BATCH, shuffle=True))
        steps = EPOCHS * len(self._batches)
        self._updates = Updates(adam(RATE), self._model.layers, steps)
        self._loss, self.log = scratch.BCE(), EpochLog()

    @property
    def done(self):
        """Whether it has had all its epochs."""
        return self.log.last == EPOCHS

    def __call__(self, x):
        """Returns the probability of the second class, (n, 1), at points (n, 2)."""
        return self._model(x)

    def train(self):
        """Trains for one epoch, and notes what came of it."""
        for x, y in self._batches:
            z = self._body(x, training=True)
            self._body.backward(self._loss.value_and_gradient(z, y)[1])
            for layer in self._body.layers:
                if "w" in layer.params:
                    layer.grads["w"] += 2 * self._l2 * layer.params["w"]
            self._updates.apply()
        self._note()

    def _note(self):
        parts = {"loss": self.points, "val_loss": self.new}
        values = {name: self._loss(self(x), y) for name, (x, y) in parts.items()}
        if not np.isfinite(values["loss"]):
            raise FloatingPointError(f"the loss must be finite. Got {values['loss']} instead.")
        self.log.add(self.log.last + 1, values)


def _layers(hidden, dropout, seed):
    """Returns the layers of a network with two inputs and one output, a sigmoid."""
    layers, inputs = [], 2
    for number, units in enumerate(hidden, 1):
        layers += [
            scratch.Affine(f"hidden {number}", inputs, units, seed=seed),
            scratch.Relu(f"relu {number}"),
            scratch.Dropout(f"dropout {number}", dropout, seed),
        ]
        inputs = units
    last = scratch.Affine("output", inputs, 1, initializer="glorot_normal", seed=seed)
    return [*layers, last, scratch.Sigmoid("sigmoid")]
