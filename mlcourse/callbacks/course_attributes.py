"""The attributes of the `TrainingPlot` of old course notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mlcourse.histories import EpochLog


KINDS = "", "binary_", "categorical_", "sparse_categorical_"
NAMES = "acc", *(f"{kind}accuracy" for kind in KINDS)


class CourseAttributes:
    """Values by epoch under the names of old course notebooks, read from `epoch_log`.

    Attributes:
        losses, val_losses: training and validation loss.
        acc, val_acc: training and validation accuracy, whichever of Keras's accuracies is logged;
            empty without one.
        logs: a dict of names to values for each epoch.
        max_acc: best validation accuracy; 0.0 before the first.

    Example:
        >>> from mlcourse.callbacks import TrainingPlot
        >>> with TrainingPlot() as plot:
        ...     plot.log(0, loss=0.5, accuracy=0.8, val_loss=0.6, val_accuracy=0.7)
        >>> plot.losses, plot.acc, plot.max_acc
        ([0.5], [0.8], 0.7)
    """

    epoch_log: EpochLog

    @property
    def losses(self) -> list:
        """Training loss by epoch."""
        return self.epoch_log.history.get("loss", [])

    @property
    def val_losses(self) -> list:
        """Validation loss by epoch."""
        return self.epoch_log.history.get("val_loss", [])

    @property
    def acc(self) -> list:
        """Training accuracy by epoch."""
        return self._accuracy("")

    @property
    def val_acc(self) -> list:
        """Validation accuracy by epoch."""
        return self._accuracy("val_")

    @property
    def logs(self) -> list[dict]:
        """Values by name, for each epoch."""
        return [values for _, values in self.epoch_log.rows()]

    @property
    def max_acc(self) -> float:
        """Best validation accuracy; 0.0 before the first."""
        return float(np.nanmax([0.0, *self.val_acc]))

    def _accuracy(self, prefix):
        """Return the values of the accuracy in the history, an empty list without one."""
        history = self.epoch_log.history
        return next((history[prefix + name] for name in NAMES if prefix + name in history), [])
