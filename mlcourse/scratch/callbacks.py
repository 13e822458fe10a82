"""Callbacks: what is done beside a training.

A callback is any object. Its methods are called, without arguments, at the moments that they are
named after: training_start, epoch_start, batch_start, batch_end, epoch_end, training_end.
"""

import sys

import numpy as np
from tqdm import tqdm

from mlcourse.evaluation import accuracy


class AccCallback:
    """Shows a bar an epoch, and records losses and accuracies.

    It has the batch_losses, their mean in each epoch as losses, and the accuracies, val_accuracies
    and test_accuracies by epoch; its history has the last four, with names like those of Keras.
    """

    def training_start(self) -> None:
        self.batch_losses, self.losses = [], []
        self.accuracies, self.val_accuracies, self.test_accuracies = [], [], []
        self.bar = tqdm(disable=True)
        self.history = {"loss": self.losses, "accuracy": self.accuracies}
        if self.learner.val:
            self.history["val_accuracy"] = self.val_accuracies
        if self.learner.test:
            self.history["test_accuracy"] = self.test_accuracies

    def epoch_start(self) -> None:
        epoch, epochs = self.learner.epoch, self.learner.epochs
        look = {"desc": f"epoch {epoch}/{epochs}", "leave": epoch == epochs, "file": sys.stdout}
        self.bar = tqdm(total=len(self.learner.dataloader), **look)

    def batch_end(self) -> None:
        self.batch_losses.append(self.learner.batch_loss)
        self.bar.update()

    def epoch_end(self) -> None:
        self.losses.append(float(np.mean(self.batch_losses[-len(self.learner.dataloader) :])))
        self._measure(self.learner.data, self.accuracies)
        self._measure(self.learner.val, self.val_accuracies)
        self._measure(self.learner.test, self.test_accuracies)
        self.bar.close()

    def _measure(self, data, accuracies):
        if data:
            outputs = self.learner.predict(data.X)
            predicted = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > 0.5
            accuracies.append(accuracy(data.y, predicted))

    def training_end(self) -> None:
        self.bar.close()  # also of an epoch that did not reach its end
