"""CIFAR-10: how long our recipe and the course's network take to be as good as the course was."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as setup_notebook has it

import time

import keras
import numpy as np

from mlcourse import OneCycle, datasets, devices, evaluation, models, pictures, training

GOAL = 0.7646  # test accuracy: the course's, after some 680 epochs
EPOCHS, LONGEST = 4, 15  # of our recipe; of the course's network, at most
BATCH, RATE, PAD = 128, 0.25, 2
TRIED, ROUNDS = 4_096, 5  # pictures an epoch, and epochs, to time what augmentation costs


class UntilGoal(keras.callbacks.Callback):
    """Ends a fit once the test accuracy is the goal; the time for testing does not count."""

    def __init__(self, x, y):
        super().__init__()
        self._x, self._y = x, y
        self.seconds, self.accuracy, self.epochs = 0.0, 0.0, 0

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the watch."""
        self._start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Stops the watch, and tests."""
        self.seconds += time.perf_counter() - self._start
        answers = self.model.predict(self._x, batch_size=500, verbose=0)
        self.accuracy, self.epochs = evaluation.accuracy(answers, self._y), epoch + 1
        line = f"  epoch {epoch + 1:2}: {self.seconds:6.0f} s, test accuracy {self.accuracy:.4f}"
        print(line, flush=True)
        if self.accuracy >= GOAL:
            self.model.stop_training = True


def ours(x):
    """Returns a residual network, compiled as our recipe has it."""
    options = {"filters": pictures.patch_filters(x), "dtype": devices.quickest_dtype()}
    model = models.residual(widths=(24, 32, 64, 128), **options)
    model.compile(
        keras.optimizers.SGD(RATE, momentum=0.9, nesterov=True, weight_decay=0.005),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        metrics=["accuracy"],
    )
    return model


def course():
    """Returns the course's network, with Adam."""
    model = models.cifar_cnn()
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


def race(name, model, test, **data):
    """Trains until the goal is met or the epochs are over; prints how long it took."""
    print(f"\n{name}, {model.count_params():,} parameters", flush=True)
    until = UntilGoal(*test)
    callbacks = [*data.pop("callbacks", ()), until]
    training.fit(model, **data, callbacks=callbacks, verbose=0)
    met = "the goal" if until.accuracy >= GOAL else "not the goal"
    print(f"  {met}, {until.accuracy:.4f}, in {until.seconds:.0f} s and {until.epochs} epochs")
    return until


def augmentation(x, y):
    """Prints pictures a second that our network is trained with, changed ones and plain ones."""
    model, seconds = ours(x), {"on": [], "off": []}
    batches = datasets.augment(x, y, batch_size=BATCH, pad=PAD)
    ways = {"on": {"x": batches}, "off": {"x": x, "y": y, "batch_size": BATCH}}
    for turn in range(1 + ROUNDS):  # the first one is compiled
        for way, data in ways.items():
            start = time.perf_counter()
            training.fit(model, **data, verbose=0)
            if turn:
                seconds[way].append(time.perf_counter() - start)
    ratios = np.divide(seconds["on"], seconds["off"])
    print(
        f"\naugmentation on {len(x) / np.median(seconds['on']):,.0f} pictures a second,"
        f" off {len(x) / np.median(seconds['off']):,.0f}; an epoch takes"
        f" {np.median(ratios):.2f} ({ratios.min():.2f} to {ratios.max():.2f}) times as long"
    )
    start, count = time.perf_counter(), len(batches)
    for number in range(count):
        batches[number]
    alone = len(x) / (time.perf_counter() - start)
    print(f"augmentation alone: {alone:,.0f} pictures a second")


def main():
    """Prints seconds to the goal, pictures a second, and what augmentation costs."""
    data = datasets.load("cifar10", stand_in=True)
    scale = pictures.per_channel(data.x_train)
    x, y = scale(data.x_train), keras.utils.to_categorical(data.y_train, 10)
    test = scale(data.x_test), data.y_test
    print(f"{data.title}, {devices.configure()}; the goal is a test accuracy of {GOAL}")
    augmentation(x[:TRIED], y[:TRIED])
    training.set_seed(0)
    cycle = OneCycle(RATE, warm_up=0.2)
    batches = datasets.augment(x, y, batch_size=BATCH, pad=PAD)
    mine = race("Our recipe", ours(x), test, x=batches, epochs=EPOCHS, callbacks=[cycle])
    training.set_seed(0)
    name = "The course's network with Adam"
    theirs = race(name, course(), test, x=x, y=y, epochs=LONGEST, batch_size=BATCH)
    for way, until in (("our recipe", mine), ("the course's network", theirs)):
        print(f"{way}: {until.epochs * len(x) / until.seconds:,.0f} pictures a second")
    print(f"the course's network takes {theirs.seconds / mine.seconds:.2f} times as long")


if __name__ == "__main__":
    main()
