"""CIFAR-10: time to the test accuracy that the article of 2018 reached after 772 epochs.

Our recipe vs. the article's network with Adam, without the time for testing. It takes 15 minutes,
and runs only if it is named.
"""

import time

import keras

from benchmarks import cifar
from benchmarks.timing import Finding, Ratio
from mlcourse import OneCycle, datasets, devices, evaluation, training

GOAL = 0.7646  # test accuracy
EPOCHS = 4  # of our recipe
MAX_EPOCHS = 20  # of the article's network


class UntilGoal(keras.callbacks.Callback):
    """Stop a fit when the test accuracy reaches the goal; time it without the tests."""

    def __init__(self, x, y):
        super().__init__()
        self._x = x
        self._y = y
        self.seconds = 0.0
        self.accuracy = 0.0
        self.epochs = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Start the clock."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Stop the clock, and evaluate the model."""
        self.seconds += time.perf_counter() - self._start
        probabilities = self.model.predict(self._x, batch_size=500, verbose=0)
        self.accuracy = evaluation.accuracy(self._y, probabilities)
        self.epochs = epoch + 1
        if self.accuracy >= GOAL:
            self.model.stop_training = True


def race(model, test, callbacks=(), **data):
    """Train a model to the goal, and return its `UntilGoal`."""
    until = UntilGoal(*test)
    training.fit(model, **data, callbacks=[*callbacks, until], verbose=0)
    if until.accuracy < GOAL:
        raise RuntimeError(f"the goal, {GOAL}, was not met in {until.epochs} epochs")
    return until


def rows():
    """Yield the ratio of both times, and the test accuracies."""
    devices.configure()
    data, (x, y), test = cifar.load()
    batches = datasets.AugmentedDataset(x, y, batch_size=cifar.BATCH_SIZE, pad=cifar.PAD)
    training.set_seed(0)
    cycle = OneCycle(cifar.LEARNING_RATE, pct_start=0.2, cycle_momentum=False)
    mine = race(cifar.ours(x), test, [cycle], x=batches, epochs=EPOCHS)
    training.set_seed(0)
    theirs = race(cifar.course(), test, x=x, y=y, epochs=MAX_EPOCHS, batch_size=cifar.BATCH_SIZE)
    other = "the article's network with Adam"
    what = f"our recipe, until the test accuracy on {data.title} is {GOAL}"
    yield Ratio(what, other, [mine.seconds], [theirs.seconds])
    for name, until in (("our recipe", mine), (other, theirs)):
        yield Finding(f"{name}: accuracy", f"{until.accuracy:.4f} after {until.epochs} epochs")
