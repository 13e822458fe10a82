"""CIFAR-10: the time to the test accuracy that the article of 2018 had after 772 epochs.

Our network and training compared with the article's network and Adam. The time for testing does not
count. It takes 15 minutes, and runs only if it is named.
"""

import time

import keras

from benchmarks import cifar
from benchmarks.timing import Finding, Ratio
from mlcourse import OneCycle, datasets, devices, evaluation, training

TARGET = 0.7646  # test accuracy
EPOCHS = 4  # of our network
MAX_EPOCHS = 20  # of the article's network


class UntilTarget(keras.callbacks.Callback):
    """Stop a fit at the target accuracy, and measure the time of training without testing."""

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
        """Stop the clock, and test the model."""
        self.seconds += time.perf_counter() - self._start
        predictions = self.model.predict(self._x, batch_size=500, verbose=0)
        self.accuracy = evaluation.accuracy(self._y, predictions)
        self.epochs = epoch + 1
        if self.accuracy >= TARGET:
            self.model.stop_training = True


def race(model, test, callbacks=(), **data):
    """Train a model until it reaches the target, and return the `UntilTarget` callback."""
    until = UntilTarget(*test)
    training.fit(model, **data, callbacks=[*callbacks, until], verbose=0)
    if until.accuracy < TARGET:
        raise RuntimeError(f"the target, {TARGET}, was not reached in {until.epochs} epochs")
    return until


def rows():
    """Yield the ratio of both times, and the accuracies."""
    devices.configure()
    data, (x, y), test = cifar.load()
    batches = datasets.AugmentedDataset(x, y, batch_size=cifar.BATCH_SIZE, pad=cifar.PAD)
    training.set_seed(0)
    cycle = OneCycle(cifar.LEARNING_RATE, warm_up=0.2, cycle_momentum=False)
    ours = race(cifar.residual_network(x), test, [cycle], x=batches, epochs=EPOCHS)
    training.set_seed(0)
    options = {"x": x, "y": y, "epochs": MAX_EPOCHS, "batch_size": cifar.BATCH_SIZE}
    article = race(cifar.article_network(), test, **options)
    alternative = "the article's network with Adam"
    task = f"our network, until the test accuracy on {data.title} is {TARGET}"
    yield Ratio(task, alternative, [ours.seconds], [article.seconds])
    for name, until in (("our network", ours), (alternative, article)):
        yield Finding(f"{name}: accuracy", f"{until.accuracy:.4f} after {until.epochs} epochs")
