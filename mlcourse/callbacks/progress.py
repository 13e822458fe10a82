"""Progress of a fit, means over batches, and the attribute names of old course notebooks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import keras
import numpy as np

from mlcourse.history import is_loss

if TYPE_CHECKING:
    from mlcourse.history import History

MIN_FRACTION_OF_EPOCH = 0.2  # before the remaining time is estimated


class Progress:
    """Counter of a fit's epochs and batches, which also estimates the remaining time.

    Args:
        done: number of epochs that are done before the fit begins.

    Attributes:
        done: number of epochs that are done.
        note: state of the fit, such as "paused"; "" for none.
        running: whether the fit is running.
        has_begun: whether its first epoch has begun.
    """

    def __init__(self, done=0):
        self.done = done
        self.note = ""
        self.running = False
        self.has_begun = False
        self._first = done
        self._offset = 0
        self._planned = 0
        self._steps = None
        self._batch = None
        self._start = time.perf_counter()

    def begin_epoch(self, epoch, params):
        """Record the start of an epoch.

        A fit whose first epoch is less than the number of epochs done continues their numbering.

        Args:
            epoch: index of the epoch, counted from 0 as in Keras.
            params: Keras's `params` of a callback, with "epochs" and "steps".
        """
        if not self.has_begun:
            self._offset = max(self.done - epoch, 0)
            self._first = self.done = epoch + self._offset
            self.has_begun = True
        self._planned = params.get("epochs") or 0
        self._steps = params.get("steps")

    def set_epochs(self, epochs):
        """Set the number of epochs before the first one begins; None for unknown."""
        self._planned = epochs or 0

    def begin_batch(self, batch):
        """Record the start of a batch, counted from 0."""
        self._batch = batch

    def end_epoch(self, epoch):
        """Record the end of an epoch, and return its number, counted from 1."""
        self.done = self.number(epoch)
        self._batch = None
        return self.done

    def number(self, epoch):
        """Return the number of an epoch, counted from 1 over all fits."""
        return epoch + self._offset + 1

    def exclude(self, seconds):
        """Exclude a pause from the time that the fit has taken."""
        self._start += seconds

    @property
    def planned(self):
        """Number of the last epoch; that of the last epoch done if it is unknown."""
        return self._planned + self._offset if self._planned else self.done

    @property
    def fraction(self):
        """Fraction of the fit that is done; 0 before and after the fit."""
        planned = self.planned - self._first
        if not self.running or not self._planned or not planned:
            return 0.0
        return self._epochs_done() / planned

    def summary(self):
        """Return the epoch and the fraction of it that is done, such as "epoch 2 of 5, 75%"."""
        is_total_known = self._planned or not self.running
        total = f" of {self.planned}" if is_total_known else ""
        is_between_epochs = self._batch is None and self.done > self._first
        if not self.running or is_between_epochs:
            return f"epoch {self.done}{total}"
        fraction = self._fraction_of_epoch()
        is_fraction_known = fraction or not self._batch
        part = f"{fraction:.0%}" if is_fraction_known else f"batch {self._batch}"
        return f"epoch {self.done + 1}{total}, {part}"

    def time_left(self):
        """Return an estimate of the remaining time as text; "" if it is unknown."""
        done = self._epochs_done()
        if not self.running or not self._planned or done <= MIN_FRACTION_OF_EPOCH:
            return ""
        seconds_per_epoch = (time.perf_counter() - self._start) / done
        seconds = (self.planned - self._first - done) * seconds_per_epoch
        if seconds >= 120:
            return f"{seconds / 60:.0f} min left"
        return f"{seconds:.0f} s left" if seconds >= 1 else ""

    def _fraction_of_epoch(self):
        """Return the fraction of the epoch that is done; 0 if its number of batches is unknown."""
        return min(self._batch / self._steps, 1) if self._batch and self._steps else 0.0

    def _epochs_done(self):
        """Return the number of epochs that this fit has done, with a part of the current one."""
        return self.done - self._first + self._fraction_of_epoch()


MAX_POINTS = 1000  # per curve


class BatchMeans:
    """Means over groups of batches, computed from Keras's running means.

    If m_k is the mean of the first k batches of an epoch, the mean of batches j + 1 to k is
    (k m_k - j m_j) / (k - j). This is exact for batches of equal size, and holds only for values
    that are means: losses, and metrics such as the accuracy.

    If a curve has too many points, neighboring points are merged.

    Args:
        every: initial number of batches per point.

    Attributes:
        curves: dict of names to arrays of shape (2, points): positions, in epochs, and means.
    """

    def __init__(self, every):
        self._every = every
        self._points = {}
        self._n_batches = None

    def begin_epoch(self, epochs_done, steps):
        """Record the start of an epoch.

        Args:
            epochs_done: number of epochs that are done.
            steps: number of batches in the epoch; None for unknown. After the first epoch the
                batches of the previous epoch are used then.
        """
        self._epochs_done = epochs_done
        self._steps = steps or self._n_batches
        self._batches_done = 0
        self._sums = {}

    def add(self, batch, logs, model):
        """Add the logs after a batch, which is counted from 0."""
        self._n_batches = batch + 1
        done = min(batch + 1, self._steps or 0)
        n_new = done - self._batches_done
        is_complete = n_new >= self._every or done == self._steps
        if not is_complete or n_new <= 0:
            return
        start = self._epochs_done + self._batches_done / self._steps
        end = self._epochs_done + done / self._steps
        for name in filter(_is_mean(model), logs):
            running_sum = float(logs[name]) * done / self._steps
            point = start, end, running_sum - self._sums.get(name, 0.0)
            self._points.setdefault(name, []).append(point)
            self._sums[name] = running_sum
        self._batches_done = done
        if max(map(len, self._points.values()), default=0) > MAX_POINTS:
            self._every *= 2
            self._points = {name: _merge_pairs(points) for name, points in self._points.items()}

    @property
    def curves(self):
        """Dict of names to arrays of shape (2, points): positions, in epochs, and means."""
        curves = {}
        for name, points in self._points.items():
            start, end, total = np.array(points).T
            curves[name] = np.array([(start + end) / 2, total / (end - start)])
        return curves


def _merge_pairs(points):
    """Return points with each pair of neighbors merged into one."""
    merged = []
    for (start, _, first_sum), (_, end, second_sum) in zip(points[::2], points[1::2], strict=False):
        merged.append((start, end, first_sum + second_sum))
    return merged + points[len(merged) * 2 :]


def _is_mean(model):
    """Return a function that tells whether a name is a loss, or a metric that is a mean."""
    metrics = [inner for metric in model.metrics for inner in getattr(metric, "metrics", [metric])]
    mean_result = keras.metrics.Mean.result  # a root mean square overrides it
    means = {
        metric.name for metric in metrics if getattr(type(metric), "result", None) is mean_result
    }
    # with several outputs, Keras prefixes the metric's name with the output's name
    return lambda name: is_loss(name) or any(f"_{name}".endswith(f"_{mean}") for mean in means)


ACCURACY_NAMES = (
    "acc",
    "accuracy",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
)


class CourseAttributes:
    """Values by epoch under the attribute names of old course notebooks.

    A subclass has an attribute `epoch_history`, from which the values are read.

    Attributes:
        losses, val_losses: training and validation loss.
        acc, val_acc: training and validation accuracy, from any of Keras's accuracy metrics;
            empty without one.
        logs: list of one dict of names to values per epoch.
        max_acc: best validation accuracy; 0.0 before the first.

    Example:
        >>> from mlcourse.callbacks import TrainingPlot
        >>> with TrainingPlot() as plot:
        ...     plot.log(0, loss=0.5, accuracy=0.8, val_loss=0.6, val_accuracy=0.7)
        >>> plot.losses, plot.acc, plot.max_acc
        ([0.5], [0.8], 0.7)
    """

    epoch_history: History

    @property
    def losses(self) -> list:
        """Training loss by epoch."""
        return self.epoch_history.history.get("loss", [])

    @property
    def val_losses(self) -> list:
        """Validation loss by epoch."""
        return self.epoch_history.history.get("val_loss", [])

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
        """List of one dict of names to values per epoch."""
        return [values for _, values in self.epoch_history.rows()]

    @property
    def max_acc(self) -> float:
        """Best validation accuracy; 0.0 before the first."""
        return float(np.nanmax([0.0, *self.val_acc]))

    def _accuracy(self, prefix):
        """Return the values of the first accuracy in the history; [] without one."""
        history = self.epoch_history.history
        for name in ACCURACY_NAMES:
            if prefix + name in history:
                return history[prefix + name]
        return []
