"""Callbacks: any objects. Their methods are called at the moments that they are named after:
training_start, epoch_start, batch_start, batch_end, epoch_end, training_end.
"""

import sys

import numpy as np
from tqdm import tqdm

from mlcourse import checks
from mlcourse.evaluation import accuracy
from mlcourse.scratch.learner import Learner


class AccCallback:
    """Show a bar an epoch; keep batch_losses, their means losses, and accuracies by epoch.

    Old notebooks pass the learner and a batch_size; `Learner.set_callbacks` is enough.
    """

    def __init__(self, learner: Learner | None = None, batch_size: int | None = None) -> None:
        if learner is not None:
            self.learner = checks.kind("learner", learner, Learner, "Learner(loss, model, GD(0.1))")
        self.batch_size = (
            None if batch_size is None else checks.integer("batch_size", batch_size, 1)
        )

    def training_start(self) -> None:
        self.batch_losses, self.losses, self.bar = [], [], tqdm(disable=True)
        self.accuracies, self.val_accuracies, self.test_accuracies = [], [], []
        self.history = {"loss": self.losses, "accuracy": self.accuracies}
        self.history |= {"val_accuracy": self.val_accuracies} if self.learner.val else {}
        self.history |= {"test_accuracy": self.test_accuracies} if self.learner.test else {}

    def epoch_start(self) -> None:
        epoch, epochs = self.learner.epoch, self.learner.epochs
        look = {"desc": f"epoch {epoch}/{epochs}", "leave": epoch == epochs, "file": sys.stdout}
        self.bar = tqdm(total=len(self.learner.dataloader), **look)

    def batch_end(self) -> None:
        self.batch_losses.append(self.learner.batch_loss)
        self.bar.update()

    def epoch_end(self) -> None:
        self.losses.append(float(np.mean(self.batch_losses[-len(self.learner.dataloader) :])))
        for part in ("", "val_", "test_"):
            if data := getattr(self.learner, part.rstrip("_") or "data"):
                p = self.learner.predict(data.X)  # outputs of one column need not be probabilities
                classes = p.argmax(axis=1) if p.shape[1] > 1 else p[:, 0] > 0.5
                self.history[f"{part}accuracy"].append(accuracy(data.y, classes))
        self.bar.set_postfix({name: f"{values[-1]:.4f}" for name, values in self.history.items()})
        self.bar.close()

    def training_end(self) -> None:
        self.bar.close()  # also of an epoch that did not reach its end
