"""Callbacks: what is done beside a training.

A callback is any object. Its methods are called, without arguments, at the moments that they are
named after: training_start, epoch_start, batch_start, batch_end, epoch_end, training_end.
"""

import sys

import numpy as np
from tqdm import tqdm

from mlcourse.evaluation import accuracy, probabilities


class AccCallback:
    """Shows a bar an epoch; keeps batch_losses, their means losses, accuracies, test_accuracies."""

    def training_start(self) -> None:
        self.batch_losses, self.losses, self.accuracies, self.test_accuracies = [], [], [], []
        self.bar = tqdm(disable=True)
        self.history = {"loss": self.losses, "accuracy": self.accuracies}
        if self.learner.test:
            self.history["val_accuracy"] = self.test_accuracies

    def epoch_start(self) -> None:
        epoch, epochs = self.learner.epoch, self.learner.epochs
        look = {"desc": f"epoch {epoch}/{epochs}", "leave": epoch == epochs, "file": sys.stdout}
        self.bar = tqdm(total=len(self.learner.dataloader), **look)

    def batch_end(self) -> None:
        self.batch_losses.append(self.learner.batch_loss)
        self.bar.update()

    def epoch_end(self) -> None:
        learner, both = self.learner, (self.accuracies, self.test_accuracies)
        self.losses.append(float(np.mean(self.batch_losses[-len(learner.dataloader) :])))
        for data, kept in zip((learner.data, learner.test), both, strict=True):
            if data:  # of the answers, as outputs of one column need not be probabilities
                kept.append(accuracy(probabilities(learner.predict(data.X)).argmax(1), data.y))
        self.bar.close()

    def training_end(self) -> None:
        self.bar.close()  # also of an epoch that did not reach its end
